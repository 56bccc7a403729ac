"""Linear viscoelasticity of a thermorheologically simple material: sigma = integral C(xi - xi') : d(eps - eps_free).

L. W. Morland, E. H. Lee, Trans. Soc. Rheol. 4, 233 (1960); R. L. Taylor, K. S. Pister, G. L. Goudreau, Int. J. Numer.
Meth. Eng. 2, 45 (1970). Exact for a strain and a temperature that go linearly in time. Elastic constants over
temperature are those of the end of the increment for all of the stress, as of an elastic material.
"""

from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws.maxwell import Coefficients, relaxed, stiffness_at
from solver.materials.laws.recent import Recent
from solver.materials.laws.reduced_time import cut, inside, relax
from solver.materials.laws.response import MaterialLaw, Response, Tangent
from solver.materials.material import MaterialError

_AT_ONCE = 1024  # temperatures whose pieces are in memory at a time


class Relaxing(MaterialLaw):
    """A material with branches that relax; arguments as of `MaterialLaw`."""

    @cached_property
    def branches(self) -> Viscoelastic:
        """Of the material.

        Raises:
            MaterialError: it has none.
        """
        found = None if self.material.inelastic is None else self.material.inelastic.viscoelastic
        if found is None:
            raise MaterialError(self.material.name, "viscoelastic", "not given, and this law needs it")
        return found

    @property
    def memory(self) -> int:
        """The strain, and of each branch what has flowed of it."""
        return 6 + 6 * len(self.branches.times)

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:
        """As of `MaterialLaw`: exact for a strain and a temperature linear in time."""
        by = self.coefficients(kelvin_before, kelvin, seconds)
        stress, new, dissipated = relaxed(by, strain, old)
        return Response(stress, Tangent(by.moduli()), new, dissipated)

    def coefficients(self, before: Array, after: Array, seconds: float) -> Coefficients:
        """Of an increment between temperatures (m,) or (1,) (K)."""
        pairs = np.stack(np.broadcast_arrays(before, after), axis=-1)
        if len(pairs) > 1 and np.all(pairs == pairs[0]):
            pairs = pairs[:1]
        if len(pairs) == 1:
            return self._recent.of(pairs.tobytes() + np.float64(seconds).tobytes(), lambda: self._all(pairs, seconds))
        return self._all(pairs, seconds)

    @cached_property
    def _recent(self) -> Recent[Coefficients]:
        return Recent()

    def _all(self, pairs: Array, seconds: float) -> Coefficients:
        """Of pairs (m, 2) of temperatures."""
        parts = [self._part(pairs[at : at + _AT_ONCE], seconds) for at in range(0, len(pairs), _AT_ONCE)]
        free, left, gained, kept = (np.concatenate(part) for part in zip(*parts, strict=True))
        stiffness = stiffness_at(self.material, pairs[:, 1])
        shear, bulk = np.array(self.branches.shear), np.array(self.branches.bulk)
        return Coefficients(free, left, gained, kept, stiffness, shear, bulk)

    def _part(self, pairs: Array, seconds: float) -> tuple[Array, Array, Array, Array]:
        """`free`, `left`, `gained` and `kept` of `Coefficients` for m increments."""
        shift, times = self.branches.shift, np.array(self.branches.times)
        knots = np.union1d(self.material.knots, () if shift is None else shift.knots)

        def kelvin(part: Array) -> Array:
            start, end = pairs.T.reshape(2, -1, *(1,) * (part.ndim - 1))
            return np.asarray(start + (end - start) * part)

        def log(part: Array) -> Array:
            return np.zeros_like(part) if shift is None else shift.log(kelvin(part))

        edge = cut([log], kelvin, knots)
        found = relax(edge, log(inside(edge)), seconds, times)
        free = self._free(kelvin(edge))
        kept = np.swapaxes(found.pieces, 1, 2) @ np.diff(free, axis=1)
        return free[:, [0, -1]].reshape(len(free), -1), found.left, found.whole, kept

    def _free(self, kelvin: Array) -> Array:
        """(..., 6) strain without stress."""
        return self.strain_of(self.free_strain(kelvin))
