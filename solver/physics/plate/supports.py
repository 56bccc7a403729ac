"""What holds a plate: unknowns at zero, unknowns that may not fall below zero, and sides no slope may cross."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import shapely
from dolfinx import fem, mesh

from meshes.nodes import distance_to_node, nearest_node, nodes_of
from meshes.plate import PlateMesh
from solver.arrays import Array, Integers
from solver.case.ends import Line, line
from solver.errors import CaseError
from solver.physics.solid.supports import Support
from solver.stackup.support_marks import inside_ring

_NEAR = 1e-9  # of the span
_ON_PIN = 5e-3  # of the cell size: the mesh has nodes that near to pins
_ON_LINE = 1e-6  # of the span: nodes that near to the end of a ring are on it
_W = 2  # component of the deflection
# mirror planes -> points that leave no rigid motion: along x and y of the centre or not, and the components held there
_POINTS: dict[tuple[int, ...], list[tuple[tuple[int, int], tuple[int, ...]]]] = {
    (): [((0, 0), (0, 1, 2)), ((1, 0), (1, 2)), ((0, 1), (2,))],
    (0,): [((0, 0), (1, 2)), ((0, 1), (2,))],
    (1,): [((0, 0), (0, 2)), ((1, 0), (2,))],
    (0, 1): [((0, 0), (2,))],
}


@dataclass(frozen=True)
class PlateSupport(Support):
    """As of `Support`, unknowns being 3 node + component.

    Attributes:
        sides: local facets across which no slope may change: mirror planes and clamped sides.
    """

    sides: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int32))


PlateSupports: TypeAlias = Callable[[PlateMesh, fem.FunctionSpace], PlateSupport]


def determinate(plate: PlateMesh, space: fem.FunctionSpace) -> PlateSupport:
    """Mirror planes, and as many point supports as rigid motions are left, as of `solid.supports.determinate`."""
    x, stack = nodes_of(space), plate.stack
    mirrors = [3 * np.flatnonzero(np.abs(x[:, axis]) < _NEAR * stack.span) + axis for axis in stack.mirrors]
    x0, y0, x1, y1 = stack.outline.bounds
    centre = [0.0 if axis in stack.mirrors else middle for axis, middle in enumerate(((x0 + x1) / 2, (y0 + y1) / 2))]
    pins = []
    for (along_x, along_y), components in _POINTS[stack.mirrors]:
        place = np.array([x1 if along_x else centre[0], y1 if along_y else centre[1], 0.0])
        node = nearest_node(plate.comm, x, place, _NEAR * stack.span)
        pins += [3 * node + component for component in components]
    return PlateSupport(
        np.unique(np.concatenate(mirrors)).astype(np.int32) if mirrors else np.empty(0, np.int32),
        np.concatenate(pins).astype(np.int32),
        sides=_sides(plate, _on_mirrors(plate)) if stack.mirrors else np.empty(0, np.int32),
    )


def _on_mirrors(plate: PlateMesh) -> Callable[[Array], Array]:
    axes, near = list(plate.stack.mirrors), _NEAR * plate.stack.span
    return lambda x: np.asarray((np.abs(x[axes]) < near).any(axis=0))


def on_pins(plate: PlateMesh, space: fem.FunctionSpace, places: Sequence[tuple[float, float]]) -> PlateSupport:
    """Held in z at places (m) where the mesh has nodes, and in plane as by `determinate`; images as of the solid.

    Raises:
        CaseError: the mesh has no node at a place.
    """
    x, folded = nodes_of(space), np.array(places)
    mirrors = list(plate.stack.mirrors)
    folded[:, mirrors] = np.abs(folded[:, mirrors])
    targets = np.column_stack([folded, np.zeros(len(folded))])
    missed = [distance_to_node(plate.comm, x, target) for target in targets]
    if max(missed) > _ON_PIN * plate.stack.size:
        place = "({:.6g}, {:.6g}) mm".format(*(1e3 * value for value in places[int(np.argmax(missed))]))
        raise CaseError(f"support: the plate has nothing at the pin at {place}")
    return _resting(
        plate, space, np.concatenate([nearest_node(plate.comm, x, one, _NEAR * plate.stack.span) for one in targets])
    )


def on_edge(plate: PlateMesh, space: fem.FunctionSpace) -> PlateSupport:
    """The rim held in z, and in plane as by `determinate`; a disc at the corners of its polygon, as of the solid."""
    x, rim = nodes_of(space), plate.stack.outline.exterior
    line_ = shapely.MultiPoint(rim.coords) if plate.stack.disc else rim
    there = shapely.distance(line_, shapely.points(x[:, :2])) < _NEAR * plate.stack.span
    return _resting(plate, space, np.flatnonzero(there))


def on_ends(plate: PlateMesh, space: fem.FunctionSpace, ends: Sequence[str | Line], clamped: bool) -> PlateSupport:
    """Sides of the plate held.

    Args:
        plate: the mesh.
        space: of the displacement.
        ends: of the outline.
        clamped: True: in x, y, z and against turning; False: in z, and in plane as by `determinate`.

    Raises:
        CaseError: nothing is there. Collective.
    """
    lines = [line(plate.stack.outline, end) for end in ends]

    def there(x: Array) -> Array:
        far = np.min([shapely.distance(one, shapely.points(x[:2].T)) for one in lines], axis=0)
        return np.asarray(far < _ON_LINE * plate.stack.span)

    nodes = np.flatnonzero(there(nodes_of(space).T))
    if not clamped:
        return _resting(plate, space, nodes)
    if not plate.comm.allreduce(len(nodes)):
        raise CaseError("support: the layers present do not reach the clamped ends")
    free = determinate(plate, space)
    held = (3 * nodes[:, None] + np.arange(3)).ravel().astype(np.int32)
    sides = np.union1d(free.sides, _sides(plate, there)).astype(np.int32)
    return PlateSupport(free.mirrors, np.empty(0, np.int32), clamped=held, sides=sides)


def on_plane(plate: PlateMesh, space: fem.FunctionSpace, lifts: bool) -> PlateSupport:
    """All of it on the plane it lies on when flat, and in plane as by `determinate`.

    Args:
        plate: the mesh.
        space: of the displacement.
        lifts: True if it may leave the plane upwards, False if the plane holds it.
    """
    return _resting(plate, space, _lowest(plate, space), lifts)


def on_ring(plate: PlateMesh, space: fem.FunctionSpace, width: float, lifts: bool) -> PlateSupport:
    """The part up to a distance (m) from the outline on a ring; otherwise as `on_plane`."""
    nodes, stack = _lowest(plate, space), plate.stack
    free = inside_ring(stack.outline, width).buffer(-_ON_LINE * stack.span)
    x = nodes_of(space)[nodes]
    return _resting(plate, space, nodes[~shapely.contains_xy(free, *x[:, :2].T)], lifts)


def _lowest(plate: PlateMesh, space: fem.FunctionSpace) -> Integers:
    """Local nodes where the underside is as low as the plane it lies on."""
    low = plate.undersides <= plate.bottom + _NEAR * plate.stack.thickness
    return np.unique(space.dofmap.list[: len(low)][low])


def _resting(plate: PlateMesh, space: fem.FunctionSpace, nodes: Integers, lifts: bool = False) -> PlateSupport:
    """Carried in z at nodes, held there or free to lift off.

    Raises:
        CaseError: no rank has any.
    """
    if not plate.comm.allreduce(len(nodes)):
        raise CaseError(f"support: the underside of layer '{plate.layers[0]}' does not reach the outline")
    free = determinate(plate, space)
    carried, none = np.unique(3 * nodes + _W).astype(np.int32), np.empty(0, np.int32)
    pins = free.pins[free.pins % 3 != _W]
    rests, touches = (none, carried) if lifts else (carried, none)
    return PlateSupport(free.mirrors, pins, rests, touches, sides=free.sides)


def _sides(plate: PlateMesh, there: Callable[[Array], Array]) -> Integers:
    """Local facets of the rim with all of their corners where `there` is true."""
    return np.asarray(mesh.locate_entities_boundary(plate.mesh, 1, there), dtype=np.int32)
