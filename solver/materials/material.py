"""What the physics may ask of a material, whether it is one substance or a mixture."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from copy import copy

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array
from solver.errors import CaseError
from solver.materials.axes import Axes
from solver.materials.curve import ROOM, Curve
from solver.materials.elasticity import engineering_constants, plane_stress
from solver.materials.electromigration import Electromigration
from solver.materials.inelastic.sections import Inelastic

PROPERTIES = (
    "youngs_modulus",
    "poisson_ratio",
    "shear_modulus",
    "thermal_expansion",
    "thermal_conductivity",
    "density",
    "specific_heat",
    "glass_transition",
    "melting_point",
    "electrical_resistivity",
    "strength",
    "yield_stress",
    "fracture_toughness",
)
MECHANICAL = ("youngs_modulus", "poisson_ratio", "shear_modulus", "thermal_expansion")
THERMAL = ("thermal_conductivity", "density", "specific_heat")
ELECTRICAL = ("electrical_resistivity",)
TRANSITIONS = ("glass_transition", "melting_point")  # temperatures of one substance
LIMITS = ("strength", "yield_stress")  # what stress is judged by; no solve asks for them
BREAKS = (*LIMITS, "fracture_toughness")  # of one substance, not of a mixture


class MaterialError(CaseError):
    """A material is wrong or lacks a property.

    Args:
        material: its name.
        key: the key of the material at fault, or "" when it is the material as a whole.
        rule: what is wrong and what would be right.
    """

    def __init__(self, material: str, key: str, rule: str) -> None:
        self.material, self.key, self.rule = material, key, rule
        super().__init__(f"material '{material}': {key}: {rule}" if key else f"material '{material}': {rule}")

    def __reduce__(self) -> tuple[type["MaterialError"], tuple[str, str, str]]:
        return type(self), (self.material, self.key, self.rule)  # how it reaches the other ranks


class Material(ABC):
    """A material in SI units. Temperatures are in K and may be arrays of any shape, written (...) below.

    Attributes:
        name: in the case file or the library.
        electromigration: what wears the metal out under current, or None.
        stress: xx and yy a film is born with, in its plane (Pa), or None.
        stress_free_temperature: at which it is free of thermal stress (K); None: where the process builds it.
        inelastic: what it remembers, or None when it is elastic.
        axes: along which all of its properties are, where these are not the axes of the stack; else None.
        form: of elasticity whose stiffness changes with temperature, `total` or `incremental`.
    """

    name: str
    electromigration: Electromigration | None = None
    stress: tuple[float, float] | None = None
    stress_free_temperature: float | None = None
    inelastic: Inelastic | None = None
    axes: Axes | None = None
    form: str = "total"

    @property
    def law(self) -> str:
        """Name of its constitutive law, of `laws.table.LAWS`."""
        if self.inelastic is not None:
            return self.inelastic.law
        return "incremental" if self.form == "incremental" and self.is_temperature_dependent_stiffness else "elastic"

    @abstractmethod
    def has(self, key: str) -> bool:
        """True when the property is known; `key` is one of `PROPERTIES`."""

    @abstractmethod
    def stiffness(self, temperature: ArrayLike) -> Array:
        """Elastic stiffness [Pa], shape (..., 6, 6); Voigt order xx yy zz yz xz xy, engineering shear."""

    @abstractmethod
    def thermal_strain(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Free strain (xx, yy, zz) on going from `reference` to `temperature` [K], shape (..., 3)."""

    def free_strain(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Strain (xx, yy, zz) without stress, shape (..., 3): thermal, less the elastic strain it was born with."""
        free = self.thermal_strain(temperature, reference)
        if self.stress is None:
            return free
        return np.asarray(free - np.linalg.inv(self.stiffness(reference))[..., :3, :2] @ np.array(self.stress))

    def with_stress(self, stress: tuple[float, float] | None) -> "Material":
        """The same material as a film that is born with a stress (Pa) in its plane; None leaves it as it is.

        Raises:
            MaterialError: the stress has a direction, which is not that of the material's axes.
        """
        if stress is None:
            return self
        if self.axes is not None and stress[0] != stress[1]:
            rule = f"differs along x and y, but the axes of the material are turned ({self.axes}); give one value"
            raise MaterialError(self.name, "stress", rule)
        film = copy(self)
        film.__dict__["stress"] = stress  # materials are frozen
        return film

    @abstractmethod
    def conductivity(self, temperature: ArrayLike) -> Array:
        """Thermal conductivity along x, y, z [W/m/K], shape (..., 3)."""

    @abstractmethod
    def conductivity_slope(self, temperature: ArrayLike) -> Array:
        """Derivative of the conductivity with respect to temperature [W/m/K^2], shape (..., 3)."""

    @property
    @abstractmethod
    def density(self) -> float:
        """Density [kg/m^3] at 25 degC."""

    @abstractmethod
    def specific_heat(self, temperature: ArrayLike) -> Array:
        """Specific heat [J/kg/K], shape (...)."""

    def heat_content(self, temperature: ArrayLike) -> Array:
        """Heat per volume [J/m^3] from 25 degC to `temperature` [K], shape (...): exact for tables."""
        knots = self.knots if self.is_temperature_dependent_specific_heat else np.array([ROOM])
        both = np.sort(np.concatenate([np.nextafter(knots, -np.inf), knots]))  # a jump has a value on each side
        heat = Curve(both, self.density * self.specific_heat(both)[:, None])
        return np.asarray(heat.integral(ROOM, temperature)[..., 0])

    @property
    @abstractmethod
    def knots(self) -> Array:
        """Temperatures [K] at which a property has a kink or a jump, ascending."""

    @abstractmethod
    def valid_range(self, keys: Iterable[str] = PROPERTIES) -> tuple[float, float]:
        """Lowest and highest temperature [K] that the data of all these properties cover (-inf, inf: not stated).

        Args:
            keys: keys of `PROPERTIES`; `MECHANICAL` and `THERMAL` are the usual groups.
        """

    @property
    @abstractmethod
    def is_temperature_dependent_stiffness(self) -> bool:
        """True when the stiffness changes with temperature."""

    @property
    @abstractmethod
    def is_temperature_dependent_expansion(self) -> bool:
        """True when the strain is not proportional to the temperature difference."""

    @property
    @abstractmethod
    def is_temperature_dependent_conductivity(self) -> bool:
        """True when the heat equation is nonlinear because of this material."""

    @property
    @abstractmethod
    def is_temperature_dependent_specific_heat(self) -> bool:
        """True when the specific heat changes with temperature."""

    def resistivity(self, temperature: ArrayLike) -> Array:  # noqa: ARG002  conductors need it
        """Electrical resistivity along x, y, z [ohm m], shape (..., 3); mixtures and arrays have one if they conduct.

        Raises:
            MaterialError: the material is no conductor.
        """
        raise MaterialError(
            self.name, "electrical_resistivity", "a mixture or an array is no conductor unless it says `conducts: true`"
        )

    def resistivity_slope(self, temperature: ArrayLike) -> Array:
        """Derivative of the resistivity with respect to temperature [ohm m/K], shape (..., 3)."""
        return np.zeros_like(self.resistivity(temperature))

    @property
    def resistivity_knots(self) -> Array:
        """Temperatures [K] where the resistivity may have kinks, ascending."""
        return np.empty(0)

    @property
    def is_temperature_dependent_resistivity(self) -> bool:
        """True when the resistivity changes with temperature."""
        return False

    def limit(self, key: str, temperature: ArrayLike) -> Array:  # noqa: ARG002  materials with limits need it
        """What it bears [Pa; Pa m^0.5], shape (...); `key` is one of `BREAKS`. Mixtures and arrays have none.

        Raises:
            MaterialError: not given.
        """
        raise MaterialError(self.name, key, "the mean stress of a mixture or an array is not that of its parts")

    @property
    def valid_temperature(self) -> tuple[float, float]:
        """Lowest and highest temperature [K] that the data of all properties cover."""
        return self.valid_range()

    def plane_stiffness(self, temperature: ArrayLike) -> Array:
        """Plane-stress stiffness (xx, yy, xy) [Pa], shape (..., 3, 3), for plates and laminates."""
        return plane_stress(self.stiffness(temperature))

    def engineering_constants(self, temperature: ArrayLike) -> tuple[Array, Array, Array]:
        """E (x y z) [Pa], nu (xy yz zx) and G (xy yz zx) [Pa], each of shape (..., 3)."""
        return engineering_constants(self.stiffness(temperature))

    def mean_expansion(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Mean coefficient of expansion [1/K] between two different temperatures, shape (..., 3)."""
        span = np.asarray(temperature, dtype=float) - np.asarray(reference, dtype=float)
        return self.thermal_strain(temperature, reference) / span[..., None]

    def is_valid_at(self, temperature: ArrayLike, keys: Iterable[str] = PROPERTIES) -> bool:
        """True when the data of all these properties cover every temperature [K]."""
        low, high = self.valid_range(keys)
        t = np.asarray(temperature, dtype=float)
        return bool(np.all((t >= low - 1e-9) & (t <= high + 1e-9)))
