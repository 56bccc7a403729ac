"""One substance: a curve per property."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array
from solver.materials.axes import Axes
from solver.materials.curve import ROOM, Curve
from solver.materials.elasticity import compliance
from solver.materials.electromigration import Electromigration
from solver.materials.inelastic.sections import Inelastic
from solver.materials.kept import kept
from solver.materials.material import BREAKS, ELECTRICAL, PROPERTIES, Material, MaterialError


@dataclass(frozen=True, eq=False)
class Homogeneous(Material):
    """A material made of one curve per property.

    Args:
        name: name in the case file or the library.
        curves: key of `PROPERTIES` -> curve in SI units. A Young's modulus with a Poisson ratio and no shear modulus is
            isotropic; with a shear modulus it is orthotropic (x y z; xy yz zx).
        valid: key -> lowest and highest temperature [K] of the data.
        title: the name in words.
        electromigration: what wears the metal out under current, or None.
        stress, stress_free_temperature: it is born with, as of `Material`.
        inelastic: what it remembers, or None when it is elastic.
        axes: of the curves, where they are not those of the stack.
        form: of elasticity, as of `Material`.
        spans: section -> what its data cover: reduced times (s) or rates of strain (1/s).
    """

    name: str
    curves: Mapping[str, Curve]
    valid: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    title: str = ""
    electromigration: Electromigration | None = None
    stress: tuple[float, float] | None = None
    stress_free_temperature: float | None = None
    inelastic: Inelastic | None = None
    axes: Axes | None = None
    form: str = "total"
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        return key in self.curves

    def curve(self, key: str) -> Curve:
        """The curve of one property.

        Raises:
            MaterialError: the material does not have it.
        """
        if key not in self.curves:
            raise MaterialError(self.name, key, "not given, and this analysis needs it")
        return self.curves[key]

    @kept
    def stiffness(self, temperature: ArrayLike) -> Array:
        return np.linalg.inv(self.flexibility(temperature))

    def flexibility(self, temperature: ArrayLike) -> Array:
        """Elastic compliance [1/Pa], shape (..., 6, 6)."""
        youngs = self._axes("youngs_modulus", temperature)
        poisson = self._axes("poisson_ratio", temperature)
        if self.has("shear_modulus"):
            return compliance(youngs, poisson, self._axes("shear_modulus", temperature))
        return compliance(youngs, poisson, youngs / (2.0 * (1.0 + poisson)))

    @kept
    def thermal_strain(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Integral of the tangent coefficient from `reference` to `temperature` [K], shape (..., 3): exact."""
        strain = self.curve("thermal_expansion").integral(reference, temperature)
        return np.array(np.broadcast_to(strain, (*strain.shape[:-1], 3)))

    def conductivity(self, temperature: ArrayLike) -> Array:
        return self._axes("thermal_conductivity", temperature)

    def conductivity_slope(self, temperature: ArrayLike) -> Array:
        slope = self.curve("thermal_conductivity").slope(temperature)
        return np.array(np.broadcast_to(slope, (*slope.shape[:-1], 3)))

    def resistivity(self, temperature: ArrayLike) -> Array:
        if self.axes is not None and self.curve("electrical_resistivity").components == 3:
            rule = f"differs along axes that are turned ({self.axes}); conductors have axes along x and y, or one value"
            raise MaterialError(self.name, "electrical_resistivity", rule)
        return self._axes("electrical_resistivity", temperature)

    def resistivity_slope(self, temperature: ArrayLike) -> Array:
        slope = self.curve("electrical_resistivity").slope(temperature)
        return np.array(np.broadcast_to(slope, (*slope.shape[:-1], 3)))

    def limit(self, key: str, temperature: ArrayLike) -> Array:
        return np.asarray(self.curve(key)(temperature)[..., 0])

    @property
    def density(self) -> float:
        return float(self.curve("density")(ROOM)[0])

    def specific_heat(self, temperature: ArrayLike) -> Array:
        return np.asarray(self.curve("specific_heat")(temperature)[..., 0])

    @property
    def glass_transition(self) -> float | None:
        """Glass transition temperature [K], or None."""
        return float(self.curves["glass_transition"].value[0, 0]) if self.has("glass_transition") else None

    @property
    def knots(self) -> Array:
        aside = (*ELECTRICAL, *BREAKS)
        varying = [c.temperature for key, c in self.curves.items() if not c.is_constant and key not in aside]
        return np.unique(np.concatenate([np.empty(0), *varying]))

    def valid_range(self, keys: Iterable[str] = PROPERTIES) -> tuple[float, float]:
        pairs = [self.valid[key] for key in keys if key in self.valid]
        return max((pair[0] for pair in pairs), default=-np.inf), min((pair[1] for pair in pairs), default=np.inf)

    @property
    def is_temperature_dependent_stiffness(self) -> bool:
        return any(self._varies(key) for key in ("youngs_modulus", "poisson_ratio", "shear_modulus"))

    @property
    def is_temperature_dependent_expansion(self) -> bool:
        return self._varies("thermal_expansion")

    @property
    def is_temperature_dependent_conductivity(self) -> bool:
        return self._varies("thermal_conductivity")

    @property
    def is_temperature_dependent_specific_heat(self) -> bool:
        return self._varies("specific_heat")

    @property
    def resistivity_knots(self) -> Array:
        return self.curves["electrical_resistivity"].temperature if self.has("electrical_resistivity") else np.empty(0)

    @property
    def is_temperature_dependent_resistivity(self) -> bool:
        return self._varies("electrical_resistivity")

    def _varies(self, key: str) -> bool:
        return self.has(key) and not self.curves[key].is_constant

    def _axes(self, key: str, temperature: ArrayLike) -> Array:
        value = self.curve(key)(temperature)
        return np.array(np.broadcast_to(value, (*value.shape[:-1], 3)))
