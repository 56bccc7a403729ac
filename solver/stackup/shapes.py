"""Shapes of the case file as polygons (m).

Curves become polygons with vertices on their axes and *their area*, so volumes, masses and powers are those of the case
whatever the mesh.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import rotate, scale
from shapely.geometry import Polygon, box

from solver.arrays import Array
from solver.case.geometry import Grid, Outline, Shape

_FEWEST_SIDES, _MOST_SIDES = 24, 10_000


def outline_of(outline: Outline, size: float | None) -> Polygon:
    """The outline of a stack, its curves with sides no longer than `size` (m); in pieces if its holes cut it up."""
    if outline.shape == "polygon":
        found = Polygon(outline.points)
    elif outline.shape == "disc":
        assert outline.diameter is not None
        found = _wafer(outline, _circle(outline.diameter, size or outline.diameter))
    else:
        assert outline.size is not None
        found = _ellipse(outline.size, size) if outline.shape == "ellipse" else _box(outline.size)
    for hole in outline.holes:
        found = found.difference(at_place(shape_of(hole.shape, size or found.length, found), hole.at))
    return found


def shape_of(shape: Shape, size: float, outline: Polygon) -> Polygon:
    """A shape at the origin, its curves with sides no longer than `size` (m); a rim lies along the outline."""
    if shape.rim is not None:
        return outline.difference(outline.buffer(-shape.rim, join_style="mitre"))
    if shape.rectangle is not None:
        found = _box(shape.rectangle)
    elif shape.circle is not None:
        found = _circle(shape.circle, size)
    elif shape.ellipse is not None:
        found = _ellipse(shape.ellipse, size)
    else:
        found = Polygon(shape.polygon)
    if shape.bore is not None:
        found = found.difference(_circle(shape.bore, size))
    if shape.hole is not None:
        found = found.difference(_box(shape.hole))
    return rotate(found, shape.rotation, origin=(0, 0), use_radians=True) if shape.rotation else found


def at_place(shape: Polygon, place: tuple[float, float] | None) -> Polygon:
    """A shape moved to a place (m); None: the origin."""
    return shapely.transform(shape, lambda xy: xy + np.array(place or (0.0, 0.0)))


def at_places(shape: Polygon, places: Array) -> NDArray[np.object_]:
    """Copies of a shape at places (n, 2) (m)."""
    copies = np.array([shape] * len(places), dtype=object)
    corners, of = shapely.get_coordinates(copies, return_index=True)
    return np.asarray(shapely.set_coordinates(copies, corners + places[of]))


def _wafer(outline: Outline, disc: Polygon) -> Polygon:
    """A disc without what its notch or flat takes away, at -y (SEMI M1)."""
    assert outline.diameter is not None
    radius = outline.diameter / 2
    if outline.notch is not None:
        depth = outline.notch.depth
        reach = 2 * depth * np.tan(outline.notch.angle / 2)
        corner = [(0.0, depth - radius), (-reach, -depth - radius), (reach, -depth - radius)]
        return disc.difference(Polygon(corner))
    if outline.flat is not None:
        across = np.sqrt(radius**2 - (outline.flat / 2) ** 2)
        return disc.intersection(box(-2 * radius, -across, 2 * radius, 2 * radius))
    return disc


def _box(size: tuple[float, float]) -> Polygon:
    a, b = size
    return box(-a / 2, -b / 2, a / 2, b / 2)


def _ellipse(axes: tuple[float, float], size: float | None) -> Polygon:
    longer = max(axes)
    return scale(_circle(longer, size or longer), axes[0] / longer, axes[1] / longer, origin=(0, 0))


def _circle(diameter: float, size: float) -> Polygon:
    """Regular polygon with the area of the circle, vertices on both axes, sides no longer than `size`."""
    sides = 4 * int(np.ceil(np.clip(np.pi * diameter / size, _FEWEST_SIDES, _MOST_SIDES) / 4))
    radius = diameter / 2 * np.sqrt(2 * np.pi / (sides * np.sin(2 * np.pi / sides)))
    angle = 2 * np.pi * np.arange(sides) / sides
    corners = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corners[np.abs(corners) < 1e-12 * radius] = 0.0
    return Polygon(corners)


def middles_of(grid: Grid) -> Array:
    """Places of a grid, (n, 2)."""
    axes = [
        origin + pitch * (np.arange(count) - (count - 1) / 2)
        for count, pitch, origin in zip(grid.count, grid.pitch, grid.origin, strict=True)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def packed(polygons: Sequence[Polygon] | None) -> NDArray[np.object_] | None:
    """Polygons as other ranks take them, in well-known binary: one by one they take ten times as long."""
    return None if polygons is None else np.asarray(shapely.to_wkb(np.array(polygons, dtype=object)))


def unpacked(sent: NDArray[np.object_] | None) -> tuple[Polygon, ...] | None:
    """The polygons that `packed` was given."""
    return None if sent is None else tuple(shapely.from_wkb(sent))
