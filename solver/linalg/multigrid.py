"""Two-level preconditioner for thin stacks: plates as the coarse space, columns as the smoother.

The operator is applied matrix-free; what is stored is one banded factor per column and the Galerkin matrix of the
plates, a problem in the plane. Iteration counts do not grow with the number of cells, the thinness of layers or the
contrast of their stiffness.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI
from petsc4py import PETSc

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers, Mask
from solver.linalg.coarse import LARGE
from solver.linalg.columns import columns
from solver.linalg.elements import Elements, Summed, elements
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.kernels import Kernels
from solver.linalg.kirchhoff import STEPS, KirchhoffSpace, grid
from solver.linalg.lanczos import surely_definite
from solver.linalg.noise import noise
from solver.linalg.numbering import PlateNumbering
from solver.linalg.operator import FormOperator
from solver.linalg.plate_space import PlateSpace
from solver.linalg.plates import deformed_tilt, plates
from solver.linalg.smoother import ColumnSmoother

_GROWN = 1.01  # ratio from which the largest eigenvalue is another one


class ColumnMultigrid:
    """Approximate inverse of a symmetric positive definite form on a stack mesh.

    Args:
        a: bilinear form of a degree-2 scalar or vector space.
        space: that space.
        constrained: local unknowns held at zero.
        operator: the form, matrix-free.
        column: (owned cells,) plane cell of each cell.
        shear_compliant: (owned cells,) where plates may slide on each other.
        displacement: for the tangent of a large deflection, where it is taken: plates turn about their deformed lines.
            Such a form may lose its definiteness, and is not set up before the first `refresh`.
        splines: False to take the plates as they are even where the Kirchhoff space would do.
    """

    def __init__(
        self,
        a: Bilinear | Elements,
        space: fem.FunctionSpace,
        constrained: Integers,
        operator: FormOperator,
        column: Integers,
        shear_compliant: Mask,
        displacement: fem.Function | None = None,
        splines: bool = True,
    ) -> None:
        self.space, self.comm = space, space.mesh.comm
        self.components = space.dofmap.index_map_bs
        self.seconds: dict[str, float] = {}
        self._column, self._displacement = column, displacement
        index_map = space.dofmap.index_map
        self._local = index_map.size_local + index_map.num_ghosts
        self._owned = index_map.size_local * self.components
        self._shear_compliant = shear_compliant
        with self._timed("columns"):
            self.lines = columns(space)
            self.constrain(constrained)
            self.numbering = PlateNumbering(space, self.lines, self.plates)
            self._elements = elements(a, space, self.lines)
            self._kernels = Kernels(self.comm, self.components, max(part.law_values for part in self._elements))
            self.splines = self._kirchhoff() if splines else None
            self._coarse: PlateSpace | KirchhoffSpace = self.splines or self._plate_space()
            self.smoother = ColumnSmoother(operator, self.lines, self._kernels)
        self.most_plates = self.comm.allreduce(self.plates.most, MPI.MAX)
        if displacement is None:
            self.refresh()

    def constrain(self, constrained: Integers) -> None:
        """Hold these local unknowns at zero, and no others; it takes a `refresh` to work. Collective.

        Plates stay the same ones, but a plate held at one node turns about that.
        """
        self._fixed = np.zeros(self._local * self.components, dtype=np.uint8)
        self._fixed[constrained] = 1
        fixed = self._fixed.reshape(self._local, -1) > 0
        self.plates = plates(self.space, self.lines, self._shear_compliant, fixed)

    def refresh(self) -> None:
        """Take the coefficients of the form as they are now. Collective."""
        if self._displacement is not None:
            place = nodes_of(self.space) + self._displacement.x.array.reshape(-1, 3)
            self.plates.tilt[:] = deformed_tilt(self.plates, place)
        with self._timed("blocks"):
            shared = la.vector(self.space.dofmap.index_map, self.components * self._kernels.width)
            shared.array[:] = 0.0
            self._coarse.add(self._elements, self._following, shared.array)
            shared.scatter_reverse(la.InsertMode.add)
            shared.scatter_forward()
        with self._timed("columns factorised"):
            self.bad_pivots = self.smoother.factorise(self._fixed, shared.array)
        with self._timed("plates factorised"):
            self._coarse.factorise(self.plates, self._is_definite)
        if self.bad_pivots:
            self.smoother.largest = 1.0  # nothing to smooth with
        elif self._is_definite or not self.smoother.largest:  # that of a tangent stays within 3 %, of one material
            with self._timed("eigenvalue"):
                self.smoother.measure(self.prescribed_unknowns)

    def measure_again(self) -> bool:
        """Find the largest eigenvalue for the coefficients of now; False if it has not grown. Collective.

        It grows where materials soften apart. What smooths by one that is too small is no longer definite.
        """
        before = self.smoother.largest
        if self.bad_pivots or self.negative_pivots:
            return False
        self.smoother.measure(self.prescribed_unknowns)
        if self.smoother.largest > _GROWN * before:
            return True
        self.smoother.largest = before
        return False

    @property
    def chosen(self) -> str:
        """The coarse space in words: plates per column, and how they are solved for."""
        count = self.most_plates
        plates = "one plate per column" if count == 1 else f"up to {count} plates per column"
        return f"{plates}{self._coarse.name}"

    @property
    def plates_factorised(self) -> bool:
        """False if a multigrid of their own solves for the plates."""
        return not isinstance(self._coarse, PlateSpace) or self._coarse.is_factorised

    def factorise_plates(self) -> None:
        """Factorise the plates' matrix, however large, now and whenever coefficients change. Collective."""
        if isinstance(self._coarse, PlateSpace):
            self._coarse.factorise_always(self.plates, self._is_definite)

    @property
    def negative_pivots(self) -> int:
        """Unstable directions of a tangent that plates can follow: its negative eigenvalues are as many or more."""
        return self._coarse.negative_pivots

    @property
    def prescribed_unknowns(self) -> Integers:
        """Local unknowns held at zero."""
        return np.flatnonzero(self._fixed).astype(np.int32)

    def free(self) -> None:
        """Free the coarse factors."""
        self._coarse.free()

    # ---- application, on owned unknowns

    def apply(self, _: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Apply the preconditioner to x: what PETSc calls."""
        y.array[:] = self.inverse(x.array_r.copy())

    def inverse(self, r: Array) -> Array:
        """One symmetric cycle: smooth, correct by the plates, smooth."""
        steps = 1 if self.splines is None else STEPS
        x = self.smoother.smoothed(r, None, steps)
        x += self.correct(self.smoother.residual(r, x))
        return self.smoother.smoothed(r, x, steps)

    def sees_it_definite(self) -> bool:
        """True if the form as it is now is definite by far, and was at the last refresh. Collective."""
        if self.bad_pivots or self.negative_pivots:
            return False
        start, smoother = noise(self.space, self.prescribed_unknowns), self.smoother
        return surely_definite(smoother.dot, smoother.product, self.inverse, start)

    def correct(self, r: Array) -> Array:
        """Motion (owned unknowns,) of the plates under a residual (owned unknowns,). Collective."""
        arrays, numbering, everywhere = self._following, self.numbering, self.smoother.everywhere(r)
        down = np.zeros((self.plates.count, self._kernels.modes))
        self._kernels.call("restrict_to", len(numbering.restricted), numbering.restricted, *arrays, everywhere, down)
        up = numbering.known_everywhere(self._coarse.solve(down[numbering.is_mine]))
        x = np.zeros(self._local * self.components)
        self._kernels.call("prolong", len(numbering.prolonged), numbering.prolonged, *arrays, up, x)
        return x[: self._owned]

    # ---- set-up

    @property
    def _following(self) -> tuple[Any, ...]:
        """How nodes follow plates, as the kernels take it."""
        part = self.plates
        return part.of_node, part.weight, part.lever, part.tilt, self._fixed

    @property
    def _is_definite(self) -> bool:
        return self._displacement is None

    def _kirchhoff(self) -> KirchhoffSpace | None:
        """The Kirchhoff space, if the stack and the form are made for it."""
        if len(self._elements) != 1 or not isinstance(self._elements[0], Summed) or self._displacement is not None:
            return None
        if self.components != 3:
            return None
        part, numbering = self.plates, self.numbering
        moves = np.zeros((part.count, 3), dtype=bool)
        free = self._fixed.reshape(-1, 3) == 0
        for slot in (0, 1):
            there = part.of_node[:, slot] >= 0
            for d in range(3):
                moves[part.of_node[there & free[:, d], slot], d] = True
        found = grid(self.comm, self.lines, part, numbering.of_cells, self._column, ~moves)
        if found is None:
            return None
        return KirchhoffSpace(self._kernels, found, part, numbering, self._column)

    def _plate_space(self) -> PlateSpace:
        return PlateSpace(self.numbering, self._kernels, self.lines, self._column, LARGE)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
