"""Warpage and stress against the time of a transient: an entry for every field the process passes."""

from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.metrics.step_result import Moment
from solver.metrics.stress import StackStress
from solver.metrics.warpage import Warpage
from solver.output.summary import parts
from solver.units import to_celsius

_SHAPE = ("warpage_um", "signed_warpage_um", "bow_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m")
_STRESS = ("max_von_mises_mpa", "max_principal_mpa", "min_principal_mpa", "strain_energy_mj")


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


def course(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of all steps of a summary, in order."""
    return [point for step in steps for point in step.get("over_time") or ()]


def columns(steps: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of `over_time.csv`; none where no step is in the field of a transient."""
    points = course(steps)
    if not points:
        return {}
    keys = ("thermal_time_s", "min_temperature_degc", "max_temperature_degc", *_SHAPE)
    table = {key: [point.get(key) for point in points] for key in keys}
    for block in parts(points[0]):
        table |= {f"{block} {key}": [parts(point).get(block, {}).get(key) for point in points] for key in _STRESS}
    return table
