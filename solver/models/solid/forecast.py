"""What a case of 3-D solids will take: heat, current and the steps of its process, as problems."""

import numpy as np

from meshes.conductors import conductors
from meshes.count import nodes
from meshes.interfaces import ThermalInterface
from meshes.plane import EMPTY, PlaneMesh
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.linalg import estimate
from solver.linalg.choose import decide_nets
from solver.linalg.estimate import Size
from solver.materials import library
from solver.models.forecast import Problem
from solver.models.solid.place_forecast import place_problems
from solver.models.solid.problem import problem
from solver.models.solid.process_forecast import increments_of_time, process_problems
from solver.process.plan import heated
from solver.remaining import CURRENT, HEAT

_ROUNDS = 4  # of current and heat in turn
_IN_TIME = 120  # solves of a transient: two a step, some sixty steps from a jump of power to rest
_A_DECADE = 40  # of a response to a step of power, whose steps are held to less


def problems(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """The problems of a case of 3-D solids, in their order, submodels last.

    Args:
        loaded: the case.
        plane: its in-plane mesh.
        ranks: MPI ranks.
    """
    found = [*heat_problems(loaded, plane, ranks), *process_problems(loaded, plane, ranks)]
    places = place_problems(loaded, ranks, increments_of_time(loaded)) if loaded.case.submodels else ()
    return [*found, *places]


def heat_problems(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """Those of heat and of currents, as far as a case has them; arguments as of `problems`."""
    case, found = loaded.case, []
    if case.thermal is not None:
        found.append(_heat(loaded, plane, ranks).of(HEAT))
    if case.electric is not None:
        found.append(_current(loaded, plane, ranks).of(CURRENT))
    return found


def _heat(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> Problem:
    """Heat in all layers, or in those that are there when the process comes to be in its field."""
    stage = heated(loaded.case.process, loaded.stack.layers)
    names = tuple(layer.name for layer in loaded.stack.layers) if stage is None else stage.layers
    return problem(loaded, plane, ranks, "heat", names, None, _heat_solves(loaded.case))


def _current(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> Problem:
    """The current in the conductors: a solve for each terminal with a current, in every round with the heat problem."""
    case, stack, electric = loaded.case, loaded.stack, loaded.case.electric
    assert electric is not None
    alone = conductors(
        stack,
        plane,
        lambda choice: library.resolve(choice, case.materials).has("electrical_resistivity"),
        electric.terminals,
        [ThermalInterface(one.between, 1.0 / one.resistance) for one in electric.contacts],
    ).plane
    present = [layer for layer, region in zip(stack.layers, alone.region, strict=True) if (region != EMPTY).any()]
    unknowns = nodes(stack, alone, tuple(layer.name for layer in present))
    thickness = max(layer.top for layer in present) - min(layer.bottom for layer in present)
    decision = decide_nets(case.analysis.solver, unknowns, plane, thickness)
    size = Size(unknowns, estimate.columns(alone), 1, 1.0, plane.width / thickness)
    solves = max(1, sum(one.current is not None for one in electric.terminals))
    rounds = 1 if case.thermal is None else _ROUNDS * (1 if case.analysis.transient is None else _IN_TIME)
    cost = estimate.MODELS[decision.method](size, ranks)
    return Problem("current", size, decision, cost, rounds * solves)


def _heat_solves(case: Case) -> int:
    """Linear solves of the heat problem, the step response and the influence of the sources included."""
    response, report = case.analysis.impedance, case.report
    solves = 1 if case.analysis.transient is None else _IN_TIME
    if response is not None:
        solves += round(_A_DECADE * np.log10(response.end / response.start))
    if report.influence and case.thermal is not None:
        solves += len(case.thermal.power)
    return solves + (1 if report.limits and case.analysis.transient is None else 0)
