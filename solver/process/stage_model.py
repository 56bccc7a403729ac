"""The stages of a process as problems: one line of them at small deflection, one at large."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
from dolfinx import fem

from meshes.cell_fields import CellFields
from meshes.extrude import StackMesh
from meshes.field_transfer import by_cell, discontinuous
from solver.arrays import Array
from solver.case.displaced import Displaced
from solver.case.support import lets_go
from solver.linalg.choose import Choice
from solver.materials.material import Material
from solver.physics.solid.answers import Snapshot
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import State
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import DeadLoad, Solid, Supports
from solver.physics.solid.supports import determinate
from solver.process.birth import bowed, continued
from solver.process.contact_path import ContactPath
from solver.process.contact_time_path import ContactTimePath
from solver.process.equilibrium_path import Bent, EquilibriumPath, PathPoint
from solver.process.nested_path import Guide, NestedPath
from solver.process.plan import Stage
from solver.process.rigid_body_fit import placed
from solver.process.support import supports
from solver.process.time_path import TimePath

Problem = TypeVar("Problem", SmallDeflectionSolid, LargeDeflectionSolid, LargeDeflectionInTime)
SmallKept: TypeAlias = tuple[Array, Snapshot]
GuideOf: TypeAlias = Callable[[LargeDeflectionSolid, tuple[int, int]], Guide | None]


@dataclass(frozen=True)
class StageModel:
    """A stage with its mesh: what a problem is made of.

    Attributes:
        stage: as planned.
        stack_mesh: what is present.
        materials: one per block of the mesh.
        pointwise: True to take a temperature field.
        dead_load: weight, or None.
        in_time: tolerance of the increments of time where a material of the case has a memory, None where none has.
        followed: materials of places that are driven by its increments.
    """

    stage: Stage
    stack_mesh: StackMesh
    materials: Sequence[Material]
    pointwise: bool
    dead_load: DeadLoad | None
    in_time: float | None = None
    followed: Sequence[Material] = ()

    def is_like(self, other: "StageModel") -> bool:
        """True if the same problem serves both."""
        return self.stage.is_like(other.stage) and self.pointwise == other.pointwise

    @property
    def references(self) -> Array:
        """(blocks,) temperature at which each block is free of stress (K)."""
        return np.array([self.stage.references[block.name] for block in self.stack_mesh.blocks])

    def supports(self, large: bool) -> Supports:
        """What holds the stack, at large deflection or at small."""
        return supports(self.stage.held_by, large)

    @property
    def flat_temperature(self) -> float | None:
        """At which all of it is flat and free of stress (K), None if there is no such temperature."""
        references = self.references
        same = np.ptp(references) == 0.0 and not self.pointwise and self.dead_load is None and self.in_time is None
        moved = isinstance(self.stage.held_by, Displaced)
        return float(references[0]) if same and not moved and not self.born_stressed else None

    @property
    def born_stressed(self) -> bool:
        """True if a film is there that has a stress from its birth on."""
        return any(material.stress is not None for material in self.materials)


class SmallDeflection:
    """The process at small deflection: a shape follows from what is present, and from where that was born.

    Args:
        solver: which linear solver.
    """

    def __init__(self, solver: Choice) -> None:
        self._solver: Choice = solver
        self._problem: SmallDeflectionSolid | None = None

    @property
    def problem(self) -> SmallDeflectionSolid:
        """Of the present stage."""
        assert self._problem is not None, "enter a stage first"
        return self._problem

    def enter(self, setting: StageModel) -> None:
        """Go to another stage. New layers are born on the displacement that was solved for last."""
        old = self._problem
        fits = bool(setting.stage.born) and setting.stage.birth != "flat"
        birth, at = bowed(setting.stack_mesh) if old is None else None, None
        if old is not None and (fits or old.birth is not None or setting.in_time):
            at, birth = _joined(old, setting, True)
        self.destroy()
        self.restore(setting, birth)
        if old is not None and old.cohesion is not None and self.problem.cohesion is not None:
            old.cohesion.outdate()
            self.problem.cohesion.kept = old.cohesion.kept
        if isinstance(self._problem, SmallDeflectionInTime) and isinstance(old, SmallDeflectionInTime):
            assert at is not None
            self._problem.displacement.x.array[:] = at.x.array
            self._problem.memory.inherit(old.memory)

    def restore(self, setting: StageModel, birth: fem.Function | None) -> None:
        """Be at a stage, with the displacement its cells were born at; free where its support may let go."""
        free = {"dead_load": None, "supports": determinate} if lets_go(setting.stage.held_by) else {}
        kind: type[SmallDeflectionSolid] = SmallDeflectionSolid if setting.in_time is None else SmallDeflectionInTime
        self._problem = _maker(kind, setting)(solver=self._solver, birth=birth, **free)

    def destroy(self) -> None:
        """Free the factors; they are made again where they are needed."""
        if self._problem is not None:
            self._problem.destroy()


class LargeDeflection:
    """The process at large deflection: every shape is found from the one before.

    Args:
        guide_of: gives a plate that goes ahead of a problem in a stage (step, number), None where that does not pay.

    Attributes:
        place: step and number of the stage that is entered or gone on with next; None: no plate goes ahead.
        newton_iterations, linear_iterations: spent on free shapes between stages, so far.
    """

    place: tuple[int, int] | None = None

    def __init__(self, guide_of: GuideOf = lambda *_: None) -> None:
        self._guide_of = guide_of
        self._way: EquilibriumPath | None = None
        self.newton_iterations = self.linear_iterations = 0

    @property
    def way(self) -> EquilibriumPath:
        """Of the present stage."""
        assert self._way is not None, "enter a stage first"
        return self._way

    def begin(self, setting: StageModel, birth: fem.Function | None, kelvin: float | fem.Function) -> None:
        """Start with a stage, from flat.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, from a simpler model, or None.
            kelvin: temperature (K) or field to begin at, if no temperature leaves the stack without stress.
        """
        lies = lets_go(setting.stage.held_by)
        first = _free(setting) if lies else setting
        same = np.ptp(setting.references) == 0.0 and birth is None and not setting.pointwise
        same = same and not setting.born_stressed
        start = float(setting.references[0]) if same else None
        flat = first.flat_temperature if birth is None else None
        self._way = self._path(setting, _maker(LargeDeflectionSolid, first)(birth=birth), start, flat)
        if lies:
            if start is None:
                self._count(self._way.release(kelvin))
            self._lie(setting)

    def _path(
        self,
        setting: StageModel,
        problem: LargeDeflectionSolid,
        kelvin: float | None,
        flat: float | None,
        stable: bool = True,
        bent: Bent | None = None,
    ) -> EquilibriumPath:
        """A way at uniform temperatures: a plate goes ahead of it where that pays."""
        alone = problem.held_flat or setting.pointwise or lets_go(setting.stage.held_by)
        if alone or kelvin is None or self.place is None:
            return EquilibriumPath(problem, kelvin, flat, stable, bent)
        guide = self._guide_of(problem, self.place)
        if guide is None:
            return EquilibriumPath(problem, kelvin, flat, stable, bent)
        return NestedPath(problem, kelvin, guide, self.place, flat, stable, bent)

    def goes_on(self) -> None:
        """Go on in a stage that is the one before in all it is made of."""
        if isinstance(self._way, NestedPath) and self.place is not None:
            self._way.goes_on(self.place)

    def lasts(self, seconds: float) -> None:
        """Say how long the next way takes; only materials with a memory feel it."""
        if isinstance(self._way, TimePath):
            self._way.lasts = seconds

    def begin_in_time(self, setting: StageModel, birth: fem.Function | None, known: SmallKept) -> None:
        """Start with a stage of materials with a memory, at a state of small deflection.

        Args:
            setting: of the stage.
            birth: displacement its cells were born at, or None.
            known: displacement (local unknowns, m) and memory of small deflection.
        """
        assert setting.in_time is not None
        lies = lets_go(setting.stage.held_by)
        problem = _maker(LargeDeflectionInTime, _free(setting) if lies else setting)(birth=birth)
        u, problem.memory.snapshot = known
        problem.displacement.x.array[:] = u
        problem.take_over(u, problem.load_after(problem.memory.kelvin, 0.0))
        self._way = TimePath(problem, setting.in_time)
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
        self._way = restored(_maker(LargeDeflectionInTime, setting)(birth=birth), setting.in_time)
        if lets_go(setting.stage.held_by):
            problem = _maker(LargeDeflectionInTime, _free(setting))(birth=birth)
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
        first = _free(setting) if lies else setting
        problem = _maker(LargeDeflectionSolid, first)(birth=birth)
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
            self._count(self._way.release(at))
            problem = self._lie(setting)
        problem.state = State(u.x.array.copy(), problem.load_at(at))

    def enter(self, setting: StageModel, kelvin: float | fem.Function) -> float | fem.Function:
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
            here = self._join(_free(setting), kelvin)
            self._count(self.way.release(here))
            self._lie(setting)
            return here
        return self._join(setting, kelvin)

    def _lie(self, setting: StageModel) -> LargeDeflectionSolid:
        """Let the free way that is there be one on a plane."""
        free = self.way
        if isinstance(free, TimePath):
            lying = _maker(LargeDeflectionInTime, setting)(birth=free.problem.birth)
            lying.memory.snapshot = free.problem.memory.snapshot
            self._way = ContactTimePath(free, TimePath(lying, free.tolerance))
            return lying
        problem = _maker(LargeDeflectionSolid, setting)(birth=free.problem.birth)
        self._way = ContactPath(free, problem)
        return problem

    def _count(self, stop: PathPoint) -> None:
        self.newton_iterations += stop.newton_iterations
        self.linear_iterations += stop.linear_iterations

    def _join(self, setting: StageModel, kelvin: float | fem.Function) -> float | fem.Function:
        old = self.way
        displacement, birth = _joined(old.problem, setting, False)
        kind: type[LargeDeflectionSolid] = LargeDeflectionSolid if setting.in_time is None else LargeDeflectionInTime
        problem = _maker(kind, setting)(birth=birth)
        here = old.temperature if old.temperature is not None else kelvin
        mesh, u, at = setting.stack_mesh, displacement.x.array.copy(), here if isinstance(here, float) else None
        meets = placed(mesh, problem.space, problem.support, u, problem.thickness, at)
        if isinstance(problem, LargeDeflectionInTime) and isinstance(old.problem, LargeDeflectionInTime):
            problem.memory.inherit(old.problem.memory)
            problem.displacement.x.array[:] = u
        stable, bent, flat = old.stable, old.bent, setting.flat_temperature if birth is None else None
        old.destroy()
        load = problem.load_at(here)
        if meets:
            problem.take_over(u, load)
        else:
            problem.state = problem.flat(load)
        bent = None if bent is None or not meets else (None, bent[1])
        if isinstance(problem, LargeDeflectionInTime):
            assert setting.in_time is not None and isinstance(old, TimePath)
            self._way = TimePath(problem, setting.in_time, stable, bent)
            self._way.rate = old.rate
        else:
            made = partial(self._path, setting) if meets else EquilibriumPath
            self._way = made(problem, at, flat, stable, bent)
        return here

    def destroy(self) -> None:
        """Free the factors of the way."""
        if self._way is not None:
            self._way.destroy()
            self._way = None


def _free(setting: StageModel) -> StageModel:
    """The same stage without support and weight."""
    return replace(setting, stage=replace(setting.stage, support="free", pressed=False, loads=()), dead_load=None)


def _maker(kind: type[Problem], setting: StageModel) -> Callable[..., Problem]:
    stack, large = (setting.stack_mesh, setting.materials, setting.references, setting.pointwise), kind.green
    usual = {"dead_load": setting.dead_load, "supports": setting.supports(large)}

    def made(**further: Any) -> Problem:
        problem = kind(*stack, **(usual | further))
        if setting.followed and isinstance(problem, SmallDeflectionInTime | LargeDeflectionInTime):
            problem.course = []
        return problem

    return made


def _joined(old: Solid, setting: StageModel, linear: bool) -> tuple[fem.Function, fem.Function | None]:
    """Displacement of a stage as the one before left it, and the displacement its cells were born at. Collective."""
    before, mesh, stage = old.stack_mesh, setting.stack_mesh, setting.stage
    here = CellFields(before.comm, before.keys, {"displacement": by_cell(before, old.displacement)})
    if old.birth is not None:
        here["birth"] = by_cell(before, old.birth)
    known, there = here.transferred(mesh.keys)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
    displacement = continued(mesh, space, known, there["displacement"], linear)
    fits = bool(stage.born) and stage.birth != "flat"
    if old.birth is None and not fits:
        return displacement, None
    birth = there["birth"].copy() if old.birth is not None else np.zeros_like(there["displacement"])
    if fits:
        birth[~known] = by_cell(mesh, displacement)[~known]
    return displacement, discontinuous(mesh, birth)
