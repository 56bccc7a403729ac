"""Polymers whose modulus changes with temperature: stress of all strain with the last modulus, or by increments."""

import numpy as np
import pytest
from mpi4py import MPI

from tests import biaxial_laws as laws
from tests.laminate_in_time import Layer, Plate
from tests.solving import solve_case

KELVIN = 273.15
HOT, ROOM = 150.0 + KELVIN, 25.0 + KELVIN
UNDERFILL = [[25, 75, 100, 115, 130, 150, 200, 260], [9e9, 8e9, 6.5e9, 4e9, 1e9, 0.2e9, 0.12e9, 0.1e9]]
CASE = """
title: underfill between silicon
geometry:
  outline: {{shape: rectangle, size: [20 mm, 20 mm]}}
  symmetry: quarter
  layers:
    - {{name: die, thickness: {die}, material: rigid}}
    - {{name: fill, thickness: {fill}, material: underfill}}
materials:
  rigid: {{youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K}}
  underfill: {{base: underfill-capillary, form: {form}}}
mesh: {{in_plane_size: 4 mm}}
process: {{stress_free_temperature: 150 degC, steps: [{{name: cool, temperature: 25 degC}}]}}
report: {{warpage_at: [100 degC]}}
"""

LATER = """
title: underfill that comes to a bent stack
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: die, thickness: 0.3 mm, material: rigid}
    - {name: film, thickness: 50 um, material: soft}
    - {name: fill, thickness: 0.1 mm, material: underfill}
materials:
  rigid: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K}
  soft: {youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 12 ppm/K}
  underfill: {base: underfill-capillary, form: incremental}
mesh: {in_plane_size: 4 mm}
process:
  stress_free_temperature: 200 degC
  steps:
    - {name: cure, build: [fill], birth: stress-free, temperature: 150 degC}
    - {name: cool, temperature: 25 degC}
"""
WAY = np.array([200.0, 150.0, 120.0, 25.0]) + KELVIN


def youngs(kelvin):
    return np.interp(kelvin - KELVIN, *UNDERFILL)


def expansion(kelvin, _):
    return 28e-6 if kelvin < 120.0 + KELVIN else 95e-6


def oracle(form, die, fill):
    """Curvature (1/m) of the free laminate at 100 and 25 degC, energy density (J/m^3) of its underfill at the end."""
    layers = [Layer(die, laws.Elastic(130e9, 0.28), 2.6e-6), Layer(fill, form(youngs, 0.33), expansion)]
    found = Plate(layers, [0.0, 30.0, 125.0], [HOT, 120.0 + KELVIN, ROOM]).run([50.0, 125.0])
    return found.curvature, np.mean(found.stress[-1, 1] ** 2) * (1.0 - 0.33) / youngs(ROOM)


@pytest.mark.parametrize(("form", "law"), [("total", laws.Elastic), ("incremental", laws.Incremental)])
@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.slow
def test_a_plate_with_underfill_follows_the_differential_equations_of_its_form(tmp_path, form, law, deflection):
    die = 0.3 if deflection == "small" else 1.0  # mm; the thick one bends too little for large deflection to differ
    text = CASE.format(die=f"{die} mm", fill="0.1 mm", form=form)
    step = solve_case(text, [f"analysis.deflection={deflection}"], tmp_path, MPI.COMM_WORLD)["steps"][0]
    known, energy = oracle(law, 1e-3 * die, 1e-4)
    assert step["curvature_x_per_m"] == pytest.approx(known[1], rel=5e-3)
    density = 1e3 * step["layers"]["fill"]["strain_energy_density_kj_per_m3"]
    assert density == pytest.approx(energy, rel=0.02)  # less at the free edges, over 0.1 of 10 mm
    on_the_way = min(step["curve"], key=lambda point: abs(point["temperature_degc"] - 100.0))
    assert on_the_way["temperature_degc"] == pytest.approx(100.0)
    assert on_the_way["curvature_x_per_m"] == pytest.approx(known[0], rel=0.01)


@pytest.mark.parametrize(("form", "law"), [("total", laws.Elastic), ("incremental", laws.Incremental)])
@pytest.mark.slow
def test_laminate_theory_follows_the_form_and_warns_with_the_number_of_the_other(tmp_path, form, law):
    text = CASE.format(die="0.3 mm", fill="0.1 mm", form=form)
    found = solve_case(text, ["analysis.deflection=small"], tmp_path, MPI.COMM_WORLD)
    known, _ = oracle(law, 3e-4, 1e-4)
    other = "total" if form == "incremental" else "incremental"
    assert found["steps"][0]["laminate"]["curvature_x_per_m"] == pytest.approx(known[1], rel=1e-3)  # increments of 10 K
    (doubt,) = [text for text in found["warnings"] if "form" in text]
    assert "'cool': the modulus of underfill changes 45-fold from 150 to 25 degC" in doubt
    numbers = {
        "total": "60.2 MPa in fill and a warpage of 296 um",
        "incremental": "27.8 MPa in fill and a warpage of 137 um",
    }
    assert f"in `form: {form}` a laminate has {numbers[form]}, in `form: {other}` {numbers[other]}" in doubt


@pytest.mark.slow
def test_layers_that_come_later_go_by_increments_from_their_birth(tmp_path):
    steps = solve_case(LATER, ["analysis.deflection=small"], tmp_path, MPI.COMM_WORLD)["steps"]
    film = Layer(5e-5, laws.Elastic(20e9, 0.3), 12e-6)
    fill = Layer(1e-4, laws.Incremental(youngs, 0.33), expansion, born=50.0)
    plate = Plate([Layer(3e-4, laws.Elastic(130e9, 0.28), 2.6e-6), film, fill], [0.0, 50.0, 80.0, 175.0], WAY)
    known = plate.run([50.0, 175.0]).curvature
    assert [step["curvature_x_per_m"] for step in steps] == pytest.approx(list(known), rel=5e-3)
    assert [step["laminate"]["curvature_x_per_m"] for step in steps] == pytest.approx(list(known), rel=1e-3)
