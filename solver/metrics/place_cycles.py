"""What every thermal cycle does to the blocks of a place: inelastic strain along its path, and what stays of strain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Array
from solver.case.process import Process
from solver.metrics.memory_means import block_means
from solver.metrics.reading_life import cycles_of
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
        names = [step.name for step in process.steps]
        self._ends = {found.end: number for number, found in cycles_of(process).items()}
        first = next((k for k, step in enumerate(process.steps) if step.cycle is not None), 0)
        if first:
            self._ends.setdefault(names[first - 1], 0)
        self._known: dict[tuple[str, int], dict[str, Array]] = {}

    def read(self, place: str, step: str, solid: Solid, stress: StackStress) -> PlaceCycle | None:
        """A place after a step; None unless a cycle ends with it. Collective."""
        number = self._ends.get(step)
        means = None if number is None else block_means(solid)
        if number is None or means is None:
            return None
        now = {}
        for name, one in stress.blocks.items():
            if one.equivalent_inelastic_strain_mean is not None:
                now[name] = np.array([one.equivalent_inelastic_strain_mean, *means[name].strain])
        self._known[place, number] = now
        found = {name: self._of(place, number, name, values) for name, values in now.items()}
        return PlaceCycle(number, found) if number and found else None

    def _of(self, place: str, number: int, block: str, now: Array) -> BlockCycle:
        ends = [self._known.get((place, number - back), {}).get(block, np.zeros(7)) for back in (1, 2)]
        path, before = now[0] - ends[0][0], ends[0][0] - ends[1][0]
        compared = (place, number - 1) in self._known and number > 1
        change = abs(path - before) / before if compared and before > 0.0 else None
        return BlockCycle(float(path), _equivalent(now[1:] - ends[0][1:]), change)

    def kept(self, step: str) -> dict[str, Array]:
        """What is known of the cycle that ends with a step, for a run that goes on."""
        number = self._ends.get(step)
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
