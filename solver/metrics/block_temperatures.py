"""Temperatures of the blocks of floorplans and of the places of grids, which need not follow the cells."""

import numpy as np
from mpi4py import MPI

from solver.metrics.heat_summary import BlockTemperatures
from solver.metrics.probes import Temperatures
from solver.physics.heat.conduction import HeatProblem
from solver.units import to_celsius

_HALF = 0.5  # of its highest density: cells that are more of a block than of its neighbours


def blocks(problem: HeatProblem) -> dict[str, BlockTemperatures]:
    """Power (mean over time), mean and highest temperature of each block; empty where there is none. Collective.

    Args:
        problem: solved; its temperature is what is read.
    """
    mesh = problem.stack_mesh
    channels = [channel for channel in problem.sources.channels if channel.of_block]
    if not channels:
        return {}
    field = Temperatures(mesh, problem.temperature)
    densest = np.array([channel.density.max(initial=0.0) for channel in channels])
    mesh.comm.Allreduce(MPI.IN_PLACE, densest, MPI.MAX)
    sums, highest = np.zeros((len(channels), 2)), np.full(len(channels), -np.inf)
    for number, channel in enumerate(channels):
        weight = channel.density * field.volumes[channel.cells]
        sums[number] = weight.sum(), weight @ field.means[channel.cells]
        inside = channel.cells[channel.density > _HALF * densest[number]]
        highest[number] = field.values_in(inside).max(initial=-np.inf)
    mesh.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
    mesh.comm.Allreduce(MPI.IN_PLACE, highest, MPI.MAX)
    whole = mesh.stack.multiplicity
    return {
        channel.name: BlockTemperatures(
            power_w=channel.factor.mean() * float(total) * whole,
            mean_temperature_degc=to_celsius(float(weighed / total)),
            max_temperature_degc=to_celsius(float(most)),
        )
        for channel, (total, weighed), most in zip(channels, sums, highest, strict=True)
        if total > 0.0
    }
