"""Stress on a section of a place across y, through its middle: cell by cell, for a table and a picture."""

import numpy as np
import shapely
from shapely.geometry import LineString

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.physics.solid.cell_stress import invariants


def section(mesh: StackMesh, sigma: Array) -> dict[str, Array]:
    """The cells that y = 0 cuts: place and size on it, block, and mean stress. Collective.

    Args:
        mesh: of the place.
        sigma: (owned cells, 8, 6) in Pa, Voigt order, at Gauss points.
    """
    plane, (x0, y0, x1, y1) = mesh.plane, mesh.stack.outline.bounds
    middle = 0.5 * (y0 + y1) + 1e-9 * (y1 - y0)  # beside what may be a line of the mesh
    columns = np.unique(mesh.column)
    quads = shapely.polygons(plane.points[plane.quads[columns]])
    chords = shapely.bounds(shapely.intersection(quads, LineString([(x0, middle), (x1, middle)])))
    wide = chords[:, 2] - chords[:, 0] > 1e-9 * (x1 - x0)
    left, right = np.full(len(plane.quads), np.nan), np.full(len(plane.quads), np.nan)
    left[columns[wide]], right[columns[wide]] = chords[wide, 0], chords[wide, 2]
    cells = np.flatnonzero(np.isfinite(left[mesh.column]))
    first = np.cumsum([0, *(layer.cells for layer in mesh.stack.layers)])
    below = np.array([layer.bottom for layer in mesh.stack.layers])[mesh.layer_of]
    z = below + (mesh.interval - first[mesh.layer_of] + 0.5) * mesh.heights
    mean = sigma[cells].mean(axis=1)
    mises, highest, lowest = invariants(mean)
    of = mesh.column[cells]
    columns_of = {
        "x_um": 0.5e6 * (left[of] + right[of]),
        "z_um": 1e6 * z[cells],
        "width_um": 1e6 * (right[of] - left[of]),
        "height_um": 1e6 * mesh.heights[cells],
        "block": mesh.block[cells].astype(float),
        "von_mises_mpa": 1e-6 * mises,
        "max_principal_mpa": 1e-6 * highest,
        "min_principal_mpa": 1e-6 * lowest,
        **{f"{name}_mpa": 1e-6 * mean[:, k] for k, name in enumerate(("xx", "yy", "zz", "yz", "xz", "xy"))},
    }
    rows = np.concatenate(mesh.comm.allgather(np.column_stack(list(columns_of.values()))))
    rows = rows[np.lexsort((rows[:, 0], np.round(rows[:, 1], 6)))]
    return dict(zip(columns_of, rows.T, strict=True))
