"""Where materials meet the mesh: moduli of cells, stress at points, energy of cells."""

import basix
import numpy as np
import ufl
from dolfinx import fem, la

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Mask
from solver.linalg.shear_lag import MECHANICS, sliding
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients, Law
from solver.physics.solid.kinematics import MODULI, stress

_FIRST, _SECOND = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)  # axes of the Voigt components
ZZ, YZ, XZ = (MODULI.index((place, place)) for place in (2, 3, 4))


def stress_at(
    coefficients: Coefficients,
    total: ufl.core.expr.Expr,
    free: Law,
    temperature: float | fem.Function,
    points: Array | None = None,
    green: bool = False,
    birth: ufl.core.expr.Expr | None = None,
) -> Array:
    """Stress at points of every local cell, shape (cells, points, 6), Voigt order, Pa.

    Args:
        coefficients: of the stack.
        total: strain in Voigt order.
        free: the law of the free strain.
        temperature: uniform (K) or a field.
        points: (n, 3) reference points of a cell; None: its eight corners.
        green: True for Green's strains (`solver.physics.solid.kinematics.green_free`).
        birth: then the strain at birth, which `total` includes, or None.
    """
    points = basix.geometry(coefficients.stack_mesh.mesh.basix_cell()) if points is None else points
    epsilon = _at_points(coefficients, total, points)
    there = coefficients.at_points(temperature, points) if isinstance(temperature, fem.Function) else temperature
    moduli = coefficients.values(moduli_of, len(MODULI), there)
    e = coefficients.values(free, 3, there)
    epsilon[..., :3] -= e + 0.5 * e**2 if green else e
    if birth is not None:
        epsilon -= (1.0 + 0.5 * (e[..., _FIRST] + e[..., _SECOND])) * _at_points(coefficients, birth, points)
    sigma = np.zeros_like(epsilon)
    for modulus, (i, j) in enumerate(MODULI):
        sigma[..., i] += moduli[..., modulus] * epsilon[..., j]
        if i != j:
            sigma[..., j] += moduli[..., modulus] * epsilon[..., i]
    return sigma


def _at_points(coefficients: Coefficients, strains: ufl.core.expr.Expr, points: Array) -> Array:
    """Strains in Voigt order at reference points of every local cell, shape (cells, points, 6)."""
    domain, cells = coefficients.stack_mesh.mesh, np.arange(len(coefficients.stack_mesh.block), dtype=np.int32)
    expression = compat.expression(strains, points)
    return compat.evaluate(expression, domain, cells).reshape(len(cells), len(points), 6)


def cell_energy(stack_mesh: StackMesh, moduli: fem.Function, elastic: ufl.core.expr.Expr) -> Array:
    """Integral of eps_el : C : eps_el / 2 over every owned cell (J), shape (cells,).

    Args:
        stack_mesh: the mesh.
        moduli: in the order of `MODULI`.
        elastic: elastic strain in Voigt order.
    """
    space = fem.functionspace(stack_mesh.mesh, ("DG", 0))
    density = 0.5 * ufl.inner(stress(moduli, elastic), elastic)
    form = compat.form(density * ufl.TestFunction(space) * ufl.dx(stack_mesh.mesh, metadata=DX))
    vector = la.vector(space.dofmap.index_map)
    fem.assemble_vector(vector.array, form)
    return np.asarray(vector.array[space.dofmap.list[: len(stack_mesh.block), 0]])


def soft_cells(mesh: StackMesh, moduli: Array) -> Mask:
    """(cells,) True where layers slide on each other, given moduli (cells, points, 9)."""
    mean = moduli.mean(axis=1)
    shear = np.minimum(mean[:, YZ], mean[:, XZ])
    return sliding(mesh.column, mesh.layer_of, mesh.heights, mean[:, 0], shear, mesh.sizes, MECHANICS)


def moduli_of(block: int, material: Material, temperature: Array) -> Array:
    """The law of the moduli, (n, 9) in the order of `MODULI`."""
    stiffness = material.stiffness(temperature)
    return np.stack([stiffness[..., i, j] for i, j in MODULI], axis=-1)
