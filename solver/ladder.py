"""The cheaper rung beside the dearer one: classical laminate theory for every step of a solid run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.case.geometry import MaterialChoice
from solver.case.stack import StackUp
from solver.materials.material import Material
from solver.physics.laminate import LaminateState, Slenderness, dome, free_state, plies, slenderness
from solver.process.plan import PlannedStep

_LARGE = 0.03  # part by which small deflection may overestimate a curvature before large deflection is chosen
_SCAN = 41  # temperatures tried for the bifurcation


@dataclass(frozen=True)
class Comparison:
    """What laminate theory says of a step; layers with regions are made uniform.

    Attributes:
        warpage_um: dome of uniform curvature over the outline.
        curvature_x_per_m, curvature_y_per_m: positive if convex.
        slenderness: range of validity of small deflection.
        bifurcation_kelvin: temperature at which the symmetric shape loses stability, None if it does not on the way.
    """

    warpage_um: float
    curvature_x_per_m: float
    curvature_y_per_m: float
    slenderness: Slenderness
    bifurcation_kelvin: float | None


def is_large(asked: str, overestimate: float) -> bool:
    """Whether a step is solved at large deflection.

    Args:
        asked: `analysis: {deflection: ...}`.
        overestimate: part by which small deflection overestimates its curvature.
    """
    return asked == "large" or (asked == "auto" and overestimate > _LARGE)


def state(
    stack: StackUp, step: PlannedStep, material_of: Callable[[MaterialChoice], Material], temperature: float
) -> LaminateState:
    """The laminate of the layers of a step at a temperature (K)."""
    layers = [layer for layer in stack.layers if layer.name in step.layers]
    return free_state(plies(layers, stack.outline.area, material_of, temperature, step.references))


def compare(
    stack: StackUp,
    step: PlannedStep,
    material_of: Callable[[MaterialChoice], Material],
    solved: tuple[float, float] | None = None,
) -> Comparison | None:
    """Laminate theory for a step at uniform temperature; None in a temperature field.

    Args:
        stack: the stack-up.
        step: the step.
        material_of: material of a layer or region.
        solved: curvatures (1/m) of a better small-deflection model, by which slenderness is judged instead.
    """
    if step.temperature is None:
        return None
    end = state(stack, step, material_of, step.temperature)
    curvature = end.curvature[:2] if solved is None else np.array(solved)
    judged = slenderness(stack, curvature, end.effective_thickness)
    return Comparison(
        1e6 * dome(stack, end.curvature),
        float(end.curvature[0]),
        float(end.curvature[1]),
        judged,
        _bifurcation(stack, step, material_of, judged.ratio) if judged.ratio >= 1.0 else None,
    )


def _bifurcation(
    stack: StackUp, step: PlannedStep, material_of: Callable[[MaterialChoice], Material], ratio: float
) -> float | None:
    """Temperature (K) on the way to the step at which the slenderness passes 1, given what it is at the end."""
    assert step.temperature is not None
    target = step.temperature
    start = max(step.references.values(), key=lambda reference: abs(reference - target))
    temperatures = np.linspace(start, target, _SCAN)
    ratios = []
    for kelvin in temperatures:
        at = state(stack, step, material_of, float(kelvin))
        ratios.append(slenderness(stack, at.curvature, at.effective_thickness).ratio)
    if ratios[-1] <= 0:
        return None
    scaled = np.array(ratios) * ratio / ratios[-1]
    above = int(np.argmax(scaled >= 1.0))
    if above == 0:
        return None
    return float(np.interp(1.0, scaled[above - 1 : above + 1], temperatures[above - 1 : above + 1]))
