"""Cracks between layers: nodes of the plane between two layers that are there twice, one of each face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Integers, Mask
from solver.errors import CaseError
from solver.stackup.cracks import PlacedCrack
from solver.stackup.stack import StackUp


@dataclass(frozen=True)
class Crack:
    """A crack on the mesh.

    Attributes:
        placed: as the stack-up has it.
        interval: the row of cells below it; those above are the next.
        apart: (plane cells,) True where its faces are apart.
        joined: (plane cells,) True where the same two layers hang together.
        doubled: (plane points,) True where its faces have nodes of their own.
        front: (n, 2) plane points of the edges between `apart` and `joined`.
        sides: (n, 2) plane cells of each: apart, joined.
        area: of the part of it that is modelled (m^2).
    """

    placed: PlacedCrack
    interval: int
    apart: Mask
    joined: Mask
    doubled: Mask
    front: Integers
    sides: Integers
    area: float


def cracks(stack: StackUp, plane: PlaneMesh, owner: Integers, present: Mask) -> list[Crack]:
    """The cracks whose two layers are there and touch.

    Args:
        stack: the stack-up.
        plane: its plane mesh.
        owner: (intervals,) index of the layer of each row of cells, EMPTY for a gap.
        present: (intervals, plane cells) True where a cell is.

    Raises:
        CaseError: the mesh is too coarse for one to open.
    """
    if not stack.cracks:
        return []
    names = [layer.name for layer in stack.layers]
    middles = shapely.points(plane.points[plane.quads].mean(axis=1))
    there: list[tuple[PlacedCrack, int, Mask]] = []
    open_in_row: dict[int, Mask] = {}
    for placed in stack.cracks:
        lower, upper = names.index(placed.lower), names.index(placed.upper)
        for row in map(int, np.flatnonzero((owner[:-1] == lower) & (owner[1:] == upper))):
            apart = present[row] & present[row + 1] & shapely.contains(placed.polygon, middles)
            if apart.any():
                there.append((placed, row, apart))
                open_in_row[row] = open_in_row.get(row, np.zeros_like(apart)) | apart
    found = []
    for placed, row, apart in there:
        joined = present[row] & present[row + 1] & ~open_in_row[row]
        front, sides = _front(plane, apart, joined)
        doubled = _doubled(plane, open_in_row[row], joined)
        if not doubled[plane.quads[apart]].any(axis=1).all():
            raise CaseError(f"delamination '{placed.name}' is less than two cells wide somewhere; give smaller cells")
        area = float(plane.areas[apart].sum())
        found.append(Crack(placed, row, apart, joined, doubled, front, sides, area))
    return found


def _doubled(plane: PlaneMesh, apart: Mask, joined: Mask) -> Mask:
    """Points of the crack where nothing holds its faces together."""
    touches = np.zeros((2, len(plane.points)), dtype=bool)
    for kind, cells in enumerate((apart, joined)):
        touches[kind, plane.quads[cells].ravel()] = True
    return np.asarray(touches[0] & ~touches[1])


def _front(plane: PlaneMesh, apart: Mask, joined: Mask) -> tuple[Integers, Integers]:
    """Edges between cells that are apart and cells that are joined, and the two cells of each."""
    kind = np.where(apart, 1, np.where(joined, 2, EMPTY))
    cells = np.flatnonzero(kind != EMPTY)
    ends = np.stack([plane.quads[cells], np.roll(plane.quads[cells], -1, axis=1)], axis=2).reshape(-1, 2)
    of = np.repeat(cells, 4)
    keys, number = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    order = np.argsort(number.ravel(), kind="stable")
    pairs = order[:-1][np.diff(number.ravel()[order]) == 0]
    partner = order[1:][np.diff(number.ravel()[order]) == 0]
    one, two = of[pairs], of[partner]
    across = kind[one] != kind[two]
    one, two = one[across], two[across]
    swap = kind[one] == 2
    sides = np.where(swap[:, None], np.column_stack([two, one]), np.column_stack([one, two]))
    return keys[number.ravel()[pairs[across]]], sides


class DoubledNodes:
    """Numbers of the nodes that are there twice.

    Args:
        found: the cracks.
        first: number of the first of them; those of the lower faces are below.

    Attributes:
        points, levels: (n,) plane point and level of each.
    """

    def __init__(self, found: Sequence[Crack], first: int) -> None:
        rows = {crack.interval: crack.doubled for crack in found}
        self.points = np.concatenate([np.empty(0, dtype=np.int64), *(np.flatnonzero(one) for one in rows.values())])
        counts = [np.count_nonzero(one) for one in rows.values()]
        self.levels = np.repeat(np.array([row + 1 for row in rows], dtype=np.int64), counts)
        self._of_row: dict[int, Integers] = {}
        start = first
        for row, doubled in rows.items():
            numbers = np.full(len(doubled), EMPTY, dtype=np.int64)
            numbers[doubled] = np.arange(start, start + np.count_nonzero(doubled))
            self._of_row[row + 1] = numbers
            start += np.count_nonzero(doubled)

    def above(self, interval: Integers, points: Integers, nodes: Integers) -> Integers:
        """Nodes (n, 4) at the lower faces of cells: those of the upper faces of cracks have numbers of their own.

        Args:
            interval: (n,) row of each cell.
            points: (n, 4) plane points below it.
            nodes: (n, 4) their nodes where nothing is apart.
        """
        nodes = nodes.copy()
        for row, numbers in self._of_row.items():
            own = numbers[points]
            mine = (interval == row)[:, None] & (own != EMPTY)
            nodes[mine] = own[mine]
        return nodes
