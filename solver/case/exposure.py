"""Where the exposure fields of a stepper lie on an outline."""

from itertools import product

import numpy as np
import shapely

from solver.arrays import Array
from solver.case.report import Lithography

_ROUNDING = 1e-9


def field_centres(outline: shapely.Polygon, wanted: Lithography) -> Array:
    """Centres of the fields on an outline (m), (n, 2), row by row."""
    x0, y0, x1, y1 = outline.bounds
    slack = _ROUNDING * max(x1 - x0, y1 - y0)
    room = outline.buffer(slack - (wanted.edge_exclusion or 0.0), join_style="mitre")
    pitch, size = np.array(wanted.pitch or wanted.field), np.array(wanted.field)
    if wanted.origin is not None:
        return _grid(room, np.array(wanted.origin), pitch, size, wanted.part_inside)
    middle = np.array([x0 + x1, y0 + y1]) / 2
    starts = [middle + np.array(half) * pitch / 2 for half in product((0, 1), repeat=2)]
    return max((_grid(room, start, pitch, size, wanted.part_inside) for start in starts), key=len)


def _grid(room: shapely.Geometry, origin: Array, pitch: Array, size: Array, part: float) -> Array:
    """Places of a grid whose fields lie inside the room by at least that part of their area."""
    x0, y0, x1, y1 = room.bounds if not room.is_empty else (0.0, 0.0, 0.0, 0.0)
    axes = [
        start + p * np.arange(np.floor((low - start - s) / p), np.ceil((high - start + s) / p) + 1)
        for start, p, s, low, high in zip(origin, pitch, size, (x0, y0), (x1, y1), strict=True)
    ]
    places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    boxes = shapely.box(*(places - size / 2).T, *(places + size / 2).T)
    inside = shapely.area(shapely.intersection(boxes, room))
    return np.asarray(places[inside >= part * (1 - 1e-6) * float(np.prod(size))])
