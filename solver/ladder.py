"""The cheaper rung beside the dearer one: classical laminate theory for every step of a solid run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.case.geometry import MaterialChoice
from solver.case.stack import StackUp
from solver.materials.material import Material
from solver.physics.laminate import LaminateState, Slenderness, dome, free_state, plies, slenderness
from solver.process.plan import PlannedStep

_SCAN = 41  # temperatures tried for the bifurcation


@dataclass(frozen=True)
class Comparison:
    """What laminate theory says of a step; layers with regions are averaged over their area.

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


def state(
    stack: StackUp, step: PlannedStep, material_of: Callable[[MaterialChoice], Material], temperature: float
) -> LaminateState:
    """The laminate of the layers of a step at a temperature (K)."""
    layers = [layer for layer in stack.layers if layer.name in step.layers]
    return free_state(plies(layers, stack.outline.area, material_of, temperature, step.references))


def compare(stack: StackUp, step: PlannedStep, material_of: Callable[[MaterialChoice], Material]) -> Comparison | None:
    """Laminate theory for a step at uniform temperature; None in a temperature field."""
    if step.temperature is None:
        return None
    end = state(stack, step, material_of, step.temperature)
    start = max(step.references.values(), key=lambda reference: abs(reference - step.temperature))  # type: ignore[operator]
    judged = slenderness(stack, end)
    bifurcation = None
    if judged.ratio >= 1.0:
        temperatures = np.linspace(start, step.temperature, _SCAN)
        ratios = [slenderness(stack, state(stack, step, material_of, kelvin)).ratio for kelvin in temperatures]
        above = int(np.argmax(np.array(ratios) >= 1.0))
        if above > 0:
            bifurcation = float(np.interp(1.0, ratios[above - 1 : above + 1], temperatures[above - 1 : above + 1]))
    return Comparison(
        1e6 * dome(stack, end.curvature), float(end.curvature[0]), float(end.curvature[1]), judged, bifurcation
    )
