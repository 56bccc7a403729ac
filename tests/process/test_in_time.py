"""Plates whose materials remember, against ordinary differential equations of the free laminate."""

import numpy as np
import pytest
from mpi4py import MPI

from tests import biaxial_laws as laws
from tests.laminate_in_time import Layer, Plate
from tests.solving import solve_case

TIMES, SHEAR = (10.0, 1000.0), (0.4, 0.3)
COOL, SHELF = 300.0, 1000.0
CASE = """
title: compound on silicon
geometry:
  outline: {shape: rectangle, size: [60 mm, 60 mm]}
  symmetry: quarter
  layers: [{name: silicon, thickness: 0.3 mm, material: hard}, {name: mould, thickness: 0.3 mm, material: compound}]
materials:
  hard: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 3 ppm/K}
  compound:
    youngs_modulus: 22 GPa
    poisson_ratio: 0.3
    thermal_expansion: 10 ppm/K
    viscoelastic:
      times: [10 s, 1000 s]
      shear: [0.4, 0.3]
      shift: {arrhenius: {reference: 100 degC, activation_energy: 30 kJ/mol}}
mesh: {in_plane_size: 5 mm}
process:
  stress_free_temperature: 175 degC
  steps:
    - {name: cool, temperature: 25 degC, duration: 300 s}
    - {name: shelf, duration: 1000 s}
"""
KELVIN = 273.15
EDGE = 2e-3  # of the curvature: the free edge of a plate 100 times as wide as it is thick, and its coarse cells


def oracle(asked):
    """Of the free laminate, at times."""

    def shift(kelvin, degree):
        return np.exp(30e3 / 8.314462618 * (1.0 / kelvin - 1.0 / (100.0 + KELVIN)))

    compound = laws.Viscoelastic.of_youngs(22e9, 0.3, TIMES, SHEAR, bulk=(), shift=shift)
    layers = [Layer(3e-4, laws.Elastic(130e9, 0.28), 3e-6), Layer(3e-4, compound, 10e-6)]
    kelvins = [175.0 + KELVIN, 25.0 + KELVIN, 25.0 + KELVIN]
    return Plate(layers, [0.0, COOL, COOL + SHELF], kelvins).run(asked)


@pytest.fixture(scope="module")
def known():
    return oracle([COOL, COOL + SHELF]).curvature


@pytest.mark.parametrize("tolerance", [0.05, 0.005])
def test_a_relaxing_plate_follows_the_differential_equations_of_the_laminate(tmp_path, known, tolerance):
    given = [f"analysis.time_tolerance={tolerance}", "analysis.deflection=small"]
    steps = solve_case(CASE, given, tmp_path, MPI.COMM_WORLD)["steps"]
    for step, curvature in zip(steps, known, strict=True):
        assert step["curvature_x_per_m"] == pytest.approx(curvature, rel=EDGE)
    assert steps[0]["curve"][-1]["time_s"] == pytest.approx(COOL)
    assert steps[1]["curve"][-1]["time_s"] == pytest.approx(COOL + SHELF)
