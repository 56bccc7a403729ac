"""Exposure fields of a stepper: overlay that its correction leaves in each, and flatness against the depth of focus.

Flatness is the range of height about the field's own least-squares plane, as the site flatness SFQR of SEMI M1 but of
the stack as it lies: focus and tilt of the stage follow that plane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import shapely
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array, Mask
from solver.case.report import Lithography
from solver.case.stack import StackUp
from solver.results import alignment
from solver.results.alignment import Alignment, Residual
from solver.results.frame import Frame
from solver.results.surface import Surface

_ROUNDING = 1e-9
_SAME = 1e-9  # m, of two fields at one place


@dataclass(frozen=True)
class Sites:
    """Displacement at the points measured in every field.

    Attributes:
        centres: (fields, 2) in m.
        xy: (fields, points, 2) places in the undeformed plane (m).
        u: (fields, points, 3) displacement (m), NaN off the stack.
    """

    centres: Array
    xy: Array
    u: Array

    def since(self, earlier: "Sites") -> "Sites":
        """The same heights, with the displacement in the plane since an earlier step; NaN in fields not there then."""
        apart = np.linalg.norm(self.centres[:, None] - earlier.centres, axis=2)
        match, found = apart.argmin(axis=1), apart.min(axis=1) < _SAME
        change = self.u.copy()
        change[:, :, :2] -= np.where(found[:, None, None], earlier.u[match, :, :2], np.nan)
        return Sites(self.centres, self.xy, change)


@dataclass(frozen=True)
class Field:
    """One exposure field.

    Attributes:
        centre: (2,) in m.
        corrected: what the stepper corrects.
        overlay: what that leaves.
        flatness: greatest minus least height about the field's plane (m).
        tilt: (2,) slope of that plane along x and y.
        left: (points, 2) overlay error left at the points on the stack (m).
        xy: (points, 2) their places (m).
        height: (points,) about the plane (m).
    """

    centre: Array
    corrected: Alignment
    overlay: Residual
    flatness: float
    tilt: Array
    left: Array
    xy: Array
    height: Array


@dataclass(frozen=True)
class Exposure:
    """All fields after a step.

    Attributes:
        fields: of the grid.
        depth_of_focus: budget of the flatness (m), or None.
    """

    fields: tuple[Field, ...]
    depth_of_focus: float | None

    @property
    def over_budget(self) -> Mask:
        """(fields,) True where the flatness exceeds the depth of focus."""
        budget = np.inf if self.depth_of_focus is None else self.depth_of_focus * (1 + _ROUNDING)
        return np.array([field.flatness for field in self.fields]) > budget

    def summary(self) -> dict[str, Any]:
        """Entry of the summary."""
        flatness = 1e6 * np.array([field.flatness for field in self.fields])
        budget, over = self.depth_of_focus, self.over_budget
        return {
            "fields": len(self.fields),
            "overlay": alignment.residual(np.concatenate([field.left for field in self.fields])),
            "mean_flatness_um": float(flatness.mean()),
            "max_flatness_um": float(flatness.max()),
            "depth_of_focus_um": None if budget is None else 1e6 * budget,
            "fields_over_budget": None if budget is None else int(over.sum()),
            "share_over_budget": None if budget is None else float(over.mean()),
        }

    def table(self) -> dict[str, Array]:
        """Columns of the CSV file of fields."""
        rows = [
            {
                "x_mm": 1e3 * field.centre[0],
                "y_mm": 1e3 * field.centre[1],
                **field.corrected.__dict__,
                **{f"overlay_{key}": value for key, value in field.overlay.__dict__.items()},
                "flatness_um": 1e6 * field.flatness,
                "tilt_x_urad": 1e6 * field.tilt[0],
                "tilt_y_urad": 1e6 * field.tilt[1],
                "over_budget": int(over),
            }
            for field, over in zip(self.fields, self.over_budget, strict=True)
        ]
        return {"field": np.arange(len(rows)) + 1, **{key: np.array([row[key] for row in rows]) for key in rows[0]}}

    def points(self) -> dict[str, Array]:
        """Columns of the CSV file of points."""
        xy, left = (np.concatenate([getattr(field, key) for field in self.fields]) for key in ("xy", "left"))
        return {
            "field": np.repeat(np.arange(len(self.fields)) + 1, [len(field.xy) for field in self.fields]),
            "x_mm": 1e3 * xy[:, 0],
            "y_mm": 1e3 * xy[:, 1],
            "overlay_x_um": 1e6 * left[:, 0],
            "overlay_y_um": 1e6 * left[:, 1],
            "height_um": 1e6 * np.concatenate([field.height for field in self.fields]),
        }


def centres(stack: StackUp, wanted: Lithography) -> Array:
    """Centres of the fields on an outline (m), (n, 2), row by row."""
    room = stack.outline.buffer(-(wanted.edge_exclusion or 0.0) + _ROUNDING * stack.span, join_style="mitre")
    pitch, size = np.array(wanted.pitch or wanted.field), np.array(wanted.field)
    if wanted.origin is not None:
        return _grid(room, np.array(wanted.origin), pitch, size, wanted.part_inside)
    x0, y0, x1, y1 = stack.outline.bounds
    middle = np.array([x0 + x1, y0 + y1]) / 2
    starts = [middle + np.array(half) * pitch / 2 for half in product((0, 1), repeat=2)]
    return max((_grid(room, start, pitch, size, wanted.part_inside) for start in starts), key=len)


def measure(stack_mesh: StackMesh, displacement: fem.Function, frame: Frame, wanted: Lithography) -> Sites | None:
    """Displacement at the points of the fields; None if no field fits or the face is not there. Collective.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it, laid level if large (m).
        frame: the rigid motion it is read without.
        wanted: of the case.
    """
    layer, _, side = wanted.face.rpartition(".")
    found = centres(stack_mesh.stack, wanted)
    if not len(found) or (layer and layer not in stack_mesh.layers):
        return None
    surface = Surface(stack_mesh, displacement, side, layer or None)
    line = np.linspace(-0.5, 0.5, wanted.points)
    lattice = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2) * np.array(wanted.field)
    xy = found[:, None] + lattice
    flip = np.where([axis in surface.stack.mirrors for axis in (0, 1)], np.where(xy < 0, -1.0, 1.0), 1.0)
    u = surface.at((xy * flip).reshape(-1, 2)).reshape(*xy.shape[:2], 3)
    u[..., :2] *= flip
    return Sites(found, xy, frame.rest(xy, surface.level, u))


def evaluate(sites: Sites, terms: Sequence[str], depth_of_focus: float | None) -> Exposure | None:
    """Overlay and flatness of every field; None if no field can be evaluated.

    Args:
        sites: what was measured.
        terms: what the stepper corrects in every field.
        depth_of_focus: budget of the flatness (m), or None.
    """
    fields = [
        field
        for centre, xy, u in zip(sites.centres, sites.xy, sites.u, strict=True)
        if (field := _field(centre, xy, u, terms)) is not None
    ]
    return Exposure(tuple(fields), depth_of_focus) if fields else None


def _field(centre: Array, xy: Array, u: Array, terms: Sequence[str]) -> Field | None:
    on = ~np.isnan(u).any(axis=1)
    xy, u = xy[on], u[on]
    fitted = alignment.fit(xy, u[:, :2], terms)
    if fitted is None or not len(xy):
        return None
    corrected, left = fitted
    places = xy - xy.mean(axis=0)
    plane, _, rank, _ = np.linalg.lstsq(np.column_stack([np.ones(len(xy)), places]), u[:, 2], rcond=None)
    if rank < 3:
        return None
    height = u[:, 2] - plane[0] - places @ plane[1:]
    return Field(centre, corrected, alignment.residual(left), float(np.ptp(height)), plane[1:], left, xy, height)


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
