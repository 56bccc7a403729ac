"""What follows a stack from stage to stage, solid or plate: one way after another, begun where the last one ended."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from dolfinx import fem

from solver.arrays import Array
from solver.case.support import lets_go
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.process.equilibrium_path import Bent, EquilibriumPath, PathPoint
from solver.process.held_path import time_path
from solver.process.time_path import TimePath

Setting = TypeVar("Setting", bound=Any)


class StageFollower(ABC, Generic[Setting]):
    """The stack of the present stage, on its way.

    Attributes:
        newton_iterations, linear_iterations: spent on free shapes between stages, so far.
    """

    def __init__(self) -> None:
        self._way: EquilibriumPath | None = None
        self.newton_iterations = self.linear_iterations = 0

    @property
    def way(self) -> EquilibriumPath:
        """Of the present stage."""
        assert self._way is not None, "enter a stage first"
        return self._way

    def lasts(self, seconds: float) -> None:
        """Say how long the next way takes; only materials with a memory feel it."""
        if isinstance(self._way, TimePath):
            self._way.lasts = seconds

    def enter(self, setting: Setting, kelvin: float | fem.Function) -> float | fem.Function:
        """Go to another stage; forces that layers and supports leave are held until the way releases them.

        Supports that no rigid motion of the present shape meets (a chuck that presses a warped panel flat) find the
        stack flat, without load. On a plane it may lift off, the stack is put down in its free shape, which is near.

        Args:
            setting: of the stage.
            kelvin: temperature (K) or field to release at, where the stack so far was in a field.

        Returns:
            Temperature or field to release at.
        """
        if lets_go(setting.stage.held_by):
            here = self._join(setting.free, kelvin, True)
            self._lie(setting, here)
            return here
        return self._join(setting, kelvin)

    @abstractmethod
    def _join(self, setting: Setting, kelvin: float | fem.Function, lies: bool = False) -> float | fem.Function:
        """Go to another stage; `lies`: it is the free way of one that lies on a plane."""

    @abstractmethod
    def _lie(self, setting: Setting, held: float | fem.Function | None = None) -> Any:
        """Let the free way that is there be one on a plane: its problem.

        Args:
            setting: of the stage.
            held: temperature (K) or field at which it is to be released of what it was left with; None: of nothing.
        """

    def _handed_on(
        self,
        problem: LargeDeflectionSolid,
        u: Array,
        meets: bool,
        here: float | fem.Function,
        tolerance: float | None,
        path: Callable[[bool, Bent | None], EquilibriumPath],
    ) -> None:
        """Begin another way where the present one is; the factors of that are freed. Collective.

        Args:
            problem: of the next stage.
            u: (local unknowns,) displacement of it as the present one stands (m).
            meets: False if that does not meet its supports: it begins flat.
            here: temperature (K) or field.
            tolerance: of the increments of time, None where nothing remembers.
            path: makes the way, from `stable` and `bent` of `EquilibriumPath`, where nothing remembers.
        """
        old = self.way
        stable, bent = old.stable, None if old.bent is None or not meets else (None, old.bent[1])
        old.destroy()
        load = problem.load_at(here)
        if meets:
            problem.take_over(u, load)
        else:
            problem.state = problem.flat(load)
        if tolerance is None:
            self._way = path(stable, bent)
            return
        assert isinstance(old, TimePath)
        self._way = way = time_path(cast(LargeDeflectionInTime, problem), tolerance, stable, bent)
        way.rate = old.rate

    def _count(self, stop: PathPoint) -> None:
        self.newton_iterations += stop.newton_iterations
        self.linear_iterations += stop.linear_iterations

    def destroy(self) -> None:
        """Free the factors of the way."""
        if self._way is not None:
            self._way.destroy()
            self._way = None
