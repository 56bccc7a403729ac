"""What materials with a memory answer in an increment of time, as values."""

from dataclasses import dataclass, replace

import numpy as np

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.materials.axes import moduli_of_stack, stress_of_stack
from solver.materials.laws.response import Response, Tangent
from solver.physics.solid.load import Diverged

Kelvin = float | Array  # uniform, or at the Gauss points of every cell (cells, points)


def uniform(kelvin: Kelvin) -> float | None:
    """The temperature (K) where it is one and the same, else None."""
    return None if isinstance(kelvin, np.ndarray) else float(kelvin)


@dataclass(frozen=True)
class Answer:
    """Of all cells at their Gauss points.

    Attributes:
        stress: (cells, points, 6) in Voigt order (Pa).
        moduli: (cells, points, 9 or 21) tangent D in the order of `ALL_MODULI` (Pa).
        at_rest: (cells, points, 6) s (Pa).
    """

    stress: Array
    moduli: Array
    at_rest: Array


@dataclass(frozen=True)
class Tried:
    """What laws answered at a strain, and what their points would remember.

    Attributes:
        strain: (cells, points, 6) they were asked at.
        stress, moduli: as of `Answer`.
        values: (cells with a memory, points, k); None if they are not wanted.
    """

    strain: Array
    stress: Array
    moduli: Array
    values: Array | None


@dataclass(frozen=True)
class Snapshot:
    """What a stack remembers at a time; arrays are shared, none of them is ever changed."""

    values: Array
    stress: Array
    moduli: Array | None
    kelvin: Kelvin


def along_stack(response: Response, angles: Array) -> Response:
    """An answer along x, y and z of one along the axes of a material."""
    if not angles.any():
        return response
    softening = response.tangent.softening
    if softening is not None:
        softening = np.column_stack([softening[:, 0], stress_of_stack(softening[:, 1:], angles)])
    tangent = Tangent(moduli_of_stack(response.tangent.moduli, angles), softening)
    return replace(response, stress=stress_of_stack(response.stress, angles), tangent=tangent)


def no_answer(seconds: float) -> Exception:
    """What is raised where materials find no answer: an increment can be cut, unless it takes no time."""
    if seconds > 0.0:
        return Diverged()
    return NotConvergedError("materials that remember find no answer to what happens in no time (layers, supports)")
