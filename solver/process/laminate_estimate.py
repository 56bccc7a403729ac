"""The cheaper rung beside the dearer one: classical laminate theory for every step of a solid run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from solver.metrics.step_result import Comparison
from solver.physics.solid.laminate import (
    Birth,
    LaminateState,
    Ply,
    Slenderness,
    dome,
    free_energy,
    free_state,
    plies,
    slenderness,
)
from solver.process.by_increments import Leg, MaterialOf, goes_by_increments, materials_of, remembered, shape
from solver.process.plan import PlannedStep, Stage
from solver.stackup.stack import PlacedLayer, StackUp

LARGE = 0.025  # error of small deflection from which large is chosen: 3 %, less what an estimate of it may be off
_SCAN, _STRIDE = 41, 4  # temperatures tried for the bifurcation, of which every fourth is looked at first


@dataclass(frozen=True)
class Laminate:
    """A stage as a laminate.

    Attributes:
        stack: the stack-up, of the package alone where it is cut out.
        stage: what is present.
        births: block -> strain and curvature of the laminate it was born on.
        material_of: material of a layer or region.
        before: the way of the process up to it.
        begins: temperature there (K); None: not known.
    """

    stack: StackUp
    stage: Stage
    births: Mapping[str, Birth]
    material_of: MaterialOf
    before: tuple[Leg, ...] = ()
    begins: float | None = None

    def way(self, temperature: float) -> tuple[Leg, ...]:
        """From the start of the process to a temperature (K) of this stage."""
        if temperature not in self._ways:
            begins = temperature if self.begins is None else self.begins
            leg = Leg(self.stack, self.stage, self.births, self.material_of, begins, temperature)
            self._ways[temperature] = *self.before, leg
        return self._ways[temperature]

    def at(self, temperature: float) -> LaminateState:
        """Its free shape at a temperature (K)."""
        if temperature not in self._states:
            self._states[temperature] = self._at(temperature)
        return self._states[temperature]

    @cached_property
    def _ways(self) -> dict[float, tuple[Leg, ...]]:
        """Those asked for so far."""
        return {}

    @cached_property
    def _states(self) -> dict[float, LaminateState]:
        """Those asked for so far."""
        return {}

    def released(self, temperature: float, below: str) -> float:
        """Energy per area (J/m^2) that it holds, as an elastic one, more than its two parts if it parts above a layer.

        What a long crack from its edge releases, in all modes together.

        Args:
            temperature: K.
            below: name of the layer.
        """
        found, cut = self._plies(temperature), [layer.name for layer in self._layers].index(below) + 1
        return free_energy(found) - free_energy(found[:cut]) - free_energy(found[cut:])

    def _at(self, temperature: float) -> LaminateState:
        if self._by_increments:
            return shape(self.way(temperature), goes_by_increments)
        return free_state(self._plies(temperature), self.stage.pressed)

    def _plies(self, temperature: float) -> list[Ply]:
        area, references = self.stack.outline.area, self.stage.references
        return plies(self._layers, area, self.material_of, temperature, references, self.births)

    @property
    def _layers(self) -> list[PlacedLayer]:
        """Those present."""
        return [layer for layer in self.stack.layers if layer.name in self.stage.layers]

    @cached_property
    def _by_increments(self) -> bool:
        """True if a material of the stage is elastic by increments."""
        found = [one for layer in self._layers for one in materials_of(layer, self.stage, self.material_of)]
        return any(map(goes_by_increments, found))


def is_large(asked: str, error: float) -> bool:
    """Whether a step is solved at large deflection.

    Args:
        asked: `analysis: {deflection: ...}`.
        error: part by which small deflection errs, as far as is known.
    """
    return asked == "large" or (asked == "auto" and error > LARGE)


def laminates(stack: StackUp, steps: Sequence[PlannedStep], material_of: MaterialOf) -> list[list[Laminate]]:
    """The laminate of every stage of every step."""
    births, material_of = bowed(stack, steps), remembered(material_of)
    last: Laminate | None = None
    before: tuple[Leg, ...] = ()
    kelvin = steps[0].before if steps else None
    result = []
    for step in steps:
        found = []
        for stage in step.stages:
            if stage.born and last is not None and stage.birth != "flat" and step.temperature is not None:
                under = last.at(step.temperature)
                births = {**births, **dict.fromkeys(stage.born, (under.strain, under.curvature))}
            whole = stack.singulated() if stage.cut_out else stack
            last = Laminate(whole, stage, births, material_of, before, kelvin)
            found.append(last)
            if step.temperature is not None:
                before, kelvin = last.way(step.temperature), step.temperature
        result.append(found)
    return result


def bowed(stack: StackUp, steps: Sequence[PlannedStep]) -> dict[str, Birth]:
    """The initial bow of what is there first: curvature about the middle of its thickness."""
    curvature = np.array([*stack.bow, 0.0])
    if not curvature.any() or not steps:
        return {}
    first = steps[0].stages[0]
    there = [layer for layer in stack.layers if layer.name in first.layers]
    middle = 0.5 * (min(layer.bottom for layer in there) + max(layer.top for layer in there))
    return dict.fromkeys(first.parts, (-middle * curvature, curvature))


def compare(
    step: PlannedStep, laminate: Laminate, solved: tuple[float, float, float] | None = None
) -> Comparison | None:
    """Laminate theory for a step at uniform temperature; None in a temperature field.

    Args:
        step: the step.
        laminate: at its end.
        solved: curvatures xx, yy, xy (1/m) of a better small-deflection model, by which slenderness is judged instead.
    """
    judged = judge(step, laminate, solved)
    if judged is None or step.temperature is None:
        return None
    end = laminate.at(step.temperature)
    warpage = 1e6 * dome(laminate.stack, end.curvature)
    return Comparison(
        warpage,
        warpage if end.curvature[0] + end.curvature[1] >= 0 else -warpage,
        float(end.curvature[0]),
        float(end.curvature[1]),
        judged,
        _bifurcation(step.temperature, laminate, judged.ratio) if judged.ratio >= 1.0 else None,
    )


def judge(
    step: PlannedStep, laminate: Laminate, solved: tuple[float, float, float] | None = None
) -> Slenderness | None:
    """How slender a stack is for what it bends; arguments as of `compare`, None in a temperature field."""
    if step.temperature is None:
        return None
    end = laminate.at(step.temperature)
    return slenderness(laminate.stack, end.curvature if solved is None else np.array(solved), end)


def _bifurcation(target: float, laminate: Laminate, ratio: float) -> float | None:
    """Temperature (K) on the way to the step at which the slenderness passes 1, given what it is at the end."""
    start = max(laminate.stage.references.values(), key=lambda reference: abs(reference - target))
    temperatures = np.linspace(start, target, _SCAN)

    @cache
    def found(number: int) -> float:
        at = laminate.at(float(temperatures[number]))
        return slenderness(laminate.stack, at.curvature, at).ratio

    last = len(temperatures) - 1
    if found(last) <= 0:
        return None
    limit = found(last) / ratio
    above = next((number for number in range(0, last, _STRIDE) if found(number) >= limit), last)
    if above == 0:
        return None
    below = above - _STRIDE
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if found(middle) >= limit else (middle, above)
    pair = [below, above]
    return float(np.interp(limit, [found(number) for number in pair], temperatures[pair]))
