"""Materials turned in the plane of their layer: properties along x and y of the stack from those along their own axes.

Stiffness turns as a tensor of fourth order (T. C. T. Ting, Anisotropic Elasticity, 1996, sect. 2.3). The kernels know
orthotropic materials with axes along x, y, z, so what is not that after the turn is refused: a material with two equal
in-plane directions, as a cube or a square weave, may turn by 45 deg, any by 90 deg, one without direction by any angle.
"""

from collections.abc import Mapping

import numpy as np

from solver.arrays import Array
from solver.materials.curve import Curve
from solver.materials.elasticity import compliance, engineering_constants
from solver.materials.material import MaterialError

_ELASTIC = ("youngs_modulus", "poisson_ratio", "shear_modulus")
_VECTORS = ("thermal_expansion", "thermal_conductivity", "electrical_resistivity")
_LEFT = 0.01  # of the largest entry: a coupling that rounded constants leave, which is dropped


def turned(name: str, curves: Mapping[str, Curve], angle: float) -> dict[str, Curve]:
    """The curves of a material along x, y and z of the stack.

    Args:
        name: of the material, for messages.
        curves: along its own axes.
        angle: from x to its first axis, towards y (rad).

    Raises:
        MaterialError: it is not orthotropic along x and y after the turn.
    """
    result = dict(curves)
    for key in _VECTORS:
        if key in curves and curves[key].components == 3:
            result[key] = _vector(name, key, curves[key], angle)
    if all(key in curves for key in _ELASTIC):
        result |= _elastic(name, curves, angle)
    return result


def _vector(name: str, key: str, curve: Curve, angle: float) -> Curve:
    """A property with a principal value along each axis."""
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = curve.value.T
    if np.any(np.abs(c * s * (x - y)) > _LEFT * np.abs(curve.value).max()):
        raise _crooked(name, key, angle)
    return Curve(curve.temperature, np.column_stack([c**2 * x + s**2 * y, s**2 * x + c**2 * y, z]))


def _elastic(name: str, curves: Mapping[str, Curve], angle: float) -> dict[str, Curve]:
    """The elastic constants, at all temperatures where one of them has a knot."""
    given = [curves[key] for key in _ELASTIC]
    knots = np.unique(np.concatenate([curve.temperature for curve in given]))
    values = [np.broadcast_to(curve(knots), (len(knots), 3)) for curve in given]
    turn = _bond(angle)
    flexibility = turn @ compliance(*values) @ np.swapaxes(turn, -1, -2)
    stiffness = np.linalg.inv(flexibility)
    coupling = stiffness.copy()
    coupling[..., :3, :3] = 0.0
    coupling[..., range(6), range(6)] = 0.0
    if np.any(np.abs(coupling) > _LEFT * np.abs(stiffness).max()):
        raise _crooked(name, "youngs_modulus", angle)
    constants = engineering_constants(stiffness)
    return {key: Curve(knots, value) for key, value in zip(_ELASTIC, constants, strict=True)}


def _bond(angle: float) -> Array:
    """Strain along x, y, z from strain along turned axes: xx yy zz yz xz xy, engineering shear."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.eye(6)
    turn[np.ix_([0, 1, 5], [0, 1, 5])] = [
        [c * c, s * s, -c * s],
        [s * s, c * c, c * s],
        [2 * c * s, -2 * c * s, c * c - s * s],
    ]
    turn[3:5, 3:5] = [[c, s], [-s, c]]
    return turn


def _crooked(name: str, key: str, angle: float) -> MaterialError:
    degrees = np.degrees(angle)
    rule = (
        f"turned by {degrees:.6g} deg the material has no planes of symmetry along x and y, which the solver needs; "
        "0 and 90 deg do, and 45 deg where its two directions in plane are alike"
    )
    return MaterialError(name, "orientation", f"{rule} ({key})")
