"""What a reduced model says: mean and hottest point of each place, the mean of each face and of its parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy import sparse

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.physics.faces import measures
from solver.studies.reduce.films import Film
from solver.studies.reduce.inputs import Input, assembled

_SAME = 1e-6  # of the largest value: hotter by less is as hot


@dataclass(frozen=True)
class FacePart:
    """The part of a film's face above (or below) the powers, or the rest of it: `inner` and `outer` of DELPHI models.

    Attributes:
        name: with the film's.
        film: number of the film.
        area: of the whole stack (m^2).
        load: (owned unknowns,) integrated with each test function, over the modelled part (m^2).
    """

    name: str
    film: int
    area: float
    load: Array


@dataclass(frozen=True)
class Outputs:
    """Rows of the outputs: temperatures of points and means.

    Attributes:
        names: of the outputs.
        rows: (outputs, owned unknowns) this rank's part.
        points_mm: where each hottest point is.
    """

    names: tuple[str, ...]
    rows: sparse.csr_matrix
    points_mm: dict[str, tuple[float, float, float]]


def outputs(
    mesh: StackMesh,
    space: fem.FunctionSpace,
    places: Sequence[Input],
    films: Sequence[Film],
    parts: Sequence[FacePart],
    field: Array,
) -> Outputs:
    """All outputs. Collective.

    Args:
        mesh: of heat.
        space: of temperatures.
        places: inputs, and what else is of interest.
        films: their faces.
        parts: of faces.
        field: (owned unknowns,) a temperature whose hottest points are the points of the outputs.
    """
    whole, owned = mesh.stack.multiplicity, len(field)
    names: list[str] = []
    rows: list[sparse.csr_matrix] = []
    points: dict[str, tuple[float, float, float]] = {}
    for place in places:
        node, points[place.name] = _hottest(mesh, space, place.nodes, field)
        here = ([1.0], ([0], [node])) if node is not None else ([], ([], []))
        names += [f"{place.name} mean", f"{place.name} hottest"]
        rows += [sparse.csr_matrix(whole * place.load), sparse.csr_matrix(here, shape=(1, owned))]
    for name, load, area in (
        *((film.name, film.load, film.area) for film in films),
        *((part.name, part.load, part.area) for part in parts),
    ):
        names.append(f"{name} mean")
        rows.append(sparse.csr_matrix(load * (whole / area)))
    return Outputs(tuple(names), sparse.vstack(rows, format="csr"), points)


def face_parts(
    mesh: StackMesh, space: fem.FunctionSpace, films: Sequence[Film], powers: Sequence[Input]
) -> list[FacePart]:
    """Inner and outer part of each top and bottom face; none where one of them would be empty. Collective."""
    columns = [mesh.column[power.channel.cells] for power in powers if power.channel is not None]
    chosen = np.unique(np.concatenate(columns)) if columns else np.empty(0, dtype=np.int32)
    mesh.mesh.topology.create_connectivity(2, 3)
    cell_of = mesh.mesh.topology.connectivity(2, 3)
    found: list[FacePart] = []
    for number, film in enumerate(films):
        if film.name.endswith("sides"):
            continue
        cells = np.array([cell_of.links(facet)[0] for facet in film.facets], dtype=np.int32)
        owned = cells < len(mesh.column)
        inside: Mask = np.zeros(len(cells), dtype=bool)
        inside[owned] = np.isin(mesh.column[cells[owned]], chosen)
        split = [film.facets[inside & owned], film.facets[~inside & owned]]
        counts = mesh.comm.allreduce(np.array([len(part) for part in split]), MPI.SUM)
        if np.all(counts > 0):
            found += _parts(mesh, space, number, film, split)
    return found


def _parts(
    mesh: StackMesh, space: fem.FunctionSpace, number: int, film: Film, split: Sequence[Integers]
) -> list[FacePart]:
    found = []
    for word, ds in zip(("inner", "outer"), measures(mesh, split, 4), strict=True):
        load = assembled(compat.form(film.shape * ufl.TestFunction(space) * ds), space)
        area = mesh.comm.allreduce(float(load.sum()), MPI.SUM) * mesh.stack.multiplicity
        found.append(FacePart(f"{film.name} {word}", number, area, load))
    return found


def _hottest(
    mesh: StackMesh, space: fem.FunctionSpace, nodes: Integers, field: Array
) -> tuple[int | None, tuple[float, float, float]]:
    """This rank's number of the hottest of some nodes, None if it is another rank's, and where it is (mm)."""
    nodes = nodes[nodes < len(field)]
    x = nodes_of(space)[nodes]
    highest = mesh.comm.allreduce(float(field[nodes].max(initial=-np.inf)), MPI.MAX)
    as_hot = np.flatnonzero(field[nodes] >= highest - _SAME * abs(highest))
    order = as_hot[np.lexsort(np.round(x[as_hot], 12).T)] if len(as_hot) else as_hot
    mine = tuple(float(value) for value in np.round(x[order[0]], 12)) if len(order) else (np.inf,) * 3
    first = min(mesh.comm.allgather(mine[::-1]))[::-1]
    place = (1e3 * first[0], 1e3 * first[1], 1e3 * first[2])
    return (int(nodes[order[0]]) if mine == first else None), place
