"""Thermo-elasticity at large deflection: total Lagrangian, St Venant-Kirchhoff, on the layers present.

    Pi(u) = int 1/2 (E(u) - E_free) : C : (E(u) - E_free) dx - L(u),
    E(u) = sym(grad u) + 1/2 grad u^T grad u,   E_free = ((U_b + e)^2 - 1) / 2

is stationary. Strains are those of the material, a few 1e-3; rotations may be of any size. The free strain e (thermal)
is a change of length, so a sheet that nothing holds changes its length by e. A layer born onto a warped stack is free
of stress at the displacement b it was born at, of stretch U_b; the exact elastic strain from there differs from the
difference above by a turn of its axes, which are taken along, and by a part of the order of the strain.

Newton's method takes the stress in the geometric stiffness from strains linearised about the last iterate (D. Magisano,
L. Leonetti, G. Garcea, Comput. Methods Appl. Mech. Eng. 313, 986, 2017): the full Green strain of an iterate holds a
membrane stress of the order of its rotation squared that the next iteration takes away, and that stress would hold the
steps back. For the same reason new loads enter that stress only after the first iteration has answered them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.linalg.linearised import LayeredTangent
from solver.linalg.tangent import Correction, TangentSolver
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients
from solver.physics.solid.contact import contact
from solver.physics.solid.kinematics import MODULI, green_curvature, green_free, green_strain, green_variation, stress
from solver.physics.solid.load import Diverged, Increment, Load, State
from solver.physics.solid.small_deflection import (
    Balance,
    DeadLoad,
    Supports,
    carried_by,
    cell_energy,
    corner_stress,
    moduli_of,
    pressing,
    soft_cells,
)
from solver.physics.solid.supports import determinate

_MOST_ITERATIONS = 12
_MOST_TOUCHING = 200  # of them with contact, whose set of nodes on the plane is found on the way
_EASY = 6  # iterations up to which the next increment is twice as large
_LEAST, _TRIED = 1 / 256, 1 / 16  # share of the way below which an increment is given up, and if there are other ways
_FAR = 25.0  # thicknesses the first correction of an increment may move: one linear step says little beyond
_STALE = 0.02  # part of the displacement that may change before the preconditioner is made anew
_ROLLING_MODES = 4  # nearest to zero, with contact: two may be those of a stack that rolls
PASSING, FINAL = 1e-3, 1e-6  # largest last correction, as a part of the displacement, on the way and at its end
_ROUGH, _FINE = 1e-2, 1e-4  # residual that linear solves leave, far from and near the equilibrium
_TOUCHING = 1e-6  # the same with contact: the weight on a node is little beside the forces in the stack
_TENTH, _TINY = 0.1, 1e-3  # of the tolerance: to which contact balances, and at which nothing is left to gain


class LargeDeflectionSolid:
    """Equilibria of a stack at large deflection; it starts flat, without stress and load.

    Args:
        stack_mesh: the layers present.
        materials: one per block of the mesh.
        references: (blocks,) temperature at which each block is free of stress (K).
        pointwise: True to take a temperature field, False for uniform temperatures.
        dead_load: linear form, in its argument, of forces that keep their size and direction (weight), or None.
        supports: makes the supports from mesh and displacement space.
        birth: displacement every cell was born at (m), cell by cell (`solver.process.birth`); None: at zero, flat.

    Attributes:
        space, support: of the displacement.
        displacement: of the present state (m).
        thickness: of the layers present (m).
        tangent: the bilinear form of Newton's method at the present state.
        newton_iterations, linear_iterations: so far.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        references: Array,
        pointwise: bool = False,
        dead_load: DeadLoad | None = None,
        supports: Supports = determinate,
        birth: fem.Function | None = None,
    ) -> None:
        domain = stack_mesh.mesh
        self.stack_mesh, self.materials, self.references = stack_mesh, tuple(materials), references
        self.space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
        self.coefficients = Coefficients(stack_mesh, materials, pointwise)
        self.moduli = fem.Function(self.coefficients.space(len(MODULI)))
        self.free_strain = fem.Function(self.coefficients.space(3))
        self.displacement = fem.Function(self.space, name="displacement")
        self.support = supports(stack_mesh, self.space)
        self.birth = birth
        self.newton_iterations = self.linear_iterations = 0
        self.thickness = stack_mesh.top - stack_mesh.bottom
        self._comm = stack_mesh.comm
        self._owned = 3 * self.space.dofmap.index_map.size_local
        self._held, self._held_share = np.zeros(self._owned), 0.0
        self._solver: TangentSolver | None = None
        self._built: Array | None = None
        self._forms(dead_load)
        self._pressing = pressing(stack_mesh, self.space, dead_load)
        self.contact = contact(stack_mesh, self.space, self.support, self._pressing)
        self._anchored = False

    def _forms(self, dead_load: DeadLoad | None) -> None:
        domain, u = self.stack_mesh.mesh, self.displacement
        t, v, dx = ufl.TrialFunction(self.space), ufl.TestFunction(self.space), ufl.dx(domain, metadata=DX)
        self._dead = fem.Constant(domain, 0.0)
        self._anisotropy, self._old_anisotropy = (fem.Constant(domain, np.zeros(2)) for _ in range(2))
        self._old_strain = fem.Function(self.free_strain.function_space)
        self._born, self._old_born = fem.Constant(domain, 0.0), fem.Constant(domain, 0.0)
        self._last, self._next = fem.Function(self.space), fem.Function(self.space)
        self._spring, self._anchor = fem.Constant(domain, 0.0), fem.Function(self.space)

        elastic = green_strain(u) - self._free(self.free_strain, self._born, self._anisotropy)
        linearised = green_strain(u) - 0.5 * green_curvature(self._last, self._last)
        linearised -= self._free(self._old_strain, self._old_born, self._old_anisotropy)
        self._elastic = elastic
        geometric = stress(self.moduli, linearised)
        energy = 0.5 * ufl.inner(stress(self.moduli, elastic), elastic) * dx
        residual = ufl.inner(stress(self.moduli, elastic), green_variation(u, v)) * dx
        residual += self._spring * ufl.inner(u - self._anchor, v) * dx
        if dead_load is not None:
            work = dead_load(v)
            energy -= self._dead * ufl.replace(work, {v: u})
            residual -= self._dead * work
        self.tangent = (
            ufl.inner(stress(self.moduli, green_variation(u, t)), green_variation(u, v))
            + ufl.inner(geometric, green_curvature(t, v))
            + self._spring * ufl.inner(t, v)
        ) * dx
        thermal = self._old_strain, self._old_anisotropy
        born = self.birth, self._old_born
        self._layered = LayeredTangent(self.tangent, self.moduli, *thermal, u, self._last, *born, self._spring)
        self._energy, self._residual = compat.form(energy), compat.form(residual)
        self._mass = compat.form(ufl.inner(self._next, self._next) * dx)

    # ---- loads and states

    def load_at(self, temperature: float | fem.Function) -> Load:
        """The load at a uniform temperature (K) or in a temperature field, dead loads included."""
        points = self.coefficients.at_points(temperature) if isinstance(temperature, fem.Function) else temperature
        moduli, strain = fem.Function(self.moduli.function_space), fem.Function(self.free_strain.function_space)
        self.coefficients.fill(moduli, moduli_of, points)
        self.coefficients.fill(strain, self._free_strain, points)
        if self._solver is None:
            self._begin(moduli.x.array, points)
        return Load(moduli.x.array.copy(), strain.x.array.copy(), 1.0, 1.0, 0.0, np.zeros(2))

    @property
    def state(self) -> State:
        """Where the stack is."""
        fields = self.moduli.x.array.copy(), self.free_strain.x.array.copy()
        factors = float(self._dead.value), float(self._born.value), self._held_share
        load = Load(*fields, *factors, self._anisotropy.value.copy())
        return State(self.displacement.x.array.copy(), load)

    @state.setter
    def state(self, state: State) -> None:
        self.displacement.x.array[:] = state.displacement
        self._last.x.array[:] = 0.0
        self._apply(state.load)
        self._lag(state.load)
        self._touch()

    def flat(self, load: Load) -> State:
        """The flat stack without stress, its moduli as under a load."""
        at_rest = Load(load.moduli, np.zeros_like(load.free_strain), 0.0, 0.0, 0.0, np.zeros(2))
        return State(np.zeros_like(self.displacement.x.array), at_rest)

    def take_over(self, displacement: Array, load: Load) -> None:
        """Begin at a displacement (local unknowns, m) that answers a load but for forces at its surface.

        Those of layers that were taken away and of supports that let go are held; a load with `held` 0 releases them.
        """
        self.state = State(displacement, replace(load, held=0.0))
        self._held = -self._forces()
        self.state = State(displacement, replace(load, held=1.0))

    def energy(self) -> float:
        """Potential energy Pi of the modelled part (J)."""
        own: float = self._comm.allreduce(fem.assemble_scalar(self._energy), MPI.SUM)
        return own + self._held_share * self.dot(self._held, self.displacement.x.array)

    def stress(self, temperature: float | fem.Function) -> Array:
        """Second Piola-Kirchhoff stress at the eight corners of every local cell, shape (cells, 8, 6), Voigt order, Pa.

        Strains are small: it is the stress along the axes of the material, which have turned with it.

        Args:
            temperature: of the present load.
        """
        total, birth = green_strain(self.displacement), None if self.birth is None else green_strain(self.birth)
        return corner_stress(self.coefficients, total, self._free_strain, temperature, green=True, birth=birth)

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,)."""
        return cell_energy(self.stack_mesh, self.moduli, self._elastic)

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""
        result = self._forces()
        result[self.solver.operator.constrained] = 0.0
        return result

    def balance(self) -> Balance:
        """Checks on the present equilibrium, as parts of the forces that hold the stack flat and of their work."""
        out, u = self._forces(), self.displacement.x.array.copy()
        self.displacement.x.array[:] = 0.0
        flat = self._forces()
        self.displacement.x.array[:] = u
        force = np.abs(out[self.support.pins[self.support.pins < self._owned]]).max(initial=0.0)
        reaction, scale = self._comm.allreduce(force, MPI.MAX), self._comm.allreduce(np.abs(flat).sum(), MPI.SUM)
        error, work = abs(self.dot(out, u)), abs(self.dot(flat, u))
        out[np.setdiff1d(np.arange(self._owned), self.solver.operator.constrained)] = 0.0
        carried = carried_by(self.stack_mesh, self.support, out)
        pressed = float(self._dead.value) * self._pressing
        return Balance(reaction / scale if scale else 0.0, error / work if work else 0.0, *carried, pressed)

    def _forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N), those of the supports included."""
        if not self._anchored:
            self._anchor.x.array[:] = self.displacement.x.array
        vector = la.vector(self.space.dofmap.index_map, 3)
        fem.assemble_vector(vector.array, self._residual)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self._owned] + self._held_share * self._held

    @property
    def solver(self) -> TangentSolver:
        """Of the tangent; it is there from the first load on."""
        assert self._solver is not None, "ask for a load first"
        return self._solver

    def unstable(self) -> int:
        """Directions found in which the energy falls, of an equilibrium: at least as many are there.

        The plates' negative pivots, which come up to 3 % of the bifurcation load late as plates are stiffer than the
        stack; or else one, if their softest mode, smoothed, is unstable (0.2 % late).
        """
        self._renew()
        return self.solver.negative_pivots or int(self.soft_mode()[1] < 0.0)

    def destroy(self) -> None:
        """Free the factors."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    # ---- the way to a load

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:
        """Go from the present state to an equilibrium under a load, by increments as large as Newton's method bears.

        Args:
            target: the load.
            tolerance: of the last increment, as of `newton`.
            only_stable: stop at the first increment that ends unstable, and sooner where increments must be small.

        Raises:
            NotConvergedError: increments became too small; the state is the last one reached.
        """
        start, share, step = self.state.load, 0.0, 1.0
        least = _TRIED if only_stable else _LEAST
        increments: list[Increment] = []
        counted = self.newton_iterations, self.linear_iterations
        while share < 1.0:
            end, before = min(1.0, share + step), self.state
            try:
                count, definite = self.newton(start.towards(target, end), tolerance if end == 1.0 else PASSING)
            except Diverged as diverged:
                self.state = before
                step = diverged.share * (end - share)
                if step < least:
                    raise NotConvergedError(
                        f"large deflection: no equilibrium found beyond {share:.3f} of the load, "
                        f"with increments down to {least:.3f} of it"
                    ) from None
                continue
            share, step = end, step * (2.0 if count <= _EASY else 1.0)
            spent = self.newton_iterations - counted[0], self.linear_iterations - counted[1]
            counted = self.newton_iterations, self.linear_iterations
            increments.append(Increment(share, *spent, max(self.unstable(), int(not definite))))
            if only_stable and increments[-1].unstable:
                break
        return increments

    def newton(self, load: Load, tolerance: float, spring: float = 0.0) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment: iterations it took, and False if it is surely unstable.

        An unstable equilibrium may be missed by a part 1e-4 of the displacement: near it conjugate gradients end early.

        Args:
            load: the load.
            tolerance: largest last correction, as a part of the largest displacement.
            spring: stiffness per volume (N/m^4) that holds the stack where it is: one step of a flow down the energy.

        Raises:
            Diverged: it did not converge; the state is not an equilibrium.
        """
        old = self.state
        self._apply(load)
        self._lag(old.load)
        self._hold(spring)
        self._touch()
        if self.contact is not None:
            self.contact.rough = tolerance > FINAL
        distance = 1.0
        try:
            for iteration in range(1, (_MOST_ITERATIONS if self.contact is None else _MOST_TOUCHING) + 1):
                rough = float(np.clip(distance, _FINE, _ROUGH))
                correction = self._correct(rough if self.contact is None else _TOUCHING)
                if not correction.definite and distance < _STALE:
                    return iteration, False
                size = self._largest(self._next.x.array)
                if not np.isfinite(size) or not correction.definite:
                    raise Diverged
                if iteration == 1 and size > _FAR * self.thickness:
                    raise Diverged(_FAR * self.thickness / size)
                self.displacement.x.array[:] += self._next.x.array
                self._last.x.array[:] = self._next.x.array
                self._lag(load)
                distance = self.part_of_displacement(self._next.x.array)
                if self._meet() or distance > tolerance:
                    continue
                if correction.converged and (distance < _TINY * tolerance or self._balanced(_TENTH * tolerance)):
                    return iteration, True
            raise Diverged
        finally:
            self._last.x.array[:] = 0.0
            if spring:
                self._hold(0.0)

    def _correct(self, tolerance: float) -> Correction:
        """The next correction, with a new preconditioner if the old one is of elsewhere and met negative curvature."""
        self.newton_iterations += 1
        if self._moved() > _STALE:
            self._renew()
        forces = self._forces()
        lift = None if self.contact is None else self.contact.lift(self.displacement.x.array)
        b = -forces if lift is None else -forces - self.solver.operator.product(lift[: self._owned])
        correction = self.solver.correct(b, self._next, tolerance)
        self.linear_iterations += correction.iterations
        if not correction.converged and self._moved() > 0.0:
            self._renew()
            correction = self.solver.correct(b, self._next, tolerance)
            self.linear_iterations += correction.iterations
        if lift is not None:
            self._next.x.array[:] += lift
            self._carried = forces + self.solver.operator.product(self._next.x.array[: self._owned])
        return correction

    def _touch(self) -> None:
        """Hold the nodes that are on the plane."""
        if self.contact is not None and self.contact.begin(self.displacement.x.array):
            self._constrain()

    def _meet(self) -> bool:
        """Let nodes go and catch others as the last correction says; True if the set has changed."""
        if self.contact is None or not self.contact.update(self.displacement.x.array, self._carried):
            return False
        self._constrain()
        return True

    def _balanced(self, part: float) -> bool:
        """True if what presses the stack down is carried, up to a part of it."""
        return self.contact is None or self.contact.imbalance(self.residual()) <= part

    def _constrain(self) -> None:
        if self._solver is not None and self.contact is not None:
            self._solver.constrain(self.contact.constrained)
            self._built = None

    # ---- down the energy

    def soft_mode(self) -> tuple[Array, float]:
        """Motion (local unknowns,) of largest value 1 that resists least, and its stiffness per mass of unit density.

        The stiffness (N/m^4) is negative if the state is unstable.
        """
        if self._moved() > 0.0:
            self._renew()
        mode = self.solver.soft_mode(1 if self.contact is None else _ROLLING_MODES)
        self._next.x.array[: self._owned] = mode
        self._next.x.scatter_forward()
        self._next.x.array[:] /= self._largest(self._next.x.array)
        mode = self._next.x.array[: self._owned].copy()
        work = self.dot(mode, self.solver.operator.product(mode))
        mass = self._comm.allreduce(fem.assemble_scalar(self._mass), MPI.SUM)
        return self._next.x.array.copy(), work / mass

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""
        return float(self._comm.allreduce(float(a[: self._owned] @ b[: self._owned]), MPI.SUM))

    # ---- small parts

    def _begin(self, moduli: Array, points: float | Array) -> None:
        """The first load decides on the plates."""
        self.moduli.x.array[:] = moduli
        soft = soft_cells(self.stack_mesh, self.coefficients.values(moduli_of, len(MODULI), points))
        held = self.support.unknowns if self.contact is None else self.contact.constrained
        arguments = held, self.stack_mesh.column, soft, self.displacement
        self._solver = TangentSolver(self._layered, self.space, *arguments)
        self._built = self.displacement.x.array.copy()

    def _free_strain(self, block: int, material: Material, temperature: Array) -> Array:
        return material.free_strain(temperature, self.references[block])

    def _free(self, strains: fem.Function, born: fem.Constant, anisotropy: fem.Constant) -> ufl.core.expr.Expr:
        """Green's strain of a cell free of stress, in Voigt order."""
        part = 0.5 * (strains[0] + strains[1])
        along, sheared = part * anisotropy[0], part * anisotropy[1]
        free = green_free(strains, 0.0 if self.birth is None else born * green_strain(self.birth))
        return free + ufl.as_vector([along, -along, 0, 0, 0, 2 * sheared])

    def _apply(self, load: Load) -> None:
        self.moduli.x.array[:], self.free_strain.x.array[:] = load.moduli, load.free_strain
        self._dead.value, self._anisotropy.value[:] = load.dead, load.anisotropy
        self._born.value, self._held_share = load.birth, load.held

    def _lag(self, load: Load) -> None:
        """Let the stress of the geometric stiffness be that under a load."""
        self._old_strain.x.array[:], self._old_anisotropy.value[:] = load.free_strain, load.anisotropy
        self._old_born.value = load.birth

    def _hold(self, spring: float) -> None:
        """Hold the stack where it is by springs; the preconditioner does not know them yet.

        With contact, springs that go wherever it goes are always there: see `Contact.rolling`.
        """
        self._anchored = spring > 0.0
        if self.contact is not None:
            spring = max(spring, self.contact.rolling(self.displacement.x.array))
        if spring != self._spring.value:
            self._built = None
        self._spring.value = spring
        self._anchor.x.array[:] = self.displacement.x.array

    def _renew(self) -> None:
        self.solver.refresh()
        self._built = self.displacement.x.array.copy()

    def _moved(self) -> float:
        """Change of the displacement since the preconditioner was made, as a part of it."""
        return np.inf if self._built is None else self.part_of_displacement(self.displacement.x.array - self._built)

    def part_of_displacement(self, change: Array) -> float:
        size = self._largest(change)
        return size / max(self._largest(self.displacement.x.array), np.finfo(float).tiny)

    def _largest(self, values: Array) -> float:
        return float(self._comm.allreduce(np.abs(values).max(initial=0.0), MPI.MAX))
