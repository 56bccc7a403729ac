"""A piece stands on a plane it may lift off if what presses it down acts above what it touches when flat."""

import numpy as np
import shapely

from meshes.extrude import blocks_of
from meshes.pieces import Pieces, volumes
from solver.arrays import Array, Mask
from solver.case.loaded import LoadedCase
from solver.case.support import OnRing, Support, gravity_on, vacuum
from solver.materials import library
from solver.process.plan import Stage


def area(found: Pieces, piece: int, under: Mask, support: Support) -> shapely.Geometry:
    """The convex hull of what carries a piece, its mirror images included; empty if nothing does.

    Args:
        found: the pieces of a stage.
        piece: one of them.
        under: (plane cells,) True under the piece.
        support: of the stage.
    """
    quads, outline = found.plane.points[found.plane.quads], found.stack.outline.exterior
    if isinstance(support, OnRing):
        inward = shapely.distance(outline, shapely.points(quads.mean(axis=1)))
        under = under & (inward < support.ring.width)
    points = quads[under].reshape(-1, 2)
    for axis in found.mirrors(piece):
        points = np.concatenate([points, points * (1 - 2 * np.eye(2)[axis])])
    return shapely.MultiPoint(points).convex_hull


def centre(loaded: LoadedCase, found: Pieces, piece: int, under: Mask, stage: Stage) -> Array:
    """(2,) where the weight of a piece and the vacuum under it act, together (m).

    Args:
        loaded: the case.
        found: the pieces of the stage.
        piece: one of them.
        under: (plane cells,) True under the piece.
        stage: with its support.
    """
    case, stack, plane = loaded.case, found.stack, found.plane
    gravity = gravity_on(stage.held_by, None if case.process is None else case.process.gravity)
    force = vacuum(stage.held_by) * under * plane.areas
    if gravity is not None:
        blocks, table = blocks_of(stack, plane, stage.parts)
        volume = volumes(stack, plane)
        density = np.array([library.resolve(block.material, case.materials).density for block in blocks])
        for index in range(len(stack.layers)):
            mine = found.number[index] == piece
            rho = density[table[index, plane.region[index, mine]]]
            force[mine] += abs(gravity[2]) * rho * volume[index, mine]
    place = force @ plane.points[plane.quads].mean(axis=1) / force.sum()
    place[list(found.mirrors(piece))] = 0.0
    return np.asarray(place)
