"""Layers that come and go, against laminates integrated by hand, stage by stage.

The hand integration knows increments only: a change of temperature bends what is present, a layer that goes leaves its
forces, pressing flat and letting go is a moment. No reference temperature and no shape of birth enters it.
"""

from dataclasses import replace

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError
from tests.builders import HIGH, LOW, TOP, sheet

pytestmark = pytest.mark.slow

HEAVY = {"low": 2400, "high": 1900, "top": 8900}
SHEET = sheet(
    *(replace(ply, more=(("density", f"{HEAVY[ply.name]} kg/m^3"),)) for ply in (LOW, HIGH, TOP)),
    size=("30 mm", "30 mm"),
    cell="1.5 mm",
)
STEPS = """analysis: {{deflection: {deflection}}}
process:
  steps:
    - {{name: low, build: [low], temperature: 125 degC}}
    - {{name: high, build: [high], temperature: 105 degC, birth: {birth}}}
    - {{name: top, build: [top], temperature: 85 degC, birth: {birth}}}
    - {{name: cool, temperature: 25 degC}}
    - {{name: debond, remove: [low]}}
    - {{name: heat, temperature: 85 degC}}
"""


def stack(birth: str, deflection: str) -> str:
    return SHEET + STEPS.format(birth=birth, deflection=deflection)


EDGES = {"low": (0.0, 0.7e-3), "high": (0.7e-3, 1.1e-3), "top": (1.1e-3, 1.3e-3)}
Q = {"low": 73e9 / 0.7, "high": 22e9 / 0.7, "top": 110e9 / 0.7}
ALPHA = {"low": 3.8e-6, "high": 8e-6, "top": 17e-6}


class ByHand:
    """An equibiaxial laminate of plies with a stress that is linear in z; strain and curvature change by increments."""

    def __init__(self) -> None:
        self.stress: dict[str, np.ndarray] = {}  # sigma = s0 + s1 z
        self.curvature = 0.0

    def _stiffness(self) -> np.ndarray:
        return sum(
            Q[name] * np.array([[_power(name, 1), _power(name, 2)], [_power(name, 2), _power(name, 3)]])
            for name in self.stress
        )

    def _resultants(self) -> np.ndarray:
        sums = [
            [s[0] * _power(name, k) + s[1] * _power(name, k + 1) for k in (1, 2)] for name, s in self.stress.items()
        ]
        return np.sum(sums, axis=0)

    def relax(self) -> None:
        """Free of forces and moments again."""
        change = np.linalg.solve(self._stiffness(), -self._resultants())
        for name in self.stress:
            self.stress[name] = self.stress[name] + Q[name] * change
        self.curvature += change[1]

    def press(self) -> None:
        """Flat, by moments; the plane is free."""
        a, b = self._stiffness()[0]
        strain = b / a * self.curvature
        for name in self.stress:
            self.stress[name] = self.stress[name] + Q[name] * np.array([strain, -self.curvature])
        self.curvature = 0.0

    def heat(self, kelvin: float) -> None:
        for name in self.stress:
            self.stress[name] = self.stress[name] - np.array([Q[name] * ALPHA[name] * kelvin, 0.0])
        self.relax()

    def build(self, name: str, pressed: bool = False) -> None:
        if pressed:
            self.press()
        self.stress[name] = np.zeros(2)
        self.relax()

    def remove(self, name: str) -> None:
        del self.stress[name]
        self.relax()


def _power(name: str, k: int) -> float:
    low, high = EDGES[name]
    return (high**k - low**k) / k


def by_hand(pressed: bool) -> list[float]:
    """Curvature (1/m) after every step."""
    laminate = ByHand()
    found = []
    laminate.build("low")
    found.append(laminate.curvature)
    laminate.heat(-20)
    laminate.build("high", pressed)
    found.append(laminate.curvature)
    laminate.heat(-20)
    laminate.build("top", pressed)
    found.append(laminate.curvature)
    laminate.heat(-60)
    found.append(laminate.curvature)
    laminate.remove("low")
    found.append(laminate.curvature)
    laminate.heat(60)
    found.append(laminate.curvature)
    return found


@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.parametrize("birth", ["stress-free", "pressed"])
def test_layers_are_born_on_the_stack_as_it_is(solve, birth, deflection):
    """The mean curvature of a free square is that of the laminate but for an edge a thickness wide: 1 %.

    Large deflection takes 0.29 % of the square of kappa L^2 / h away: 0.2 % after debonding.
    """
    found = solve(stack(birth=birth, deflection=deflection), "geometry.outline.size=[20 mm, 20 mm]")
    steps = found["steps"]
    for step, curvature in zip(steps, by_hand(birth == "pressed"), strict=True):
        assert step["curvature_x_per_m"] == pytest.approx(curvature, rel=1.5e-2, abs=1e-4), step["name"]
        assert step["balance"]["energy_error"] < 1e-6
    (born,) = steps[2]["births"]
    assert (born["parts"], born["rule"], born["stress_free_temperature_degc"]) == (["top"], birth, pytest.approx(85))
    assert (born["on_warpage_um"] == pytest.approx(0, abs=1e-3)) == (birth == "pressed")
    laminate = [step["laminate"]["curvature_x_per_m"] for step in steps]
    assert laminate == pytest.approx(by_hand(birth == "pressed"), rel=1e-9, abs=1e-12)
    assert not any("strained by as much" in text for text in found["warnings"])


def test_a_layer_as_drawn_is_strained_by_the_stack_it_is_built_on_and_the_run_says_so(solve):
    found = solve(stack(birth="flat", deflection="small"))
    assert any("'high': high is built flat" in text and "-76 ppm" in text for text in found["warnings"])


def test_small_and_large_deflection_agree_where_little_bends(solve):
    little = "geometry.outline.size=[6 mm, 6 mm]", "mesh.in_plane_size=0.75 mm"
    small, large = (solve(stack(birth="stress-free", deflection=kind), *little)["steps"] for kind in ("small", "large"))
    for one, other in zip(small, large, strict=True):
        assert other["warpage_um"] == pytest.approx(one["warpage_um"], rel=2e-3, abs=1e-6), one["name"]


def test_a_birth_without_stress_changes_nothing_however_far_the_stack_has_bent(solve):
    """At two thicknesses of sag: the new layer has no stress, the old ones keep theirs, and nothing moves.

    The last correction leaves 1e-6 of the sag, which is 0.04 MPa.
    """
    big = "geometry.outline.size=[300 mm, 300 mm]", "mesh.in_plane_size=25 mm"
    text = stack(birth="stress-free", deflection="large")
    text = text.replace("{name: top, build: [top], temperature: 85 degC", "{name: before, temperature: 25 degC}\n"
                        "    - {name: top, build: [top], temperature: 25 degC")  # fmt: skip
    steps = {step["name"]: step for step in solve(text, *big)["steps"]}
    before, after = steps["before"], steps["top"]
    assert abs(before["corner_um"]) > 2000
    assert after["corner_um"] == pytest.approx(before["corner_um"], rel=1e-5)
    assert after["layers"]["top"]["max_von_mises_mpa"] < 0.1
    for name in ("low", "high"):
        assert after["layers"][name] == pytest.approx(before["layers"][name], rel=1e-3), name


def test_regions_come_before_the_rest_of_their_layer(solve):
    """A die that covers the layer but for a rim: alone it bends the carrier as a laminate of its own."""
    text = stack(birth="stress-free", deflection="small")
    text = text.replace(
        "{name: high, thickness: 0.4 mm, material: high}",
        "{name: high, thickness: 0.4 mm, material: high,\n       "
        "regions: [{name: die, shape: {rectangle: [12 mm, 12 mm]}, material: top}]}",
    )
    steps = text[: text.index("    - {name: high, build")] + (
        "    - {name: place, build: [high/die], temperature: 105 degC, birth: stress-free}\n"
        "    - {name: mould, build: [high], temperature: 85 degC, birth: stress-free}\n"
        "    - {name: cool, temperature: 25 degC}\n"
    )
    steps = steps.replace("  - {name: top, thickness: 0.2 mm, material: top}\n", "")
    found = solve(steps)["steps"]
    assert found[0]["warpage_um"] < 1e-9
    assert list(found[1]["layers"]) == ["low", "high"]
    assert [part for birth in found[2]["births"] for part in birth["parts"]] == ["high"]
    assert found[2]["births"][0]["on_warpage_um"] == pytest.approx(
        found[2]["signed_warpage_um"], abs=0.3 * abs(found[2]["signed_warpage_um"])
    )
    assert found[3]["curvature_x_per_m"] < found[2]["curvature_x_per_m"] < 0  # the top shrinks more: concave


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("build: [top]", "build: [top/die]", "there is no region 'top/die'"),
        ("build: [top]", "build: [tip]", "there is no layer 'tip'; did you mean 'top'"),
        ("remove: [low]", "remove: [high]", "falls in two: layer 'high' is absent"),
        ("remove: [low]}", "remove: [low], rate: 5 K/min, duration: 1 min}", "give `rate` or `duration`, not both"),
        ("birth: stress-free}}", "birth: stressfree}}", "stress-free"),
    ],
)
def test_wrong_steps_are_named(tmp_path, old, new, message):
    text = stack(birth="stress-free", deflection="small")
    (tmp_path / "case.yaml").write_text(text.replace(old.replace("}}", "}"), new.replace("}}", "}")), encoding="utf-8")
    with pytest.raises(CaseError, match=message):
        load(tmp_path)


def test_a_layer_takes_the_place_of_one_that_went(solve):
    """Below the layer that hung on it: the mirror image of a layer on top of it bends it the other way."""
    text = stack(birth="stress-free", deflection="small")
    head = text[: text.index("  steps:")]
    built = (
        "  steps:\n    - {{name: low, build: [low, high], temperature: 125 degC}}\n"
        "    - {{name: debond, remove: [low]}}\n"
        "    - {{name: coat, build: [{0}], temperature: 85 degC, birth: stress-free}}\n"
        "    - {{name: cool, temperature: 25 degC}}\n"
    )
    top = "{name: top, thickness: 0.2 mm, material: top}"
    over = solve(head + built.format("top"))["steps"][-1]
    hung = solve(head.replace(top, top.replace("top,", "under,", 1)[:-1] + ", below: high}") + built.format("under"))
    hung = hung["steps"][-1]
    assert list(hung["layers"]) == ["high", "under"]
    assert hung["curvature_x_per_m"] == pytest.approx(-over["curvature_x_per_m"], rel=1e-5)  # of another surface
    assert hung["layers"]["under"] == pytest.approx(over["layers"]["top"], rel=1e-5)


LIDDED = """title: a lid over a die, its cavity and the streets of a mould
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: SYMMETRY
  layers:
    - {name: board, thickness: 1 mm, material: board}
    - name: dies
      thickness: 0.5 mm
      regions:
        - {name: die, shape: {rectangle: [5 mm, 5 mm]}, material: die, grid: {count: [2, 2], pitch: [5.4 mm, 5.4 mm]}}
        - {name: mould, shape: {rectangle: [12 mm, 12 mm]}, material: mould, fill: true}
        - {name: foot, shape: {rectangle: [20 mm, 20 mm], hole: [16 mm, 16 mm]}, material: lid}
    - {name: lid, thickness: 1 mm, material: lid}
materials:
  board: {youngs_modulus: 24 GPa, poisson_ratio: 0.3, thermal_expansion: 15 ppm/K}
  die: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K}
  mould: {youngs_modulus: 5 GPa, poisson_ratio: 0.3, thermal_expansion: 30 ppm/K}
  lid: {youngs_modulus: 117 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K}
mesh: {in_plane_size: 2.5 mm}
process:
  steps:
    - {name: dies, build: [board, dies/die, dies/mould], temperature: 150 degC}
    - {name: lid, build: [dies/foot, lid], temperature: 50 degC, birth: stress-free}
    - {name: cold, temperature: 0 degC}
"""


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_lid_is_born_without_stress_over_streets_that_mirror_planes_cut(solve, deflection):
    """The slope of a street is not quite zero at its mirror plane, seen from the cells of one side."""
    quarter, whole = (
        solve(LIDDED.replace("SYMMETRY", symmetry), f"analysis.deflection={deflection}")["steps"]
        for symmetry in ("quarter", "none")
    )
    for steps in (quarter, whole):
        assert steps[1]["layers"]["dies"]["max_von_mises_mpa"] > 50
        assert steps[1]["layers"]["lid"]["max_von_mises_mpa"] < 1e-3
    # cells of the whole lie across the planes
    assert quarter[2]["warpage_um"] == pytest.approx(whole[2]["warpage_um"], rel=2e-3)
