"""The stages of a process get their mesh, their materials and what loads and holds them."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property

from mpi4py import MPI

from meshes.extrude import StackMesh, extrude
from meshes.plane import PlaneMesh
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.case.support import gravity_on
from solver.materials.laws.table import law_of
from solver.materials.material import Material
from solver.process.plan import Stage
from solver.process.stage_model import StageModel
from solver.process.support import dead_load
from solver.progress import Progress
from solver.units import ZERO_CELSIUS


class StageMaker:
    """Makes stage models of a case.

    Args:
        loaded: the case, with a process.
        comm: all ranks take part.
        progress: what the user sees.
        plane: gives the mesh of the plane, on rank 0.
        material_of: material of a layer or region.
    """

    def __init__(
        self,
        loaded: LoadedCase,
        comm: MPI.Intracomm,
        progress: Progress,
        plane: Callable[[], PlaneMesh | None],
        material_of: Callable[[MaterialChoice], Material],
    ) -> None:
        self._loaded, self._comm, self._progress = loaded, comm, progress
        self._plane, self._material_of = plane, material_of
        self._film = cache(Material.with_stress)  # a material born with a stress (Pa) is made once

    def make(self, stage: Stage, heated: StackMesh | None, before: StageModel | None) -> StageModel:
        """A stage with its mesh, that of the stage before if nothing came or went. Collective.

        Args:
            stage: as planned.
            heated: the mesh of the temperature field it is solved in, or None.
            before: the stage before.
        """
        process = self._loaded.case.process
        assert process is not None
        mesh = self._mesh(stage, before) if heated is None else heated
        materials, support = self.materials(mesh), stage.held_by
        load = dead_load(mesh, materials, gravity_on(support, process.gravity), support, stage.loads)
        in_time = self._loaded.case.analysis.time_tolerance if self.remembers else None
        followed = self.followed if in_time is not None else ()
        return StageModel(stage, mesh, materials, heated is not None, load, in_time, followed)

    @cached_property
    def remembers(self) -> bool:
        """True if a material of the stack, or of a place of it, has a memory."""
        layers = self._loaded.stack.layers
        choices = [layer.material for layer in layers]
        choices += [region.material for layer in layers for region in layer.regions]
        found = [self._material_of(choice) for choice in choices if choice is not None]
        return any(law_of(material, ZERO_CELSIUS).memory for material in (*found, *self.followed))

    @cached_property
    def followed(self) -> tuple[Material, ...]:
        """Materials of the submodels; of those without layers of their own they are those of the stack."""
        submodels = self._loaded.case.submodels
        layers = [layer for one in submodels for layer in one.layers or self._loaded.case.geometry.layers]
        choices = [layer.material for layer in layers]
        choices += [region.material for layer in layers for region in layer.regions]
        return tuple(self._material_of(choice) for choice in choices if choice is not None)

    def _mesh(self, stage: Stage, before: StageModel | None) -> StackMesh:
        if before is not None and (stage.parts, stage.cut_out) == (before.stage.parts, before.stage.cut_out):
            return before.stack_mesh
        stack = self._loaded.stack.singulated() if stage.cut_out else self._loaded.stack
        if before is not None and before.stack_mesh.stack.cracks is not stack.cracks:
            stack = replace(stack, cracks=before.stack_mesh.stack.cracks)  # may have grown
        plane = self._plane()
        with self._progress.stage("mesh", f"mesh of {', '.join(stage.layers)}"):
            return extrude(self._comm, stack, plane, stage.parts)

    def materials(self, stack_mesh: StackMesh) -> list[Material]:
        """One for each block of a mesh, with the stress it is born with."""
        origins = [stack_mesh.stack.layer(block.layer).origin_of(block.name) for block in stack_mesh.blocks]
        choices = [block.material for block in stack_mesh.blocks]
        return [
            self._film(self._material_of(choice), origin.stress)
            for choice, origin in zip(choices, origins, strict=True)
        ]
