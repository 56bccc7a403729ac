"""Two-level preconditioner for thin stacks: plates as the coarse space, columns as the smoother.

The operator is applied matrix-free; what is stored is one banded factor per column and the Galerkin matrix of the
plates, a problem in the plane. Iteration counts do not grow with the number of cells, the thinness of layers or the
contrast of their stiffness.
"""

import time
from typing import Any

import numpy as np
from dolfinx import fem, la
from mpi4py import MPI
from petsc4py import PETSc

from solver.arrays import Array, Integers, Mask
from solver.linalg.coarse import LARGE, PlateSolver
from solver.linalg.columns import columns, over_ranks
from solver.linalg.elements import Elements, Summed, elements
from solver.linalg.extruded_cells import Bilinear
from solver.linalg.kernels import LANES, Kernels
from solver.linalg.kirchhoff import STEPS, KirchhoffSpace, grid
from solver.linalg.noise import noise
from solver.linalg.operator import FormOperator
from solver.linalg.plates import Layout, deformed_tilt, plates

_INVERSE = 12  # inverse iterations on the plates for the softest mode
_LANCZOS = 10  # steps for the largest eigenvalue of the smoothed operator
_DEAD = 1e-14  # part of the largest diagonal entry below which a mode moves nothing
_UPPER, _LOWER = 1.1, 0.05  # part of it the Chebyshev smoother works on


class ColumnMultigrid:
    """Approximate inverse of a symmetric positive definite form on a stack mesh.

    Args:
        a: bilinear form of a degree-2 scalar or vector space.
        space: that space.
        constrained: local unknowns held at zero.
        operator: the form, matrix-free.
        column: (owned cells,) plane cell of each cell.
        soft: (owned cells,) where plates may slide on each other.
        displacement: for the tangent of a large deflection, where it is taken: plates turn about their deformed lines.
            Such a form may lose its definiteness.
        splines: False to take the plates as they are even where the Kirchhoff space would do.
    """

    def __init__(
        self,
        a: Bilinear | Elements,
        space: fem.FunctionSpace,
        constrained: Integers,
        operator: FormOperator,
        column: Integers,
        soft: Mask,
        displacement: fem.Function | None = None,
        splines: bool = True,
    ) -> None:
        self.space, self.operator, self.comm = space, operator, space.mesh.comm
        self.components = space.dofmap.index_map_bs
        self._kernels = Kernels(self.comm, self.components)
        self.seconds: dict[str, float] = {}
        self._column, self._displacement = column, displacement
        self._matrix: Any = None
        self._large: float = LARGE
        self.largest = 0.0
        index_map = space.dofmap.index_map
        self._local = index_map.size_local + index_map.num_ghosts
        self._owned = index_map.size_local * self.components
        self._soft = soft
        with self._timed("columns"):
            self.lines = columns(space)
            self.constrain(constrained)
            self._number_plates()
            self._which = self._plates_of_cells()
            self._elements = elements(a, space, self.lines)
            self.splines = self._kirchhoff() if splines else None
            if self.splines is None:
                self._room()
            self._start, self._table = self.lines.batches(LANES)
        self.most_plates = self.comm.allreduce(self.plates.most, MPI.MAX)
        self._vector = fem.Function(space).x
        self.refresh()

    def constrain(self, constrained: Integers) -> None:
        """Hold these local unknowns at zero, and no others; it takes a `refresh` to work. Collective.

        Plates stay the same ones, but a plate held at one node turns about that.
        """
        self._fixed = np.zeros(self._local * self.components, dtype=np.uint8)
        self._fixed[constrained] = 1
        self.plates = plates(self.space, self.lines, self._soft, self._fixed.reshape(self._local, -1) > 0)

    def refresh(self) -> None:
        """Take the coefficients of the form as they are now."""
        if self._displacement is not None:
            place = self.space.tabulate_dof_coordinates() + self._displacement.x.array.reshape(-1, 3)
            self.plates.tilt[:] = deformed_tilt(self.plates, place)
        with self._timed("blocks"):
            shared = la.vector(self.space.dofmap.index_map, self.components * self._kernels.width)
            band = shared.array
            band[:] = 0.0
            if self.largest:
                self.free()
            if self.splines is not None:
                self._add_stacks(self.splines, band)
            else:
                self._add_plates(band)
            shared.scatter_reverse(la.InsertMode.add)
            shared.scatter_forward()
        with self._timed("columns factorised"):
            self._factor = np.empty((self._table.size * self.components, self._kernels.width))
            batches = len(self._start) - 1, self._start, self._table
            bad = self._kernels.call("factorise", *batches, self._fixed, band, self._factor)
            self.bad_pivots = self.comm.allreduce(bad, MPI.SUM)
        with self._timed("plates factorised"):
            definite = self._displacement is None
            if self.splines is not None:
                self.splines.factorise()
                self._coarse: PlateSolver | KirchhoffSpace = self.splines
            else:
                self._coarse = PlateSolver(self._matrix, self._layout(), definite, self._large)
        if self.bad_pivots:
            self.largest = 1.0  # nothing to smooth with
        elif definite or not self.largest:  # that of a tangent stays within 3 %
            with self._timed("eigenvalue"):
                self.largest = self._largest_eigenvalue()

    @property
    def chosen(self) -> str:
        """The coarse space."""
        count = self.most_plates
        plates = "one plate per column" if count == 1 else f"up to {count} plates per column"
        if self.splines is not None:
            return f"{plates} on {self.splines.name}"
        return plates if self.plates_factorised else f"{plates}, solved by multigrid"

    @property
    def plates_factorised(self) -> bool:
        """False if a multigrid of their own solves for the plates."""
        return isinstance(self._coarse, KirchhoffSpace) or not self._coarse.is_multigrid

    def factorise_plates(self) -> None:
        """Factorise the plates' matrix, however large, now and whenever coefficients change."""
        self._large = np.inf
        self._coarse.free()
        self._coarse = PlateSolver(self._matrix, self._layout(), self._displacement is None, self._large)

    @property
    def negative_pivots(self) -> int:
        """Unstable directions of a tangent that plates can follow: its negative eigenvalues are as many or more."""
        return self._coarse.negative_pivots

    def soft_mode(self, among: int = 1) -> Array:
        """Motion (owned unknowns,) of the plates that resists least, by inverse iteration, and one smoothing.

        Args:
            among: modes nearest to zero of which it is the lowest; one finds the nearest only.
        """
        modes = np.array([self._seed(k) for k in range(among)])
        for _ in range(_INVERSE):
            modes = self._orthonormal(np.array([self._correct(x) for x in modes]))
        step = 2.0 / ((_UPPER + _LOWER) * self.largest)
        modes = np.array([x - step * self._smooth(self._apply(x)) for x in modes])
        if among == 1:
            return modes[0]
        modes = self._orthonormal(modes)
        stiffness = self._sum(modes @ np.array([self._apply(x) for x in modes]).T)
        return np.linalg.eigh(0.5 * (stiffness + stiffness.T))[1][:, 0] @ modes

    def _orthonormal(self, vectors: Array) -> Array:
        """The same space of a few vectors (rows)."""
        size, axes = np.linalg.eigh(self._sum(vectors @ vectors.T))
        return (axes / np.sqrt(np.maximum(size, np.finfo(float).tiny))).T @ vectors

    def free(self) -> None:
        """Free the coarse factors."""
        self._coarse.free()
        if self._matrix is not None:
            self._matrix.destroy()
            self._matrix = None

    @property
    def _following(self) -> tuple[Any, ...]:
        """How nodes follow plates, as the kernels take it."""
        part = self.plates
        return part.of_node, part.weight, part.lever, part.tilt, self._fixed

    # ---- set-up

    def _number_plates(self) -> None:
        """Global numbers of the plates: the owner of the lowest node of a plate owns it."""
        anchor = self.plates.anchor
        self._is_mine = anchor < self.space.dofmap.index_map.size_local
        self._mine = int(self._is_mine.sum())
        first = self.comm.exscan(self._mine, MPI.SUM) or 0
        at_node = np.full((self._local, 1), -1.0)
        at_node[anchor[self._is_mine], 0] = first + np.arange(self._mine)
        at_node = over_ranks(self.space, at_node, add=False)
        self._global = np.rint(at_node[anchor, 0]).astype(np.int32)
        # a plate is restricted to by its owner, who sees all of its nodes; every rank prolongs to the nodes it owns
        mine_of_node = np.where(self.plates.of_node >= 0, self._is_mine[self.plates.of_node], False)
        self._nodes_down = self.lines.nodes[mine_of_node[self.lines.nodes].any(axis=1)]
        self._nodes_up = self.lines.nodes[self.lines.nodes < self.space.dofmap.index_map.size_local]

    def _kirchhoff(self) -> KirchhoffSpace | None:
        """The Kirchhoff space, if the stack and the form are made for it."""
        if len(self._elements) != 1 or not isinstance(self._elements[0], Summed) or self._displacement is not None:
            return None
        if self.components != 3:
            return None
        part = self.plates
        moves = np.zeros((part.count, 3), dtype=bool)
        free = self._fixed.reshape(-1, 3) == 0
        for slot in (0, 1):
            there = part.of_node[:, slot] >= 0
            for d in range(3):
                moves[part.of_node[there & free[:, d], slot], d] = True
        found = grid(self.comm, self.lines, part, self._which, self._column, ~moves)
        if found is None:
            return None
        return KirchhoffSpace(self.comm, self._kernels, found, part, self._is_mine, self._which, self._column)

    def _add_stacks(self, splines: KirchhoffSpace, band: Array) -> None:
        part = self._elements[0]
        assert isinstance(part, Summed)
        target = (*self._following, *splines.target(), band, splines.stencil)
        part.add_stacks(self._kernels, *splines.stacks, self._which, target)

    def _add_plates(self, band: Array) -> None:
        galerkin = np.zeros(int(self._row[-1]) * self._kernels.modes**2)
        target = (*self._following, self._global, self._row, self._neighbour, band, galerkin)
        for part in self._elements:
            part.add(self._kernels, self._which, target)
        self._assemble(galerkin)

    def _room(self) -> None:
        """Rows and columns of the plates' matrix this rank adds to, and the room its own rows need."""
        which, count = self._which, self.plates.count
        order = np.argsort(self._column, kind="stable")
        rows = np.ascontiguousarray(which[order])
        new = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)]) if len(rows) else np.empty(0, dtype=bool)
        rows = np.ascontiguousarray(rows[new])
        there = rows >= 0
        most = np.bincount(rows[there], np.broadcast_to(there.sum(axis=1)[:, None], rows.shape)[there], count)
        start = np.concatenate([[0], np.cumsum(most)]).astype(np.int64)
        found, length = np.empty(int(start[-1]), dtype=np.int32), np.zeros(count, dtype=np.int32)
        self._kernels.call("neighbours", len(rows), rows, self._global, start, length, found)
        self._row = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        self._neighbour = found[np.arange(self._row[-1]) + np.repeat(start[:-1] - self._row[:-1], length)]
        row = np.repeat(np.arange(count), length)
        self._self = np.flatnonzero(self._neighbour == row)  # of the plates that cells of this rank touch
        self._touched = row[self._self]
        own = np.bincount(row, self._is_mine[self._neighbour], count)
        at_node = np.zeros((self._local, 1))
        at_node[self.plates.anchor[~self._is_mine], 0] = length[~self._is_mine]
        foreign = over_ranks(self.space, at_node)[self.plates.anchor[self._is_mine], 0]
        here = own[self._is_mine] + foreign
        away = (length - own)[self._is_mine] + foreign
        self._rooms = np.minimum(here, self._mine).astype(np.int32), away.astype(np.int32)

    def _hold_dead_modes(self, galerkin: Array) -> None:
        """A large entry on the diagonal for modes that move nothing."""
        modes = self._kernels.modes
        at = modes**2 * self._self[:, None] + np.arange(modes) * (modes + 1)
        at_node = np.zeros((self._local, modes))
        at_node[self.plates.anchor[self._touched]] = galerkin[at]
        diagonal = over_ranks(self.space, at_node)[self.plates.anchor]
        scale = self.comm.allreduce(np.abs(diagonal).max(initial=0.0), MPI.MAX)
        dead = np.abs(diagonal) <= _DEAD * scale
        galerkin[at[dead[self._touched] & self._is_mine[self._touched, None]]] = scale
        self._dead = dead[self._is_mine]

    def _layout(self) -> Layout:
        part, mine = self.plates, self._is_mine
        z = self.lines.height[self.lines.nodes]
        low, high = z.min(initial=np.inf), z.max(initial=-np.inf)
        thickness = self.comm.allreduce(high, MPI.MAX) - self.comm.allreduce(low, MPI.MIN)
        return Layout(part.centre[mine], part.storey[mine], self._dead, float(thickness))

    def _assemble(self, galerkin: Array) -> None:
        """The plates' matrix from this rank's rows of it."""
        self._hold_dead_modes(galerkin)
        modes = self._kernels.modes
        size = (self._mine * modes, None)
        self._matrix = PETSc.Mat().create(self.comm)
        self._matrix.setSizes((size, size))
        self._matrix.setType("sbaij")
        self._matrix.setBlockSize(modes)
        self._matrix.setPreallocationNNZ(self._rooms)
        self._matrix.setOption(PETSc.Mat.Option.IGNORE_LOWER_TRIANGULAR, True)
        starts, columns_ = self._row.astype(np.int32), self._global[self._neighbour]
        self._matrix.setValuesBlockedIJV(starts, columns_, galerkin, PETSc.InsertMode.ADD_VALUES, self._global)
        self._matrix.assemble()

    def _plates_of_cells(self) -> Integers:
        """(owned cells, 18) plate of (in-plane place, lower or upper), -1 for none."""
        of = self.plates.of_node[self.lines.cells].reshape(-1, 3, 9, 2)  # level, place, slot
        low, high = of[:, 0, :, 0], of[:, 2, :, 0]
        middle_upper = of[:, 1, :, 1]
        upper = np.where(high != low, high, -1)
        upper = np.where((upper < 0) & (middle_upper >= 0), middle_upper, upper)
        upper = np.where((upper < 0) & (of[:, 2, :, 1] >= 0), of[:, 2, :, 1], upper)
        return np.ascontiguousarray(np.stack([low, upper], axis=2).reshape(-1, 18).astype(np.int32))

    def _seed(self, which: int = 0) -> Array:
        """As of `noise`."""
        return noise(self.space, np.flatnonzero(self._fixed).astype(np.int32), which)

    def _largest_eigenvalue(self) -> float:
        """Largest eigenvalue of the column-preconditioned operator, by conjugate gradients (Lanczos)."""
        r = self._seed()
        z = self._smooth(r)
        rz, p = self._dot(r, z), z.copy()
        alphas: list[float] = []
        betas: list[float] = []
        for _ in range(_LANCZOS):
            ap = self._apply(p)
            alpha = rz / self._dot(p, ap)
            r = r - alpha * ap
            z = self._smooth(r)
            new = self._dot(r, z)
            alphas.append(alpha)
            betas.append(new / rz)
            p, rz = z + new / rz * p, new
        diagonal = [1 / alpha + (betas[i - 1] / alphas[i - 1] if i else 0.0) for i, alpha in enumerate(alphas)]
        off = [np.sqrt(betas[i]) / alphas[i] for i in range(_LANCZOS - 1)]
        return float(np.linalg.eigvalsh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))[-1])

    # ---- application, on owned unknowns

    def inverse(self, r: Array) -> Array:
        """One symmetric cycle: smooth, correct by the plates, smooth."""
        x = self._smoothed(r, None)
        x += self._correct(self._residual(r, x))
        return self._smoothed(r, x)

    def _smoothed(self, r: Array, x: Array | None) -> Array:
        """x after Chebyshev steps of the columns on the upper part of the spectrum."""
        upper, lower = _UPPER * self.largest, _LOWER * self.largest
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        step = self._smooth(r if x is None else self._residual(r, x))
        step /= middle
        x = step.copy() if x is None else x + step
        ratio = half / middle
        for _ in range(1, 1 if self.splines is None else STEPS):
            new = 1 / (2 * middle / half - ratio)
            step *= new * ratio
            change = self._smooth(self._residual(r, x))
            change *= 2 * new / half
            step += change
            x += step
            ratio = new
        return x

    def _residual(self, r: Array, x: Array) -> Array:
        """r - A x."""
        result = r - self.operator.product(x)
        held = self.operator.constrained
        result[held] = r[held] - x[held]
        return result

    def apply(self, pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """PETSc's call."""
        y.array[:] = self.inverse(x.array_r.copy())

    def _apply(self, x: Array) -> Array:
        result = self.operator.product(x).copy()
        result[self.operator.constrained] = x[self.operator.constrained]
        return result

    def _everywhere(self, r: Array) -> Array:
        """Owned values with the ghosts of other ranks."""
        self._vector.array[: self._owned] = r
        self._vector.scatter_forward()
        return self._vector.array

    def _smooth(self, r: Array) -> Array:
        z = np.empty(self._local * self.components)
        batches = len(self._start) - 1, self._start, self._table, self.lines.longest
        self._kernels.call("solve", *batches, self._factor, self._everywhere(r), z)
        return z[: self._owned]

    def _correct(self, r: Array) -> Array:
        modes, arrays = self._kernels.modes, self._following
        down = np.zeros((self.plates.count, modes))
        self._kernels.call("restrict_to", len(self._nodes_down), self._nodes_down, *arrays, self._everywhere(r), down)
        up = self._known_everywhere(self._coarse.solve(down[self._is_mine]))
        x = np.zeros(self._local * self.components)
        self._kernels.call("prolong", len(self._nodes_up), self._nodes_up, *arrays, up, x)
        return x[: self._owned]

    def _known_everywhere(self, mine: Array) -> Array:
        """Values of this rank's plates -> values of all plates it knows."""
        if self.comm.size == 1:
            return np.ascontiguousarray(mine)
        at_node = np.zeros((self._local, mine.shape[1]))
        at_node[self.plates.anchor[self._is_mine]] = mine
        return np.ascontiguousarray(over_ranks(self.space, at_node, add=False)[self.plates.anchor])

    def _dot(self, a: Array, b: Array) -> float:
        return float(self.comm.allreduce(float(a @ b), MPI.SUM))

    def _sum(self, values: Array) -> Array:
        return np.asarray(self.comm.allreduce(values, MPI.SUM))

    def _timed(self, name: str) -> "_Timer":
        return _Timer(self.seconds, name)


class _Timer:
    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds, self._name = seconds, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._name] = self._seconds.get(self._name, 0.0) + time.perf_counter() - self._start
