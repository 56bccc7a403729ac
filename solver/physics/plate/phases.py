"""Phases of a unit cell of a plate: which part of it each is, its mean stress, and what it was born at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.homogenise.reduced import CellSection

PARTS = MIDDLE, BESIDE_X, BESIDE_Y, CORNER = range(4)  # of a layer: on what is in the middle, beside it, and apart
_IN_PLANE = (0, 1, 5)  # of Voigt components
_NEAR = 1e-9


@dataclass(frozen=True)
class Phase:
    """A block of a unit cell, or one part of it.

    Attributes:
        block: its number in the mesh.
        layer: its index in the stack-up.
        part: of `PARTS`; None: all of the block.
    """

    block: int
    layer: int
    part: int | None = None


def mean_stress(
    section: CellSection, phases: Sequence[int], shape: Array, strains: Array, born: Mapping[int, Array]
) -> Array:
    """(n, CORNERS, 2, 6) mean stress (Pa) of some phases at the reference height, and its slope along z.

    Args:
        section: of the cell.
        phases: their numbers.
        shape: (n, CORNERS, 6) of the plate.
        strains: (n or 1, CORNERS or 1, all phases, 2, 3) thermal strain at the reference height, and its slope.
        born: phase -> (n, CORNERS, 6) of the plate where it was born.
    """
    v0, v1, v2 = section.moments[phases].sum(axis=0)
    fit, bound = np.linalg.inv(np.array([[v0, v1], [v1, v2]])), section.bound[phases].sum(axis=0)

    def of_plate(values: Array, slots: Array) -> Array:
        """(n, CORNERS, 12) of values (n, CORNERS, 6) by their part (2, 6, 6) in stress and its moment."""
        return np.asarray(values @ np.tensordot(fit, slots, axes=1).reshape(12, 6).T)

    found = of_plate(shape, section.stress[phases].sum(axis=0))
    thermal = fit @ np.einsum("mvbki,ncbki->ncmv", bound[..., :3], strains)
    found = found + thermal.reshape(*strains.shape[:2], 12)
    for other, values in born.items():
        found += of_plate(values, by_birth(bound[:, :, other, 0], bound[:, :, other, 1]))
    return found.reshape(*shape.shape[:2], 2, 6)


def by_birth(of_strain: Array, of_slope: Array) -> Array:
    """(..., 6) by strain and curvature at birth, from (..., 6) by the free strain and its slope along z."""
    return np.concatenate([of_strain[..., _IN_PLANE], of_slope[..., _IN_PLANE]], axis=-1)


def born_in(part: int, mean: Array, within: Array, shares: Sequence[float]) -> Array:
    """(n, CORNERS, 6) strain and curvature in a part of a cell, beside a part in its middle that strains otherwise.

    Across a street strains are what is left of the mean; along it they are those of the dies on its sides.

    Args:
        part: of `PARTS`.
        mean: (n, CORNERS, 6) of the cell.
        within: the same of what is in the middle.
        shares: of the pitch that it takes, along x and y.
    """
    if part == MIDDLE:
        return within
    area = shares[0] * shares[1]
    found = (mean - area * within) / (1.0 - area)
    for axis, along in enumerate((BESIDE_Y, BESIDE_X)):
        for row in (axis, axis + 3):
            left = (mean - shares[axis] * within)[..., row] / max(1.0 - shares[axis], _NEAR)
            found[..., row] = within[..., row] if part == along else left
    return found
