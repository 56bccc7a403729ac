"""Loads of a plate that keep their size and direction however far it deflects."""

import numpy as np
import ufl
from dolfinx import fem

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
    return area_load(section.plate, np.outer(section.mass(), gravity))


def pressure(plate: PlateMesh, pascals: float | Array) -> DeadLoad:
    """int p v_z dA.

    Args:
        plate: the mesh.
        pascals: p, up, uniform or (local cells,); a vacuum underneath is negative.
    """
    return area_load(plate, np.multiply.outer(np.broadcast_to(pascals, len(plate.cell)), [0.0, 0.0, 1.0]))


def area_load(plate: PlateMesh, force: Array) -> DeadLoad:
    """int f . v dA.

    Args:
        plate: the mesh.
        force: (local cells, 3) f along x, y, z (N/m^2).
    """
    f = fem.Function(fem.functionspace(plate.mesh, ("DG", 0, (3,))))
    f.x.array.reshape(-1, 3)[f.function_space.dofmap.list[:, 0]] = force
    return lambda v: ufl.dot(f, v) * ufl.dx(plate.mesh, metadata={"quadrature_degree": 4})


def together(*loads: DeadLoad) -> DeadLoad:
    """The sum of some loads."""
    return lambda v: sum((load(v) for load in loads[1:]), loads[0](v))
