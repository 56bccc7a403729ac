"""Steps on a table, on a chuck and on a ring: from the case file to the summary."""

from dataclasses import replace

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError
from tests.builders import BAR, sheet

pytestmark = pytest.mark.slow

G = 9.80665
PLIES = tuple(replace(ply, more=(("density", "2500 kg/m^3"),)) for ply in BAR)
ON_SUPPORTS = {
    "size": ("120 mm", "10 mm"),
    "cell": "5 mm",
    "process": """process:
  stress_free_temperature: 125 degC
  steps: [{name: warm, temperature: 145 degC, support: %s}]
""",
}
CASE = sheet(*PLIES, **ON_SUPPORTS)
BENDING, CURVATURE, WEIGHT = 70e9 * 0.5e-3**3 / 12, 1.5 * 2e-6 * 20 / 0.5e-3, 2500 * G * 0.5e-3
FREE = CURVATURE * 0.12**2 / 8  # m


@pytest.mark.parametrize("support", ["table", "{table: {gravity: true}}"])
def test_a_bar_on_a_table_bends_up_less_than_a_free_one(support, solve):
    """kappa l^2 / 2 - q l^4 / (8 E I) for both halves, which stand on the middle of the bar."""
    found = solve(CASE % support)
    (step,) = found["steps"]
    contact, rise = step["contact"], FREE - WEIGHT * 0.06**4 / (8 * BENDING)
    assert step["deflection"] == "large"
    assert step["stable"]
    assert contact["max_gap_um"] == pytest.approx(1e6 * rise, rel=5e-3)
    assert contact["rim_gap_um"] == pytest.approx(1e6 * rise, rel=5e-3)
    assert step["warpage_um"] == pytest.approx(1e6 * rise, rel=5e-3)
    assert step["signed_warpage_um"] < 0
    assert step["small_deflection"]["warpage_um"] == pytest.approx(1e6 * FREE, rel=5e-3)
    assert contact["weight_n"] == pytest.approx(WEIGHT * 1.2e-3, rel=1e-9)
    assert contact["contact_force_n"] == pytest.approx(WEIGHT * 1.2e-3, rel=1e-6)
    assert contact["force_balance_error"] < 1e-6
    assert contact["contact_fraction"] < 0.05
    assert contact["vacuum_n"] == 0.0
    assert contact["residual_gap_um"] is None
    assert step["balance"]["energy_error"] < 1e-6
    assert not found["warnings"]


def test_a_vacuum_leaves_the_gap_of_a_beam_under_its_pressure(solve):
    """E I kappa^2 / (2 p) at the ends; with the weight, p is their sum."""
    (step,) = solve(CASE % "{chuck: {vacuum: 0.1 kPa}}", "process.gravity=true")["steps"]
    contact, pressure = step["contact"], 100.0 + WEIGHT
    gap = 1e6 * BENDING * CURVATURE**2 / (2 * pressure)
    assert contact["residual_gap_um"] == contact["max_gap_um"] == pytest.approx(gap, rel=0.01)
    assert contact["flat"] is False
    assert contact["vacuum_n"] == pytest.approx(100.0 * 1.2e-3, rel=1e-9)
    assert contact["weight_n"] == pytest.approx(WEIGHT * 1.2e-3, rel=1e-6)
    assert contact["contact_force_n"] == pytest.approx(pressure * 1.2e-3, rel=1e-6)
    lifted = np.sqrt(2 * BENDING * CURVATURE / pressure)
    near = (6 * BENDING * 1e-4 * 0.5e-3 / (pressure * lifted)) ** (1 / 3)  # where the gap is 1e-4 thicknesses
    assert contact["contact_fraction"] == pytest.approx(1 - (lifted - near) / 0.06, abs=0.03)


def test_a_vacuum_flattens_a_bar_or_says_that_it_does_not(solve):
    """A gap of 1 um needs E I kappa^2 / (2 um): 5.3 kPa here."""
    weak, strong = (solve(CASE % f"{{chuck: {{vacuum: {kpa} kPa}}}}") for kpa in (1, 20))
    assert weak["steps"][0]["contact"]["flat"] is False
    assert any("the vacuum leaves a gap of" in text and "it leaks" in text for text in weak["warnings"])
    assert strong["steps"][0]["contact"]["flat"] is True
    assert not strong["warnings"]


def test_a_chuck_that_holds_flattens_and_says_what_it_pulls(solve):
    """Its forces are in balance with nothing; those at the ends make the moment that flattens the bar."""
    (step,) = solve(CASE % "chuck")["steps"]
    contact = step["contact"]
    assert step["deflection"] == "small"
    assert step["warpage_um"] < 1.0
    assert contact["max_gap_um"] == 0.0
    assert contact["contact_fraction"] == pytest.approx(1.0)
    assert abs(contact["contact_force_n"]) < 1e-6 * contact["pull_n"]
    assert contact["pull_n"] > 2 * BENDING * CURVATURE * 0.01 / 0.06  # both ends, levers of half the length at most
    assert contact["pull_kpa"] == pytest.approx(1e-3 * contact["pull_n"] / 1.2e-3)


def test_a_chuck_that_would_need_more_than_the_air_warns(solve):
    thick = [f"geometry.layers.{name}.thickness=2 mm" for name in ("low", "high")]
    found = solve(CASE % "chuck", *thick, "process.steps.0.temperature=325 degC")
    assert any("more than a vacuum can" in text for text in found["warnings"])


def test_a_ring_that_holds_and_one_that_does_not(solve):
    """Ends down: the ring is under the long sides too, so the one that holds keeps the bar flat."""
    steps = []
    for hold in ("true", "false"):
        support = f"{{ring: {{width: 4 mm, hold: {hold}}}}}"
        (step,) = solve(CASE % support, "process.gravity=true", "process.steps.0.temperature=105 degC")["steps"]
        assert step["balance"]["support_force_n"] == pytest.approx(WEIGHT * 1.2e-3, rel=1e-6)
        steps.append(step)
    held, lying = steps
    assert held["contact"] is None
    assert lying["contact"]["pull_n"] < 1e-6
    assert lying["contact"]["contact_fraction"] < 0.1
    assert held["warpage_um"] < 1.0
    assert lying["warpage_um"] == pytest.approx(1e6 * (FREE - 5 * WEIGHT * 0.12**4 / (384 * BENDING)), rel=5e-3)


@pytest.mark.serial
def test_supports_that_cannot_be_are_refused_in_words(tmp_path):
    def message(text: str, *overrides: str) -> str:
        (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(CaseError) as caught:
            load(tmp_path, overrides)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    free = message(CASE % "free", "process.gravity=true")
    assert "a stack under gravity needs a support: `chuck`, `table`, `edge`" in free
    assert "solved at large deflection" in message(CASE % "table", "analysis.deflection=small")
    assert "no more than one atmosphere" in message(CASE % "{chuck: {vacuum: 200 kPa}}")
    assert "a pressure needs a unit" in message(CASE % "{chuck: {vacuum: 60}}")
    assert "did you mean 'vacuum'?" in message(CASE % "{chuck: {vacum: 60 kPa}}")
    assert "there is no such support; write `free`, `chuck`" in message(CASE % "{tabel: {gravity: true}}")
    assert "a table carries a stack along z" in message(CASE % "{table: {gravity: false}}")
    assert "give it a negative z" in message(CASE % "table", "process.gravity=[0 m/s^2, 0 m/s^2, 9.81 m/s^2]")
    assert "nothing presses the stack on it" in message(CASE % "{ring: {width: 2 mm, hold: false}}")
    assert "the width must be positive" in message(CASE % "{ring: {width: -2 mm}}")
    wide = message(CASE % "{ring: {width: 6 mm}}", "process.gravity=true")
    assert "the ring is as wide as the stack" in wide
    assert "the material has no density" in message(sheet(*BAR, **ON_SUPPORTS) % "table")
    assert "the laminate model is free" in message(CASE % "chuck", "analysis.model=laminate")


def test_a_stack_that_is_held_flat_goes_its_way_in_one_stride(solve):
    (step,) = solve(CASE % "chuck", "analysis.deflection=large", "process.gravity=true")["steps"]
    assert [point["temperature_degc"] for point in step["curve"]] == [145.0]
    assert step["stable"]
    assert step["warpage_um"] == pytest.approx(0.0, abs=1e-6)


DEBONDED = """title: panel without its carrier
geometry:
  outline: {shape: rectangle, size: [510 mm, 515 mm]}
  symmetry: quarter
  layers:
    - name: rdl
      thickness: 50 um
      material: {mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 0.35}
    - {name: mould, thickness: 0.5 mm, material: emc-generic}
mesh: {in_plane_size: 45 mm}
process:
  stress_free_temperature: 175 degC
  gravity: true
  steps: [{name: cold, temperature: %s, support: table}]
"""


@pytest.mark.parametrize(
    ("temperature", "most"),
    [
        ("25 degC", 90),  # it rises by 60 times its thickness
        ("118.8 degC", 35),  # most of it lies on the table
    ],
)
@pytest.mark.serial  # tables that start from plates: test_nested_contact.py on two ranks
def test_a_panel_of_half_a_metre_lies_on_a_table_as_the_plate_does(temperature, most, solve):
    """The plate's table is of springs, its path down the energy: another discretisation and another method.

    Iterations with half the panel in contact were 160 and more before a shape sank onto the table in steps,
    and 46 before one that is heavy enough started from flat; now they are 22.
    """
    case, models = DEBONDED % temperature, ("analysis.model=solid", "analysis.model=plate")
    (solid,), (plate,) = (solve(case, "analysis.deflection=large", model)["steps"] for model in models)
    assert solid["stable"] and plate["stable"]
    assert solid["warpage_um"] == pytest.approx(plate["warpage_um"], rel=0.02)
    assert solid["contact"]["force_balance_error"] < 1e-4
    (free,) = solve(
        DEBONDED.replace("table", "free").replace("true", "false") % temperature, "analysis.deflection=large"
    )["steps"]
    assert free["stable"]  # a cylinder, 40 and 100 times past where it bends
    assert solid["newton_iterations"] - free["newton_iterations"] < most


def test_on_a_table_only_shapes_that_are_looked_at_are_put_down(solve):
    """On the way the free shape is followed; the curve has the temperatures asked for."""
    asked = "report.warpage_at=[100 degC]"
    (step,) = solve(DEBONDED % "60 degC", "analysis.deflection=large", "mesh.in_plane_size=60 mm", asked)["steps"]
    assert [point["temperature_degc"] for point in step["curve"]] == pytest.approx([100.0, 60.0])
