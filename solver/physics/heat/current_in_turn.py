"""Heat and current solved in turn until the temperature stays."""

from typing import Protocol

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.errors import NotConvergedError
from solver.linalg.anderson import Anderson
from solver.linalg.krylov import SolveRecord
from solver.physics.current.joule import JouleHeat

_MOST_ROUNDS = 60
_ROUGH, _CLOSER = 1.0, 1e-3  # tolerance of the first round (K), and of the others as a part of the last change
_SETTLED = 10.0  # times the tolerance of Newton's method, for the change of a round
_COLDEST = 1.0  # K
_MOLTEN = 3000.0  # K: no conductor is solid, and resistivities end


class HeatInTurn(Protocol):
    """What is asked of a heat problem that is solved in turn with a current."""

    stack_mesh: StackMesh
    space: fem.FunctionSpace
    temperature: fem.Function

    @property
    def is_steady(self) -> bool:
        """True if nothing stores heat."""

    def newton(self, tolerance: float, last: bool = True) -> tuple[int, int, SolveRecord]:
        """Solve to a tolerance (K): Newton and linear iterations, and the record of the last solve."""

    def runaway(self) -> str:
        """What may have made it run away, in words."""


def in_turn(heat: HeatInTurn, joule: JouleHeat, tolerance: float) -> tuple[int, int, SolveRecord]:
    """Solve a heat problem, from its temperature as it is, with a circuit that follows it. Collective.

    While currents are given their density is held first; if no temperature is stable then, they may yet go where it is
    cooler, and the field is held from there on.

    Args:
        heat: the problem.
        joule: its Joule heat.
        tolerance: of Newton's method (K).

    Returns:
        Newton iterations, linear iterations of all of them, and the record of the last linear solve.

    Raises:
        NotConvergedError: no temperature is found, most likely because none is stable.
    """
    comm, values = heat.stack_mesh.comm, heat.temperature.x.array
    mixing = Anderson(comm, heat.space.dofmap.index_map.size_local)
    newton = linear = 0
    wanted = _ROUGH
    for _ in range(_MOST_ROUNDS):
        before = values.copy()
        joule.follow(heat.temperature)
        try:
            count, more, record = heat.newton(max(tolerance, wanted), last=wanted <= tolerance)
        except NotConvergedError:
            if not joule.keeps_current:
                raise
            joule.keeps_current = False
            values[:] = before
            mixing.forget()
            continue
        newton, linear = newton + count, linear + more
        change = comm.allreduce(np.abs(values - before).max(initial=0.0), MPI.MAX)
        rise = comm.allreduce(np.ptp(values) if len(values) else 0.0, MPI.MAX)
        limit = _SETTLED * tolerance * (max(1.0, rise) if heat.is_steady else 1.0)
        molten = comm.allreduce(float(values.max(initial=0.0)), MPI.MAX) > _MOLTEN
        settled = change < limit and wanted <= tolerance
        if settled and not molten:
            return newton, linear, record
        if settled or (molten and joule.has_currents):
            break
        wanted = _CLOSER * change if change >= limit / _CLOSER else 0.0
        values[:] = np.maximum(mixing.next(before, values), _COLDEST)
    raise NotConvergedError(f"heat{heat.runaway()}")
