"""Streets of mould that relaxes between dies: a word where the cells of the solid are too long for them."""

from typing import Any

import pytest

from meshes.plane import plane_mesh
from solver import load, solve
from solver.models.solid import streets
from tests.models.test_plate_recipes import recipe

pytestmark = pytest.mark.serial

SAID = "hardly changes its volume once it has relaxed"


def moulded(in_time: bool = True) -> dict[str, Any]:
    """Dies of 0.4 mm with 2 mm between them, up to the cure of the mould."""
    case = recipe("foplp_chip_first", (3, 3), "2 um", in_time=in_time)
    case["geometry"]["layers"], case["process"]["steps"] = case["geometry"]["layers"][:4], case["process"]["steps"][:3]
    case["report"] = {}
    return case


def said(case: dict[str, Any]) -> list[str]:
    loaded = load(case)
    return list(streets.coarse(loaded, plane_mesh(loaded.stack)))


def test_one_cell_in_a_street_of_mould_that_relaxes_is_told_of():
    """Shear keeps 0.045 and bulk 0.5 of the glass, whose Poisson ratio is 0.3: 0.479 in the end."""
    (text,) = said(moulded())
    assert "'mould' beside 'mould/die'" in text and "Poisson ratio 0.48" in text
    assert "cells of 2 mm there, in a layer of 0.4 mm" in text


@pytest.mark.parametrize("size", ["4 mm", "10 mm"])
def test_what_is_advised_is_fine_enough(size):
    case = moulded()
    case["mesh"] = {"in_plane_size": size, "edge_refinement": {"size": "0.9 mm", "distance": size}}
    (text,) = said(case)
    assert f"{{size: 0.4 mm, distance: {size}}}" in text
    case["mesh"]["edge_refinement"]["size"] = "0.4 mm"
    assert said(case) == []


def test_what_does_not_relax_is_not_told_of():
    assert said(moulded(in_time=False)) == []
    case = moulded()
    case["geometry"]["layers"][2]["material"] = "emc-granular-relaxing"  # and 165 K below its glass transition
    for step in case["process"]["steps"]:
        step["temperature"] = "25 degC"
    assert said(case) == []


def test_a_single_die_stands_in_no_street():
    case = moulded()
    (region,) = case["geometry"]["layers"][2]["regions"]
    del region["grid"]
    assert said(case) == []


@pytest.mark.slow
def test_a_plate_says_that_its_outermost_dies_are_as_others():
    warnings = solve(moulded(), overrides=("analysis.model=plate",)).warnings
    (text,) = (text for text in warnings if SAID in text)
    assert text.startswith("plate: 'mould' beside 'mould/die'") and "8 of 9 are outermost" in text


def test_a_panel_of_many_dies_hardly_minds_those_at_its_outline():
    case = moulded()
    case["geometry"]["outline"]["size"] = ["160 mm", "160 mm"]
    (region,) = case["geometry"]["layers"][2]["regions"]
    for count, told in ((4, True), (8, False)):
        region["grid"]["count"] = [count, count]
        loaded = load(case, overrides=("analysis.model=plate",))
        assert bool(list(streets.at_the_outline(loaded))) is told


@pytest.mark.slow
def test_a_run_says_it():
    assert any(SAID in text for text in solve(moulded()).warnings)
