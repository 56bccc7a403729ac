"""Model `laminate`: the steps of a process in closed form, and in increments of time where a material remembers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import shapely

from solver.arrays import Array
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.source import Source
from solver.materials import library
from solver.materials.axes import stress_along_axes
from solver.metrics import plausibility, strength
from solver.metrics.branch import SYMMETRIC
from solver.metrics.form import FLAT, of_curvature
from solver.metrics.remembered import Remembered, since
from solver.metrics.sign import NOTHING, sign_of, signed
from solver.metrics.step_result import LaminatePoint, LaminateShape, LaminateStepResult, PlyBlock, PlyStress
from solver.models.model import Model, Outcomes, Task
from solver.models.needs import MEMORY, SMALL_DEFLECTION, Need
from solver.parallel import on_root
from solver.physics.solid.laminate import dome, slenderness
from solver.physics.solid.laminate_in_time import RememberingState
from solver.process import laminate_estimate, laminate_in_time, timing
from solver.process.form_estimate import forms
from solver.process.laminate_estimate import Laminate
from solver.process.material_doubts import MaterialDoubts
from solver.process.plan import PlannedStep, plan
from solver.progress import Progress
from solver.stackup.stack import PlacedLayer, StackUp
from solver.units import to_celsius

_RIM_POINTS = 96
_IN_PLANE = [0, 1, 5]  # of Voigt components


class LaminateModel(Model):
    """Layers without regions, free, at uniform temperature: curvature and stress by classical laminate theory.

    Stacks with a material that remembers go in increments of time (`solver.process.laminate_in_time`).
    """

    provides: ClassVar = frozenset[Need]({SMALL_DEFLECTION, MEMORY})

    def check(self, case: Case, text: Source) -> None:
        if case.process is None:
            message = "the laminate model bends stacks at uniform temperature: it needs a process"
            raise text.error(("analysis", "model"), message)

    def forecast(self, loaded: LoadedCase, ranks: int) -> None:  # noqa: ARG002 (milliseconds)
        timing.check(loaded)

    def solve(self, task: Task, outcomes: Outcomes) -> None:
        loaded, progress = task.loaded, task.progress
        assert loaded.case.process is not None
        for text in (*plausibility.unseen(loaded.stack), *_radial(loaded)):
            progress.warn(text)
        on_root(task.comm, lambda: timing.check(loaded))
        steps = plan(loaded.case.process, loaded.stack.layers)
        laminates = laminate_estimate.laminates(
            loaded.stack, steps, lambda choice: library.resolve(choice, loaded.case.materials)
        )
        told: frozenset[str] = frozenset()
        doubts = MaterialDoubts()
        way = _in_time(loaded, steps)
        for step, found in zip(steps, laminates, strict=True):
            with progress.stage("solve", f"step '{step.name}'"):
                solved = _elastic(loaded, step, found[-1]) if way is None else way.solve(step, found[-1])
                result = _result(loaded, step, found[-1], solved, progress)
            for text in () if way is None else plausibility.forced(step.name, way.forced):
                progress.warn(text)
            for text in _of_materials(loaded, step, result, doubts):
                progress.warn(text)
            told |= _told(step, found[-1], told, progress)
            outcomes.step(result, None)


def _told(step: PlannedStep, laminate: Laminate, told: frozenset[str], progress: Progress) -> frozenset[str]:
    """Warn of materials in whose form of elasticity much lies; their names."""
    assert step.temperature is not None
    found = list(forms(laminate, step.temperature, told))
    for one in found:
        progress.warn(one.words(step.name))
    return frozenset(one.material for one in found)


def _of_materials(
    loaded: LoadedCase, step: PlannedStep, result: LaminateStepResult, doubts: MaterialDoubts
) -> Iterator[str]:
    """Materials beyond their data."""
    assert step.temperature is not None
    layers = [layer for layer in loaded.stack.layers if layer.name in step.end.layers]
    materials = {
        layer.name: library.resolve(layer.material, loaded.case.materials)
        for layer in layers
        if layer.material is not None
    }
    yield from doubts.of_temperatures(step, materials.values(), step.temperature, step.temperature)
    degrees = {name: one.remembered.degree_of_cure_mean for name, one in result.layers.items()}
    yield from doubts.of_times(step, materials, result.curve, degrees)


@dataclass(frozen=True)
class _Solved:
    """A step.

    Attributes:
        curvature: at its end.
        judged: the curvature its slenderness is judged by, None: that of the elastic laminate.
        stresses: per layer, (2, 3) stress at its bottom and top (Pa).
        curve: as of `LaminateStepResult`.
        remembered: by layer.
        time: at its end (s).
        bifurcation: temperature (K) at which increments of it become unstable; elastic laminates have their own.
    """

    curvature: Array
    judged: tuple[float, float, float] | None
    stresses: Sequence[Array]
    curve: tuple[LaminatePoint, ...]
    remembered: Mapping[str, Remembered] = field(default_factory=dict)
    time: float | None = None
    bifurcation: float | None = None


def _elastic(loaded: LoadedCase, step: PlannedStep, laminate: Laminate) -> _Solved:
    assert step.temperature is not None  # the laminate model has no thermal section
    state, stack = laminate.at(step.temperature), laminate.stack
    curve = tuple(
        LaminatePoint(to_celsius(kelvin), _shape(stack, laminate.at(kelvin).curvature))
        for kelvin in loaded.case.report.warpage_at
    )
    return _Solved(state.curvature, None, state.stresses, curve)


def _in_time(loaded: LoadedCase, steps: Sequence[PlannedStep]) -> "_InTime | None":
    """The stack in increments of time; None if nothing remembers."""
    choices = [layer.material for layer in loaded.stack.layers if layer.material is not None]
    materials = [library.resolve(choice, loaded.case.materials) for choice in choices]
    return _InTime(loaded, steps) if laminate_in_time.remembers(materials) else None


class _InTime:
    """Steps of materials with a memory, one after the other."""

    def __init__(self, loaded: LoadedCase, steps: Sequence[PlannedStep]) -> None:
        self._reported = loaded.case.report.warpage_at
        self._works: dict[str, float] = {}  # inelastic work of layers at the start of the step (MPa)
        self._way = laminate_in_time.LaminateInTime(
            loaded.stack,
            steps,
            lambda choice: library.resolve(choice, loaded.case.materials),
            loaded.case.analysis.time_tolerance,
        )

    @property
    def forced(self) -> int:
        """Increments of the last step that miss more than they may."""
        return self._way.forced

    def solve(self, step: PlannedStep, laminate: Laminate) -> _Solved:
        """A step; `laminate`: the elastic one at its end."""
        way, stack = self._way, laminate.stack
        visits = [(self._point(stack, visit), visit.state) for visit in way.go(step)]
        curve = [point for point, _ in visits]
        curve += [
            LaminatePoint(to_celsius(aside.kelvin), _shape(stack, aside.curvature)) for aside in self._aside(step)
        ]
        state = way.state
        kx, ky, kxy = (float(one) for one in state.curvature)
        remembered = {
            name: since(one, name, self._works) for name, one in laminate_in_time.readings(way.plies, state).items()
        }
        self._works = {
            name: one.inelastic_work_mean_mpa
            for name, one in remembered.items()
            if one.inelastic_work_mean_mpa is not None
        }
        stresses = [ply.faces(state.plies[name]) for name, ply in way.plies.items()]
        passed = _bifurcation([one for _, one in visits], laminate, step)
        return _Solved(state.curvature, (kx, ky, kxy), stresses, tuple(curve), remembered, step.seconds, passed)

    def _aside(self, step: PlannedStep) -> Iterator[RememberingState]:
        return self._way.look(self._reported, step.end.pressed)

    def _point(self, stack: StackUp, visit: laminate_in_time.Visit) -> LaminatePoint:
        plies, state = self._way.plies, visit.state
        over_all, means = laminate_in_time.over_all(plies, state), laminate_in_time.block_means(plies, state)
        return LaminatePoint(to_celsius(state.kelvin), _shape(stack, state.curvature), visit.time, over_all, means)


def _bifurcation(states: Sequence[RememberingState], laminate: Laminate, step: PlannedStep) -> float | None:
    """Temperature (K) at which slenderness passes 1 in the increments of a step, as stiff as elastic at its end."""
    assert step.temperature is not None
    end = laminate.at(step.temperature)
    ratios = [slenderness(laminate.stack, state.curvature, end).ratio for state in states]
    for number in range(1, len(states)):
        if ratios[number - 1] < 1.0 <= ratios[number]:
            pair = slice(number - 1, number + 1)
            return float(np.interp(1.0, ratios[pair], [state.kelvin for state in states[pair]]))
    return None


def _result(
    loaded: LoadedCase, step: PlannedStep, laminate: Laminate, solved: _Solved, progress: Progress
) -> LaminateStepResult:
    assert step.temperature is not None  # the laminate model has no thermal section
    comparison = laminate_estimate.compare(step, laminate, solved.judged)
    assert comparison is not None
    if solved.judged is not None:
        comparison = replace(comparison, bifurcation_kelvin=solved.bifurcation)
    for text in plausibility.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin):
        progress.warn(text)
    stack = laminate.stack
    layers = [layer for layer in stack.layers if layer.name in step.end.layers]
    stresses = {
        layer.name: replace(_stress(sigma), remembered=solved.remembered.get(layer.name, Remembered()))
        for layer, sigma in zip(layers, solved.stresses, strict=True)
    }
    blocks = {
        layer.name: PlyBlock(stresses[layer.name], _borne(loaded, layer, stresses[layer.name], step.temperature))
        for layer in layers
    }
    for text in strength.beyond(step.name, [(None, {name: block.used for name, block in blocks.items()})]):
        progress.warn(text)
    bifurcation = comparison.bifurcation_kelvin
    return LaminateStepResult(
        name=step.name,
        temperature_degc=to_celsius(step.temperature),
        shape=_shape(stack, solved.curvature),
        branch=SYMMETRIC,
        bifurcation_temperature_degc=None if bifurcation is None else to_celsius(bifurcation),
        curve=solved.curve,
        layers=stresses,
        blocks=blocks,
        laminate=comparison,
        stress_along_axes_mpa=_along_axes(loaded, layers, solved.stresses) or None,
        time_s=solved.time,
    )


def _radial(loaded: LoadedCase) -> Iterator[str]:
    """Layers whose directions a uniform stack does not have."""
    for layer in loaded.stack.layers:
        axes = None if layer.material is None else library.resolve(layer.material, loaded.case.materials).axes
        if axes is not None and axes.centre is not None:
            yield f"layer '{layer.name}' has axes along a radius: laminate theory takes the mean of all directions"


def _along_axes(loaded: LoadedCase, layers: Sequence[PlacedLayer], stresses: Sequence[Array]) -> dict[str, Any]:
    """Lowest and highest stress along the axes of materials that lie turned (MPa), by layer and component."""
    found = {}
    for layer, sigma in zip(layers, stresses, strict=True):
        axes = None if layer.material is None else library.resolve(layer.material, loaded.case.materials).axes
        if axes is not None and axes.centre is None:
            faces = np.zeros((len(sigma), 6))
            faces[:, _IN_PLANE] = 1e-6 * sigma
            own = stress_along_axes(faces, np.array([axes.angle]))[:, _IN_PLANE]
            pairs = zip(("11", "22", "12"), own.min(axis=0), own.max(axis=0), strict=True)
            found[layer.name] = {name: [float(low), float(high)] for name, low, high in pairs}
    return found


def _shape(stack: StackUp, curvature: Array) -> LaminateShape:
    warpage, tensor = 1e6 * dome(stack, curvature), curvature * [1.0, 1.0, 0.5]
    x0, y0, x1, y1 = stack.outline.bounds
    found = of_curvature(tensor, ((x1 - x0) / 2, (y1 - y0) / 2))
    sign = sign_of(1e6 * _fall(stack, tensor), warpage)
    return LaminateShape(
        warpage_um=warpage,
        signed_warpage_um=signed(warpage, sign),
        sign_jedec=sign,
        shape=found.name if warpage > NOTHING else FLAT,
        shape_confidence=found.confidence,
        curvature_x_per_m=float(curvature[0]),
        curvature_y_per_m=float(curvature[1]),
        twist_per_m=float(curvature[2] / 2),
    )


def _borne(loaded: LoadedCase, layer: PlacedLayer, stress: PlyStress, kelvin: float) -> strength.Borne:
    """What a layer bears; the laminate model has no layer with regions."""
    assert layer.material is not None
    material = library.resolve(layer.material, loaded.case.materials)
    return strength.of_extremes(material, kelvin, stress.max_principal_mpa, stress.max_von_mises_mpa)


def _fall(stack: StackUp, tensor: Array) -> float:
    """From the centre to the mean of the edge (m)."""
    ring = stack.outline.exterior
    rim = shapely.get_coordinates(
        shapely.line_interpolate_point(ring, np.arange(_RIM_POINTS) / _RIM_POINTS, normalized=True)
    )
    x, y = (rim - shapely.get_coordinates(shapely.box(*stack.outline.bounds).centroid)).T
    return float((tensor @ [x * x / 2, y * y / 2, x * y]).mean())


def _stress(sigma: Array) -> PlyStress:
    """Plane stress (xx, yy, xy) at the two faces of a layer (Pa), and its extremes."""
    xx, yy, xy = 1e-6 * sigma.T
    mean, radius = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return PlyStress(
        bottom_mpa=tuple((1e-6 * sigma[0]).tolist()),
        top_mpa=tuple((1e-6 * sigma[1]).tolist()),
        max_von_mises_mpa=float(np.sqrt(xx**2 - xx * yy + yy**2 + 3 * xy**2).max()),
        max_principal_mpa=float(np.maximum(mean + radius, 0).max()),
        min_principal_mpa=float(np.minimum(mean - radius, 0).min()),
    )
