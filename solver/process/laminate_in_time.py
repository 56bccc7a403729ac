"""A free laminate of materials with a memory on its way through a process, in increments of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.materials.laws.response import moments_of
from solver.materials.laws.table import law_of
from solver.materials.material import Material
from solver.metrics.remembered import BlockMean, Remembered, named
from solver.physics.solid.laminate import Birth, directions
from solver.physics.solid.laminate_in_time import RememberingPly, RememberingState, advance
from solver.process.by_increments import MaterialOf, goes_by_increments, remembered
from solver.process.laminate_estimate import bowed
from solver.process.plan import PlannedStep, Stage
from solver.process.step_fields import untimed
from solver.process.time_control import TimeControl
from solver.process.time_path import Leg, jumps_of
from solver.stackup.stack import PlacedLayer, StackUp

_FLAT: Birth = np.zeros(3), np.zeros(3)


@dataclass(frozen=True)
class Visit:
    """The laminate at the end of an increment.

    Attributes:
        state: of it.
        time: since the process began (s); None where it is not known.
    """

    state: RememberingState
    time: float | None


class LaminateInTime:
    """A laminate from step to step.

    Args:
        stack: the stack-up, with uniform layers.
        steps: of its process, all at uniform temperature.
        material_of: material of a layer.
        tolerance: of the increments of time.

    Attributes:
        plies: layers that are there, by name.
        state: of them.
    """

    def __init__(self, stack: StackUp, steps: Sequence[PlannedStep], material_of: MaterialOf, tolerance: float) -> None:
        self._stack, self._material_of, self._tolerance = stack, remembered(material_of), tolerance
        self._bow = bowed(stack, steps)
        self._rate: float | None = None  # of temperature on the last way that changed it (K/s)
        self.plies: dict[str, RememberingPly] = {}
        self._materials: dict[str, Material] = {}
        kelvin = steps[0].before if steps[0].before is not None else steps[0].temperature
        assert kelvin is not None  # the laminate model has no thermal section
        self.state = RememberingState(np.zeros(3), np.zeros(3), kelvin, {})
        self._begun = False
        self.forced = 0  # increments of the step that miss more than they may

    def go(self, step: PlannedStep) -> Iterator[Visit]:
        """Go through a step: a visit at the end of each of its increments.

        Raises:
            NotConvergedError: increments became too small.
        """
        assert step.temperature is not None
        self.forced = 0
        if step.stages[0].parts and not self._begun:
            self._enter(step.stages[0])
            self.state = advance(self.plies, self.state, self.state.kelvin, 0.0, step.stages[0].pressed)
            self._begun = True
        for number, stage in enumerate(step.stages):
            self._enter(stage)
            self._begun = True
            lasts = self._lasts(step) if number == 0 else 0.0
            begins = None if step.lasts is None else step.counted - lasts
            for time, state in self._way(self.state, step.temperature, lasts, stage.pressed):
                self.state = state
                yield Visit(state, None if begins is None else begins + time)

    def look(self, temperatures: Sequence[float], pressed: bool) -> Iterator[RememberingState]:
        """The laminate at other temperatures (K), each reached from here as fast as temperature last changed."""
        for other in temperatures:
            seconds = abs(other - self.state.kelvin) / self._rate if self._rate else 0.0
            *_, (_, state) = self._way(self.state, other, seconds, pressed)
            yield state

    def _lasts(self, step: PlannedStep) -> float:
        """Seconds of the way to the temperature of a step."""
        lasts = step.lasts or 0.0
        if step.lasts is None and any(map(goes_by_increments, self._materials.values())):
            lasts = untimed(step)
        if lasts and step.temperature != self.state.kelvin and step.temperature is not None:
            self._rate = abs(step.temperature - self.state.kelvin) / lasts
        return lasts

    def _enter(self, stage: Stage) -> None:
        """Layers come and go."""
        there = [layer for layer in self._stack.layers if layer.name in stage.parts]
        on_it = stage.birth != "flat" and bool(self.state.plies)
        plies = {}
        for layer in there:
            born = self._bow.get(layer.name, _FLAT)
            if on_it and layer.name in stage.born:
                born = self.state.strain, self.state.curvature
            plies[layer.name] = self.plies.get(layer.name) or self._ply(layer, stage.references[layer.name], born)
        states = {
            name: self.state.plies[name] if name in self.state.plies else ply.newborn() for name, ply in plies.items()
        }
        self.plies, self.state = plies, replace(self.state, plies=states)
        self._materials = {name: self._materials[name] for name in plies}

    def _ply(self, layer: PlacedLayer, reference: float, birth: Birth) -> RememberingPly:
        assert layer.material is not None  # the laminate model has no layer with regions
        material = self._material_of(layer.material).with_stress(layer.origin_of(layer.name).stress)
        self._materials[layer.name] = material
        angles = tuple(float(angle) for angle in directions(material))
        return RememberingPly(layer.bottom, layer.top, law_of(material, reference), angles, birth)

    def _way(
        self, state: RememberingState, kelvin: float, seconds: float, pressed: bool
    ) -> Iterator[tuple[float, RememberingState]]:
        """Time (s) on the way to a temperature (K), and state, at the end of each increment."""
        if not seconds:
            yield 0.0, advance(self.plies, state, kelvin, 0.0, pressed)
            return
        leg, control = Leg(state.kelvin, kelvin, seconds), self._control()
        moments = [time for name, ply in self.plies.items() for time in _moments(ply, state, name, kelvin, seconds)]
        control.begin(seconds, [*leg.times(jumps_of(self._materials.values())), *moments], leg.change == 0.0)
        while (stride := control.next()) is not None:
            at = leg.at(control.now + stride)
            assert isinstance(at, float)
            try:
                found = advance(self.plies, state, at, stride, pressed)
            except NotConvergedError as error:
                if not control.cut(stride):
                    raise NotConvergedError(f"{error}, with increments down to {stride:.3g} s") from None
                continue
            if control.accepts(stride, self._displacement(state), self._displacement(found), spoilt=found.spoilt):
                state = found
                yield control.now, state
        self.forced += control.forced

    def _control(self) -> TimeControl:
        thickness = max(ply.top for ply in self.plies.values()) - min(ply.bottom for ply in self.plies.values())
        return TimeControl(MPI.COMM_SELF, self._tolerance, thickness, self._stack.span)

    def _displacement(self, state: RememberingState) -> Array:
        """(9,) of a corner and the middles of two edges, from the centre (m)."""
        x0, y0, x1, y1 = self._stack.outline.bounds
        x, y = 0.5 * np.array([[x1 - x0, y1 - y0], [x1 - x0, 0.0], [0.0, y1 - y0]]).T
        xx, yy, xy = state.strain
        kx, ky, kxy = state.curvature
        rise = -0.5 * (kx * x**2 + ky * y**2 + kxy * x * y)
        return np.stack([xx * x + 0.5 * xy * y, yy * y + 0.5 * xy * x, rise], axis=1).ravel()


def _moments(ply: RememberingPly, state: RememberingState, name: str, kelvin: float, seconds: float) -> list[float]:
    memory = state.plies[name].memory
    after, before = np.full(len(memory), kelvin), np.full(len(memory), state.kelvin)
    return moments_of(ply.law, after, before, seconds, memory)


def remembers(materials: Sequence[Material]) -> bool:
    """True if one of them has a memory in time."""
    return any(material.inelastic is not None for material in materials)


def readings(plies: Mapping[str, RememberingPly], state: RememberingState) -> dict[str, Remembered]:
    """What each layer remembers, by name."""
    return {name: _read({name: ply}, state) for name, ply in plies.items()}


def over_all(plies: Mapping[str, RememberingPly], state: RememberingState) -> Remembered:
    """Means over all layers that have such a thing."""
    return _read(plies, state)


def block_means(plies: Mapping[str, RememberingPly], state: RememberingState) -> dict[str, BlockMean]:
    """Mean stress and strain of each layer with a memory, by name."""
    found = {}
    for name, ply in plies.items():
        if ply.law.memory:
            own, weight = state.plies[name], ply.weight / ply.weight.sum()
            found[name] = BlockMean(tuple((1e-6 * weight @ own.stress).tolist()), tuple((weight @ own.strain).tolist()))
    return found


def _read(plies: Mapping[str, RememberingPly], state: RememberingState) -> Remembered:
    values: dict[str, list[tuple[Array, Array]]] = {}
    for name, ply in plies.items():
        for key, found in ply.law.readings(state.plies[name].memory).items():
            values.setdefault(key, []).append((found, ply.weight))
    fields: dict[str, float] = {}
    for key, parts in values.items():
        one, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        fields |= named(key, float(np.average(one, weights=weight)), float(one.max()))
    return Remembered(**fields)
