"""Loads of a plate that keep their size and direction however far it deflects."""

import numpy as np

from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.physics.plate.forms import DeadLoad
from solver.physics.plate.section import Section


def weight(section: Section, gravity: tuple[float, float, float]) -> DeadLoad:
    """int m g . v dA of the layers, m their mass per area.

    Args:
        section: of the layers.
        gravity: acceleration along x, y, z (m/s^2).
    """
    return area_load(np.outer(section.mass(), gravity))


def pressure(plate: PlateMesh, pascals: float | Array) -> DeadLoad:
    """int p v_z dA.

    Args:
        plate: the mesh.
        pascals: p, up, uniform or (local cells,); a vacuum underneath is negative.
    """
    return area_load(np.multiply.outer(np.broadcast_to(pascals, len(plate.cell)), [0.0, 0.0, 1.0]))


def area_load(force: Array) -> DeadLoad:
    """int f . v dA.

    Args:
        force: (local cells, 3) f along x, y, z (N/m^2).
    """
    return lambda forms: forms.of_area(force)


def together(*loads: DeadLoad) -> DeadLoad:
    """The sum of some loads."""
    return lambda forms: sum((load(forms) for load in loads[1:]), loads[0](forms))
