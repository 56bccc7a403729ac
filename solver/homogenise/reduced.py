"""A cell of a plate for any moduli of its phases: Galerkin's method on its answers for a few of them.

The fluctuation for other moduli is sought among combinations of those found (A. K. Noor, J. M. Peters, AIAA J. 18
(1980) 455). Energies are then right to the square of what the fluctuation misses, and stiffnesses come from above.
Stress resultants of strains that phases have when they are free follow from the fields of the units by reciprocity:
V. M. Levin, Mech. Solids 2 (1967) 58.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Mask
from solver.homogenise.laminate import EVEN, FOLLOWED, ODD, UNITS, LaminateCell, LaminateProblem
from solver.homogenise.variation import Variation, variation
from solver.materials.elasticity import MODULI, moduli

_MOST = 5  # sets of moduli that a cell is solved for
_CLOSE = 5e-4  # difference of stiffnesses from which another set is solved
_NEW = 1e-10  # of the energy of the strongest combination of fields: what weaker ones have is rounding
# of its stiffness, in shear and in bulk, what a block that remembers has left: relaxed, soft, and before it gels
_SOFTER = (0.3, 0.6), (0.05, 0.5), (1e-3, 1e-2), (1e-5, 1e-5)


@dataclass(frozen=True, eq=False)
class CellSection:
    """A cell with certain moduli: forces and moments per length, and the mean stress of its phases.

    With e = (E, K) the six strains and curvatures of the plate and p + z q (6, Voigt) the free strain of every phase

        (N, M) = stiffness e - sum_b (force_b p_b + moment_b q_b).

    Attributes:
        stiffness: (6, 6) A, B and D (N/m, N, N m).
        force, moment: (phases, 6, 6) by unit of the plate and component of the free strain (N/m, N).
        stress: (phases, 2, 6, 6) int stress dV of a phase over the area, and times height, by unit of the plate; of
            shear yz and xz in a quarter of the cell, in the others it has another sign.
        bound: (phases, 2, 6, phases, 2, 6) the same of a unit of p and of q of every phase while the plate is held.
        moments: (phases, 3) area of a phase in a unit of area, times height to the power 0, 1, 2, integrated over it.
        amplitude: (modes, 6) of all modes of `ReducedCell.variations` by unit of the plate.
        spread: (modes, 12 phases + modes) the same by free strain p and q of every phase while the plate is held, and
            by force on every mode (N/m); its first columns are also int stress dV of phases by that force.
    """

    stiffness: Array
    force: Array
    moment: Array
    stress: Array
    bound: Array
    moments: Array
    amplitude: Array
    spread: Array


@dataclass(frozen=True, eq=False)
class ReducedCell:
    """A cell on a few fields for each parity.

    Attributes:
        products: by parity, (phases, 9, fields, fields) int eps_i eps_j dV over the area for every modulus of what is
            orthotropic along the axes, both ways round of what couples two components.
        first: by parity, (phases, 2, fields, 6) int eps dV and int z eps dV over the area.
        moments: (phases, 3) as of `CellSection`.
        error: largest difference of stiffnesses at moduli that were solved for last, and from fields before.
        variations: of the blocks that were asked for.
    """

    products: tuple[Array, Array]
    first: tuple[Array, Array]
    moments: Array
    error: float
    variations: tuple[Variation, ...] = ()

    def at(self, stiffness: Array, beside: Array | None = None) -> CellSection:
        """With stiffnesses of its phases.

        Args:
            stiffness: (phases, 6, 6) (Pa).
            beside: (phases,) part of it by which a phase resists what its strain varies by beside a line along z.
        """
        count, modes = 12 * len(stiffness), sum(one.count for one in self.variations)
        whole, slots = np.zeros((6, 6)), np.zeros((count + modes, 6))
        bound = np.zeros((count + modes, count + modes))
        for parity in (EVEN, ODD):
            units = np.array(UNITS[parity])
            a = self._energies(parity, stiffness)
            if beside is not None:
                a -= self._beside(parity, stiffness, 1.0 - beside)
            found = _condensed(a, self._slots(parity, stiffness), len(units))
            whole[np.ix_(units, units)] = found[0]
            slots[:, units] += found[1]
            bound += found[2]
        lines = slots[:count].reshape(-1, 2, 6, 6)  # by component, then unit
        held = bound[:count, :count].reshape(lines.shape[0], 2, 6, -1, 2, 6)
        for phase, c in enumerate(stiffness):
            for i in range(2):
                for j in range(2):
                    held[phase, i, :, phase, j, :] -= self.moments[phase, i + j] * c
        force = lines.swapaxes(2, 3)
        modes_of = slots[count:], bound[count:]
        return CellSection(whole, force[:, 0], force[:, 1], lines, held, self.moments, *modes_of)

    def _energies(self, parity: int, stiffness: Array) -> Array:
        """(fields, fields) energies between fields."""
        products = self.products[parity]
        fields = products.shape[-1]
        return np.asarray((moduli(stiffness).ravel() @ products.reshape(-1, fields * fields)).reshape(fields, fields))

    def _beside(self, parity: int, stiffness: Array, share: Array) -> Array:
        """(fields, fields) energies of what strains vary by beside their lines, times a share (phases,)."""
        v0, v1, v2 = self.moments.T
        fit = np.linalg.inv(np.array([[v0, v1], [v1, v2]]).transpose(2, 0, 1))
        first, c = self.first[parity], share[:, None, None] * stiffness
        stress = np.einsum("bmn,bnki->bmki", fit, first) @ c[:, None]
        lines = np.tensordot(stress, first, axes=([0, 1, 3], [0, 1, 3]))
        return self._energies(parity, c) - lines

    def _slots(self, parity: int, stiffness: Array) -> Array:
        """(12 phases + modes, fields) stress of phases and its moment, and amplitudes of modes, in every field."""
        first, seen = self.first[parity], list(FOLLOWED[parity])
        into = np.zeros((*first.shape[:2], 6, first.shape[2]))
        into[:, :, seen] = np.einsum("bmki,bij->bmjk", first, stiffness, optimize=True)[:, :, seen]
        fields = first.shape[2]
        return np.concatenate([into.reshape(-1, fields), *(one.lift[parity] for one in self.variations)])


def _condensed(a: Array, into: Array, units: int) -> tuple[Array, Array, Array]:
    """Stiffness of the units (units, units), what is asked of fields in theirs, and between what pushes it."""
    inner = a[units:, units:]
    if not len(inner):
        return a, into, np.zeros((len(into), len(into)))
    answer = -np.linalg.solve(inner, a[units:, :units])  # (fluctuations, units)
    whole = a[:units, :units] + a[:units, units:] @ answer
    own = into[:, units:]
    return whole, into[:, :units] + own @ answer, own @ np.linalg.solve(inner, own.T)


def reduced(
    cell: LaminateCell, samples: Array, others: Array | None = None, blocks: Sequence[Sequence[int]] = ()
) -> ReducedCell:
    """A cell on its answers at some of the sets of moduli it will be asked for.

    Those at both ends first, then halfway where moduli differ most, until another changes its stiffness by little.

    Args:
        cell: the cell.
        samples: (sets, phases, 6, 6) stiffness (Pa), in an order in which they change steadily.
        others: more sets, all of which are taken.
        blocks: phases of each block whose variation is asked for.
    """
    problem = LaminateProblem(cell)
    fields: list[list[Array]] = [[], []]
    for stiffness in () if others is None else others:
        _add(problem, stiffness, fields)
    taken = [0]
    _add(problem, samples[0], fields)
    (found, strains), error = _made(problem, fields, samples[0]), 0.0
    while len(taken) < _MOST:
        next_one = _next(samples, taken)
        if next_one is None:
            break
        taken.append(next_one)
        before = found.at(samples[next_one]).stiffness
        _add(problem, samples[next_one], fields)
        found, strains = _made(problem, fields, samples[next_one])
        after = found.at(samples[next_one]).stiffness
        error = _difference(before, after)
        if len(taken) > 2 and error < _CLOSE:
            break
    modes = tuple(variation(problem, phases, fields, strains) for phases in blocks)
    return ReducedCell(found.products, found.first, found.moments, error, modes)


def softer(stiffness: Array, some: Mask) -> Array:
    """(sets, phases, 6, 6) of stiffnesses (phases, 6, 6) where some phases have flowed, or are still liquid."""
    found = np.repeat(stiffness[None], len(_SOFTER), axis=0)
    for one, (shear, bulk) in zip(found, _SOFTER, strict=True):
        volume = stiffness[some, :3, :3].sum(axis=(-1, -2)) / 9.0
        one[some] = shear * stiffness[some]
        one[some, :3, :3] += (bulk - shear) * volume[:, None, None]
    return found


def _next(samples: Array, taken: Sequence[int]) -> int | None:
    """The last set, then that in the middle of the widest gap of moduli; None if it is next to one taken."""
    solid = np.abs(samples).max(axis=(0, 2, 3)) > 0.0
    level = np.log(np.abs(samples[:, solid]).max(axis=(2, 3)))  # (sets, phases)
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(level, axis=0)).max(axis=1))])
    if len(taken) == 1:
        return len(samples) - 1 if along[-1] > 1e-9 else None
    places = np.sort(along[list(taken)])
    widest = int(np.diff(places).argmax())
    middle = 0.5 * (places[widest] + places[widest + 1])
    number = int(np.abs(along - middle).argmin())
    return None if np.abs(along[number] - places).min() < 0.05 else number


def _difference(one: Array, other: Array) -> float:
    """Largest relative difference of stiffnesses."""
    scale = np.sqrt(np.outer(np.diag(other), np.diag(other)))
    return float(np.abs((one - other) / scale).max())


def _add(problem: LaminateProblem, stiffness: Array, fields: list[list[Array]]) -> None:
    for parity in (EVEN, ODD):
        fields[parity].extend(problem.fluctuations(stiffness, parity))


def _made(problem: LaminateProblem, fields: list[list[Array]], stiffness: Array) -> tuple[ReducedCell, list[Array]]:
    """The cell, and strains (fields, points, 6) of its fields by parity."""
    weight = problem.weight / problem.area
    powers = np.array(
        [[(weight * problem.z**k)[problem.phase == b].sum() for k in range(3)] for b in range(problem.phases)]
    )
    products, first, whole = [], [], []
    for parity in (EVEN, ODD):
        new = _independent(np.array(fields[parity]), weight, stiffness[problem.phase])
        strains = np.concatenate([problem.units(parity), new])
        whole.append(strains)
        pairs, sums = [], []
        for b in range(problem.phases):
            mine = problem.phase == b
            here, w = strains[:, mine], weight[mine]
            flat = here.transpose(1, 0, 2).reshape(len(w), 6 * len(strains))
            gram = (flat.T @ (w[:, None] * flat)).reshape(len(strains), 6, len(strains), 6)
            pairs.append([gram[:, i, :, j] + (gram[:, j, :, i] if i != j else 0.0) for i, j in MODULI])
            sums.append([np.einsum("kpi,p->ki", here, w * problem.z[mine] ** k) for k in range(2)])
        products.append(np.array(pairs))
        first.append(np.array(sums))
    return ReducedCell((products[0], products[1]), (first[0], first[1]), powers, 0.0), whole


def _independent(fields: Array, weight: Array, stiffness: Array) -> Array:
    """Combinations of fields (n, points, 6) that are orthonormal in energy, without those that others make up."""
    stress = np.einsum("pij,kpj->kpi", stiffness, fields, optimize=True) * weight[:, None]
    a = np.einsum("kpi,lpi->kl", stress, fields, optimize=True)
    size = np.sqrt(np.maximum(np.diag(a), 0.0))
    kept = size > 1e-12 * size.max(initial=0.0)
    fields, a, size = fields[kept], a[np.ix_(kept, kept)], size[kept]
    if not len(size):
        return fields
    value, vector = np.linalg.eigh(a / np.outer(size, size))
    good = value > _NEW * value[-1]
    mixed = vector[:, good] / np.sqrt(value[good]) / size[:, None]
    return np.einsum("kn,kpi->npi", mixed, fields, optimize=True)
