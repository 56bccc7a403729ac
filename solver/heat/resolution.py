"""From what time on the cells above and below a source of heat can follow it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.case.transient import Transient
from solver.materials.material import Material
from solver.metrics.heat_summary import Resolution
from solver.physics.heat.conduction import HeatProblem

_FOURIER = 0.07  # k t / (c h^2) of a cell of degree 2 from which its face is right to 1 %
_COARSER = 4.0  # times sqrt(c / k) h of all before it: a cell that makes the rise at the source wrong by 1 %
_LEADS = 0.5  # of the effusivity of the other side: a side of less takes little of the heat
_SHOWS = 0.2  # of the resistance before it, that of a cell whose error shows at the source
_BREAKS = 64  # of a signal that are looked at for the shortest level


@dataclass(frozen=True)
class Blind:
    """Time after a jump of heat in which some cell does not follow (s): from when heat is there to when it does."""

    start: float
    end: float


def resolved_from(blind: Sequence[Blind]) -> float:
    """Time (s) after a jump of heat from which all cells it passes follow."""
    return max((one.end for one in blind), default=0.0)


def unresolved(blind: Sequence[Blind], times: Sequence[float]) -> list[float]:
    """Those of some times (s) after a jump at which a cell does not follow."""
    return [time for time in times if any(one.start < time < one.end for one in blind)]


def blind_times(stack_mesh: StackMesh, materials: Sequence[Material], made: Mask, temperature: float) -> list[Blind]:
    """When cells above and below a source are too high. Collective; the same on every rank.

    Heat spreads up and down from where it is made; behind the first cell only a side counts that takes it up. A cell of
    height h, heat capacity c and conductivity k is followed from 0.07 c h^2 / k on. That matters from when heat is
    there, which has passed the cells before it in 0.07 (sum of h sqrt(c / k))^2, if h sqrt(c / k) is more than 4 times
    that sum and h / k not small beside their resistance. A copper plate of one cell under 0.5 mm of silicon in fine
    cells was off by 0.9, 6.8 and 20 % of the rise at the source at 3.5, 10.5 and 28 times.

    Args:
        stack_mesh: the mesh of heat.
        materials: one per block.
        made: (local cells,) where heat is made or enters.
        temperature: (K) of the properties.
    """
    stored, across = np.zeros(len(materials)), np.ones(len(materials))
    for index, material in enumerate(materials):
        stored[index] = material.density * float(material.specific_heat(temperature))
        across[index] = float(np.asarray(material.conductivity(temperature))[2])
    found: set[Blind] = set()
    for blocks, heights, heated in _kinds_of_columns(stack_mesh, made):
        c, k = stored[blocks], across[blocks]
        delay, resistance, effusivity = heights * np.sqrt(c / k), heights / k, np.sqrt(c * k)
        places = np.flatnonzero(heated)
        for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
            ways = np.arange(run[-1], len(heights)), np.arange(run[0], -1, -1)
            takes = [effusivity[way[1]] if len(way) > 1 else 0.0 for way in ways]
            for way, take in zip(ways, takes, strict=True):
                far = len(way) if take >= _LEADS * max(takes) else 2
                found |= _blind(delay[way][:far], resistance[way][:far])
    return list(set().union(*stack_mesh.comm.allgather(found)))


def _blind(delay: Array, resistance: Array) -> set[Blind]:
    """Cells that follow too late, along a way that heat takes; delays are roots of times."""
    before, passed = np.cumsum(delay) - delay, np.cumsum(resistance) - resistance
    counts = (delay > _COARSER * before) & (resistance > _SHOWS * passed)
    counts[:2] = True
    spans = _FOURIER * np.column_stack([before, delay])[counts] ** 2
    return {Blind(float(start), float(end)) for start, end in spans if end > start}


def _kinds_of_columns(stack_mesh: StackMesh, made: Mask) -> list[tuple[Integers, Array, Mask]]:
    """Blocks, heights (m) and heated cells, upwards, of every kind of piece of a column without a gap."""
    column, interval = stack_mesh.column, stack_mesh.interval
    _, row = np.unique(column, return_inverse=True)
    here = np.zeros((int(row.max(initial=-1)) + 1, int(interval.max(initial=-1)) + 1), dtype=np.int64)
    here[row, interval] = 2 * (stack_mesh.block + 1) + made
    heights = np.zeros(here.shape[1])
    heights[interval] = stack_mesh.heights
    found: list[tuple[Integers, Array, Mask]] = []
    for kind in np.unique(here, axis=0):
        filled = np.flatnonzero(kind)
        for piece in np.split(filled, np.flatnonzero(np.diff(filled) > 1) + 1):
            heated = kind[piece] % 2 == 1
            if heated.any():
                found.append((kind[piece] // 2 - 1, heights[piece], heated))
    return found


def heated_cells(problem: HeatProblem) -> Mask:
    """(local cells,) where power is made, or where a given flux or temperature enters through a top or bottom face."""
    stack_mesh, made = problem.stack_mesh, np.zeros(len(problem.stack_mesh.block), dtype=bool)
    for channel in problem.sources.channels:
        made[channel.cells[channel.density > 0.0]] = True
    domain = stack_mesh.mesh
    domain.topology.create_connectivity(2, 3)
    cells_of = domain.topology.connectivity(2, 3)
    for one in problem.exchanges:
        boundary = one.boundary
        given = boundary.flux is not None or boundary.temperature is not None
        if given and not boundary.face.endswith("sides"):
            cells = np.array([cells_of.links(facet)[0] for facet in one.facets], dtype=np.int64)
            made[cells[cells < len(made)]] = True
    return made


def in_time(problem: HeatProblem, materials: Sequence[Material], settings: Transient) -> Resolution:
    """What the summary of a transient says of the mesh.

    From when on after a jump all its cells follow (s), and times the case asks for at which some do not yet.

    Args:
        problem: of the transient.
        materials: one per block.
        settings: of the case.
    """
    temperature = problem.temperature.x.array[0] if settings.start is None else settings.start
    blind = blind_times(problem.stack_mesh, materials, heated_cells(problem), float(temperature))
    asked = [*settings.kept, shortest_level(problem, settings.duration)]
    return Resolution(resolved_from(blind), unresolved(blind, asked))


def shortest_level(problem: HeatProblem, end: float) -> float:
    """Shortest time (s) for which a source or a temperature holds one value before it changes, up to `end`; or inf."""
    signals = [channel.factor for channel in problem.sources.channels]
    signals += [one.surroundings for one in problem.exchanges if one.surroundings is not None]
    shortest = np.inf
    for signal in signals:
        last = 0.0
        for _ in range(_BREAKS):
            following = signal.next_break(last)
            if following >= end:
                break
            if signal.at(0.5 * (last + following)) == signal.at(following):
                shortest = min(shortest, following - last)
            last = following
    return float(shortest)
