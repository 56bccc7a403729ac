"""What the laws of metals share: isotropic elasticity over temperature, and an inelastic strain that changes no volume.

Stress is C(T) (strain - free strain - inelastic strain). The inelastic strain of an increment is a return along a
radius in the space of deviators, of one unknown per point: the tangent is isotropic moduli less a rank-one term.
"""

from abc import abstractmethod
from functools import lru_cache
from typing import Any, ClassVar, cast

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import isotropic, moduli
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.sections import Inelastic
from solver.materials.laws.compiled import kernels
from solver.materials.laws.response import LawNotConverged, MaterialLaw, Response, Tangent

NEVER = 1e30  # Pa, yield stress of what does not yield

STRAIN, ELASTIC, HARDENING, EQUIVALENT, WORK, OWN = 0, 5, 10, 11, 12, 13  # places of what is remembered, as of flow.h


class Flow(MaterialLaw):
    """A metal that flows, whose constants of elasticity have no direction; arguments as of `MaterialLaw`.

    Attributes:
        kernel: the function of kernels/laws.h that returns its stress.
    """

    kernel: ClassVar[str]

    @property
    def sections(self) -> Inelastic:
        """What the material says of its memory."""
        return self.material.inelastic or Inelastic()

    @property
    def memory(self) -> int:
        """Inelastic and elastic deviators, a scalar of the law, equivalent strain, work; then what is the law's own."""
        return OWN

    @property
    def linear(self) -> bool:
        """Never: how much flows depends on the strain."""
        return False

    def readings(self, state: Array) -> dict[str, Array]:
        """Inelastic strain and work since birth."""
        return {"equivalent_inelastic_strain": state[:, EQUIVALENT], "inelastic_work": state[:, WORK]}

    def moduli(self, kelvin: Array) -> Array:
        """(n, 9) moduli (Pa) at temperatures (n,)."""
        shear, bulk = self.elastic(kelvin)
        return moduli(isotropic(bulk, shear))

    def elastic(self, kelvin: Array) -> tuple[Array, Array]:
        """Shear and bulk modulus (Pa) at temperatures (n,)."""
        one = cast(Homogeneous, self.material)  # no other has a memory
        youngs, poisson = (one.curve(key)(kelvin)[:, 0] for key in ("youngs_modulus", "poisson_ratio"))
        return youngs / (2.0 * (1.0 + poisson)), youngs / (3.0 * (1.0 - 2.0 * poisson))

    def yield_stress(self, kelvin: Array) -> Array:
        """(n,) where plastic flow begins (Pa), without hardening."""
        return np.full(kelvin.shape, NEVER)

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:
        """As of `MaterialLaw`.

        Raises:
            LawNotConverged: a point has no solution: the increment is too large, or the strain is no number.
        """
        points = len(strain)
        if len(kelvin) == len(kelvin_before) == 1:
            thermal, arguments = _at_one_temperature(self, float(kelvin[0]), float(kelvin_before[0]), seconds)
        else:
            thermal, arguments = self._conditions(kelvin, kelvin_before, seconds)
        stress, tangent, softening = (np.empty((points, columns)) for columns in (6, 9, 7))
        new, dissipated, error = np.empty((points, self.memory)), np.empty(points), np.empty(points)
        failed = kernels()(
            self.kernel,
            points,
            np.ascontiguousarray(strain, dtype=float),
            thermal,
            *arguments,
            np.ascontiguousarray(old, dtype=float),
            stress,
            tangent,
            softening,
            new,
            dissipated,
            error,
        )
        if failed or not np.isfinite(stress.sum()):
            raise LawNotConverged(self.material.name)
        return Response(stress, Tangent(tangent, softening), new, dissipated, error)

    @abstractmethod
    def arguments(self, kelvin: Array, kelvin_before: Array, seconds: float, step: int) -> tuple[Any, ...]:
        """Those of the kernel between `thermal` and `old`."""

    def _conditions(self, kelvin: Array, kelvin_before: Array, seconds: float) -> tuple[Array, tuple[Any, ...]]:
        """What the kernel takes of temperature and time: `thermal`, and the arguments of the law."""
        after, before = np.broadcast_arrays(kelvin, kelvin_before)
        return self._thermal(after, before), self.arguments(after, before, seconds, int(len(after) > 1))

    def _thermal(self, kelvin: Array, kelvin_before: Array) -> Array:
        """(n, 7) what the kernel takes of the temperature."""
        shear, bulk = self.elastic(kelvin)
        free = self.strain_of(self.free_strain(kelvin))[:, :3]
        before, limit = self.elastic(kelvin_before)[0], self.yield_stress(kelvin)
        return np.column_stack([shear, bulk, free, before, limit])


@lru_cache(maxsize=64)
def _at_one_temperature(law: Flow, kelvin: float, before: float, seconds: float) -> tuple[Array, tuple[Any, ...]]:
    """The same for all points, and for all iterations of an increment."""
    return law._conditions(np.array([kelvin]), np.array([before]), seconds)
