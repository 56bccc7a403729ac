"""A patterned metal layer from face to face: between four pictures, each exact for its pattern.

Traces along x, traces along y (sheets with normals y and x), a sheet with few holes (equal strain) and islands
(cylinders along z), weighed by how far the metal reaches along x and y.
"""

import numpy as np

from solver.arrays import Array
from solver.materials.mix import fibre, laminate, voigt
from solver.materials.mix.conductivity import cylinders, parallel, series
from solver.materials.mix.phases import Phases

_Y_UP = np.array([0, 2, 1, 3, 5, 4])  # Voigt order with y and z exchanged: yz xz xy -> yz xy xz
_X_UP = np.array([2, 1, 0, 5, 4, 3])  # with x and z exchanged


def weights(along: tuple[float, float]) -> tuple[float, float, float, float]:
    """Shares of traces along x, traces along y, sheet and islands."""
    x, y = along
    return x * (1 - y), y * (1 - x), x * y, (1 - x) * (1 - y)


def stiffness(phases: Phases) -> Array:
    """Effective stiffness [Pa], shape (..., 6, 6)."""
    parts = (_turned(phases, _Y_UP), _turned(phases, _X_UP), voigt.stiffness(phases), fibre.stiffness(phases))
    return np.asarray(sum(w * part for w, part in zip(weights(phases.along), parts, strict=True)))


def conductivity(metal: Array, dielectric: Array, fraction: float, along: tuple[float, float] = (0.5, 0.5)) -> Array:
    """Conductivity along x, y, z, shape (..., 3)."""
    high, low = parallel(metal, dielectric, fraction), series(metal, dielectric, fraction)
    islands = cylinders(metal, dielectric, fraction)
    on_x, on_y, sheet, dots = weights(along)
    x = (on_x + sheet) * high[..., 0] + on_y * low[..., 0] + dots * islands[..., 0]
    y = (on_y + sheet) * high[..., 1] + on_x * low[..., 1] + dots * islands[..., 1]
    return np.stack([x, y, high[..., 2]], axis=-1)


def _turned(phases: Phases, order: Array) -> Array:
    """The laminate whose normal is the axis that `order` exchanges with z."""
    metal, dielectric = (part[..., order, :][..., order] for part in (phases.metal, phases.dielectric))
    return laminate.stiffness(Phases(metal, dielectric, phases.fraction))[..., order, :][..., order]
