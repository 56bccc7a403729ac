"""Thermo-elasticity at small deflection: div C(T) : (eps(u) - eps(b) - eps_th(T, T_ref)) = 0 on the layers present.

b is the displacement a layer was born at, free of stress; zero for one that was there from the start.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TypeAlias

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.linalg.choose import PADS, Choice, linear_solver, when_pressed
from solver.linalg.direct import DirectSolver
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.stopping import Monitor
from solver.materials.material import Material
from solver.parallel import combined
from solver.physics.coefficients import DX, Coefficients
from solver.physics.solid.closed_cracks import ClosedCracks
from solver.physics.solid.cohesive_cracks import CohesiveCracks, Led
from solver.physics.solid.constitutive import (
    cell_energy,
    components,
    free_strain_at,
    laws_of,
    moduli_at,
    soft_cells,
    stress_at,
    stress_in,
)
from solver.physics.solid.driven import Prescribed
from solver.physics.solid.facing import FacingPads
from solver.physics.solid.flatness import Flatness
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.kinematics import normal, strain, stress
from solver.physics.solid.load import Load, State
from solver.physics.solid.reactions import carried_by, force_error, imbalance, pressing
from solver.physics.solid.solid import Balance, DeadLoad, Supports
from solver.physics.solid.springs import PairSprings, SpringSolver
from solver.physics.solid.supports import determinate
from solver.physics.solid.zone_state import ZoneFaces

Interface: TypeAlias = CohesiveCracks | HeldCracks

_NEARLY = 1e-9  # the same, for the compliance of faces that hold together
_ROUGHLY = 1e-3  # of the residual, for the compliance of faces that press on each other


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
        sound: True to take cohesive interfaces as sound, whatever they bear: beside a stack at large deflection.

    Attributes:
        led: how far loads move beside a sound interface, None: they are as they are.
        cohesion: interface that is not taken as sound, solved between its faces, or with the stack; None without one.
        facing: pads that may press on their mirror image, None: there are none.
        flatness: of a face, as of `meshes.faces`.
        moduli, free_strain: functions of the present coefficients (Pa, 1).
    """

    remembers = False  # laws may have a memory
    green = False  # strains and turns are linear

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
        sound: bool = False,
    ) -> None:
        domain = stack_mesh.mesh
        self.stack_mesh, self.materials, self.references = stack_mesh, tuple(materials), references
        self.laws = laws_of(materials, references, remember=self.remembers)
        self.birth = birth
        self.space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
        self.coefficients = Coefficients(stack_mesh, materials, pointwise or self.remembers)
        self.displacement = fem.Function(self.space, name="displacement")
        self.support = supports(stack_mesh, self.space)
        facing = self.support.facing
        self.facing = None if facing is None else FacingPads(self.space, facing)
        self._held = self.support.unknowns
        self._coefficients_made()

        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(domain, metadata=DX)
        self._a = LayeredForm(ufl.inner(stress(self.moduli, strain(u)), strain(v)) * dx, self.moduli)
        load = self._thermal_load(v) * dx
        self._load = compat.form(load if dead_load is None else load + dead_load(v))
        self._pressing = pressing(stack_mesh, self.space, dead_load)
        held = any(crack.placed.cohesive is not None for crack in stack_mesh.cracks)
        self.led: Led | None = None
        self._sound = sound and held
        unknowns = 3 * self.space.dofmap.index_map.size_global
        self._presses = None if facing is None else when_pressed(solver, unknowns, PADS)
        self._choice: Choice = "direct" if self._presses or (held and solver == "auto") else solver
        self._solver: KrylovSolver | None = None
        follows = held and not self.remembers and not sound
        self.cohesion: Interface | None = CohesiveCracks(stack_mesh, self.space) if follows else None
        closes = stack_mesh.cracks and not self.remembers and not held
        self._closed = ClosedCracks(stack_mesh, self.space) if closes else None
        self._loads = compat.form(dead_load(v)) if held and dead_load is not None else None
        self.flatness = cache(lambda face: Flatness(stack_mesh, self.space, face))
        self._same_stiffness = not any(material.is_temperature_dependent_stiffness for material in materials)

    def _coefficients_made(self) -> None:
        """Make the functions of the coefficients."""
        self.moduli, self.free_strain = (
            fem.Function(self.coefficients.space(count)) for count in components(self.coefficients)
        )

    def linear_stress(self, total: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
        """Stress of a total strain, both in Voigt order, at the present coefficients."""
        return stress(self.moduli, total - self.rest_strain())

    def _thermal_load(self, v: ufl.Argument) -> ufl.core.expr.Expr:
        """Work of the stress that holds the stack as drawn, per volume, with its sign changed."""
        return ufl.inner(stress(self.moduli, self.rest_strain()), strain(v))

    def rest_strain(self) -> ufl.core.expr.Expr:
        """Strain without stress, in Voigt order."""
        return normal(self.free_strain) if self.birth is None else normal(self.free_strain) + strain(self.birth)

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
        self.coefficients.put(self.free_strain, free_strain_at(self.coefficients, self.laws, points))
        if self._solver is None or not self._same_stiffness:
            self.coefficients.put(self.moduli, moduli_at(self.coefficients, points))
        if self._solver is None:
            self._solver = self._linear_solver(points)
        elif not self._same_stiffness:
            self._solver.update()
            for cracks in (self._closed, self.cohesion):
                if isinstance(cracks, ClosedCracks | CohesiveCracks):
                    cracks.outdate()
        load = self._assembled_load()
        self._solver.monitor = monitor
        if isinstance(self.cohesion, CohesiveCracks):
            return self._solve_held(self.cohesion, load)
        if self._sound and self.led is not None:
            load = self._led(self.led, load)
        driven = None if self.support.driven is None else self._driven(self.support.driven, temperature)
        if self._closed is not None:
            return self._solve_closed(self._closed, load, driven)
        if driven is not None:
            record = self._solve_put(driven, load, temperature)
            return record, self._balance(load)
        record = self._solver.solve(load, self.displacement, None if face is None else self.flatness(face))
        return record, self._balance(load)

    def presses_as(self, before: "SmallDeflectionSolid") -> None:
        """Begin with the contact of the same stack with smaller cracks, solved at the same stiffness. Collective."""
        if self._closed is not None and before._closed is not None:
            self._choice = before._choice
            self._closed.inherit(before._closed)

    def _driven(self, driven: Prescribed, temperature: float | fem.Function) -> Array:
        """(local unknowns,) displacement of the places that are displaced, zero at all other nodes (m)."""
        given = np.zeros_like(self.displacement.x.array)
        given[driven.unknowns] = driven.values(None if isinstance(temperature, fem.Function) else temperature)
        return given

    def _solve_put(self, given: Array, load: Array, temperature: float | fem.Function) -> SolveRecord:
        """Equilibrium where places are displaced, and pads may press on their mirror image."""
        if self.facing is None or not isinstance(temperature, float):
            return self._solve_driven(given, load)
        self.facing.begin(anew=True)
        return self._solve_facing(self.facing, temperature, load, given)

    def _solve_driven(self, given: Array, load: Array) -> SolveRecord:
        """Equilibrium u = g + w where some places are displaced by g."""
        record = self.solver.solve(load - self.solver.operator.product(given[: len(load)]), self.displacement)
        self.displacement.x.array[:] += given
        return record

    def _solve_facing(self, facing: FacingPads, kelvin: float, load: Array, given: Array) -> SolveRecord:
        """Equilibrium where pads may press on their mirror image; `given` as of `_solve_driven`."""
        owned = len(load)

        def solved(in_plane: Array) -> SolveRecord:
            held = np.union1d(self.support.unknowns, facing.held).astype(np.int32)
            if self.stack_mesh.comm.allreduce(not np.array_equal(held, self._held), MPI.LOR):
                monitor, asked = self.solver.monitor, self.solver.asked
                self.solver.destroy()
                self._held = held
                self._solver = self._solver_for(self._soft)
                self._solver.monitor, self._solver.asked = monitor, asked
            return self._solve_driven(given + in_plane, load)

        def forces() -> Array:
            return np.asarray(self.solver.operator.product(self.displacement.x.array[:owned]) - load)

        return facing.solve(kelvin, solved, self.displacement, forces)

    def _solve_closed(self, closed: ClosedCracks, load: Array, given: Array | None) -> tuple[SolveRecord, Balance]:
        """Equilibrium where the faces of cracks press on each other, but never pull; `given` as of `_solve_driven`."""
        records: list[SolveRecord] = []

        def solve(pressing: Array) -> Array:
            whole = load + pressing
            records.append(
                self.solver.solve(whole, self.displacement) if given is None else self._solve_driven(given, whole)
            )
            return self.displacement.x.array

        def roughly(forces: Array) -> Array:
            self._factorise()
            return self.solver.solve_many_roughly(forces, _ROUGHLY)

        closed.close(solve(closed.load()), solve, roughly)
        iterations = sum(one.iterations for one in records)
        return replace(records[-1], iterations=iterations), self._balance(load + closed.load())

    def _factorise(self) -> None:
        """Go over to a factorisation, where many solves under forces of faces follow and it fits."""
        unknowns, monitor = 3 * self.space.dofmap.index_map.size_global, self.solver.monitor
        if (decision := when_pressed(self._choice, unknowns)) is not None:
            self._choice = decision.method
            if not isinstance(self.solver, DirectSolver):
                self.solver.destroy()
                self._solver = self._solver_for(np.zeros(len(self.stack_mesh.block), dtype=bool))
                self._solver.why, self._solver.monitor = decision.why, monitor

    def _led(self, led: Led, load: Array) -> Array:
        """The load with those of the step as large as moves them so far; they move alone, as of `CohesiveCracks`."""
        loads, aside = np.zeros_like(load) if self._loads is None else self._assembled(self._loads), self.displacement
        self.solver.solve(loads, aside)
        motion = combined(self.stack_mesh.comm, float(aside.x.array[: len(loads)] @ loads), MPI.SUM)
        return np.asarray(load + (led.opening * led.force / motion - 1.0) * loads)

    def _solve_held(self, cohesion: CohesiveCracks, load: Array) -> tuple[SolveRecord, Balance]:
        """Equilibrium where faces hold together by a cohesive law."""
        solver, aside = self.solver, compat.function_like(self.displacement)

        def solve(forces: Array) -> Array:
            solver.solve(forces, aside)
            return aside.x.array

        def roughly(forces: Array) -> Array:
            solver.solve_roughly(forces, aside, _NEARLY)
            return aside.x.array

        loads = np.zeros_like(load) if self._loads is None else self._assembled(self._loads)
        whole = cohesion.equilibrium(load - loads, loads, solve, roughly, solver)
        return solver.solve(whole, self.displacement), self._balance(whole, cohesion.size)

    @property
    def solver(self) -> KrylovSolver:
        """Of the last solve."""
        assert self._solver is not None, "solve first"
        return self._solver

    @property
    def state(self) -> State:
        """Displacement and the load it answers, copied."""
        fields = self.moduli.x.array.copy(), self.free_strain.x.array.copy()
        return State(self.displacement.x.array.copy(), Load(*fields, 1.0, 1.0, 0.0, np.zeros(2)))

    @state.setter
    def state(self, state: State) -> None:
        self.displacement.x.array[:] = state.displacement
        self.moduli.x.array[:], self.free_strain.x.array[:] = state.load.moduli, state.load.free_strain

    def balance(self) -> Balance:
        """Checks on the present equilibrium. Collective."""
        if isinstance(self.cohesion, CohesiveCracks) and self.cohesion.acting is not None:
            return self._balance(self.cohesion.acting, self.cohesion.size)
        pressing = 0.0 if self._closed is None else self._closed.load()
        return self._balance(self._assembled_load() + pressing)

    def reactions(self) -> Array:
        """(owned unknowns,) forces (N) of the supports on the stack at the last solution, and what that left."""
        load = self._assembled_load()
        return np.asarray(self._product() - load)

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:
        """sigma = C : (eps(u) - eps_th), shape (local cells, points, 6), Voigt order, Pa.

        Args:
            temperature: of the present state: uniform (K) or a field.
            points: (n, 3) reference points of a cell; None: its eight corners.
        """
        return stress_at(self.coefficients, self.laws, self._total_strain(), temperature, points)

    def stress_in(self, kelvin: float, points: Array, cells: Integers) -> Array:
        """As `stress` at a uniform temperature (K), in some owned cells alone, shape (n, points, 6). Collective."""
        return stress_in(self.coefficients, self.laws, self._total_strain(), kelvin, points, cells)

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

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,), at the last solution."""
        return cell_energy(self.stack_mesh, self.moduli, self._total_strain() - normal(self.free_strain))

    def _total_strain(self) -> ufl.core.expr.Expr:
        """Strain since birth, in Voigt order."""
        return strain(self.displacement) if self.birth is None else strain(self.displacement) - strain(self.birth)

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None
            if isinstance(self.cohesion, CohesiveCracks):
                self.cohesion.outdate(stiffness=False)

    def _linear_solver(self, points: float | Array) -> KrylovSolver:
        return self._solver_for(soft_cells(self.stack_mesh, moduli_at(self.coefficients, points)))

    def _solver_for(self, soft: Mask) -> KrylovSolver:
        solver: KrylovSolver
        self._soft = soft
        if self._sound:
            solver = self._with_springs()
        else:
            solver = linear_solver(self._choice, self._a, self.space, self._held, self.stack_mesh, soft)
        solver.why = self._presses.why if self._presses else solver.why
        solver.imbalance = imbalance(self.stack_mesh, self.support, self._pressing)
        return solver

    def _with_springs(self) -> SpringSolver:
        cracks = [crack for crack in self.stack_mesh.cracks if crack.placed.cohesive is not None]
        faces, spec = ZoneFaces(self.stack_mesh, self.space, cracks), cracks[0].placed.cohesive
        assert spec is not None
        springs = PairSprings(faces.pairs, self.support.unknowns)
        springs.values = spec.stiffness * faces.areas[:, None, None] * np.eye(3)
        return SpringSolver(self._a, self.space, self.support.unknowns, springs)

    def _assembled_load(self) -> Array:
        return self._assembled(self._load)

    def _assembled(self, form: fem.Form) -> Array:
        vector = compat.zeros_like(self.displacement.x)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local * 3].copy()

    def _product(self) -> Array:
        """(owned unknowns,) forces of the stack at its displacement, if nothing strained it at rest (N)."""
        return self.solver.operator.product(self.displacement.x.array[: self.space.dofmap.index_map.size_local * 3])

    def _balance(self, load: Array, size: float = 1.0) -> Balance:
        comm = self.stack_mesh.comm
        u = self.displacement.x.array[: len(load)]
        internal = self._product()
        pins = self.support.pins[self.support.pins < len(load)]
        force = np.abs(internal[pins] - load[pins]).max(initial=0.0)
        held = [] if self.support.driven is None else [self.support.driven.unknowns]
        put = np.concatenate([np.empty(0, np.int32), *held, *([] if self.facing is None else [self.facing.held])])
        driven, reactions = put[put < len(u)], internal - load
        acting, work = np.abs(load).sum() + np.abs(reactions[driven]).sum(), reactions[driven] @ u[driven]
        reaction = combined(comm, force, MPI.MAX)
        scale, stored, done = combined(comm, [acting, internal @ u, load @ u + work], MPI.SUM).tolist()
        carried = carried_by(self.stack_mesh, self.support, reactions)
        error, pressing = abs(stored - done) / abs(done) if done else 0.0, size * self._pressing
        off = force_error(carried, pressing, scale)
        return Balance(reaction / scale if scale else 0.0, error, *carried, pressing, off)
