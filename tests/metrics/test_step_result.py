"""Results of a step as values: what the summary holds of them, and that a checkpoint gives them back."""

import json
from dataclasses import dataclass, field, replace

import pytest

from solver.linalg.stopping import End
from solver.metrics.step_result import CurvePoint, Moment
from solver.metrics.stress import BlockStress, LayerStress, StackStress
from solver.metrics.warpage import Overlay, Warpage
from solver.output.from_entry import from_entry
from solver.output.summary import IF_ANY, INLINE, entry, plain

pytestmark = pytest.mark.serial

SHAPE = Warpage(
    *(12.5, -12.5, "bowl", 0.98, -1, None, -12.0, 11.0, "", 1.0, -2.0, 1.5, -2.5, 0.1, 0.2, -0.3, -0.4, 0.05),
    Overlay(10.0, 11.0, -1.0, 0.2),
)
MOMENT = Moment(
    *(0.5, 20.0, 85.0, SHAPE),
    StackStress({"mould": LayerStress(9, 8, -7, 0.6, 0.5)}, {"mould/die": BlockStress(9, 8, -7, 0.6, 0.5, 100.0)}),
)


@dataclass(frozen=True)
class Within:
    inner: int = 1


@dataclass(frozen=True)
class Outer:
    before: int
    within: Within = field(metadata=INLINE)
    nothing: Within | None = field(metadata=INLINE | IF_ANY)
    after: int


def test_the_fields_of_a_part_stand_in_its_place():
    assert list(entry(Outer(0, Within(), None, 2)).items()) == [("before", 0), ("inner", 1), ("after", 2)]
    assert entry(Outer(0, Within(), Within(7), 2))["inner"] == 7


def test_a_point_at_small_deflection_says_nothing_of_branches():
    point = CurvePoint(25.0, SHAPE)
    assert list(entry(point)) == ["temperature_degc", *vars(SHAPE)]
    assert entry(replace(point, branch="symmetric", stable=False))["stable"] is False


@pytest.mark.parametrize(
    "value",
    [CurvePoint(25.0, SHAPE), CurvePoint(None, SHAPE, "cylinder about x", False), MOMENT],
    ids=["small", "large", "moment"],
)
def test_a_checkpoint_gives_back_what_went_into_it(value):
    known = json.loads(json.dumps(plain(entry(value))))
    assert type(value).read(known) == value


@dataclass(frozen=True)
class Partial:
    before: int
    part: Within | None = field(metadata=INLINE | IF_ANY)


def test_an_entry_gives_back_what_it_was_made_of():
    """Parts in the place of a field, those left out, and keys of nobody."""
    for value in (CurvePoint(25.0, SHAPE), Partial(0, None), Partial(0, Within(3))):
        assert from_entry(type(value), {**entry(value), "of nobody": 1}) == value
    with pytest.raises(KeyError, match="after"):
        from_entry(Outer, {"before": 0, "inner": 1})


@dataclass(frozen=True)
class Kept:
    end: End
    pair: tuple[float, str]
    many: list[Within]
    named: dict[str, Within]
    rest: dict[str, int] = field(metadata=INLINE)


def test_enumerations_lists_mappings_and_what_is_left_are_read_back():
    value = Kept(End.ROUND_OFF, (0.5, "a"), [Within(2)], {"b": Within(3)}, {"more": 4})
    assert from_entry(Kept, json.loads(json.dumps(plain(entry(value))))) == value
