"""Where a place is cut out of a stack, and which of its faces are driven by the whole there."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from dolfinx import fem
from mpi4py import MPI
from shapely.geometry import LineString

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.physics.solid.supports import Support
from solver.stackup.stack import PlacedLayer, StackUp

NEAR = 1e-6  # of the span of the place: what is that near is the same
SIDES = {"-x": (0, 0), "+x": (0, 1), "-y": (1, 0), "+y": (1, 1)}  # axis, and which end of it
_NONE = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class Cut:
    """The faces of a rectangular place that are driven: those behind which the whole goes on.

    Sides on the outline of the whole are free, as they are there, unless some are clamped; on a mirror plane of the
    whole the place is held as the whole is. The underside is driven too where something holds the whole from below.

    Attributes:
        stack: the whole.
        parts: names of its blocks that are present.
        at: where the middle of the place is in it (m).
        held: True if the underside of the whole is held or lies on something.
        turned: True at large deflection, which turns mirror planes of the whole: they are driven as other sides are.
        clamped: True if sides of the whole are: those of the outline are driven, too.
        outer: of a whole that is a place itself, its cut and its mesh: what is driven of that is driven here.
    """

    stack: StackUp
    parts: frozenset[str]
    at: tuple[float, float]
    held: bool = False
    turned: bool = False
    clamped: bool = False
    outer: "tuple[Cut, StackMesh] | None" = None

    @staticmethod
    def of(
        whole: StackMesh,
        at: tuple[float, float],
        held: bool = False,
        turned: bool = False,
        clamped: bool = False,
        outer: "Cut | None" = None,
    ) -> "Cut":
        """A cut out of what is present of a stack."""
        parts = frozenset(block.name for block in whole.blocks)
        return Cut(whole.stack, parts, at, held, turned, clamped, None if outer is None else (outer, whole))

    @cached_property
    def layers(self) -> list[PlacedLayer]:
        """Of the whole that are present."""
        return [layer for layer in self.stack.layers if self.parts & set(layer.blocks)]

    def driven(self, place: StackMesh, x: Array) -> dict[str, Mask]:
        """Which points (n, 3) (m) of the place lie on each face that is driven: `-x` to `+y`, `bottom`, `top`.

        Collective.
        """
        found, near = {}, NEAR * place.stack.span
        bounds, outer = np.array(place.stack.outline.bounds).reshape(2, 2), self._outer(x)
        for name, (axis, end) in SIDES.items():
            there = np.abs(x[:, axis] - bounds[end, axis]) < near
            found[name] = there if self._is_cut(bounds, axis, end, near) else there & outer
        for name, level, above in (("bottom", place.bottom, False), ("top", place.top, True)):
            there = np.abs(x[:, 2] - level) < self._thin
            goes_on = outer.copy()
            if not above and self._lies(level):
                goes_on[:] = True
            elif self._beyond(level, above):
                goes_on |= self._goes_on(x[:, :2], level, above, near)
            found[name] = there & goes_on
        any_of = place.comm.allreduce(np.array([int(mask.any()) for mask in found.values()]), MPI.SUM)
        return {name: mask for (name, mask), there in zip(found.items(), any_of, strict=True) if there}

    def _outer(self, x: Array) -> Mask:
        """Which points (n, 3) of the place are driven in its whole already."""
        if self.outer is None:
            return np.zeros(len(x), dtype=bool)
        cut, whole = self.outer
        driven = cut.driven(whole, x + np.array([*self.at, 0.0]))
        return np.any([np.zeros(len(x), dtype=bool), *driven.values()], axis=0)

    def mirrored(self, place: StackMesh, x: Array) -> dict[int, Mask]:
        """Which points (n, 3) of the place lie on each mirror plane of the whole, by its axis."""
        near = NEAR * place.stack.span
        axes = () if self.turned else self.stack.mirrors
        return {axis: np.abs(x[:, axis] + self.at[axis]) < near for axis in axes}

    def __call__(self, place: StackMesh, space: fem.FunctionSpace) -> Support:
        """All nodes of the driven faces are held in x, y and z, those on mirror planes along their normal."""
        x = nodes_of(space)
        driven = np.any([np.zeros(len(x), dtype=bool), *self.driven(place, x).values()], axis=0)
        held: list[Integers] = [(3 * np.flatnonzero(driven)[:, None] + np.arange(3)).ravel()]
        held += [3 * np.flatnonzero(mask) + axis for axis, mask in self.mirrored(place, x).items()]
        return Support(_NONE, _NONE, clamped=np.unique(np.concatenate(held)).astype(np.int32))

    @cached_property
    def _thin(self) -> float:
        return 1e-5 * min(layer.thickness / layer.cells for layer in self.stack.layers)

    def _is_cut(self, bounds: Array, axis: int, end: int, near: float) -> bool:
        """A side is one where the whole goes on behind it: neither its outline nor a mirror plane."""
        corners = bounds.copy() + np.array(self.at)
        corners[1 - end, axis] = corners[end, axis]
        if axis in self.stack.mirrors and abs(corners[end, axis]) < near:
            return self.turned
        return self.clamped or not shapely.covers(self.stack.outline.exterior.buffer(near), LineString(corners))

    def _lies(self, level: float) -> bool:
        return self.held and abs(level - min(layer.bottom for layer in self.layers)) < self._thin

    def _beyond(self, level: float, above: bool) -> list[PlacedLayer]:
        """Layers of the whole just above or below a level."""
        near = self._thin
        if above:
            return [one for one in self.layers if one.bottom - near <= level < one.top - near]
        return [one for one in self.layers if one.bottom + near < level <= one.top + near]

    def _goes_on(self, places: Array, level: float, above: bool, near: float) -> Mask:
        """(n,) where at places (n, 2) of the place the whole has something just above or below a level."""
        points = shapely.points(places + np.array(self.at))
        found = np.zeros(len(points), dtype=bool)
        for layer in self._beyond(level, above):
            found |= covered(layer, self.parts, points, near)
        return found


def covered(layer: PlacedLayer, parts: Collection[str], points: Array, near: float) -> Mask:
    """(n,) where a layer has something at points (of shapely): a part that is present, or the edge of one."""
    found, other = np.zeros(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
    for region in layer.regions:
        polygons = np.array(region.polygons, dtype=object)
        if f"{layer.name}/{region.name}" in parts:
            found[shapely.STRtree(polygons).query(points, predicate="dwithin", distance=near)[0]] = True
        else:
            inner = shapely.STRtree(shapely.buffer(polygons, -near))
            other[inner.query(points, predicate="intersects")[0]] = True
    return found | ~other if layer.material is not None and layer.name in parts else found
