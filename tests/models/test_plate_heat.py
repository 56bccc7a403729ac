"""Plates in the temperature fields of their heat problem: the same case as the solid, beside it and closed forms."""

from typing import Any

import pytest
import yaml
from mpi4py import MPI

from solver import CaseError, load, solve
from solver.models.table import model_named
from tests.killed import killed_and_resumed
from tests.process.test_moments import CASE as WARMING
from tests.process.test_moments import curvature, lumped

pytestmark = pytest.mark.slow

BOARD = """title: a die that heats its board
geometry:
  outline: {shape: rectangle, size: [60 mm, 50 mm]}
  layers:
    - {name: board, thickness: 0.6 mm, material: board}
    - name: top
      thickness: 0.3 mm
      material: mould
      regions: [{name: die, shape: {rectangle: [18 mm, 15 mm]}, at: [-8 mm, 5 mm], material: silicon}]
materials:
  board:
    youngs_modulus: 25 GPa
    poisson_ratio: 0.2
    thermal_expansion: 15 ppm/K
    thermal_conductivity: [10 W/m/K, 10 W/m/K, 0.5 W/m/K]
    density: 1900 kg/m^3
    specific_heat: 1000 J/kg/K
  mould:
    youngs_modulus: {temperature: [25 degC, 150 degC], value: [20 GPa, 10 GPa]}
    poisson_ratio: 0.3
    thermal_expansion: 10 ppm/K
    thermal_conductivity: 0.8 W/m/K
    density: 2000 kg/m^3
    specific_heat: 900 J/kg/K
mesh: {in_plane_size: 4 mm}
thermal:
  power: [{region: die, total: 10 W}]
  boundaries:
    - {face: top, convection: 20 W/m^2/K, ambient: 25 degC}
    - {face: bottom, convection: 200 W/m^2/K, ambient: 25 degC}
process:
  stress_free_temperature: 25 degC
  steps: [{name: hot, temperature: thermal}]
"""
RELAXES = """
    viscoelastic:
      times: [10 s, 300 s]
      shear: [0.3, 0.5]
      bulk: [0.1, 0.2]
      shift: {wlf_arrhenius: {reference: 60 degC, c1: 12, c2: 60 K, activation_energy: 250 kJ/mol}}"""
IN_TIME = (
    "mesh.in_plane_size=8 mm",
    "analysis.transient={duration: 200 s, start: 25 degC, times: [5 s, 20 s, 60 s]}",
    "thermal.power.0.total=3 W",
    "process.steps=[{name: warm, temperature: thermal, at: 20 s}, {name: cold, temperature: 40 degC, duration: 100 s}, "
    "{name: hot, temperature: thermal}, {name: table, temperature: 30 degC, duration: 60 s}]",
)
AS_PLATE = "analysis.model=plate"
SIZES = ("warpage_um", "curvature_x_per_m", "curvature_y_per_m")


def relaxing() -> dict[str, Any]:
    """The board with a mould that relaxes, the faster the hotter it is."""
    modulus = "{temperature: [25 degC, 150 degC], value: [20 GPa, 10 GPa]}"
    found: dict[str, Any] = yaml.safe_load(BOARD.replace(modulus, f"20 GPa{RELAXES}"))
    return found


def run(case: dict[str, Any] | str, *overrides: str, comm: MPI.Intracomm = MPI.COMM_WORLD) -> list[dict[str, Any]]:
    """Entries of the steps."""
    data = yaml.safe_load(case) if isinstance(case, str) else case
    return [step.metrics for step in solve(data, comm=comm, overrides=overrides).steps]


@pytest.mark.serial
@pytest.mark.parametrize("watts", [0.5, 10.0])
def test_a_heated_die_bends_its_board_as_in_3d(watts):
    """0.03 and 0.5 thicknesses; cells of one a layer, the solid is 0.5 % too stiff in them (docs/plate.md)."""
    power = f"thermal.power.0.total={watts} W"
    (plate,), (solid,) = run(BOARD, AS_PLATE, power), run(BOARD, "analysis.deflection=large", power)
    for key in SIZES:
        assert plate[key] == pytest.approx(solid[key], rel=0.02), key
        small = plate["small_deflection"][key], solid["small_deflection"][key]
        assert small[0] == pytest.approx(small[1], rel=0.02), key
    energy = [one["layers"]["board"]["strain_energy_mj"] for one in (plate, solid)]
    assert energy[0] == pytest.approx(energy[1], rel=0.05)


@pytest.mark.serial
def test_heat_is_solved_and_read_as_that_of_the_solid():
    found = [solve(yaml.safe_load(BOARD), overrides=(f"analysis.model={name}",)) for name in ("plate", "solid")]
    plate, solid = (one.summary["thermal"] for one in found)
    assert plate.keys() == solid.keys()
    assert plate["max_temperature_degc"] == pytest.approx(solid["max_temperature_degc"], rel=1e-9)
    for name, one in solid["resistances"].items():
        assert plate["resistances"][name]["value"] == pytest.approx(one["value"], rel=1e-9)


@pytest.mark.serial
def test_a_panel_is_built_heated_on_a_table_and_cooled_again():
    """Into a field and out of it, under its weight: an elastic stack comes back to where it was."""
    pins = "{pins: [[-20 mm, -20 mm], [20 mm, -20 mm], [0 mm, 20 mm]]}"
    steps = (
        "mesh.in_plane_size=8 mm",
        "process.gravity=true",
        "process.stress_free_temperature=null",
        "process.steps=[{name: build, build: [board], temperature: 25 degC, support: chuck}, "
        "{name: mould, build: [top], temperature: 120 degC, birth: stress-free, support: chuck}, "
        f"{{name: cool, temperature: 25 degC, support: {pins}}}, {{name: hot, temperature: thermal, support: table}}, "
        f"{{name: cold, temperature: 25 degC, support: {pins}}}]",
    )
    plate, solid = run(BOARD, AS_PLATE, *steps), run(BOARD, "analysis.deflection=large", *steps)
    for one, other in zip(plate, solid, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=0.02, abs=0.5), one["name"]
    assert plate[4]["warpage_um"] == pytest.approx(plate[2]["warpage_um"], rel=1e-4)


@pytest.mark.serial
def test_every_moment_of_heat_in_time_bends_a_plate_as_its_laminate():
    """The lumped body of `tests/process/test_moments.py`; plates have no edges that curl. Tolerances as there."""
    steps = run(WARMING, AS_PLATE)
    points = [point for step in steps for point in step.get("over_time") or ()]
    assert [point["thermal_time_s"] for point in points] == [10, 30, 60, 120, 400]
    for point in points:
        rise = lumped(point["thermal_time_s"])
        assert point["curvature_x_per_m"] == pytest.approx(curvature(rise), rel=1e-3)
    assert steps[1]["curvature_x_per_m"] == pytest.approx(curvature(-20.0), rel=1e-4)


@pytest.fixture(scope="module")
def relaxed() -> list[dict[str, Any]]:
    return run(relaxing(), AS_PLATE, *IN_TIME)


@pytest.mark.serial
def test_a_mould_relaxes_at_the_temperature_of_its_place(relaxed):
    """2 % of the largest shape: what is left at the end is the difference of what relaxed in the field."""
    solid = run(relaxing(), "analysis.deflection=large", *IN_TIME)
    largest = max(step["warpage_um"] for step in solid)
    for one, other in zip(relaxed, solid, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=0.02, abs=0.01 * largest), one["name"]
    assert relaxed[-1]["warpage_um"] > 0.1 * largest  # elastic, it would be what 5 K make of it


@pytest.mark.serial
@pytest.mark.parametrize("kept", [4, 10, 18])
def test_a_run_that_was_killed_in_a_field_goes_on_to_the_same_numbers(kept, relaxed, shared_path, comm):
    """After a moment that is passed, on the way out of a field, and on the way to the next one."""
    loaded = load(relaxing(), overrides=(AS_PLATE, *IN_TIME))
    found = killed_and_resumed(loaded, comm, shared_path, kept)
    for one, whole in zip(found, relaxed, strict=True):
        assert one["warpage_um"] == pytest.approx(whole["warpage_um"], rel=1e-5), one["name"]
        assert len(one["over_time"] or ()) == len(whole["over_time"] or ()), one["name"]
        for layer, stress in one["layers"].items():
            assert stress["max_von_mises_mpa"] == pytest.approx(whole["layers"][layer]["max_von_mises_mpa"], rel=1e-4)


@pytest.mark.parallel
def test_the_numbers_in_a_field_are_those_of_one_rank(comm):
    found, alone = (run(relaxing(), AS_PLATE, *IN_TIME, comm=one) for one in (comm, MPI.COMM_SELF))
    for one, other in zip(found, alone, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5), one["name"]
        for name, block in other["blocks"].items():
            assert one["blocks"][name]["max_von_mises_mpa"] == pytest.approx(block["max_von_mises_mpa"], rel=1e-4)
            assert one["blocks"][name]["strain_energy_mj"] == pytest.approx(block["strain_energy_mj"], rel=1e-4)


STRIP = """title: a copper strip on a board, heated by its current
geometry:
  outline: {shape: rectangle, size: [40 mm, 10 mm]}
  layers:
    - {name: board, thickness: 0.4 mm, material: fr4}
    - {name: strip, thickness: 0.1 mm, material: copper}
mesh: {in_plane_size: 2.5 mm}
thermal: {boundaries: [{face: bottom, convection: 100 W/m^2/K, ambient: 25 degC}]}
electric:
  terminals:
    - {name: in, face: strip.sides, end: -x, current: 60 A}
    - {name: out, face: strip.sides, end: +x, voltage: 0 V}
process:
  stress_free_temperature: 25 degC
  steps: [{name: hot, temperature: thermal}]
"""


@pytest.mark.serial
def test_a_current_that_heats_bends_a_plate_as_the_solid():
    found = [solve(yaml.safe_load(STRIP), overrides=(f"analysis.model={name}",)) for name in ("plate", "solid")]
    plate, solid = (one.summary["electric"] for one in found)
    assert plate["joule_power_w"] == pytest.approx(solid["joule_power_w"], rel=1e-9)
    assert plate["joule_power_w"] > 0.1
    warpage = [one.steps[0].metrics["warpage_um"] for one in found]
    assert warpage[0] == pytest.approx(warpage[1], rel=0.02)


GRID = (
    "geometry.layers.top.regions=[{name: die, shape: {rectangle: [6 mm, 6 mm]}, material: silicon, "
    "grid: {count: [5, 4], pitch: [9 mm, 9 mm]}}]"
)


@pytest.mark.serial
def test_dies_that_repeat_are_as_hot_as_they_are():
    """Unit cells in a field: one die of twenty has nearly all of the power."""
    watts = ", ".join("[" + ", ".join("4 W" if (i, j) == (1, 1) else "0.1 W" for i in range(5)) + "]" for j in range(4))
    case = GRID, f"thermal.power=[{{layer: top, region: die, each: [{watts}]}}]"
    (plate,), (solid,) = run(BOARD, AS_PLATE, *case), run(BOARD, "analysis.deflection=large", *case)
    for key in SIZES:
        assert plate[key] == pytest.approx(solid[key], rel=0.02), key


TWENTY_DIES = GRID, *IN_TIME, "thermal.power.0.total=6 W"


@pytest.mark.serial
def test_mould_between_dies_that_repeat_relaxes_at_the_temperature_of_its_place():
    """Unit cells that remember, every one in its own temperatures; 1 % of the largest in the process.

    Layer by layer it is 1.6 to 2.4 % off. Fourteen of the twenty dies are outermost, and are as those inside.
    """
    plate, solid = (run(relaxing(), one, *TWENTY_DIES) for one in (AS_PLATE, "analysis.deflection=large"))
    for key in SIZES:
        largest = max(abs(one[key]) for one in solid)
        for one, other in zip(plate, solid, strict=True):
            assert one[key] == pytest.approx(other[key], abs=0.01 * largest), (one["name"], key)


@pytest.mark.parallel
def test_unit_cells_in_a_field_are_those_of_one_rank(comm):
    """Pitch cells lie on both: means over the places of a die, and over cells that are about as hot, go over ranks."""
    steps = "process.steps=[{name: warm, temperature: thermal, at: 5 s}]"
    found, alone = (run(relaxing(), AS_PLATE, *TWENTY_DIES, steps, comm=one)[0] for one in (comm, MPI.COMM_SELF))
    for key in SIZES:
        assert found[key] == pytest.approx(alone[key], rel=1e-6), key
    for name, block in alone["blocks"].items():
        assert found["blocks"][name]["max_von_mises_mpa"] == pytest.approx(block["max_von_mises_mpa"], rel=1e-6)


@pytest.mark.serial
def test_heat_in_dies_that_are_not_drawn_is_refused():
    loaded = load(relaxing(), overrides=(AS_PLATE, GRID, "mesh.homogenise_below=8 mm"))
    with pytest.raises(CaseError, match="heat flows in dies and streets that are drawn"):
        model_named("plate").forecast(loaded, 1)


@pytest.mark.serial
def test_resistances_that_follow_the_mechanics_are_refused():
    with pytest.raises(CaseError, match="need what presses in 3-D; use model `solid`"):
        load(yaml.safe_load(BOARD), overrides=(AS_PLATE, "thermal.bond_lines=[board]"))
