"""What is read of a heat problem, as values; the `thermal` part of summary.json is their entry.

Fields are keys of the summary and carry their unit; powers and heats are of the whole stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solver.arrays import Array
from solver.case.figures import Kind
from solver.output.summary import IF_ANY, INLINE, entry
from solver.physics.heat.interface_conductance import BondLine, ContactPressure


@dataclass(frozen=True)
class RegionTemperatures:
    """Mean and highest temperature of a block."""

    mean_temperature_degc: float
    max_temperature_degc: float


@dataclass(frozen=True)
class BlockTemperatures:
    """Power (mean over time) and temperatures of a block of a floorplan or a place of a grid."""

    power_w: float
    mean_temperature_degc: float
    max_temperature_degc: float


@dataclass(frozen=True)
class PointTemperature:
    """Temperature at a named point of a face."""

    face: str
    x_mm: float
    y_mm: float
    temperature_degc: float


@dataclass(frozen=True)
class ResistanceReading:
    """A thermal resistance.

    Attributes:
        value: in K/W.
        definition: in words, with the numbers.
        kind: whose sense it has.
        departs: where the environment is not that of the standard, in words.
        junction_degc, reference_degc: temperatures it is between.
        heat_share: part of the power that goes where this resistance wants all of it; None if it wants nothing.
        heat_through: where that is.
    """

    value: float
    definition: str
    kind: Kind
    departs: str
    junction_degc: float
    reference_degc: float
    heat_share: float | None = field(default=None, metadata=IF_ANY)
    heat_through: str | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class BoundaryHeat:
    """Heat that leaves through a boundary."""

    face: str
    name: str | None = field(metadata=IF_ANY)
    heat_w: float


@dataclass(frozen=True)
class InfluenceSummary:
    """Rise of every source (rows) per watt in every other one (columns), as of `physics.heat.influence`."""

    sources: Sequence[str]
    power_w: Sequence[float]
    mean_k_per_w: Sequence[Sequence[float]]
    hottest_k_per_w: Sequence[Sequence[float]]
    asymmetry: float


@dataclass(frozen=True)
class Margin:
    """A limit and what is left to it.

    Attributes:
        region: with the limit.
        limit_degc: its highest temperature allowed.
        temperature_degc: its hottest place; of a transient, at any time.
        margin_k: left; negative where the limit is passed.
        power_at_limit_w: of all sources together, without leakage, each scaled alike, at which the region reaches its
            limit by a linear estimate; None in time, where there is no power, and where no power would do.
        limiting: True for the region that reaches its limit first as the power grows (in time: with the least margin).
    """

    region: str
    limit_degc: float
    temperature_degc: float
    margin_k: float
    power_at_limit_w: float | None = None
    limiting: bool = False


@dataclass(frozen=True)
class Resolution:
    """From when on after a jump all cells follow (s), and times the case asks for at which some do not yet."""

    resolved_from_s: float
    unresolved_s: Sequence[float]


@dataclass(frozen=True)
class Figures:
    """Figures of merit, as far as a case wants them; None where it does not."""

    blocks: Mapping[str, BlockTemperatures] | None = field(default=None, metadata=IF_ANY)
    influence: InfluenceSummary | None = field(default=None, metadata=IF_ANY)
    margins: Sequence[Margin] | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class FosterSummary:
    """Terms of a Foster network."""

    resistance_k_per_w: Array
    time_constant_s: Array


@dataclass(frozen=True)
class CauerSummary:
    """Rungs of a Cauer ladder, from the junction outwards."""

    resistance_k_per_w: Array
    capacitance_j_per_k: Array


@dataclass(frozen=True)
class StructureSummary:
    """Structure functions, as of `networks.structure`."""

    resistance_k_per_w: Array
    capacitance_j_per_k: Array
    node_resistance_k_per_w: Array
    differential_j_w_per_k2: Array


@dataclass(frozen=True)
class Networks:
    """Networks that respond as an impedance does.

    Attributes:
        fit_error: largest of the Foster network, as a part of the impedance.
        foster, cauer: the networks.
        structure: structure functions of the ladder.
    """

    fit_error: float
    foster: FosterSummary
    cauer: CauerSummary
    structure: StructureSummary


@dataclass(frozen=True)
class ImpedanceSummary:
    """Response to a step of power.

    Attributes:
        power_w: that steps.
        time_s: after the step.
        mean_k_per_w, max_k_per_w: rise of the junction at these times.
        transfer_k_per_w: source -> rise of its mean.
        resolved_from_s: time from which all cells follow.
        networks: that respond alike.
    """

    power_w: float
    time_s: Sequence[float]
    mean_k_per_w: Sequence[float]
    max_k_per_w: Sequence[float]
    transfer_k_per_w: Mapping[str, Sequence[float]]
    resolved_from_s: float
    networks: Networks = field(metadata=INLINE)


@dataclass(frozen=True)
class CouplingTurn:
    """A turn of heat and mechanics."""

    max_temperature_degc: float
    largest_change: float
    relaxation: float


@dataclass(frozen=True)
class CouplingSummary:
    """Heat and mechanics in turn.

    Attributes:
        converged: False where resistances still change by more than is wanted.
        iterations: turns.
        largest_change: of a resistance in the last turn, as a part of it.
        course: every turn.
        bond_lines, contacts: thickness and pressure, as they were last.
    """

    converged: bool
    iterations: int
    largest_change: float
    course: Sequence[CouplingTurn]
    bond_lines: Sequence[BondLine]
    contacts: Sequence[ContactPressure]


@dataclass(frozen=True)
class RegionCourse:
    """Temperatures of a block over time, and its degree of cure if heat cures it."""

    mean_temperature_degc: Sequence[float]
    max_temperature_degc: Sequence[float]
    degree_of_cure_mean: Sequence[float] | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class BoundaryCourse:
    """Heat through a boundary over time."""

    face: str
    heat_w: Sequence[float]


@dataclass(frozen=True)
class HistorySummary:
    """Temperatures and heat flows over time, lists of equal length."""

    time_s: Sequence[float]
    max_temperature_degc: Sequence[float]
    power_w: Sequence[float]
    regions: Mapping[str, RegionCourse]
    boundaries: Sequence[BoundaryCourse]


@dataclass(frozen=True)
class ReactionSummary:
    """What has cured in a transient, and the heat it gave off.

    Attributes:
        degree_of_cure_mean: by block, at the end.
        degree_of_cure_min, degree_of_cure_max: of all places that cure.
        heat_of_reaction_j: since the start, of the whole stack.
    """

    degree_of_cure_mean: Mapping[str, float]
    degree_of_cure_min: float
    degree_of_cure_max: float
    heat_of_reaction_j: float


@dataclass(frozen=True)
class TransientSummary:
    """A transient.

    Attributes:
        duration_s: of it.
        peak_temperature_degc, peak_time_s: the highest temperature of all times, and when it was.
        time_steps, rejected_time_steps: that were taken, and taken back.
        largest_step_error_k, largest_change_k: of any step.
        linear_iterations: in all steps.
        history: over time.
        reaction: None if nothing cures.
    """

    duration_s: float
    peak_temperature_degc: float
    peak_time_s: float
    time_steps: int
    rejected_time_steps: int
    largest_step_error_k: float
    largest_change_k: float
    linear_iterations: int
    history: HistorySummary
    reaction: ReactionSummary | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class Constriction:
    """What one side of an array leaves out.

    Attributes:
        array, neighbour: names of blocks.
        resistance_k_per_w: of all parts together, of the whole stack.
        heat_w: through the array.
        rise_k: both multiplied: by so much the warm side is too cold.
    """

    array: str
    neighbour: str
    resistance_k_per_w: float
    heat_w: float
    rise_k: float


@dataclass(frozen=True)
class FieldReadings:
    """What is read of the temperature field and of the heat that flows.

    Attributes:
        max_temperature_degc: highest of all.
        power_w: of all sources.
        regions: block -> temperatures.
        resistances: name -> value with its definition; none of a transient.
        boundaries: heat that leaves through each that is no given flux.
        heat_balance_error: as a part of the power.
        iterations: of Newton's method.
        points: name -> temperature, of a case that names points.
    """

    max_temperature_degc: float
    power_w: float
    regions: Mapping[str, RegionTemperatures]
    resistances: Mapping[str, ResistanceReading]
    boundaries: Sequence[BoundaryHeat]
    heat_balance_error: float
    iterations: int
    points: Mapping[str, PointTemperature] | None = field(default=None, metadata=IF_ANY)


@dataclass(frozen=True)
class HeatSummary:
    """All that is read of a heat problem; None where a case has nothing of the kind.

    Attributes:
        readings: of the field.
        figures: of merit.
        resolution: of a transient.
        impedance: response to a step of power.
        interfaces: what each drops and carries, as of `physics.heat.interfaces`.
        constrictions: what arrays as one material leave out.
        coupling: of heat and mechanics.
        transient: course in time.
    """

    readings: FieldReadings = field(metadata=INLINE)
    figures: Figures = field(metadata=INLINE)
    resolution: Resolution | None = field(metadata=INLINE | IF_ANY)
    impedance: ImpedanceSummary | None = field(metadata=IF_ANY)
    interfaces: Sequence[Mapping[str, Any]] | None = field(metadata=IF_ANY)
    constrictions: Sequence[Constriction] | None = field(metadata=IF_ANY)
    coupling: CouplingSummary | None = field(metadata=IF_ANY)
    transient: TransientSummary | None = field(metadata=INLINE | IF_ANY)

    def entry(self) -> dict[str, Any]:
        """The `thermal` part of summary.json."""
        found: dict[str, Any] = entry(self)
        return found
