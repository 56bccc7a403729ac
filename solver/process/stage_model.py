"""The stages of a process as problems, and the line of them at small deflection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
from dolfinx import fem

from meshes.cell_fields import CellFields
from meshes.extrude import StackMesh
from meshes.field_transfer import by_cell, discontinuous
from solver.arrays import Array
from solver.case.displaced import Displaced
from solver.case.mirror import Mirror
from solver.case.support import lets_go
from solver.linalg.choose import Choice
from solver.materials.material import Material
from solver.physics.solid.answers import Snapshot
from solver.physics.solid.cohesive_cracks import CohesiveCracks
from solver.physics.solid.held_in_time import HeldSmallInTime
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import DeadLoad, Solid, Supports
from solver.physics.solid.supports import determinate
from solver.process.birth import bowed, continued
from solver.process.plan import Stage
from solver.process.support import Growth, supports

Problem = TypeVar("Problem", SmallDeflectionSolid, LargeDeflectionSolid, LargeDeflectionInTime)
SmallKept: TypeAlias = tuple[Array, Snapshot]


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
        held = self.stage.held_by
        return supports(held, large, self._growth(held.plane.sides) if isinstance(held, Mirror) else None)

    def _growth(self, layer: str | None) -> Growth:
        """Strain of a layer that is free, by temperature (K), from where it is free of stress; none of None."""
        if layer is None:
            return lambda _: 0.0
        names = [block.name for block in self.stack_mesh.blocks]
        material, free = self.materials[names.index(layer)], self.stage.references[layer]
        return lambda kelvin: float(material.thermal_strain(kelvin, free)[..., 0])

    @property
    def flat_temperature(self) -> float | None:
        """At which all of it is flat and free of stress (K), None if there is no such temperature."""
        references = self.references
        same = np.ptp(references) == 0.0 and not self.pointwise and self.dead_load is None and self.in_time is None
        moved = isinstance(self.stage.held_by, Displaced)
        return float(references[0]) if same and not moved and not self.born_stressed else None

    @property
    def is_held(self) -> bool:
        """True if a cohesive interface is there."""
        return any(crack.placed.cohesive is not None for crack in self.stack_mesh.cracks)

    @property
    def free(self) -> "StageModel":
        """The same without support, weight and loads."""
        stage = replace(self.stage, support="free", pressed=False, loads=())
        return replace(self, stage=stage, dead_load=None)

    @property
    def born_stressed(self) -> bool:
        """True if a film is there that has a stress from its birth on."""
        return any(material.stress is not None for material in self.materials)


MakeStageModel: TypeAlias = Callable[[Stage, bool, StageModel | None], StageModel]
"""Gives a stage its model, from whether it is in the temperature field and the model of the stage before."""


class SmallDeflection:
    """The process at small deflection: a shape follows from what is present, and from where that was born.

    Args:
        solver: which linear solver.
        sound: True to take cohesive interfaces as sound, whatever they bear: beside a stack at large deflection.
    """

    def __init__(self, solver: Choice, sound: bool = False) -> None:
        self._solver: Choice = solver
        self._sound = sound
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
            at, birth = joined(old, setting, True)
        self.destroy()
        self.restore(setting, birth)
        if isinstance(self._problem, HeldSmallInTime) and isinstance(old, HeldSmallInTime):
            self._problem.inherit(old)
        elif old is not None and isinstance(old.cohesion, CohesiveCracks) and self.problem.cohesion is not None:
            old.cohesion.outdate()
            self.problem.cohesion.kept = old.cohesion.kept
        if old is not None and old.facing is not None and self.problem.facing is not None:
            self.problem.facing.kept = old.facing.kept
        if isinstance(self._problem, SmallDeflectionInTime) and isinstance(old, SmallDeflectionInTime):
            assert at is not None
            self._problem.displacement.x.array[:] = at.x.array
            self._problem.memory.inherit(old.memory)

    def restore(self, setting: StageModel, birth: fem.Function | None) -> None:
        """Be at a stage, with the displacement its cells were born at; free where its support may let go."""
        further: dict[str, Any] = {"sound": True} if self._sound else {}
        further |= {"dead_load": None, "supports": determinate} if lets_go(setting.stage.held_by) else {}
        self._problem = maker(self._kind(setting), setting)(solver=self._solver, birth=birth, **further)

    def _kind(self, setting: StageModel) -> type[SmallDeflectionSolid]:
        """What solves a stage."""
        if setting.in_time is None:
            return SmallDeflectionSolid
        return HeldSmallInTime if setting.is_held and not self._sound else SmallDeflectionInTime

    def destroy(self) -> None:
        """Free the factors; they are made again where they are needed."""
        if self._problem is not None:
            self._problem.destroy()


def maker(kind: type[Problem], setting: StageModel) -> Callable[..., Problem]:
    """Makes problems of a kind in a stage; what it is given goes before what the stage says."""
    stack, large = (setting.stack_mesh, setting.materials, setting.references, setting.pointwise), kind.green
    usual = {"dead_load": setting.dead_load, "supports": setting.supports(large)}

    def made(**further: Any) -> Problem:
        problem = kind(*stack, **(usual | further))
        if setting.followed and isinstance(problem, SmallDeflectionInTime | LargeDeflectionInTime):
            problem.course = []
        return problem

    return made


def joined(old: Solid, setting: StageModel, linear: bool) -> tuple[fem.Function, fem.Function | None]:
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
