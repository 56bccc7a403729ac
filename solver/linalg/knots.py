"""Knots of the cubic splines a panel bends by, in x and y: on the lines of the mesh where it has lines.

Columns smooth whatever is shorter than about sqrt(h t) in a panel of thickness t with cells of size h, so intervals are
about as long and hold several cells where these are short: splines then grow like the root of the cells.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.arrays import Array, Integers

SPACING = 4.0  # squared interval over h t
_DEGREE = 3
_ON_KNOT = 1e-6  # parts of an interval
_SAME_LINE = 1e-9  # parts of the span
_TENSOR = 1.5  # rectangles between the lines for each plane cell: more is no grid of lines


@dataclass(frozen=True)
class Grid:
    """Splines over the plane; those beyond a mirror plane (the lower end) are folded back.

    Attributes:
        knots: in x and y, from end to end, rising (m).
        mirrored: whether the lower end is a mirror plane.
        slenderness: size of the cells over the thickness of the stack.
    """

    knots: tuple[Array, Array]
    mirrored: tuple[bool, bool]
    slenderness: float

    @property
    def shape(self) -> tuple[int, int]:
        """Number of splines in x and y."""
        return len(self.knots[0]) + 2, len(self.knots[1]) + 2

    @property
    def spacing(self) -> float:
        """Mean length of an interval between knots (m)."""
        return float(np.mean([np.ptp(part) / (len(part) - 1) for part in self.knots]))

    def reach(self, axis: int, x: Array) -> tuple[Integers, Array]:
        """The four splines (n, 4) at places x, and (n, 3, 4) their values: even, odd, slope of even.

        By the recursion of C. de Boor (L. Piegl, W. Tiller, The NURBS Book, algorithms A2.2 and A2.3).
        """
        inner = self.knots[axis]
        knots = np.concatenate(
            [2 * inner[0] - inner[_DEGREE:0:-1], inner, 2 * inner[-1] - inner[-2 : -2 - _DEGREE : -1]]
        )
        first = np.clip(np.searchsorted(inner, x, side="right") - 1, 0, len(inner) - 2)
        step = inner[first + 1] - inner[first]
        first += (x > inner[first + 1] - _ON_KNOT * step) & (first < len(inner) - 2)
        on_knot = np.abs(x - inner[first]) <= _ON_KNOT * step
        x = np.where(on_knot, inner[first], x)
        at = first + _DEGREE
        value, slope = [np.ones_like(x)], [np.zeros_like(x)]
        for degree in range(1, _DEGREE + 1):
            scaled = [part / (knots[at + 1 + r] - knots[at + 1 + r - degree]) for r, part in enumerate(value)]
            below, above = [np.zeros_like(x), *scaled], [*scaled, np.zeros_like(x)]
            value = [
                (x - knots[at + r - degree]) * below[r] + (knots[at + 1 + r] - x) * above[r] for r in range(degree + 1)
            ]
            slope = [degree * (a - b) for a, b in zip(below, above, strict=True)]
        centre = first[:, None] + np.arange(-1, 3)
        sign = np.sign(centre) if self.mirrored[axis] else np.ones_like(centre)
        index = (np.abs(centre) if self.mirrored[axis] else centre) + 1
        index[on_knot, 3] = index[on_knot, 2]  # on a knot the fourth vanishes with its slope
        even = np.stack(value, axis=1)
        return index, np.stack([even, sign * even, np.stack(slope, axis=1)], axis=1)


def grid(
    comm: MPI.Intracomm,
    corners: Array,
    low: Array,
    high: Array,
    size: float,
    thickness: float,
    mirrored: tuple[bool, bool],
) -> Grid:
    """The knots for a panel. Collective.

    Args:
        comm: communicator.
        corners: (n, 2) corners of this rank's plane cells (m).
        low: (2,) lower ends of the panel (m).
        high: (2,) upper ends of it (m).
        size: of a plane cell (m).
        thickness: of the panel (m).
        mirrored: whether the lower ends are mirror planes.
    """
    lines = [_lines(comm, corners[:, d], float((high - low).max())) for d in (0, 1)]
    if np.prod([len(part) - 1.0 for part in lines]) > _TENSOR * np.prod((high - low) / size):
        lines = [np.linspace(low[d], high[d], _intervals(high[d] - low[d], size) + 1) for d in (0, 1)]
    x, y = (_some(part, SPACING * thickness) for part in lines)
    return Grid((x, y), mirrored, size / thickness)


def _intervals(length: float, size: float) -> int:
    return int(np.ceil(length / size - 1e-6))


def _lines(comm: MPI.Intracomm, x: Array, span: float) -> Array:
    """Places (m), rising, at which corners of any rank's cells are."""
    found = np.unique(np.concatenate(comm.allgather(np.unique(x))))
    return found[np.diff(found, prepend=-np.inf) > _SAME_LINE * span]


def _some(lines: Array, apart: float) -> Array:
    """Every line, or every second, third ... where they are close: n cells of size h have n^2 h < apart (m)."""
    chosen = [0]
    while chosen[-1] < len(lines) - 1:
        end = chosen[-1] + 1
        while end < len(lines) - 1 and (lines[end + 1] - lines[chosen[-1]]) * (end + 1 - chosen[-1]) < apart:
            end += 1
        chosen.append(end)
    return lines[chosen]
