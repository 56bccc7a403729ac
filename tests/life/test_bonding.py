"""Hybrid and direct bonds: two blocks in closed form, the energy to flatten a plate, and a pad in three dimensions."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.case.load import load
from solver.errors import CaseError
from solver.life.bonding import ConfinedPad, Sheet
from tests.solving import CASES, solve_case

COPPER = ConfinedPad(110e9, 0.35, 16e-6, 1e-6)
CASE = """
title: a wide pad
geometry:
  outline: {shape: rectangle, size: [60 um, 60 um]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 20 um, cells: 2, material: rigid}
    - name: bond
      thickness: 1 um
      cells: 2
      material: rigid
      regions: [{name: pad, shape: {rectangle: [36 um, 36 um]}, material: metal}]
materials:
  rigid: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 1 ppm/K}
  metal: {youngs_modulus: 1.1 GPa, poisson_ratio: 0.35, thermal_expansion: 17 ppm/K}
mesh: {in_plane_size: 3 um, edge_refinement: {size: 0.5 um, distance: 2 um}}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps: [{name: warm, temperature: 75 degC}, {name: anneal, temperature: 225 degC}]
report: {hybrid_bonds: {pads: bond/pad, recess: 4 nm}}
"""


@pytest.mark.serial
def test_two_blocks_meet_when_their_confined_expansion_is_the_recess():
    """By hand: 1 um x 16 ppm/K x 1.35 / 0.65 = 33.231 pm/K; 4 nm after 120.37 K; 100 K later 176.54 GPa x 3.323e-3."""
    assert COPPER.effective_expansion == pytest.approx(33.2308e-6, rel=1e-5)
    assert COPPER.closes_after(4e-9) == pytest.approx(120.370, rel=1e-5)
    assert COPPER.pressure(4e-9, 120.0) == 0.0
    assert COPPER.pressure(4e-9, 220.370) == pytest.approx(176.543e9 * 33.2308e-4, rel=1e-4)


@pytest.mark.serial
def test_energy_to_flatten_is_that_of_plate_theory():
    """D (kx^2 + ky^2 + 2 nu kx ky) / 2 of 775 um silicon with a bow of 100 um over 300 mm, both ways and one way."""
    wafer = Sheet(130e9, 0.28, 775e-6, 0.3)
    k, d = 8 * 100e-6 / 0.09, 130e9 * 775e-6**3 / 12 / (1 - 0.28**2)
    assert wafer.energy(100e-6) == pytest.approx(0.5 * d * (2 + 2 * 0.28) * k**2)
    assert wafer.energy(100e-6, spherical=False) == pytest.approx(0.5 * d * k**2)
    assert wafer.energy(wafer.greatest_bow(0.7)) == pytest.approx(0.7)
    assert wafer.run_out(100e-6) == pytest.approx(k * 775e-6 / 2 * 0.15)


@pytest.mark.slow
def test_a_wide_pad_in_three_dimensions_rises_as_the_block_does(tmp_path):
    """Its middle, a dozen depths from its sides; the mean is less by what the sides hold: some depth of its edge."""
    comm = MPI.COMM_WORLD
    steps = solve_case(CASE, (), comm.bcast(tmp_path), comm)["steps"]
    warm, hot = (step["hybrid_bonds"] for step in steps)
    rate = 1e9 * COPPER.depth * COPPER.effective_expansion
    assert hot["confined_rise_nm"] == pytest.approx(200.0 * rate, rel=1e-9)
    assert hot["rise_nm"] == pytest.approx(200.0 * rate, rel=0.05)
    assert warm["gap_nm"] == pytest.approx(2.0 * (4.0 - warm["rise_nm"]), rel=1e-9)
    closes = 25.0 + 50.0 * 4.0 / warm["rise_nm"]  # elastic: in proportion
    assert hot["closes_at_degc"] == pytest.approx(closes, rel=1e-6)
    assert hot["pressure_mpa"] == pytest.approx(
        1e-8 * COPPER.confined_modulus * (hot["rise_nm"] - 4.0) * 1e-3, rel=1e-9
    )
    assert np.isfinite(hot["oxide_opening_mpa"])
    assert hot["oxide_edge_mpa"] == pytest.approx(4.0 * warm["oxide_edge_mpa"], rel=1e-6)  # elastic
    # the largest is at a corner of a cell, and nowhere but beside the pad; it is singular, the mean over the cell less
    largest = steps[1]["blocks"]["bond"]["max_principal_mpa"]
    assert 0.1 * largest < hot["oxide_edge_mpa"] < 0.5 * largest


@pytest.mark.serial
def test_pads_in_a_temperature_field_are_refused(tmp_path):
    """They rise by what a uniform temperature makes of them; a step in a field had no entry and no word."""
    case = yaml.safe_load((CASES / "hybrid_bond_panel" / "case.yaml").read_text(encoding="utf-8"))
    layer = case["geometry"]["layers"][0]["name"]
    case["thermal"] = {
        "power": [{"layer": layer, "total": "1 mW"}],
        "boundaries": [{"face": "bottom", "convection": "1000 W/m^2/K", "ambient": "25 degC"}],
    }
    case["process"]["steps"].append({"name": "in use", "temperature": "thermal"})
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    with pytest.raises(CaseError, match="step 'in use' is in a temperature field"):
        load(tmp_path)
