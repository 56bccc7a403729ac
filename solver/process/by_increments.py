"""A free laminate on its way through a process, by increments: layers whose stress gets, with each, the modulus there.

Layers of other materials stand where their elastic law puts them at any temperature, whatever the way.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.materials.material import Material
from solver.physics.solid.laminate import Birth, LaminateState, Ply, free_state, plies
from solver.process.plan import Stage
from solver.stackup.stack import PlacedLayer, StackUp

_STEP = 10.0  # K of an increment, between knots of the materials: moduli are linear between them

ByIncrements = Callable[[Material], bool]
MaterialOf = Callable[[MaterialChoice], Material]


def goes_by_increments(material: Material) -> bool:
    """True if it is elastic by increments."""
    return material.law == "incremental"


class Leg:
    """A stage on the way from one temperature to another.

    Args:
        stack: the stack-up.
        stage: what is present.
        births: block -> strain and curvature of the laminate it was born on.
        material_of: material of a layer or region.
        start, end: temperatures (K).
    """

    def __init__(
        self,
        stack: StackUp,
        stage: Stage,
        births: Mapping[str, Birth],
        material_of: MaterialOf,
        start: float,
        end: float,
    ) -> None:
        self._area, self._births, self._material_of = stack.outline.area, births, material_of
        self.stage, self.start, self.end = stage, start, end
        self.layers = [layer for layer in stack.layers if layer.name in stage.layers]

    @cached_property
    def materials(self) -> list[list[Material]]:
        """Of each layer, with its regions."""
        return [materials_of(layer, self.stage, self._material_of) for layer in self.layers]

    @cached_property
    def stops(self) -> list[list[Ply]]:
        """The layers as plies of elastic laws, at the temperatures of the way."""
        low, high = sorted((self.start, self.end))
        knots = [np.empty(0), *(material.knots for of_layer in self.materials for material in of_layer)]
        even = np.linspace(low, high, max(int(np.ceil((high - low) / _STEP)), 1) + 1)
        found: Array = np.unique(np.concatenate([even, np.clip(np.concatenate(knots), low, high)]))
        return [self._plies(float(kelvin)) for kelvin in (found if self.end >= self.start else found[::-1])]

    @cached_property
    def last(self) -> list[Ply]:
        """The layers as plies of elastic laws, at its end."""
        return self._plies(self.end)

    def born(self, number: int) -> Birth | None:
        """Strain and curvature a layer is born on here, as `births` has it, if it is."""
        blocks = [block for block in self.layers[number].blocks if block in self.stage.born]
        return next((self._births[block] for block in blocks if block in self._births), None)

    def _plies(self, kelvin: float) -> list[Ply]:
        return plies(self.layers, self._area, self._material_of, kelvin, self.stage.references, self._births)


def shape(legs: Sequence[Leg], by_increments: ByIncrements) -> LaminateState:
    """The end of a way, layers of some materials by increments; a layer with a region of one goes so as a whole."""
    strain: Array = np.zeros(3)
    curvature: Array = np.zeros(3)
    courses: dict[str, _Course] = {}
    for number, leg in enumerate(legs):
        last = number == len(legs) - 1
        chosen = {i for i, found in enumerate(leg.materials) if any(by_increments(one) for one in found)}
        courses = {leg.layers[i].name: courses.get(leg.layers[i].name) or _Course() for i in chosen}
        for found in leg.stops if courses else [leg.last] if last else []:
            now = list(found)
            for i in chosen:
                now[i] = courses[leg.layers[i].name].next(now[i], strain, curvature, leg.born(i))
            state = free_state(now, leg.stage.pressed)
            strain, curvature = state.strain, state.curvature
            for course in courses.values():
                course.accept(strain, curvature)
        if not courses and not last:  # what is born next is born on it
            state = free_state(leg.last, leg.stage.pressed)
            strain, curvature = state.strain, state.curvature
    return state


class _Course:
    """A ply that goes by increments: from one to the next as a ply whose free strain makes up for its stress."""

    def __init__(self) -> None:
        self._before: Ply | None = None  # as its elastic law has it
        self._now: Ply | None = None
        self._stress: tuple[Array, Array] = np.zeros(3), np.zeros(3)  # a and b of a + b z

    def next(self, ply: Ply, strain: Array, curvature: Array, birth: Birth | None) -> Ply:
        """At the next temperature, from the shape before; the first time on that shape, if it is born there."""
        before, self._before = self._before, ply
        if before is None:
            grown, bent = ply.free_strain, ply.free_curvature
            if birth is not None:
                grown, bent = grown + strain - birth[0], bent + curvature - birth[1]
            self._now = Ply(ply.bottom, ply.top, ply.stiffness, grown, bent)
            return self._now
        stiffness = 0.5 * (before.stiffness + ply.stiffness)
        held, turned = (np.linalg.solve(stiffness, part) for part in self._stress)
        grown = strain + ply.free_strain - before.free_strain - held
        self._now = Ply(ply.bottom, ply.top, stiffness, grown, curvature - turned)
        return self._now

    def accept(self, strain: Array, curvature: Array) -> None:
        """Take note of the shape that was found."""
        assert self._now is not None
        q = self._now.stiffness
        self._stress = q @ (strain - self._now.free_strain), q @ (curvature - self._now.free_curvature)


def materials_of(layer: PlacedLayer, stage: Stage, material_of: MaterialOf) -> list[Material]:
    """Of a layer and its regions, without those of parts that are not there."""
    of = {layer.name: layer.material} | {f"{layer.name}/{one.name}": one.material for one in layer.regions}
    return [material_of(choice) for part, choice in of.items() if part in stage.parts and choice is not None]


def remembered(material_of: MaterialOf) -> MaterialOf:
    """The same, each material made once."""
    known: dict[int, tuple[MaterialChoice, Material]] = {}

    def of(choice: MaterialChoice) -> Material:
        if id(choice) not in known:
            known[id(choice)] = choice, material_of(choice)
        return known[id(choice)][1]

    return of
