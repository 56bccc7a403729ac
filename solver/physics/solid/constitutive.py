"""Where materials meet the mesh: moduli of cells, stress at points, energy of cells."""

from collections.abc import Sequence

import basix
import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.linalg.shear_lag import MECHANICS, bare, sliding
from solver.materials.axes import moduli_of_stack, strain_along_axes, strain_of_stack, stress_of_stack
from solver.materials.elasticity import ALL_MODULI, MODULI, moduli
from solver.materials.laws.response import MaterialLaw
from solver.materials.laws.table import law_of
from solver.materials.material import Material, MaterialError
from solver.physics.coefficients import DX, Coefficients
from solver.physics.solid.kinematics import stress

_FIRST, _SECOND = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)  # axes of the Voigt components
ZZ, YZ, XZ = (MODULI.index((place, place)) for place in (2, 3, 4))


def laws_of(
    materials: Sequence[Material], references: Array, green: bool = False, remember: bool = False
) -> tuple[MaterialLaw, ...]:
    """The law of every block.

    Args:
        materials: one per block.
        references: (blocks,) temperature at which each is free of stress (K).
        green: True for Green's strains.
        remember: True if the solid keeps what points remember.

    Raises:
        MaterialError: a law has a memory, and the solid keeps none.
    """
    laws = tuple(law_of(material, float(at), green) for material, at in zip(materials, references, strict=True))
    for material, law in zip(materials, laws, strict=True):
        if law.memory and not remember:
            raise MaterialError(material.name, "law", f"'{material.law}' has a memory, which this model does not keep")
    return laws


def stress_at(
    coefficients: Coefficients,
    laws: Sequence[MaterialLaw],
    total: ufl.core.expr.Expr,
    temperature: float | fem.Function,
    points: Array | None = None,
    birth: ufl.core.expr.Expr | None = None,
) -> Array:
    """Stress at points of every local cell, shape (cells, points, 6), Voigt order, Pa.

    Args:
        coefficients: of the stack.
        laws: one per block.
        total: strain in Voigt order.
        temperature: uniform (K) or a field.
        points: (n, 3) reference points of a cell; None: its eight corners.
        birth: Green's strain at birth, which `total` includes (`solver.physics.solid.kinematics.green_free`), or None.
    """
    mesh = coefficients.stack_mesh
    points = basix.geometry(mesh.mesh.basix_cell()) if points is None else points
    strain = strain_at(mesh, total, points)
    born = None if birth is None else strain_at(mesh, birth, points)
    field = coefficients.at_points(temperature, points) if isinstance(temperature, fem.Function) else None
    sigma = np.empty_like(strain)
    for block, (cells, law) in enumerate(zip(coefficients.cells, laws, strict=True)):
        if not len(cells):
            continue
        kelvin = np.array([temperature]) if field is None else field[cells].ravel()
        angles = coefficients.angles(block, points)
        mine = strain_along_axes(strain[cells].reshape(-1, 6), angles)
        if born is not None:
            e = law.free_strain(kelvin)
            there = strain_along_axes(born[cells].reshape(-1, 6), angles)
            mine -= (1.0 + 0.5 * (e[:, _FIRST] + e[:, _SECOND])) * there
        response = law.respond(mine, kelvin, kelvin, 0.0, np.empty((len(mine), 0)))
        sigma[cells] = stress_of_stack(response.stress, angles).reshape(len(cells), -1, 6)
    return sigma


def stress_in(
    coefficients: Coefficients,
    laws: Sequence[MaterialLaw],
    total: ufl.core.expr.Expr,
    kelvin: float,
    points: Array,
    cells: Integers,
) -> Array:
    """Stress as of `stress_at` at one temperature (K) in some owned cells, (n, points, 6) (Pa). Collective.

    Raises:
        MaterialError: the axes of a material there follow a radius.
    """
    mesh = coefficients.stack_mesh
    strain, sigma = strain_at(mesh, total, points, cells), np.empty((len(cells), len(points), 6))
    for block in np.unique(mesh.block[cells]):
        mine, axes = mesh.block[cells] == block, coefficients.materials[block].axes
        if axes is not None and axes.centre is not None:
            raise MaterialError(coefficients.materials[block].name, "orientation", "its axes follow a radius")
        angle = np.array([0.0 if axes is None else axes.angle])
        along = strain_along_axes(strain[mine].reshape(-1, 6), angle)
        there = np.array([kelvin])
        response = laws[block].respond(along, there, there, 0.0, np.empty((len(along), 0)))
        sigma[mine] = stress_of_stack(response.stress, angle).reshape(-1, len(points), 6)
    return sigma


def strain_at(
    stack_mesh: StackMesh, strains: ufl.core.expr.Expr, points: Array, cells: Integers | None = None
) -> Array:
    """Strains in Voigt order at reference points of some owned cells, of all if absent: (cells, points, 6)."""
    cells = np.arange(len(stack_mesh.block)) if cells is None else cells
    expression = compat.expression(strains, points)
    return compat.evaluate(expression, stack_mesh.mesh, cells.astype(np.int32)).reshape(len(cells), len(points), 6)


def cell_energy(stack_mesh: StackMesh, stiffness: fem.Function, elastic: ufl.core.expr.Expr) -> Array:
    """Integral of eps_el : C : eps_el / 2 over every owned cell (J), shape (cells,).

    Args:
        stack_mesh: the mesh.
        stiffness: moduli in the order of `ALL_MODULI`.
        elastic: elastic strain in Voigt order.
    """
    space = fem.functionspace(stack_mesh.mesh, ("DG", 0))
    density = 0.5 * ufl.inner(stress(stiffness, elastic), elastic)
    form = compat.form(density * ufl.TestFunction(space) * ufl.dx(stack_mesh.mesh, metadata=DX))
    vector = la.vector(space.dofmap.index_map)
    fem.assemble_vector(vector.array, form)
    return np.asarray(vector.array[space.dofmap.list[: len(stack_mesh.block), 0]])


def soft_cells(mesh: StackMesh, stiffness: Array) -> Mask:
    """(cells,) True where layers slide on each other, given moduli (cells, points, 9 or 21). Collective.

    What slides below a die goes on beside it: where nothing lies on it its free face moves on its own as well.
    """
    mean = stiffness.mean(axis=1)
    shear = np.minimum(mean[:, YZ], mean[:, XZ])
    soft = sliding(mesh.column, mesh.layer_of, mesh.heights, mean[:, 0], shear, mesh.sizes, MECHANICS)
    slide = mesh.comm.allreduce(np.bincount(mesh.block[soft], minlength=len(mesh.blocks)), MPI.SUM)
    found: Mask = soft | (bare(mesh.column, mesh.layer_of) & (slide > 0)[mesh.block])
    return found


def moduli_of(_: int, material: Material, temperature: Array) -> Array:
    """The law of the moduli along the axes of the material, (n, 9) in the order of `MODULI`."""
    return moduli(material.stiffness(temperature))


def components(coefficients: Coefficients) -> tuple[int, int]:
    """How many moduli and free strains there are at a point, along the axes of the stack."""
    return (len(ALL_MODULI), 6) if coefficients.turned else (len(MODULI), 3)


def moduli_at(coefficients: Coefficients, temperature: float | Array) -> Array:
    """(cells, points, 9 or 21) moduli along the axes of the stack (Pa), arguments as of `Coefficients.values`."""
    return coefficients.values(moduli_of, components(coefficients)[0], temperature, moduli_of_stack)


def free_strain_at(coefficients: Coefficients, laws: Sequence[MaterialLaw], temperature: float | Array) -> Array:
    """(cells, points, 3 or 6) strain without stress along the axes of the stack, arguments as of `moduli_at`."""

    def free(block: int, material: Material, kelvin: Array) -> Array:  # noqa: ARG001  as of `Law`
        return laws[block].free_strain(kelvin)

    return coefficients.values(free, components(coefficients)[1], temperature, strain_of_stack)


def stiffness_across(stack_mesh: StackMesh, moduli: fem.Function) -> Array:
    """Stiffness C_zzzz of every owned cell (Pa), mean over the cell, shape (cells,)."""
    space = moduli.function_space
    values = moduli.x.array.reshape(-1, space.dofmap.index_map_bs)[:, ZZ]
    return np.asarray(values[space.dofmap.list[: len(stack_mesh.block)]].mean(axis=1))
