"""Places of a stack as what their problems are made of: mesh, materials, temperatures without stress, gravity."""

from dataclasses import dataclass

from meshes.extrude import StackMesh, extrude
from meshes.parts import kept_on_root
from meshes.plane import PlaneMesh, plane_mesh
from solver.case.models import Case
from solver.case.submodel import Submodel as Wanted
from solver.case.support import Clamp, Support, gravity_on
from solver.materials import library
from solver.materials.material import Material
from solver.metrics.place_parts import Owners, owners
from solver.physics.solid.course import Leg
from solver.physics.solid.cut import Cut
from solver.physics.solid.cut_out import Place
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Solid
from solver.stackup.place import Spot, cut_stack, own_stack
from solver.stackup.stack import StackUp


@dataclass(frozen=True)
class _Planar:
    """A place at a spot: stack-up, plane mesh, and where its blocks lie in the whole."""

    stack: StackUp
    plane: PlaneMesh | None  # on rank 0
    owners: Owners


class PlaceMaker:
    """Makes the places of a case; meshes are made once.

    Args:
        case: with submodels and a process.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._known: dict[tuple[str, Spot], _Planar] = {}
        self._meshes: dict[tuple[str, Spot, tuple[str, ...]], StackMesh] = {}

    def make(self, one: Wanted, spot: Spot, leg: Leg, step: str, pointwise: bool) -> tuple[Place, Cut] | None:
        """A place, and its cut; None if nothing of it is there. Collective.

        Args:
            one: as the case has it.
            spot: its middle (m).
            leg: of what it is cut out of.
            step: name of the step.
            pointwise: True to take a temperature field.
        """
        whole = leg.solid
        planar = self._planar(one, spot, whole)
        parts = planar.owners.present(whole.stack_mesh)
        if not parts:
            return None
        key = one.name, spot, parts
        if key not in self._meshes:
            self._meshes[key] = extrude(whole.stack_mesh.comm, planar.stack, planar.plane, parts)
        mesh = self._meshes[key]
        support, gravity = self.of_step(step)
        references = planar.owners.references(mesh, whole.stack_mesh, whole.references)
        place = Place(mesh, self._materials(mesh), references, gravity, pointwise)
        turned = not isinstance(whole, SmallDeflectionSolid)
        kind = support != "free", turned, isinstance(support, Clamp)
        return place, Cut.of(whole.stack_mesh, spot, *kind, leg.cut)

    def _planar(self, one: Wanted, spot: Spot, whole: Solid) -> _Planar:
        key = one.name, spot
        if key not in self._known:
            stack = whole.stack_mesh.stack
            own = own_stack(self._case, one, stack) if one.layers else cut_stack(one, stack, spot)

            def made() -> tuple[Owners, PlaneMesh]:
                plane = plane_mesh(own)
                return owners(own, plane, stack, spot), plane

            of, plane = kept_on_root(whole.stack_mesh.comm, made)
            self._known[key] = _Planar(own, plane, of)
        return self._known[key]

    def _materials(self, mesh: StackMesh) -> list[Material]:
        found = []
        for block in mesh.blocks:
            film = mesh.stack.layer(block.layer).origin_of(block.name).stress
            found.append(library.resolve(block.material, self._case.materials).with_stress(film))
        return found

    def of_step(self, name: str) -> tuple[Support, tuple[float, float, float] | None]:
        """What holds the whole in a step, and gravity."""
        process = self._case.process
        assert process is not None
        support = next(one.support for one in process.steps if one.name == name)
        return support, gravity_on(support, process.gravity)
