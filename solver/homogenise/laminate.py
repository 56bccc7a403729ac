"""The unit cell of a plate that repeats in its plane: layers with a rectangle of other materials in the middle.

    u = (E + z K) x + w,   find w:  int C (e + eps(w)) : eps(v) dx = 0  for all v,   e = E + z K in the plane,

w repeating from cell to cell, top and bottom free (D. Caillerie, Math. Methods Appl. Sci. 6 (1984) 159; T. Lewinski, J.
J. Telega, Plates, Laminates and Shells (2000), ch. 2). Energy per area is then half of (E, K) (A B; B D) (E, K), layers
slide over each other beside the edges of a part as they do in three dimensions. With phases orthotropic along the axes
the mirror planes of the cell leave a quarter of it, and extension and bending apart from shear and twist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.homogenise.problem import Factorised, assembled, strain

_FINE, _GROWTH = 0.25, 2.5  # cells at the edge of a part, of the thickness of the cell, and from there on
_PER_LAYER, _THICK = 2, 0.2  # cells through a layer of more than this part of the thickness; one through thinner ones
_GAUSS = 3  # points along each axis: exact for boxes
_SAME = 1e-9

# components (component, axis of the mirror plane) of w that are zero, and the unit strains that leave them so
EVEN, ODD = 0, 1
_HELD = ({(0, 0), (1, 1)}, {(1, 0), (2, 0), (0, 1), (2, 1)})
UNITS: tuple[tuple[int, ...], ...] = ((0, 1, 3, 4), (2, 5))  # of E xx yy xy, K xx yy xy
FOLLOWED = ((0, 1, 2, 3, 4), (5,))  # components of strain whose mean over a quarter is followed, by parity
_VOIGT = (0, 1, 5)  # of xx yy xy


@dataclass(frozen=True)
class Ply:
    """A layer of the cell.

    Attributes:
        low, high: faces, from where curvature bends no fibre (m).
        size: sides of the rectangle in the middle (m).
        inside, outside: phases; None where there is nothing.
        beside: phases beside the rectangle along x and along y, where they are others than in the corners.
    """

    low: float
    high: float
    size: tuple[float, float]
    inside: int | None
    outside: int | None
    beside: tuple[int, int] | None = None

    def phase(self, x: Array, y: Array) -> Integers:
        """(len(x), len(y)) phase at places of a quarter (m), -1 for none."""
        outside = -1 if self.outside is None else self.outside
        along_x, along_y = (outside, outside) if self.beside is None else self.beside
        near_x, near_y = (x < self.size[0] / 2)[:, None], y < self.size[1] / 2
        inside = np.where(near_x & near_y, -1 if self.inside is None else self.inside, along_x)
        return np.where(near_y, inside, np.where(near_x, along_y, outside))


@dataclass(frozen=True)
class LaminateCell:
    """A cell of a plate.

    Args:
        pitch: sides (m).
        plies: from below.
        phases: how many there are.
        flat: True if its bottom goes with the plate everywhere, as on a chuck; else it is free to wave.
    """

    pitch: tuple[float, float]
    plies: tuple[Ply, ...]
    phases: int
    flat: bool = False

    @cached_property
    def _grid(self) -> tuple[list[Array], Integers]:
        """Lines along x, y, z of a quarter (m), and the phase of the boxes between them, -1 for none."""
        thickness = self.plies[-1].high - self.plies[0].low
        plane = []
        for axis in (0, 1):
            half = self.pitch[axis] / 2
            ends = np.array([0.0, *(min(ply.size[axis] / 2, half) for ply in self.plies), half])
            plane.append(_lines(ends[_apart(ends, half)], _FINE * thickness))
        z, owner = [np.array([self.plies[0].low])], list[int]()
        for number, ply in enumerate(self.plies):
            if ply.low > z[-1][-1] + _SAME * thickness:
                z.append(np.array([ply.low]))
                owner.append(-1)
            count = _PER_LAYER if ply.high - ply.low > _THICK * thickness else 1
            z.append(np.linspace(ply.low, ply.high, count + 1)[1:])
            owner += [number] * count
        x, y = (0.5 * (line[1:] + line[:-1]) for line in plane)
        phase = np.full((len(x), len(y), len(owner)), -1)
        for level, number in enumerate(owner):
            if number >= 0:
                phase[:, :, level] = self.plies[number].phase(x, y)
        return [*plane, np.concatenate(z)], phase

    @property
    def hangs_together(self) -> bool:
        """True if no piece of it is loose."""
        from scipy.ndimage import label

        return bool(label(self._grid[1] >= 0)[1] == 1)

    def boxes(self) -> tuple[Array, Integers, Integers]:
        """Corners (n, 3) (m) of hexahedra, their nodes in the order of DOLFINx, and their phases."""
        lines, phase = self._grid
        points = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 3)
        number = np.arange(len(points)).reshape([len(line) for line in lines])
        i, j, k = np.nonzero(phase >= 0)
        corners = [number[i + a, j + b, k + c] for c in (0, 1) for b in (0, 1) for a in (0, 1)]
        used, cells = np.unique(np.stack(corners, axis=1), return_inverse=True)
        return points[used], cells.reshape(-1, 8), phase[i, j, k]


@dataclass(frozen=True, eq=False)
class Fields:
    """Strains at points of a quarter cell, of one parity.

    Attributes:
        values: (fields, points, 6) strains: units first, then fluctuations.
        units: how many of them are units.
    """

    values: Array
    units: int


class LaminateProblem:
    """Fluctuations of a cell. Lengths are in m, stiffnesses in Pa.

    Args:
        cell: the cell.

    Attributes:
        phase: (points,) phase of every point.
        weight: (points,) volume it stands for (m^3).
        places: (points, 3) (m).
        area: of the quarter (m^2).
    """

    def __init__(self, cell: LaminateCell) -> None:
        points, cells, phase = cell.boxes()
        self._unit = 0.5 * cell.pitch[0]
        self.area = 0.25 * cell.pitch[0] * cell.pitch[1]
        domain = compat.domain("hexahedron", 1, 3)
        owner: list[Integers] = [np.zeros(1, dtype=np.int32)] * len(cells)
        mesh = compat.create_mesh(MPI.COMM_SELF, cells, points / self._unit, domain, owner)
        original = mesh.topology.original_cell_index
        self._phase, self.phases = phase[original], cell.phases
        self._space = space = fem.functionspace(mesh, ("Lagrange", 2, (3,)))
        self._c = fem.Function(fem.functionspace(mesh, ("DG", 0, (6, 6))))
        self._mean, self._slope = (fem.Function(fem.functionspace(mesh, ("DG", 0, (6,)))) for _ in range(2))
        self._found = fem.Function(space)
        w, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        dx = ufl.dx(mesh, metadata={"quadrature_degree": 4})
        given = self._mean + ufl.SpatialCoordinate(mesh)[2] * self._slope
        self._a = compat.form(ufl.inner(ufl.dot(self._c, strain(w)), strain(v)) * dx)
        self._load = compat.form(-ufl.inner(ufl.dot(self._c, given), strain(v)) * dx)
        self._points(points[cells][original])
        reference, _ = _gauss()
        self._strain = compat.expression(strain(self._found), reference)
        self._held = [_held(space, cell, self._unit, parity) for parity in (EVEN, ODD)]

    def _points(self, corners: Array) -> None:
        """Places, weights and phases of the points; `corners` (cells, 8, 3) in m."""
        reference, weight = _gauss()
        low, sides = corners[:, 0], corners[:, 7] - corners[:, 0]
        self.places = (low[:, None] + sides[:, None] * reference).reshape(-1, 3)
        self.weight = (sides.prod(axis=1)[:, None] * weight).ravel()
        self.phase = np.repeat(self._phase, len(weight))

    @property
    def z(self) -> Array:
        """(points,) heights of the points (m)."""
        return self.places[:, 2]

    def units(self, parity: int) -> Array:
        """(fields, points, 6) unit strains and curvatures (1 and 1/m)."""
        found = np.zeros((len(UNITS[parity]), len(self.z), 6))
        for row, number in enumerate(UNITS[parity]):
            found[row, :, _VOIGT[number % 3]] = self.z if number >= 3 else 1.0
        return found

    def fluctuations(self, stiffness: Array, parity: int) -> Array:
        """(fields, points, 6) strains of w for the units, and for phases that want to grow by 1, one after another.

        Args:
            stiffness: (phases, 6, 6).
            parity: EVEN or ODD.
        """
        scale = np.abs(stiffness).max()
        self._c.x.array[:] = (stiffness[self._phase] / scale).ravel()
        factors = Factorised(assembled(self._a), self._held[parity])
        found = []
        for mean, slope in self._loads(parity):
            self._mean.x.array[:], self._slope.x.array[:] = mean.ravel(), slope.ravel()
            self._found.x.array[:] = factors.solve(fem.assemble_vector(self._load).array)
            cells = np.arange(len(self._phase), dtype=np.int32)
            found.append(compat.evaluate(self._strain, self._space.mesh, cells).reshape(-1, 6))
        return np.array(found)

    def _loads(self, parity: int) -> Iterator[tuple[Array, Array]]:
        """(cells, 6) strain at height 0 and its slope there, in units of the mesh."""
        count = len(self._phase)
        for number in UNITS[parity]:
            rows = np.zeros((2, count, 6))
            rows[number // 3, :, _VOIGT[number % 3]] = self._unit if number >= 3 else 1.0
            yield rows[0], rows[1]
        for phase in np.unique(self._phase) if parity == EVEN else ():
            grows = np.zeros((count, 6))
            grows[self._phase == phase, :3] = -1.0
            yield grows, np.zeros((count, 6))


def _held(space: fem.FunctionSpace, cell: LaminateCell, unit: float, parity: int) -> Integers:
    """Unknowns that are zero: on the mirror planes, along z on a bottom that is flat, or one to end rigid motion."""
    x = space.tabulate_dof_coordinates()
    chosen: Mask = np.zeros((len(x), 3), dtype=bool)
    for component, axis in _HELD[parity]:
        far = 0.5 * cell.pitch[axis] / unit
        chosen[(np.abs(x[:, axis]) < 1e-7) | (np.abs(x[:, axis] - far) < 1e-7), component] = True
    if cell.flat:
        chosen[x[:, 2] < x[:, 2].min() + 1e-7, 2] = True
    elif parity == EVEN:
        chosen[0, 2] = True
    return np.flatnonzero(chosen)


def _gauss() -> tuple[Array, Array]:
    """Points (n, 3) and weights of the reference cube."""
    x, w = np.polynomial.legendre.leggauss(_GAUSS)
    points = np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1).reshape(-1, 3)
    return 0.5 + 0.5 * points, np.einsum("i,j,k->ijk", w, w, w).ravel() / 8


def _lines(ends: Array, fine: float) -> Array:
    """Lines from the first of some ends to the last: cells of a size at the ends between, larger away from them."""
    found = [ends[:1]]
    for number, (low, high) in enumerate(pairwise(ends)):
        first, last = number == 0, number == len(ends) - 2
        found.append(low + _graded(high - low, fine, not first, not last))
    return np.concatenate(found)


def _graded(length: float, fine: float, below: bool, above: bool) -> Array:
    """Lines after the first of an interval that is fine at its lower end, at its upper one, or at both."""
    if below and above:
        half = _graded(length / 2, fine, True, False)
        return np.concatenate([half, length - half[-2::-1], [length]])
    if not (below or above):
        return np.linspace(0.0, length, 3)[1:]
    sizes = [fine]
    while sum(sizes) < length:
        sizes.append(_GROWTH * sizes[-1])
    places = np.cumsum(sizes) * (length / sum(sizes))
    return places if below else np.concatenate([length - places[-2::-1], [length]])


def _apart(ends: Array, half: float) -> Integers:
    """Places in order of values that differ."""
    order = np.argsort(ends, kind="stable")
    return order[np.diff(ends[order], prepend=-1.0) > _SAME * half]
