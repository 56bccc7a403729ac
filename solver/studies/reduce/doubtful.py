"""What makes a reduced model doubtful, in words."""

from collections.abc import Iterator

from solver.studies.reduce.network import Network
from solver.studies.reduce.reduction import Reduced
from solver.units import in_percent, to_celsius

_NETWORK = 0.05
_STEP = 0.01, 10.0  # of the rise, times the tolerance


def doubtful(found: Reduced) -> Iterator[str]:
    """Doubts of the model and the network."""
    model, worst = found.model, max(visit.error for visit in found.growth.held_out)
    if found.nonlinear:
        at = f"{to_celsius(found.temperature):.4g} degC"
        yield (
            f"reduce: {', '.join(found.nonlinear)} taken as linear at {at}; the case as it stands is off by "
            f"{in_percent(found.nominal_error)} of its largest rise"
        )
    if found.resolved_from > model.shortest_time:
        yield (
            f"reduce: the mesh can follow the heat from {found.resolved_from:.2g} s on; what the model says of "
            f"{model.shortest_time:.2g} s is that of the mesh. Give the layers around the powers more `cells`, or ask "
            "for less (`reduce.shortest_time`)"
        )
    if not found.growth.reached:
        yield (
            f"reduce: {in_percent(worst)} is reached with {model.order} states, not {in_percent(model.tolerance)}; "
            "allow more (`reduce.most_states`) or ask for less (`reduce.tolerance`, `shortest_time`)"
        )
    if found.step.error > max(_STEP[0], _STEP[1] * model.tolerance):
        yield f"reduce: a step of power is off by {in_percent(found.step.error)} of the rise"
    if found.network is not None:
        yield from _far(found.network)
    elif not model.uniform.any():
        yield "reduce: no network of resistances, since a face is held at a temperature; give it a convection"


def _far(found: Network) -> Iterator[str]:
    junction = max(found.training.junction_max, found.held_out.junction_max)
    heat = max(found.training.heat_max, found.held_out.heat_max)
    if max(junction, heat) > _NETWORK:
        yield (
            f"reduce: the network of resistances is off by up to {in_percent(junction)} of a junction's rise and "
            f"{in_percent(heat)} of the power through a face; the state space is not"
        )
