"""Results of a step as values: what the summary holds of them, and that a checkpoint gives them back."""

import json
from dataclasses import dataclass, field, replace

import pytest

from solver.metrics.step_result import CurvePoint, Moment
from solver.metrics.stress import BlockStress, LayerStress, StackStress
from solver.metrics.warpage import Overlay, Warpage
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
