"""The outer surface of the whole stack, from the field files.

A face of a degree-2 hexahedron has a node of its own at its centre: a face is outside if no other cell has that node.
"""

from pathlib import Path

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from solver.report.pictures.surface import BOTTOM, CORNERS, MERGE, QUARTERS, TOP, grids, nodes

_MANY = 50_000  # cells from which on the curvature inside one of them cannot be seen
_SHARP = 60.0  # degrees
_CENTRES = (20, 21, 22, 23, 24, 25)  # of the faces x-, x+, y-, y+, bottom, top
_SIDES = ((3, 11, 0, 7, 15, 4), (1, 9, 2, 5, 13, 6), (0, 8, 1, 4, 12, 5), (2, 10, 3, 6, 14, 7))  # lower, upper edge
_FINE = [
    *(np.array([[a, b, e, d], [b, c, f, e]]) for a, b, c, d, e, f in _SIDES),
    np.array(BOTTOM)[QUARTERS[:, ::-1]],
    np.array(TOP)[QUARTERS],
]
_COARSE = [
    *(np.array([[a, c, f, d]]) for a, _, c, d, _, f in _SIDES),
    np.array(BOTTOM)[CORNERS[:, ::-1]],
    np.array(TOP)[CORNERS],
]


def skin(index_file: Path, name: str, mirrors: tuple[int, ...]) -> pv.PolyData:
    """Quadrilaterals of the outer surface of the whole stack, undeformed, in mm.

    Args:
        index_file: the `.pvtu` file.
        name: the point data wanted.
        mirrors: axes of the symmetry planes.

    Returns:
        The surface with that point data and the cell data `layer` and `block`.
    """
    split = _FINE if sum(grid.n_cells for grid in grids(index_file)) < _MANY else _COARSE
    whole = with_images([_outside(grid, name, split) for grid in grids(index_file)], mirrors)
    quads = whole.regular_faces
    # faces between two pieces, or a piece and its mirror image, are there twice
    centres = np.round(np.asarray(whole.points)[quads].mean(axis=1) / MERGE).astype(np.int64)
    _, place, count = np.unique(centres, axis=0, return_inverse=True, return_counts=True)
    once = count[place.ravel()] == 1
    outer = pv.PolyData.from_regular_faces(whole.points, quads[once])
    outer.point_data[name] = whole.point_data[name]
    for key in ("layer", "block"):
        outer.cell_data[key] = np.asarray(whole.cell_data[key])[once]
    return outer.clean(tolerance=MERGE, absolute=True)


def with_images(parts: list[pv.PolyData], mirrors: tuple[int, ...]) -> pv.PolyData:
    """Parts of the modelled part and their mirror images, as one; vectors are mirrored too."""
    for axis in mirrors:
        parts = parts + [_image(part, axis) for part in parts]
    return parts[0].append_polydata(*parts[1:]) if len(parts) > 1 else parts[0]


def edges(body: pv.PolyData, kind: str) -> pv.PolyData:
    """Sharp edges, and the lines between parts with another value of the cell data `kind`; keeps the point data."""
    values, faces, parts = np.asarray(body.cell_data[kind]), body.regular_faces, []
    for value in np.unique(values):
        mine = pv.PolyData.from_regular_faces(body.points, faces[values == value])
        for name in body.point_data:
            mine.point_data[name] = body.point_data[name]
        parts.append(
            mine.extract_feature_edges(
                feature_angle=_SHARP, boundary_edges=True, feature_edges=True, non_manifold_edges=False
            )
        )
    return parts[0].append_polydata(*parts[1:]) if len(parts) > 1 else parts[0]


def _outside(grid: pv.UnstructuredGrid, name: str, split: list[NDArray[np.int64]]) -> pv.PolyData:
    """The faces of one piece that no two of its cells share."""
    cells = nodes(grid)
    uses = np.bincount(cells[:, _CENTRES].ravel(), minlength=grid.n_points)
    quads, owners = [], []
    for centre, local in zip(_CENTRES, split, strict=True):
        mine = np.flatnonzero(uses[cells[:, centre]] == 1)
        quads.append(cells[mine][:, local].reshape(-1, 4))
        owners.append(np.repeat(mine, len(local)))
    faces = np.concatenate(quads)
    used, faces = np.unique(faces, return_inverse=True)
    surface = pv.PolyData.from_regular_faces(np.asarray(grid.points, dtype=float)[used], faces.reshape(-1, 4))
    surface.point_data[name] = np.asarray(grid.point_data[name], dtype=float)[used]
    for key in ("layer", "block"):
        surface.cell_data[key] = np.asarray(grid.cell_data[key])[np.concatenate(owners)]
    return surface


def _image(part: pv.PolyData, axis: int) -> pv.PolyData:
    flip = np.where(np.arange(3) == axis, -1.0, 1.0)
    image = pv.PolyData.from_regular_faces(np.asarray(part.points) * flip, part.regular_faces[:, ::-1])
    for name in part.cell_data:
        image.cell_data[name] = part.cell_data[name]
    for name in part.point_data:
        values = np.asarray(part.point_data[name])
        image.point_data[name] = values * flip if values.ndim == 2 else values
    return image
