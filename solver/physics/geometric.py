"""What small deflection leaves out: the next terms of large deflection, and whether its shape is stable.

At a share t of the load the equilibrium of large deflection is u = t u1 + t^2 u2 + t^3 u3 + ..., with u1 the answer of
small deflection (W. T. Koiter, On the stability of elastic equilibrium, Delft, 1945). With E(u) = eps(u) + eta(u, u),
eta(u, v) = grad w_u (x) grad w_v / 2 of the slopes of the deflection w in the plane, as von Karman's plates have it,
eta_b of the shape cells were born in, and S = C : (eps(u1) - e):

    K u2 = -q(u1),   q(u) . v = int C : (eta(u, u) - eta_b) : eps(v) + C : (eps(u) - e) : 2 eta(u, v) dx,
    K u3 = -int C : (eta(u1, u1) - eta_b) : 2 eta(u1, v) dx - [q(u1 + u2) - q(u1 - u2)] . v / 2.

All of Green's strain would count what a soft layer in a package is sheared and squeezed by, which warps nothing.

u2 is the work of the membrane stress (tension stiffens, compression softens), u3 that of the stretching a doubly curved
shape asks for. A shape that has no deflection to change may still buckle: where S is more than the stack can bear,
K + int S : grad w^T grad w dx is not positive (w: the deflection).

Two rough solves with the preconditioner that is there, four residuals and a few products: less than another solve.
"""

from dataclasses import dataclass, replace

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.linalg.noise import noise
from solver.linalg.ratio import largest_ratio
from solver.parallel import combined
from solver.physics.coefficients import DX
from solver.physics.solid.kinematics import strain, stress, voigt
from solver.physics.solid.laminate import stiffened
from solver.physics.solid.small_deflection import SmallDeflectionSolid

BUCKLED = 0.9  # of the load that buckles the stack: the ratio is a lower bound, and a real part is never quite flat
_ROUGH = 1e-4  # of the preconditioned residual
_FLAT = 1e-3  # of the thickness: changes of a deflection below it are measured by it
_SAME, _LIKE = 1e-3, 0.3  # part in which states may differ from a multiple of another that is exact, or near
_TOUCH = 1e-9  # of the height of a column, by which cells in it may be apart that stand on each other
_MARGIN = 2.0  # by which a near multiple has to stay below what counts


@dataclass(frozen=True)
class Judgement:
    """Small deflection seen from large deflection.

    Attributes:
        second, third: change of the warpage by u2 and by u3, as parts of it.
        moved: changes of heights by each, root mean square, as parts of those of small deflection.
        buckling: membrane stress over that at which the stack buckles, a lower bound; below zero if it never does.
    """

    second: float
    third: float
    moved: tuple[float, float]
    buckling: float

    @property
    def overestimate(self) -> float:
        """Part by which small deflection overestimates the warpage; within a tenth of itself up to 0.15.

        The warpage a, as a part of that of small deflection, solves (1 - second) a + s a^3 = 1, whose series is that of
        the load; 0 for loads that buckle.
        """
        return stiffened(1.0 - self.second, self.second**2 - self.third)

    @property
    def buckles(self) -> bool:
        """True if the membrane stress is near what the stack can bear, or beyond."""
        return self.buckling > BUCKLED

    @property
    def error(self) -> float:
        """Part by which warpage or shape is wrong; terms that cancel in the warpage count."""
        return 1.0 if self.buckles else max(abs(self.overestimate), *self.moved)

    def scaled(self, by: float) -> "Judgement":
        """At another share (> 0) of the load."""
        moved = by * self.moved[0], by**2 * self.moved[1]
        return Judgement(by * self.second, by**2 * self.third, moved, by * self.buckling)


class Judge:
    """Of the answers of one problem.

    Args:
        problem: of small deflection.
        face: warpage is evaluated on, as of `meshes.faces`.
    """

    def __init__(self, problem: SmallDeflectionSolid, face: str) -> None:
        self._problem, self._face = problem, face
        domain, space = problem.stack_mesh.mesh, problem.space
        self._comm, self._owned = domain.comm, 3 * space.dofmap.index_map.size_local
        self._at, self._along = (compat.function_like(problem.displacement) for _ in range(2))
        self._stretched, self._cubic = fem.Constant(domain, 0.0), fem.Constant(domain, 0.0)
        v, u, birth = ufl.TestFunction(space), self._along, problem.birth
        curved = 0.5 * _of_slopes(u, u)
        if birth is not None:
            curved -= 0.5 * _of_slopes(birth, birth)
        pulled = problem.linear_stress(strain(self._at) + self._cubic * curved)
        form = self._stretched * ufl.inner(stress(problem.moduli, curved), strain(v))
        form += ufl.inner(pulled, _of_slopes(u, v))
        self._form = compat.form(form * ufl.dx(domain, metadata=DX))
        self._known: tuple[Array, Array, Array, Judgement] | None = None
        self._lies = problem.support.flat and _stands_on(problem.stack_mesh)

    def judge(self, counts: float) -> Judgement:
        """Judge the last answer of the problem; near multiples of one that was far from what counts are like it.

        A stack all of which lies on a plane that holds it has no deflection, and cannot buckle.

        Args:
            counts: error that counts.
        """
        if self._lies:
            return Judgement(0.0, 0.0, (0.0, 0.0), 0.0)
        problem = self._problem
        state = problem.displacement.x.array, problem.free_strain.x.array, problem.moduli.x.array
        like = self._like(state, counts)
        if like is not None:
            return like
        found = self._series(problem.displacement.x.array.copy())
        found = replace(found, buckling=self._buckling(problem.displacement.x.array.copy()))
        self._known = state[0].copy(), state[1].copy(), state[2].copy(), found
        return found

    def _like(self, state: tuple[Array, Array, Array], counts: float) -> Judgement | None:
        """The judgement of a multiple of a state that is known, None if there is none."""
        if self._known is None:
            return None
        *known, found = self._known
        products = [(known[0], state[0]), (known[1], state[1]), (known[2], state[2])]
        local = np.array([[a @ a, a @ b, b @ b] for a, b in products])
        (uu, uv, vv), (ee, ef, ff), (mm, mn, nn) = combined(self._comm, local, MPI.SUM)
        by = uv / uu if uu > 0.0 else 0.0
        if by <= 0.0 or mm == 0.0:
            return None
        off = max(vv - 2 * by * uv + by**2 * uu, 0.0) / vv, max(ff - 2 * by * ef + by**2 * ee, 0.0) / max(ff, 1e-300)
        apart = float(np.sqrt(max(*off, (mm - 2 * mn + nn) / mm, 0.0)))
        scaled = found.scaled(by)
        if apart < _SAME:
            return scaled
        safe = scaled.error * _MARGIN < counts and scaled.buckling * _MARGIN < BUCKLED
        return scaled if apart < _LIKE and safe else None

    def _series(self, first: Array) -> Judgement:
        """Without the part of buckling."""
        problem, flatness = self._problem, self._problem.flatness(self._face)
        quadratic = self._terms(first, first)
        second = self._solved(-quadratic)
        cubic = self._terms(first, first, cubic=1.0) - quadratic
        cubic += 0.5 * (self._terms(first + second, first + second) - self._terms(first - second, first - second))
        third = self._solved(-cubic)
        rise, *changes = flatness.rises([first, second, third])
        size, *moved = flatness.roughness([first, second, third])
        least = _FLAT * (problem.stack_mesh.top - problem.stack_mesh.bottom)
        share = 1.0 / max(rise, least)
        part = share * rise / max(size, np.finfo(float).tiny)
        return Judgement(share * changes[0], share * changes[1], (part * moved[0], part * moved[1]), 0.0)

    def _buckling(self, first: Array) -> float:
        """Largest ratio of what the membrane stress takes to what the stack resists with.

        By slopes of the deflection alone, as von Karman's plates: a soft layer squeezed by more than its shear modulus
        has soft motions in its plane, which are none of the stack.
        """
        solver, everywhere = self._problem.solver, compat.function_like(self._at)
        held = solver.operator.constrained

        def stiffness(x: Array) -> Array:
            result = solver.operator.product(x).copy()
            result[held] = 0.0
            return result

        def softening(x: Array) -> Array:
            everywhere.x.array[: self._owned] = x
            everywhere.x.array.reshape(-1, 3)[:, :2] = 0.0
            everywhere.x.scatter_forward()
            forces = -self._terms(first, everywhere.x.array, stretched=0.0)
            forces.reshape(-1, 3)[:, :2] = 0.0
            return forces

        start = noise(self._problem.space, self._problem.support.unknowns)
        return largest_ratio(self._comm, stiffness, softening, solver.inverse, start)

    def _terms(self, at: Array, along: Array, stretched: float = 1.0, cubic: float = 0.0) -> Array:
        """(owned unknowns,) forces of the membrane stress at `at` along `along`, and of what that stretches."""
        self._at.x.array[:], self._along.x.array[:] = at, along
        self._stretched.value, self._cubic.value = stretched, cubic
        vector = compat.zeros_like(self._at.x)
        fem.assemble_vector(vector.array, self._form)
        vector.scatter_reverse(la.InsertMode.add)
        forces = vector.array[: self._owned].copy()
        forces[self._problem.solver.operator.constrained] = 0.0
        return forces

    def _solved(self, load: Array) -> Array:
        """(local unknowns,) answer to a load, roughly."""
        answer = compat.function_like(self._at)
        self._problem.solver.solve_roughly(load, answer, _ROUGH)
        return np.asarray(answer.x.array)


def _stands_on(mesh: StackMesh) -> bool:
    """True if every cell stands on the bottom of the stack or on another cell, with no crack between. Collective."""
    corners = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(mesh.column)], 2]
    low, high = corners[:, :4].mean(axis=1), corners[:, 4:].mean(axis=1)
    columns, of = np.unique(mesh.column, return_inverse=True)
    top, bare = np.full(len(columns), -np.inf), np.bincount(of, high - low, len(columns))
    np.maximum.at(top, of, high)
    filled = np.abs(top - mesh.bottom - bare) <= _TOUCH * (top - mesh.bottom)
    return bool(mesh.comm.allreduce(bool(filled.all()), MPI.LAND)) and not mesh.stack.cracks


def _of_slopes(u: ufl.core.expr.Expr, v: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """2 eta(u, v) as a Voigt vector: the product of the slopes of two deflections in the plane."""
    first, second = (ufl.as_vector([ufl.grad(part)[2, 0], ufl.grad(part)[2, 1], 0]) for part in (u, v))
    return voigt(ufl.sym(ufl.outer(first, second)))
