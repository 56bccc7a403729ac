"""Life of joints at the end of every thermal cycle of a process."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from solver.arrays import Array
from solver.case.life import Joints, Life, Rows
from solver.case.models import Case
from solver.case.rules.life import flow_of, melting_of, solder_of
from solver.life.settled import per_cycle
from solver.metrics import field_cycles
from solver.metrics.joint_life import LifeEntry, PartCycles, doubts, evaluate, melted
from solver.metrics.joints import Remembering, joint_field, row_means, slab_of
from solver.metrics.process_cycles import cycles_of, loops_of, marks_of, of_run
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.slug import slug
from solver.stackup.stack import StackUp
from solver.units import to_celsius

if TYPE_CHECKING:
    from solver.metrics.heat_summary import HeatSummary


class LifeReading(Reading):
    """Joints of a case through its cycles.

    Args:
        case: with `life`, a process and cycles in it.
        life: of it.
    """

    def __init__(self, case: Case, life: Life) -> None:
        assert case.process is not None
        self._life = life
        self._cycles = cycles_of(case.process)
        self._loops = loops_of(case.process)
        self._marks = marks_of(self._cycles)
        self._alloys = {one.part: one.alloy or solder_of(case, one.part) for one in life.joints}
        self._laws = {one.part: flow_of(case, one.part) for one in life.joints}
        self._melts = {one.part: melting_of(case, one.part) for one in life.joints}
        self._known: dict[tuple[int, str], Array] = {}  # (mark, name) -> (2, joints) since birth there
        self._last: LifeEntry | None = None

    @staticmethod
    def wanted(case: Case) -> "LifeReading | None":
        """For a case with joints in its `life`."""
        return None if case.life is None or not case.life.joints else LifeReading(case, case.life)

    def read(self, step: SolvedStep) -> Found | None:
        """Life of the joints after a cycle. Collective."""
        number, solid = self._marks.get(step.name), step.solid
        if number is None or not isinstance(solid, Remembering):
            return None
        parts, tables = [], {}
        for place, joints in enumerate(self._life.joints, start=1):
            for row in rows_of(step.stack_mesh.stack, joints):
                means = row_means(solid, joints.part, row)
                if means is None:
                    continue
                name = "_".join(word for word in ("life", str(place), slug(joints.part), row) if word)
                self._known[number, name] = np.stack([means.work, means.strain])
                if number > 0:
                    known = self._part(joints, row, name, number, step.stack_mesh.stack)
                    found, tables[name] = evaluate(known, self._life, self._cycles[number].thermal)
                    parts.append(found)
        if not parts:
            return None
        parts.sort(key=lambda one: min((life.cycles for life in one.lives), default=np.inf))
        thermal = self._cycles[number].thermal
        ends = to_celsius(thermal.minimum), to_celsius(thermal.maximum)
        entry = LifeEntry(number, *ends, thermal.dwell or None, tuple(parts))
        self._last = entry
        return Found(entry, tables, () if number < max(self._cycles) else tuple(self.ended(number)))

    def ended(self, cycle: int) -> Iterable[str]:
        """What makes the life after the last cycle doubtful."""
        if self._last is not None and self._last.cycle == cycle:
            yield from doubts(self._last)
            for part, kelvin in self._melts.items():
                yield from melted(part, kelvin, self._life.mission)

    def _part(self, joints: Joints, row: str, name: str, number: int, stack: StackUp) -> PartCycles:
        ends = {mark: value for (mark, of), value in self._known.items() if of == name}
        steps = np.stack(of_run(per_cycle(ends, self._loops.get), self._cycles, number))
        field, slab = joint_field(stack, joints.part), slab_of(stack, joints.part, row)
        return PartCycles(
            joints, row, name, field, slab, steps[:, 0], steps[:, 1], self._alloys[joints.part], self._laws[joints.part]
        )

    def heated(self, found: "HeatSummary") -> None:
        """Cycles of the field that the package makes itself."""
        self._life = field_cycles.heated(self._life, found)

    def reference(self, step: str) -> dict[str, Array]:
        """Work and strain of the joints at the end of a cycle."""
        number = self._marks.get(step)
        return {f"life.{cycle}.{name}": value for (cycle, name), value in self._known.items() if cycle == number}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        for key, value in arrays.items():
            kind, _, rest = key.partition(".")
            cycle, _, name = rest.partition(".")
            if kind == "life":
                self._known[int(cycle), name] = value


def rows_of(stack: StackUp, joints: Joints) -> list[Rows]:
    """Rows of cells that are averaged over; a layer of one row has one."""
    return ["whole"] if stack.layer(joints.part.partition("/")[0]).cells == 1 else joints.average
