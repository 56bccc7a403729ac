"""Recipes before their packages are cut, as plates against the solid: within 2 %, on small outlines."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import yaml

from solver import solve
from tests.solving import CASES

pytestmark = [pytest.mark.slow, pytest.mark.serial]

SHAPE = "warpage_um", "curvature_x_per_m", "curvature_y_per_m"


def recipe(name: str, dies: tuple[int, int], tape: str | None = None, in_time: bool = False) -> dict[str, Any]:
    """A recipe of elastic materials up to the cut, some dies and 10 mm around them; two cells a die, one a street."""
    files = [CASES / name / file for file in ("elastic.yaml", "case.yaml")[in_time:]]
    case = yaml.safe_load(next(file for file in files if file.exists()).read_text(encoding="utf-8"))
    half = [5.0 * (count + 2) for count in dies]
    case["geometry"]["outline"] = {"shape": "rectangle", "size": [f"{2 * side} mm" for side in half]}
    pins = [[f"{i * 0.6 * half[0]} mm", f"{j * 0.6 * half[1]} mm"] for j in (-1, 1) for i in (-1, 1)]
    for layer in case["geometry"]["layers"]:
        for region in layer.get("regions", []):
            region["grid"] = {"count": list(dies), "pitch": region["grid"]["pitch"]}
        if layer["name"] == "tape":
            layer["thickness"] = tape
    steps = case["process"]["steps"]
    cut = next((number for number, step in enumerate(steps) if "singulate" in step), None)
    lifted = {"support": {"pins": pins}}
    case["process"]["steps"] = [s | lifted if isinstance(s.get("support"), dict) else s for s in steps[:cut]]
    for key in ("via_landing", "warpage_at"):
        case["report"].pop(key, None)
    case["mesh"] = {"in_plane_size": "4 mm"}
    return case


def agreeing(case: dict[str, Any], within: Mapping[str, float] | None = None, **analysis: Any) -> list[dict[str, Any]]:
    """Steps of the solid, with which the plate agrees: 2 % of warpage, curvatures and the largest shift of dies.

    Args:
        case: the case.
        within: by step, what its warpage and curvatures are within instead.
        analysis: of the case.
    """
    plate, solid = (
        [step.metrics for step in solve(case | {"analysis": {"model": model} | analysis}).steps]
        for model in ("plate", "solid")
    )
    largest = max(step["die_shift"]["max_shift_um"] for step in solid if "die_shift" in step)
    for one, other in zip(plate, solid, strict=True):
        part = (within or {}).get(other["name"], 0.02)
        for key in SHAPE:
            assert one[key] == pytest.approx(other[key], rel=part, abs=1e-6), (other["name"], key)
        if "die_shift" in other:
            shift, expected = (step["die_shift"]["max_shift_um"] for step in (one, other))
            assert shift == pytest.approx(expected, abs=0.02 * largest), other["name"]
    return solid


@pytest.mark.parametrize(
    ("name", "dies", "tape"),
    [
        ("foplp_panel", (11, 9), None),
        ("foplp_rdl_first", (7, 5), None),
        ("fowlp_wafer", (7, 7), None),
        # thin: layers slide on it beside the outline over as large a part of the panel as on 0.1 mm of 510 mm
        ("foplp_chip_first", (11, 9), "5.5 um"),
    ],
)
def test_a_recipe_bends_and_moves_its_dies_as_the_solid_does(name, dies, tape):
    """Dies bonded to the panel, and mould and RDL born around and on dies that have moved apart on something soft.

    The shift of dies is within 2 % of the largest in the recipe: on a tape they come back to where they were nearly.
    """
    solid = agreeing(recipe(name, dies, tape))
    assert max(np.abs(step["curvature_x_per_m"]) for step in solid) > 0.1


def test_a_bent_panel_is_as_the_solid_on_both_sides_of_its_bifurcation():
    """Two uniform layers, a cylinder by far: there is nothing that a plate leaves out."""
    case = yaml.safe_load((CASES / "bent_panel" / "case.yaml").read_text(encoding="utf-8"))
    plate, solid = (
        [step.metrics for step in solve(case, overrides=(f"analysis.model={model}",)).steps]
        for model in ("plate", "solid")
    )
    for one, other in zip(plate, solid, strict=True):
        for key in SHAPE:
            assert one[key] == pytest.approx(other[key], rel=2e-3), (other["name"], key)


def test_dies_that_slide_layer_by_layer_are_told_of():
    """sqrt(E t h / G), E and t of a die, is 31 mm on this tape at 25 degC; the dies are 8 mm. Unit cells have it."""
    case = recipe("foplp_chip_first", (3, 3), "0.1 mm")
    case["process"]["steps"] = case["process"]["steps"][:2]
    case["geometry"]["layers"] = case["geometry"]["layers"][:4]
    case["report"] = {}
    cells, layers = (
        solve(case, overrides=("analysis.model=plate", f"analysis.die_field={kind}")).warnings
        for kind in ("unit-cell", "layers")
    )
    assert any("'mould/die', 8 mm long, slides on 'tape', which takes 31 mm" in text for text in layers)
    assert not any("slides on" in text for text in cells)
