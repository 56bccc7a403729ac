"""Materials turned in the plane of their layer.

Where a material is orthotropic along x and y after the turn its properties there take the place of those along its own
axes: one with two equal in-plane directions (a cube, a square weave) at 45 deg, any at 90 deg, one without direction at
any angle. Every other one keeps its own axes (`Material.axes`), and what is asked of it along those of the stack is
turned where it is asked.
"""

from collections.abc import Mapping

import numpy as np

from solver.arrays import Array
from solver.materials.axes import Axes, conductivity_of_stack, stiffness_of_stack
from solver.materials.curve import Curve
from solver.materials.elasticity import compliance, engineering_constants

_ELASTIC = ("youngs_modulus", "poisson_ratio", "shear_modulus")
_VECTORS = ("thermal_expansion", "thermal_conductivity", "electrical_resistivity")
# part of the largest entry: a coupling that rounded constants leave, which is dropped; more where symmetry has none
_LEFT, _LEFT_AT_45_DEG = 1e-3, 0.01


def turned(curves: Mapping[str, Curve], axes: Axes) -> tuple[dict[str, Curve], Axes | None]:
    """The curves of a material along x, y and z of the stack, or along its own axes with these.

    Args:
        curves: along its own axes.
        axes: where they point.
    """
    result = dict(curves)
    angles = np.array([axes.angle] if axes.centre is None else [0.3, 0.7])  # rad: any two serve for all
    left = _LEFT_AT_45_DEG if np.allclose(np.sin(4.0 * angles), 0.0, atol=1e-9) else _LEFT
    for key in _VECTORS:
        if key in curves and curves[key].components == 3:
            vector = _vector(curves[key], angles, left)
            if vector is None:
                return dict(curves), axes
            result[key] = vector
    if all(key in curves for key in _ELASTIC):
        elastic = _elastic(curves, angles, left)
        if elastic is None:
            return dict(curves), axes
        result |= elastic
    return result, None


def _vector(curve: Curve, angles: Array, left: float) -> Curve | None:
    """A property with a principal value along each axis; None if the axes of the stack are not principal."""
    found = np.array([conductivity_of_stack(curve.value, angle) for angle in angles[:, None]])
    if _couples(found[..., 3], curve.value, left) or _couples(np.ptp(found, axis=0), curve.value, left):
        return None
    return Curve(curve.temperature, found[0, :, :3])


def _elastic(curves: Mapping[str, Curve], angles: Array, left: float) -> dict[str, Curve] | None:
    """The elastic constants, at all temperatures where one of them has a knot; None if it is not orthotropic."""
    given = [curves[key] for key in _ELASTIC]
    knots = np.unique(np.concatenate([curve.temperature for curve in given]))
    own = np.linalg.inv(compliance(*(np.broadcast_to(curve(knots), (len(knots), 3)) for curve in given)))
    found = np.array([stiffness_of_stack(own, angle) for angle in angles[:, None]])
    coupling = found.copy()
    coupling[..., :3, :3] = 0.0
    coupling[..., range(6), range(6)] = 0.0
    if _couples(coupling, own, left) or _couples(np.ptp(found, axis=0), own, left):
        return None
    constants = engineering_constants(found[0])
    return {key: Curve(knots, value) for key, value in zip(_ELASTIC, constants, strict=True)}


def _couples(values: Array, whole: Array, left: float) -> bool:
    return bool(np.abs(values).max() > left * np.abs(whole).max())
