"""A stack whose layers hold together by a cohesive law: it goes in increments whose damage is kept."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.held_newton import HeldNewton
from solver.physics.solid.load import Diverged, Increment, Load, State
from solver.physics.solid.solid import DeadLoad
from solver.physics.solid.stability import kick
from solver.physics.solid.turned_zone import ZoneResponse

_SHORTEST = 2.0**-12  # part of a way that an increment is
_OF_LAG = 1 / 64  # of a viscosity: the same where a stack is in equilibrium by that alone
_EASY = 7  # iterations up to which the next increment is twice as long
_WAITS = 3  # easy increments after which one may be as long again as one that was cut


class Held(ABC):
    """What such a stack does beside what its kinematics and its materials are, at large deflection and in time.

    Attributes:
        cohesion: its interface.
        forms: of the stack without it.
        leaves: True if a shape that is unstable at the end of a way is left for one beside it.
    """

    stack_mesh: StackMesh
    displacement: fem.Function
    forms: Any
    cohesion: HeldCracks
    leaves = True
    _newton: Any  # `HeldNewton`

    def _held_newton(self, dead_load: DeadLoad | None, thickness: float) -> HeldNewton:
        """Newton's method of the stack with its interface, under dead loads (linear form) if there are some."""
        return HeldNewton(self.forms, thickness, self.cohesion.zone, pull_of(dead_load, self.displacement))

    @property
    def opening(self) -> float:
        """How far the loads have moved since they began to act (m), of a step that leads them."""
        assert self.cohesion.led is not None
        done = self._newton.motion(self.displacement.x.array) - self.cohesion.origin
        return done / self.cohesion.led.force

    def begins(self) -> None:
        """Take note that the loads begin to act where the stack is, and that the work so far is not that of theirs."""
        self.cohesion.origin, self.cohesion.work = self._newton.motion(self.displacement.x.array), np.nan

    def forget(self) -> None:
        """Factorise anew before the next correction."""
        if self._newton.ready:
            self._newton.tangent.outdate()

    def _go(self, target: Load, seconds: float, led: Led | None) -> list[Increment]:
        """Go from the present state to an equilibrium under a load, increment after increment, whose damage is kept.

        Args:
            target: the load.
            seconds: it takes.
            led: how far loads move; None: they are as the load says.

        Raises:
            NotConvergedError: however short the increments are; the state is the last one reached.
        """
        newton, cohesion, forms = self._newton, self.cohesion, self.forms
        start, begun = forms.state.load, newton.motion(self.displacement.x.array)
        end = begun if led is None else cohesion.origin + led.opening * led.force
        share, part, increments, cohesion.left = 0.0, cohesion.longest, list[Increment](), False
        refused, easy = np.inf, 0
        lag = _OF_LAG * cohesion.law.viscosity
        shortest = min(_SHORTEST, lag / seconds) if lag and seconds else _SHORTEST
        while share < 1.0:
            now, before = min(1.0, share + part), forms.state
            counted = newton.iterations, newton.linear_iterations
            work = None if led is None else begun + now * (end - begun)
            try:
                count, found = newton.advance(start.towards(target, now), (now - share) * seconds, work)
            except Diverged as diverged:
                forms.state = before
                refused, easy = now - share, 0
                part = diverged.share * refused
                if part < shortest:
                    raise NotConvergedError(
                        f"the stack with its cohesive interface: no equilibrium found beyond {share:.3f} of the "
                        f"way, with increments down to {part:.2g} of it"
                    ) from None
                continue
            found, unstable = self._settled(found, (now - share) * seconds, led) if now == 1.0 else (found, 0)
            self._note(before)
            cohesion.zone.accept(found)
            spent = newton.iterations - counted[0], newton.linear_iterations - counted[1]
            increments.append(Increment(now, *spent, unstable))
            easy = easy + 1 if count <= _EASY else 0
            if easy >= _WAITS:
                refused = np.inf
            longer = 2.0 * part if easy and 2.0 * part < refused else part
            share, part = now, min(longer, cohesion.longest)
        return increments

    def _settled(self, found: ZoneResponse, seconds: float, led: Led | None) -> tuple[ZoneResponse, int]:
        """The shape at the end of a way, or one beside it if it is unstable: and in how many directions it still is."""
        unstable = self._newton.negative(found, led is not None) if self.leaves else 0
        return self._beside(found, unstable, seconds) if unstable and led is None else (found, unstable)

    def _beside(self, found: ZoneResponse, unstable: int, seconds: float) -> tuple[ZoneResponse, int]:
        """A shape beside one that is unstable, along its softest mode, and in how many directions that is; or the same.

        Args:
            found: how the interface answers there.
            unstable: directions in which it gives way.
            seconds: the increment takes.
        """
        newton, here, mode = self._newton, self.forms.state, self._newton.softest()
        if mode is None:
            return found, unstable
        kick(self, mode)  # type: ignore[arg-type]  # a problem at large deflection
        try:
            _, other = newton.advance(here.load, seconds)
            left = newton.negative(other, False)
        except Diverged:
            left = unstable
        if left >= unstable:
            self.forms.state = here
            return found, unstable
        self.cohesion.left, self.cohesion.work = True, np.nan
        return other, left

    @abstractmethod
    def _note(self, before: State) -> None:
        """Take note of an increment from a state to the present one: of the size of its loads, and what they did."""

    def _done(self, before: State) -> float:
        """Work of the loads in an increment from a state (J). Collective."""
        now = self.forms.state
        mean = 0.5 * (before.load.dead + now.load.dead)
        return float(mean * self._newton.motion(now.displacement - before.displacement))


def pull_of(dead_load: DeadLoad | None, displacement: fem.Function) -> Array:
    """(owned unknowns,) forces (N) of loads as the case has them. Collective."""
    space, pull = displacement.function_space, compat.zeros_like(displacement.x)
    if dead_load is not None:
        fem.assemble_vector(pull.array, compat.form(dead_load(ufl.TestFunction(space))))
        pull.scatter_reverse(la.InsertMode.add)
    return np.array(pull.array[: 3 * space.dofmap.index_map.size_local])
