"""Life of joints from what the cycles of a process did to them, as values; entries of summary.json follow from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Array
from solver.case.life import Joints, Life, Use
from solver.life import acceleration, population
from solver.life.acceleration import ACCELERATIONS, ThermalCycle
from solver.life.fatigue import INCH, MODELS, PSI, Darveaux, FatigueModel, JointCycle, coffin_manson, usual
from solver.life.missions import MISSIONS, UseCycle, damage
from solver.life.settled import largest, settle, unsettled
from solver.metrics.joints import JointField
from solver.output.summary import IF_ANY
from solver.units import to_celsius

_ONE_IN_A_HUNDRED, _CHARACTERISTIC = 0.01, 1.0 - float(np.exp(-1.0))
_MM, _MPA = 1e-3, 1e6
_LEAST_WORK, _LEAST_STRAIN = 1.0, 1e-6  # J/m^3 and strain of a cycle, by which no solder fails in 1e7


@dataclass(frozen=True)
class MissionPart:
    """A cycle of the mission beside that of the process.

    Attributes:
        name: of the cycle, or of the profile it is of.
        minimum_degc, maximum_degc, dwell_s: of it.
        count: per year, or in the whole test.
        acceleration_factor: cycles in the field over cycles of the process.
        cycles: of the weakest joint there.
        damage: count / cycles: per year, or of the test.
    """

    name: str
    minimum_degc: float
    maximum_degc: float
    dwell_s: float
    count: float
    acceleration_factor: float
    cycles: float
    damage: float


@dataclass(frozen=True)
class ModelLife:
    """What one model of fatigue says of the joints of a part.

    Attributes:
        model: its name.
        gives: "mean" or "characteristic" life.
        weakest_joint: number of it, from 1, as in the table; `weakest_x_mm`, `weakest_y_mm`: its place.
        cycles: to its failure, in cycles of the process.
        package_cycles_1_percent, package_cycles_63_percent: after which a share of packages lost their first joint.
        acceleration: name of the acceleration to the mission.
        mission: cycles of it.
        years: until the weakest joint fails in the uses of the mission; None without one.
        doubts: why it may be otherwise, parts of sentences.
        source: of the constants.
    """

    model: str
    gives: str
    weakest_joint: int
    weakest_x_mm: float
    weakest_y_mm: float
    cycles: float
    package_cycles_1_percent: float
    package_cycles_63_percent: float
    acceleration: str | None
    mission: tuple[MissionPart, ...]
    years: float | None
    doubts: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class PartLife:
    """The joints of a part, by what a row of their cells went through.

    Attributes:
        part, row: as the case has it.
        table: start of the name of the file of all joints, such as `life_1_balls_top`.
        averaged_over_um: thickness of the row.
        joints: how many there are; those the outline cuts are none.
        work_per_cycle_mpa, strain_per_cycle: inelastic, of the joint with most work.
        change_from_cycle_before: largest of work and strain, as a part; None of the first cycle.
        remaining_change: what all cycles that would follow change them by, the same, before anything is extrapolated;
            None of fewer than three cycles.
        extrapolated_by: largest, as a part.
        lives: by model, the shortest first.
    """

    part: str
    row: str
    table: str
    averaged_over_um: float
    joints: int
    work_per_cycle_mpa: float
    strain_per_cycle: float
    change_from_cycle_before: float | None
    remaining_change: float | None
    extrapolated_by: float
    lives: tuple[ModelLife, ...]


@dataclass(frozen=True)
class LifeEntry:
    """Of a cycle of the process: its number, temperatures and dwell at the maximum, and its parts, weakest first."""

    cycle: int
    minimum_degc: float
    maximum_degc: float
    dwell_s: float | None = field(metadata=IF_ANY)
    parts: tuple[PartLife, ...]


@dataclass(frozen=True)
class PartCycles:
    """What is known of the joints of a part at the end of a cycle.

    Attributes:
        wanted: as the case has it.
        row: of cells.
        table: as of `PartLife`.
        field: the joints.
        slab: thickness of the row (m).
        work: (cycles, n) inelastic work per volume of each cycle so far (J/m^3).
        strain: (cycles, n) inelastic strain of each.
        alloy: family of the solder.
        law: how it flows, as of `JointCycle`.
    """

    wanted: Joints
    row: str
    table: str
    field: JointField
    slab: float
    work: Array
    strain: Array
    alloy: str
    law: str


def evaluate(found: PartCycles, life: Life, cycle: ThermalCycle) -> tuple[PartLife, dict[str, Array]]:
    """Life of the joints of a part, and their table.

    Args:
        found: of them.
        life: as the case has it.
        cycle: of the process.
    """
    work = settle(found.work, life.extrapolate, _LEAST_WORK)
    strain = settle(found.strain, life.extrapolate, _LEAST_STRAIN)
    crack = np.full_like(found.field.area, found.wanted.crack) if found.wanted.crack else found.field.diameter
    joint = JointCycle(work.value, strain.value, crack, found.slab, found.alloy, found.law)
    numbers = np.arange(1.0, len(crack) + 1.0)
    columns: dict[str, Array] = {
        "joint": numbers,
        "x_mm": found.field.centres[:, 0] / _MM,
        "y_mm": found.field.centres[:, 1] / _MM,
        "work_per_cycle_mpa": work.value / _MPA,
        "strain_per_cycle": strain.value,
    }
    lives = []
    for name, model in models_of(found.wanted, found.alloy, found.law):
        cycles = model.cycles(joint)
        columns[f"cycles {name}"] = cycles
        lives.append(_model_life(name, model, joint, cycles, found, life, cycle))
    most = int(np.nanargmax(work.value))
    entry = PartLife(
        found.wanted.part,
        found.row,
        found.table,
        1e6 * found.slab,
        int(np.isfinite(work.value).sum()),
        float(work.value[most]) / _MPA,
        float(strain.value[most]),
        largest(work.change, strain.change),
        largest(work.remaining, strain.remaining),
        max(work.error, strain.error),
        tuple(sorted(lives, key=lambda one: one.cycles)),
    )
    return entry, columns


def models_of(wanted: Joints, alloy: str, law: str) -> Iterator[tuple[str, FatigueModel]]:
    """The models of fatigue of a part, by name."""
    own = wanted.coffin_manson is not None or wanted.darveaux is not None
    for name in wanted.models or (() if own else usual(alloy, law)):
        yield name, MODELS[name]
    if wanted.coffin_manson is not None:
        c, n = wanted.coffin_manson.coefficient, wanted.coffin_manson.exponent
        yield (
            "coffin-manson",
            FatigueModel(lambda one: coffin_manson(c, n, one.strain), alloy, "mean", wanted.coffin_manson.source),
        )
    if wanted.darveaux is not None:
        one = wanted.darveaux
        units = {"psi": PSI, "MPa": _MPA}[one.work], {"in": INCH, "mm": _MM}[one.length]
        constants = Darveaux(one.k1, one.k2, one.k3, one.k4, *units)
        yield "darveaux", FatigueModel(constants, alloy, "characteristic", one.source, one.slab)


def _model_life(
    name: str,
    model: FatigueModel,
    joint: JointCycle,
    cycles: Array,
    found: PartCycles,
    life: Life,
    cycle: ThermalCycle,
) -> ModelLife:
    weakest = int(np.nanargmin(cycles))
    scale = population.characteristic(cycles, model.gives, found.wanted.weibull_slope)
    shares = [
        population.first_failure(scale, found.wanted.weibull_slope, share)
        for share in (_ONE_IN_A_HUNDRED, _CHARACTERISTIC)
    ]
    chosen = life.acceleration or acceleration.usual(found.alloy)
    mission: tuple[MissionPart, ...] = ()
    years = None
    doubts = list(model.doubts(joint))
    if life.mission and (chosen is None or cycle.dwell <= 0.0):
        doubts.append(
            "no life in the field: " + ("no acceleration is known of this solder" if chosen is None else _DWELL)
        )
        chosen = None
    elif life.mission and chosen is not None:
        mission, years = _mission(life.mission, chosen, cycle, float(cycles[weakest]))
        if ACCELERATIONS[chosen].alloy != found.alloy:
            doubts.append(f"the acceleration was fitted to {ACCELERATIONS[chosen].alloy}")
        if ACCELERATIONS[chosen].of_frequencies and any(use.dwell != cycle.dwell for use in _cycles(life.mission)):
            doubts.append(f"{chosen} goes by frequencies, which the times at the maximum stand for")
    return ModelLife(
        name,
        model.gives,
        weakest + 1,
        float(found.field.centres[weakest, 0]) / _MM,
        float(found.field.centres[weakest, 1]) / _MM,
        float(cycles[weakest]),
        shares[0],
        shares[1],
        chosen if life.mission else None,
        mission,
        years,
        tuple(doubts),
        model.source,
    )


def _cycles(uses: Sequence[Use]) -> Iterator[ThermalCycle]:
    return (one.cycle for _, one, _ in use_cycles(uses))


_DWELL = "the cycle of the process has no hold at its maximum"


def _mission(
    uses: Sequence[Use], name: str, cycle: ThermalCycle, cycles: float
) -> tuple[tuple[MissionPart, ...], float | None]:
    """Damage of every cycle of a mission, and the years until it is 1; None if it is tests only."""
    law, parts, per_year = ACCELERATIONS[name], [], 0.0
    for label, one, test in use_cycles(uses):
        factor = law.factor(cycle, one.cycle)
        there = cycles * factor
        done = damage([one.per_year], [there])
        per_year += 0.0 if test else done
        ends = to_celsius(one.cycle.minimum), to_celsius(one.cycle.maximum)
        parts.append(MissionPart(label, *ends, one.cycle.dwell, one.per_year, factor, there, done))
    return tuple(parts), 1.0 / per_year if per_year else None


def use_cycles(uses: Sequence[Use]) -> Iterator[tuple[str, UseCycle, bool]]:
    """Cycles of a mission: name, cycle, and whether it is one of a test, whose cycles come once."""
    for use in uses:
        if use.profile is not None:
            known = MISSIONS[use.profile]
            for one in known.cycles:
                yield use.profile, one, known.test
        else:
            assert use.name and use.minimum and use.maximum and use.dwell and use.per_year
            yield use.name, UseCycle(ThermalCycle(use.minimum, use.maximum, use.dwell), use.per_year), False


def melted(part: str, melting: float | None, uses: Sequence[Use]) -> Iterator[str]:
    """Uses in which a part melts (K), a line each: it has no life there, whatever an acceleration makes of it."""
    for name, use, _ in use_cycles(uses):
        if melting is not None and use.cycle.maximum >= melting:
            hot, limit = to_celsius(use.cycle.maximum), to_celsius(melting)
            yield f"life of {part}: '{name}' reaches {hot:.4g} degC, and it melts at {limit:.4g} degC"


def doubts(entry: LifeEntry) -> Iterator[str]:
    """What makes the life of joints doubtful, a line each."""
    for part in entry.parts:
        where = f"life of {part.part}, {part.row} {part.averaged_over_um:.4g} um"
        changes = part.change_from_cycle_before, part.remaining_change, part.extrapolated_by
        if why := unsettled(*changes, "work or strain", entry.cycle):
            yield f"{where}: {why}"
        for one in part.lives:
            for text in one.doubts:
                yield f"{where}, {one.model}: {text}"


def in_words(entry: LifeEntry | None) -> Iterator[str]:
    """The joints after a cycle, for the log, the shortest life of each part."""
    for part in () if entry is None else entry.parts:
        life = part.lives[0]
        years = "" if life.years is None else f", {life.years:.3g} years of the mission"
        place = f"joint {life.weakest_joint} at {life.weakest_x_mm:.4g}, {life.weakest_y_mm:.4g} mm"
        yield f"{part.part}, {part.row}: {life.cycles:.4g} cycles of {place} ({life.model}){years}"
