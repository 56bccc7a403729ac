"""Linear viscoelasticity of a mixture or an array: a series of matrices, and parts of which each wants to expand.

sigma = C : (eps - eps_free) - sum_i (C_i : f_i - sum_p B_ip g_ip): f_i is what of the strain has flowed in branch i,
g_ip what of the change of length of part p (`solver.materials.smeared_relaxation`). Both obey
d f / dt = (x - f) / (tau_i a_T), exact for a strain and a temperature that go linearly in time. Elastic constants over
temperature are those of the end of the increment for all of the stress, as of an elastic material.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import moduli
from solver.materials.laws.compiled import kernels
from solver.materials.laws.maxwell import stiffness_at
from solver.materials.laws.recent import Recent
from solver.materials.laws.reduced_time import cut, inside, relax
from solver.materials.laws.response import MaterialLaw, Response, Tangent
from solver.materials.material import MaterialError
from solver.materials.smeared_relaxation import Smeared

_AT_ONCE = 512  # temperatures whose pieces are in memory at a time
_NOTHING = 1e-9  # of a branch, the stiffness of a direction in which it has none


@dataclass(frozen=True)
class Increment:
    """Of m increments.

    Attributes:
        left, gained: (m, branches) as of `reduced_time.Kept`.
        kept: (m, branches, 3 parts) of the changes of length of the parts, what has not flowed.
        start, end: (m, 3 parts) those changes at both ends.
        glass: (m, 6, 6) instantaneous stiffness at the end (Pa).
        branches: (m, branches, 6, 6 + 3 parts) stress of what has flowed (Pa).
        give: the same as strains, of the stiffness of each branch.
        free: (m, 6) strain without stress at the end, in no time.
        born: (6,) strain of the film as drawn, which it was born with.
    """

    left: Array
    gained: Array
    kept: Array
    start: Array
    end: Array
    glass: Array
    branches: Array
    give: Array
    free: Array
    born: Array


@dataclass(frozen=True)
class SmearedRelaxing(MaterialLaw):
    """A mixture or an array with a constituent that relaxes.

    It remembers its strain, and of each branch what has flowed of it (6) and of the changes of length of its parts.
    """

    @cached_property
    def series(self) -> Smeared:
        """The series by which the material relaxes.

        Raises:
            MaterialError: it has none.
        """
        found = getattr(self.material, "relaxation", None)
        if not isinstance(found, Smeared):
            raise MaterialError(self.material.name, "viscoelastic", "this law is of mixtures and arrays that relax")
        return found

    @property
    def _width(self) -> int:
        """Values of a branch."""
        return 6 + 3 * len(self.series.parts)

    @property
    def memory(self) -> int:
        """The strain, and of each branch what has flowed."""
        return 6 + len(self.series.times) * self._width

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:
        """As of `MaterialLaw`: exact for a strain and a temperature linear in time."""
        by = self.increment(kelvin_before, kelvin, seconds)
        stress, state, dissipated = smeared(by, strain, old)
        tangent = by.glass - np.einsum("mb,mbij->mij", 1.0 - by.gained, by.branches[..., :6])
        return Response(stress, Tangent(moduli(tangent)), state, dissipated)

    @cached_property
    def _born(self) -> Array:
        """(6,) strain of the film as drawn, which it was born with."""
        return self.strain_of(self.material.free_strain(self.reference, self.reference))

    @cached_property
    def _recent(self) -> Recent[Increment]:
        return Recent()

    def increment(self, before: Array, after: Array, seconds: float) -> Increment:
        """Of increments between temperatures (m,) or (1,) (K)."""
        pairs = np.stack(np.broadcast_arrays(before, after), axis=-1)
        if len(pairs) > 1 and np.all(pairs == pairs[0]):
            pairs = pairs[:1]
        if len(pairs) == 1:
            return self._recent.of(pairs.tobytes() + np.float64(seconds).tobytes(), lambda: self._part(pairs, seconds))
        parts = [self._part(pairs[at : at + _AT_ONCE], seconds) for at in range(0, len(pairs), _AT_ONCE)]
        names = [name for name in vars(parts[0]) if name != "born"]
        rows = {name: np.concatenate([getattr(one, name) for one in parts]) for name in names}
        return Increment(**rows, born=self._born)

    def _part(self, pairs: Array, seconds: float) -> Increment:
        """Of m increments between temperatures (m, 2)."""
        series = self.series
        knots = np.union1d(self.material.knots, () if series.shift is None else series.shift.knots)

        def kelvin(part: Array) -> Array:
            start, end = pairs.T.reshape(2, -1, *(1,) * (part.ndim - 1))
            return np.asarray(start + (end - start) * part)

        def log(part: Array) -> Array:
            return np.zeros_like(part) if series.shift is None else series.shift.log(kelvin(part))

        edge = cut([log], kelvin, knots)
        found = relax(edge, log(inside(edge)), seconds, series.times)
        lengths = self._lengths(kelvin(edge))
        kept = np.swapaxes(found.pieces, 1, 2) @ np.diff(lengths, axis=1)
        at = pairs[:, 1]
        branches = self._branches(at)
        give = np.linalg.pinv(branches[..., :6], rcond=_NOTHING, hermitian=True) @ branches
        ends, glass = (lengths[:, 0], lengths[:, -1]), stiffness_at(self.material, at)
        free = self.strain_of(self.free_strain(at))
        return Increment(found.left, found.whole, kept, *ends, glass, branches, give, free, self._born)

    def _branches(self, kelvin: Array) -> Array:
        """(n, branches, 6, 6 + 3 parts) stress of what has flowed."""
        series = self.series
        stiffness = series.stiffness(kelvin).reshape(len(kelvin), -1, 6, 6)
        coupling = series.coupling(kelvin).reshape(len(kelvin), -1, len(series.parts), 6, 3)
        coupling = np.moveaxis(coupling, 2, 3).reshape(*stiffness.shape[:3], -1)
        return np.concatenate([stiffness, -coupling], axis=-1)

    def _lengths(self, kelvin: Array) -> Array:
        """(..., 3 parts) strain each part wants."""
        parts = [part.thermal_strain(kelvin, self.reference) for part in self.series.parts]
        return np.concatenate([self.strain_of(e)[..., :3] for e in parts], axis=-1)


def smeared(by: Increment, strain: Array, old: Array) -> tuple[Array, Array, Array]:
    """Stress (n, 6), what points remember (n, k) and energy that became heat (n,).

    Args:
        by: of the increment.
        strain: (n, 6) at its end.
        old: (n, k) at its start.
    """
    points, (count, branches) = len(strain), by.left.shape
    parts = by.start.shape[1] // 3
    inputs = (
        by.born,
        old,
        strain,
        by.left,
        by.gained,
        by.kept,
        by.start,
        by.end,
        by.glass,
        by.branches,
        by.give,
        by.free,
    )
    given = [np.ascontiguousarray(array, dtype=float) for array in inputs]
    stress, now, dissipated = np.empty((points, 6)), np.empty((points, old.shape[1])), np.empty(points)
    kernels()("smear", points, branches, parts, int(count == 1), *given, stress, now, dissipated)
    return stress, now, dissipated


def smeared_in_numpy(by: Increment, strain: Array, old: Array) -> tuple[Array, Array, Array]:
    """The same, an oracle of the kernel."""
    count, width = len(strain), by.branches.shape[-1]
    was, now, before = old[:, None, :6] - by.born, strain[:, None] - by.born, old[:, 6:].reshape(count, -1, width)
    change = (strain - old[:, :6])[:, None]
    new = np.empty_like(before)
    new[..., :6] = now - by.left[..., None] * (was - before[..., :6]) - by.gained[..., None] * change
    new[..., 6:] = by.end[:, None] - by.left[..., None] * (by.start[:, None] - before[..., 6:]) - by.kept
    elastic = (strain - by.free)[:, None]
    stress = _each(by.glass[:, None], elastic)[:, 0] - _each(by.branches, new).sum(axis=1)
    left = 0.5 * (_beside(was, by.start) - before + _beside(now, by.end) - new)
    heat = (_each(by.branches, left) * _each(by.give, new - before)).sum(axis=(1, 2))
    return stress, np.concatenate([strain, new.reshape(count, -1)], axis=1), np.maximum(heat, 0.0)


def _each(matrices: Array, values: Array) -> Array:
    """(n, b, 6) products of matrices (m, b, 6, k) and values (n, b, k); m is n, or 1."""
    if len(matrices) == 1:
        return np.swapaxes(np.swapaxes(values, 0, 1) @ np.swapaxes(matrices[0], 1, 2), 0, 1)
    return np.asarray((matrices @ values[..., None])[..., 0])


def _beside(strain: Array, lengths: Array) -> Array:
    """(n, 1, 6 + k) strains (n, 1, 6) and changes of length (n or 1, k)."""
    return np.concatenate([strain, np.broadcast_to(lengths[:, None], (len(strain), 1, lengths.shape[1]))], axis=-1)
