"""A free laminate by increments of temperature: layers whose stress gets, with every increment, the modulus there.

A laminate at uniform temperature comes back the way it went, so its state at a temperature is that of the straight way
there from the temperatures its layers are free of stress at.
"""

from collections.abc import Callable, Mapping

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


class Way:
    """A stage on the straight way to a temperature: its plies as they are without a memory, at every stop.

    Args:
        stack: the stack-up.
        stage: what is present.
        births: block -> strain and curvature of the laminate it was born on.
        material_of: material of a layer or region.
        temperature: where the way ends (K).

    Attributes:
        start, end: temperatures (K); the start is the stress-free one that is farthest from the end.
        layers: those present.
        materials: of each, with its regions.
    """

    def __init__(
        self,
        stack: StackUp,
        stage: Stage,
        births: Mapping[str, Birth],
        material_of: MaterialOf,
        temperature: float,
    ) -> None:
        self._stack, self._stage, self._births, self._material_of = stack, stage, births, material_of
        self.end = temperature
        self.start = max(stage.references.values(), key=lambda one: abs(one - temperature))
        self.layers = [layer for layer in stack.layers if layer.name in stage.layers]
        self.materials = [materials_of(layer, stage, material_of) for layer in self.layers]
        self.stops = [(self._there(kelvin), self._plies(kelvin)) for kelvin in self._temperatures()]

    def _temperatures(self) -> Array:
        low, high = sorted((self.start, self.end))
        knots = [np.empty(0), *(material.knots for of_layer in self.materials for material in of_layer)]
        even = np.linspace(low, high, max(int(np.ceil((high - low) / _STEP)), 1) + 1)
        found: Array = np.unique(np.concatenate([even, np.clip(np.concatenate(knots), low, high)]))
        return found if self.end >= self.start else found[::-1]

    def _there(self, kelvin: float) -> list[int]:
        """Numbers of the layers the way has come by, whose stress-free temperature is not ahead."""
        references, found = self._stage.references, []
        for number, layer in enumerate(self.layers):
            own = next(references[block] for block in layer.blocks if block in references) - self.start
            passed = abs(kelvin - self.start) >= abs(own) and (self.end - self.start) * own >= 0.0
            if passed or kelvin == self.end:
                found.append(number)
        return found

    def _plies(self, kelvin: float) -> list[Ply]:
        there, references = [self.layers[number] for number in self._there(kelvin)], self._stage.references
        return plies(there, self._stack.outline.area, self._material_of, kelvin, references, self._births)

    def shape(self, by_increments: ByIncrements) -> LaminateState:
        """Its end, layers of some materials by increments; a layer with a region of one goes so as a whole."""
        chosen = [number for number, found in enumerate(self.materials) if any(by_increments(one) for one in found)]
        courses = {number: _Course() for number in chosen}
        strain: Array = np.zeros(3)
        curvature: Array = np.zeros(3)
        for there, found in self.stops if courses else self.stops[-1:]:
            of = dict(zip(there, found, strict=True))
            born = {number for number in there if number in courses and courses[number].unborn}
            now = {
                number: courses[number].next(ply, strain, curvature) if number in courses else ply
                for number, ply in of.items()
                if number not in born
            }
            if now:  # what is born here is free of stress in the shape the others have
                state = free_state(list(now.values()), self._stage.pressed)
                strain, curvature = state.strain, state.curvature
            now |= {number: courses[number].next(of[number], strain, curvature) for number in born}
            state = free_state([now[number] for number in there], self._stage.pressed)
            strain, curvature = state.strain, state.curvature
            for number in courses.keys() & set(there):
                courses[number].accept(strain, curvature)
        return state


class _Course:
    """A ply that goes by increments: from one to the next as a ply whose free strain makes up for its stress."""

    def __init__(self) -> None:
        self._before: Ply | None = None  # as it would be in total form
        self._now: Ply | None = None
        self._stress: tuple[Array, Array] = np.zeros(3), np.zeros(3)  # a and b of a + b z

    @property
    def unborn(self) -> bool:
        """True before the first stop."""
        return self._before is None

    def next(self, ply: Ply, strain: Array, curvature: Array) -> Ply:
        """At the next temperature, from the shape before."""
        before = self._before or ply
        stiffness = 0.5 * (before.stiffness + ply.stiffness)
        held, bent = (np.linalg.solve(stiffness, part) for part in self._stress)
        grown = ply.free_strain - before.free_strain
        self._before, self._now = ply, Ply(ply.bottom, ply.top, stiffness, strain + grown - held, curvature - bent)
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
