"""Apertures of a Gerber file: what a flash draws, in mm about the origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely import affinity

from solver.arrays import Array

Drawn: TypeAlias = tuple[bool, Any]  # dark, and a Shapely geometry (mm)
SIDES = 96  # of the polygon of a circle, which has the circle's area


class ShapeError(ValueError):
    """A shape that cannot be; the message is for the user."""


@dataclass(frozen=True)
class Aperture:
    """What a flash draws.

    Attributes:
        drawn: its parts, dark and clear; those of standard and macro apertures are one dark part.
        diameter: of a full circle, which lines can be drawn with (mm); None for others.
        convex: True for a full rectangle, which straight lines can be drawn with.
    """

    drawn: tuple[Drawn, ...]
    diameter: float | None = None
    convex: bool = False


def circle(diameter: float, middle: Sequence[float] | Array = (0.0, 0.0)) -> Any:
    """A polygon with the area of the circle."""
    return polygon(SIDES, diameter * np.sqrt(2 * np.pi / SIDES / np.sin(2 * np.pi / SIDES)), middle)


def polygon(sides: int, diameter: float, middle: Sequence[float] | Array = (0.0, 0.0), degrees: float = 0.0) -> Any:
    """A regular polygon, first corner at an angle, inside a circle.

    Raises:
        ShapeError: the format has no such polygon.
    """
    if not 3 <= sides <= SIDES or diameter < 0:
        raise ShapeError(f"a polygon of {sides} sides and diameter {diameter:g}")
    angle = np.radians(degrees) + 2 * np.pi * np.arange(sides) / sides
    corners: Array = np.asarray(middle) + diameter / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return shapely.Polygon(corners) if diameter > 0 else shapely.Polygon()


def rectangle(width: float, height: float, middle: Sequence[float] | Array = (0.0, 0.0)) -> Any:
    """A rectangle by its sides and middle.

    Raises:
        ShapeError: a side is negative.
    """
    if width < 0 or height < 0:
        raise ShapeError(f"a rectangle of {width:g} x {height:g}")
    x, y = middle
    return shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def standard(kind: str, sizes: Sequence[float]) -> Aperture:
    """A standard aperture: C, R, O or P.

    Args:
        kind: its letter.
        sizes: parameters (mm, degrees).

    Raises:
        ShapeError: too few or too many parameters, or a shape that cannot be.
    """
    least, most = {"C": (1, 2), "R": (2, 3), "O": (2, 3), "P": (2, 4)}[kind]
    if not least <= len(sizes) <= most:
        extra = "; rectangular holes are not read" if len(sizes) == most + 1 else ""
        raise ShapeError(f"{len(sizes)} parameters of {kind}, which has {least} to {most}{extra}")
    if kind == "C":
        shape = circle(sizes[0])
    elif kind == "P":
        shape = polygon(round(sizes[1]), sizes[0], degrees=sizes[2] if len(sizes) > 2 else 0.0)
    elif kind == "R":
        shape = rectangle(sizes[0], sizes[1])
    else:
        shape = _obround(sizes[0], sizes[1])
    full = len(sizes) < most or sizes[-1] == 0
    shape = shape if full else shape.difference(circle(sizes[-1]))
    return Aperture(((True, shape),), sizes[0] if kind == "C" and full else None, kind == "R" and full)


def _obround(width: float, height: float) -> Any:
    """A rectangle with half circles for its shorter sides."""
    ends, length = min(width, height), abs(width - height) / 2
    along = np.array([length, 0.0]) if width > height else np.array([0.0, length])
    rectangle(width, height)
    inner = rectangle(2 * along[0], height) if width > height else rectangle(width, 2 * along[1])
    return shapely.union_all([inner, circle(ends, -along), circle(ends, along)])


def placed(aperture: Aperture, at: Sequence[float], matrix: Array, dark: bool) -> list[Drawn]:
    """The parts of a flash: mirrored, scaled and turned by a (2, 2) matrix, moved, and all reversed if it is clear."""
    turned = [a for row in matrix for a in row]
    return [(part == dark, affinity.affine_transform(shape, [*turned, *at])) for part, shape in aperture.drawn]
