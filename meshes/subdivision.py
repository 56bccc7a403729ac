"""Triangles and quadrilaterals halved along every edge: convex quadrilaterals only, whatever there was."""

import numpy as np

from solver.arrays import Array, Integers

_BLUNT = -0.9999  # cosine of a corner (179 deg) from which a quadrilateral is taken as two triangles


def subdivided(points: Array, triangles: Integers, quads: Integers) -> tuple[Array, Integers]:
    """Each triangle as three quadrilaterals that meet in its centroid, each quadrilateral as four.

    Quadrilaterals that are not convex, or nearly so, are cut through their blunt corner first. The parts of a convex
    cell are convex.

    Args:
        points: (n, 2) corners in m.
        triangles: (t, 3) corners of each, counter-clockwise.
        quads: (q, 4) corners of each, counter-clockwise.

    Returns:
        Points, those given first, and cells (m, 4), counter-clockwise.
    """
    halves, quads = _cut(points, quads)
    kinds = (quads, np.concatenate([triangles, halves]))
    sides = [np.stack([cells, np.roll(cells, -1, axis=1)], axis=2) for cells in kinds]
    edges = np.sort(np.concatenate([side.reshape(-1, 2) for side in sides]), axis=1)
    ends, edge = np.unique(edges, axis=0, return_inverse=True)
    edge = len(points) + edge.ravel()
    parts = [points, points[ends].mean(axis=1)]
    cells, centre, first = [], len(points) + len(ends), 0
    for kind in kinds:
        after = edge[first : first + kind.size].reshape(kind.shape)  # middle of the side after each corner
        centres = np.broadcast_to(centre + np.arange(len(kind))[:, None], kind.shape)
        cells.append(np.stack([kind, after, centres, np.roll(after, 1, axis=1)], axis=2).reshape(-1, 4))
        parts.append(points[kind].mean(axis=1))
        centre, first = centre + len(kind), first + kind.size
    return np.concatenate(parts), np.concatenate(cells)


def _cut(points: Array, quads: Integers) -> tuple[Integers, Integers]:
    """Halves (h, 3) of the blunt quadrilaterals, and the other quadrilaterals."""
    corners = points[quads]
    ahead, behind = (np.roll(corners, shift, axis=1) - corners for shift in (-1, 1))
    turn = ahead[..., 0] * behind[..., 1] - ahead[..., 1] * behind[..., 0]
    cosine = (ahead * behind).sum(axis=2) / np.linalg.norm(ahead, axis=2) / np.linalg.norm(behind, axis=2)
    openness = np.where(turn > 0, -cosine, 2 + cosine)  # grows with the angle, from -1 at 0 to 3 at 360 degrees
    blunt = openness.max(axis=1, initial=-1) > -_BLUNT
    turned = (openness[blunt].argmax(axis=1)[:, None] + np.arange(4)) % 4
    from_blunt = np.take_along_axis(quads[blunt], turned, axis=1)
    return np.concatenate([from_blunt[:, [0, 1, 2]], from_blunt[:, [0, 2, 3]]]), quads[~blunt]
