"""Stacks on a table that a plate goes ahead of: the same shapes, from the nodes that the plate has on the table."""

import pytest

from solver.errors import OutOfMemoryError
from solver.linalg import mumps
from solver.physics.plate.problem import PlateProblem
from solver.physics.solid.newton import Newton
from solver.process import contact_path
from solver.process.equilibrium_path import INSTEAD, NESTED
from tests.killed import Killed, killed_at
from tests.process.test_nested_path import paths
from tests.process.test_table_and_chuck import CASE as BAR
from tests.process.test_table_and_chuck import DEBONDED

pytestmark = pytest.mark.slow

REFERENCE = 448.15  # K, where the panel is free of stress
PANEL = DEBONDED + "analysis: {deflection: large}\n"
RING, VACUUM = "{ring: {width: 4 mm, hold: false}}", "{chuck: {vacuum: 0.1 kPa}}"
COARSE, COOL = "mesh.in_plane_size=65 mm", "process.steps.0.temperature=105 degC"


def both(solve, case, *overrides):
    """The same step, nested and followed."""
    return [solve(case, *overrides, f"analysis.path={path}")["steps"][0] for path in ("nested", "followed")]


def same(nested, followed):
    assert nested["stable"] and followed["stable"]
    assert nested["warpage_um"] == pytest.approx(followed["warpage_um"], rel=1e-5)
    for key in ("contact_fraction", "max_gap_um", "contact_force_n"):
        assert nested["contact"][key] == pytest.approx(followed["contact"][key], rel=1e-5), key


def test_a_heavy_panel_lies_on_a_table_as_without_a_plate_in_a_quarter_of_the_iterations(solve):
    """Two thirds of it touch: which nodes do comes from the plate."""
    nested, followed = both(solve, PANEL % "170 degC", COARSE)
    same(nested, followed)
    assert set(paths(nested).values()) == {NESTED}
    assert 4 * nested["newton_iterations"] <= followed["newton_iterations"]


@pytest.mark.serial  # two ranks are too many for the plate of a bar
@pytest.mark.parametrize(
    ("support", "overrides"), [("table", ()), (VACUUM, ()), (RING, (COOL,))], ids=["table", "vacuum", "ring"]
)
def test_a_bar_that_lifts_off_is_nested(support, overrides, solve):
    nested, followed = both(solve, BAR % support, "process.gravity=true", *overrides)
    same(nested, followed)
    assert set(paths(nested).values()) == {NESTED}
    assert 3 * nested["newton_iterations"] <= followed["newton_iterations"]


@pytest.mark.serial
def test_shapes_that_are_looked_at_on_the_way_and_from_the_end_are_nested(solve):
    nested, followed = both(solve, BAR % "table", "report.warpage_at=[135 degC, 160 degC]")
    same(nested, followed)
    assert paths(nested) == dict.fromkeys((135.0, 145.0, 160.0), NESTED)
    for one, other in zip(nested["curve"], followed["curve"], strict=True):
        assert one["temperature_degc"] == other["temperature_degc"]
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5)


LONG = PANEL.replace("[510 mm, 515 mm]", "[510 mm, 400 mm]")


def test_a_heavy_cylinder_that_is_laid_flat_rises_about_the_axis_it_was_bent_about(solve, monkeypatch):
    """At 150 degC its energy is less flat than put down on two lines, so it starts from flat.

    The same shape is found where the cylinder sinks onto the table instead, and from a plate.
    """
    laid, known = [], contact_path.laid_flat

    def noted(problem, load):
        laid.append(known(problem, load))
        return laid[-1]

    monkeypatch.setattr(contact_path, "laid_flat", noted)
    nested, followed = both(solve, LONG % "150 degC", COARSE)
    assert laid == [True]
    monkeypatch.setattr(contact_path, "laid_flat", lambda *_: False)
    (sunk,) = solve(LONG % "150 degC", COARSE, "analysis.path=followed")["steps"]
    for one in (nested, sunk):
        same(one, followed)
        assert one["branch"] == followed["branch"] == "cylinder about x"


def test_of_two_cylinders_on_a_table_the_solid_takes_that_of_less_energy(solve):
    """A plate that goes through the flat shape on its way bends about the other axis than the solid."""
    nested, followed = both(solve, LONG % "25 degC", COARSE)
    same(nested, followed)
    assert nested["branch"] == followed["branch"] == "cylinder about x"
    assert set(paths(nested).values()) == {NESTED}


def test_a_plate_that_lies_otherwise_leads_to_no_other_shape(solve, monkeypatch):
    """It expands by 1.4 of what it should: another part of it touches."""
    known = PlateProblem.load_at
    monkeypatch.setattr(
        PlateProblem, "load_at", lambda self, kelvin: known(self, REFERENCE + 1.4 * (kelvin - REFERENCE))
    )
    nested, followed = both(solve, PANEL % "170 degC", COARSE)
    same(nested, followed)
    assert paths(nested) == {170.0: INSTEAD}


@pytest.mark.serial
def test_a_panel_on_its_table_that_is_killed_goes_on(shared_path, comm, monkeypatch):
    """Put down by a plate that starts anew and lies where the panel did."""
    text = (BAR % "table").replace("steps: [", "steps: [{name: first, temperature: 135 degC, support: table}, ")
    text += "analysis: {path: nested}\nreport: {warpage_at: [130 degC, 140 degC]}\n"
    results = killed_at(text, shared_path, comm, monkeypatch)
    whole = results(None, output="whole")[0]["steps"]
    with pytest.raises(Killed):
        results(1)
    found = results(None, resume=True)[0]["steps"]
    for one, other in zip(found, whole, strict=True):
        same(one, other)
        assert paths(one) == paths(other)


@pytest.mark.serial
def test_memory_that_is_short_is_no_start_that_failed(solve, monkeypatch):
    """A start from a plate may diverge; what another start does not mend ends the run."""
    known = Newton.solve_from

    def short(self, *start):
        with monkeypatch.context() as there:
            there.setattr(mumps, "error", lambda _: -13)
            return known(self, *start)

    monkeypatch.setattr(Newton, "solve_from", short)
    with pytest.raises(OutOfMemoryError, match=r"the plates .* does not fit in memory"):
        solve(BAR % "table", "analysis.path=nested")
