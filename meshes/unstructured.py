"""Quadrilaterals by Gmsh for any layout of outlines in the plane.

Shapely overlays the outlines once; every face of the overlay becomes a Gmsh surface. Four-sided faces are transfinite;
the others are recombined; where that leaves a triangle or folds a cell, other algorithms and subdivision follow.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import shapely
from shapely.ops import polygonize

from solver.arrays import Array, Integers
from solver.errors import PlanishError
from solver.gmsh_library import gmsh
from solver.stackup.fine import finer
from solver.stackup.stack import PIN_TOLERANCE, StackUp

Points = Array
Cells = Integers

_QUAD, _TRIANGLE = 3, 2  # Gmsh element types
_FRONTAL_QUADS, _FRONTAL, _DELAUNAY = 8, 6, 5  # Gmsh 2-D algorithms
# what is tried in turn: algorithm, and how much coarser; 2 is subdivided afterwards, which leaves quadrilaterals only
_TRIES = ((_FRONTAL_QUADS, 1), (_FRONTAL, 1), (_DELAUNAY, 1), (_FRONTAL_QUADS, 2), (_FRONTAL, 2))


def quads(stack: StackUp, outlines: list[shapely.Polygon]) -> tuple[Points, Cells]:
    """Points (n, 2) and counter-clockwise cells (m, 4).

    Raises:
        PlanishError: Gmsh gave up.
    """
    faces = _faces(stack, outlines)
    with _session():
        surfaces = _build(faces, stack)
        pinned = _embed(faces, stack)
        for algorithm, coarser in _TRIES:
            gmsh.model.mesh.clear()
            gmsh.option.setNumber("Mesh.Algorithm", algorithm)
            _set_counts(surfaces, pinned, stack, coarser)
            gmsh.option.setNumber("Mesh.SubdivisionAlgorithm", coarser - 1)
            try:
                gmsh.model.mesh.generate(2)
            except Exception as error:
                raise PlanishError(f"Gmsh could not mesh the plane: {error}; change mesh.in_plane_size") from None
            if not len(gmsh.model.mesh.getElementsByType(_TRIANGLE)[0]):
                points, cells = _collect()
                if _unfolded(points, cells, sum(face.area for face in faces)):
                    return points, cells
    raise PlanishError("Gmsh left triangles or folded cells in the in-plane mesh; change mesh.in_plane_size")


@contextmanager
def _session() -> Iterator[None]:
    gmsh.initialize(interruptible=False)
    try:
        options = {
            "General.Terminal": 0,
            "General.NumThreads": 1,
            "Mesh.RecombineAll": 1,
            "Mesh.RecombinationAlgorithm": 1,  # blossom
            "Mesh.Smoothing": 5,
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
    """Lines that join the facing corners of neighbours in a grid, so that the streets between dies are rectangles."""
    guides: dict[bytes, shapely.LineString] = {}
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


def _set_counts(surfaces: list[list[list[int]]], pinned: set[int], stack: StackUp, coarser: int) -> None:
    usual = stack.edge_size or stack.size
    fine = [
        (outline.buffer(1e-6 * stack.span), size) for outline, size in [*finer(stack), *filter(None, [stack.package])]
    ]
    counts: dict[int, int] = {}
    for _, tag in gmsh.model.getEntities(1):
        x0, y0, _, x1, y1, _ = gmsh.model.getBoundingBox(1, tag)
        middle = shapely.Point(0.5 * (x0 + x1), 0.5 * (y0 + y1))
        size = coarser * min([usual, *(size for room, size in fine if room.contains(middle))])
        counts[tag] = max(1, int(np.ceil(np.hypot(x1 - x0, y1 - y0) / size * (1 - 1e-6))))
        gmsh.model.mesh.setTransfiniteCurve(tag, counts[tag] + 1)
    for number, loops in enumerate(surfaces, start=1):
        sides = [counts[abs(tag)] for tag in loops[0]]
        if number in pinned:
            continue
        if stack.edge_size is None and len(loops) == 1 and len(sides) == 4 and sides[:2] == sides[2:]:
            gmsh.model.mesh.setTransfiniteSurface(number)
    if stack.edge_size is not None and stack.edge_distance is not None:
        _grow_from_edges(stack, coarser)


def _grow_from_edges(stack: StackUp, coarser: int) -> None:
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "CurvesList", [tag for _, tag in gmsh.model.getEntities(1)])
    field.setNumber(distance, "Sampling", 20)
    threshold = field.add("Threshold")
    for name, value in (
        ("InField", distance),
        ("SizeMin", stack.edge_size * coarser if stack.edge_size else 0.0),
        ("SizeMax", stack.size * coarser),
        ("DistMin", 0.0),
        ("DistMax", stack.edge_distance),
    ):
        field.setNumber(threshold, name, value)
    field.setAsBackgroundMesh(threshold)
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)


def _collect() -> tuple[Points, Cells]:
    tags, xyz, _ = gmsh.model.mesh.getNodes()
    index = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    index[tags.astype(np.int64)] = np.arange(len(tags))
    points = xyz.reshape(-1, 3)[:, :2].copy()
    cells = index[gmsh.model.mesh.getElementsByType(_QUAD)[1].astype(np.int64)].reshape(-1, 4)
    x, y = points[cells].transpose(2, 0, 1)
    clockwise = (x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0]) < 0
    cells[clockwise] = cells[clockwise, ::-1]
    used, renumbered = np.unique(cells, return_inverse=True)
    return points[used], renumbered.reshape(-1, 4)


def _unfolded(points: Points, cells: Cells, area: float) -> bool:
    """True if every cell is convex and together they cover the area once."""
    corners = points[cells]
    ahead, behind = (np.roll(corners, shift, axis=1) - corners for shift in (-1, 1))
    turn = ahead[..., 0] * behind[..., 1] - ahead[..., 1] * behind[..., 0]
    covered = 0.25 * turn.sum()
    return bool(turn.min() > 0) and abs(covered - area) < 1e-6 * area
