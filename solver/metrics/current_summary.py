"""What is read of a circuit, as values; the `electric` part of summary.json is their entry.

Fields are keys of the summary and carry their unit; currents and powers are of the whole stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solver.output.summary import IF_ANY, INLINE, entry


@dataclass(frozen=True)
class TerminalReading:
    """Voltage, current into the stack and power of a terminal."""

    name: str
    voltage_v: float
    current_a: float
    power_w: float


@dataclass(frozen=True)
class PartReading:
    """Densities, heat and temperatures of a part; `crowding` is largest over mean density, None without a current."""

    mean_current_density_a_per_m2: float
    max_current_density_a_per_m2: float
    crowding: float | None
    max_at_mm: Sequence[float] | None
    joule_power_w: float
    mean_temperature_degc: float
    max_temperature_degc: float


@dataclass(frozen=True)
class ContactReading:
    """Area, current, drop and heat of a contact."""

    between: Sequence[str]
    resistance_ohm_m2: float
    area_mm2: float
    current_upwards_a: float
    mean_drop_v: float
    max_drop_v: float
    max_current_density_a_per_m2: float
    joule_power_w: float


@dataclass(frozen=True)
class WeakLink:
    """The place of a part that electromigration wears out first.

    Attributes:
        part: its name.
        at_mm: the place.
        current_density_a_per_m2, temperature_degc: there.
        median_life_h: there; NaN where no test of the material is known.
        median_life_at_mean_density_h: the same at the mean density of the part.
        blech_product_a_per_m, blech_threshold_a_per_m: of its body, and below which a body lasts for ever.
        mortal: False if all bodies of the part last for ever.
    """

    part: str
    at_mm: Sequence[float] | None
    current_density_a_per_m2: float
    temperature_degc: float
    median_life_h: float
    median_life_at_mean_density_h: float
    blech_product_a_per_m: float
    blech_threshold_a_per_m: float | None
    mortal: bool


@dataclass(frozen=True)
class HeatedBy:
    """What a circuit that was solved with the heat problem says of both.

    Attributes:
        heat_transfer_error: part by which the Joule heat of the circuit is not that of the heat problem.
        coupling_rounds: of current and heat in turn.
    """

    heat_transfer_error: float
    coupling_rounds: int


@dataclass(frozen=True)
class CurrentSummary:
    """All that is read of a circuit.

    Attributes:
        terminals: in the order of the case.
        resistance_ohm: between two terminals; None if there are more, or no current.
        joule_power_w: heat made.
        current_balance_error, energy_error: as parts of the largest current, and of the power.
        parts: name -> densities, heat and temperatures.
        contacts: in the order of the case.
        electromigration: the weakest link of every part, the weakest of all first.
        heated: with the heat problem; None at one temperature.
    """

    terminals: Sequence[TerminalReading]
    resistance_ohm: float | None
    joule_power_w: float
    current_balance_error: float
    energy_error: float
    parts: Mapping[str, PartReading]
    contacts: Sequence[ContactReading]
    electromigration: Sequence[WeakLink]
    heated: HeatedBy | None = field(default=None, metadata=INLINE | IF_ANY)

    def entry(self) -> dict[str, Any]:
        """The `electric` part of summary.json."""
        found: dict[str, Any] = entry(self)
        return found
