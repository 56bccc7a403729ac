"""What a run says of a step: where it is, what happens there, how its linear solves go."""

from collections.abc import Callable

from dolfinx import fem

from solver.linalg.stopping import Iteration, Monitor
from solver.process.plan import PlannedStep, Stage
from solver.units import to_celsius


def where(temperature: float | fem.Function, time: float | None = None) -> str:
    """The temperature (K), or the field and its time (s) if it has one."""
    if isinstance(temperature, fem.Function):
        return "in the temperature field" + ("" if time is None else f" at {time:.6g} s")
    return f"at {to_celsius(temperature):.4g} degC"


def what(step: PlannedStep, stage: Stage) -> str:
    """Which stage of a step that has several."""
    if len(step.stages) == 1:
        return ""
    return f", {event(stage)}" if stage is not step.stages[0] else ", before layers come or go"


def event(stage: Stage) -> str:
    """What a stage begins with."""
    if stage.pressed:
        return "pressed flat"
    if stage.born:
        return f"with {', '.join(part for part in stage.parts if part in stage.born)}"
    return "package cut out" if stage.cut_out else "layers removed"


def iterations(tell: Callable[[str], None]) -> Monitor:
    """Words on the iterations of a linear solver."""

    def monitor(now: Iteration) -> None:
        warped = "" if now.observed is None else f", warpage {1e6 * now.observed:.7g} um"
        wait = "" if now.seconds_left is None else f", about {now.seconds_left:.0f} s left"
        tell(f"iteration {now.number}, residual {now.residual:.1e}{warped}{wait}")

    return monitor
