"""Displacement of named points, and the heights of the whole evaluated surface."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.faces import face_there, facets_at
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.case.figures import Point
from solver.files import OutputError, sync, writing
from solver.metrics.evaluated import Evaluated
from solver.metrics.fit import plane_of
from solver.metrics.surface import Surface

_HEAD = "x_mm,y_mm,z_um\n"
_NEAR = 1e-9  # of the span: a node on a mirror plane has no image


def read(evaluated: Evaluated, displacement: fem.Function, points: Sequence[Point]) -> dict[str, Any]:
    """Displacement (um) of points and their height above the mean plane of the evaluated surface (um). Collective.

    It is interpolated in the cell that has the point; None where the face, or the face at that place, is not there.

    Args:
        evaluated: the surface warpage is evaluated on.
        displacement: in m.
        points: of the case.
    """
    stack_mesh, found = evaluated.stack_mesh, {}
    plane, mirrors = plane_of(evaluated.of(displacement)), stack_mesh.stack.mirrors
    for point in points:
        flip = np.array([-1.0 if axis in mirrors and point.at[axis] < 0 else 1.0 for axis in (0, 1)])
        place = np.array([point.at]) * flip
        there = face_there(stack_mesh, point.face) == point.face
        u = Surface(stack_mesh, displacement, point.face).at(place)[0] if there else np.full(3, np.nan)
        moved = None if np.isnan(u).any() else (1e6 * u * [*flip, 1.0]).tolist()
        height = None if moved is None else 1e6 * float(u[2] - plane(place)[0])
        x, y = point.at
        found[point.name] = {
            "face": point.face, "x_mm": 1e3 * x, "y_mm": 1e3 * y, "displacement_um": moved, "height_um": height,
        }  # fmt: skip
    return found


def write_heights(evaluated: Evaluated, displacement: fem.Function, path: Path) -> None:
    """Write x_mm, y_mm, z_um of the nodes of the evaluated surface, of the whole outline, in any order. Collective.

    z is the height above the mean plane. The ranks write one after the other, each the nodes it owns.

    Args:
        evaluated: the surface.
        displacement: in m.
        path: the CSV file.

    Raises:
        OutputError: the file could not be written, on any rank.
    """
    stack_mesh = evaluated.stack_mesh
    comm, text = stack_mesh.comm, _rows(stack_mesh, evaluated.face, displacement, plane_of(evaluated.of(displacement)))
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    for rank in range(comm.size):
        problem = comm.bcast(_append(beside, text, path, rank, comm.size) if rank == comm.rank else "", root=rank)
        if problem:
            raise OutputError(problem)


def _append(beside: Path, text: str, path: Path, rank: int, ranks: int) -> str:
    """Write the rows of a rank, the last of which gives the file its name; what went wrong, or nothing."""
    try:
        with writing(path):
            with beside.open("a" if rank else "w", encoding="utf-8") as file:
                file.write(text if rank else _HEAD + text)
            if rank == ranks - 1:
                sync(beside)
                beside.replace(path)
    except OutputError as error:
        return str(error)
    return ""


def _rows(stack_mesh: StackMesh, face: str, displacement: fem.Function, plane: Callable[[Array], Array]) -> str:
    space = displacement.function_space
    nodes = np.asarray(fem.locate_dofs_topological(space, 2, facets_at(stack_mesh, face).astype(np.int32)))
    nodes = nodes[nodes < space.dofmap.index_map.size_local]
    xy = nodes_of(space)[nodes, :2]
    z = displacement.x.array.reshape(-1, 3)[nodes, 2] - plane(xy)
    rows = np.column_stack([1e3 * xy, 1e6 * z])
    for axis in stack_mesh.stack.mirrors:
        off = np.abs(rows[:, axis]) > 1e3 * _NEAR * stack_mesh.stack.span
        rows = np.concatenate([rows, rows[off] * np.where(np.arange(3) == axis, -1.0, 1.0)])
    rows = rows[np.lexsort(rows.T[::-1])] + 0.0
    return "%.7g,%.7g,%.7g\n" * len(rows) % tuple(rows.ravel().tolist())
