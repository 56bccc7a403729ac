"""Thermo-elasticity at large deflection on the layers present: `forms` says what, `newton` and `increments` how."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.linalg.tangent import Correction, TangentSolver
from solver.materials.material import Material
from solver.parallel import combined
from solver.physics.coefficients import Coefficients
from solver.physics.solid import increments
from solver.physics.solid.constitutive import (
    cell_energy,
    free_strain_at,
    laws_of,
    moduli_at,
    soft_cells,
    stress_at,
)
from solver.physics.solid.contact import contact
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.kinematics import green_strain
from solver.physics.solid.load import Increment, Load, State
from solver.physics.solid.newton import FINAL, Newton
from solver.physics.solid.reactions import carried_by, force_error, imbalance, pressing
from solver.physics.solid.slender import ByNewton
from solver.physics.solid.solid import Balance, DeadLoad, Supports
from solver.physics.solid.supports import determinate


class LargeDeflectionSolid(ByNewton[Newton]):
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
        forms: of the energy.
        held_flat: True if the whole underside is held on a plane.
    """

    remembers = False  # laws may have a memory
    green = True  # strains are Green's, turns may be of any size

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
        self.stack_mesh, self.materials, self.references = stack_mesh, tuple(materials), references
        self.laws = laws_of(materials, references, green=True, remember=self.remembers)
        self.coefficients = Coefficients(stack_mesh, materials, pointwise or self.remembers)
        self.birth = birth
        self.forms = self._forms_made(dead_load)
        self.space, self.displacement = self.forms.space, self.forms.displacement
        self.support = supports(stack_mesh, self.space)
        self.held_flat = self.support.flat
        self.thickness = stack_mesh.top - stack_mesh.bottom
        self._pressing = pressing(stack_mesh, self.space, dead_load)
        self.contact = contact(stack_mesh, self.space, self.support, self._pressing)
        self._newton = self._newton_made(dead_load)
        if self.support.driven is not None:
            self._newton.driven = self.support.driven.unknowns
            self.forms.driven = np.zeros(len(self._newton.driven))

    def _forms_made(self, dead_load: DeadLoad | None) -> LargeDeflectionForms:
        return LargeDeflectionForms(self.coefficients, dead_load, self.birth)

    def _newton_made(self, dead_load: DeadLoad | None) -> Newton:  # noqa: ARG002  for those that are led
        imbalance_of = imbalance(self.stack_mesh, self.support, self._pressing)
        return Newton(self.forms, self.contact, self.thickness, imbalance_of, self.held_flat)

    # ---- loads and states

    def load_at(self, temperature: float | fem.Function) -> Load:
        """The load at a uniform temperature (K) or in a temperature field, dead loads included."""
        points = self.coefficients.at_points(temperature) if isinstance(temperature, fem.Function) else temperature
        moduli, strain = compat.function_like(self.forms.moduli), compat.function_like(self.forms.free_strain)
        self.coefficients.put(moduli, moduli_at(self.coefficients, points))
        self.coefficients.put(strain, free_strain_at(self.coefficients, self.laws, points))
        if not self._newton.ready:
            soft = soft_cells(self.stack_mesh, moduli_at(self.coefficients, points))
            self._newton.begin(moduli.x.array, self.support.unknowns, self.stack_mesh.column, soft)
        fields = moduli.x.array.copy(), strain.x.array.copy()
        return Load(*fields, 1.0, 1.0, 0.0, np.zeros(2), driven=self._driven(temperature))

    def _driven(self, temperature: float | fem.Function) -> Array:
        """(unknowns that are displaced,) where they are wanted (m)."""
        if self.support.driven is None:
            return np.zeros(0)
        return self.support.driven.values(None if isinstance(temperature, fem.Function) else temperature)

    @property
    def state(self) -> State:
        """Where the stack is."""
        return self.forms.state

    @state.setter
    def state(self, state: State) -> None:
        self.forms.state = state
        self._newton.touch()

    def flat(self, load: Load) -> State:
        """The flat stack without stress, its moduli as under a load."""
        at_rest = Load(
            load.moduli, np.zeros_like(load.free_strain), 0.0, 0.0, 0.0, np.zeros(2), driven=np.zeros_like(load.driven)
        )
        return State(np.zeros_like(self.displacement.x.array), at_rest)

    def flattened(self, load: Load) -> State | None:
        """The stack whose underside is pressed on the plane under it as far as that goes; None if that is unstable."""
        self.state = self.flat(load)
        return self.state if self._newton.flatten(load) else None

    def take_over(self, displacement: Array, load: Load) -> None:
        """Begin at a displacement (local unknowns, m) that answers a load but for forces at its surface.

        Those of layers that were taken away and of supports that let go are held; a load with `held` 0 releases them.
        """
        driven = self.support.driven
        here = load if driven is None else replace(load, driven=displacement[driven.unknowns])
        self.state = State(displacement, replace(here, held=0.0))
        self.forms.held = -self._newton.forces()
        self.state = State(displacement, replace(here, held=1.0))

    # ---- what is read from a state

    @property
    def tangent(self) -> ufl.Form:
        """The bilinear form of Newton's method at the present state."""
        return self.forms.tangent

    def energy(self) -> float:
        """Potential energy Pi of the modelled part (J)."""
        return self.forms.energy()

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:
        """Second Piola-Kirchhoff stress, shape (local cells, points, 6), Voigt order, Pa.

        Strains are small: it is the stress along the axes of the material, which have turned with it.

        Args:
            temperature: of the present state: uniform (K) or a field.
            points: (n, 3) reference points of a cell; None: its eight corners.
        """
        total, birth = green_strain(self.displacement), None if self.birth is None else green_strain(self.birth)
        return stress_at(self.coefficients, self.laws, total, temperature, points, birth)

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,)."""
        return cell_energy(self.stack_mesh, self.forms.moduli, self.forms.elastic)

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""
        return self._newton.residual()

    def reactions(self) -> Array:
        """(owned unknowns,) forces out of balance (N): at an equilibrium those of the supports."""
        return self._newton.forces()

    def balance(self) -> Balance:
        """Checks on the present equilibrium, as parts of the forces that hold the stack flat and of their work."""
        out, u = self.reactions(), self.displacement.x.array.copy()
        self.displacement.x.array[:] = 0.0
        flat = self.reactions()
        self.displacement.x.array[:] = u
        owned, comm = self.forms.owned, self.stack_mesh.comm
        force = np.abs(out[self.support.pins[self.support.pins < owned]]).max(initial=0.0)
        held = self.support.driven
        driven = np.empty(0, np.int32) if held is None else held.unknowns[held.unknowns < owned]
        acting = np.abs(flat).sum() + np.abs(out[driven]).sum()
        reaction, scale = combined(comm, force, MPI.MAX), combined(comm, acting, MPI.SUM)
        moved = out.copy()
        moved[driven] = 0.0
        error, work = abs(self.dot(moved, u)), abs(self.dot(flat, u))
        out[np.setdiff1d(np.arange(owned), self._newton.constrained)] = 0.0
        carried = carried_by(self.stack_mesh, self.support, out)
        pressed = self.forms.dead_share * self._pressing
        off = force_error(carried, pressed, scale)
        return Balance(reaction / scale if scale else 0.0, error / work if work else 0.0, *carried, pressed, off)

    # ---- the way to a load

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:
        """Go from the present state to an equilibrium under a load, as of `increments.follow`."""
        return increments.follow(self._newton, target, tolerance, only_stable)

    def solve_from(self, guess: Array, load: Load, tolerance: float = FINAL) -> bool:
        """Go to an equilibrium near a displacement, as of `Newton.solve_from`."""
        return self._newton.solve_from(guess, load, tolerance)

    @property
    def solver(self) -> TangentSolver:
        """Of the tangent; it is there from the first load on."""
        return self._newton.solver

    def correct(self, b: Array, x: fem.Function, tolerance: float, without: Array | None = None) -> Correction:
        """Solve with the tangent where the stack is, as of `TangentSolver.correct`."""
        return self.solver.correct(b, x, tolerance, without)
