"""`deflection: large` as a case asks for it: shapes, branches, curves and warnings."""

from dataclasses import replace

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError, NotConvergedError
from solver.physics.solid.laminate import free_state, plies
from solver.process import equilibrium_path as way
from solver.process.equilibrium_path import EquilibriumPath, locate
from tests.bending import REFERENCE, panel
from tests.builders import HIGH, LOW, Ply, sheet
from tests.plates import plate
from tests.probing import stack_of

pytestmark = pytest.mark.slow

CONDUCTING = (("thermal_conductivity", "1 W/m/K"),)
SQUARE = sheet(
    replace(LOW, more=CONDUCTING),
    replace(HIGH, more=CONDUCTING),
    size=("600 mm", "600 mm"),
    cell="50 mm",
    process="""process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 105 degC}]
""",
)
STRIP = sheet(
    Ply("low", "0.005 in", "1e7 psi", "2.5e-6 1/delta_degF", 0),
    Ply("high", "0.005 in", "1e7 psi", "14.5e-6 1/delta_degF", 0),
    size=("10 in", "0.1 in"),
    cell="0.1 in",
    symmetry="none",
    process="process: {stress_free_temperature: 70 degF, steps: [{name: heat, temperature: 110 degF}]}\n",
)  # of VM174
INCH = 25400.0  # um


def steps(text: str) -> str:
    """The square with other steps."""
    return SQUARE.replace("[{name: cool, temperature: 105 degC}]", text)


@pytest.fixture
def per_kelvin(shared_path, comm):
    """Small-deflection curvature of one kelvin (1/m), and effective thickness (m) of the square."""
    from solver.materials import library

    layers = stack_of(SQUARE, shared_path, comm).layers
    users = load(shared_path).case.materials
    found = free_state(
        plies(
            layers,
            0.36,
            lambda name: library.resolve(name, users),
            REFERENCE - 1.0,
            dict.fromkeys(("low", "high"), REFERENCE),
        )
    )
    return abs(found.curvature[0]), found.effective_thickness


def test_a_strip_sags_as_the_arc_it_is(solve):
    """A1: sag (1 - cos(kappa L / 2)) / kappa at large deflection, kappa L^2 / 8 at small.

    A tenth of the benchmark's strains and thicknesses, which leave its shape: strains of 0.6 % take 0.3 % of curvature.
    The strip is pinned at its middle and an end, which tilts it by 10 degrees.
    """
    (large,), (small,) = (solve(STRIP, f"analysis.deflection={kind}")["steps"] for kind in ("large", "small"))
    assert large["warpage_um"] / INCH == pytest.approx(0.8903, rel=2e-3)
    assert small["warpage_um"] / INCH == pytest.approx(0.9000, rel=1e-3)
    assert large["small_deflection"]["warpage_um"] == pytest.approx(small["warpage_um"], rel=1e-6)


def test_a_square_panel_bends_to_a_cylinder_where_it_bifurcates(solve, per_kelvin):
    """A8, A9: critical 19.191; corner 4.0734 thicknesses at 25, in units of thickness / side^2."""
    curvature, thickness = per_kelvin
    scaled = curvature * 0.36 / thickness
    (step,) = solve(SQUARE, f"process.steps.cool.temperature={125 - 25 / scaled:.6f} degC")["steps"]
    assert step["deflection"] == "large"
    assert (step["branch"], step["stable"]) == ("cylinder about y", True)
    assert (125 - step["bifurcation_temperature_degc"]) * scaled == pytest.approx(19.191, rel=0.01)
    assert step["corner_um"] == pytest.approx(4.0734e6 * thickness, rel=0.01)
    assert step["small_deflection"]["curvature_x_per_m"] == pytest.approx(-25 / scaled * curvature, rel=0.01)
    assert step["balance"]["energy_error"] < 1e-6
    assert step["balance"]["pin_reaction"] < 1e-6
    assert len(step["curve"]) == step["increments"] >= 5
    for point in step["curve"]:
        bent = point["temperature_degc"] < step["bifurcation_temperature_degc"]
        assert point["stable"]
        assert (point["branch"] != "symmetric") == bent
    assert np.all(np.diff([point["warpage_um"] for point in step["curve"]]) > 0)


def test_a_step_goes_on_from_the_one_before(solve):
    (once,) = solve(SQUARE)["steps"]
    half, twice, back = solve(
        steps("[{name: a, temperature: 115 degC}, {name: b, temperature: 105 degC}, {name: c, temperature: 125 degC}]")
    )["steps"]
    assert half["branch"] == "symmetric"
    assert twice["warpage_um"] == pytest.approx(once["warpage_um"], rel=1e-5)
    assert back["warpage_um"] < 1e-9 * once["warpage_um"]
    assert back["layers"]["low"]["max_von_mises_mpa"] < 1e-9


def test_whole_and_quarter_are_one_panel(solve):
    """The whole is pinned at an edge, which tilts it."""
    coarse = "mesh.in_plane_size=75 mm"
    (quarter,), (whole,) = (solve(SQUARE, coarse, f"geometry.symmetry={name}")["steps"] for name in ("quarter", "none"))
    for key in ("warpage_um", "corner_um", "bow_um", "curvature_x_per_m", "curvature_y_per_m"):
        assert whole[key] == pytest.approx(quarter[key], rel=1e-5), key
    for layer, stress in quarter["layers"].items():
        assert whole["layers"][layer] == pytest.approx(stress, rel=1e-4), layer


def test_other_report_temperatures_are_visited_from_the_end_of_a_step(solve):
    (step,) = solve(SQUARE, "report.warpage_at=[100 degC, 117.3 degC, 125 degC, 135 degC]")["steps"]
    (plain,) = solve(SQUARE)["steps"]
    (further,) = solve(SQUARE, "process.steps.cool.temperature=100 degC")["steps"]
    (hot,) = solve(SQUARE, "process.steps.cool.temperature=135 degC")["steps"]
    at = {round(point["temperature_degc"], 6): point["warpage_um"] for point in step["curve"]}
    assert at[125.0] == 0.0
    assert 117.3 in at
    assert at[135.0] == pytest.approx(hot["warpage_um"], rel=1e-5)
    assert at[100.0] == pytest.approx(further["warpage_um"], rel=1e-5)
    assert step["warpage_um"] == pytest.approx(plain["warpage_um"], rel=1e-5)
    assert step["layers"]["high"] == pytest.approx(plain["layers"]["high"], rel=1e-4)


def test_a_uniform_field_is_a_uniform_temperature(solve):
    boundaries = "thermal: {boundaries: [{face: bottom, temperature: 105 degC}]}\n"
    (uniform,) = solve(SQUARE)["steps"]
    (field,) = solve(steps("[{name: in the field, temperature: thermal}]") + boundaries)["steps"]
    assert field["deflection"] == "large"
    assert field["warpage_um"] == pytest.approx(uniform["warpage_um"], rel=1e-5)
    assert field["branch"] == uniform["branch"]


def test_layers_built_flat_at_their_temperatures_bend_as_a_hand_integrated_laminate(solve):
    """Layers free of stress at 125 and 105 degC, at 85 degC: equibiaxial laminate of two layers, A, B, D by hand."""
    text = steps(
        "[{name: low, build: [low], temperature: 125 degC}, {name: high, build: [high], temperature: 105 degC},"
        " {name: cool, temperature: 85 degC}, {name: debond, remove: [low], temperature: 85 degC}]"
    ).replace("  stress_free_temperature: 125 degC\n", "")
    little = ("geometry.outline.size=[40 mm, 40 mm]", "mesh.in_plane_size=2 mm", "analysis.deflection=large")
    found = solve(text, *little)["steps"]
    q, edges = np.array([73e9, 22e9]) / 0.7, np.array([[0.0, 0.7e-3], [0.7e-3, 1.1e-3]])
    a, b, d = (float(q @ (edges[:, 1] ** k - edges[:, 0] ** k)) / k for k in (1, 2, 3))
    for step, cooled in ((found[1], (20, 0)), (found[2], (40, 20))):
        free = -np.array([3.8e-6, 8e-6]) * cooled
        force, moment = (float((q * free) @ (edges[:, 1] ** k - edges[:, 0] ** k)) / k for k in (1, 2))
        curvature = (a * moment - b * force) / (a * d - b**2)  # -w'' of w = -kappa r^2 / 2
        assert step["curvature_x_per_m"] == pytest.approx(curvature, rel=5e-3)
    assert found[3]["warpage_um"] < 1e-6 * found[2]["warpage_um"]
    assert found[3]["layers"]["high"]["max_von_mises_mpa"] < 1e-8


def test_small_parts_need_no_large_deflection_and_large_ones_at_small_are_doubted(solve):
    little = ("geometry.outline.size=[60 mm, 60 mm]", "mesh.in_plane_size=5 mm")
    assert solve(SQUARE, *little)["steps"][0]["deflection"] == "small"
    forced = solve(SQUARE, "analysis.deflection=small")
    assert forced["steps"][0]["deflection"] == "small"
    assert any("a real part bends to a cylinder" in text for text in forced["warnings"])
    large = solve(SQUARE)
    assert not any("cylinder" in text for text in large["warnings"])


def test_large_and_small_deflection_agree_on_a_small_part(solve):
    little = ("geometry.outline.size=[30 mm, 30 mm]", "mesh.in_plane_size=3 mm")
    (large,), (small,) = (solve(SQUARE, *little, f"analysis.deflection={kind}")["steps"] for kind in ("large", "small"))
    assert large["warpage_um"] == pytest.approx(small["warpage_um"], rel=1e-4)
    assert large["layers"]["high"] == pytest.approx(small["layers"]["high"], rel=5e-3)


def test_a_shape_that_stays_unstable_is_doubted(solve, monkeypatch):
    def fails(problem, load, tolerance, regained=None):
        raise NotConvergedError("no stable equilibrium")

    monkeypatch.setattr(way, "settle", fails)
    found = solve(SQUARE)
    (step,) = found["steps"]
    assert step["branch"] == "symmetric"
    assert step["stable"] is False
    assert any("shapes are unstable, and no stable ones were found" in text for text in found["warnings"])


@pytest.fixture
def no_equilibrium_below(monkeypatch):
    """Large deflection finds none below a temperature (K)."""

    def begin(lowest: float) -> None:
        known = EquilibriumPath._stop

        def stop(self, kelvin, *more):
            if kelvin < lowest:
                raise NotConvergedError("no equilibrium")
            return known(self, kelvin, *more)

        monkeypatch.setattr(EquilibriumPath, "_stop", stop)

    return begin


CONTACT = ["process.gravity=true", "process.steps.cool.support=table"]
CONTACT += [f"materials.{name}.density=2000 kg/m^3" for name in ("low", "high")]
COOLER = "[{name: cool, temperature: 105 degC}, {name: on, temperature: 100 degC}, {name: back, temperature: 120 degC}]"


@pytest.mark.parametrize("lowest", [110, 102], ids=["the first large step", "one that follows"])
def test_auto_is_content_with_small_deflection_where_there_is_no_equilibrium(solve, no_equilibrium_below, lowest):
    text = steps(COOLER)
    small = solve(text, "analysis.deflection=small")["steps"]
    no_equilibrium_below(lowest + 273.15)
    found = solve(text)
    kinds = ["large"] * (lowest < 105) + ["small"] * 3
    for step, linear, kind in zip(found["steps"], small, kinds, strict=False):
        assert step["deflection"] == kind
        if kind == "small":
            assert step["warpage_um"] == pytest.approx(linear["warpage_um"], rel=1e-6)
            assert step["layers"]["high"] == pytest.approx(linear["layers"]["high"], rel=1e-5)
            assert "no equilibrium" in step["decision"]["why"]
    doubts = [text for text in found["warnings"] if "are given at SMALL deflection" in text]
    assert len(doubts) == 1
    assert f"step '{'cool' if lowest > 105 else 'on'}', increment" in doubts[0]
    assert any(text.startswith("step 'back': small deflection") for text in found["warnings"])


@pytest.mark.parametrize("asked", [["analysis.deflection=large"], CONTACT], ids=["asked for", "in contact"])
def test_without_an_equilibrium_there_is_no_answer_at_large_deflection_or_in_contact(
    solve, no_equilibrium_below, asked
):
    no_equilibrium_below(110 + 273.15)
    with pytest.raises(NotConvergedError, match="step 'cool', increment"):
        solve(SQUARE, *asked)


def test_no_bifurcation_is_found_before_there_is_one(shared_path, comm):
    problem = panel(shared_path, comm, 4)
    flat = problem.flat(problem.load_at(REFERENCE))
    assert locate(problem, flat, REFERENCE, REFERENCE - 5.0) is None


def test_a_bifurcation_is_found_from_the_flat_shape_far_before_it(shared_path, comm):
    """At 13.69 K by two plate elements, of these cells 13.71; the dome first grows stiffer with its curvature."""
    problem = panel(shared_path, comm, 8, nu=0.25)
    flat = problem.flat(problem.load_at(REFERENCE))
    for end in (20.0, 50.0):
        assert locate(problem, flat, REFERENCE, REFERENCE - end) == pytest.approx(REFERENCE - 13.7, abs=0.1)


def test_a_rectangle_that_turns_into_a_cylinder_steadily_has_lost_no_stability(shared_path, comm):
    """A dome turns fast from 113 to 111 degC, and is stable at every tenth of a kelvin; a long stride loses it."""
    text = sheet(LOW, HIGH, size=("600 mm", "585 mm"), cell="60 mm", process=SQUARE[SQUARE.index("process:") :])
    problem = plate(text, shared_path, comm)
    problem.state = problem.flat(problem.load_at(REFERENCE))
    problem.follow(problem.load_at(REFERENCE - 10.0))
    assert locate(problem, problem.state, REFERENCE - 10.0, REFERENCE - 25.0) is None


def test_a_failure_names_its_temperature(shared_path, comm, monkeypatch):
    problem = panel(shared_path, comm, 4)
    problem.load_at(REFERENCE)

    def fails(load, tolerance=None, only_stable=False):
        raise NotConvergedError("no equilibrium")

    monkeypatch.setattr(problem, "follow", fails)
    monkeypatch.setattr(way, "settle", lambda problem, load, *_: problem.follow(load))
    with pytest.raises(NotConvergedError, match="on the way to 124 degC: no equilibrium"):
        list(EquilibriumPath(problem, REFERENCE).to(REFERENCE - 8.0))


def test_strides_grow_and_pass_the_temperatures_that_are_asked_for(shared_path, comm):
    way = EquilibriumPath(panel(shared_path, comm, 4), REFERENCE, flat=REFERENCE)

    def passed(end: float, *through: float) -> list[float]:
        return [
            round(stop.temperature - REFERENCE, 9) for stop in way.to(REFERENCE + end, [REFERENCE + t for t in through])
        ]

    assert passed(-8.0, -5.0, 3.0) == [-1.0, -3.0, -5.0, -8.0]
    assert passed(4.0) == [-6.5, -3.5, 0.0, 4.0]  # through the flat shape
    assert passed(4.0) == [4.0]
    assert [round(stop.temperature - REFERENCE, 9) for stop in way.aside([REFERENCE - 1.0])] == [-1.0]
    assert way.temperature == REFERENCE + 4.0


@pytest.mark.serial
def test_the_laminate_model_refuses_large_deflection(tmp_path):
    (tmp_path / "case.yaml").write_text(SQUARE + "analysis: {model: laminate, deflection: large}\n", encoding="utf-8")
    with pytest.raises(CaseError, match=r"analysis.deflection = 'large': the laminate model bends stacks by small"):
        load(tmp_path)
