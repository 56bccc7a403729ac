"""A stage of the process as a plate: its mesh, what holds and loads it, and the problem they make."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from meshes.field_transfer import carried
from meshes.plate import PlateMesh, plate_mesh
from solver.arrays import Array
from solver.case.support import Acceleration, Pins, gravity_on
from solver.physics.plate.in_time import PlateInTime
from solver.physics.plate.problem import PlateProblem, middle
from solver.physics.plate.section import CORNERS, Births, Section
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid.supports import Support
from solver.process.plan import Stage
from solver.process.plate_support import plate_dead_load, plate_supports
from solver.process.plate_view import Normals
from solver.process.stage_model import MakeStageModel, StageModel


@dataclass(frozen=True)
class PlateStage:
    """A stage: what a problem is made of.

    Attributes:
        solid: the same stage as a solid: its hexahedra and its materials.
        plate: the mesh in plane.
        normals: between the two.
        gravity: of the process (m/s^2), or None.
    """

    solid: StageModel
    plate: PlateMesh
    normals: Normals
    gravity: Acceleration | None

    @property
    def stage(self) -> Stage:
        """As planned."""
        return self.solid.stage

    def is_like(self, other: "PlateStage") -> bool:
        """True if the same problem serves both."""
        return self.solid.is_like(other.solid)

    @property
    def held(self) -> Support:
        """What is held of the solid. Collective, the first time."""
        return self.normals.held(self.stage.held_by)

    @property
    def free(self) -> "PlateStage":
        """The same without support and weight."""
        return replace(self, solid=self.solid.free, gravity=None)

    def problem(self, births: Births, degree: int = 2, like: PlateProblem | None = None) -> PlateProblem:
        """The plate, flat and at rest, with displacements of a degree; `like` as of `PlateProblem`. Collective."""
        plate, support, references = self.plate, self.stage.held_by, self.solid.references
        gravity = None if self.stage.support == "free" and self.gravity is None else gravity_on(support, self.gravity)
        section = Section(plate, self.solid.materials, (), middle(plate))
        load = plate_dead_load(plate, section, gravity, support, self.stage.loads)
        made = plate_supports(support)
        smoothly = support == "free" or isinstance(support, Pins)  # the forces of others are read node by node
        kind = PlateProblem if self.solid.in_time is None else PlateInTime
        return kind(
            plate,
            self.solid.materials,
            references,
            dead_load=load,
            supports=made,
            births=births,
            degree=degree,
            smoothly=smoothly and degree == 2,
            layered=self.normals.layered,
            like=like,
        )

    @property
    def flat_temperature(self) -> float | None:
        """As of `StageModel`."""
        return self.solid.flat_temperature


class PlateStageMaker:
    """Makes stages.

    Args:
        make: of solids, from a stage, whether it is in the temperature field, and the one before.
        gravity: of the process (m/s^2), or None.
    """

    def __init__(self, make: MakeStageModel, gravity: Acceleration | None) -> None:
        self._make, self._gravity = make, gravity

    def stage(self, stage: Stage, before: PlateStage | None, in_field: bool = False) -> PlateStage:
        """A stage with the meshes of the one before if nothing came or went. Collective.

        Args:
            stage: as planned.
            before: the stage before.
            in_field: True in the temperature field.

        Raises:
            CaseError: there is nothing on a part of the outline.
        """
        solid = self._make(stage, in_field, None if before is None else before.solid)
        if before is not None and solid.stack_mesh is before.solid.stack_mesh:
            return PlateStage(solid, before.plate, before.normals, self._gravity)
        mesh = solid.stack_mesh
        same = before is not None and before.stage.cut_out == stage.cut_out
        plate = (
            before.plate.with_parts(stage.parts)
            if before is not None and same
            else plate_mesh(mesh.comm, mesh.stack, mesh.whole, stage.parts)
        )
        return PlateStage(solid, plate, Normals(plate, mesh), self._gravity)


def births_of(plate: PlateMesh, shape: Mapping[int, Array]) -> Births:
    """Births from shapes by layer (as of `Births`), without those that are zero everywhere. Collective."""
    layers = sorted(shape)
    largest = np.array([np.abs(shape[layer]).max(initial=0.0) for layer in layers])
    plate.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
    return Births({layer: shape[layer] for layer, most in zip(layers, largest, strict=True) if most > 0.0})


def moved(old: PlateMesh, new: PlateMesh, values: Array) -> Array:
    """(local cells of the new, ...) of values (owned cells of the old, ...). Collective."""
    return carried(new.comm, old.keys, values, new.numbers)[1]


def moved_kelvin(kelvin: Temperature, old: PlateMesh, new: PlateMesh) -> Temperature:
    """Temperatures (K) of the layers of a plate on another mesh, as of `Temperature`. Collective in a field."""
    if not isinstance(kelvin, np.ndarray):
        return kelvin
    return moved(old, new, kelvin.swapaxes(0, 1)[: old.owned]).swapaxes(0, 1)


def moved_births(births: Births, old: PlateMesh, new: PlateMesh) -> dict[int, Array]:
    """Shapes of births (of cells of the old mesh) by layer, on local cells of the new one. Collective."""
    layers = sorted(set[int]().union(*new.comm.allgather(list(births.shape))))
    none: Array = np.zeros((old.owned, CORNERS, 6))
    return {layer: moved(old, new, births.shape.get(layer, none)[: old.owned]) for layer in layers}
