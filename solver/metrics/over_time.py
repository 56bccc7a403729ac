"""Warpage and stress in a field of a transient: an entry for every field the process passes."""

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.metrics.step_result import Moment
from solver.metrics.stress import StackStress
from solver.metrics.warpage import Warpage
from solver.units import to_celsius


def moment(time: float, field: fem.Function, shape: Warpage, stress: StackStress) -> Moment:
    """An entry of `over_time` of a step. Collective.

    Args:
        time: of the transient (s).
        field: temperature (K).
        shape: of the stack in it.
        stress: of its layers and blocks.
    """
    comm = field.function_space.mesh.comm
    low = comm.allreduce(float(field.x.array.min(initial=np.inf)), MPI.MIN)
    high = comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
    return Moment(time, to_celsius(low), to_celsius(high), shape, stress)
