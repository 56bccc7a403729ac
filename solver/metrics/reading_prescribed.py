"""What it takes to displace the places of a step: forces and moments on each."""

from typing import Any

import numpy as np
from mpi4py import MPI

from solver.case.displaced import Displaced, value_at
from solver.case.models import Case
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.physics.solid.driven import Driven, DrivenPlace
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.small_deflection import SmallDeflectionSolid


class PrescribedReading(Reading):
    """Of the places a step displaces."""

    @staticmethod
    def wanted(case: Case) -> "PrescribedReading | None":
        """Where a step displaces some."""
        steps = [] if case.process is None else case.process.steps
        return PrescribedReading() if any(isinstance(step.support, Displaced) for step in steps) else None

    def read(self, step: SolvedStep) -> Found | None:
        """Force and moment on every place. Collective."""
        solid = step.solid
        if not isinstance(solid, SmallDeflectionSolid | LargeDeflectionSolid):
            return None
        driven = solid.support.driven
        if not isinstance(driven, Driven):
            return None
        kelvin = step.temperature if isinstance(step.temperature, float) else 0.0  # in fields there are no tables
        return Found([_entry(solid, place, kelvin) for place in driven.places])


def _entry(solid: SmallDeflectionSolid | LargeDeflectionSolid, place: DrivenPlace, kelvin: float) -> dict[str, Any]:
    """Of the forces of a place on the stack, and their moment about the middle of the place as drawn."""
    out, comm = solid.reactions(), solid.stack_mesh.comm
    owned = place.unknowns < len(out)
    unknowns, x = place.unknowns[owned], place.x[owned]
    count, *total = comm.allreduce(np.concatenate([[len(x)], x.sum(axis=0)]), MPI.SUM)
    middle = np.array(total) / count
    forces = np.zeros((len(x), 3))
    forces[np.arange(len(x)), unknowns % 3] = out[unknowns]
    arm = x - middle
    if solid.green:
        arm = arm + solid.displacement.x.array.reshape(-1, 3)[unknowns // 3]
    work = float(out[unknowns] @ solid.displacement.x.array[unknowns])
    local = np.concatenate([forces.sum(axis=0), np.cross(arm, forces).sum(axis=0), [work]])
    *force, mx, my, mz, work = (float(value) for value in comm.allreduce(local, MPI.SUM))
    moved = place.moved
    turn = None if moved.turn is None else float(np.degrees(value_at(moved.turn.angle, kelvin)))
    given = [None if value is None else 1e6 * value_at(value, kelvin) for value in (moved.x, moved.y, moved.z)]
    return {
        "place": moved.place,
        "middle_mm": [float(1e3 * value) for value in middle],
        "displacement_um": given,
        "turn_deg": turn,
        "force_n": force,
        "moment_nmm": [1e3 * value for value in (mx, my, mz)],
        "work_mj": 1e3 * work,
    }
