"""Heat and mechanics in turn until the resistances that follow the mechanics reproduce themselves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.case.thermal import Coupling
from solver.linalg.choose import Choice
from solver.metrics.heat_summary import CouplingSummary, CouplingTurn
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.heat_flow import HeatSolution
from solver.physics.heat.interface_conductance import InterfaceConductance
from solver.physics.heat.interfaces import ThermalInterfaces
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.plan import PlannedStep, Stage
from solver.process.stage_model import SmallDeflection, StageModel
from solver.units import in_percent, to_celsius

_LEAST, _MOST = 0.05, 1.0  # relaxation


@dataclass(frozen=True)
class Coupled:
    """Outcome.

    Attributes:
        solution: the last heat solution.
        factors: (owned cells of the heat mesh,) on conductances it was solved with.
        summary: what is told of it.
    """

    solution: HeatSolution
    factors: Array
    summary: CouplingSummary


def mechanics(
    steps: tuple[PlannedStep, ...], setting_of: Callable[[Stage, bool, StageModel | None], StageModel], solver: Choice
) -> SmallDeflection:
    """The process at small deflection up to its first step in the temperature field, which is not solved yet.

    Args:
        steps: of the process.
        setting_of: gives a stage its mesh, from whether it is in the temperature field and the stage before.
        solver: which linear solver.
    """
    linear, before = SmallDeflection(solver), None
    for step in steps:
        for stage in step.stages:
            setting = setting_of(stage, step.temperature is None, before)
            if before is None or not setting.is_like(before):
                linear.enter(setting)
            before = setting
            if step.temperature is not None:  # births stand on it
                linear.problem.solve(step.temperature)
        if step.temperature is None:
            break
    return linear


def solve(
    heat: HeatProblem,
    solid: SmallDeflectionSolid,
    thermal: ThermalInterfaces,
    conductance: InterfaceConductance,
    settings: Coupling,
    log: Callable[[str], None],
) -> Coupled:
    """Fixed point of the resistances, in their logarithms, by Aitken's relaxation.

    U. Kuettler, W. A. Wall, Comput. Mech. 43, 61, 2008, equation 44. Collective.

    Args:
        heat: of the steady state.
        solid: of the step whose field it is.
        thermal: meshes of both.
        conductance: what the mechanics make of resistances.
        settings: when to end.
        log: takes a line on how far it is.

    Raises:
        NotConvergedError: a heat or mechanics problem was not solved.
    """
    comm, logs, relaxation = solid.stack_mesh.comm, np.log(conductance.drawn()), _MOST
    before: Array | None = None
    course: list[CouplingTurn] = []
    while True:
        heat.scale_across(np.exp(logs))
        solution = heat.solve()
        field = thermal.without(solution.temperature)
        solid.solve(field)
        residual = np.log(conductance.factors(solid, field)) - logs
        change = comm.allreduce(float(np.abs(residual).max(initial=0.0)), MPI.MAX)
        highest = comm.allreduce(float(field.x.array.max(initial=-np.inf)), MPI.MAX)
        course.append(CouplingTurn(to_celsius(highest), change, relaxation))
        log(f"heat and mechanics, iteration {len(course)}: resistances change by {in_percent(change)}")
        if change <= settings.tolerance or len(course) == settings.most_iterations:
            break
        if before is not None:
            turn = residual - before
            along, square = comm.allreduce(np.array([before @ turn, turn @ turn]), MPI.SUM)
            relaxation = float(np.clip(-relaxation * along / square, _LEAST, _MOST)) if square else _MOST
        logs, before = logs + relaxation * residual, residual
    found = CouplingSummary(change <= settings.tolerance, len(course), change, course, *conductance.summary())
    return Coupled(solution, np.exp(logs), found)
