"""Fields on a grid of splines in the plane, evaluated at scattered plates: the coarse space of the plate problem.

The deflection w is a tensor product of quadratic splines, continuous with its slopes; plates tilt by -grad w
(Kirchhoff) and, for shear, by two rotations more that are bilinear like the displacements in the plane. A Kirchhoff
space does not lock, however thin the plate and coarse the grid; bilinear rotations alone would.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from scipy.sparse import block_array, csr_array, diags_array

from solver.arrays import Array, Integers

_BINS = 4096  # of the histogram that lays out the lines of the grid


@dataclass(frozen=True)
class Splines:
    """A grid of nx x ny cells over the plates; its lines are close where plates are.

    Attributes:
        lines: the coordinates of the grid lines (m) along x and along y.
    """

    lines: tuple[Array, Array]

    @property
    def area(self) -> float:
        """Area of the grid (m^2)."""
        return float(np.prod([line[-1] - line[0] for line in self.lines]))

    def bilinear(self, x: Array) -> csr_array:
        """(points, functions) values at points (points, 2)."""
        return _product(*(_linear(x[:, i], self.lines[i]) for i in range(2)))

    def smooth(self, x: Array) -> tuple[csr_array, csr_array, csr_array]:
        """(points, functions) values and slopes along x and y of the quadratic splines at points (points, 2)."""
        (along_x, slope_x), (along_y, slope_y) = (_quadratic(x[:, i], self.lines[i]) for i in range(2))
        return _product(along_x, along_y), _product(slope_x, along_y), _product(along_x, slope_y)


def grid(comm: MPI.Intracomm, x: Array, cells: float) -> Splines:
    """A grid of about `cells` cells over the points (points, 2) of all ranks. Collective."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    if len(x):
        low, high = x.min(axis=0), x.max(axis=0)
    comm.Allreduce(MPI.IN_PLACE, low, MPI.MIN)
    comm.Allreduce(MPI.IN_PLACE, high, MPI.MAX)
    side = np.maximum(high - low, 1e-12)
    lines = []
    for i in range(2):
        count = max(1, round(np.sqrt(cells * side[i] / side[1 - i])))
        histogram = np.histogram(x[:, i], _BINS, (low[i], low[i] + side[i]))[0].astype(float)
        comm.Allreduce(MPI.IN_PLACE, histogram, MPI.SUM)
        share = np.concatenate([[0.0], np.cumsum(histogram)]) / histogram.sum()
        share = 0.5 * (share + np.linspace(0.0, 1.0, _BINS + 1))  # half by number, half by length: no cell is empty
        lines.append(
            np.interp(np.linspace(0.0, 1.0, count + 1), share, np.linspace(low[i], low[i] + side[i], _BINS + 1))
        )
    return Splines((lines[0], lines[1]))


def motions(splines: Splines, centre: Array, reference: float) -> csr_array:
    """Modes of the plates (3 displacements, 2 rotations each) from the functions u, v, w and two shear rotations.

    Args:
        splines: the grid.
        centre: (plates, 3) point each plate turns about (m).
        reference: height at which u and v are the displacement (m).

    Returns:
        (5 plates, functions).
    """
    flat, (w, w_x, w_y) = splines.bilinear(centre[:, :2]), splines.smooth(centre[:, :2])
    lever = diags_array(centre[:, 2] - reference)
    rows = [
        [flat, None, -lever @ w_x, lever @ flat, None],
        [None, flat, -lever @ w_y, None, lever @ flat],
        [None, None, w, None, None],
        [None, None, -w_x, flat, None],
        [None, None, -w_y, None, flat],
    ]
    return _interleaved(rows, len(centre))


def temperatures(splines: Splines, centre: Array) -> csr_array:
    """Modes of the plates (temperature, gradient through the thickness) from two bilinear functions."""
    flat = splines.bilinear(centre[:, :2])
    return _interleaved([[flat, None], [None, flat]], len(centre))


def _interleaved(rows: list[list[csr_array | None]], plates: int) -> csr_array:
    """Blocks of rows, one for each mode, with the modes of a plate beside each other."""
    stacked = csr_array(block_array(rows, format="csr"))
    stacked.eliminate_zeros()
    return csr_array(stacked[np.arange(len(rows) * plates).reshape(len(rows), plates).T.ravel()])


def _linear(x: Array, lines: Array) -> tuple[Integers, Array, int]:
    return _some(x, np.pad(lines, 1, mode="edge"), 1)


def _quadratic(x: Array, lines: Array) -> tuple[tuple[Integers, Array, int], tuple[Integers, Array, int]]:
    """Values and slopes; the slope of a quadratic spline is a difference of linear ones."""
    knots = np.pad(lines, 2, mode="edge")
    first, values, count = _some(x, knots, 2)
    _, linear, _ = _some(x, knots[1:-1], 1)
    scaled = 2.0 * linear / (knots[first[:, 1:] + 2] - knots[first[:, 1:]])
    slopes = np.pad(scaled, ((0, 0), (1, 0))) - np.pad(scaled, ((0, 0), (0, 1)))
    return (first, values, count), (first, slopes, count)


def _some(x: Array, knots: Array, degree: int) -> tuple[Integers, Array, int]:
    """Numbers and values (points, degree + 1) of the B-splines that are not zero at x, and how many there are."""
    from scipy.interpolate import BSpline  # takes a while to import, and few problems are that large

    matrix = BSpline.design_matrix(np.clip(x, knots[0], knots[-1]), knots, degree)
    shape = (len(x), degree + 1)
    return matrix.indices.reshape(shape).astype(np.int64), matrix.data.reshape(shape), len(knots) - degree - 1


def _product(a: tuple[Integers, Array, int], b: tuple[Integers, Array, int]) -> csr_array:
    """Tensor product of functions along x and along y."""
    columns = a[0][:, :, None] * b[2] + b[0][:, None, :]
    values = a[1][:, :, None] * b[1][:, None, :]
    each = columns.shape[1] * columns.shape[2]
    return csr_array(
        (values.ravel(), columns.ravel(), each * np.arange(len(columns) + 1)), shape=(len(columns), a[2] * b[2])
    )
