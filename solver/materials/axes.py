"""Axes of a material in the plane of its layer, and tensors turned between them and those of the stack.

Strain, stress and stiffness turn as tensors (T. C. T. Ting, Anisotropic Elasticity, 1996, sect. 2.3), in Voigt order
xx yy zz yz xz xy with engineering shear.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema

from solver.arrays import Array
from solver.errors import nearest
from solver.materials.elasticity import ALL_MODULI, MODULI, full, moduli
from solver.section import wrong
from solver.units import ANGLE, LENGTH, each

_RIGHT = np.pi / 2
_SAME = 1e-9  # rad, m


@dataclass(frozen=True)
class Axes:
    """Where the first axis of a material points; the third is that of the stack.

    Attributes:
        angle: from x to the first axis, or from the radius to it, towards y (rad).
        centre: of the radii (m), or None.
    """

    angle: float = 0.0
    centre: tuple[float, float] | None = None

    def angles(self, x: Array) -> Array:
        """From x to the first axis at points (n, 2 or more) (m), in rad: (n,), or (1,) if it is the same everywhere."""
        if self.centre is None:
            return np.array([self.angle])
        away = x[:, :2] - np.array(self.centre)
        return np.arctan2(away[:, 1], away[:, 0]) + self.angle

    def mirrors_itself(self, axis: int) -> bool:
        """True if a mirror plane through the origin, normal to an axis, leaves an orthotropic material as it is."""
        along = abs(np.remainder(self.angle + 0.5 * _RIGHT, _RIGHT) - 0.5 * _RIGHT) < _SAME
        return bool(along and (self.centre is None or abs(self.centre[axis]) < _SAME))

    def __str__(self) -> str:
        turned = f"{np.degrees(self.angle):.6g} deg"
        if self.centre is None:
            return turned
        x, y = (1e3 * part for part in self.centre)
        return f"{turned} from the radius about ({x:.6g}, {y:.6g}) mm"


def _read(raw: Any) -> Axes:
    if isinstance(raw, Axes):
        return raw
    if raw == "radial":
        return Axes(centre=(0.0, 0.0))
    if not isinstance(raw, dict):
        return Axes(ANGLE.parse(raw))
    for key in raw:
        if key not in ("radial", "angle"):
            raise wrong(f"unknown key '{key}'; {nearest(str(key), ['radial', 'angle'])}")
    centre = raw.get("radial")
    if not isinstance(centre, list | tuple) or len(centre) != 2:
        raise wrong("axes along the radius are `radial`, or {radial: [x, y]} with the centre, such as [0 mm, 0 mm]")
    return Axes(ANGLE.parse(raw.get("angle", "0 deg")), (LENGTH.parse(centre[0]), LENGTH.parse(centre[1])))


_RADIAL = {"radial": each(LENGTH, 2), "angle": ANGLE.schema}
Orientation = Annotated[
    Axes | None,
    BeforeValidator(lambda raw: None if raw is None else _read(raw)),
    WithJsonSchema(
        {
            "anyOf": [
                ANGLE.schema,
                {"const": "radial"},
                {"type": "object", "properties": _RADIAL, "required": ["radial"], "additionalProperties": False},
                {"type": "null"},
            ]
        }
    ),
]


def bond(angle: Array) -> Array:
    """(n, 6, 6) strain along x, y, z from strain along axes turned by angles (n,) (rad); the way back has -angle."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.zeros((*angle.shape, 6, 6))
    rows = (0, 1, 5)
    plane = [[c * c, s * s, -c * s], [s * s, c * c, c * s], [2 * c * s, -2 * c * s, c * c - s * s]]
    for i, row in zip(rows, plane, strict=True):
        for j, value in zip(rows, row, strict=True):
            turn[..., i, j] = value
    turn[..., 2, 2] = 1.0
    turn[..., 3, 3] = turn[..., 4, 4] = c
    turn[..., 3, 4], turn[..., 4, 3] = s, -s
    return turn


def strain_along_axes(strain: Array, angle: Array) -> Array:
    """(n, 6) along the axes of a material from strain (n, 6) along x, y, z."""
    return _times(bond(-angle), strain) if angle.any() else strain


def stress_along_axes(stress: Array, angle: Array) -> Array:
    """(n, 6) along the axes of a material from stress (n, 6) along x, y, z."""
    return _times(np.swapaxes(bond(angle), -1, -2), stress) if angle.any() else stress


def stress_of_stack(stress: Array, angle: Array) -> Array:
    """(n, 6) along x, y, z from stress (n, 6) along the axes of a material."""
    return stress_along_axes(stress, -angle)


def _times(turn: Array, vectors: Array) -> Array:
    """Each vector (n, 6) by its own matrix, or all by one: (n or 1, 6, 6)."""
    return np.asarray(np.einsum("nij,nj->ni", turn, vectors) if len(turn) > 1 else vectors @ turn[0].T)


def stiffness_of_stack(stiffness: Array, angle: Array) -> Array:
    """(n, 6, 6) along x, y, z from that along the axes of a material, (n or 1, 6, 6)."""
    turn = bond(-angle)
    return np.asarray(np.swapaxes(turn, -1, -2) @ stiffness @ turn)


def moduli_of_stack(values: Array, angle: Array) -> Array:
    """(n, 21) moduli along x, y, z of nine along the axes of a material, (n or 1, 9)."""
    if not angle.any():
        return np.pad(values, ((0, 0), (0, len(ALL_MODULI) - len(MODULI))))
    return moduli(stiffness_of_stack(full(values), angle), ALL_MODULI)


def strain_of_stack(values: Array, angle: Array) -> Array:
    """(n, 6) along x, y, z of three changes of length along the axes of a material, (n or 1, 3)."""
    return np.asarray(np.einsum("...ij,...j->...i", bond(angle)[..., :3], values))


def conductivity_of_stack(values: Array, angle: Array) -> Array:
    """(n, 4) xx, yy, zz, xy of three conductivities along the axes of a material, (n or 1, 3)."""
    x, y, z = values.T
    c, s = np.cos(angle), np.sin(angle)
    parts = c**2 * x + s**2 * y, s**2 * x + c**2 * y, z, c * s * (x - y)
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
