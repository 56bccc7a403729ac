"""What current does to a metal: constants of Black's equation and of Blech's threshold.

J. R. Black, Proc. IEEE 57, 1587 (1969); I. A. Blech, J. Appl. Phys. 47, 1203 (1976).
"""

from dataclasses import dataclass

from pydantic import model_validator

from solver.materials.values import error
from solver.section import Section
from solver.units import ActivationEnergy, AtomicVolume, BlechProduct, CurrentDensity, Number, Stress, Temperature, Time

WEAR = "electromigration"


@dataclass(frozen=True)
class LifeTest:
    """A median life (s) that was measured at a current density (A/m^2) and a temperature (K)."""

    life: float
    current_density: float
    temperature: float


@dataclass(frozen=True)
class Electromigration:
    """Constants of one metal.

    Attributes:
        exponent: n of the current density.
        activation_energy: in eV.
        reference: of a test, None if no life is known.
        blech_product: current density times length (A/m) up to which a line lasts for ever, None if not known.
        effective_charge: |Z*| of its atoms in the wind of electrons, in elementary charges; None if not known.
        atomic_volume: Omega (m^3), None if not known.
        critical_stress: tension (Pa) at which voids begin, None: that of `blech_product`.
    """

    exponent: float
    activation_energy: float
    reference: LifeTest | None
    blech_product: float | None
    effective_charge: float | None = None
    atomic_volume: float | None = None
    critical_stress: float | None = None


class LifeTestSpec(Section):
    """A test from which lives are scaled."""

    life: Time
    current_density: CurrentDensity
    temperature: Temperature

    @model_validator(mode="after")
    def _positive(self) -> "LifeTestSpec":
        if self.life <= 0 or self.current_density <= 0 or self.temperature <= 0:
            raise error("life, current density and temperature of a test are positive")
        return self


class ElectromigrationSpec(Section):
    """Electromigration of a metal: Black's equation t50 = A j^-n exp(Ea / k T), and Blech's threshold."""

    current_exponent: Number | None = None
    activation_energy: ActivationEnergy | None = None
    reference: LifeTestSpec | None = None
    blech_product: BlechProduct | None = None
    effective_charge: Number | None = None
    atomic_volume: AtomicVolume | None = None
    critical_stress: Stress | None = None

    @model_validator(mode="after")
    def _in_range(self) -> "ElectromigrationSpec":
        for key, low, high in (("current_exponent", 0.5, 20.0), ("activation_energy", 0.05, 5.0)):
            value = getattr(self, key)
            if value is not None and not low <= value <= high:
                raise error(f"{key} = {value:g} does not lie in {low:g} to {high:g}")
        for key, low, high in (("effective_charge", 0.01, 100.0), ("atomic_volume", 1e-30, 1e-27)):
            value = getattr(self, key)
            if value is not None and not low <= value <= high:
                raise error(f"{key} = {value:g} does not lie in {low:g} to {high:g}")
        if self.critical_stress is not None and self.critical_stress <= 0:
            raise error("the stress at which voids begin is a tension: positive")
        if self.effective_charge is not None and self.atomic_volume is None:
            raise error("with `effective_charge` goes an `atomic_volume`, of copper 1.18e-29 m^3")
        if self.blech_product is not None and self.blech_product <= 0:
            raise error("the product of current density and length is positive")
        return self

    @property
    def data(self) -> Electromigration | None:
        """The constants; None if exponent or activation energy is missing."""
        if self.current_exponent is None or self.activation_energy is None:
            return None
        test = self.reference
        known = None if test is None else LifeTest(test.life, test.current_density, test.temperature)
        stressed = self.effective_charge, self.atomic_volume, self.critical_stress
        return Electromigration(self.current_exponent, self.activation_energy, known, self.blech_product, *stressed)


def merged(base: ElectromigrationSpec | None, changes: ElectromigrationSpec | None) -> ElectromigrationSpec | None:
    """The base with the keys that the changes state."""
    if base is None or changes is None:
        return changes or base
    return base.model_copy(update={key: getattr(changes, key) for key in changes.model_fields_set})
