"""What strains of a block of a unit cell vary by beside lines along z: the modes that make up most of it.

What is linear in the strain and the same all over a block answers a sum of fields by the sum of its answers: its memory
of a field is that of one number, the amplitude (J. C. Michel, P. Suquet, Int. J. Solids Struct. 40 (2003) 6937; for
linear viscoelasticity exact on the modes taken).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Integers, Mask
from solver.homogenise.laminate import EVEN, FOLLOWED, ODD, UNITS, LaminateProblem
from solver.materials.elasticity import MODULI

_MOST = 24, 6  # modes of a block, by parity
_LEAST = 0.003  # of the strongest mode: what is weaker is left out
_LOPSIDED = (
    0.1  # more weight at one side of the cell along y: no two modes are as strong, as those of a square would be
)
_TENSOR = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])  # eps : eps of Voigt strains


@dataclass(frozen=True, eq=False)
class Variation:
    """Of one block.

    Attributes:
        lift: by parity, (modes, fields) amplitude of the modes in every field of the cell.
        gram: (9, modes, modes) int psi_i psi_j dV over the area, by modulus, as of `elasticity.MODULI`.
        places: (points, 3) from the middle of the cell and of the block (m).
        part: (points,) phase of every point, counted from 0.
        values: (modes, points, 6) strains of the modes.
        weight: (points,) by which they are orthonormal.
    """

    lift: tuple[Array, Array]
    gram: Array
    places: Array
    part: Integers
    values: Array
    weight: Array

    @property
    def count(self) -> int:
        """How many modes there are."""
        return self.gram.shape[1]

    def from_other(self, other: "Variation") -> Array:
        """(modes, modes of the other) amplitudes by those of the same block in another cell; 0 if its parts differ."""
        if other is self:
            return np.eye(self.count)
        found = np.zeros((other.count, len(self.places), 6))
        if set(other.part) == set(self.part):
            for part in np.unique(self.part):
                here, there = self.part == part, other.part == part
                found[:, here] = _carried(other.places[there], other.values[:, there], self.places[here])
        by = np.einsum("mpi,kpi,p,i->mk", self.values, found, self.weight, _TENSOR, optimize=True)
        return np.where(
            self._odd[:, None] == other._odd, by, 0.0
        )  # what they share in one quarter they do not in the next

    @property
    def _odd(self) -> Mask:
        return np.asarray(self.lift[ODD].any(axis=1))


def variation(
    problem: LaminateProblem, phases: Sequence[int], answers: Sequence[Sequence[Array]], fields: Sequence[Array]
) -> Variation:
    """Of a block.

    Args:
        problem: of the cell.
        phases: of the block.
        answers: by parity, strains (points, 6) of the cell under the units and the growth of phases, set by set of
            moduli, as of `LaminateProblem.fluctuations`.
        fields: by parity, strains (fields, points, 6) of the reduced cell.
    """
    mine = np.isin(problem.phase, phases)
    part = np.searchsorted(np.sort(phases), problem.phase[mine])
    volume, places = problem.weight[mine] / problem.area, problem.places[mine]
    places = places - np.array([0.0, 0.0, 1.0]) * (volume @ places[:, 2]) / volume.sum()
    weight = volume * (1.0 + _LOPSIDED * places[:, 1] / problem.places[:, 1].max())

    def rest(strains: Array, parity: int) -> Array:
        """(fields, points, 6) beside the lines of each phase that are followed."""
        found, followed = strains[:, mine].copy(), list(FOLLOWED[parity])
        for number in np.unique(part):
            here = part == number
            line = np.stack([np.ones(here.sum()), places[here, 2]])
            fit = np.linalg.solve(line * volume[here] @ line.T, line * volume[here])
            lines = np.einsum("kz,kp,npi->nzi", line, fit, found[:, here], optimize=True)
            found[np.ix_(range(len(found)), here, followed)] -= lines[..., followed]
        return found

    root = np.sqrt(weight[:, None] * _TENSOR)
    size, modes = [], list[Array]()
    for parity in (EVEN, ODD):
        told = np.array(answers[parity]) * _scales(problem, parity, len(answers[parity]))[:, None, None]
        _, values, vectors = np.linalg.svd((rest(told, parity) * root).reshape(len(told), -1), full_matrices=False)
        size.append(values[: _MOST[parity]])
        modes.append(vectors[: _MOST[parity]].reshape(-1, *root.shape))
    least = _LEAST * max(values.max(initial=0.0) for values in size)
    kept = [found[values > least] for values, found in zip(size, modes, strict=True)]
    scaled = np.concatenate(kept)
    flat = scaled.reshape(len(scaled), -1)
    sign = np.sign(flat[np.arange(len(flat)), np.abs(flat).argmax(axis=1)])
    scaled = scaled * sign[:, None, None]
    parity_of, lift = np.repeat([EVEN, ODD], [len(one) for one in kept]), []
    for parity in (EVEN, ODD):
        by = np.einsum("mpi,npi->mn", scaled, rest(fields[parity], parity) * root, optimize=True)
        lift.append(np.where(parity_of[:, None] == parity, by, 0.0))
    values = scaled / root
    pairs = [np.einsum("mp,np,p->mn", values[..., i], values[..., j], volume, optimize=True) for i, j in MODULI]
    gram = np.array([one + one.T if i != j else one for one, (i, j) in zip(pairs, MODULI, strict=True)])
    gram[:, parity_of[:, None] != parity_of] = 0.0  # what they share in one quarter they do not in the next
    return Variation((lift[0], lift[1]), gram, places, part, values, weight)


def _scales(problem: LaminateProblem, parity: int, count: int) -> Array:
    """(count,) of answers: those to unit curvatures (1/m) times the height of the cell, so that all are strains."""
    height = np.ptp(problem.z)
    units = np.array([height if unit >= 3 else 1.0 for unit in UNITS[parity]])
    grown = len(np.unique(problem.phase)) if parity == EVEN else 0
    return np.resize(np.concatenate([units, np.ones(grown)]), count)


def _carried(old: Array, values: Array, new: Array) -> Array:
    """(modes, new points, 6) of values (modes, old points, 6) on a grid of boxes, linear between its points."""
    from scipy.interpolate import RegularGridInterpolator

    axes = [np.unique(np.round(column, 12)) for column in old.T]
    order = np.lexsort(np.round(old, 12).T[::-1])
    grid = values[:, order].transpose(1, 0, 2).reshape(*(len(axis) for axis in axes), -1)
    found = RegularGridInterpolator(axes, grid, bounds_error=False, fill_value=None)(new)
    return np.asarray(found.reshape(len(new), len(values), 6).transpose(1, 0, 2))
