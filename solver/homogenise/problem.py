"""The cell problem: a uniform strain (or gradient) E plus a fluctuation w that repeats from cell to cell.

    find w:  int C (E + eps(w)) : eps(v) dx = 0  for all v,    C_eff E = <C (E + eps(w))>.

E. Sanchez-Palencia, Non-Homogeneous Media and Vibration Theory (1980), ch. 5 and 6. With phases orthotropic along the
axes, mirror planes make w even or odd, so that a quarter of the cell with some components of w held at its sides gives
the periodic answer exactly, and what couples normal strains with shears vanishes: nine moduli are all there are. Where
nothing changes along z the mesh is plane and w has three components (generalised plane strain). Conduction is the same
problem with a scalar w.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from solver import compat
from solver.arrays import Array, Integers
from solver.homogenise.cell import Cell, CellMesh

_QUADRATURE = 5  # degree; gradients of degree 1 squared on curved cells

# (component, axis): this component of w is zero on the mirror planes normal to this axis
Held = tuple[tuple[int, int], ...]
# strains that share a parity, and what it holds
Parity = tuple[tuple[int, ...], Held]

_GRADIENTS: list[Parity] = [((axis,), ((0, axis),)) for axis in range(3)]
# strains in Voigt order xx yy zz yz xz xy with the parity they share: normal ones, then each shear
_STRAINS: list[Parity] = [
    ((0, 1, 2), ((0, 0), (1, 1), (2, 2))),
    ((3,), ((0, 0), (0, 1), (2, 1), (0, 2), (1, 2))),
    ((4,), ((1, 1), (1, 0), (2, 0), (0, 2), (1, 2))),
    ((5,), ((2, 2), (1, 0), (2, 0), (0, 1), (2, 1))),
]


@dataclass(frozen=True, eq=False)
class Effective:
    """What a cell is as one material.

    Attributes:
        tensor: (m, m) effective stiffness [Pa] (m = 6, Voigt) or conductivity [W/m/K] (m = 3).
        flux: (phases, m, m) part of each phase in it: what the phase's stress, times its volume fraction, is per
            unit of mean strain; the sum is `tensor`.
    """

    tensor: Array
    flux: Array

    def free_strain(self, strains: Array) -> Array:
        """Free strain (..., 3) of the cell from those of its phases (phases, ..., 3).

        Levin's relation for any number of phases, e* = sum f_i B_i^T e_i with the mean stress B_i S of phase i under a
        mean stress S: V. M. Levin, Mech. Solids 2 (1967) 58; G. J. Dvorak, Micromechanics of Composite Materials
        (2013), sec. 3.6.
        """
        concentration = self.flux @ np.linalg.inv(self.tensor)
        return np.asarray(np.einsum("pji,p...j->...i", concentration[:, :3, :3], strains))


def conductivity(cell: Cell, phases: Sequence[Array | None]) -> Effective:
    """Effective conductivity.

    Args:
        cell: the cell.
        phases: (3,) conductivities along x, y, z [W/m/K] of each phase, None for a void.
    """
    problem = _problem(cell, _voids(phases), "gradient")
    problem.fill([None if k is None else np.diag(k) for k in phases])
    return problem.solve(_GRADIENTS)


def elasticity(cell: Cell, phases: Sequence[Array | None]) -> Effective:
    """Effective stiffness.

    Args:
        cell: the cell.
        phases: (6, 6) stiffness [Pa] of each phase, orthotropic along the axes; None for a void.
    """
    problem = _problem(cell, _voids(phases), "strain")
    problem.fill(phases)
    return problem.solve(_STRAINS)


def thermal_stress(cell: Cell, phases: Sequence[Array | None], strains: Array) -> Array:
    """Mean stress (6,) [Pa] of a cell held at its mean length while its phases want to strain freely by (phases, 3)."""
    free = np.concatenate([strains, np.zeros_like(strains)], axis=1)
    problem = _problem(cell, _voids(phases), "strain")
    problem.fill(phases)
    return problem.stress_of(-free, *_STRAINS[0])


@lru_cache(maxsize=4)
def _problem(cell: Cell, voids: frozenset[int], kind: str) -> "CellProblem":
    """One mesh and one set of forms for all temperatures."""
    return CellProblem(cell, voids, *_KINDS[kind])


def _voids(phases: Sequence[Array | None]) -> frozenset[int]:
    return frozenset(number for number, values in enumerate(phases) if values is None)


def _derivative(w: Any, component: int, axis: int) -> Any:
    dim = w.ufl_function_space().mesh.topology.dim
    return w[component].dx(axis) if axis < dim else 0.0 * w[component]


def _gradient(w: Any) -> Any:
    return ufl.as_vector([_derivative(w, 0, axis) for axis in range(3)])


def strain(w: Any) -> Any:
    """Strain of a fluctuation of three components in Voigt order, engineering shear."""
    d = {(i, j): _derivative(w, i, j) for i in range(3) for j in range(3)}
    shears = [d[1, 2] + d[2, 1], d[0, 2] + d[2, 0], d[0, 1] + d[1, 0]]
    return ufl.as_vector([d[0, 0], d[1, 1], d[2, 2], *shears])


# fluctuation -> its strain or gradient, how many components it has, and how many the fluctuation has
_KINDS: dict[str, tuple[Callable[[Any], Any], int, int]] = {"gradient": (_gradient, 3, 1), "strain": (strain, 6, 3)}


class CellProblem:
    """Forms of a cell.

    Args:
        cell: the cell.
        voids: phases that are empty.
        strain: fluctuation -> its strain or gradient.
        m: components of that.
        components: of the fluctuation.
    """

    def __init__(
        self, cell: Cell, voids: frozenset[int], strain: Callable[[Any], Any], m: int, components: int
    ) -> None:
        self._made, self._m, self._count = cell.mesh(voids), m, len(cell.fractions)
        self._scale = 1.0
        domain = self._made.mesh
        self._space = fem.functionspace(domain, ("Lagrange", 2, (components,)))
        vectors = fem.functionspace(domain, ("DG", 0, (m,)))
        self._c = c = fem.Function(fem.functionspace(domain, ("DG", 0, (m, m))))
        self._applied, self._found = fem.Function(vectors), fem.Function(self._space)
        w, v, q = ufl.TrialFunction(self._space), ufl.TestFunction(self._space), ufl.TestFunction(vectors)
        dx = ufl.dx(domain, metadata={"quadrature_degree": _QUADRATURE})
        self._a = compat.form(ufl.inner(ufl.dot(c, strain(w)), strain(v)) * dx)
        self._load = compat.form(-ufl.inner(ufl.dot(c, self._applied), strain(v)) * dx)
        self._flux = compat.form(ufl.inner(ufl.dot(c, self._applied + strain(self._found)), q) * dx)

    def fill(self, phases: Sequence[Array | None]) -> None:
        """Give each phase its (m, m) tensor."""
        table = np.array([np.zeros((self._m, self._m)) if tensor is None else tensor for tensor in phases])
        self._scale = float(np.abs(table).max())
        self._c.x.array[:] = (table[self._made.phase] / self._scale).ravel()

    def solve(self, cases: Sequence[Parity]) -> Effective:
        """The effective tensor, from unit strains of every parity."""
        parts = np.zeros((self._count, self._m, self._m))
        matrix = assembled(self._a)
        for numbers, held in cases:
            factors = Factorised(matrix, _held_dofs(self._made, self._space, held))
            for number in numbers:
                unit = np.broadcast_to(np.eye(self._m)[number], (self._count, self._m))
                # fluxes of another parity cancel over the whole cell
                parts[:, numbers, number] = self._fluxes(unit, factors)[:, numbers]
        return Effective(parts.sum(axis=0), parts)

    def stress_of(self, strains: Array, numbers: tuple[int, ...], held: Held) -> Array:
        """Mean flux (m,) for a strain (phases, m) of one parity, uniform in each phase."""
        factors = Factorised(assembled(self._a), _held_dofs(self._made, self._space, held))
        result = np.zeros(self._m)
        result[list(numbers)] = self._fluxes(strains, factors).sum(axis=0)[list(numbers)]
        return result

    def _fluxes(self, strains: Array, factors: "Factorised") -> Array:
        """Flux of each phase over the volume of the cell, (phases, m), for strains (phases, m) applied to them."""
        self._applied.x.array[:] = strains[self._made.phase].ravel()
        self._found.x.array[:] = factors.solve(fem.assemble_vector(self._load).array)
        per_cell = fem.assemble_vector(self._flux).array.reshape(-1, self._m)
        sums = [per_cell[self._made.phase == phase].sum(axis=0) for phase in range(self._count)]
        return np.asarray(self._scale / self._made.volume * np.array(sums))


def _held_dofs(made: CellMesh, space: fem.FunctionSpace, held: Held) -> Integers:
    """Dofs of w that are zero: by parity on mirror planes (everywhere, normal to a mesh that is plane)."""
    x = space.tabulate_dof_coordinates()
    components = space.dofmap.index_map_bs
    chosen = np.zeros((len(x), components), dtype=bool)
    for component, axis in held:
        if axis < len(made.size):
            on_plane = np.minimum(np.abs(x[:, axis]), np.abs(x[:, axis] - made.size[axis])) < 1e-7
        else:
            on_plane = np.ones(len(x), dtype=bool)
        chosen[on_plane, component] = True
    if made.tied and components == 3:
        chosen[np.abs(x[:, 2] - made.size[2]) < 1e-7] = True
    return np.flatnonzero(chosen)


def assembled(a: fem.Form) -> Any:
    """The matrix of a form, for `Factorised`."""
    return fem.assemble_matrix(a).to_scipy().tocsr()


class Factorised:
    """A matrix with some unknowns held at zero, factorised by MUMPS.

    Args:
        matrix: as of `assembled`.
        fixed: the unknowns that are held.
    """

    def __init__(self, matrix: Any, fixed: Integers) -> None:
        self._free = np.setdiff1d(np.arange(matrix.shape[0]), fixed)
        self._size = matrix.shape[0]
        if not len(self._free):
            return
        inner = matrix[self._free][:, self._free].tocsr()
        csr = inner.indptr.astype(np.int32), inner.indices.astype(np.int32), inner.data
        self._matrix = PETSc.Mat().createAIJ(inner.shape, csr=csr, comm=PETSc.COMM_SELF)
        self._ksp = PETSc.KSP().create(PETSc.COMM_SELF)
        self._ksp.setOperators(self._matrix)
        self._ksp.setType("preonly")
        self._ksp.getPC().setType("cholesky")
        self._ksp.getPC().setFactorSolverType("mumps")

    def solve(self, load: Array) -> Array:
        """The unknowns for a load, held ones zero."""
        result = np.zeros(self._size)
        if len(self._free):
            b, x = self._matrix.createVecs()
            b.array[:] = load[self._free]
            self._ksp.solve(b, x)
            result[self._free] = x.array
        return result
