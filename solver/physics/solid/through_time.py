"""What solid and plate have in common in time: increments, each an equilibrium of what their materials answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from dolfinx import fem

from solver.arrays import Array
from solver.physics.solid.course import Passed
from solver.physics.solid.load import Load, State


class Memories(Protocol):
    """What the points of a stack remember.

    Attributes:
        linear: True if all laws are.
        snapshot: what is remembered now.
    """

    linear: bool
    snapshot: Any

    @property
    def kelvin(self) -> Any:
        """Temperature at the last increment that was accepted."""

    @property
    def seconds(self) -> float:
        """Of the increment that is tried."""

    def confirm(self, strain: Callable[[], Array]) -> None:
        """Have the answer at the equilibrium that was found, for `commit`."""

    def commit(self) -> None:
        """Accept the increment that was confirmed."""


class ThroughTime(ABC):
    """Increments of a problem at large deflection.

    Attributes:
        memory: what its points remember.
        forms: of its energy; `answered` is as of `Load`.
        course: increments that were accepted, of a stack whose places follow it; None: they are not noted.
        ahead: displacement (local unknowns, m) at which the increment is foreseen to end, None if nothing is known; who
            makes use of it takes it away.
    """

    memory: Memories
    forms: Any
    displacement: fem.Function
    state: State
    course: list[Passed] | None = None
    ahead: Array | None = None

    @abstractmethod
    def load_after(self, kelvin: Any, seconds: float) -> Load:
        """The load at the end of an increment from the state accepted last; `accept` makes it the next one."""

    @abstractmethod
    def _strains(self) -> Array:
        """Of all points at the present displacement, as their memory asks for them."""

    @abstractmethod
    def _answered(self) -> tuple[Array, Array]:
        """Moduli and what is free of stress (as of `Load`), as the materials answer at the present displacement."""

    def drive(self, seconds: float) -> None:
        """Begin a way of some seconds, at whose end what is displaced is where it is wanted; inf: it stays."""
        del seconds  # plates hold nothing displaced

    def confirm(self) -> None:
        """Have the materials' answer at the present equilibrium.

        Raises:
            Diverged: they find none: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        self.memory.confirm(self._strains)

    def accept(self) -> None:
        """Make the present equilibrium the state the next increment starts from; raises as `confirm`."""
        self.confirm()
        seconds = self.memory.seconds
        self.memory.commit()
        self.forms.answered = 0.0
        if self.course is not None:
            self.course.append(Passed(self.memory.kelvin, seconds, self.displacement.x.array.copy()))

    def settle(self) -> None:
        """Take what is remembered and the displacement, which were set, for an equilibrium."""
        load = self.load_after(self.memory.kelvin, 0.0)
        self.state = State(self.displacement.x.array.copy(), load)
        self.accept()

    def _relinearised(self, load: Load) -> Load:
        """The load by which the materials answer at the present displacement; it acts from now on."""
        if self.memory.linear or load.answered < 1.0 or load.anisotropy.any():
            return load
        moduli, free = self._answered()
        load = replace(load, moduli=moduli, free_strain=free)
        self.forms.apply(load)
        return load

    @property
    def snapshot(self) -> tuple[State, Any]:
        """The state and what is remembered, to come back to."""
        return self.state, self.memory.snapshot

    @snapshot.setter
    def snapshot(self, kept: tuple[State, Any]) -> None:
        self.state, self.memory.snapshot = kept
