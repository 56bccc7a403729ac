"""The stages of a process at large deflection: every shape is found from the one before."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.case.support import lets_go
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.held_in_time import HeldLargeInTime
from solver.physics.solid.held_large import HeldLargeDeflection
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import State
from solver.process.contact_path import ContactPath
from solver.process.contact_time_path import ContactTimePath
from solver.process.equilibrium_path import Bent, EquilibriumPath
from solver.process.held_path import HeldPath, HeldTimePath, time_path
from solver.process.nested_contact import NestedContactPath
from solver.process.nested_path import Guide, NestedPath
from solver.process.rigid_body_fit import placed
from solver.process.stage_follower import StageFollower
from solver.process.stage_model import SmallKept, StageModel, joined, maker
from solver.process.time_path import TimePath

GuideOf: TypeAlias = Callable[[LargeDeflectionSolid, tuple[int, int]], Guide | None]


class LargeDeflection(StageFollower[StageModel]):
    """The process at large deflection: every shape is found from the one before.

    Args:
        guide_of: gives a plate that goes ahead of a problem in a stage (step, number), None where that does not pay.

    Attributes:
        place: step and number of the stage that is entered or gone on with next; None: no plate goes ahead.
        led: how far the loads of the step move, of a cohesive interface; None: they are as they are.
    """

    led: Led | None = None
    place: tuple[int, int] | None = None

    def __init__(self, guide_of: GuideOf = lambda *_: None) -> None:
        super().__init__()
        self._guide_of = guide_of

    def begin(self, setting: StageModel, birth: fem.Function | None, kelvin: float | fem.Function) -> None:
        """Start with a stage, from flat.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, from a simpler model, or None.
            kelvin: temperature (K) or field to begin at, if no temperature leaves the stack without stress.
        """
        lies = lets_go(setting.stage.held_by)
        first = setting.free if lies else setting
        same = np.ptp(setting.references) == 0.0 and birth is None and not setting.pointwise
        same = same and not setting.born_stressed
        start = float(setting.references[0]) if same else None
        flat = first.flat_temperature if birth is None else None
        self._way = self._path(setting, maker(kind_of(first), first)(birth=birth), start, flat)
        if lies:
            self._lie(setting, kelvin if start is None else None)

    def _path(
        self,
        setting: StageModel,
        problem: LargeDeflectionSolid,
        kelvin: float | None,
        flat: float | None,
        stable: bool = True,
        bent: Bent | None = None,
    ) -> EquilibriumPath:
        """A way of what does not lie on a plane: a plate goes ahead of it where that pays."""
        if isinstance(problem, HeldLargeDeflection):
            return HeldPath(problem, kelvin, stable, bent)
        alone = problem.held_flat or setting.pointwise or lets_go(setting.stage.held_by)
        guide = None if alone else self._guide(problem)
        if guide is None or self.place is None:
            return EquilibriumPath(problem, kelvin, flat, stable, bent)
        return NestedPath(problem, kelvin, guide, self.place, flat, stable, bent)

    def _guide(self, problem: LargeDeflectionSolid) -> Guide | None:
        """The plate that goes ahead of a problem, None where that does not pay."""
        return None if self.place is None else self._guide_of(problem, self.place)

    def lasts(self, seconds: float) -> None:
        """As of the base; a cohesive interface feels it too, and loads that are led."""
        super().lasts(seconds)
        if isinstance(self._way, HeldPath | HeldTimePath):
            self._way.lasts, self._way.led = seconds, self.led

    def goes_on(self) -> None:
        """Go on in a stage that is the one before in all it is made of."""
        if isinstance(self._way, NestedPath | NestedContactPath) and self.place is not None:
            self._way.goes_on(self.place)

    def begin_in_time(self, setting: StageModel, birth: fem.Function | None, known: SmallKept) -> None:
        """Start with a stage of materials with a memory, at a state of small deflection.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, or None.
            known: displacement (local unknowns, m) and memory of small deflection.
        """
        assert setting.in_time is not None
        lies = lets_go(setting.stage.held_by)
        problem = in_time(setting.free if lies else setting, birth)
        u, problem.memory.snapshot = known
        if isinstance(problem, HeldLargeInTime):
            problem.cohesion.led = self.led
        problem.displacement.x.array[:] = u
        problem.take_over(u, problem.load_after(problem.memory.kelvin, 0.0))
        self._way = time_path(problem, setting.in_time)
        self._count(self._way.release(0.0))
        if lies:
            self._lie(setting)
            self._count(self._way.release(0.0))

    def restore_in_time(
        self,
        setting: StageModel,
        birth: fem.Function | None,
        restored: Callable[[LargeDeflectionInTime, float], TimePath],
    ) -> None:
        """Be at a stage of materials with a memory.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, or None.
            restored: makes the way from the problem and the tolerance.
        """
        assert setting.in_time is not None
        self._way = restored(in_time(setting, birth), setting.in_time)
        if lets_go(setting.stage.held_by):
            problem = maker(LargeDeflectionInTime, setting.free)(birth=birth)
            free = restored(problem, setting.in_time)
            u = problem.displacement.x.array.copy()
            problem.take_over(u, problem.load_after(problem.memory.kelvin, 0.0))
            self._count(free.release(0.0))
            self._way = ContactTimePath(free, self._way)

    def restore(
        self,
        setting: StageModel,
        birth: fem.Function | None,
        values: Array,
        at: float | fem.Function,
        stable: bool,
        bent: Bent | None = None,
    ) -> None:
        """Be at a stage.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, or None.
            values: (owned cells, 27, 3) displacement (m).
            at: temperature (K) or field of this equilibrium.
            stable: False if it is known to be unstable.
            bent: as of `EquilibriumPath`.
        """
        lies = lets_go(setting.stage.held_by)
        first = setting.free if lies else setting
        problem = maker(kind_of(first), first)(birth=birth)
        u = fem.Function(problem.space)
        u.x.array.reshape(-1, 3)[problem.space.dofmap.list[: len(values)]] = values
        u.x.scatter_forward()
        flat = first.flat_temperature if birth is None else None
        kelvin = None if isinstance(at, fem.Function) else at
        self._way = self._path(setting, problem, kelvin, flat, stable, bent)
        if lies:
            begun = u.x.array.copy()
            placed(setting.stack_mesh, problem.space, problem.support, begun, problem.thickness)
            problem.take_over(begun, problem.load_at(at))
            problem = self._lie(setting, at)
        problem.state = State(u.x.array.copy(), problem.load_at(at))

    def _lie(self, setting: StageModel, held: float | fem.Function | None = None) -> LargeDeflectionSolid:
        free = self.way
        if isinstance(free, TimePath):
            if held is not None:
                self._count(free.release(held))
            lying = maker(LargeDeflectionInTime, setting)(birth=free.problem.birth)
            lying.memory.snapshot = free.problem.memory.snapshot
            self._way = ContactTimePath(free, TimePath(lying, free.tolerance))
            return lying
        problem = maker(LargeDeflectionSolid, setting)(birth=free.problem.birth)
        in_field = setting.pointwise or isinstance(held, fem.Function)
        guide = None if in_field else self._guide(problem)
        if guide is not None and self.place is not None and not isinstance(held, fem.Function):
            self._way = NestedContactPath(free, problem, guide, self.place, held)
            return problem
        if held is not None:
            self._count(free.release(held))
        self._way = ContactPath(free, problem)
        return problem

    def _join(self, setting: StageModel, kelvin: float | fem.Function, lies: bool = False) -> float | fem.Function:
        old = self.way
        displacement, birth = joined(old.problem, setting, False)
        problem = maker(kind_of(setting), setting)(birth=birth)
        here = old.temperature if old.temperature is not None else kelvin
        mesh, u, at = setting.stack_mesh, displacement.x.array.copy(), here if isinstance(here, float) else None
        meets = placed(mesh, problem.space, problem.support, u, problem.thickness, at)
        if isinstance(problem, LargeDeflectionInTime) and isinstance(old.problem, LargeDeflectionInTime):
            problem.memory.inherit(old.problem.memory)
            problem.displacement.x.array[:] = u
        if isinstance(problem, HeldLargeDeflection | HeldLargeInTime):
            problem.cohesion.led, problem.forms.displacement.x.array[:] = self.led, u
            if isinstance(old.problem, HeldLargeDeflection | HeldLargeInTime):
                problem.cohesion.kept = old.problem.cohesion.kept
            if isinstance(old.problem, HeldLargeInTime):
                problem.cohesion.numbers = old.problem.cohesion.numbers
        flat = setting.flat_temperature if birth is None else None
        led = (meets and not lies and at is not None) or isinstance(problem, HeldLargeDeflection)

        def path(stable: bool, bent: Bent | None) -> EquilibriumPath:
            way = problem, at, flat, stable, bent
            return self._path(setting, *way) if led else EquilibriumPath(*way)

        self._handed_on(problem, u, meets, here, setting.in_time, path)
        return here


def kind_of(setting: StageModel) -> type[LargeDeflectionSolid]:
    """What solves a stage."""
    if setting.in_time is not None:
        return HeldLargeInTime if setting.is_held else LargeDeflectionInTime
    return HeldLargeDeflection if setting.is_held else LargeDeflectionSolid


def in_time(setting: StageModel, birth: fem.Function | None) -> LargeDeflectionInTime:
    """The problem of a stage of materials with a memory."""
    return maker(HeldLargeInTime if setting.is_held else LargeDeflectionInTime, setting)(birth=birth)
