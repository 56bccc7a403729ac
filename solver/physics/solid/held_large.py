"""Large deflection of an elastic stack with a cohesive interface: a way goes in increments whose damage is kept."""

from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.parallel import combined
from solver.physics.coefficients import DX
from solver.physics.solid.cohesive_cracks import Led, law_of
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.held_newton import HeldNewton
from solver.physics.solid.kinematics import green_strain, stress
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged, Increment, Load, State
from solver.physics.solid.newton import FINAL, Newton
from solver.physics.solid.solid import DeadLoad
from solver.physics.solid.stability import kick
from solver.physics.solid.turned_zone import TurnedZone, ZoneResponse
from solver.physics.solid.zone_state import at_places

_SHORTEST, LONGEST = 2.0**-12, 2.0**-5  # parts of a way that increments are
_SAME = 1e-12  # part of a modulus that may change by rounding
_EASY = 7  # iterations up to which the next increment is twice as long


class HeldCracks:
    """The interface of a stack, as `CohesiveCracks` is at small deflection. All methods are collective.

    Args:
        stack_mesh: with such cracks, of one entry of the case.
        space: of the displacement.

    Attributes:
        cracks: whose faces hold together.
        law: of them.
        zone: its nodes and their state.
        seconds, led: of the way to the next stop.
        left: True if an unstable shape was left for one beside it on the last way.
        rests: True on a way on which loads that are led stay as they are.
        longest: part of that way an increment may be.
        size: of its loads over what the case says.
        origin: work the loads as the case has them had done, by the displacement where they began to act (J).
        work: of all loads, temperature among them (J); NaN once layers, supports or the stiffness have changed.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace) -> None:
        self.cracks = [crack for crack in stack_mesh.cracks if crack.placed.cohesive is not None]
        spec = self.cracks[0].placed.cohesive
        assert spec is not None
        self.law = law_of(spec)
        self.zone = TurnedZone(stack_mesh, space, self.cracks, self.law)
        self.faces = self.zone.faces
        self.seconds, self.longest, self.size, self.origin, self.work = 0.0, LONGEST, 1.0, 0.0, 0.0
        self.led: Led | None = None
        self.rests = self.left = False

    @property
    def kept(self) -> tuple[Array, Array]:
        """(n, 3) places and (n, 15) state of the nodes."""
        return self.faces.places, self.zone.state.values

    @kept.setter
    def kept(self, known: tuple[Array, Array]) -> None:
        found = at_places(self.faces, *known)
        if found is not None:
            self.zone.state = found

    @property
    def numbers(self) -> Array:
        """What else a checkpoint keeps."""
        return np.array([self.size, self.origin, self.work])

    @numbers.setter
    def numbers(self, known: Array) -> None:
        self.size, self.origin, self.work = (float(number) for number in known)


class HeldLargeDeflection(LargeDeflectionSolid):
    """A stack at large deflection whose layers hold together by a cohesive law; arguments as of the base.

    Attributes:
        cohesion: its interface.
    """

    cohesion: HeldCracks
    _newton: HeldNewton

    def _newton_made(self, dead_load: DeadLoad | None) -> Newton:
        self.cohesion = HeldCracks(self.stack_mesh, self.space)
        pull = compat.zeros_like(self.displacement.x)
        if dead_load is not None:
            fem.assemble_vector(pull.array, compat.form(dead_load(ufl.TestFunction(self.space))))
            pull.scatter_reverse(la.InsertMode.add)
        self._heat = _HeatWork(self.forms)
        return HeldNewton(self.forms, self.thickness, self.cohesion.zone, pull.array[: self.forms.owned].copy())

    def load_at(self, temperature: float | fem.Function) -> Load:
        """As of the base; loads that are led as large as they are."""
        load = super().load_at(temperature)
        return load if self.cohesion.led is None else replace(load, dead=self.forms.dead_share)

    @property
    def opening(self) -> float:
        """How far the loads have moved since they began to act (m), of a step that leads them."""
        assert self.cohesion.led is not None
        done = self._newton.motion(self.displacement.x.array) - self.cohesion.origin
        return done / self.cohesion.led.force

    def begins(self) -> None:
        """Take note that the loads begin to act where the stack is, and that the work so far is not that of theirs."""
        self.cohesion.origin, self.cohesion.work = self._newton.motion(self.displacement.x.array), np.nan

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:  # noqa: ARG002  every increment is one of the process, and none is refused for softening
        """Go from the present state to an equilibrium under a load, increment after increment, whose damage is kept.

        Raises:
            NotConvergedError: however short the increments are; the state is the last one reached.
        """
        newton, cohesion, forms = self._newton, self.cohesion, self.forms
        start, begun = forms.state.load, newton.motion(self.displacement.x.array)
        led = None if cohesion.rests else cohesion.led
        end = begun if led is None else cohesion.origin + led.opening * led.force
        share, part, increments, cohesion.left = 0.0, cohesion.longest, list[Increment](), False
        while share < 1.0:
            now, before = min(1.0, share + part), forms.state
            counted = newton.iterations, newton.linear_iterations
            work = None if led is None else begun + now * (end - begun)
            try:
                count, found = newton.advance(start.towards(target, now), (now - share) * cohesion.seconds, work)
            except Diverged as diverged:
                forms.state = before
                part = diverged.share * (now - share)
                if part < _SHORTEST:
                    raise NotConvergedError(
                        f"large deflection with its cohesive interface: no equilibrium found beyond {share:.3f} of the "
                        f"way, with increments down to {part:.2g} of it"
                    ) from None
                continue
            unstable = newton.negative(found, led is not None) if now == 1.0 else 0
            if unstable and led is None:
                found, unstable = self._beside(found, unstable, (now - share) * cohesion.seconds)
            self._accept(before)
            cohesion.zone.accept(found)
            spent = newton.iterations - counted[0], newton.linear_iterations - counted[1]
            increments.append(Increment(now, *spent, unstable))
            share, part = now, min((2.0 if count <= _EASY else 1.0) * part, cohesion.longest)
        return increments

    def _beside(self, found: ZoneResponse, unstable: int, seconds: float) -> tuple[ZoneResponse, int]:
        """A shape beside one that is unstable, along its softest mode, and in how many directions that is; or the same.

        Args:
            found: how the interface answers there.
            unstable: directions in which it gives way.
            seconds: the increment takes.
        """
        newton, here, mode = self._newton, self.forms.state, self._newton.softest()
        if mode is None:
            return found, unstable
        kick(self, mode)
        try:
            _, other = newton.advance(here.load, seconds)
            left = newton.negative(other, False)
        except Diverged:
            left = unstable
        if left >= unstable:
            self.forms.state = here
            return found, unstable
        self.cohesion.left, self.cohesion.work = True, np.nan
        return other, left

    def _accept(self, before: State) -> None:
        """Add the work of an increment from a state: of the loads and of temperature."""
        cohesion, now = self.cohesion, self.forms.state
        cohesion.size = now.load.dead
        same = np.allclose(before.load.moduli, now.load.moduli, _SAME, 0.0) and before.load.held == now.load.held
        if not self.stack_mesh.comm.allreduce(same, MPI.LAND):
            cohesion.work = np.nan
        mean = 0.5 * (before.load.dead + now.load.dead)
        cohesion.work += mean * self._newton.motion(now.displacement - before.displacement) + self._heat.since(before)


class _HeatWork:
    """Work of temperature between two equilibria of the same stiffness: -int sigma : dE_free dx by the mean stress.

    Args:
        forms: at the later one.
    """

    def __init__(self, forms: LargeDeflectionForms) -> None:
        self._forms, domain = forms, forms.space.mesh
        self._displacement = compat.function_like(forms.displacement)
        self._strain, self._born = fem.Function(forms.free_strain.function_space), fem.Constant(domain, 0.0)
        none = fem.Constant(domain, np.zeros(2))
        then = forms._free(self._strain, self._born, none)
        now = green_strain(forms.displacement) - forms.elastic
        mean = 0.5 * (forms.elastic + green_strain(self._displacement) - then)
        self._form = compat.form(-ufl.inner(stress(forms.moduli, mean), now - then) * ufl.dx(domain, metadata=DX))

    def since(self, before: State) -> float:
        """That since a state (J). Collective."""
        self._displacement.x.array[:] = before.displacement
        self._strain.x.array[:], self._born.value = before.load.free_strain, before.load.birth
        return float(combined(self._forms.space.mesh.comm, fem.assemble_scalar(self._form), MPI.SUM))
