"""Conjugate gradients preconditioned by an algebraic multigrid of the assembled matrix: for large chunky stacks.

Heat: hypre's BoomerAMG (V. E. Henson, U. M. Yang, Appl. Numer. Math. 41, 155, 2002). Mechanics, and heat where PETSc
has no hypre: PETSc's smoothed aggregation (M. Adams, Int. J. Numer. Meth. Engng 55, 519, 2002), for mechanics with the
rigid-body motions as near-nullspace.
"""

import itertools

import numpy as np
from dolfinx import fem, la
from dolfinx.fem import petsc
from petsc4py import PETSc

from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Integers
from solver.linalg.direct import assemble
from solver.linalg.extruded_cells import Bilinear, whole
from solver.linalg.fallback import OrDirect

# aggregates through entries of a hundredth of the diagonal: fewer couple thin cells to nothing
_AGGREGATION = {
    "pc_type": "gamg",
    "pc_gamg_type": "agg",
    "pc_gamg_threshold": 0.01,
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_ksp_max_it": 3,
    "mg_levels_pc_type": "jacobi",
}
# a strong threshold of 0.5 for three dimensions, and relaxation that stays symmetric on any number of ranks
_BOOMER = {
    "pc_type": "hypre",
    "pc_hypre_type": "boomeramg",
    "pc_hypre_boomeramg_strong_threshold": 0.5,
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_interp_type": "ext+i",
    "pc_hypre_boomeramg_agg_nl": 1,
    "pc_hypre_boomeramg_relax_type_all": "l1scaled-SOR/Jacobi",
}
_BY_AGGREGATION, _BY_BOOMER = ("smoothed aggregation", _AGGREGATION), ("BoomerAMG", _BOOMER)
_number = itertools.count()  # of solvers: each has options of its own


class AlgebraicSolver(OrDirect):
    """Matrix-free product, assembled preconditioner; arguments as of `KrylovSolver`."""

    tolerance = 1e-9
    most_iterations = 200

    def __init__(
        self, a: Bilinear, space: fem.FunctionSpace, constrained: Integers, tangent: Bilinear | None = None
    ) -> None:
        super().__init__(a, space, constrained, tangent)
        mechanics = space.dofmap.index_map_bs == 3
        coarsening, self._given = _BY_AGGREGATION if mechanics or not has_boomer() else _BY_BOOMER
        self.kind = f"algebraic multigrid ({coarsening})"
        self._a, self._constrained = compat.form(whole(a)), constrained
        self._matrix = petsc.create_matrix(self._a)
        if mechanics:
            self._matrix.setNearNullSpace(rigid_motions(space))
        pc = self._ksp.getPC()
        prefix = f"algebraic_{next(_number)}_"
        pc.setOptionsPrefix(prefix)
        self._options = PETSc.Options(prefix)
        for key, value in self._given.items():
            self._options[key] = value
        pc.setFromOptions()
        self._renew()

    def _free(self) -> None:
        self._matrix.destroy()
        for key in self._given:
            self._options.delValue(key)

    def _set_up(self) -> None:
        assemble(self._matrix, self._a, self.space, self._constrained)
        self._ksp.setOperators(self._shell, self._matrix)
        self._ksp.setUp()


def has_boomer() -> bool:
    """Whether this PETSc was built with hypre."""
    return bool(PETSc.Sys.hasExternalPackage("hypre"))


def rigid_motions(space: fem.FunctionSpace) -> PETSc.NullSpace:
    """Three shifts and three rotations of a space of displacements, orthonormal."""
    x = nodes_of(space)
    vectors = [la.vector(space.dofmap.index_map, 3) for _ in range(6)]
    shifts, turns = vectors[:3], vectors[3:]
    for axis, vector in enumerate(shifts):
        vector.array[axis::3] = 1.0
    for axis, vector in enumerate(turns):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        vector.array[one::3], vector.array[two::3] = -x[:, two], x[:, one]
    la.orthonormalize(vectors)
    owned = 3 * space.dofmap.index_map.size_local
    comm = space.mesh.comm
    return PETSc.NullSpace().create(
        vectors=[PETSc.Vec().createWithArray(np.array(v.array[:owned]), bsize=3, comm=comm) for v in vectors], comm=comm
    )
