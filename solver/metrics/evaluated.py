"""Which surface of a stack warpage is evaluated on: the face the case names, where it is there, and the zone of it."""

from dataclasses import dataclass
from functools import cached_property

from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.faces import face_there, names_at
from solver.case.models import Report
from solver.metrics.evaluated_surface import EvaluatedSurface
from solver.metrics.surface import Surface, surface_of
from solver.stackup.zone import MeasuringZone, measuring_zone

_LEAST = 1e-6  # of the area of a zone that has to be surface


@dataclass(frozen=True)
class Evaluated:
    """The evaluated surface of the layers present.

    Attributes:
        stack_mesh: the mesh.
        report: what the case asks for.
    """

    stack_mesh: StackMesh
    report: Report

    @cached_property
    def face(self) -> str:
        """Such as `bottom` or `balls.bottom`; the whole side where the part that is asked for is not there."""
        return face_there(self.stack_mesh, self.report.surface)

    @cached_property
    def zone(self) -> MeasuringZone | None:
        """The zone it is evaluated in, None for all of it."""
        return measuring_zone(self.stack_mesh.stack, self.report.zone, self.face)

    def of(self, displacement: fem.Function) -> Surface:
        """The surface with a displacement; all of the face where nothing of it lies in the zone. Collective."""
        if self.zone is not None:
            found = surface_of(self.stack_mesh, displacement, self.face, self.zone)
            if found.area > _LEAST * self.zone.outline.area:
                return found
        return surface_of(self.stack_mesh, displacement, self.face)

    def summary(self, displacement: fem.Function) -> EvaluatedSurface:
        """The face, what it is made of, the zone. Collective."""
        used = self.of(displacement).zone
        zone = None if used is None else used.words
        return EvaluatedSurface(self.face, tuple(names_at(self.stack_mesh, self.face)), zone)


class Evaluations:
    """Evaluated surfaces of one stack mesh after another: what is known of the places of the last one is kept.

    Args:
        report: what the case asks for.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last: Evaluated | None = None

    def on(self, stack_mesh: StackMesh) -> Evaluated:
        """That of a mesh."""
        if self._last is None or self._last.stack_mesh is not stack_mesh:
            self._last = Evaluated(stack_mesh, self._report)
        return self._last
