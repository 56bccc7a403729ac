"""What a fit hands over: keys of a material with their provenance, words for the terminal, panels of a picture."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from solver.arrays import Array
from solver.units import ZERO_CELSIUS, to_celsius


@dataclass(frozen=True, eq=False)
class Line:
    """Points (`x`, `y`), measured or of the fit; `residual` is drawn below; `colour` is a place on a scale."""

    x: Array
    y: Array
    label: str = ""
    residual: Array | None = None
    colour: float | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """Data against a fit, and their difference below."""

    title: str
    x_label: str
    y_label: str
    residual_label: str
    data: list[Line]
    fit: list[Line]
    log: tuple[bool, bool] = (False, False)
    marks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fitted:
    """The outcome for one file.

    Attributes:
        source: one line on the data.
        keys: of the material, as YAML has them.
        notes: key -> error of the fit, in words.
        valid: temperatures the data cover (K).
        doubts: what the data do not tell.
        panels: of the picture.
        times: of relaxation that the data cover (s), at the reference of its shift.
    """

    source: str
    keys: dict[str, Any]
    notes: dict[str, str]
    valid: tuple[float, float]
    doubts: list[str]
    panels: list[Panel]
    times: tuple[float, float] | None = None


def celsius(kelvin: float) -> str:
    """A temperature as a material has it."""
    return f"{to_celsius(float(kelvin)):.4g} degC"


def digits(value: float, count: int = 4) -> float:
    """A value rounded to so many significant digits."""
    return float(f"{float(value):.{count}g}")


def in_celsius(kelvin: Array | float) -> Array:
    """Temperatures (K) of any shape in degC."""
    return np.asarray(kelvin) - ZERO_CELSIUS
