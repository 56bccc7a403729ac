"""Conjugate gradients preconditioned by the column multigrid: the solver of thin stacks."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from solver.arrays import Integers, Mask
from solver.errors import UnsuitableError
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.fallback import OrDirect
from solver.linalg.multigrid import ColumnMultigrid


class LayeredSolver(OrDirect):
    """Matrix-free; a stack that is no stack of plates (a deep via in a block) is factorised instead.

    Args:
        a, space, constrained, tangent: as of `KrylovSolver`.
        column: (owned cells,) plane cell of each cell.
        shear_compliant: (owned cells,) where plates may slide on each other; if that is not enough, every layer
            becomes a plate.
    """

    kind = "column multigrid"
    tolerance = 1e-9
    most_iterations = 60

    def __init__(
        self,
        a: Bilinear,
        space: fem.FunctionSpace,
        constrained: Integers,
        column: Integers,
        shear_compliant: Mask,
        tangent: Bilinear | None = None,
    ) -> None:
        super().__init__(a, space, constrained, tangent)
        self._a, self._constrained, self._column, self._shear_compliant = a, constrained, column, shear_compliant
        self._multigrid: ColumnMultigrid | None = None
        self._splines = True
        self._ksp.setOperators(self._shell)
        self._renew()

    @property
    def _chosen(self) -> str:
        assert self._multigrid is not None
        return f", {self._multigrid.chosen}"

    def _check(self) -> None:
        """An indefinite preconditioner may hide that the operator is."""
        assert self._multigrid is not None
        if self._multigrid.negative_pivots and not self._multigrid.plates_factorised:
            self._multigrid.factorise_plates()  # rounding, or the truth
        if self._multigrid.negative_pivots:
            raise self._negative(f"{self._multigrid.negative_pivots} modes of plates have negative stiffness")
        if self._multigrid.bad_pivots:
            raise UnsuitableError(f"{self._multigrid.bad_pivots} pivots of columns are not positive")

    def _free(self) -> None:
        if self._multigrid is not None:
            self._multigrid.free()
            self._multigrid = None

    def _set_up(self) -> None:
        if self._multigrid is None:
            self._multigrid = ColumnMultigrid(
                self._a,
                self.space,
                self._constrained,
                self.operator,
                self._column,
                self._shear_compliant,
                splines=self._splines,
            )
            pc = self._ksp.getPC()
            pc.setType(PETSc.PC.Type.PYTHON)
            pc.setPythonContext(self._multigrid)
        else:
            self._multigrid.refresh()

    def _enrich(self) -> bool:
        assert self._multigrid is not None
        if self._multigrid.splines is not None:
            self._splines = False
        elif not self._multigrid.plates_factorised:
            self._multigrid.factorise_plates()
            return True
        elif self.space.mesh.comm.allreduce(bool(np.all(self._shear_compliant)), MPI.LAND):
            return False
        else:
            self._shear_compliant = np.ones_like(self._shear_compliant)
        self._free()
        self._set_up()
        return True
