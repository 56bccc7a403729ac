"""Quadrilaterals by Gmsh for any layout of outlines in the plane.

Shapely overlays the outlines once; every face of the overlay becomes a Gmsh surface. Four-sided faces are transfinite;
the others are recombined; where that leaves a triangle or folds a cell, other algorithms follow, and at last a coarser
mesh whose every cell is subdivided (the parts of a convex cell are convex). Nodes inside of faces then move to
where the worst corners are better.
"""

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import polygonize

from meshes.parity import even
from meshes.smoothing import smoothed
from meshes.subdivision import subdivided
from solver.arrays import Array, Integers, Mask
from solver.errors import PlanishError
from solver.gmsh_library import gmsh
from solver.stackup.fine import finer
from solver.stackup.stack import PIN_TOLERANCE, StackUp

Points = Array
Cells = Integers

_QUAD, _TRIANGLE = 3, 2  # Gmsh element types
_FRONTAL_QUADS, _FRONTAL, _DELAUNAY = 8, 6, 5  # Gmsh 2-D algorithms
_ON_LINE = 1e-7  # of the span
_BLOSSOM, _SIMPLE = 1, 0  # ways of recombination: fewer triangles, but some turned over; none turned over
# what moves points after blossom
_MOVES = {"Mesh.Smoothing": 5, "Mesh.RecombineNodeRepositioning": 1, "Mesh.RecombineOptimizeTopology": 5}


class _Try(NamedTuple):
    """A way to mesh.

    Attributes:
        algorithm: of Gmsh.
        growth: of the length of edges with the distance from shorter ones; where it is limited, the number of edges
            around each face is even, without which it cannot be cut into quadrilaterals only.
        subdivided: meshed twice as coarse, and every cell is subdivided, triangles and all.
        recombination: of triangles.
    """

    algorithm: int
    growth: float = math.inf
    subdivided: bool = False
    recombination: int = _BLOSSOM


_TRIES = (
    _Try(_FRONTAL_QUADS),
    _Try(_FRONTAL),
    _Try(_DELAUNAY),
    _Try(_FRONTAL_QUADS, subdivided=True),
    _Try(_FRONTAL_QUADS, growth=0.5),
    _Try(_FRONTAL_QUADS, growth=0.3),
    _Try(_DELAUNAY, growth=0.5, subdivided=True, recombination=_SIMPLE),
)


def quads(stack: StackUp, outlines: list[shapely.Polygon]) -> tuple[Points, Cells]:
    """Points (n, 2) and counter-clockwise cells (m, 4).

    Raises:
        PlanishError: Gmsh gave up.
    """
    faces = _faces(stack, outlines)
    with _session():
        surfaces = _build(faces, stack)
        pinned = _embed(faces, stack)
        for way in _TRIES:
            _mesh(way, surfaces, pinned, stack)
            points, triangles, cells = _collect()
            if way.subdivided:
                points, cells = subdivided(points, triangles, cells)
            elif len(triangles):
                continue
            if _unfolded(points, cells, sum(face.area for face in faces)):
                return _smoothed(points, cells, faces, stack), cells
    raise PlanishError("Gmsh left folded cells in the in-plane mesh; change mesh.in_plane_size")


def _smoothed(points: Points, cells: Cells, faces: list[shapely.Polygon], stack: StackUp) -> Points:
    return smoothed(points, cells, lambda nodes: _off_lines(points[nodes], faces, stack))


def _off_lines(points: Points, faces: list[shapely.Polygon], stack: StackUp) -> Mask:
    """(n,) True for points that lie neither on the boundary of a face nor at a pin."""
    rings = shapely.boundary(np.array(faces, dtype=object))
    coordinates, ring = shapely.get_coordinates(shapely.get_parts(rings), return_index=True)
    same = ring[1:] == ring[:-1]
    sides = shapely.linestrings(np.stack([coordinates[:-1], coordinates[1:]], axis=1)[same])
    held = np.concatenate([sides, shapely.points(np.reshape(stack.pins, (-1, 2)))])
    near = shapely.STRtree(held).query(shapely.points(points), predicate="dwithin", distance=_ON_LINE * stack.span)[0]
    return ~np.isin(np.arange(len(points)), near)


def _mesh(way: _Try, surfaces: list[list[list[int]]], pinned: set[int], stack: StackUp) -> None:
    gmsh.model.mesh.clear()
    gmsh.model.mesh.removeConstraints()
    gmsh.option.setNumber("Mesh.Algorithm", way.algorithm)
    gmsh.option.setNumber("Mesh.RecombinationAlgorithm", way.recombination)
    for name, value in _MOVES.items():
        gmsh.option.setNumber(name, value if way.recombination == _BLOSSOM else 0)
    _set_counts(surfaces, pinned, stack, way)
    try:
        gmsh.model.mesh.generate(2)
    except Exception as error:
        raise PlanishError(f"Gmsh could not mesh the plane: {error}; change mesh.in_plane_size") from None


@contextmanager
def _session() -> Iterator[None]:
    gmsh.initialize(interruptible=False)
    try:
        options = {
            "General.Terminal": 0,
            "General.NumThreads": 1,
            "Mesh.RecombineAll": 1,
            "Mesh.MeshSizeExtendFromBoundary": 1,
        }
        for name, value in options.items():
            gmsh.option.setNumber(name, value)
        yield
    finally:
        gmsh.finalize()


def _faces(stack: StackUp, outlines: list[shapely.Polygon]) -> list[shapely.Polygon]:
    grid = 1e-9 * stack.span
    rings = [shapely.boundary(p) for p in (stack.modelled, *outlines)] + _guides(stack)
    lines = _through_pins(shapely.unary_union(shapely.set_precision(np.array(rings, dtype=object), grid)), stack)
    faces = [face for face in polygonize(lines) if face.area > grid * stack.span]
    inside = shapely.contains(stack.modelled.buffer(2 * grid), shapely.point_on_surface(np.array(faces, dtype=object)))
    return [face for face, keep in zip(faces, inside, strict=True) if keep]


def _through_pins(lines: shapely.Geometry, stack: StackUp) -> list[shapely.LineString]:
    """The lines with a corner at every pin that stands on one."""
    parts = list(shapely.get_parts(lines))
    slack = PIN_TOLERANCE * stack.size
    for pin in stack.pins:
        place = shapely.Point(pin)
        for index in np.flatnonzero(shapely.distance(np.array(parts, dtype=object), place) < slack):
            line = parts[index]
            corners, along = shapely.get_coordinates(line), line.project(place)
            if np.linalg.norm(corners - pin, axis=1).min() > slack:
                before = sum(line.project(shapely.Point(corner)) < along for corner in corners[:-1])
                corner = line.interpolate(along).coords[0]
                parts[index] = shapely.LineString(np.insert(corners, before, corner, axis=0))
    return parts


def _embed(faces: list[shapely.Polygon], stack: StackUp) -> set[int]:
    """Let nodes be where pins stand inside faces; gives the numbers of these surfaces."""
    pinned = set[int]()
    edges = shapely.boundary(np.array(faces, dtype=object))
    for pin in stack.pins:
        place = shapely.Point(pin)
        if shapely.distance(edges, place).min() > PIN_TOLERANCE * stack.size:
            inside = np.flatnonzero(shapely.contains(np.array(faces, dtype=object), place))
            for number in inside + 1:
                point = gmsh.model.geo.addPoint(*pin, 0.0, stack.size)
                gmsh.model.geo.synchronize()
                gmsh.model.mesh.embed(0, [point], 2, int(number))
                pinned.add(int(number))
    return pinned


def _guides(stack: StackUp) -> list[shapely.LineString]:
    """Lines that join the facing corners of neighbours in a grid, so that the streets between dies are rectangles.

    And those from the corners of a die through its fillet.
    """
    spokes = [line for fillet in stack.fillets for line in fillet.spokes()]
    guides = {shapely.to_wkb(line): line for line in spokes}
    for layer in stack.layers:
        for region in layer.regions:
            boxes = np.array(region.polygons, dtype=object)
            if len(boxes) < 2 or not np.allclose(
                shapely.area(boxes), shapely.area(shapely.box(*shapely.bounds(boxes).T))
            ):
                continue
            for line in _streets(shapely.bounds(boxes)):
                guides.setdefault(shapely.to_wkb(line), line)
    cut = shapely.intersection(np.array(list(guides.values()), dtype=object), stack.modelled) if guides else []
    return [line for line in cut if line.length > 0]


def _streets(bounds: Array) -> Iterator[shapely.LineString]:
    width, height = bounds[0, 2] - bounds[0, 0], bounds[0, 3] - bounds[0, 1]
    for axis, extent in ((0, width), (1, height)):
        other = 1 - axis
        rows = np.round(bounds[:, other] / max(width, height), 6)
        for row in np.unique(rows):
            line = bounds[rows == row]
            line = line[np.argsort(line[:, axis])]
            for first, second in itertools.pairwise(line):
                if second[axis] - first[axis + 2] > 0.999 * extent:
                    continue  # a place is missing between them
                for side in (other, other + 2):
                    ends = np.empty((2, 2))
                    ends[:, axis] = first[axis + 2], second[axis]
                    ends[:, other] = first[side]
                    yield shapely.LineString(ends)


def _build(faces: list[shapely.Polygon], stack: StackUp) -> list[list[list[int]]]:
    """Make the Gmsh model; for each surface its loops of curves."""
    geo = gmsh.model.geo
    scale = 1e-7 * stack.span
    points: dict[tuple[int, int], int] = {}
    curves: dict[tuple[int, int], int] = {}

    def point(xy: Array) -> int:
        key = (round(xy[0] / scale), round(xy[1] / scale))
        if key not in points:
            points[key] = geo.addPoint(xy[0], xy[1], 0.0)
        return points[key]

    def curve(a: int, b: int) -> int:
        if (b, a) in curves:
            return -curves[b, a]
        if (a, b) not in curves:
            curves[a, b] = geo.addLine(a, b)
        return curves[a, b]

    surfaces = []
    for face in faces:
        loops = []
        for ring in (face.exterior, *face.interiors):
            corners = [point(xy) for xy in np.asarray(ring.coords)[:-1]]
            loops.append([curve(a, b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)])
        geo.addPlaneSurface([geo.addCurveLoop(loop) for loop in loops])
        surfaces.append(loops)
    geo.synchronize()
    return surfaces


def _set_counts(surfaces: list[list[list[int]]], pinned: set[int], stack: StackUp, way: _Try) -> None:
    coarser = 2 if way.subdivided else 1
    tags = [tag for _, tag in gmsh.model.getEntities(1)]
    ends = np.array([gmsh.model.getValue(1, tag, [0.0, 1.0]) for tag in tags]).reshape(-1, 2, 3)[..., :2]
    length, middles = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1), ends.mean(axis=1)
    sizes = np.minimum(length, coarser * _sizes(stack, middles))
    if way.growth < math.inf:
        sizes = _graded(sizes, shapely.linestrings(ends), way.growth)
    intervals = np.maximum(1, np.ceil(length / sizes * (1 - 1e-6))).astype(int)
    if way.growth < math.inf:
        order = {tag: number for number, tag in enumerate(tags)}
        around = [[order[abs(curve)] for loop in loops for curve in loop] for loops in surfaces]
        intervals = even(intervals, length, around)
    counts = dict(zip(tags, intervals.tolist(), strict=True))
    for tag, count in counts.items():
        gmsh.model.mesh.setTransfiniteCurve(tag, count + 1)
    for number, loops in enumerate(surfaces, start=1):
        sides = [counts[abs(tag)] for tag in loops[0]]
        if number in pinned:
            continue
        if stack.edge_size is None and len(loops) == 1 and len(sides) == 4 and sides[:2] == sides[2:]:
            gmsh.model.mesh.setTransfiniteSurface(number)
    if stack.edge_size is not None and stack.edge_distance is not None:
        _grow_from_edges(stack, coarser)


def _sizes(stack: StackUp, middles: Array) -> Array:
    """Largest edge (m) asked for on curves with these middles (n, 2)."""
    sizes = np.full(len(middles), stack.edge_size or stack.size)
    for outline, size in [*finer(stack), *filter(None, [stack.package])]:
        there = shapely.contains_xy(outline.buffer(1e-6 * stack.span), *middles.T)
        sizes[there] = np.minimum(sizes[there], size)
    return sizes


def _graded(sizes: Array, curves: NDArray[np.object_], growth: float) -> Array:
    """Edges (m) of curves, no longer than what grows from shorter ones over the distance to them."""
    graded, octave = sizes, np.floor(np.log2(sizes / sizes.min()))
    middles = shapely.line_interpolate_point(curves, 0.5, normalized=True)
    for number in np.unique(octave):
        shorter = octave == number
        far = shapely.STRtree(curves[shorter]).query_nearest(middles, return_distance=True, all_matches=False)[1]
        graded = np.minimum(graded, sizes[shorter].max() + growth * far)
    return graded


def _grow_from_edges(stack: StackUp, coarser: int) -> None:
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "CurvesList", [tag for _, tag in gmsh.model.getEntities(1)])
    field.setNumber(distance, "Sampling", 20)
    threshold = field.add("Threshold")
    least = stack.edge_size * coarser if stack.edge_size else 0.0
    for name, value in (
        ("InField", distance),
        ("SizeMin", least),
        ("SizeMax", stack.size * coarser),
        ("DistMin", least),  # the first cell is as large as asked for, whatever they grow by
        ("DistMax", least + (stack.edge_distance or 0.0)),
    ):
        field.setNumber(threshold, name, value)
    field.setAsBackgroundMesh(threshold)
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)


def _collect() -> tuple[Points, Cells, Cells]:
    """Points (n, 2), triangles (t, 3) and quadrilaterals (m, 4), counter-clockwise."""
    tags, xyz, _ = gmsh.model.mesh.getNodes()
    index = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    index[tags.astype(np.int64)] = np.arange(len(tags))
    points = xyz.reshape(-1, 3)[:, :2].copy()
    kinds = []
    for kind, corners in ((_TRIANGLE, 3), (_QUAD, 4)):
        cells = index[gmsh.model.mesh.getElementsByType(kind)[1].astype(np.int64)].reshape(-1, corners)
        x, y = points[cells].transpose(2, 0, 1)
        clockwise = (x[:, 2] - x[:, 0]) * (y[:, -1] - y[:, 1]) - (x[:, -1] - x[:, 1]) * (y[:, 2] - y[:, 0]) < 0
        cells[clockwise] = cells[clockwise, ::-1]
        kinds.append(cells)
    used, renumbered = np.unique(np.concatenate([cells.ravel() for cells in kinds]), return_inverse=True)
    triangles, quads = np.split(renumbered.ravel(), [kinds[0].size])
    return points[used], triangles.reshape(-1, 3), quads.reshape(-1, 4)


def _unfolded(points: Points, cells: Cells, area: float) -> bool:
    """True if every cell is convex and together they cover the area once."""
    corners = points[cells]
    ahead, behind = (np.roll(corners, shift, axis=1) - corners for shift in (-1, 1))
    turn = ahead[..., 0] * behind[..., 1] - ahead[..., 1] * behind[..., 0]
    covered = 0.25 * turn.sum()
    return bool(turn.min() > 0) and abs(covered - area) < 1e-6 * area
