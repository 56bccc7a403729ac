"""Elastic energy of cells from the stress at their Gauss points."""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array
from solver.materials.axes import stress_along_axes
from solver.materials.elasticity import full
from solver.materials.laws.response import MaterialLaw
from solver.physics.coefficients import Coefficients
from solver.physics.solid.memory import Memory


def elastic_energy(coefficients: Coefficients, laws: Sequence[MaterialLaw], memory: Memory) -> Array:
    """Integral of sigma : C^-1 : sigma / 2 over every owned cell (J), shape (cells,), C the instantaneous stiffness."""
    result: Array = np.zeros(len(coefficients.stack_mesh.block))
    volumes = coefficients.volumes()
    for block, (cells, law) in enumerate(zip(coefficients.cells, laws, strict=True)):
        if not len(cells):
            continue
        kelvin = memory.kelvin[cells].ravel() if isinstance(memory.kelvin, np.ndarray) else np.array([memory.kelvin])
        sigma = stress_along_axes(memory.stress[cells].reshape(-1, 6), coefficients.angles(block))
        flexibility = np.linalg.inv(full(law.moduli(kelvin)))
        density = 0.5 * np.einsum("ni,nij,nj->n", sigma, np.broadcast_to(flexibility, (len(sigma), 6, 6)), sigma)
        result[cells] = (density.reshape(len(cells), -1) * volumes[cells]).sum(axis=1)
    return result
