"""Exposure fields of a stepper: overlay that its correction leaves in each, and flatness against the depth of focus.

Flatness is the range of height about the field's own least-squares plane, as the site flatness SFQR of SEMI M1 but of
the stack as it lies: focus and tilt of the stage follow that plane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.faces import face_there
from solver.arrays import Array, Mask
from solver.case.exposure import field_centres
from solver.case.report import Lithography
from solver.metrics import alignment
from solver.metrics.alignment import Alignment, Residual
from solver.metrics.frame import Frame
from solver.metrics.surface import surface_of

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


def measure(stack_mesh: StackMesh, displacement: fem.Function, frame: Frame, wanted: Lithography) -> Sites | None:
    """Displacement at the points of the fields; None if no field fits or the face is not there. Collective.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it, laid level if large (m).
        frame: the rigid motion it is read without.
        wanted: of the case.
    """
    found = field_centres(stack_mesh.stack.outline, wanted)
    if not len(found) or face_there(stack_mesh, wanted.face) != wanted.face:
        return None
    surface = surface_of(stack_mesh, displacement, wanted.face)
    line = np.linspace(-0.5, 0.5, wanted.points)
    lattice = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2) * np.array(wanted.field)
    xy = found[:, None] + lattice
    flip = np.where([axis in surface.stack.mirrors for axis in (0, 1)], np.where(xy < 0, -1.0, 1.0), 1.0)
    found_u, height = surface.look((xy * flip).reshape(-1, 2))
    u = found_u.reshape(*xy.shape[:2], 3)
    u[..., :2] *= flip
    return Sites(found, xy, frame.rest(xy, height.reshape(xy.shape[:2]), u))


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
