"""A stack on its way through time that lies on a plane: put down in every increment in the shape it has when free.

What materials remember is that of the stack on the plane, pressed as it is; its free shape, which is found first in
every increment, is the one that would follow from there if nothing pressed it.
"""

from functools import partial
from typing import Any

from solver.arrays import Array
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.load import Load, State
from solver.physics.solid.newton import FINAL
from solver.process.contact_path import lower, on_plane, put_down
from solver.process.equilibrium_path import PathPoint
from solver.process.time_path import Leg, TimePath


class ContactTimePath(TimePath):
    """A way on a plane the stack may lift off.

    Args:
        free: of the same stack without support and weight.
        lying: with both.
    """

    def __init__(self, free: TimePath, lying: TimePath) -> None:
        super().__init__(lying.problem, lying.tolerance, free.stable, free.bent)
        self.free, self.rate = free, free.rate if lying.rate is None else lying.rate
        self.followed = free.problem.displacement
        self._resumed = lying.waiting
        self._begun: tuple[State, bool, Any, float | None] | None = None
        self._remembered = self.problem.memory.values

    def destroy(self) -> None:
        """Free the factors of both ways."""
        super().destroy()
        self.free.destroy()

    def _foresee(self, slope: Array | None, seconds: float) -> None:
        """Nothing: what is followed is the free shape."""

    def _kept(self) -> Any:
        return super()._kept(), self._free_state()

    def _return(self, kept: Any) -> None:
        own, self._begun = kept
        super()._return(own)
        self._remembered = self.problem.memory.values

    def _free_state(self) -> tuple[State, bool, Any, float | None]:
        return self.free.problem.state, self.free.stable, self.free.bent, self.free.temperature

    def _increment(self, leg: Leg, now: float, kelvin: Kelvin, seconds: float) -> tuple[PathPoint, bool]:
        free, memory = self.free, self.problem.memory
        if self._begun is None or self._remembered is not memory.values:  # the last increment was accepted
            self._begun, self._remembered = self._free_state(), memory.values
        free.problem.state, free.stable, free.bent, free.temperature = self._begun
        free.problem.memory.snapshot = memory.snapshot
        stop, jumped = free._increment(leg, now, kelvin, seconds)
        load = partial(self.problem.load_after, kelvin, seconds)
        return put_down(self, free, stop, load, FINAL, self._place, self._lower), jumped

    def _place(self, u: Array) -> None:
        on_plane(self.problem, u)

    def _lower(self, load: Load) -> None:
        lower(self.problem, load)
