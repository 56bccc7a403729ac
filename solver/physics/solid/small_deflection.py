"""Thermo-elasticity at small deflection: div C(T) : (eps(u) - eps(b) - eps_th(T, T_ref)) = 0 on the layers present.

b is the displacement a layer was born at, free of stress; zero for one that was there from the start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import basix
import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Mask
from solver.linalg.choose import Choice, linear_solver
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.shear_lag import MECHANICS, sliding
from solver.linalg.stopping import Monitor
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients, Law
from solver.physics.solid.flatness import Flatness
from solver.physics.solid.kinematics import MODULI, normal, strain, stress
from solver.physics.solid.supports import Support, determinate

DeadLoad: TypeAlias = Callable[[ufl.Argument], ufl.Form]
Supports: TypeAlias = Callable[[StackMesh, fem.FunctionSpace], Support]

_FIRST, _SECOND = (0, 1, 2, 1, 0, 0), (0, 1, 2, 2, 2, 1)  # axes of the Voigt components
_ZZ, _YZ, _XZ = (MODULI.index((place, place)) for place in (2, 3, 4))


@dataclass(frozen=True)
class Balance:
    """Checks on an equilibrium.

    Attributes:
        pin_reaction: largest force in a point support, as a part of the sum of all nodal thermal forces.
        energy_error: |a(u, u) - L(u)| / |L(u)|.
        support_force_n: what the supports that carry the whole stack push up with, together (N).
        pull_n: what those of them that hold it down pull with, together (N).
        dead_force_n: what dead loads press the whole stack down with (N).
    """

    pin_reaction: float
    energy_error: float
    support_force_n: float = 0.0
    pull_n: float = 0.0
    dead_force_n: float = 0.0


class SmallDeflectionSolid:
    """Displacement and stress of a stack that is free apart from its rigid-body supports.

    Args:
        stack_mesh: the layers present.
        materials: one per block of the mesh.
        references: (blocks,) temperature at which each block is free of stress (K).
        pointwise: True to take a temperature field, False for uniform temperatures.
        solver: which linear solver.
        dead_load: linear form, in its argument, of further forces (weight), or None.
        supports: makes the supports from mesh and displacement space.
        birth: displacement every cell was born at (m), cell by cell (`solver.process.birth`); None: at zero.

    Attributes:
        flatness: of a face, as of `meshes.faces`.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        references: Array,
        pointwise: bool = False,
        solver: Choice = "auto",
        dead_load: DeadLoad | None = None,
        supports: Supports = determinate,
        birth: fem.Function | None = None,
    ) -> None:
        domain = stack_mesh.mesh
        self.stack_mesh, self.materials, self.references = stack_mesh, tuple(materials), references
        self.birth = birth
        self.space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
        self.coefficients = Coefficients(stack_mesh, materials, pointwise)
        self.moduli = fem.Function(self.coefficients.space(len(MODULI)))
        self.free_strain = fem.Function(self.coefficients.space(3))
        self.displacement = fem.Function(self.space, name="displacement")
        self.support = supports(stack_mesh, self.space)

        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(domain, metadata=DX)
        self._a = LayeredForm(ufl.inner(stress(self.moduli, strain(u)), strain(v)) * dx, self.moduli)
        free = normal(self.free_strain) if birth is None else normal(self.free_strain) + strain(birth)
        load = ufl.inner(stress(self.moduli, free), strain(v)) * dx
        self._load = compat.form(load if dead_load is None else load + dead_load(v))
        self._pressing = pressing(stack_mesh, self.space, dead_load)
        self._choice = solver
        self._solver: KrylovSolver | None = None
        self.flatness = cache(lambda face: Flatness(stack_mesh, self.space, face))
        self._same_stiffness = not any(material.is_temperature_dependent_stiffness for material in materials)

    def solve(
        self, temperature: float | fem.Function, monitor: Monitor | None = None, face: str | None = None
    ) -> tuple[SolveRecord, Balance]:
        """Equilibrium at a uniform temperature (K) or in a temperature field.

        Args:
            temperature: uniform or a field.
            monitor: told of every iteration of the linear solver.
            face: as of `meshes.faces`: end as soon as its warpage has settled; None: at the tolerance of the solver.

        Raises:
            NotConvergedError: the linear solve failed.
        """
        points = self.coefficients.at_points(temperature) if isinstance(temperature, fem.Function) else temperature
        self.coefficients.fill(self.free_strain, self._free_strain, points)
        if self._solver is None or not self._same_stiffness:
            self.coefficients.fill(self.moduli, moduli_of, points)
        if self._solver is None:
            self._solver = self._linear_solver(points)
        elif not self._same_stiffness:
            self._solver.update()
        load = self._assembled_load()
        self._solver.monitor = monitor
        record = self._solver.solve(load, self.displacement, None if face is None else self.flatness(face))
        return record, self._balance(load)

    @property
    def solver(self) -> KrylovSolver:
        """Of the last solve."""
        assert self._solver is not None, "solve first"
        return self._solver

    def stress(self, temperature: float | fem.Function) -> Array:
        """sigma = C : (eps(u) - eps_th) at the eight corners of every local cell, shape (cells, 8, 6), Voigt order, Pa.

        Args:
            temperature: what `solve` was given last.
        """
        total = self._total_strain()
        return corner_stress(self.coefficients, total, self._free_strain, temperature)

    def stretch(self) -> Array:
        """Thickness of every owned cell since its birth over that at birth, mean over the cell, shape (cells,)."""
        space = fem.functionspace(self.stack_mesh.mesh, ("DG", 0))
        test, dx = ufl.TestFunction(space), ufl.dx(self.stack_mesh.mesh, metadata=DX)
        total, volume = (
            np.asarray(fem.assemble_vector(compat.form(form)).array)
            for form in (self._total_strain()[2] * test * dx, test * dx)
        )
        cells = space.dofmap.list[: len(self.stack_mesh.block), 0]
        return np.asarray(1.0 + total[cells] / volume[cells])

    def stiffness_across(self) -> Array:
        """Stiffness C_zzzz of every owned cell (Pa), mean over the cell, shape (cells,)."""
        values = self.moduli.x.array.reshape(-1, len(MODULI))[:, _ZZ]
        return np.asarray(values[self.moduli.function_space.dofmap.list[: len(self.stack_mesh.block)]].mean(axis=1))

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,), at the last solution."""
        return cell_energy(self.stack_mesh, self.moduli, self._total_strain() - normal(self.free_strain))

    def _total_strain(self) -> ufl.core.expr.Expr:
        """Strain since birth, in Voigt order."""
        return strain(self.displacement) if self.birth is None else strain(self.displacement) - strain(self.birth)

    def destroy(self) -> None:
        """Free the factorisation."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    def _linear_solver(self, points: float | Array) -> KrylovSolver:
        soft = soft_cells(self.stack_mesh, self.coefficients.values(moduli_of, len(MODULI), points))
        return linear_solver(self._choice, self._a, self.space, self.support.unknowns, self.stack_mesh, soft)

    def _free_strain(self, block: int, material: Material, temperature: Array) -> Array:
        return material.free_strain(temperature, self.references[block])

    def _assembled_load(self) -> Array:
        vector = la.vector(self.space.dofmap.index_map, 3)
        fem.assemble_vector(vector.array, self._load)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local * 3].copy()

    def _balance(self, load: Array) -> Balance:
        assert self._solver is not None
        comm = self.stack_mesh.comm
        u = self.displacement.x.array[: len(load)]
        internal = self._solver.operator.product(u)
        pins = self.support.pins[self.support.pins < len(load)]
        force = np.abs(internal[pins] - load[pins]).max(initial=0.0)
        reaction = comm.allreduce(force, MPI.MAX)
        scale = comm.allreduce(np.abs(load).sum(), MPI.SUM)
        stored, done = comm.allreduce(np.array([internal @ u, load @ u]), MPI.SUM)
        carried = carried_by(self.stack_mesh, self.support, internal - load)
        error = abs(stored - done) / abs(done) if done else 0.0
        return Balance(reaction / scale if scale else 0.0, error, *carried, self._pressing)


def carried_by(stack_mesh: StackMesh, support: Support, reactions: Array) -> tuple[float, float]:
    """What supports push up with, together, and what some of them pull down with (N), of the whole stack.

    Args:
        stack_mesh: the mesh.
        support: with unknowns that rest or touch.
        reactions: (owned unknowns,) forces on the stack (N).
    """
    carrying = np.union1d(support.rests, support.touches)
    forces = reactions[carrying[carrying < len(reactions)]]
    clamped = support.clamped[(support.clamped % 3 == 2) & (support.clamped < len(reactions))]
    up = forces.sum() + reactions[clamped].sum()
    local = stack_mesh.stack.multiplicity * np.array([up, np.abs(forces[forces < 0.0]).sum()])
    up, down = stack_mesh.comm.allreduce(local, MPI.SUM)
    return float(up), float(down)


def pressing(stack_mesh: StackMesh, space: fem.FunctionSpace, dead_load: DeadLoad | None) -> float:
    """Force with which a dead load presses the whole stack down (N). Collective."""
    if dead_load is None:
        return 0.0
    nodal = fem.assemble_vector(compat.form(dead_load(ufl.TestFunction(space)))).array
    down = stack_mesh.comm.allreduce(-float(nodal[2::3].sum()), MPI.SUM)
    return float(stack_mesh.stack.multiplicity * down)


def corner_stress(
    coefficients: Coefficients,
    total: ufl.core.expr.Expr,
    free: Law,
    temperature: float | fem.Function,
    green: bool = False,
    birth: ufl.core.expr.Expr | None = None,
) -> Array:
    """Stress at the eight corners of every local cell, shape (cells, 8, 6), Voigt order, Pa.

    Args:
        coefficients: of the stack.
        total: strain in Voigt order.
        free: the law of the free strain.
        temperature: uniform (K) or a field.
        green: True for Green's strains (`solver.physics.solid.kinematics.green_free`).
        birth: then the strain at birth, which `total` includes, or None.
    """
    corners = basix.geometry(coefficients.stack_mesh.mesh.basix_cell())
    epsilon = _at_corners(coefficients, total, corners)
    there = coefficients.at_points(temperature, corners) if isinstance(temperature, fem.Function) else temperature
    moduli = coefficients.values(moduli_of, len(MODULI), there)
    e = coefficients.values(free, 3, there)
    epsilon[..., :3] -= e + 0.5 * e**2 if green else e
    if birth is not None:
        epsilon -= (1.0 + 0.5 * (e[..., _FIRST] + e[..., _SECOND])) * _at_corners(coefficients, birth, corners)
    sigma = np.zeros_like(epsilon)
    for modulus, (i, j) in enumerate(MODULI):
        sigma[..., i] += moduli[..., modulus] * epsilon[..., j]
        if i != j:
            sigma[..., j] += moduli[..., modulus] * epsilon[..., i]
    return sigma


def _at_corners(coefficients: Coefficients, strains: ufl.core.expr.Expr, corners: Array) -> Array:
    """Strains in Voigt order at the corners of every local cell, shape (cells, 8, 6)."""
    domain, cells = coefficients.stack_mesh.mesh, np.arange(len(coefficients.stack_mesh.block), dtype=np.int32)
    expression = compat.expression(strains, corners)
    return compat.evaluate(expression, domain, cells).reshape(len(cells), len(corners), 6)


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
    shear = np.minimum(mean[:, _YZ], mean[:, _XZ])
    return sliding(mesh.column, mesh.layer_of, mesh.heights, mean[:, 0], shear, mesh.sizes, MECHANICS)


def moduli_of(block: int, material: Material, temperature: Array) -> Array:
    """The law of the moduli, (n, 9) in the order of `MODULI`."""
    stiffness = material.stiffness(temperature)
    return np.stack([stiffness[..., i, j] for i, j in MODULI], axis=-1)
