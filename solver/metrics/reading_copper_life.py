"""Life of copper (barrels, vias, lines) at the end of every thermal cycle of a process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from solver.arrays import Array
from solver.case.life import CopperParts, Life
from solver.case.models import Case
from solver.life.missions import damage
from solver.life.settled import per_cycle, settle, unsettled
from solver.metrics import field_cycles
from solver.metrics.joint_life import use_cycles
from solver.metrics.joints import Remembering, joint_field, part_means, slab_of
from solver.metrics.process_cycles import CycleSteps, cycles_of, loops_of, marks_of, of_run
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import IF_ANY
from solver.physics.solid.cell_stress import invariants
from solver.slug import slug
from solver.units import to_celsius

if TYPE_CHECKING:
    from solver.metrics.heat_summary import HeatSummary

_MM = 1e-3
_FEWEST, _MOST = 1.0, 1e6  # cycles of the tests that low-cycle fatigue of copper is known of


@dataclass(frozen=True)
class CopperLife:
    """The copper of a part after a cycle, that which fails first.

    Attributes:
        part, row: as the case has it; `averaged_over_um`: thickness of the row.
        table: start of the name of the file of every piece.
        model: of fatigue; `source` of its constants.
        pieces: how many there are.
        weakest_x_mm, weakest_y_mm: place of the weakest.
        plastic_range: of strain in the cycle: half of the equivalent plastic strain along its path.
        total_range: with the elastic part: equivalent range of the mean stress between ends of steps over the modulus.
        cycles: to its failure.
        change_from_cycle_before: of the plastic range, as a part of it or of the elastic one, if larger; None of
            the first cycle.
        remaining_change: what all cycles that would follow change it by, before anything is extrapolated; None of fewer
            than three cycles.
        extrapolated_by: largest, as a part.
        years: of the mission, by Miner's sum; None without one.
    """

    part: str
    row: str
    averaged_over_um: float
    table: str
    model: str
    pieces: int
    weakest_x_mm: float
    weakest_y_mm: float
    plastic_range: float
    total_range: float
    cycles: float
    change_from_cycle_before: float | None
    remaining_change: float | None
    extrapolated_by: float
    years: float | None = field(metadata=IF_ANY)
    source: str


@dataclass(frozen=True)
class CopperEntry:
    """Of a cycle of the process: its number, temperatures, and the parts, weakest first."""

    cycle: int
    minimum_degc: float
    maximum_degc: float
    parts: tuple[CopperLife, ...]


@dataclass(frozen=True)
class _Course:
    """What every piece of a part went through: path of plastic strain at ends of cycles, stress at ends of steps."""

    path: dict[int, Array]
    stress: dict[int, list[Array]]


class CopperLifeReading(Reading):
    """Copper of a case through its cycles.

    Args:
        case: with `life: {copper: ...}`, a process and cycles in it.
        life: of it.
    """

    def __init__(self, case: Case, life: Life) -> None:
        assert case.process is not None
        self._loops = loops_of(case.process)
        self._life, self._cycles = life, cycles_of(case.process)
        of_cycles = {step.name: step.cycle for step in case.process.steps if step.cycle is not None}
        self._cycle_of = marks_of(self._cycles) | of_cycles  # minus its number where a cycle is to begin
        self._known: dict[str, _Course] = {}
        self._last: CopperEntry | None = None

    @staticmethod
    def wanted(case: Case) -> "CopperLifeReading | None":
        """For a case with copper in its `life`."""
        return CopperLifeReading(case, case.life) if case.life is not None and case.life.copper else None

    def read(self, step: SolvedStep) -> Found | None:
        """Remember what a step did; after a cycle, life. Collective."""
        number, solid = self._cycle_of.get(step.name), step.solid
        if number is None or not isinstance(solid, Remembering):
            return None
        parts, tables = [], {}
        for place, copper in enumerate(self._life.copper, start=1):
            name = f"copper_life_{place}_{slug(copper.part)}"
            if not self._remember(name, number, copper, step):
                continue
            if number > 0 and self._cycles[number].end == step.name:
                found, tables[name] = self._life_of(name, number, copper, step)
                parts.append(found)
        if not parts:
            return None
        thermal = self._cycles[number].thermal
        parts.sort(key=lambda one: one.cycles)
        entry = CopperEntry(number, to_celsius(thermal.minimum), to_celsius(thermal.maximum), tuple(parts))
        self._last = entry
        return Found(entry, tables, () if number < max(self._cycles) else tuple(self.ended(number)))

    def ended(self, cycle: int) -> Iterable[str]:
        """What makes the life after the last cycle doubtful."""
        if self._last is not None and self._last.cycle == cycle:
            yield from (*_doubts(self._last), *self._wider(self._cycles[cycle].thermal.swing))

    def _remember(self, name: str, number: int, copper: CopperParts, step: SolvedStep) -> bool:
        solid = step.solid
        assert isinstance(solid, Remembering)
        stress = solid.memory.stress
        plastic = solid.memory.readings().get("equivalent_inelastic_strain", np.zeros(stress.shape[:2]))
        means = part_means(solid, copper.part, copper.average, [plastic, *np.moveaxis(stress, -1, 0)])
        if means is None:
            return False
        course = self._known.setdefault(name, _Course({}, {}))
        course.path[number] = means[:, 0]
        course.stress.setdefault(number, []).append(means[:, 1:])
        return True

    def _life_of(
        self, name: str, number: int, copper: CopperParts, step: SolvedStep
    ) -> tuple[CopperLife, dict[str, Array]]:
        stack, course = step.stack_mesh.stack, self._known[name]
        ranges = [0.5 * one for one in of_run(per_cycle(course.path, self._loops.get), self._cycles, number)]
        ended = [one for one in course.path if 0 < one < number]  # cycles may have been left out
        begin = -number if -number in course.path else max(ended, default=None)
        stresses = course.stress[number] + ([] if begin is None else course.stress[begin][-1:])
        elastic = equivalent_range(stresses) / copper.elastic_modulus
        settled = settle(np.stack(ranges), self._life.extrapolate, elastic)
        plastic = settled.value
        total = plastic + elastic
        cycles = copper.cycles(total)
        field_of, weakest = joint_field(stack, copper.part), int(np.nanargmin(cycles))
        found = CopperLife(
            copper.part,
            copper.average,
            1e6 * slab_of(stack, copper.part, copper.average),
            name,
            copper.model,
            int(np.isfinite(plastic).sum()),
            float(field_of.centres[weakest, 0]) / _MM,
            float(field_of.centres[weakest, 1]) / _MM,
            float(plastic[weakest]),
            float(total[weakest]),
            float(cycles[weakest]),
            settled.change,
            settled.remaining,
            settled.error,
            self._years(copper, float(cycles[weakest]), self._cycles[number]),
            copper.words,
        )
        table = {
            "piece": np.arange(1.0, len(cycles) + 1.0),
            "x_mm": field_of.centres[:, 0] / _MM,
            "y_mm": field_of.centres[:, 1] / _MM,
            "plastic_range": plastic,
            "total_range": total,
            f"cycles {copper.model}": cycles,
        }
        return found, table

    def _years(self, copper: CopperParts, cycles: float, process: CycleSteps) -> float | None:
        """Of the uses of the mission; life goes with the swing of temperature to the power of the ductility law."""
        per_year = 0.0
        for _, use, test in use_cycles(self._life.mission):
            if not test:
                factor = (process.thermal.swing / use.cycle.swing) ** copper.swing_exponent
                per_year += damage([use.per_year], [cycles * factor])
        return 1.0 / per_year if per_year else None

    def _wider(self, swing: float) -> Iterator[str]:
        """Uses that swing farther than the process (K): a power of the swing does not foresee how much more yields."""
        for name, use, test in use_cycles(self._life.mission):
            if not test and use.cycle.swing > swing:
                yield (
                    f"life of copper: '{name}' swings by {use.cycle.swing:.4g} K and the process by {swing:.4g} K: "
                    "more yields than the exponent foresees, and its years are too many; let the process swing as far"
                )

    def heated(self, found: "HeatSummary") -> None:
        """Cycles of the field that the package makes itself."""
        self._life = field_cycles.heated(self._life, found)

    def reference(self, step: str) -> dict[str, Array]:
        """What is known of the pieces at the end of a step of a cycle."""
        number = self._cycle_of.get(step)
        found: dict[str, Array] = {}
        for name, course in self._known.items():
            if number in course.path:
                found[f"copper.{number}.{name}.path"] = course.path[number]
                found[f"copper.{number}.{name}.stress"] = np.stack(course.stress[number])
        return found

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        for key, value in arrays.items():
            kind, _, rest = key.partition(".")
            if kind != "copper":
                continue
            cycle, name, what = rest.split(".")
            course = self._known.setdefault(name, _Course({}, {}))
            if what == "path":
                course.path[int(cycle)] = value
            else:
                course.stress[int(cycle)] = list(value)


def equivalent_range(stresses: Sequence[Array]) -> Array:
    """Largest von Mises stress (n,) of the difference of two of several states (n, 6) (Pa)."""
    pairs = [invariants(one - other)[0] for one, other in combinations(stresses, 2)]
    return np.max(pairs, axis=0) if pairs else np.zeros(len(stresses[0]))


def _doubts(entry: CopperEntry) -> Iterator[str]:
    for part in entry.parts:
        where = f"life of {part.part}, {part.row} {part.averaged_over_um:.4g} um"
        changes = part.change_from_cycle_before, part.remaining_change, part.extrapolated_by
        if why := unsettled(*changes, "strain", entry.cycle):
            yield f"{where}: {why}"
        if part.cycles < _FEWEST or part.cycles > _MOST:
            yield f"{where}, {part.model}: {part.cycles:.3g} cycles are outside of low-cycle fatigue"


def in_words(entry: CopperEntry | None) -> Iterator[str]:
    """The copper after a cycle, for the log."""
    for part in () if entry is None else entry.parts:
        yield (
            f"{part.part}, {part.row}: {part.cycles:.4g} cycles of copper at {part.weakest_x_mm:.4g}, "
            f"{part.weakest_y_mm:.4g} mm, plastic range {100.0 * part.plastic_range:.3g} % ({part.model})"
        )
