"""The steps of a process as plain values: what is there when, and at which temperature each part is free of stress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from solver.case.forces import Load
from solver.case.process import Birth, Process, Step
from solver.case.support import Support
from solver.stackup.fillets import meant_by
from solver.stackup.stack import PlacedLayer


@dataclass(frozen=True)
class Stage:
    """The stack as a part of a step finds it: what is present, and what holds it.

    Attributes:
        parts: names of the blocks present, bottom to top.
        references: block -> temperature at which it is free of stress, in the shape it was born in (K).
        support: as the case has it.
        born: blocks that were not there in the stage before.
        birth: how they are born.
        pressed: True while the stack is held flat on a plane, whatever its support.
        cut_out: True for the package alone.
        loads: pressures and forces on it.
    """

    parts: tuple[str, ...]
    references: dict[str, float]
    support: Support
    born: frozenset[str] = frozenset()
    birth: Birth = "flat"
    pressed: bool = False
    cut_out: bool = False
    loads: tuple[Load, ...] = ()

    @property
    def held_by(self) -> Support:
        """What holds the stack: while it is pressed, a plane."""
        return "chuck" if self.pressed else self.support

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are there, in part at least, bottom to top."""
        return tuple(dict.fromkeys(part.partition("/")[0] for part in self.parts))

    def is_like(self, other: "Stage") -> bool:
        """True if the same problem serves both, at uniform temperature or both in a field."""
        one, two = (replace(stage, born=frozenset(), birth="flat") for stage in (self, other))
        return one == two


@dataclass(frozen=True)
class PlannedStep:
    """One step, ready to solve.

    Attributes:
        name: of the step.
        temperature: of the step (K); None for the solved temperature field.
        stages: what the stack goes through at that temperature; the first is the way there.
        seconds: from the start of the process to the end of this step, None if a step before does not say.
        at: time (s) of the temperature field, None: at its end.
        before: temperature the step begins at (K); None for a temperature field.
        lasts: seconds the step says it takes, None if it does not.
        counted: seconds to the end of this step, those of steps that do not say left out.
        opens: how far its loads move (m), whose size is unknown then; None: as they are.
    """

    name: str
    temperature: float | None
    stages: tuple[Stage, ...]
    seconds: float | None
    at: float | None = None
    before: float | None = None
    lasts: float | None = None
    counted: float = 0.0
    opens: float | None = None

    @property
    def end(self) -> Stage:
        """The stack as the step leaves it."""
        return self.stages[-1]


def plan(process: Process, layers: Sequence[PlacedLayer]) -> tuple[PlannedStep, ...]:
    """Follow the steps of a checked process.

    A layer no step builds exists from the start, free of stress at `stress_free_temperature`; a layer a step builds is
    free of stress at the temperature of that step. What a part or its material says of itself goes before both.

    Args:
        process: of the case.
        layers: all layers, bottom to top.
    """
    order = [name for layer in layers for name in layer.blocks]
    built = {name for step in process.steps for name in named(step.build, layers)}
    start = tuple(name for name in order if name not in built)
    reference = process.stress_free_temperature
    own = {name: layer.origin_of(name).temperature for layer in layers for name in layer.blocks}
    now = Stage(start, {name: _stated(own[name], reference or 0.0) for name in start}, process.steps[0].support)
    first = process.steps[0].temperature
    temperature = reference if reference is not None and (start or isinstance(first, str)) else first
    temperature = None if isinstance(temperature, str) else temperature
    seconds: float | None = 0.0
    counted = 0.0
    planned = []
    for step in process.steps:
        kelvin = temperature if step.temperature is None else step.temperature
        kelvin = None if isinstance(kelvin, str) else kelvin
        lasts = _lasting(step, temperature, kelvin)
        still = lasts is None and kelvin == temperature and kelvin is not None
        seconds = None if seconds is None or (lasts is None and not still) else seconds + (lasts or 0.0)
        counted += lasts or 0.0
        stages = tuple(_stages(step, now, kelvin, layers, own))
        planned.append(
            PlannedStep(step.name, kelvin, stages, seconds, step.at, temperature, lasts, counted, step.opens)
        )
        now, temperature = replace(stages[-1], born=frozenset()), kelvin
    return tuple(planned)


def heated(process: Process | None, layers: Sequence[PlacedLayer]) -> Stage | None:
    """The stack that heat is solved in: that of the first step in the temperature field; None: all layers."""
    steps = plan(process, layers) if process is not None else ()
    return next((step.end for step in steps if step.temperature is None), None)


def named(names: Sequence[str], layers: Sequence[PlacedLayer]) -> tuple[str, ...]:
    """The blocks that names of layers (all of their blocks) and of single regions (`layer/region`) mean."""
    beads = {f"{layer.name}/{one.name}": one.comes_with for layer in layers for one in layer.regions if one.comes_with}
    meant = meant_by({layer.name: layer.blocks for layer in layers}, beads)
    return tuple(block for name in names for block in meant.get(name, (name,)))


def _stages(
    step: Step, now: Stage, kelvin: float | None, layers: Sequence[PlacedLayer], own: Mapping[str, float | None]
) -> Iterator[Stage]:
    now = replace(now, support=step.support, loads=tuple(step.loads))
    removed = set(named(step.remove, layers))
    born = [name for name in named(step.build, layers) if name not in now.parts]
    if now.parts:
        yield now
    if removed:
        left = tuple(name for name in now.parts if name not in removed)
        now = replace(now, parts=left, references={name: now.references[name] for name in left})
        yield now
    if step.singulate is not None:
        yield replace(now, cut_out=True)
    if born:
        assert kelvin is not None  # the case file was checked for it
        if now.parts and step.birth == "pressed":
            yield replace(now, pressed=True)
        parts = tuple(name for name in own if name in now.parts or name in born)
        references = {name: _stated(own[name], kelvin) if name in born else now.references[name] for name in parts}
        yield replace(now, parts=parts, references=references, born=frozenset(born), birth=step.birth)


def _stated(own: float | None, otherwise: float) -> float:
    return otherwise if own is None else own


def _lasting(step: Step, before: float | None, after: float | None) -> float | None:
    """Seconds a step says it takes, None if it does not."""
    if step.duration is not None:
        return step.duration
    change = None if before is None or after is None else abs(after - before)
    return None if step.rate is None or change is None else change / step.rate
