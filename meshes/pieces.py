"""Which cells of a stack hang together by faces: edges and corners carry neither force nor heat."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from meshes.extrude import blocks_of, heights_of, inside
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Array, Integers, Mask
from solver.stackup.stack import StackUp

_TOUCHING = 1e-9  # of the stack: layers nearer than that touch


@dataclass(frozen=True)
class Pieces:
    """The cells present, and the pieces they make.

    Attributes:
        stack, plane: they are of.
        number: (layers, plane cells) piece of each cell, from 0, the largest first; EMPTY where there is none.
    """

    stack: StackUp
    plane: PlaneMesh
    number: Integers

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return 1 + int(self.number.max(initial=EMPTY))

    def names(self, piece: int) -> list[str]:
        """`layer` or `layer/region` of the blocks in a piece, bottom to top."""
        found = []
        for index, layer in enumerate(self.stack.layers):
            for kind in np.unique(self.plane.region[index][self.number[index] == piece]):
                inside = 1 <= kind <= len(layer.regions)  # others are the layer itself and classes of its copper map
                found.append(f"{layer.name}/{layer.regions[kind - 1].name}" if inside else layer.name)
        return list(dict.fromkeys(found))

    def middle(self, piece: int) -> Array:
        """(2,) centre of area of a piece in plane (m)."""
        weight = self.plane.areas * (self.number == piece).sum(axis=0)
        return np.asarray(weight @ self.plane.points[self.plane.quads].mean(axis=1) / weight.sum())

    def bounds(self, piece: int) -> tuple[float, float, float, float]:
        """Of its modelled part, in plane: least x and y, largest x and y (m)."""
        corners = self._corners(piece)
        (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        return x0, y0, x1, y1

    def share(self, piece: int) -> float:
        """Of the volume of all of them."""
        volume = volumes(self.stack, self.plane)
        return float(volume[self.number == piece].sum() / volume[self.number != EMPTY].sum())

    def mirrors(self, piece: int) -> tuple[int, ...]:
        """Axes of the mirror planes that go through it."""
        near = np.abs(self._corners(piece)).min(axis=0) < 1e-9 * self.stack.span
        return tuple(axis for axis in self.stack.mirrors if near[axis])

    def _corners(self, piece: int) -> Array:
        return self.plane.points[self.plane.quads[(self.number == piece).any(axis=0)]].reshape(-1, 2)

    def meets(self, piece: int) -> bool:
        """True if a piece shares an edge or a corner with another one."""
        levels = np.array([[layer.bottom, layer.top] for layer in self.stack.layers])
        corners: list[set[tuple[int, int]]] = [set(), set()]
        keys = np.round((levels - levels.min()) / (_TOUCHING * self.stack.thickness)).astype(np.int64)
        for index in range(len(levels)):
            for mine, here in enumerate((self._other(index, piece), self.number[index] == piece)):
                points = np.unique(self.plane.quads[here])
                corners[mine].update((int(key), int(point)) for key in keys[index] for point in points)
        return bool(corners[0] & corners[1])

    def _other(self, index: int, piece: int) -> Mask:
        return np.asarray((self.number[index] != EMPTY) & (self.number[index] != piece))


def pieces(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None) -> Pieces:
    """The pieces of what is present.

    Args:
        stack: the stack-up.
        plane: its plane mesh.
        parts: names of the blocks present; None: all.
    """
    there = present_cells(stack, plane, parts)
    sides = neighbours(plane)
    label, count = np.full(there.shape, EMPTY, dtype=np.int64), 0
    for index, here in enumerate(there):
        label[index, here] = count + _joined(np.flatnonzero(here), sides, len(here))
        count = 1 + int(label.max(initial=count - 1))
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for low, high in touching(stack):
        both = there[low] & there[high]
        pairs.append(np.unique(np.column_stack([label[low, both], label[high, both]]), axis=0))
    merged = _components(count, np.concatenate(pairs))
    number = np.where(there, np.append(merged, EMPTY)[label], EMPTY)
    return Pieces(stack, plane, _largest_first(stack, plane, number))


def present_cells(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None) -> Mask:
    """(layers, plane cells) True where there is a cell; arguments as of `pieces`."""
    table = blocks_of(stack, plane, parts)[1]
    block = np.take_along_axis(table, np.maximum(plane.region, 0), axis=1)
    return np.asarray((plane.region != EMPTY) & (block != EMPTY) & inside(stack, plane))


def touching(stack: StackUp) -> list[tuple[int, int]]:
    """Pairs of layers, one on the other."""
    near = _TOUCHING * stack.thickness
    levels = list(enumerate(stack.layers))
    return [(i, j) for i, low in levels for j, high in levels if abs(low.top - high.bottom) <= near]


def neighbours(plane: PlaneMesh) -> Integers:
    """(n, 2) plane cells that share a side."""
    sides = np.sort(np.stack([plane.quads, np.roll(plane.quads, -1, axis=1)], axis=-1), axis=-1).reshape(-1, 2)
    key = sides[:, 0].astype(np.int64) * len(plane.points) + sides[:, 1]
    order = np.argsort(key, kind="stable")
    pair = np.flatnonzero(np.diff(key[order]) == 0)
    return np.column_stack([order[pair], order[pair + 1]]) // 4


def volumes(stack: StackUp, plane: PlaneMesh) -> Array:
    """(layers, plane cells) what a layer has above each plane cell (m^3)."""
    cells = np.array([layer.cells for layer in stack.layers])
    return np.asarray(heights_of(stack, plane) * cells[:, None] * plane.areas)


def _joined(cells: Integers, sides: Integers, total: int) -> Integers:
    """(cells,) label of each of some plane cells, the same where they hang together."""
    if len(cells) == total:
        return np.zeros(total, dtype=np.int64)  # the outline is in one piece
    place = np.full(total, -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    edges = place[sides]
    return _components(len(cells), edges[(edges >= 0).all(axis=1)])


def _components(count: int, pairs: Integers) -> Integers:
    """(count,) number of the connected set of each member: of two roots the lower becomes that of both.

    Y. Shiloach, U. Vishkin, J. Algorithms 3, 57, 1982.
    """
    root = np.arange(count)
    while True:
        one, other = root[pairs].T
        if np.array_equal(one, other):
            return np.asarray(np.unique(root, return_inverse=True)[1]).ravel()
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(root, root[root]):
            root = root[root]


def _largest_first(stack: StackUp, plane: PlaneMesh, number: Integers) -> Integers:
    volume = volumes(stack, plane)
    of_piece = np.bincount(number[number != EMPTY], volume[number != EMPTY])
    rank = np.argsort(np.argsort(-of_piece, kind="stable"))
    return np.where(number == EMPTY, EMPTY, np.append(rank, EMPTY)[number]).astype(np.int32)
