"""Stacks whose materials have a memory and whose layers hold together by a cohesive law, in increments of time.

The interface lags by its own viscosity in the seconds the materials take, and what has parted is accepted or taken back
with what they remember.
"""

import time
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.stopping import End, Monitor
from solver.parallel import combined
from solver.physics.coefficients import Coefficients
from solver.physics.solid.answers import Kelvin, no_answer
from solver.physics.solid.cohesive_cracks import Led
from solver.physics.solid.forms_in_time import FormsInTime
from solver.physics.solid.forms_small import SmallForms
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.held_newton import HeldNewton
from solver.physics.solid.held_stack import Held, pull_of
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Increment, Load, State
from solver.physics.solid.memory import Memory
from solver.physics.solid.newton import FINAL, Newton
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Balance, DeadLoad
from solver.physics.solid.springs import PairSprings, SpringSolver
from solver.physics.solid.turned_zone import ZoneResponse

_WHY = "a cohesive interface may soften"
_A_LITTLE = 1e-3  # of the stiffness of an interface
_ALL = 1.0 - 1e-9  # of a way: its end


class HeldInTime(Held):
    """What is the same at small and at large deflection.

    Attributes:
        memory: what its points remember.
        coefficients: of its cells.
    """

    memory: Any
    coefficients: Coefficients
    _tried: tuple[ZoneResponse, State] | None = None  # the increment that is tried, and where it began
    _then: Array | None = None  # strains at the points in the state accepted last

    @abstractmethod
    def _strains_here(self) -> Array:
        """(cells, points, 6) at the present displacement."""

    def _begun(self, load: Load) -> Load:
        """A load as the interface is to bear it, from the state accepted last: one that is led as large as it is."""
        if self._then is None:
            self._then = self._strains_here()
        return load if self.cohesion.led is None else replace(load, dead=self.forms.dead_share)

    def increment(self, load: Load, seconds: float) -> Increment:
        """Go to the equilibrium at the end of an increment of the way; `accept` makes it the next state.

        One that takes no time goes in as many parts as it needs.

        Raises:
            Diverged: the increment is too large.
            NotConvergedError: the same of one that takes no time.
        """
        newton, cohesion, before = self._newton, self.cohesion, self.forms.state
        counted = newton.iterations, newton.linear_iterations
        led = None if cohesion.rests else cohesion.led
        if not seconds:
            unstable = self._go(load, 0.0, led)[-1].unstable
        else:
            cohesion.left, unstable = False, 0
            _, found = newton.advance(load, seconds, None if led is None else self._moves(led, seconds))
            if seconds >= _ALL * cohesion.seconds:
                found, unstable = self._settled(found, seconds, led)
            self._tried = found, before
        return Increment(1.0, newton.iterations - counted[0], newton.linear_iterations - counted[1], unstable)

    def _moves(self, led: Led, seconds: float) -> float:
        """Work (J) that loads that are led are to have done at the end of an increment, as the case has them."""
        opened = self.opening
        opened += min(seconds / self.cohesion.seconds, 1.0) * (led.opening - opened)
        return self.cohesion.origin + opened * led.force

    def begins(self) -> None:
        """Take note that the loads begin to act where the stack is."""
        self.cohesion.origin = self._newton.motion(self.displacement.x.array)

    def _note(self, before: State) -> None:
        """As of the base: of the loads, and of what layers and supports that went away had held."""
        cohesion, now = self.cohesion, self.forms.state
        cohesion.size, share = now.load.dead, 0.5 * (before.load.held + now.load.held)
        cohesion.work += self._done(before)
        cohesion.work -= share * float(self.forms.dot(self.forms.held, now.displacement - before.displacement))

    def _keep(self, stress_before: Array) -> None:
        """Keep the interface of an increment whose materials were accepted, and what these have taken up. Collective.

        Args:
            stress_before: (cells, points, 6) at its start (Pa).
        """
        cohesion, now = self.cohesion, self._strains_here()
        if self._then is not None:
            taken = 0.5 * np.einsum(
                "cp,cpi,cpi->", self.coefficients.volumes(), stress_before + self.memory.stress, now - self._then
            )
            cohesion.taken += float(combined(self.stack_mesh.comm, float(taken), MPI.SUM))
        self._then = now
        if self._tried is not None:
            found, before = self._tried
            self._note(before)
            cohesion.zone.accept(found)
            self._tried = None

    @property
    def snapshot(self) -> Any:
        """The state, what is remembered and where the interface is, to come back to."""
        return self.forms.state, self.memory.snapshot, self.cohesion.mark

    @snapshot.setter
    def snapshot(self, kept: Any) -> None:
        self.forms.state, self.memory.snapshot, self.cohesion.mark = kept
        self._then = self._tried = None


class HeldLargeInTime(HeldInTime, LargeDeflectionInTime):
    """Such a stack at large deflection; arguments as of `LargeDeflectionInTime`."""

    memory: Memory
    forms: FormsInTime
    _newton: HeldNewton

    def _newton_made(self, dead_load: DeadLoad | None) -> Newton:
        self.cohesion = HeldCracks(self.stack_mesh, self.space)
        return self._held_newton(dead_load, self.thickness)

    def load_after(self, kelvin: Kelvin, seconds: float) -> Load:
        """As of `ThroughTime`; loads that are led as large as they are."""
        return self._begun(super().load_after(kelvin, seconds))

    def accept(self) -> None:
        """As of `ThroughTime`, with the interface."""
        before, seconds = self.memory.stress, self.memory.seconds
        super().accept()
        self._keep(before)
        self.cohesion.seconds -= seconds

    def _strains_here(self) -> Array:
        return self.forms.strain()


class HeldSmallInTime(HeldInTime, SmallDeflectionInTime):
    """Such a stack at small deflection; arguments as of `SmallDeflectionInTime`."""

    cohesion: HeldCracks
    memory: Memory
    forms: SmallForms
    leaves = False

    def __init__(self, *stack: Any, **further: Any) -> None:
        super().__init__(*stack, **further)
        dead_load: DeadLoad | None = further.get("dead_load")
        self.cohesion = HeldCracks(self.stack_mesh, self.space, turned=False)
        pull = pull_of(dead_load, self.displacement)
        self.forms = SmallForms(self.displacement, self._a, self.free_strain, pull)
        self._newton: HeldNewton = self._held_newton(dead_load, self.stack_mesh.top - self.stack_mesh.bottom)
        self._newton.relinearise = self._relinearised
        self._springs, self._stale = PairSprings(self.cohesion.faces.pairs, self.support.unknowns), True

    def sets_out(self, seconds: float, led: Led | None, rests: bool = False) -> None:
        """As of the base."""
        self.cohesion.seconds, self.cohesion.led, self.cohesion.rests = seconds, led, rests

    def advance(
        self,
        kelvin: Kelvin,
        seconds: float,
        monitor: Monitor | None = None,  # noqa: ARG002  nobody is told of iterations
        face: str | None = None,  # noqa: ARG002  it is solved to the end
    ) -> tuple[SolveRecord, Balance]:
        """As of `SmallDeflectionInTime`."""
        began = time.perf_counter()
        self.memory.begin(kelvin, seconds)
        load = self._begun(Load(*self._asked(), 1.0, 1.0, 0.0, np.zeros(2), 1.0))
        if not self._newton.ready:
            none = np.empty(0, dtype=np.int32)
            self._newton.begin(load.moduli, self.support.unknowns, none, none.astype(bool))
        if not self.solved:  # from where it stands, as another stage left it
            forms = self.forms
            forms.state = State(self.displacement.x.array.copy(), replace(load, held=0.0))
            forms.held = -self._newton.forces()
            forms.apply(replace(load, held=1.0))
        found = self.increment(load, seconds)
        return self._record(found, time.perf_counter() - began), self.balance()

    def accept(self) -> None:
        """As of the base, with the interface."""
        before, seconds, inherits = self.memory.stress, self.memory.seconds, not self.solved
        super().accept()
        self._keep(before)
        self.cohesion.seconds, self._stale = self.cohesion.seconds - seconds, True
        if inherits:
            self.begins()

    def settle(self) -> None:
        """As of the base: the interface is where it is."""
        super().settle()
        self._then = None

    def inherit(self, old: "HeldSmallInTime") -> None:
        """Go on with the interface of the stack before, and with loads that are led as large as they were."""
        self.cohesion.kept = old.cohesion.kept
        self.goes_on(old.cohesion.numbers)

    def goes_on(self, numbers: Array) -> None:
        """Take `HeldCracks.numbers`, the size of loads that are led among them."""
        self.cohesion.numbers = numbers
        self.forms.dead_share = self.cohesion.size

    @property
    def state(self) -> State:
        """As of the base, its loads as large as they are."""
        return self.forms.state

    @state.setter
    def state(self, state: State) -> None:
        self.forms.state = state

    def balance(self) -> Balance:
        """Checks on the present equilibrium. Collective."""
        pulls = self.cohesion.faces.pairs.spread(self._zone_forces())
        return self._balance(self.forms.load() - pulls, self.forms.dead_share)

    def reactions(self) -> Array:
        """(owned unknowns,) forces (N) of the supports on the stack, and what the last solution left."""
        return np.asarray(self.forms.forces() + self.cohesion.faces.pairs.spread(self._zone_forces()))

    def destroy(self) -> None:
        """As of the base."""
        super().destroy()
        self._newton.destroy()

    def _zone_forces(self) -> Array:
        """(n, 3) that hold the faces together (N), of the increment that is tried or else of the last one."""
        return self.cohesion.zone.state.forces if self._tried is None else self._tried[0].forces

    def _product(self) -> Array:
        return self.forms.product()

    def _asked(self) -> tuple[Array, Array]:
        """Values of the functions of moduli and of the stress at rest, as the materials answer where the stack is."""
        answer = self.memory.respond(self._at_points(self._strain))
        if answer is None:
            raise no_answer(self.memory.seconds)
        result = []
        for function, values in ((self.moduli, answer.moduli), (self.free_strain, answer.at_rest)):
            target = compat.function_like(function)
            self.coefficients.put(target, values)
            result.append(target.x.array.copy())
        return result[0], result[1]

    def _relinearised(self, load: Load) -> Load:
        """The load by which the materials answer at the present displacement; it acts from now on."""
        if self.memory.linear or load.answered < 1.0:
            return load
        moduli, at_rest = self._asked()
        load = replace(load, moduli=moduli, free_strain=at_rest)
        self.forms.apply(load)
        return load

    def _record(self, found: Increment, seconds: float) -> SolveRecord:
        out, acting = self.reactions(), self.forms.load()
        out[self._newton.constrained] = 0.0
        left = combined(self.stack_mesh.comm, [float(out @ out), float(acting @ acting)], MPI.SUM)
        part = float(np.sqrt(left[0] / left[1])) if left[1] else 0.0
        name = "MUMPS L D L^T of the stack with its interface + matrix-free GMRES"
        unknowns = 3 * self.space.dofmap.index_map.size_global
        return SolveRecord(
            name, _WHY, unknowns, End.CONVERGED, found.linear_iterations, part, FINAL, 1.0, 1.0, None, 0.0, seconds
        )

    def _strains_here(self) -> Array:
        return self._at_points(self._strain)

    @property
    def solver(self) -> KrylovSolver:
        """Of the stack with what is left of its interface, for those who judge its shape.

        Faces that are apart, too, hang together by a little, as loose layers are no stack.
        """
        if self._solver is None or self._stale:
            left = np.maximum(1.0 - self.cohesion.zone.damage, _A_LITTLE)
            springs = self.cohesion.law.stiffness * (self.cohesion.faces.areas * left)
            self._springs.values = springs[:, None, None] * np.eye(3)
            if self._solver is None:
                self._solver = SpringSolver(self._a, self.space, self.support.unknowns, self._springs)
            else:
                self._solver.renew()
            self._stale = False
        return self._solver
