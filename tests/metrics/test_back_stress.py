"""Blech's threshold under stress: Korhonen's steady state, and a line that is stressed as it carries its current."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.errors import CaseError
from solver.materials.electromigration import Electromigration
from solver.physics.current.electromigration import critical_stress, threshold
from tests.probing import simulate
from tests.solving import load_case

OMEGA, CHARGE, RHO = 1.18e-29, 1.602176634e-19, 2.2e-8
COPPER = Electromigration(1.0, 1.0, None, 3.7e5, effective_charge=1.0, atomic_volume=OMEGA, critical_stress=41e6)
CASE = """
title: a line that is held at its ends
geometry:
  outline: {shape: rectangle, size: [8 mm, 1 mm]}
  layers: [{name: bar, thickness: 1 mm, material: line}]
materials:
  line:
    youngs_modulus: 100 GPa
    poisson_ratio: 0
    thermal_expansion: [10 ppm/K, 0 ppm/K, 0 ppm/K]
    electrical_resistivity: 2.2e-8 ohm m
    electromigration: {current_exponent: 1, activation_energy: 1 eV, %s}
mesh: {in_plane_size: 1 mm}
electric:
  temperature: 100 degC
  terminals: [{name: in, face: sides, end: +x, current: 25 A}, {name: out, face: sides, end: -x, voltage: 0 V}]
process:
  stress_free_temperature: %s
  steps: [{name: use, temperature: %s, support: {clamp: [-x, +x]}}]
"""
METAL = "effective_charge: 1, atomic_volume: 1.18e-29 m^3, critical_stress: 41 MPa"


def test_the_threshold_falls_with_the_tension_a_line_bears():
    # by hand: 2 x 1.18e-29 x 41e6 / (1.602e-19 x 2.2e-8) = 2745 A/cm; half of the stress leaves half of it
    assert threshold(COPPER, RHO, 0.0) == pytest.approx(2 * OMEGA * 41e6 / (CHARGE * RHO))
    assert threshold(COPPER, RHO, 0.0) == pytest.approx(2.745e5, rel=1e-3)
    assert threshold(COPPER, RHO, 20.5e6) == pytest.approx(0.5 * threshold(COPPER, RHO, 0.0))
    assert threshold(COPPER, RHO, -41e6) == pytest.approx(2 * threshold(COPPER, RHO, 0.0))
    assert threshold(COPPER, RHO, 50e6) == 0.0


def test_a_measured_threshold_tells_the_stress_at_which_voids_begin():
    metal = Electromigration(1.0, 1.0, None, 3.7e5, effective_charge=1.0, atomic_volume=OMEGA)
    assert critical_stress(metal, RHO) == pytest.approx(3.7e5 * CHARGE * RHO / (2 * OMEGA))
    assert threshold(metal, RHO, 0.0) == pytest.approx(3.7e5)
    assert threshold(metal, RHO, 10e6) == pytest.approx(3.7e5 - 2 * OMEGA * 10e6 / (CHARGE * RHO))


def test_korhonens_line_reaches_the_critical_stress_at_the_threshold():
    # d sigma / dt = d/dx (d sigma / dx + G), blocked at both ends, by finite volumes from an uneven stress of mean s to
    # its end: the cathode has s_c where j L is the threshold under s
    length, cells, mean = 50e-6, 100, 15e6
    drift = CHARGE * RHO / OMEGA * threshold(COPPER, RHO, mean) / length  # G = Z* e rho j / Omega
    x = (np.arange(cells) + 0.5) / cells * length
    step = length / cells
    flux = (np.eye(cells, k=1) - np.eye(cells))[:-1] / step  # between cells, of sigma
    rate = np.vstack([flux, np.zeros(cells)]) - np.vstack([np.zeros(cells), flux])
    push = drift * (np.r_[np.ones(cells - 1), 0.0] - np.r_[0.0, np.ones(cells - 1)])
    sigma, time = mean + 10e6 * np.cos(np.pi * x / length), 20 * length**2
    sigma = np.linalg.solve(np.eye(cells) - time / step * rate, sigma + time / step * push)
    cathode = sigma.max() + drift * step / 2  # at the end, half a cell from the last middle
    assert sigma.mean() == pytest.approx(mean, rel=1e-9)
    assert cathode == pytest.approx(41e6, rel=5e-3)


def entry(metal, free, use, directory, comm):
    simulation = simulate(CASE % (metal, free, use), directory, comm)
    assert simulation.current(None) is not None
    (outcome,) = simulation.steps(None)
    return outcome.summary["electromigration"]["bar"], outcome.reading.doubts


def test_a_line_is_judged_under_the_stress_of_its_step(shared_path, comm):
    # held at its ends, cooled by 40 K: sigma_xx = E alpha 40 K = 40 MPa, a third of it hydrostatic; j L = 2000 A/cm
    found, doubts = entry(METAL, "140 degC", "100 degC", shared_path, comm)
    assert found["blech_product_a_per_m"] == pytest.approx(25e6 * 8e-3, rel=1e-6)
    assert found["hydrostatic_mean_mpa"] == pytest.approx(40 / 3, rel=1e-6)
    assert found["hydrostatic_there_mpa"] == pytest.approx(40 / 3, rel=1e-6)
    assert found["threshold_a_per_m"] == pytest.approx(2 * OMEGA * (41e6 - 40e6 / 3) / (CHARGE * RHO), rel=1e-6)
    assert found["mortal"]
    assert found["threshold_free_of_stress_a_per_m"] > found["blech_product_a_per_m"]
    assert doubts == ()


def test_compression_helps_and_another_temperature_is_doubtful(shared_path, comm):
    found, doubts = entry(METAL, "20 degC", "120 degC", shared_path, comm)
    assert found["hydrostatic_mean_mpa"] == pytest.approx(-100 / 3, rel=1e-6)
    assert not found["mortal"]
    assert "20 K from the 100 degC the current flows at" in doubts[0]


def test_tension_may_make_voids_without_a_current(shared_path, comm):
    found, doubts = entry(METAL, "300 degC", "100 degC", shared_path, comm)
    assert found["threshold_a_per_m"] == 0.0
    assert found["utilisation"] is None
    assert "makes voids without a current" in doubts[0]


@pytest.mark.parametrize(
    ("metal", "message"),
    [
        ("effective_charge: 1", "goes with|goes an `atomic_volume`"),
        ("effective_charge: 1000, atomic_volume: 1.18e-29 m^3", "does not lie in"),
        ("effective_charge: 1, atomic_volume: 1 m^3", "does not lie in"),
        ("critical_stress: -41 MPa", "is a tension"),
        ("effective_charges: 1", "did you mean 'effective_charge'"),
    ],
)
@pytest.mark.serial
def test_a_metal_that_cannot_be_is_refused(metal, message, tmp_path):
    with pytest.raises(CaseError, match=message):
        load_case(CASE % (metal, "20 degC", "20 degC"), [], tmp_path, MPI.COMM_SELF)
