"""Stress at a vertex of elastic materials, where edges meet: u = r^lambda phi(direction), in three dimensions.

Every part is a cone over flat patches around the vertex (`solver.life.sphere`). Equilibrium in its weak form over the
patches is a quadratic eigenproblem for lambda, and one set of linear equations for the even stress of a mismatch
(C. Song, J. P. Wolf, Comput. Methods Appl. Mech. Eng. 147 (1997) 329, in three dimensions; T. Apel, V. Mehrmann,
D. Watkins, Comput. Methods Appl. Mech. Eng. 191 (2002) 4459). Edges that leave the vertex are singular themselves, so
patches shrink towards them: exponents have about four digits.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import legendre

from solver.arrays import Array, Integers
from solver.life.lobatto import Lobatto
from solver.life.sphere import PATCHES, locate, places
from solver.life.wedges import Complex, Mode

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import SuperLU

_DEGREE = 4
_SHAPES = Lobatto(_DEGREE)
_POINTS = 7  # of a Gauss rule along a patch
_TINY = 1e-9
_APART = 100.0  # what labels of nodes on one of two free faces differ by
_ONE = 1e-3  # exponents that near to 1 are 1, those that near to 0 are translations
_REAL = 1e-6  # imaginary part of a real exponent, at most
_STILL = 1e-4  # of the largest stress, that is none
_UNBALANCED = 1e-3  # part of a load that no even stress carries
_FURTHER = 2.0  # exponents of interest
_STEPS = 100  # of the even stress
_MIDDLE, _REACH, _SOUGHT = 0.9, 1.1, 48  # exponents are sought around one, that far, so many at first
_VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


class Vertex:
    """Sectors about an upright line, other ones above a plane and below it.

    Args:
        ends: (sectors + 1,) angles between them, ascending, in plan (rad).
        above, below: (6, 6) stiffness of every sector (Pa), axes of the stack, Voigt order; None where nothing is.
        closed: the last sector is bonded to the first; else there is nothing between them.

    Attributes:
        modes: 0 < Re lambda < 2 but for rotations, ascending; of two that are conjugate the one with Im lambda > 0.
            Shapes are (nodes, 3) displacements.
    """

    def __init__(self, ends: Array, above: Sequence[Array | None], below: Sequence[Array | None], closed: bool) -> None:
        self._ends, self._moduli = ends, list[Array]()
        triangles, self._part_of, self._number = list[Array](), list[int](), dict[tuple[bool, int], int]()
        last = list[bool]()
        for up, row in ((True, above), (False, below)):
            for sector, stiffness in enumerate(row):
                if stiffness is None:
                    continue
                self._number[up, sector] = len(self._moduli)
                cuts = self._cuts(sector)
                for start, end in pairwise(cuts):
                    triangles.append(np.array([_horizon(start), _horizon(end), [0.0, 0.0, 1.0 if up else -1.0]]))
                    self._part_of.append(len(self._moduli))
                    last.append(not closed and end == ends[-1])
                self._moduli.append(stiffness)
        self._scale = max(float(np.abs(c).max()) for c in self._moduli)
        self._triangles = np.array(triangles)
        self._nodes, self._count = _numbered(self._triangles, last, float(ends[-1]))
        self._matrices = _matrices(self._triangles, np.array(self._moduli)[self._part_of] / self._scale, self._nodes)

    def part_at(self, direction: Array) -> Integers:
        """(n,) number of the part that directions (n, 3) go into, -1 where nothing is."""
        turned = self._turned(direction)
        sector = np.clip(np.searchsorted(self._ends, turned, "right") - 1, -1, len(self._ends) - 1)
        table = np.full((2, len(self._ends)), -1, dtype=np.int64)
        for (up, one), number in self._number.items():
            table[int(up), one] = number
        return np.asarray(table[(direction[:, 2] >= 0.0).astype(np.int64), sector])

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """As above."""
        values, vectors = self._fields
        near_one = np.abs(values - 1.0) < _ONE
        wanted = (values.real > _ONE) & (values.real < _FURTHER - _ONE) & (values.imag > -_REAL) & ~near_one
        found = [_mode(values[k], vectors[:, k]) for k in np.flatnonzero(wanted)]
        return tuple(sorted([*found, *self._even_modes], key=lambda one: (one.exponent.real, one.exponent.imag)))

    def even(self, free: Array, along: float = 0.0) -> Mode:
        """Displacement whose stress is the same at all distances, of parts that would not fit apart.

        Its stress is that of `stress` with the same `free`.

        Args:
            free: (parts, 6) strain without stress, engineering shears.
            along: nothing; there is no line.

        Raises:
            ValueError: there is none: it goes with the logarithm of the distance.
        """
        import scipy.sparse.linalg as spl

        del along
        load = np.zeros((self._count, 3))
        for number, (triangle, nodes) in enumerate(zip(self._triangles, self._nodes, strict=True)):
            part = self._part_of[number]
            stress = self._moduli[part] @ free[part] / self._scale
            ahead, around, weight = _strains(triangle)
            found = np.einsum("pg,s,pgsni->pni", weight, stress, 2.0 * ahead - around)
            np.add.at(load, nodes, found)
        mass, damping, stiffness = self._quadratic()
        matrix, right = mass + damping + stiffness, load.ravel()  # singular: it knows rotations and even stresses
        near = spl.LinearOperator(matrix.shape, matvec=self._factor.solve)
        shape, _ = spl.gmres(matrix, right, M=near, rtol=_UNBALANCED * 1e-6, restart=_STEPS, maxiter=1)
        if np.linalg.norm(matrix @ shape - right) > _UNBALANCED * float(np.linalg.norm(right)):
            raise ValueError("the even stress of its mismatch goes with the logarithm of the distance")
        return Mode(1.0 + 0.0j, shape.reshape(-1, 3).astype(complex))

    def stress(
        self, mode: Mode, direction: Array, part: Integers, free: Array | None = None, along: float = 0.0
    ) -> Complex:
        """(n, 6) stress (Pa), Voigt order, in directions (n, 3) of length 1 in parts (n,), over r^(lambda - 1).

        Args:
            mode: of the vertex.
            direction: within the parts.
            part: their numbers, as `part_at` has them.
            free: as of `even`, for the mode it gave.
            along: nothing.
        """
        del along
        found = np.zeros((len(direction), 6), dtype=complex)
        triangle, shares = self._triangle_at(direction, part)
        where = locate(shares / shares.sum(axis=1, keepdims=True))
        for one, patch in np.unique(np.stack([triangle, where.patch], axis=1), axis=0):
            mine = (triangle == one) & (where.patch == patch)
            value, slopes, inverse = _local(self._triangles[one], int(patch), where.local[mine])
            nodal = mode.shape[self._nodes[one, patch]]
            gradient = np.einsum("q,qi,qj->qij", np.full(len(value), mode.exponent), value @ nodal, inverse[:, :, 0])
            for axis, slope in enumerate(slopes):
                gradient += np.einsum("qi,qj->qij", slope @ nodal, inverse[:, :, axis + 1])
            strain = np.stack([gradient[:, i, j] + (gradient[:, j, i] if i != j else 0.0) for i, j in _VOIGT], axis=1)
            number = self._part_of[one]
            size = shares[mine].sum(axis=1)  # the patch is at a distance of 1 / size
            strain *= (size ** (mode.exponent - 1.0))[:, None]
            found[mine] = (strain if free is None else strain - free[number]) @ self._moduli[number].T
        return found

    def _quadratic(self) -> tuple["csc_matrix", "csc_matrix", "csc_matrix"]:
        """M, C, K of lambda^2 M + lambda C + K."""
        ahead, mixed, around = self._matrices
        return ahead, ahead - mixed + mixed.T, mixed.T - around

    @cached_property
    def _fields(self) -> tuple[Complex, Complex]:
        """All lambda of interest and more, and (3 nodes, n) their shapes."""
        return _near(self._quadratic(), self._factor)

    @cached_property
    def _factor(self) -> "SuperLU":
        """Of lambda^2 M + lambda C + K in the middle of what is of interest."""
        import scipy.sparse.linalg as spl

        mass, damping, stiffness = self._quadratic()
        return spl.splu((stiffness + _MIDDLE * damping + _MIDDLE**2 * mass).tocsc())

    @cached_property
    def _still(self) -> Array:
        """(3 nodes, n) an orthonormal basis of all displacements of lambda 1."""
        values, vectors = self._fields
        near = vectors[:, np.abs(values - 1.0) < _ONE]
        basis, sizes, _ = np.linalg.svd(np.hstack([near.real, near.imag]), full_matrices=False)
        return np.asarray(basis[:, sizes > 1e-6 * sizes[0]])

    @cached_property
    def _even_modes(self) -> list[Mode]:
        """Fields of even stress without load: those of lambda 1 that are no rotation."""
        basis = self._still
        middles = np.array(
            [triangle.mean(axis=0) / np.linalg.norm(triangle.mean(axis=0)) for triangle in self._triangles]
        )
        modes = [Mode(1.0 + 0.0j, column.reshape(-1, 3).astype(complex)) for column in basis.T]
        if not modes:
            return []
        part = np.array(self._part_of)
        stress = np.stack([self.stress(mode, middles, part).real.ravel() for mode in modes])
        turn, sizes, _ = np.linalg.svd(stress, full_matrices=False)
        keep = sizes > _STILL * max(float(sizes[0]), 1e-3 * self._scale / np.sqrt(len(basis)))
        return [Mode(1.0 + 0.0j, (basis @ column).reshape(-1, 3).astype(complex)) for column in turn.T[keep]]

    def _cuts(self, sector: int) -> Array:
        """Angles between the triangles of a sector, of a right angle at most (rad)."""
        start, end = self._ends[sector], self._ends[sector + 1]
        return np.linspace(start, end, max(1, int(np.ceil((end - start) / (0.5 * np.pi) - 1e-6))) + 1)

    def _turned(self, direction: Array) -> Array:
        theta = np.arctan2(direction[:, 1], direction[:, 0])
        return np.asarray(self._ends[0] + np.mod(theta - self._ends[0] + _TINY, 2.0 * np.pi) - _TINY)

    def _triangle_at(self, direction: Array, part: Integers) -> tuple[Integers, Array]:
        """Triangles (n,) that directions go through, and (n, 3) their corners' parts of the direction."""
        found, shares = np.full(len(direction), -1, dtype=np.int64), np.full((len(direction), 3), -np.inf)
        for number, corners in enumerate(self._triangles):
            mine = np.flatnonzero(part == self._part_of[number])
            here = direction[mine] @ np.linalg.inv(corners)
            better = here.min(axis=1) > shares[mine].min(axis=1)
            found[mine[better]], shares[mine[better]] = number, np.maximum(here[better], 0.0)
        return found, shares


def _horizon(angle: float) -> Array:
    return np.array([np.cos(angle), np.sin(angle), 0.0])


def _mode(value: complex, vector: Complex) -> Mode:
    real = abs(value.imag) <= _REAL
    shape = vector * np.exp(-1j * np.angle(vector[np.abs(vector).argmax()]))
    shape = shape.real.astype(complex) if real else shape
    return Mode(complex(value.real, 0.0 if real else value.imag), shape.reshape(-1, 3))


def _numbered(triangles: Array, last: Sequence[bool], end: float) -> tuple[Integers, int]:
    """(triangles, patches, nodes) numbers of the nodes, one of all at a place, and how many there are.

    Args:
        triangles: (n, 3, 3) corners.
        last: those whose second side in plan has a free face.
        end: angle of that (rad).
    """
    grid = np.stack(np.meshgrid(_SHAPES.nodes, _SHAPES.nodes, indexing="ij"), axis=2).reshape(-1, 2)
    shares = np.array([places(patch, grid)[0] for patch in range(PATCHES)])
    labels = np.einsum("pns,tsd->tpnd", shares, triangles)
    across = np.array([-np.sin(end), np.cos(end), 0.0])
    on_face = (np.abs(labels @ across) < _TINY) & (np.hypot(labels[..., 0], labels[..., 1]) > _TINY)
    labels[on_face & np.array(last)[:, None, None]] += _APART
    _, number = np.unique(np.round(labels.reshape(-1, 3), 8) + 0.0, axis=0, return_inverse=True)
    return number.reshape(labels.shape[:3]), int(number.max()) + 1


def _local(triangle: Array, patch: int, local: Array) -> tuple[Array, tuple[Array, Array], Array]:
    """(n, nodes) shapes at places of a patch, their slopes by both coordinates, and the inverse (n, 3, 3) of x by them.

    Its columns: by how much the distance (1 on the patch) and both coordinates change along x, y and z.
    """
    (first, by_first), (second, by_second) = (_SHAPES.at(local[:, axis]) for axis in (0, 1))
    outer = [np.einsum("qa,qb->qab", one, two).reshape(len(local), -1) for one, two in
             ((first, second), (by_first, second), (first, by_second))]  # fmt: skip
    jacobian = np.stack([shares @ triangle for shares in places(patch, local)], axis=1)
    return outer[0], (outer[1], outer[2]), np.linalg.inv(jacobian)


def _strains(triangle: Array) -> tuple[Array, Array, Array]:
    """Of a triangle, at the Gauss points of its patches: strain of r phi, and its weights.

    Returns:
        (patches, points, 6, nodes, 3) strain of every displacement as it grows with r; the same of its slopes on the
        patch; (patches, points) weights.
    """
    points, weights = legendre.leggauss(_POINTS)
    grid = np.stack(np.meshgrid(points, points, indexing="ij"), axis=2).reshape(-1, 2)
    ahead, around, found = list[Array](), list[Array](), list[Array]()
    for patch in range(PATCHES):
        value, slopes, inverse = _local(triangle, patch, grid)
        ahead.append(_strain_of(value, inverse[:, :, 0]))
        around.append(sum((_strain_of(s, inverse[:, :, k + 1]) for k, s in enumerate(slopes)), np.zeros(())))
        found.append(np.outer(weights, weights).ravel() / np.abs(np.linalg.det(inverse)))
    return np.array(ahead), np.array(around), np.array(found)


def _strain_of(value: Array, along: Array) -> Array:
    """(points, 6, nodes, 3) strain, Voigt order, of displacements whose gradient is value (points, nodes) x along."""
    found = np.zeros((len(value), 6, value.shape[1], 3))
    for row, (i, j) in enumerate(_VOIGT):
        found[:, row, :, i] += value * along[:, j, None]
        if i != j:
            found[:, row, :, j] += value * along[:, i, None]
    return found


def _matrices(triangles: Array, moduli: Array, nodes: Integers) -> tuple["csc_matrix", "csc_matrix", "csc_matrix"]:
    """Integrals over patches of strain and stress: as both grow with r, slopes by the first, and both of slopes."""
    import scipy.sparse as sp

    size, each = 3 * (int(nodes.max()) + 1), 3 * nodes.shape[2]
    own = (3 * nodes[..., None] + np.arange(3)).reshape(-1, each)
    rows, columns = np.repeat(own, each, axis=1).ravel(), np.tile(own, (1, each)).ravel()
    entries: list[list[Array]] = [[], [], []]
    for triangle, c in zip(triangles, moduli, strict=True):
        ahead, around, weight = _strains(triangle)
        ahead, around = (one.reshape(*one.shape[:3], -1) for one in (ahead, around))
        for number, (left, right) in enumerate(((ahead, ahead), (around, ahead), (around, around))):
            stress = np.einsum("pg,st,pgtn->pgsn", weight, c, right, optimize=True)
            entries[number].append(np.einsum("pgsm,pgsn->pmn", left, stress, optimize=True))
    found = (np.concatenate(one).ravel() for one in entries)
    first, second, third = (sp.csc_matrix((one, (rows, columns)), shape=(size, size)) for one in found)
    return first, second, third


def _near(quadratic: tuple["csc_matrix", "csc_matrix", "csc_matrix"], factor: "SuperLU") -> tuple[Complex, Complex]:
    """All lambda within a reach of the middle of what is of interest, and (size, n) their shapes."""
    import scipy.sparse.linalg as spl

    mass, damping, _ = quadratic
    size = mass.shape[0]

    def shifted(both: Array) -> Array:
        first, second = both[:size], mass @ both[size:]
        shape = -factor.solve(second + damping @ first + _MIDDLE * (mass @ first))
        return np.concatenate([shape, first + _MIDDLE * shape])

    operator = spl.LinearOperator((2 * size, 2 * size), matvec=shifted, dtype=float)
    sought = _SOUGHT
    while True:
        start = np.random.default_rng(0).standard_normal(2 * size)
        values, vectors = spl.eigs(operator, k=sought, which="LM", v0=start)
        found = _MIDDLE + 1.0 / values
        if np.abs(found - _MIDDLE).max() > _REACH:
            return found, vectors[:size]
        sought *= 2
