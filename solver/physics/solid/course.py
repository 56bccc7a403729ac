"""What a stack went through in a step, increment by increment: what drives the places that are cut out of it."""

from dataclasses import dataclass

from solver.arrays import Array
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.cut import Cut
from solver.physics.solid.solid import Solid


@dataclass(frozen=True)
class Passed:
    """An increment that was accepted.

    Attributes:
        kelvin: temperature at its end.
        seconds: it took.
        displacement: (local unknowns,) at its end (m).
    """

    kelvin: Kelvin
    seconds: float
    displacement: Array


@dataclass(frozen=True)
class Leg:
    """A stage of a step.

    Attributes:
        solid: the stack of it.
        passed: increments it went through there.
        cut: of a stack that is a place itself; None of others.
    """

    solid: Solid
    passed: tuple[Passed, ...]
    cut: Cut | None = None


def taken(solid: Solid) -> Leg:
    """What a solid passed since this was asked last; it notes it no longer. Of one that notes none: no increments."""
    course = getattr(solid, "course", None)
    found = tuple(course or ())
    if course:
        course.clear()
    return Leg(solid, found)
