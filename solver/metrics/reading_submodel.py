"""Submodels after every step: places of the stack solved finer, driven on their cut by the whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh, extrude
from meshes.parts import kept_on_root
from meshes.plane import PlaneMesh, plane_mesh
from solver.arrays import Array
from solver.case.models import Case
from solver.case.submodel import Submodel as Wanted
from solver.case.support import gravity_on
from solver.errors import CaseError
from solver.materials import library
from solver.materials.material import Material
from solver.metrics import stress
from solver.metrics.place_parts import Owners, energy_within, owners
from solver.metrics.place_section import section
from solver.metrics.places import PLACES, Spot
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.metrics.stress import StackStress
from solver.output.summary import INLINE
from solver.physics.solid.carried import carried
from solver.physics.solid.cut import Cut
from solver.physics.solid.cut_stress import CutTraction, cut_tractions, mismatch, stress_field
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.submodel import Place, Submodel
from solver.slug import slug
from solver.stackup.place import cut_stack, own_stack
from solver.stackup.stack import StackUp

_FELT = 0.05  # part of the traction on a face that may come from what was refined
_FALLS = 2.0  # power of the distance by which stress around a hole or an inclusion falls off (Kirsch, Eshelby)


@dataclass(frozen=True)
class CutFace:
    """A face that is driven by the whole.

    Attributes:
        traction_mpa, whole_traction_mpa, difference_mpa: root mean squares over it, of the place, of the whole in its
            own materials, and of their difference.
        felt: part of the traction that comes from what was refined; of all faces, over that of the largest.
        move_out_um: distance outwards at which that falls below a twentieth, by the square of the distance; 0 if it is.
    """

    traction_mpa: float
    whole_traction_mpa: float
    difference_mpa: float
    felt: float
    move_out_um: float


@dataclass(frozen=True)
class SubmodelEntry:
    """A place after a step.

    Attributes:
        at_x_mm, at_y_mm: its middle in its whole.
        within: the submodel that is its whole; None: the stack.
        deflection: small or large, as the whole is.
        cells: of its mesh.
        strain_energy_mj, whole_strain_energy_mj: of the place, and of the whole inside of it.
        cut: driven faces.
        stress: of its layers and blocks.
        table: name of the CSV file of its section.
    """

    at_x_mm: float
    at_y_mm: float
    within: str | None
    deflection: str
    cells: int
    strain_energy_mj: float
    whole_strain_energy_mj: float
    cut: dict[str, CutFace]
    stress: StackStress = field(metadata=INLINE)
    table: str


@dataclass(frozen=True)
class _Planar:
    """A place at a spot: stack-up, plane mesh, and where its blocks lie in the whole."""

    stack: StackUp
    plane: PlaneMesh | None  # on rank 0
    owners: Owners


class SubmodelReading(Reading):
    """The submodels of a case, in their order.

    Args:
        case: with submodels.
    """

    def __init__(self, case: Case) -> None:
        self._case, self._wanted = case, case.submodels
        self._known: dict[tuple[str, Spot], _Planar] = {}
        self._meshes: dict[tuple[str, Spot, tuple[str, ...]], StackMesh] = {}

    @staticmethod
    def wanted(case: Case) -> "SubmodelReading | None":
        """For a case with `submodels`."""
        return SubmodelReading(case) if case.submodels else None

    def read(self, step: SolvedStep) -> Found | None:
        """Solve each place. Collective."""
        wholes: dict[str | None, SolvedStep] = {None: step}
        entries, tables = dict[str, SubmodelEntry](), dict[str, dict[str, Array]]()
        doubts = list[str]()
        for one in self._wanted:
            if one.within not in wholes:
                continue
            try:
                place = self._place(one, wholes[one.within])
            except CaseError as error:
                raise CaseError(f"submodel '{one.name}', step '{step.name}': {error}") from error
            if place is None:
                continue
            spot, submodel, temperature = place
            whole = wholes[one.within]
            table = f"submodel_{slug(one.name)}"
            entries[one.name] = _entry(one, spot, submodel, whole, temperature, table)
            tables[table] = section(submodel.solid.stack_mesh, submodel.solid.stress(temperature))
            doubts += _doubts(f"step '{step.name}', submodel '{one.name}'", entries[one.name])
            shape = submodel.displacement()
            wholes[one.name] = SolvedStep(step.name, submodel.solid, shape, temperature, step.report)
        return Found(entries, tables, tuple(doubts)) if entries else None

    def _place(self, one: Wanted, whole: SolvedStep) -> tuple[Spot, Submodel, float | fem.Function] | None:
        """A place, solved; None if nothing of it is there."""
        spot = PLACES[one.at](whole, one.of or "") if isinstance(one.at, str) else one.at
        planar = self._planar(one, spot, whole)
        parts = planar.owners.present(whole.stack_mesh)
        if not parts:
            return None
        key = one.name, spot, parts
        if key not in self._meshes:
            self._meshes[key] = extrude(whole.stack_mesh.comm, planar.stack, planar.plane, parts)
        mesh = self._meshes[key]
        temperature = whole.temperature
        if isinstance(temperature, fem.Function):
            degree = temperature.function_space.ufl_element().degree
            temperature = carried(temperature, fem.functionspace(mesh.mesh, ("Lagrange", degree)), spot)[0]
        held, gravity = self._of_step(whole.name)
        small = isinstance(whole.solid, SmallDeflectionSolid)
        references = planar.owners.references(mesh, whole.stack_mesh, whole.solid.references)
        pointwise = isinstance(temperature, fem.Function)
        place = Place(mesh, self._materials(mesh), references, gravity, pointwise)
        above = whole.solid.displacement if one.within is None else whole.displacement
        cut = Cut.of(whole.stack_mesh, spot, held, turned=not small)
        submodel = Submodel(place, above, cut, self._case.analysis.solver)
        submodel.solve(temperature)
        return spot, submodel, temperature

    def _planar(self, one: Wanted, spot: Spot, whole: SolvedStep) -> _Planar:
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

    def _of_step(self, name: str) -> tuple[bool, tuple[float, float, float] | None]:
        """Whether something holds the underside in a step, and gravity."""
        process = self._case.process
        assert process is not None
        support = next(one.support for one in process.steps if one.name == name)
        return support != "free", gravity_on(support, process.gravity)


def _entry(
    one: Wanted, spot: Spot, submodel: Submodel, whole: SolvedStep, temperature: float | fem.Function, table: str
) -> SubmodelEntry:
    solid = submodel.solid
    mesh, energy = solid.stack_mesh, solid.strain_energy()
    there = stress_field(whole.solid, whole.temperature)
    faces = cut_tractions(submodel, there)
    bounds = np.array(mesh.stack.outline.bounds) + np.tile(spot, 2)
    inside = energy_within(whole.stack_mesh, whole.solid.strain_energy(), bounds, mesh.bottom, mesh.top)
    found = stress.evaluate(mesh, solid.stress(temperature), energy, solid.materials, temperature)
    return SubmodelEntry(
        1e3 * spot[0],
        1e3 * spot[1],
        one.within,
        "large" if submodel.cut.turned else "small",
        mesh.cells,
        sum(layer.strain_energy_mj for layer in found.layers.values()),
        1e3 * inside,
        _faces(faces, np.array([0.5 * one.size[0], 0.5 * one.size[1], 0.5 * (mesh.top - mesh.bottom)])),
        found,
        table,
    )


def _faces(faces: Mapping[str, CutTraction], half: Array) -> dict[str, CutFace]:
    """Of each driven face.

    Args:
        faces: tractions.
        half: (3,) of the place along x, y and z (m).
    """
    found = {}
    for name, felt in mismatch(dict(faces)).items():
        reach = half["xyz".index(name[1])] if name[0] in "+-" else half[2]
        out = reach * (max(felt / _FELT, 1.0) ** (1.0 / _FALLS) - 1.0)
        one = faces[name]
        found[name] = CutFace(1e-6 * one.place, 1e-6 * one.whole, 1e-6 * one.off, felt, 1e6 * float(out))
    return found


def _doubts(where: str, entry: SubmodelEntry) -> Iterator[str]:
    near = {name: face for name, face in entry.cut.items() if face.felt > _FELT}
    if near:
        worst = max(face.felt for face in near.values())
        moves = ", ".join(f"{name} by some {face.move_out_um:.2g} um" for name, face in near.items())
        felt = f"up to {100 * worst:.3g} % of the traction on its cut comes from what was refined"
        yield f"{where}: {felt}; move {moves} out"


def in_words(entries: Mapping[str, SubmodelEntry] | None) -> Iterator[str]:
    """The places after a step, for the log."""
    for name, entry in (entries or {}).items():
        highest = max(entry.stress.blocks, key=lambda block: entry.stress.blocks[block].max_von_mises_mpa)
        most = entry.stress.blocks[highest]
        felt = max((face.felt for face in entry.cut.values()), default=0.0)
        away = "" if most.away_von_mises_mpa is None else f" (away from edges {most.away_von_mises_mpa:.4g})"
        yield (
            f"submodel {name} at ({entry.at_x_mm:.6g}, {entry.at_y_mm:.6g}) mm, {entry.cells} cells: "
            f"{most.max_von_mises_mpa:.4g} MPa{away} in {highest}; its cut feels {100 * felt:.2g} %"
        )
