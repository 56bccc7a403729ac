"""What every thermal cycle does to the blocks of a place: inelastic strain along its path, and what stays of strain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Array
from solver.case.process import Process
from solver.life.settled import per_cycle
from solver.metrics.memory_means import block_means
from solver.metrics.process_cycles import cycles_of, marks_of, of_run
from solver.metrics.stress import StackStress
from solver.output.summary import IF_ANY
from solver.physics.solid.solid import Solid

_KEY = "submodel cycle"


@dataclass(frozen=True)
class BlockCycle:
    """A block in a cycle, means over its volume.

    Attributes:
        inelastic_strain: equivalent, along its path in the cycle: plastic and creep.
        ratchet_strain: equivalent of the change of strain from the end of the cycle before to that of this one.
        change_of_inelastic_strain: from the cycle before, as a part of it; None of the first.
    """

    inelastic_strain: float
    ratchet_strain: float
    change_of_inelastic_strain: float | None = field(metadata=IF_ANY)


@dataclass(frozen=True)
class PlaceCycle:
    """A place at the end of a cycle: its number, and blocks with an inelastic strain."""

    cycle: int
    blocks: dict[str, BlockCycle]


class PlaceCycles:
    """All places through the cycles of a process."""

    def __init__(self, process: Process) -> None:
        self._cycles = cycles_of(process)
        self._marks = marks_of(self._cycles)
        self._known: dict[tuple[str, int], dict[str, Array]] = {}

    def read(self, place: str, step: str, solid: Solid, stress: StackStress) -> PlaceCycle | None:
        """A place after a step; None unless a cycle ends with it. Collective."""
        number = self._marks.get(step)
        means = None if number is None else block_means(solid)
        if number is None or means is None:
            return None
        now = {}
        for name, one in stress.blocks.items():
            if one.equivalent_inelastic_strain_mean is not None:
                now[name] = np.array([one.equivalent_inelastic_strain_mean, *means[name].strain])
        self._known[place, number] = now
        if number < 0:
            return None
        found = {name: self._of(place, number, name) for name in now}
        return PlaceCycle(number, found) if found else None

    def _of(self, place: str, number: int, block: str) -> BlockCycle:
        known = {mark: blocks.get(block, np.zeros(7)) for (of, mark), blocks in self._known.items() if of == place}
        *_, now = ranges = of_run(per_cycle(known, lambda _: None), self._cycles, number)
        before = ranges[-2][0] if len(ranges) > 1 else 0.0
        change = abs(now[0] - before) / before if before > 0.0 else None
        return BlockCycle(float(now[0]), _equivalent(now[1:]), change)

    def kept(self, step: str) -> dict[str, Array]:
        """What is known of the cycle that ends with a step, for a run that goes on."""
        number = self._marks.get(step)
        return {
            f"{_KEY}.{number}.{place}.{block}": values
            for (place, of), blocks in self._known.items()
            if of == number
            for block, values in blocks.items()
        }

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `kept` gave; other arrays may be among them."""
        for key, values in arrays.items():
            kind, _, rest = key.partition(".")
            if kind == _KEY:
                number, place, block = rest.split(".", 2)
                self._known.setdefault((place, int(number)), {})[block] = values


def _equivalent(strain: Array) -> float:
    """Von Mises' equivalent of a strain (6,) in Voigt order."""
    deviator = strain[:3] - strain[:3].mean()
    return float(np.sqrt(2.0 / 3.0 * (deviator @ deviator + 0.5 * (strain[3:] @ strain[3:]))))
