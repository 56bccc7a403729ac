"""The steps of a process as plain values: which layers are there, and at which temperature each is free of stress."""

from collections.abc import Sequence
from dataclasses import dataclass

from solver.case.process import Process, Step
from solver.case.support import Support


@dataclass(frozen=True)
class PlannedStep:
    """One step, ready to solve.

    Attributes:
        name: of the step.
        temperature: at its end (K); None for the solved temperature field.
        layers: names of the layers present, bottom to top.
        references: layer -> temperature at which it is free of stress on the original plane (K).
        support: as the case has it.
    """

    name: str
    temperature: float | None
    layers: tuple[str, ...]
    references: dict[str, float]
    support: Support


def plan(process: Process, layers: Sequence[str]) -> tuple[PlannedStep, ...]:
    """Follow the steps of a checked process.

    A layer no step builds exists from the start, free of stress at `stress_free_temperature`; a layer a step builds is
    born flat, free of stress at the temperature of that step.

    Args:
        process: of the case.
        layers: all layer names, bottom to top.
    """
    built = {name for step in process.steps for name in step.build}
    present = {name for name in layers if name not in built}
    references = dict.fromkeys(present, process.stress_free_temperature or 0.0)
    planned = []
    for step in process.steps:
        present = (present | set(step.build)) - set(step.remove)
        references |= {name: _birth_temperature(step) for name in step.build}
        here = tuple(name for name in layers if name in present)
        born = {name: references[name] for name in here}
        planned.append(PlannedStep(step.name, step.temperature, here, born, step.support))
    return tuple(planned)


def _birth_temperature(step: Step) -> float:
    if step.temperature is None:
        raise ValueError("a step that builds layers has a temperature")  # the case file was checked for it
    return step.temperature
