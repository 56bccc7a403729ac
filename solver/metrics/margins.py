"""How far regions are from the temperatures they may have, and the power that takes them there."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.case.figures import Limit
from solver.metrics.heat_summary import HistorySummary, Margin
from solver.metrics.probes import blocks_named
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.influence import densities
from solver.physics.heat.response import Response
from solver.units import to_celsius


def steady(problem: HeatProblem, response: Response, limits: Sequence[Limit]) -> list[Margin]:
    """Margins of a steady state: one more solve tells how temperatures grow with the power. Collective."""
    mesh = problem.stack_mesh
    load = response.load(np.sum(list(densities(problem.sources, on=False).values()), axis=0, initial=0.0))
    power = mesh.stack.multiplicity * mesh.comm.allreduce(float(load.sum()), MPI.SUM)
    rise = response.rise(load) if power > 0 else np.zeros(len(problem.temperature.x.array))
    found = []
    for limit in limits:
        nodes = _nodes(mesh, problem.space.dofmap.list, limit.region)
        temperature = problem.temperature.x.array[nodes]
        hottest = mesh.comm.allreduce(float(temperature.max(initial=-np.inf)), MPI.MAX)
        factor = 1.0 + mesh.comm.allreduce(_least(limit.temperature - temperature, rise[nodes]), MPI.MIN)
        at_limit = factor * power if power > 0 and 0.0 < factor < np.inf else None
        found.append(_margin(limit, to_celsius(hottest), at_limit))
    return _marked(found)


def in_time(history: HistorySummary, mesh: StackMesh, limits: Sequence[Limit]) -> list[Margin]:
    """Margins at the hottest instant of each region, from the `history` of a transient."""
    found = []
    for limit in limits:
        names = {mesh.blocks[index].name for index in blocks_named(mesh.blocks, limit.region)}
        peak = max(max(history.regions[name].max_temperature_degc) for name in names)
        found.append(_margin(limit, peak, None))
    return _marked(found)


def _nodes(mesh: StackMesh, dofs: Integers, name: str) -> Integers:
    return np.unique(dofs[: len(mesh.block)][np.isin(mesh.block, blocks_named(mesh.blocks, name))])


def _least(left: Array, rise: Array) -> float:
    """Least part of the power that has to be added for one place to reach its limit."""
    warming = rise > 0
    return float((left[warming] / rise[warming]).min(initial=np.inf))


def _margin(limit: Limit, temperature: float, at_limit: float | None) -> Margin:
    allowed = to_celsius(limit.temperature)
    return Margin(limit.region, allowed, temperature, allowed - temperature, at_limit)


def _marked(found: list[Margin]) -> list[Margin]:
    powers = [np.inf if one.power_at_limit_w is None else one.power_at_limit_w for one in found]
    first = int(np.argmin(powers if min(powers) < np.inf else [one.margin_k for one in found]))
    return [replace(one, limiting=index == first) for index, one in enumerate(found)]
