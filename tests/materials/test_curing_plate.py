"""A compound that gels, shrinks, relaxes and cools on silicon: finite elements against the free laminate."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.materials import MaterialSpec, resolve
from solver.materials.inelastic.kinetics import rate
from tests import biaxial_laws as laws
from tests.laminate_in_time import Cure, Layer, Plate
from tests.solving import solve_case

CASE = """
title: compound that cures on silicon
geometry:
  outline: {shape: rectangle, size: [60 mm, 60 mm]}
  symmetry: quarter
  layers: [{name: silicon, thickness: 0.3 mm, material: hard}, {name: mould, thickness: 0.3 mm, material: compound}]
materials:
  hard: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 3 ppm/K}
  compound:
    youngs_modulus: 22 GPa
    poisson_ratio: 0.3
    thermal_expansion: {below_tg: 8 ppm/K, above_tg: 30 ppm/K}
    glass_transition: 165 degC
    viscoelastic:
      times: [1 s, 100 s, 1e4 s]
      shear: [0.3, 0.3, 0.2]
      bulk: [0.1, 0.1, 0.1]
      shift: {wlf_arrhenius: {reference: 165 degC, c1: 12, c2: 60 K, activation_energy: 250 kJ/mol}}
    cure:
      kinetics: {nth_order: {a: 2.1e5 1/s, e: 65 kJ/mol, n: 1.3}}
      gel: 0.5
      shrinkage: 0.6 %
      glass_transition: {dibenedetto: {uncured: -20 degC, cured: 165 degC, lambda: 0.4}}
mesh: {in_plane_size: 5 mm}
analysis: {deflection: small, time_tolerance: 0.002}
process:
  stress_free_temperature: 175 degC
  steps:
    - {name: cure, temperature: 175 degC, duration: 600 s}
    - {name: cool, temperature: 25 degC, duration: 1200 s}
"""
EDGE = 3e-3  # of the curvature: the free edge of a plate 100 times as wide as it is thick, and its coarse cells


def laminate():
    """Curvature (1/m) and degree of cure after both steps."""
    compound = resolve(MaterialSpec.model_validate(yaml.safe_load(CASE)["materials"]["compound"]))
    cure, branches = compound.inelastic.cure, compound.inelastic.viscoelastic

    def below(degree):
        return float(cure.below(np.array(degree)))

    def shift(kelvin, degree):
        return float(np.exp(branches.shift.log(kelvin - below(degree))))

    def expansion(kelvin, degree):
        return 8e-6 if kelvin - below(degree) < 438.15 else 30e-6

    law = laws.Viscoelastic.of_youngs(22e9, 0.3, branches.times, branches.shear, branches.bulk, shift)
    course = Cure(lambda a, kelvin: float(rate(cure.kinetics, min(max(a, 0.0), 1.0), kelvin)), 0.0, 0.5, 0.002)
    layers = [Layer(3e-4, laws.Elastic(130e9, 0.28), 3e-6), Layer(3e-4, law, expansion, cure=course)]
    found = Plate(layers, [0.0, 600.0, 1800.0], [448.15, 448.15, 298.15]).run([600.0, 1800.0])
    return found.curvature, found.degree[:, 1]


@pytest.mark.slow
def test_a_plate_cures_relaxes_and_cools_as_its_laminate_does(tmp_path):
    steps = solve_case(CASE, [], tmp_path, MPI.COMM_WORLD)["steps"]
    known, degrees = laminate()
    for step, curvature, degree in zip(steps, known, degrees, strict=True):
        assert step["curvature_x_per_m"] == pytest.approx(curvature, rel=EDGE)
        assert step["layers"]["mould"]["degree_of_cure_mean"] == pytest.approx(degree, abs=1e-6)


HOT = """title: a board that cured below its die, in use
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  symmetry: quarter
  layers: [{name: board, thickness: 0.5 mm, material: board}, {name: die, thickness: 0.3 mm, material: die}]
materials:
  board:
    youngs_modulus: 22 GPa
    poisson_ratio: 0.3
    thermal_expansion: 15 ppm/K
    thermal_conductivity: 1 W/m/K
    density: 1900 kg/m^3
    specific_heat: 900 J/kg/K
    viscoelastic:
      times: [1 s, 100 s, 1e4 s]
      shear: [0.3, 0.3, 0.2]
      shift: {wlf_arrhenius: {reference: 100 degC, c1: 12, c2: 60 K, activation_energy: 250 kJ/mol}}
    cure: {kinetics: {nth_order: {a: 2e5 1/s, e: 65 kJ/mol, n: 1.2}}, gel: 0.5, shrinkage: 0.4 %}
  die: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K,
    thermal_conductivity: 130 W/m/K, density: 2330 kg/m^3, specific_heat: 710 J/kg/K}
mesh: {in_plane_size: 2.5 mm}
thermal:
  power: [{layer: die, total: 2 W}]
  boundaries: [{face: bottom, convection: 500 W/m^2/K, ambient: 25 degC}]
process:
  steps:
    - {name: mount, build: [board, die], temperature: 150 degC, duration: 600 s}
    - {name: in use, temperature: thermal, duration: 60 s}
"""


@pytest.mark.slow
def test_in_a_field_of_temperature_small_and_large_deflection_agree_where_little_bends(tmp_path):
    """What gels is five decades stiffer than what it was, whichever solver of before is still there."""
    small, large = (
        solve_case(HOT, [f"analysis.deflection={kind}"], tmp_path, MPI.COMM_WORLD)["steps"]
        for kind in ("small", "large")
    )
    for one, other in zip(small, large, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=5e-3)
        assert one["layers"]["board"]["degree_of_cure_mean"] == pytest.approx(
            other["layers"]["board"]["degree_of_cure_mean"], abs=1e-4
        )
    assert small[1]["warpage_um"] > 5.0 * small[0]["warpage_um"] > 10.0
