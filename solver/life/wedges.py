"""Stress where wedges of elastic materials meet in a line: u = r^lambda phi(theta), any number of wedges and materials.

Equilibrium of every sector in its weak form along theta is a quadratic eigenproblem for lambda, and one set of linear
equations for the even stress of a mismatch (D. Leguillon, E. Sanchez-Palencia, Computation of singular solutions in
elliptic problems and elasticity, 1987; C. Song, J. P. Wolf, Comput. Methods Appl. Mech. Eng. 147 (1997) 329). phi is of
high degree on arcs of at most 45 degrees, which has all exponents to about ten digits, complex and multiple ones, too.
Strain along the line is even (generalised plane strain); no material couples the plane with shears out of it, so that
displacement along the line (antiplane shear) has exponents of its own, by the same equations of one component.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from solver.arrays import Array, Integers
from solver.life.lobatto import Lobatto

Complex = NDArray[np.complexfloating]

PLANE = np.array([0, 1, 5])  # 11, 22, 12 of Voigt order
_DEGREE = 10
_ARC = np.pi / 4  # longest of an element
_SHAPES = Lobatto(_DEGREE)
_POINTS = 16  # of a Gauss rule on it
_ONE = 1e-4  # exponents that near to 1 are 1, the real ones that near to 0 are translations
_REAL = 1e-6  # imaginary part of a real exponent, at most
_STILL = 1e-7  # of a stress, that is none
_UNBALANCED = 1e-6  # part of a load that no even stress carries
_FURTHER = 2.0  # exponents of interest


class Sector(Protocol):
    """A wedge: its angle (rad) and stiffness (6, 6) (Pa), Voigt order, axis 3 along the line."""

    @property
    def angle(self) -> float:
        """Angle it spans (rad)."""

    @property
    def stiffness(self) -> Array:
        """Along its axes, (6, 6) (Pa)."""


@dataclass(frozen=True)
class Wedge:
    """A sector of one isotropic material.

    Attributes:
        angle: it spans (rad).
        modulus: of Young (Pa).
        poisson: its ratio.
    """

    angle: float
    modulus: float
    poisson: float

    @property
    def stiffness(self) -> Array:
        """Along its axes, (6, 6) (Pa)."""
        shear = self.modulus / (2.0 * (1.0 + self.poisson))
        found = np.diag([2.0 * shear] * 3 + [shear] * 3)
        found[:3, :3] += 2.0 * shear * self.poisson / (1.0 - 2.0 * self.poisson)
        return found


@dataclass(frozen=True)
class OrientedWedge:
    """A sector of a material whose stiffness has directions.

    Attributes:
        angle: it spans (rad).
        stiffness: (6, 6) in Pa; axes 1 and 2 of the plane, 3 along the line.
    """

    angle: float
    stiffness: Array


@dataclass(frozen=True)
class Kinematics:
    """Which displacements a field has.

    Attributes:
        rows: strains they make, in Voigt order.
        strains: of angles (n,): strains (n, rows, displacements) of displacement over r, and of its derivative by theta
            over r.
    """

    rows: Integers
    strains: Callable[[Array], tuple[Array, Array]]


def _in_plane(theta: Array) -> tuple[Array, Array]:
    """11, 22, 12 of displacement along 1 and 2."""
    c, s, zero = np.cos(theta), np.sin(theta), np.zeros_like(theta)
    ahead = np.array([[c, zero], [zero, s], [s, c]])
    around = np.array([[-s, zero], [zero, c], [c, -s]])
    return ahead.transpose(2, 0, 1), around.transpose(2, 0, 1)


def _antiplane(theta: Array) -> tuple[Array, Array]:
    """13, 23 of displacement along 3."""
    c, s = np.cos(theta), np.sin(theta)
    return np.array([[c], [s]]).transpose(2, 0, 1), np.array([[-s], [c]]).transpose(2, 0, 1)


IN_PLANE, ANTIPLANE = Kinematics(PLANE, _in_plane), Kinematics(np.array([4, 3]), _antiplane)


@dataclass(frozen=True)
class Mode:
    """A field of displacement r^exponent phi(theta) without load.

    Attributes:
        exponent: lambda.
        shape: (nodes, displacements) phi.
    """

    exponent: complex
    shape: Complex


class Junction:
    """Wedges about a line.

    Args:
        wedges: in order around it.
        start: angle at which the first begins (rad).
        closed: the last is bonded to the first; else both have a free face.
        kind: IN_PLANE or ANTIPLANE.

    Attributes:
        modes: 0 < Re lambda < 2 but for the rotation, ascending; of two that are conjugate the one with Im lambda > 0.
    """

    def __init__(
        self, wedges: Sequence[Sector], start: float = 0.0, closed: bool = False, kind: Kinematics = IN_PLANE
    ) -> None:
        self.kind, self._each = kind, kind.strains(np.zeros(1))[0].shape[2]  # displacements of a node
        parts = [max(1, int(np.ceil(wedge.angle / _ARC - _ONE))) for wedge in wedges]
        edges = [start + np.append(0.0, np.cumsum([wedge.angle for wedge in wedges]))]
        self.ends: Array = edges[0]
        self.wedge_of: Integers = np.repeat(np.arange(len(wedges)), parts)
        self._arcs = np.concatenate(
            [
                np.linspace(low, high, count + 1)[:-1]
                for low, high, count in zip(self.ends, self.ends[1:], parts, strict=False)
            ]
        )
        self._arcs = np.append(self._arcs, self.ends[-1])
        count = len(self._arcs) - 1
        self._nodes: Integers = np.arange(count)[:, None] * _DEGREE + np.arange(_DEGREE + 1)
        if closed:
            self._nodes = np.mod(self._nodes, count * _DEGREE)
        self._count = int(self._nodes.max()) + 1
        self._whole = [wedge.stiffness for wedge in wedges]
        self._scale = max(float(np.abs(c).max()) for c in self._whole)
        self._a, self._b, self._d = self._matrices()

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """As above."""
        import scipy.linalg

        size = len(self._a)
        below = np.linalg.solve(self._a, np.hstack([self._d, -self._b]))
        values, vectors = scipy.linalg.eig(np.block([[np.zeros((size, size)), np.eye(size)], [below]]))
        wanted = (values.real > _ONE) & (values.real < _FURTHER - _ONE) & (np.abs(values - 1.0) > _ONE)
        wanted &= values.imag > -_REAL
        found = [self._mode(values[k], vectors[:size, k]) for k in np.flatnonzero(wanted)]
        return tuple(sorted([*found, *self._even_modes()], key=lambda one: (one.exponent.real, one.exponent.imag)))

    def even(self, free: Array, along: float) -> Mode:
        """Displacement in the plane whose stress is the same at all distances, of parts that would not fit apart.

        Its stress is that of `stress` with the same `free` and `along`.

        Args:
            free: (wedges, 4) strain without stress: 11, 22, 12 (engineering) and 33.
            along: strain along the line.

        Raises:
            ValueError: there is none: it goes with the logarithm of the distance.
        """
        load = np.zeros((self._count, 2))
        for arc, theta, weight in self._gauss():
            value, slope = _SHAPES.at(self._local(arc, theta))
            rest = self._rest(self.wedge_of[arc], free, along)
            ahead, around = (rest @ one for one in self.kind.strains(theta))
            found = np.einsum("q,qn,qi->ni", weight, value, ahead)
            found -= np.einsum("q,qn,qi->ni", weight, self._per_radian(arc, slope), around)
            np.add.at(load, self._nodes[arc], found / self._scale)
        matrix, right = self._a + self._b - self._d, load.ravel()
        shape, *_ = np.linalg.lstsq(matrix, right, rcond=1e-10)
        if np.linalg.norm(matrix @ shape - right) > _UNBALANCED * max(float(np.linalg.norm(right)), 1e-300):
            raise ValueError("the even stress of its mismatch goes with the logarithm of the distance")
        return Mode(1.0 + 0.0j, shape.reshape(-1, 2).astype(complex))

    def stress(
        self, mode: Mode, theta: Array, wedge: Integers, free: Array | None = None, along: float = 0.0
    ) -> Complex:
        """(n, rows) stress, 11, 22, 12 in the plane (Pa), at angles (n,) in wedges (n,), over r^(lambda - 1).

        Args:
            mode: of the junction.
            theta: angles (rad), within the wedges.
            wedge: their numbers.
            free: as of `even`, for the mode it gave.
            along: the same.
        """
        found = np.zeros((len(theta), len(self.kind.rows)), dtype=complex)
        arcs = np.array([self._arc(angle, number) for angle, number in zip(theta, wedge, strict=True)], dtype=np.int64)
        for arc in np.unique(arcs):
            mine = arcs == arc
            value, slope = _SHAPES.at(self._local(arc, theta[mine]))
            shape, (ahead, around) = mode.shape[self._nodes[arc]], self.kind.strains(theta[mine])
            strain = mode.exponent * np.einsum("qsi,qi->qs", ahead, value @ shape)
            strain += np.einsum("qsi,qi->qs", around, self._per_radian(arc, slope) @ shape)
            number = self.wedge_of[arc]
            found[mine] = strain @ self._plane(number).T
            if free is not None:
                found[mine] -= self._rest(number, free, along)
        return found

    def _arc(self, theta: float, wedge: int) -> int:
        """Element of a wedge that an angle lies in."""
        mine = np.flatnonzero(self.wedge_of == wedge)
        return int(np.clip(np.searchsorted(self._arcs, theta, "right") - 1, mine[0], mine[-1]))

    def _plane(self, wedge: int) -> Array:
        return self._whole[wedge][np.ix_(self.kind.rows, self.kind.rows)]

    def _rest(self, wedge: int, free: Array, along: float) -> Array:
        """(3,) stress that a wedge held as drawn in its plane has not (Pa)."""
        c = self._whole[wedge]
        return np.asarray(self._plane(wedge) @ free[wedge, :3] - c[PLANE, 2] * (along - free[wedge, 3]))

    def _local(self, arc: int, theta: Array) -> Array:
        low, high = self._arcs[arc], self._arcs[arc + 1]
        return np.asarray(2.0 * (theta - low) / (high - low) - 1.0)

    def _per_radian(self, arc: int, slope: Array) -> Array:
        return np.asarray(slope * 2.0 / (self._arcs[arc + 1] - self._arcs[arc]))

    def _gauss(self) -> list[tuple[int, Array, Array]]:
        points, weights = legendre.leggauss(_POINTS)
        half = 0.5 * np.diff(self._arcs)
        return [(k, self._arcs[k] + h * (points + 1.0), h * weights) for k, h in enumerate(half)]

    def _matrices(self) -> tuple[Array, Array, Array]:
        """A, B, D of lambda^2 A + lambda B - D, over the largest modulus."""
        size = self._each * self._count
        a, b, d = (np.zeros((size, size)) for _ in range(3))
        for arc, theta, weight in self._gauss():
            value, slope = _SHAPES.at(self._local(arc, theta))
            ahead, around = self.kind.strains(theta)
            c, slope = self._plane(self.wedge_of[arc]) / self._scale, self._per_radian(arc, slope)
            radial = np.einsum("qsi,qn->qsni", ahead, value).reshape(len(theta), len(c), -1)
            hoop = np.einsum("qsi,qn->qsni", around, slope).reshape(len(theta), len(c), -1)
            own = (self._each * self._nodes[arc][:, None] + np.arange(self._each)).ravel()
            at = np.ix_(own, own)
            mixed = np.einsum("q,qsj,st,qtk->jk", weight, radial, c, hoop)
            np.add.at(a, at, np.einsum("q,qsj,st,qtk->jk", weight, radial, c, radial))
            np.add.at(b, at, mixed - mixed.T)
            np.add.at(d, at, np.einsum("q,qsj,st,qtk->jk", weight, hoop, c, hoop))
        return a, b, d

    def _mode(self, value: complex, vector: Complex) -> Mode:
        real = abs(value.imag) <= _REAL
        shape = vector * np.exp(-1j * np.angle(vector[np.abs(vector).argmax()]))
        shape = shape.real.astype(complex) if real else shape
        return Mode(complex(value.real, 0.0 if real else value.imag), shape.reshape(-1, self._each))

    def _even_modes(self) -> list[Mode]:
        """Fields of even stress without load: those of lambda 1 that are no rotation."""
        _, sizes, vectors = np.linalg.svd(self._a + self._b - self._d)
        shapes = vectors[sizes < 1e-9 * sizes[0]]
        theta = 0.5 * (self._arcs[1:] + self._arcs[:-1])
        modes = [Mode(1.0 + 0.0j, shape.reshape(-1, self._each).astype(complex)) for shape in shapes]
        if not modes:
            return []
        stress = np.stack([self.stress(mode, theta, self.wedge_of).real.ravel() for mode in modes])
        turn, sizes, _ = np.linalg.svd(stress, full_matrices=False)
        keep = sizes > _STILL * self._scale
        return [Mode(1.0 + 0.0j, (column @ shapes).reshape(-1, self._each).astype(complex)) for column in turn.T[keep]]
