"""What the faces exchange with their surroundings: films, radiation, heat sinks, flux, fixed temperatures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.film import FilmCourse, FilmMap, FilmTable
from solver.case.thermal import Boundary
from solver.case.waveform import signal_of
from solver.errors import CaseError
from solver.physics.faces import boundary_facets, measures
from solver.physics.overlap import overlaps, pixel_boxes
from solver.signals import Signal

STEFAN_BOLTZMANN = 5.670374419e-8  # W/m^2/K^4, CODATA 2018


@dataclass(frozen=True)
class Exchange:
    """One boundary of the case on its facets.

    Attributes:
        boundary: as the case states it.
        facets: local facets.
        ds: their measure.
        flux: heat out of the face (W/m^2); None for a fixed temperature.
        capacity: of the face itself (J/m^2/K): the mass of a heat sink.
        surroundings: ambient or fixed temperature over time, None for a flux.
        ambient: takes its value, None for a flux and a fixed temperature.
        film: takes the value of a film coefficient that changes with time, and its course; None for others.
    """

    boundary: Boundary
    facets: Integers
    ds: ufl.Measure
    flux: ufl.core.expr.Expr | None
    capacity: float
    surroundings: Signal | None
    ambient: fem.Constant | None
    film: tuple[fem.Constant, Signal] | None = None


def exchanges(
    stack_mesh: StackMesh, boundaries: Sequence[Boundary], t: fem.Function, degree: int, files: SideFiles
) -> list[Exchange]:
    """All boundaries of a case. Collective.

    Args:
        stack_mesh: the mesh.
        boundaries: of the case.
        t: the temperature.
        degree: of the quadrature on faces.
        files: maps of the case.

    Raises:
        CaseError: a boundary has no exposed area, or its map does not do.
    """
    facets = boundary_facets(stack_mesh, boundaries)
    found = []
    for boundary, here, ds in zip(boundaries, facets, measures(stack_mesh, facets, degree), strict=True):
        if boundary.flux is not None:
            constant = fem.Constant(stack_mesh.mesh, -boundary.flux) * ufl.as_ufl(1.0)
            found.append(Exchange(boundary, here, ds, constant, 0.0, None, None))
        elif boundary.temperature is not None:
            course = signal_of(boundary.temperature)
            found.append(Exchange(boundary, here, ds, None, 0.0, course, None))
        else:
            found.append(_film(stack_mesh, boundary, here, ds, t, files))
    return found


def _film(
    stack_mesh: StackMesh, boundary: Boundary, facets: Integers, ds: ufl.Measure, t: fem.Function, files: SideFiles
) -> Exchange:
    """Convection and radiation, or a heat sink: the film of its resistance spread over the face, with its capacity."""
    domain, sink = stack_mesh.mesh, boundary.heat_sink
    given = boundary.ambient if sink is None else sink.ambient
    assert given is not None
    course = signal_of(given)
    ambient = fem.Constant(domain, course.at(0.0))
    flux, capacity = ufl.as_ufl(0.0) * t, 0.0
    film: tuple[fem.Constant, Signal] | None = None
    if sink is not None:
        local = fem.assemble_scalar(compat.form(fem.Constant(domain, 1.0) * ds))
        area = domain.comm.allreduce(local, MPI.SUM) * stack_mesh.stack.multiplicity
        flux += fem.Constant(domain, 1.0 / (sink.resistance * area)) * (t - ambient)
        capacity = sink.capacity / area
    if isinstance(boundary.convection, FilmMap):
        flux += mapped_film(stack_mesh, boundary.convection, files) * (t - ambient)
    elif isinstance(boundary.convection, FilmTable):
        flux += boundary.convection.at(t) * (t - ambient)
    elif isinstance(boundary.convection, FilmCourse):
        film = fem.Constant(domain, boundary.convection.signal().at(0.0)), boundary.convection.signal()
        flux += film[0] * (t - ambient)
    elif boundary.convection is not None:
        flux += fem.Constant(domain, boundary.convection) * (t - ambient)
    if boundary.emissivity is not None:
        flux += fem.Constant(domain, boundary.emissivity * STEFAN_BOLTZMANN) * (t**4 - ambient**4)
    return Exchange(boundary, facets, ds, flux, capacity, course, ambient, film)


def mapped_film(stack_mesh: StackMesh, film: FilmMap, files: SideFiles) -> fem.Function:
    """Film coefficient of each cell: mean of the map over its plane cell."""
    path, pixels = files.film(film)
    for axis in stack_mesh.stack.mirrors:
        if not np.allclose(pixels, np.flip(pixels, 1 - axis), rtol=1e-9, atol=1e-12 * pixels.max()):
            raise CaseError(f"{path}: the map is not symmetric about {'xy'[axis]} = 0, but the model is")
    boxes = pixel_boxes(stack_mesh.stack.outline, pixels.shape)
    over: Array = overlaps(stack_mesh.plane, boxes).over(pixels.ravel() * shapely.area(boxes)) / stack_mesh.plane.areas
    coefficient = fem.Function(fem.functionspace(stack_mesh.mesh, ("DG", 0)))
    coefficient.x.array[: len(stack_mesh.column)] = over[stack_mesh.column]
    coefficient.x.scatter_forward()
    return coefficient
