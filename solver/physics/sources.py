"""What makes heat in the cells of a mesh, over time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Array, Integers
from solver.signals import Signal


@dataclass(frozen=True)
class Channel:
    """Heat made in some local cells: density (W/m^3) times a factor that changes with time, and whose heat it is.

    Attributes:
        of_block: True for a block of a floorplan or a place of a grid, whose temperature is told.
    """

    cells: Integers
    density: Array
    factor: Signal
    name: str = ""
    of_block: bool = False


@dataclass(frozen=True)
class Leak:
    """Leakage of some local cells: density (W/m^3) times exp(exponent (T - reference)) at the local temperature."""

    cells: Integers
    density: Array
    reference: float
    exponent: float


@dataclass(frozen=True)
class Coarse:
    """What a map or floorplan loses on the mesh, which has its mean over each cell.

    Attributes:
        file: its path.
        layer, region: where it is.
        flux: (plane cells,) root mean square (W/m^2) of power per area about its mean over the cell.
    """

    file: str
    layer: str | None
    region: str | None
    flux: Array


@dataclass(frozen=True)
class Sources:
    """All that makes heat.

    Attributes:
        count: local cells.
        channels: independent of temperature.
        leaks: that grow with temperature.
        coarse: what maps and floorplans lose.
    """

    count: int
    channels: tuple[Channel, ...]
    leaks: tuple[Leak, ...] = ()
    coarse: tuple[Coarse, ...] = ()

    def at(self, time: float) -> Array:
        """(local cells,) W/m^3 at a time (s), without leakage."""
        return self._sum([channel.factor.at(time) for channel in self.channels])

    def steady(self) -> Array:
        """(local cells,) W/m^3, means over time, without leakage."""
        return self._sum([channel.factor.mean() for channel in self.channels])

    def next_break(self, time: float) -> float:
        """First time after `time` at which a source jumps or has a kink; inf if there is none."""
        return min((channel.factor.next_break(time) for channel in self.channels), default=np.inf)

    def leakage(self, temperature: Array) -> tuple[Array, Array]:
        """Leakage (W/m^3) and its derivative (W/m^3/K) at temperatures (K) of shape (cells, points)."""
        made, slope = np.zeros_like(temperature), np.zeros_like(temperature)
        for leak in self.leaks:
            with np.errstate(over="ignore"):  # a runaway is told by what follows
                growth = np.exp(leak.exponent * (temperature[leak.cells] - leak.reference))
            made[leak.cells] += leak.density[:, None] * growth
            slope[leak.cells] += leak.exponent * leak.density[:, None] * growth
        return made, slope

    def _sum(self, factors: list[float]) -> Array:
        if not self.channels:
            return np.zeros(self.count)
        cells, density, owner = self._spread
        found = np.bincount(cells, density * np.array(factors)[owner], self.count)
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def _spread(self) -> tuple[Integers, Array, Integers]:
        """Cell, density and channel of all heat."""
        cells = np.concatenate([channel.cells for channel in self.channels])
        owner = np.repeat(np.arange(len(self.channels)), [len(channel.cells) for channel in self.channels])
        return cells, np.concatenate([channel.density for channel in self.channels]), owner
