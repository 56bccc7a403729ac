"""What a case may ask of its model: each need is found where the case asks, and refused by a model that lacks it."""

import copy
from typing import Any

import pytest

from meshes.plane import same_in_plane
from solver import CaseError, load
from solver.models import needs
from solver.models.table import MODELS, model_named, model_of

pytestmark = pytest.mark.serial

CASE: dict[str, Any] = {
    "title": "two layers",
    "geometry": {
        "outline": {"shape": "rectangle", "size": ["10 mm", "10 mm"]},
        "layers": [
            {"name": "base", "thickness": "0.5 mm", "material": "silicon"},
            {"name": "top", "thickness": "0.3 mm", "material": "emc-generic"},
        ],
    },
    "mesh": {"in_plane_size": "5 mm"},
    "process": {"stress_free_temperature": "150 degC", "steps": [{"name": "cool", "temperature": "25 degC"}]},
}
DIE = {"name": "die", "shape": {"rectangle": ["2 mm", "2 mm"]}, "material": "silicon"}
LOAD = {"face": "sides", "pressure": "1 kPa"}
THERMAL = {
    "power": [{"layer": "base", "total": "1 W"}],
    "boundaries": [{"face": "top", "convection": "10 W/m^2/K", "ambient": "25 degC"}],
}
HELD = {"name": "cool", "temperature": "25 degC", "support": "edge"}
# need -> where a case asks for it, and what it says there
ASKED: dict[str, tuple[tuple[Any, ...], Any]] = {
    "HEAT": (("thermal",), THERMAL),
    "LARGE_DEFLECTION": (("analysis",), {"deflection": "large"}),
    "WEIGHT": (("process",), CASE["process"] | {"gravity": True, "steps": [HELD]}),
    "SUPPORTS": (("process", "steps", 0), HELD),
    "LOADS": (("process", "steps", 0, "loads"), [LOAD]),
    "REGIONS": (("geometry", "layers", 1, "regions"), [DIE]),
    "TAPERS": (("geometry", "layers", 1, "taper"), {"x": "0.1 mm"}),
    "MOTION_IN_PLANE": (("report",), {"lithography": {"field": ["2 mm", "2 mm"]}}),
    "SUBMODELS": (("submodels",), [{"name": "middle", "at": ["0 mm", "0 mm"], "size": ["2 mm", "2 mm"]}]),
    "PLACES": (("report",), {"points": {"corner": ["4 mm", "4 mm"]}}),
}


def asking(place: tuple[Any, ...], value: Any, model: str) -> dict[str, Any]:
    case = copy.deepcopy(CASE)
    node = case
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    case.setdefault("analysis", {})["model"] = model
    return case


@pytest.mark.parametrize("name", list(ASKED))
def test_what_the_laminate_does_not_provide_is_refused_with_the_model_that_does(name):
    place, value = ASKED[name]
    need = getattr(needs, name)
    solid = load(asking(place, value, "solid")).case
    assert list(need.asked(solid))
    assert need not in model_named("laminate").provides
    with pytest.raises(CaseError) as error:
        load(asking(place, value, "laminate"))
    assert f"the laminate model {need.lacking}; use model `solid`" in str(error.value)


ASKED_OF_PLATES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "SMALL_DEFLECTION": (("analysis",), {"deflection": "small"}),
    "DISPLACED": (("process", "steps", 0, "support"), {"displaced": [{"face": "bottom", "z": "0 mm"}]}),
}


@pytest.mark.parametrize("name", list(ASKED_OF_PLATES))
def test_what_the_plate_does_not_provide_is_refused_with_the_models_that_do(name):
    place, value = ASKED_OF_PLATES[name]
    need = getattr(needs, name)
    others = " or ".join(f"`{other}`" for other in MODELS if need in model_named(other).provides)
    assert others and need not in model_named("plate").provides
    with pytest.raises(CaseError) as error:
        load(asking(place, value, "plate"))
    assert f"the plate model {need.lacking}; use model {others}" in str(error.value)


def test_every_need_there_is_is_asked_for():
    there = {name: one for name, one in vars(needs).items() if isinstance(one, needs.Need)}
    assert [name for name, one in there.items() if one not in needs.NEEDS] == []


def test_a_plain_case_asks_for_nothing():
    case = load(CASE).case
    assert [list(need.asked(case)) for need in needs.NEEDS] == [[]] * len(needs.NEEDS)
    assert model_of(case) is model_named("solid")


def test_the_laminate_takes_milliseconds_and_the_solid_says_what_it_takes():
    loaded = load(CASE)
    assert model_named("laminate").forecast(loaded, 1) is None
    found = model_named("solid").forecast(loaded, 1)
    assert found is not None
    assert found.fits and found.plane_cells == 4
    assert [problem.what for problem in found.problems] == ["step 'cool'"]
    assert found.memory > 1e6 and found.seconds > 0


@pytest.mark.parametrize(
    ("place", "value", "same"),
    [
        (("geometry", "layers", 1, "thickness"), "0.7 mm", True),
        (("geometry", "layers", 0, "material"), "glass-eagle-xg", True),
        (("process", "steps", 0, "temperature"), "50 degC", True),
        (("mesh", "in_plane_size"), "2 mm", False),
        (("geometry", "layers", 1, "regions"), [DIE], False),
        (("geometry", "outline", "size"), ["10 mm", "11 mm"], False),
    ],
)
def test_variants_that_differ_above_the_plane_alone_share_its_mesh(place, value, same):
    one, other = load(CASE).stack, load(asking(place, value, "solid")).stack
    assert same_in_plane(one, other) is same
