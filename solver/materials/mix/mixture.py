"""A mixture behaves as one material: its constituents are evaluated at each temperature and mixed there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array
from solver.materials import smeared_current
from solver.materials.curve import ROOM
from solver.materials.elasticity import is_isotropic
from solver.materials.inelastic.sections import Inelastic
from solver.materials.kept import kept
from solver.materials.material import BREAKS, ELECTRICAL, PROPERTIES, TRANSITIONS, Material, MaterialError
from solver.materials.mix.phases import Phases
from solver.materials.mix.rules import CONDUCTIVITIES, EXPANSIONS, RULES
from solver.materials.mix.spec import MixSpec
from solver.materials.smeared_relaxation import Smeared, elastic_knots, memory_of, smeared

COMPLEX_STEP = 1e-30  # K
_SAMPLES = 6.0  # a decade of relaxation


@dataclass(frozen=True, eq=False)
class Mixture(Material):
    """Metal and dielectric smeared out by a rule.

    Args:
        name: name of the mixture.
        spec: rule and fraction.
        metal: first constituent.
        dielectric: second constituent.
        inelastic: what it remembers, as of `memory_of`.
    """

    name: str
    spec: MixSpec
    metal: Material
    dielectric: Material
    inelastic: Inelastic | None = None

    @property
    def law(self) -> str:
        return super().law if self.inelastic is None else "smeared"

    @cached_property
    def relaxation(self) -> Smeared:
        """The series it relaxes by."""
        assert self.inelastic is not None
        parts = self.metal, self.dielectric
        return smeared(parts, self.inelastic, self._in_parts, _SAMPLES, elastic_knots(parts))

    def _in_parts(self, stiffness: Sequence[Array | None]) -> tuple[Array, Array]:
        """As of `smeared_relaxation.Rule`."""
        metal, dielectric = stiffness
        assert metal is not None and dielectric is not None
        phases = Phases(metal, dielectric, self.spec.metal_fraction, self.spec.along or (0.5, 0.5))
        effective, unit, none = RULES[self.spec.mix].stiffness(phases), np.eye(3), np.zeros((3, 3))
        rule = EXPANSIONS[self.spec.expansion_rule]
        same = np.broadcast_to(effective, (3, 6, 6))
        each = np.broadcast_to(metal, (3, 6, 6)), np.broadcast_to(dielectric, (3, 6, 6))
        wide = Phases(*each, phases.fraction, phases.along)
        free = np.stack([rule(wide, same, unit, none), rule(wide, same, none, unit)])
        return effective, np.einsum("ij,pkj->pik", effective[:, :3], free)

    def has(self, key: str) -> bool:
        if key in ELECTRICAL:
            return self.spec.conducts
        own = (*TRANSITIONS, *BREAKS)
        return key not in own and self.metal.has(key) and self.dielectric.has(key)

    def phases(self, temperature: ArrayLike) -> Phases:
        """The elastic data of both constituents."""
        parts = self.metal.stiffness(temperature), self.dielectric.stiffness(temperature)
        return Phases(*parts, self.spec.metal_fraction, self.spec.along or (0.5, 0.5))

    @kept
    def stiffness(self, temperature: ArrayLike) -> Array:
        return RULES[self.spec.mix].stiffness(self.phases(temperature))

    @kept
    def thermal_strain(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Free strain (xx, yy, zz), shape (..., 3), with the stiffnesses at `temperature` [K].

        The constituents are elastic and free of stress at `reference`; so the mixture deforms as its two constituents
        would if they were meshed.
        """
        phases = self.phases(temperature if self.is_temperature_dependent_stiffness else ROOM)
        metal, dielectric = (part.thermal_strain(temperature, reference) for part in (self.metal, self.dielectric))
        effective = RULES[self.spec.mix].stiffness(phases)
        return EXPANSIONS[self.spec.expansion_rule](phases, effective, metal, dielectric)

    def conductivity(self, temperature: ArrayLike) -> Array:
        parts = self.metal.conductivity(temperature), self.dielectric.conductivity(temperature)
        return self._conductivity_rule(*parts, self.spec.metal_fraction)

    def conductivity_slope(self, temperature: ArrayLike) -> Array:
        metal, dielectric = (
            part.conductivity(temperature) + 1j * COMPLEX_STEP * part.conductivity_slope(temperature)
            for part in (self.metal, self.dielectric)
        )
        return np.imag(self._conductivity_rule(metal, dielectric, self.spec.metal_fraction)) / COMPLEX_STEP

    def resistivity(self, temperature: ArrayLike) -> Array:
        if not self.spec.conducts:
            return super().resistivity(temperature)  # it insulates
        return np.asarray(np.real(smeared_current.resistivity(self._electric(np.asarray(temperature, dtype=float)))))

    def resistivity_slope(self, temperature: ArrayLike) -> Array:
        found = smeared_current.resistivity(self._electric(np.asarray(temperature, dtype=float)))
        return np.asarray(np.imag(found) / COMPLEX_STEP)

    @property
    def resistivity_knots(self) -> Array:
        return np.union1d(self.metal.resistivity_knots, self.dielectric.resistivity_knots)

    @property
    def is_temperature_dependent_resistivity(self) -> bool:
        return any(part.is_temperature_dependent_resistivity for part in (self.metal, self.dielectric))

    def _electric(self, temperature: Array) -> Array:
        """Electrical conductivity [S/m], shape (..., 3), its slope as a complex step; zero where none gets through."""
        metal, dielectric = (
            smeared_current.conductivity(part, temperature)
            + 1j * COMPLEX_STEP * smeared_current.slope(part, temperature)
            for part in (self.metal, self.dielectric)
        )
        with np.errstate(invalid="ignore", divide="ignore"):  # nothing over nothing, between two insulators
            found = self._conductivity_rule(metal, dielectric, self.spec.metal_fraction)
        return np.asarray(np.where(np.isfinite(found), found, 0.0))

    @property
    def _conductivity_rule(self) -> Callable[..., Any]:
        rule = CONDUCTIVITIES[self.spec.conductivity_rule]
        directed = self.spec.along is not None and self.spec.conductivity_rule == "traces"
        return partial(rule, along=self.spec.along) if directed else rule

    @property
    def density(self) -> float:
        phi = self.spec.metal_fraction
        return phi * self.metal.density + (1.0 - phi) * self.dielectric.density

    def specific_heat(self, temperature: ArrayLike) -> Array:
        """Average by mass [J/kg/K], shape (...)."""
        phi = self.spec.metal_fraction
        metal = phi * self.metal.density * self.metal.specific_heat(temperature)
        dielectric = (1.0 - phi) * self.dielectric.density * self.dielectric.specific_heat(temperature)
        return np.asarray((metal + dielectric) / self.density)

    @property
    def knots(self) -> Array:
        return np.union1d(self.metal.knots, self.dielectric.knots)

    def valid_range(self, keys: Iterable[str] = PROPERTIES) -> tuple[float, float]:
        wanted = tuple(keys)
        pairs = (self.metal.valid_range(wanted), self.dielectric.valid_range(wanted))
        return max(pair[0] for pair in pairs), min(pair[1] for pair in pairs)

    @property
    def is_temperature_dependent_stiffness(self) -> bool:
        return any(part.is_temperature_dependent_stiffness for part in (self.metal, self.dielectric))

    @property
    def is_temperature_dependent_expansion(self) -> bool:
        """True also when only the stiffness changes: it shifts the balance between the constituents."""
        return self.is_temperature_dependent_stiffness or any(
            part.is_temperature_dependent_expansion for part in (self.metal, self.dielectric)
        )

    @property
    def is_temperature_dependent_conductivity(self) -> bool:
        return any(part.is_temperature_dependent_conductivity for part in (self.metal, self.dielectric))

    @property
    def is_temperature_dependent_specific_heat(self) -> bool:
        return any(part.is_temperature_dependent_specific_heat for part in (self.metal, self.dielectric))


def mix(name: str, spec: MixSpec, metal: Material, dielectric: Material) -> Mixture:
    """The mixture of two materials.

    Raises:
        MaterialError: the rule needs isotropic constituents and one is not.
    """
    if RULES[spec.mix].isotropic_only:
        for part in (metal, dielectric):
            temperatures = np.append(part.knots, ROOM)
            if part.has("youngs_modulus") and not is_isotropic(part.stiffness(temperatures)):
                rule = f"'{spec.mix}' needs isotropic constituents and '{part.name}' is not; use 'laminate' or 'fibre'"
                raise MaterialError(name, "mix", rule)
    found = Mixture(name, spec, metal, dielectric, memory_of(name, (metal, dielectric)))
    if spec.conducts:
        smeared_current.checked(name, (metal, dielectric), found)
    return found
