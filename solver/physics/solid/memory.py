"""What the points of a stack remember, and what its materials answer in an increment of time.

The laws are asked at the Gauss points. Their answer is kept as an affine one, sigma = D : eps + s, with the tangent D
and the stress s of a stack that is held as drawn: of a law that is linear within an increment it is the answer to any
strain eps, of another that to strains near the one it was asked at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import basix
import numpy as np
from mpi4py import MPI

from meshes.cell_fields import CellFields
from solver.arrays import Array, Integers, Mask
from solver.materials.axes import strain_along_axes
from solver.materials.elasticity import ALL_MODULI, MODULI
from solver.materials.laws.compiled import prepare
from solver.materials.laws.elastic import hooke
from solver.materials.laws.response import LawNotConverged, MaterialLaw, Response, moments_of
from solver.parallel import combined
from solver.physics.coefficients import QUADRATURE_DEGREE, Coefficients
from solver.physics.solid.answers import Answer, Kelvin, Snapshot, Tried, along_stack, no_answer
from solver.physics.solid.at_gauss import fitted
from solver.physics.solid.cell_stress import invariants

_CHUNK = 1024  # cells at a time: bounds the memory
_FEW = 128  # of a law with a memory, which stay in the cache of a core
_FIRST, _SECOND = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)  # axes of the Voigt components
_NAME = "memory"
_NOTHING = 1e3  # Pa: stress that is none


class Memory:
    """Of the owned cells of one stack.

    Args:
        coefficients: of the stack, at points.
        laws: one per block.
        kelvin: temperature (K) it is at.
        birth: (cells, points, 6) strain every cell was born at, or None.
        green: True for Green's strains.

    Attributes:
        kelvin: temperature at the last increment that was accepted.
        stress: (cells, points, 6) there (Pa).
        moduli: (cells, points, 9 or 21) tangent there, None before the first.
        linear: True if all laws are.
        spoilt: by the length of the increment that is tried, part of the stress of the block it spoils most.
        count: of moduli.
    """

    def __init__(
        self,
        coefficients: Coefficients,
        laws: Sequence[MaterialLaw],
        kelvin: Kelvin,
        birth: Array | None = None,
        green: bool = False,
    ) -> None:
        mesh = coefficients.stack_mesh
        if any(law.memory for law in laws):
            prepare(mesh.comm)
        self._mesh, self._of_block, self._laws = mesh, coefficients.cells, tuple(laws)
        self._birth, self._green = birth, green
        self.kelvin: Kelvin = kelvin
        self.linear = all(law.linear for law in laws)
        self.count = len(MODULI) if self.linear and not coefficients.turned else len(ALL_MODULI)
        self._angles = [coefficients.angles(block) for block in range(len(self._laws))]
        self.points = len(basix.make_quadrature(mesh.mesh.basix_cell(), QUADRATURE_DEGREE)[0])
        self.stress: Array = np.zeros((len(mesh.block), self.points, 6))
        self.moduli: Array | None = None
        self._end: tuple[Kelvin, float] = kelvin, 0.0
        self._last: Tried | None = None  # answer of the increment that is tried
        self._confirmed: Tried | None = None  # the one at its equilibrium
        self.spoilt = 0.0
        self._most: Array = np.zeros(len(laws))  # mean equivalent stress of each block at its largest (Pa)
        self._tried: Array = self._most
        self._width = max((law.memory for law in laws), default=0)
        own = [cells for cells, law in zip(self._of_block, laws, strict=True) if law.memory]
        self._cells: Integers = np.sort(np.concatenate([np.empty(0, dtype=np.int32), *own]))
        self._row = np.full(len(mesh.block), -1, dtype=np.int64)
        self._row[self._cells] = np.arange(len(self._cells))
        self.fields = CellFields(mesh.comm, mesh.keys[self._cells], {_NAME: self._newborn()})

    def _newborn(self) -> Array:
        state: Array = np.zeros((len(self._cells), self.points, self._width))
        for cells, law in zip(self._of_block, self._laws, strict=True):
            if law.memory and len(cells):
                mine = law.initial(len(cells) * self.points).reshape(len(cells), self.points, law.memory)
                state[self._row[cells], :, : law.memory] = mine
        return state

    # ---- increments

    def begin(self, kelvin: Kelvin, seconds: float) -> None:
        """Set the end of the increment that is tried: its temperature, and the time it takes."""
        self._at(self.kelvin)
        self._end = kelvin, seconds
        self.fields.begin()

    @property
    def seconds(self) -> float:
        """Of the increment that is tried."""
        return self._end[1]

    def respond(self, strain: Array) -> Answer | None:
        """The answer to strains (cells, points, 6) at the end of the increment that is tried. Collective.

        None if a law finds none.
        """
        at_rest, errors = np.empty_like(strain), np.zeros_like(self.stress[..., 0])

        def keep(cells: Integers, response: Response, tangent: Array) -> None:
            if response.error is not None:
                errors[cells] = response.error.reshape(len(cells), self.points)
            rest = hooke(tangent.reshape(-1, self.count), strain[cells].reshape(-1, 6), ALL_MODULI[: self.count])
            at_rest[cells] = (response.stress - rest).reshape(len(cells), self.points, 6)

        values = None if self.linear else self.values.copy()  # at the equilibrium a linear law is asked again
        self._last = tried = self._try(Tried(strain, *self._room(strain), values), keep)
        if tried is None:
            return None
        self.spoilt = 0.0 if self.linear else self._spoilt(errors, tried.stress)
        return Answer(tried.stress, tried.moduli, at_rest)

    def _room(self, strain: Array) -> tuple[Array, Array]:
        """For stress and moduli."""
        return np.empty_like(strain), np.empty((*strain.shape[:2], self.count))

    def _try(self, tried: Tried, keep: Callable[[Integers, Response, Array], None] | None = None) -> Tried | None:
        """Ask all laws at a strain and fill in what they answer; None if one on any rank finds none. Collective.

        Args:
            tried: at the end of the increment that is tried; `values` are those at its start.
            keep: told of cells, their answer and its tangent (cells, points, moduli).
        """
        found = True
        try:
            for cells, law, response in self._asked(tried.strain):
                tried.stress[cells] = response.stress.reshape(len(cells), self.points, 6)
                tried.moduli[cells] = tangent = self._tangent(response, len(cells))
                if law.memory and tried.values is not None:
                    new = response.new.reshape(len(cells), self.points, law.memory)
                    tried.values[self._row[cells], :, : law.memory] = new
                if keep is not None:
                    keep(cells, response, tangent)
        except LawNotConverged:
            found = False
        return tried if combined(self._mesh.comm, found, MPI.LAND) else None

    def _spoilt(self, errors: Array, stress: Array) -> float:
        """What the length of the increment has spoilt of the stress of a block, most of all, as a part of it.

        Means over points, and of the largest stress the block has had: what counts is a layer, not its corner.
        """
        mises = invariants(stress)[0]
        means = np.zeros((3, len(self._laws)))
        for block, cells in enumerate(self._of_block):
            means[:, block] = errors[cells].sum(), mises[cells].sum(), mises[cells].size
        total = np.empty_like(means)
        self._mesh.comm.Allreduce(means, total, MPI.SUM)
        count = np.maximum(total[2], 1.0)
        self._tried = np.maximum(self._most, total[1] / count)
        return float((total[0] / count / np.maximum(self._tried, _NOTHING)).max(initial=0.0))

    @property
    def scale(self) -> Array:
        """(blocks,) mean equivalent stress of each at its largest (Pa), which errors of increments are parts of."""
        return self._most

    @scale.setter
    def scale(self, most: Array) -> None:
        self._most = self._tried = np.array(most, dtype=np.float64)

    def moments(self, kelvin: Kelvin, seconds: float) -> list[float]:
        """Times (s) on an even way to a temperature at which rates jump: where something gels, or passes Tg(a).

        Collective. The first and the last of each law that knows of some.
        """
        mine, state = [], self.fields[_NAME]
        for cells, law in zip(self._of_block, self._laws, strict=True):
            if law.jumps and len(cells):
                old = state[self._row[cells], :, : law.memory].reshape(-1, law.memory)
                before, after = (
                    np.repeat(_of(one, cells), len(old) // _of(one, cells).size) for one in (self.kelvin, kelvin)
                )
                mine += moments_of(law, after, before, seconds, old)
        return sorted({time for of_rank in self._mesh.comm.allgather(mine) for time in of_rank})

    def confirm(self, strain: Callable[[], Array]) -> None:
        """Have the answer at the equilibrium that was found, for `commit`; laws that gave it are not asked again.

        Collective.

        Args:
            strain: gives those of the equilibrium, (cells, points, 6).

        Raises:
            Diverged: on all ranks, where a law on one of them finds no answer: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        if self._confirmed is not None:
            return
        here, last = strain(), self._last
        known = last is not None and last.values is not None and np.array_equal(here, last.strain)
        if not combined(self._mesh.comm, known, MPI.LAND):
            last = self._try(Tried(here, *self._room(here), self.values.copy()))
        if last is None:
            raise no_answer(self.seconds)
        self._confirmed = last

    def commit(self) -> None:
        """Accept the increment that was confirmed."""
        assert self._confirmed is not None and self._confirmed.values is not None
        self.stress, self.moduli = self._confirmed.stress, self._confirmed.moduli
        self.fields[_NAME] = self._confirmed.values
        self.fields.commit()
        self._most = self._tried
        self._at(self._end[0])

    def _at(self, kelvin: Kelvin) -> None:
        """Be at a temperature, with no increment tried."""
        self.kelvin, self._end = kelvin, (kelvin, 0.0)
        self._last = self._confirmed = None

    def _asked(self, strain: Array) -> Iterator[tuple[Integers, MaterialLaw, Response]]:
        """Cells, law and answer, some cells of a block at a time."""
        (after, seconds), before, state = self._end, self.kelvin, self.fields[_NAME]
        for of_block, law, all_angles in zip(self._of_block, self._laws, self._angles, strict=True):
            many = _FEW if law.memory else _CHUNK
            for start in range(0, len(of_block), many):
                cells = of_block[start : start + many]
                kelvin, kelvin_before = _of(after, cells), _of(before, cells)
                place = slice(self.points * start, self.points * (start + len(cells)))
                angles = all_angles[place] if len(all_angles) > 1 else all_angles
                mine = strain_along_axes(strain[cells].reshape(-1, 6), angles)
                if self._birth is not None:
                    e = law.free_strain(kelvin) if self._green else np.zeros((1, 3))
                    born = strain_along_axes(self._birth[cells].reshape(-1, 6), angles)
                    mine -= (1.0 + 0.5 * (e[:, _FIRST] + e[:, _SECOND])) * born
                old = np.ascontiguousarray(state[self._row[cells], :, : law.memory] if law.memory else np.empty(0))
                old = old.reshape(len(mine), law.memory)
                yield cells, law, along_stack(law.respond(mine, kelvin, kelvin_before, seconds, old), angles)

    def _tangent(self, response: Response, cells: int) -> Array:
        """(cells, points, moduli) of an answer."""
        tangent = response.tangent
        shape = cells, self.points, self.count
        result = np.zeros((cells * self.points, self.count))
        result[:, : tangent.moduli.shape[1]] = tangent.moduli
        if tangent.softening is not None:
            b, v = tangent.softening[:, 0], tangent.softening[:, 1:]
            for place, (i, j) in enumerate(ALL_MODULI):
                result[:, place] -= b * v[:, i] * v[:, j]
        return result.reshape(shape)

    # ---- other times, other stacks

    @property
    def keys(self) -> Integers:
        """Numbers of all owned cells."""
        return self._mesh.keys

    @property
    def values(self) -> Array:
        """(cells with a memory, points, k) what is remembered; read-only."""
        return self.fields[_NAME]

    @property
    def snapshot(self) -> Snapshot:
        """What is remembered now."""
        return Snapshot(self.values, self.stress, self.moduli, self.kelvin)

    @snapshot.setter
    def snapshot(self, kept: Snapshot) -> None:
        self.fields.roll_back()
        self.fields.share(_NAME, kept.values)
        self.stress, self.moduli = kept.stress, kept.moduli
        self._at(kept.kelvin)

    def inherit(self, old: "Memory") -> None:
        """Take what cells remembered that were there before; the others are newborn. Collective."""
        known, found = old.fields.transferred(self.fields.keys)
        self._take(known, found[_NAME])
        kelvin = old.kelvin
        if isinstance(kelvin, np.ndarray):  # nothing is born in a field
            there = CellFields(self._mesh.comm, old._mesh.keys, {"kelvin": kelvin})
            kelvin = there.transferred(self._mesh.keys)[1]["kelvin"]
        self._at(kelvin)

    def restore(self, values: Array) -> None:
        """Take values (cells with a memory, points, k) of `fields`, as a checkpoint kept them."""
        self._take(np.ones(len(self._cells), dtype=bool), values)

    def _take(self, known: Mask, values: Array) -> None:
        state = self.fields[_NAME].copy()
        width = min(self._width, values.shape[2]) if values.ndim > 1 else 0
        state[known, :, :width] = values[known, :, :width]
        self.fields[_NAME] = state

    # ---- what is read

    def since_birth(self, strain: Array) -> Array:
        """Strains (cells, points, 6) less those cells were born at."""
        return strain if self._birth is None else strain - self._birth

    def at(self, points: Array) -> Callable[[Array], Array]:
        """From values (cells, points, m) at the Gauss points those at other points of the reference cell."""
        return fitted(self._mesh.mesh, points)

    def readings(self) -> Mapping[str, Array]:
        """What the laws let one read, (owned cells, points) each, nan in cells whose law has no such thing."""
        result: dict[str, Array] = {}
        state = self.fields[_NAME]
        for cells, law in zip(self._of_block, self._laws, strict=True):
            if not law.memory:
                continue
            for name, values in law.readings(state[self._row[cells], :, : law.memory].reshape(-1, law.memory)).items():
                whole = result.setdefault(name, np.full((len(self._mesh.block), self.points), np.nan))
                whole[cells] = values.reshape(len(cells), self.points)
        return result


def _of(kelvin: Kelvin, cells: Integers) -> Array:
    return kelvin[cells].ravel() if isinstance(kelvin, np.ndarray) else np.array([kelvin])
