"""Large deflection of an elastic stack with a cohesive interface."""

from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.parallel import combined
from solver.physics.coefficients import DX
from solver.physics.solid.forms import LargeDeflectionForms
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.held_newton import HeldNewton
from solver.physics.solid.held_stack import Held
from solver.physics.solid.kinematics import green_strain, stress
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Increment, Load, State
from solver.physics.solid.newton import FINAL, Newton
from solver.physics.solid.solid import DeadLoad

_SAME = 1e-12  # part of a modulus that may change by rounding


class HeldLargeDeflection(Held, LargeDeflectionSolid):
    """A stack at large deflection whose layers hold together by a cohesive law; arguments as of the base."""

    forms: LargeDeflectionForms
    _newton: HeldNewton

    def _newton_made(self, dead_load: DeadLoad | None) -> Newton:
        self.cohesion = HeldCracks(self.stack_mesh, self.space)
        self._heat = _HeatWork(self.forms)
        return self._held_newton(dead_load, self.thickness)

    def load_at(self, temperature: float | fem.Function) -> Load:
        """As of the base; loads that are led as large as they are."""
        load = super().load_at(temperature)
        return load if self.cohesion.led is None else replace(load, dead=self.forms.dead_share)

    def follow(self, target: Load, tolerance: float = FINAL, only_stable: bool = False) -> list[Increment]:  # noqa: ARG002  every increment is one of the process, and none is refused for softening
        """Go from the present state to an equilibrium under a load, as of `Held`."""
        cohesion = self.cohesion
        return self._go(target, cohesion.seconds, None if cohesion.rests else cohesion.led)

    def _note(self, before: State) -> None:
        """As of the base: of the loads and of temperature."""
        cohesion, now = self.cohesion, self.forms.state
        cohesion.size = now.load.dead
        same = np.allclose(before.load.moduli, now.load.moduli, _SAME, 0.0) and before.load.held == now.load.held
        if not self.stack_mesh.comm.allreduce(same, MPI.LAND):
            cohesion.work = np.nan
        cohesion.work += self._done(before) + self._heat.since(before)


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
