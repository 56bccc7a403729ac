"""Stress away from edges, where it does not grow as the mesh is refined.

Where materials meet at a free edge, and at re-entrant corners, elastic stress is singular: the largest value of a mesh
says how fine the mesh is (D. B. Bogy, J. Appl. Mech. 38, 377, 1971). Beyond a distance of the order of a layer's
thickness stress is that of the model, so the largest value there converges. Which is the larger tells them apart.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.stackup.stack import StackUp

_PEAK = 1.2  # times the largest stress away from edges: more than cells differ by
_ROUND = 1e-9  # of the span, and of a distance
_DISTANCES = "distances from edges"


@dataclass(frozen=True)
class Away:
    """Stress of a block beyond a distance from edges: as `BlockStress` has it.

    Attributes:
        edge_distance_um: of the nearest cell that counts, at least the distance asked for; None if none is.
        away_von_mises_mpa, away_principal_mpa: largest ones there.
        singular: True if the largest von Mises stress of the block is nearer to an edge, and larger by a fifth.
    """

    edge_distance_um: float | None = None
    away_von_mises_mpa: float | None = None
    away_principal_mpa: float | None = None
    singular: bool | None = None


def away(
    stack_mesh: StackMesh, mises: Array, principal: Array, owner: Integers, count: int, distance: float | None
) -> list[Away]:
    """Stress away from the edges of each layer and of the layers it touches. Collective.

    Args:
        stack_mesh: the mesh.
        mises: (owned cells,) largest von Mises stress of each cell (Pa).
        principal: (owned cells,) largest principal stress of each cell (Pa).
        owner: (owned cells,) number of what a cell is counted with.
        count: of these.
        distance: from edges (m); the thickness of the layer if None.

    Returns:
        One for each number.
    """
    if _DISTANCES not in stack_mesh.known:
        stack_mesh.known[_DISTANCES] = _distances(stack_mesh)
    far = stack_mesh.known[_DISTANCES]
    wanted = np.array([layer.thickness for layer in stack_mesh.stack.layers])[stack_mesh.layer_of]
    if distance is not None:
        wanted = np.full(len(wanted), distance)
    counts = far >= wanted * (1.0 - _ROUND)
    table = np.full((4, count), -np.inf)  # von Mises near and away, principal away, less the nearest distance away
    np.maximum.at(table[0], owner[~counts], mises[~counts])
    for row, values in zip(table[1:], (mises, principal, -far), strict=True):
        np.maximum.at(row, owner[counts], values[counts])
    most = np.empty_like(table)
    stack_mesh.comm.Allreduce(table, most, MPI.MAX)
    return [_of_block(*(float(value) for value in column)) for column in most.T]


def _of_block(near: float, mises: float, principal: float, nearest: float) -> Away:
    if mises == -np.inf:
        return Away()
    return Away(-1e6 * nearest, 1e-6 * mises, 1e-6 * principal, near > _PEAK * mises)


def _distances(stack_mesh: StackMesh) -> Array:
    """(owned cells,) distance in plane (m) from the nearest corner of a cell to the nearest node of an edge."""
    stack, plane, comm = stack_mesh.stack, stack_mesh.plane, stack_mesh.comm
    present = [number for number, layer in enumerate(stack.layers) if layer.name in stack_mesh.layers]
    first, second, sides = _sides(plane.quads)
    known = (first < plane.owned) | ((second >= 0) & (second < plane.owned))  # both cells of these are in the part
    mine, place = np.unique(stack_mesh.column, return_inverse=True)
    corners = plane.quads[mine]

    def to(edge: Mask) -> Array:
        nodes = plane.points[np.unique(sides[edge & known])]
        return _nearest(plane.points, corners, np.concatenate(comm.allgather(nodes)))

    rim = to(_rim(stack, plane.points, sides, second))
    differs = [to(_differs(stack, number, plane.region[number], first, second)) for number in present]
    far = np.full(len(stack_mesh.block), np.inf)
    for position, number in enumerate(present):
        touching = differs[max(position - 1, 0) : position + 2]
        here = stack_mesh.layer_of == number
        far[here] = np.minimum.reduce([rim, *touching])[place[here]]
    return far


def _sides(quads: Integers) -> tuple[Integers, Integers, Integers]:
    """The cells at each side of the plane mesh (the second -1 at the rim), and its two nodes."""
    pairs = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    sides, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    second = np.full(len(sides), -1, dtype=np.int64)
    others = np.setdiff1d(np.arange(len(pairs)), first, assume_unique=True)
    second[inverse.ravel()[others]] = others // 4
    return first // 4, second, sides


def _rim(stack: StackUp, points: Array, sides: Integers, second: Integers) -> Mask:
    """Sides that are part of the outline: those with one cell, but for mirror planes."""
    at = np.abs(points[sides]) < _ROUND * stack.span
    mirrored = np.any([at[:, :, axis].all(axis=1) for axis in stack.mirrors], axis=0) if stack.mirrors else False
    return (second < 0) & ~np.asarray(mirrored, dtype=bool)


def _differs(stack: StackUp, number: int, region: Integers, first: Integers, second: Integers) -> Mask:
    """Sides at which a layer changes its region; classes of a copper map are one."""
    plain = np.where(region > len(stack.layers[number].regions), 0, region)
    return np.asarray((second >= 0) & (plain[first] != plain[second]))


def _nearest(points: Array, quads: Integers, nodes: Array) -> Array:
    """(cells,) distance (m) of the nearest corner of each cell to some nodes (n, 2); inf if there are none."""
    if not len(nodes):
        return np.full(len(quads), np.inf)
    corners, place = np.unique(quads, return_inverse=True)
    tree = shapely.STRtree(shapely.points(nodes))
    _, distance = tree.query_nearest(shapely.points(points[corners]), return_distance=True, all_matches=False)
    return np.asarray(distance[place.reshape(quads.shape)].min(axis=1))
