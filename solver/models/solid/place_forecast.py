"""What the submodels of a case will take: each is in memory beside its whole, and is solved with every step."""

from dataclasses import replace

from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.submodel import Submodel as Wanted
from solver.metrics.places import likely
from solver.models.forecast import Problem
from solver.models.solid.problem import problem
from solver.models.solid.process_forecast import in_increments
from solver.remaining import of_step
from solver.stackup.place import Spot, cut_stack, own_stack
from solver.stackup.stack import StackUp

_ROOM = 298.15  # K
_INCREMENTS = 2  # of a place, for one of its whole


def place_problems(loaded: LoadedCase, ranks: int, increments: int) -> list[Problem]:
    """A problem for every submodel, in their order.

    Args:
        loaded: the case.
        ranks: MPI ranks.
        increments: of time of the whole, 0 where nothing remembers.
    """
    stacks: dict[str | None, StackUp] = {None: loaded.stack}
    found = []
    for one in loaded.case.submodels:
        stack = stacks[one.name] = _stack(loaded.case, one, stacks[one.within])
        found.append(_place(replace(loaded, stack=stack), plane_mesh(stack), ranks, one.name, increments))
    return found


def _stack(case: Case, one: Wanted, above: StackUp) -> StackUp:
    if one.layers:
        return own_stack(case, one, above)
    spot: Spot = likely(above, one.at, one.of or "") if isinstance(one.at, str) else one.at
    return cut_stack(one, above, spot)


def _place(loaded: LoadedCase, plane: PlaneMesh, ranks: int, name: str, increments: int) -> Problem:
    """Elastic: made and solved at the end of every step. In time: in increments of its own."""
    case, stack = loaded.case, loaded.stack
    assert case.process is not None
    cells = sum(int((plane.region[k] != EMPTY).sum()) * layer.cells for k, layer in enumerate(stack.layers))
    steps = range(len(case.process.steps))
    names = tuple(layer.name for layer in stack.layers)
    kelvin = case.process.stress_free_temperature or _ROOM
    one = problem(loaded, plane, ranks, f"submodel '{name}', {cells} cells", names, kelvin, len(steps))
    one = replace(one, setups=len(steps), beside=name)
    one = in_increments(one, _INCREMENTS * increments) if increments else one
    return replace(one, parts=tuple((of_step(number, False), one.seconds / len(steps)) for number in steps))
