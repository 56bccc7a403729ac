"""Ways a plate goes ahead of the solid: the same shapes in fewer iterations, whatever the plate is like."""

import pytest

from solver.errors import NotConvergedError
from solver.physics.plate.problem import PlateProblem
from solver.process import equilibrium_path
from solver.process.equilibrium_path import INSTEAD, NESTED, settled
from tests.bending import REFERENCE
from tests.builders import HIGH, LOW, sheet
from tests.killed import Killed, killed_at

pytestmark = pytest.mark.slow

SQUARE = sheet(
    LOW,
    HIGH,
    size=("600 mm", "600 mm"),
    cell="75 mm",
    process="""process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 100 degC}]
report: {warpage_at: [115 degC, 150 degC]}
""",
)  # bifurcates at 111.3 degC, and at 138.7
BEFORE, PAST = "process.steps.cool.temperature=115 degC", "process.steps.cool.temperature=105 degC"
KEYS = ("warpage_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m", "branch", "stable")


def both(solve, *overrides):
    """The same step, nested and followed."""
    return [solve(SQUARE, *overrides, f"analysis.path={path}")["steps"][0] for path in ("nested", "followed")]


def same(nested, followed):
    for key in KEYS:
        if isinstance(followed[key], str | bool):
            assert nested[key] == followed[key], key
        else:
            assert nested[key] == pytest.approx(followed[key], rel=1e-5, abs=1e-6), key
    assert nested.get("bifurcation_temperature_degc") == pytest.approx(
        followed.get("bifurcation_temperature_degc"), abs=0.1
    )


def paths(step):
    """How the shapes at the temperatures of a curve were found."""
    return {point["temperature_degc"]: point["path"] for point in step["curve"]}


def scaled(monkeypatch, factor):
    """Let the plate expand by a factor of what it should: it bifurcates at another temperature than the solid."""
    known = PlateProblem.load_at
    monkeypatch.setattr(
        PlateProblem, "load_at", lambda self, kelvin: known(self, REFERENCE + factor * (kelvin - REFERENCE))
    )


def test_a_nested_way_has_the_shapes_and_the_bifurcation_of_one_that_is_followed(solve):
    nested, followed = both(solve)
    same(nested, followed)
    assert paths(nested) == {115.0: NESTED, 100.0: NESTED, 150.0: NESTED}
    assert nested["nested"] == 3
    assert nested["newton_iterations"] < followed["newton_iterations"]
    there = {point["temperature_degc"]: point for point in followed["curve"]}
    for point in nested["curve"]:
        other = there[point["temperature_degc"]]
        assert (point["branch"], point["stable"]) == (other["branch"], other["stable"])
        assert point["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5)


@pytest.mark.parametrize("factor", [0.6, 1.4], ids=["not yet bent", "bent already"])
@pytest.mark.parametrize("end", [pytest.param(BEFORE, marks=pytest.mark.serial), PAST], ids=["before", "past"])
def test_a_plate_on_another_branch_leads_to_no_wrong_one(solve, monkeypatch, factor, end):
    """At 115 degC the solid is a dome, at 105 degC a cylinder, whatever the plate is."""
    scaled(monkeypatch, factor)
    nested, followed = both(solve, end, "report.warpage_at=[]")
    same(nested, followed)


def test_a_plate_that_stays_on_a_shape_that_is_unstable_is_left(solve, monkeypatch):
    def stays(problem, load, tolerance, regained=None):
        if isinstance(problem, PlateProblem):
            problem.follow(load)
            return 0, None
        return settled(problem, load, tolerance, regained)

    monkeypatch.setattr(equilibrium_path, "settled", stays)
    nested, followed = both(solve, PAST, "report.warpage_at=[]")
    same(nested, followed)
    assert paths(nested)[105.0] == INSTEAD


def test_a_step_past_the_bifurcation_is_nested_from_the_flat_shape(solve):
    nested, followed = both(solve, "process.steps.cool.temperature=100 degC", "report.warpage_at=[]")
    same(nested, followed)
    assert paths(nested) == {100.0: NESTED}


@pytest.mark.serial
def test_of_two_shapes_of_nearly_one_energy_the_solid_chooses(solve):
    """A rectangle a little longer than wide: its two cylinders differ by less than a plate is wrong by."""
    nested, followed = both(solve, PAST, "report.warpage_at=[]", "geometry.outline.size=[600 mm, 585 mm]")
    same(nested, followed)


def test_a_plate_that_finds_no_equilibrium_is_gone_without(solve, monkeypatch):
    def fails(self, load, tolerance=None, only_stable=False):
        raise NotConvergedError("no equilibrium")

    monkeypatch.setattr(PlateProblem, "follow", fails)
    nested, followed = both(solve, BEFORE, "report.warpage_at=[]")
    same(nested, followed)


def test_a_plate_goes_ahead_until_a_step_in_a_temperature_field(solve):
    """The field is followed, and what comes after it."""
    heat = (
        "materials.low.thermal_conductivity=1 W/m/K",
        "materials.high.thermal_conductivity=1 W/m/K",
        "thermal={power: [{layer: high, total: 20 W}], "
        "boundaries: [{face: bottom, convection: 10 W/m^2/K, ambient: 110 degC}]}",
        "process.steps=[{name: cool, temperature: 115 degC}, {name: hot, temperature: thermal}, "
        "{name: back, temperature: 120 degC}]",
        "report={}",
    )
    found = [solve(SQUARE, *heat, f"analysis.path={path}")["steps"] for path in ("nested", "followed")]
    for nested, followed in zip(*found, strict=True):
        same(nested, followed)
    assert paths(found[0][0]) == {115.0: NESTED}
    assert NESTED not in paths(found[0][2]).values()


def test_layers_that_come_and_go_are_nested_as_well(solve):
    """Glass and mould born on one another at their temperatures, lifted on pins, cooled past the bifurcation."""
    pins = "{pins: [[-150 mm, -150 mm], [150 mm, -150 mm], [-150 mm, 150 mm], [150 mm, 150 mm]]}"
    text = SQUARE[: SQUARE.index("process:")] + (
        "process:\n  gravity: true\n  steps:\n"
        "    - {name: glass, build: [low], temperature: 25 degC, support: chuck}\n"
        "    - {name: mould, build: [high], temperature: 125 degC, birth: stress-free, support: chuck}\n"
        f"    - {{name: lift, temperature: 120 degC, support: {pins}}}\n"
        f"    - {{name: cool, temperature: 105 degC, support: {pins}}}\n"
        f"    - {{name: strip, remove: [low], temperature: 105 degC, support: {pins}}}\n"
        "analysis: {deflection: large}\n"
    )
    heavy = [f"materials.{name}.density=2300 kg/m^3" for name in ("low", "high")]
    nested, followed = (solve(text, *heavy, f"analysis.path={path}")["steps"] for path in ("nested", "followed"))
    for one, other in zip(nested, followed, strict=True):
        same(one, other)
    assert [step["nested"] for step in nested[2:4]] == [2, 1]  # released and cooled, then cooled
    assert NESTED not in paths(nested[4]).values()  # without the glass the cylinder is lost


@pytest.mark.serial
def test_a_nested_way_that_is_killed_between_two_looks_goes_on(shared_path, comm, monkeypatch):
    """From a dome, on a plate that starts anew: it knows nothing of the looks before."""
    looks = "report: {warpage_at: [115 degC, 108 degC, 104 degC]}"
    text = SQUARE[: SQUARE.index("report:")] + f"{looks}\nanalysis: {{path: nested}}\n"
    results = killed_at(text, shared_path, comm, monkeypatch)
    (whole,) = results(None, output="whole")[0]["steps"]
    assert paths(whole) == dict.fromkeys((115.0, 108.0, 104.0, 100.0), NESTED)
    with pytest.raises(Killed):
        results(1)  # at 115 degC, a dome
    (found,) = results(None, resume=True)[0]["steps"]
    same(found, whole)
    assert paths(found) == paths(whole)
    for one, other in zip(found["curve"], whole["curve"], strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5)
