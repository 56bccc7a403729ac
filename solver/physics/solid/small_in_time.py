"""Small deflection of materials with a memory: one linear solve an increment of time, or Newton's method."""

import basix
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.stopping import ENOUGH, Monitor
from solver.parallel import combined
from solver.physics.coefficients import QUADRATURE_DEGREE
from solver.physics.solid.answers import Kelvin, Snapshot, no_answer, uniform
from solver.physics.solid.change import part_of
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.constitutive import soft_cells
from solver.physics.solid.course import Passed
from solver.physics.solid.driven import Drive
from solver.physics.solid.elastic_energy import elastic_energy
from solver.physics.solid.flatness import Flatness
from solver.physics.solid.kinematics import strain, stress
from solver.physics.solid.memory import Memory
from solver.physics.solid.newton import FINAL
from solver.physics.solid.remembering import Points
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Balance

_MOST_ITERATIONS = 15


class SmallDeflectionInTime(SmallDeflectionSolid):
    """A stack at small deflection whose materials may have a memory; arguments as of `SmallDeflectionSolid`.

    Attributes:
        memory: what its points remember. Its temperature is that of the process before the first increment.
        solved: True once it has come to an equilibrium of its own.
        course: increments that were accepted, of a stack whose places follow it; None: they are not noted.
        free_strain: here the stress s of a stack held as drawn, with sigma = D : eps + s.
    """

    remembers = True
    solved = False
    course: list[Passed] | None = None
    _drive: Drive | None = None
    _left = _origin = 0.0  # seconds of the way, and the work of loads that are led where they began to act (J)

    def drive(self, seconds: float) -> None:
        """Begin a step of some seconds, at whose end what is displaced is where it is wanted; inf: it stays."""
        if self.support.driven is not None:
            self._drive = Drive(self.support.driven, self.displacement.x.array, uniform(self.memory.kelvin), seconds)

    def _coefficients_made(self) -> None:
        cell = self.stack_mesh.mesh.basix_cell()
        points = basix.make_quadrature(cell, QUADRATURE_DEGREE)[0]
        self._strain = compat.expression(strain(self.displacement), points)
        born = None if self.birth is None else self._at_points(compat.expression(strain(self.birth), points))
        self.memory = Memory(self.coefficients, self.laws, float(self.references[0]), born)
        self.moduli = fem.Function(self.coefficients.space(self.memory.count))
        self.free_strain = fem.Function(self.coefficients.space(6))

    def linear_stress(self, total: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
        """Stress of a total strain, both in Voigt order, by the tangent of the present state."""
        return stress(self.moduli, total) + self.free_strain

    def _thermal_load(self, v: ufl.Argument) -> ufl.core.expr.Expr:
        return -ufl.inner(self.free_strain, strain(v))

    def sets_out(self, seconds: float, led: Led | None, rests: bool = False) -> None:
        """Begin a way of some seconds, on which loads beside an interface move as far as `led` says, if it does.

        Args:
            seconds: it takes.
            led: how far they move.
            rests: True if those that are led do not move on it.
        """
        if self.led is None and led is not None:
            self._origin = self._moved(self._pulling())
        self.led, self._left = led, np.inf if rests else seconds

    def solve(
        self, temperature: float | fem.Function, monitor: Monitor | None = None, face: str | None = None
    ) -> tuple[SolveRecord, Balance]:
        """Equilibrium at a temperature that is reached in no time; arguments as of `SmallDeflectionSolid.solve`."""
        points = self.coefficients.at_points(temperature) if isinstance(temperature, fem.Function) else temperature
        found = self.advance(points, 0.0, monitor, face)
        self.accept()
        return found

    def advance(
        self, kelvin: Kelvin, seconds: float, monitor: Monitor | None = None, face: str | None = None
    ) -> tuple[SolveRecord, Balance]:
        """Equilibrium at the end of an increment from the state accepted last; `accept` makes it the next one.

        Args:
            kelvin: temperature there, to which it changes evenly.
            seconds: it takes.
            monitor: told of every iteration of the linear solver.
            face: as of `SmallDeflectionSolid.solve`.

        Raises:
            Diverged: the increment is too large.
            NotConvergedError: the linear solve failed, or the increment is of no time.
        """
        self.memory.begin(kelvin, seconds)
        given, wanted, record = self._given(kelvin, seconds), self._wanted(seconds), None
        if self.facing is not None:
            self.facing.begin()
        for _ in range(_MOST_ITERATIONS):
            before = self.displacement.x.array.copy()
            load = self._ask()
            solver = self._prepared()
            solver.monitor = monitor
            solver.asked = 0.0 if self.memory.linear else ENOUGH  # Newton's method ends at a change of more
            if wanted is not None:
                load = self._led_to(wanted, load)
            flatness = None if face is None or not self.memory.linear else self.flatness(face)
            if self.facing is not None and given is not None and isinstance(kelvin, float):
                record = self._solve_facing(self.facing, kelvin, load, given)
            else:
                record = self._solved(solver, load, flatness) if given is None else self._solve_driven(given, load)
            now = self.displacement.x.array
            if self.memory.linear or part_of(self.stack_mesh.comm, now - before, now) <= FINAL:
                return record, self._balance(load)
        raise no_answer(seconds)

    def _given(self, kelvin: Kelvin, seconds: float) -> Array | None:
        """(local unknowns,) where what is displaced is after an increment (m), zero elsewhere; None: nothing is."""
        if self.support.driven is None:
            return None
        if self._drive is None:
            self.drive(np.inf)
        assert self._drive is not None
        given = np.zeros_like(self.displacement.x.array)
        given[self.support.driven.unknowns] = self._drive.at(uniform(kelvin), seconds)
        return given

    def _wanted(self, seconds: float) -> float | None:
        """Work (J) that loads which are led are to have done after an increment, as the case has them; None of others.

        From where they are they move evenly over what is left of the way.
        """
        if not self._sound or self.led is None:
            return None
        begun = self._moved(self._pulling())
        share = min(seconds / self._left, 1.0) if self._left else 1.0
        return begun + share * (self._origin + self.led.opening * self.led.force - begun)

    def _led_to(self, wanted: float, load: Array) -> Array:
        """A load whose loads are as large as does some work (J)."""
        pull, aside = self._pulling(), compat.function_like(self.displacement)
        moved = []
        for forces in (load - pull, pull):
            self.solver.solve(forces, aside)
            moved.append(combined(self.stack_mesh.comm, float(aside.x.array[: len(pull)] @ pull), MPI.SUM))
        return np.asarray(load + ((wanted - moved[0]) / moved[1] - 1.0) * pull)

    def _pulling(self) -> Array:
        """(owned unknowns,) loads beside an interface, as the case has them (N)."""
        return np.zeros_like(self._assembled_load()) if self._loads is None else self._assembled(self._loads)

    def _moved(self, pull: Array) -> float:
        """Work of loads (owned unknowns,) on the present displacement (J). Collective."""
        return float(combined(self.stack_mesh.comm, float(self.displacement.x.array[: len(pull)] @ pull), MPI.SUM))

    def _solved(self, solver: KrylovSolver, load: Array, flatness: Flatness | None) -> SolveRecord:
        """Let the displacement be the answer to a load (owned unknowns,)."""
        return solver.solve(load, self.displacement, flatness)

    def confirm(self) -> None:
        """Have the materials' answer at the present equilibrium.

        Raises:
            Diverged: they find none: the increment is too large.
            NotConvergedError: the same of an increment of no time.
        """
        self.memory.confirm(lambda: self._at_points(self._strain))

    def accept(self) -> None:
        """Make the present equilibrium the state the next increment starts from; raises as `confirm`."""
        self.confirm()
        seconds = self.memory.seconds
        self.memory.commit()
        self.solved = True
        self._left -= seconds
        if self._drive is not None:
            self._drive.went(seconds)
        if self.facing is not None and isinstance(self.memory.kelvin, float):
            self.facing.note(self.memory.kelvin, self.displacement.x.array)
        if self.course is not None:
            self.course.append(Passed(self.memory.kelvin, seconds, self.displacement.x.array.copy()))

    def settle(self) -> None:
        """Take what is remembered and the displacement, which were set, for an equilibrium."""
        self.memory.begin(self.memory.kelvin, 0.0)
        self._ask()
        self.accept()

    def _ask(self) -> Array:
        """Take the answer of the materials at the present displacement; (owned unknowns,) the load it makes."""
        answer = self.memory.respond(self._at_points(self._strain))
        if answer is None:
            raise no_answer(self.memory.seconds)
        self.coefficients.put(self.moduli, answer.moduli)
        self.coefficients.put(self.free_strain, answer.at_rest)
        return self._assembled_load()

    def _prepared(self) -> KrylovSolver:
        if self._solver is None:
            self._solver = self._linear_solver(0.0)
        else:
            self._solver.update()
        return self._solver

    def _linear_solver(self, _: float | Array) -> KrylovSolver:
        cells = self.moduli.function_space.dofmap.list[: len(self.stack_mesh.block)]
        values = self.moduli.x.array.reshape(-1, self.memory.count)[cells]
        return self._solver_for(soft_cells(self.stack_mesh, values))

    def forget(self) -> None:
        """An increment was refused: what the linear solver was made for may have softened or gelled since."""
        self.destroy()

    # ---- what is read from a state

    @property
    def snapshot(self) -> tuple[Array, Snapshot]:
        """Displacement and what is remembered, to come back to."""
        return self.displacement.x.array.copy(), self.memory.snapshot

    @snapshot.setter
    def snapshot(self, kept: tuple[Array, Snapshot]) -> None:
        self.displacement.x.array[:], self.memory.snapshot = kept

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:  # noqa: ARG002  `Solid`
        """Stress of the state accepted last, shape (local cells, points, 6), Voigt order, Pa.

        Args:
            temperature: that of the state, which is known.
            points: (n, 3) reference points of a cell; None: its eight corners.
        """
        points = basix.geometry(self.stack_mesh.mesh.basix_cell()) if points is None else points
        return self.memory.at(points)(self.memory.stress)

    def strain_since_birth(self) -> Array:
        """(owned cells, points, 6) at the Gauss points, in Voigt order."""
        return self.memory.since_birth(self._at_points(self._strain))

    def remembered(self) -> Points:
        """What its points remember, for metrics."""
        memory, mesh = self.memory, self.stack_mesh
        return Points(mesh.block, self.coefficients.volumes(), memory.stress, self.strain_since_birth, memory.readings)

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,): what it gives back in no time."""
        return elastic_energy(self.coefficients, self.laws, self.memory)

    def _at_points(self, expression: fem.Expression) -> Array:
        mesh = self.stack_mesh
        cells = np.arange(len(mesh.block), dtype=np.int32)
        return compat.evaluate(expression, mesh.mesh, cells).reshape(len(cells), -1, 6)
