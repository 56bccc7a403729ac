"""Films of a reduced model: the faces whose film coefficient stays free, and the faces that are held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.film import FilmCourse, FilmMap, FilmTable
from solver.case.reduction import USUAL_RANGE, FilmRange, Reduction
from solver.case.thermal import Boundary, Thermal
from solver.case.waveform import signal_of
from solver.errors import CaseError
from solver.physics.heat.thermal_boundaries import STEFAN_BOLTZMANN, Exchange, exchanges, mapped_film
from solver.studies.reduce.inputs import assembled, unused

_FACE_DEGREE = 4  # of the quadrature


@dataclass(frozen=True)
class Film:
    """A face that exchanges heat with what is behind it, with a film coefficient that may have any value.

    Attributes:
        name: of the face.
        boundary: as the case has it.
        facets: local facets.
        ds: their measure.
        shape: 1, or the film coefficient of each place over its mean.
        load: (owned unknowns,) shape integrated with each test function, over the modelled part (m^2).
        area: of the whole face (m^2).
        coefficient: as the case has it, with what radiation adds (W/m^2/K).
        ambient: mean over time (K).
        range: of the coefficient.
        capacity: heat capacity of a heat sink over its area (J/m^2/K).
    """

    name: str
    boundary: Boundary
    facets: Integers
    ds: ufl.Measure
    shape: fem.Function | fem.Constant
    load: Array
    area: float
    coefficient: float
    ambient: float
    range: tuple[float, float]
    capacity: float


def extended(mesh: StackMesh, thermal: Thermal, settings: Reduction) -> tuple[StackMesh, Thermal]:
    """The mesh and the heat problem with a boundary for every face that `reduce.films` names and the case has none for.

    Raises:
        CaseError: there is no ambient to give it.
    """
    known = {boundary.face for boundary in thermal.boundaries}
    new = [film for film in settings.films if film.face not in known]
    if not new:
        return mesh, thermal
    ambients = [surroundings(boundary) for boundary in thermal.boundaries]
    ambient = next((one for one in ambients if one is not None), None)
    if ambient is None:
        raise CaseError(f"reduce.films: face '{new[0].face}' has no boundary, and the case no ambient to give it")
    added = [Boundary(face=one.face, convection=f"{one.range[0]} W/m^2/K", ambient=f"{ambient} K") for one in new]
    stack = replace(mesh.stack, patches=(*mesh.stack.patches, *(() for _ in added)))
    boundaries = [*thermal.boundaries, *added]
    return replace(mesh, stack=stack), thermal.model_copy(update={"boundaries": boundaries})


def faces(mesh: StackMesh, space: fem.FunctionSpace, thermal: Thermal, files: SideFiles) -> list[Exchange]:
    """All boundaries on their facets. Collective.

    Raises:
        CaseError: as of `exchanges`, or no face has a film, so there is nothing the model could be independent of.
    """
    found = exchanges(mesh, thermal.boundaries, fem.Function(space), _FACE_DEGREE, files)
    if any(isinstance(one.convection, FilmCourse | FilmTable) for one in thermal.boundaries):
        rule = "a reduced model is free in its film coefficients: give `convection` one value here"
        raise CaseError(f"thermal.boundaries: {rule}")
    if all(one.ambient is None for one in found):
        raise CaseError("thermal.boundaries: a reduced model needs a face with convection, radiation or a heat sink")
    return found


def films(
    mesh: StackMesh,
    space: fem.FunctionSpace,
    given: Sequence[Exchange],
    ranges: Sequence[FilmRange],
    files: SideFiles,
    temperature: float,
) -> list[Film]:
    """The films. Collective.

    Args:
        mesh: of heat.
        space: of temperatures.
        given: boundaries on their facets.
        ranges: of the case.
        files: maps of the case.
        temperature: at which radiation is made linear (K).
    """
    exchanging = [one for one in given if one.ambient is not None]
    of_face = {one.face: one.range for one in ranges}
    names: list[str] = []
    for one in exchanging:
        where = f" ({one.boundary.region})" if one.boundary.region else " (patch)" if one.boundary.shape else ""
        name = f"{one.boundary.face}{where}"
        names.append(unused(name, names))
    return [
        _film(mesh, space, name, one, of_face.get(one.boundary.face, USUAL_RANGE), files, temperature)
        for name, one in zip(names, exchanging, strict=True)
    ]


def held(space: fem.FunctionSpace, given: Sequence[Exchange]) -> tuple[Integers, float | None]:
    """Local nodes of fixed temperature and that temperature (K).

    Raises:
        CaseError: two faces are held at different temperatures, or at one that changes.
    """
    fixed = [one for one in given if one.boundary.temperature is not None]
    if not fixed:
        return np.empty(0, dtype=np.int32), None
    courses = [signal_of(one.boundary.temperature) for one in fixed if one.boundary.temperature is not None]
    if any(np.isfinite(course.next_break(0.0)) for course in courses) or len({c.mean() for c in courses}) > 1:
        raise CaseError(
            "thermal.boundaries: a reduced model takes faces held at one and the same constant temperature; give the "
            "others a convection of 1e4 W/m^2/K or more"
        )
    nodes = [fem.locate_dofs_topological(space, 2, one.facets) for one in fixed]
    return np.unique(np.concatenate(nodes)).astype(np.int32), courses[0].mean()


def surroundings(boundary: Boundary) -> float | None:
    """Mean temperature behind a film (K), None if there is no film."""
    given = boundary.ambient if boundary.heat_sink is None else boundary.heat_sink.ambient
    return None if given is None else signal_of(given).mean()


def _film(
    mesh: StackMesh,
    space: fem.FunctionSpace,
    name: str,
    one: Exchange,
    range_: tuple[float, float],
    files: SideFiles,
    temperature: float,
) -> Film:
    boundary, whole = one.boundary, mesh.stack.multiplicity
    v = ufl.TestFunction(space)
    shape: fem.Function | fem.Constant = fem.Constant(mesh.mesh, 1.0)
    load = assembled(compat.form(shape * v * one.ds), space)
    area = mesh.comm.allreduce(float(load.sum()), MPI.SUM) * whole
    coefficient = boundary.convection if isinstance(boundary.convection, float) else 0.0
    if isinstance(boundary.convection, FilmMap):
        shape = mapped_film(mesh, boundary.convection, files)
        load = assembled(compat.form(shape * v * one.ds), space)
        coefficient = mesh.comm.allreduce(float(load.sum()), MPI.SUM) * whole / area
        shape.x.array[:] /= coefficient
        load /= coefficient
    elif boundary.heat_sink is not None:
        coefficient = 1.0 / (boundary.heat_sink.resistance * area)
    if boundary.emissivity is not None:
        coefficient += 4.0 * boundary.emissivity * STEFAN_BOLTZMANN * temperature**3
    ambient = surroundings(boundary)
    assert ambient is not None
    span = min(range_[0], coefficient), max(range_[1], coefficient)
    return Film(name, boundary, one.facets, one.ds, shape, load, area, coefficient, ambient, span, one.capacity)
