"""Places that are displaced as a case says: which unknowns are driven, to where, and what that takes.

u = g there, the essential boundary condition as it stands in every text book (T. J. R. Hughes, The Finite Element
Method, 2000, sec. 2.9 on "g"); the forces of the supports are the residual of the equilibrium without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from solver.arrays import Array, Integers
from solver.case.displaced import AXES, Moved, value_at

_ROUNDING = 1e-9  # of the time that is left, by which increments may miss the end of a step


@dataclass(frozen=True)
class DrivenPlace:
    """A place that is displaced.

    Attributes:
        moved: as the case has it.
        unknowns: local ones, in the order of the nodes, those that later places hold left out.
        x: (unknowns, 3) where their nodes are as drawn (m).
    """

    moved: Moved
    unknowns: Integers
    x: Array

    def values(self, kelvin: float, exact: bool) -> Array:
        """(unknowns,) displacements (m) at a temperature; `exact`: a turn is one, not its linear part."""
        moved, component = self.moved, self.unknowns % 3
        shift = np.array([value_at(value, kelvin) for value in (moved.x, moved.y, moved.z)])
        if moved.turn is None:
            return np.asarray(shift[component])
        arm, axis = self.x - np.array(moved.turn.through), np.eye(3)[AXES.index(moved.turn.about)]
        angle = value_at(moved.turn.angle, kelvin)
        across = np.cross(axis, arm)
        sine, rest = (np.sin(angle), 1.0 - np.cos(angle)) if exact else (angle, 0.0)
        turned = sine * across + rest * np.cross(axis, across)  # O. Rodrigues, J. Math. Pures Appl. 5 (1840) 380
        return np.asarray((shift + turned)[np.arange(len(component)), component])


@dataclass(frozen=True)
class Driven:
    """All that is displaced in a step.

    Attributes:
        places: in the order of the case.
        exact: False at small deflection, where turns are linear.
    """

    places: tuple[DrivenPlace, ...]
    exact: bool = True

    @property
    def unknowns(self) -> Integers:
        """Local unknowns of all places."""
        return np.concatenate([place.unknowns for place in self.places]).astype(np.int32)

    def values(self, kelvin: float | None) -> Array:
        """(unknowns,) displacements (m) at a temperature; None: in a field, where tables were refused."""
        at = 0.0 if kelvin is None else kelvin
        return np.concatenate([place.values(at, self.exact) for place in self.places])


@dataclass(frozen=True)
class Mirrored:
    """What is held in the plane of the bond, and sides that grow as a layer does.

    Attributes:
        bonded: local unknowns, along z.
        sides: local unknowns, along the normals of sides.
        reach: (sides,) distance from the origin along them (m).
        growth: strain of the sides at a temperature (K).
    """

    bonded: Integers
    sides: Integers
    reach: Array
    growth: Callable[[float], float]

    @property
    def unknowns(self) -> Integers:
        """Local unknowns of all that is held."""
        return np.concatenate([self.bonded, self.sides]).astype(np.int32)

    def values(self, kelvin: float | None) -> Array:
        """(unknowns,) displacements (m) at a temperature; fields were refused."""
        assert kelvin is not None
        return np.concatenate([np.zeros(len(self.bonded)), self.growth(kelvin) * self.reach])


@dataclass(frozen=True)
class Put:
    """What is held where it was put.

    Attributes:
        unknowns: local ones.
        at: (unknowns,) displacements (m).
    """

    unknowns: Integers
    at: Array

    def values(self, kelvin: float | None) -> Array:
        """(unknowns,) displacements (m), whatever the temperature."""
        del kelvin
        return self.at


Prescribed: TypeAlias = Driven | Mirrored | Put


class Drive:
    """Places on their way through a step in time: what they are short of falls evenly to nothing at its end.

    A table over temperature that goes on from step to step is never short of anything, and is followed as it is.

    Args:
        driven: what is displaced.
        u: (local unknowns,) displacement they begin at (m).
        kelvin: uniform temperature there (K), None in a field.
        seconds: of the way; 0: they are there at once; inf: they stay.
    """

    def __init__(self, driven: Prescribed, u: Array, kelvin: float | None, seconds: float) -> None:
        self._driven, self._left = driven, seconds
        self._short = driven.values(kelvin) - u[driven.unknowns]

    def at(self, kelvin: float | None, seconds: float) -> Array:
        """(unknowns,) displacements (m) some seconds on, at a temperature."""
        return np.asarray(self._driven.values(kelvin) - self._rest(seconds) * self._short)

    def went(self, seconds: float) -> None:
        """Go on by some seconds."""
        self._short = self._rest(seconds) * self._short
        self._left = max(0.0, self._left - seconds)

    def _rest(self, seconds: float) -> float:
        """Part of what they are short of now that is left some seconds on."""
        return 0.0 if seconds >= (1.0 - _ROUNDING) * self._left else 1.0 - seconds / self._left
