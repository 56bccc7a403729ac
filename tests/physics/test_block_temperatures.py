"""Powers and temperatures of the blocks of floorplans and of the places of grids."""

import pytest

from solver.errors import CaseError
from tests.probing import simulate
from tests.solving import load_case

CASE = """
title: places
geometry:
  outline: {shape: rectangle, size: [12 mm, 8 mm]}
  layers:
    - name: dies
      thickness: 0.5 mm
      regions:
        - {name: die, shape: {rectangle: [2 mm, 2 mm]}, material: metal, grid: {count: [3, 2], pitch: [4 mm, 4 mm]}}
materials: {metal: {thermal_conductivity: 400 W/m/K}}
mesh: {in_plane_size: 2 mm}
thermal:
  power: [%s]
  boundaries: [{face: bottom, convection: 1e4 W/m^2/K, ambient: 20 degC}]
analysis: {steady: true}
"""
EACH = "{region: die, each: [[1 W, 2 W, 3 W], [4 W, 0 W, 6 W]]}"


def test_each_die_alone_has_its_power_and_its_rise(shared_path, comm):
    """Dies that touch nothing but a film: P / (h A), and up to half of P t / (k A) more at the top."""
    heat = simulate(CASE % EACH, shared_path, comm).heat()
    assert heat is not None
    blocks = heat.summary["blocks"]
    powers = {"(1, 1)": 4, "(2, 1)": 0, "(3, 1)": 6, "(1, 2)": 1, "(2, 2)": 2, "(3, 2)": 3}  # column, row from below
    assert {name: block["power_w"] for name, block in blocks.items()} == pytest.approx(
        {f"die {place}": watts for place, watts in powers.items()}
    )
    for place, watts in powers.items():
        rise = watts / (1e4 * 4e-6)
        block = blocks[f"die {place}"]
        assert block["mean_temperature_degc"] - 20 == pytest.approx(rise + watts / 4e-6 * 0.5e-3 / 3 / 400, rel=1e-6)
        assert block["max_temperature_degc"] - 20 == pytest.approx(rise + watts / 4e-6 * 0.5e-3 / 2 / 400, rel=1e-6)


def test_blocks_of_a_floorplan_have_temperatures(shared_path, comm):
    """One die under two blocks, one of them without power: the hot one is hotter, and the mean is that of the die."""
    if comm.rank == 0:
        (shared_path / "f.flp").write_text("hot 1e-3 2e-3 0 0\ncold 1e-3 2e-3 1e-3 0\n")
        (shared_path / "t.ptrace").write_text("hot cold\n3 0\n")
    comm.barrier()
    case = CASE.replace("count: [3, 2]", "count: [1, 1]") % "{region: die, floorplan: f.flp, trace: t.ptrace}"
    heat = simulate(case, shared_path, comm, "mesh.in_plane_size=1 mm").heat()
    assert heat is not None
    hot, cold = (heat.summary["blocks"][f"die/{name}"] for name in ("hot", "cold"))
    assert hot["power_w"] == 3 and cold["power_w"] == 0
    assert hot["mean_temperature_degc"] > cold["mean_temperature_degc"] + 0.1
    mean = heat.summary["regions"]["dies/die"]["mean_temperature_degc"]
    assert (hot["mean_temperature_degc"] + cold["mean_temperature_degc"]) / 2 == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (EACH.replace("[4 W, 0 W, 6 W]", "[4 W, 0 W]"), "rows of equal length"),
        (EACH.replace("0 W", "-1 W"), "not negative"),
        ("{region: die, each: [[1 W, 2 W]]}", "2 x 1 powers for a grid of 3 x 2 places"),
        ("{region: die, each: [[1 W]], total: 3 W}", "exactly one of"),
    ],
)
def test_powers_that_do_not_fit_the_grid_are_refused(power, words, shared_path, comm):
    with pytest.raises(CaseError, match=words):
        load_case(CASE % power, (), shared_path, comm)
