"""Newton's method where faces in the stack hold together by a cohesive law.

Loads are as they are, or led: of the size that moves them so far, by one more equation. Softening makes the tangent
indefinite, so it is factorised (`held_tangent`), and no increment is refused for that.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from solver.arrays import Array, Integers, Mask
from solver.errors import NotConvergedError
from solver.physics.solid.cohesive_zone import PATIENCE
from solver.physics.solid.held_tangent import FINE, ROUGH, HeldTangent
from solver.physics.solid.load import Diverged, Load
from solver.physics.solid.newton import FINAL, Newton
from solver.physics.solid.turned_zone import DrawnZone, ZoneResponse

_MOST = 25  # iterations
_FAR = 25.0  # thicknesses the first correction of an increment may move
_STANDS = 1e-10  # of the thickness: a correction of a stack that does not move at all
_INVERSE = 12  # iterations to the softest mode
_DONE = 1e-6  # of the largest jump, or of that at which it softens, that one may change by in the last correction


class HeldNewton(Newton):
    """Equilibria under one load after another. All methods are collective.

    Args:
        forms: of the stack, at large deflection or as `SmallForms`; their state is moved.
        thickness: of the layers present (m).
        zone: that holds the faces together.
        pull: (owned unknowns,) the loads as the case has them (N), which a led one is a multiple of.
    """

    def __init__(self, forms: Any, thickness: float, zone: DrawnZone, pull: Array) -> None:
        super().__init__(forms, None, thickness)
        self._zone, self._pull = zone, pull
        self._tangent: HeldTangent | None = None
        self._answer: Array | None = None  # of the stack to the loads, when it was asked last

    @property
    def ready(self) -> bool:
        """As of `Newton`."""
        return self._tangent is not None

    @property
    def tangent(self) -> HeldTangent:
        """Of the stack with its interface; it is there from the first load on."""
        assert self._tangent is not None, "ask for a load first"
        return self._tangent

    @property
    def constrained(self) -> Integers:
        """As of `Newton`."""
        return self.tangent.operator.constrained

    def begin(self, moduli: Array, constrained: Integers, column: Integers, shear_compliant: Mask) -> None:  # noqa: ARG002  as of the base
        """As of `Newton`; nothing hangs on plates here."""
        self.forms.moduli.x.array[:] = moduli
        self._tangent = HeldTangent(self.forms.layered, self.forms.space, constrained, self._zone.faces.pairs)

    def destroy(self) -> None:
        """As of `Newton`."""
        if self._tangent is not None:
            self._tangent.free()
            self._tangent = None

    def forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N) at the damage there is, those of the supports included."""
        return self.forms.forces() + self._spread(self._zone.respond(self.forms.displacement.x.array))

    def motion(self, u: Array) -> float:
        """Work of the loads as the case has them on a displacement (J)."""
        return self.forms.dot(self._pull, u)

    def advance(self, load: Load, seconds: float, work: float | None = None) -> tuple[int, ZoneResponse]:
        """Go to the equilibrium at the end of an increment: iterations it took, and how the zone answers there.

        Args:
            load: the load.
            seconds: the increment takes.
            work: that the loads as the case has them would do, by which their size is found (J); None: as they are.

        Raises:
            Diverged: it did not converge; the state is not an equilibrium.
        """
        forms, old = self.forms, self.forms.state.load
        load = load if work is None else replace(load, dead=old.dead)
        forms.apply(load)
        forms.lag(old)
        try:
            return self._iterate_held(load, seconds, work)
        except NotConvergedError:
            self.tangent.outdate()
            raise Diverged from None
        finally:
            forms.last.x.array[:] = 0.0

    def _iterate_held(self, load: Load, seconds: float, work: float | None) -> tuple[int, ZoneResponse]:
        forms, zone, u = self.forms, self._zone, self.forms.displacement.x.array
        found, least, waits = zone.respond(u, seconds), np.inf, 0
        for iteration in range(1, _MOST + 1):
            self.tangent.springs.values = found.springs
            before = self.tangent.iterations
            tolerance = ROUGH if work is None and not waits else FINE
            step = self.tangent.correct(-forms.forces() - self._spread(found), tolerance=tolerance)
            if work is not None:
                self._answer = answer = self.tangent.correct(self._pull, self._answer)
                missing = work - self.motion(u) - forms.dot(self._pull, step)
                more = missing / forms.dot(self._pull, answer)
                step, load = step + more * answer, replace(load, dead=load.dead + more)
            self.iterations += 1
            self.linear_iterations += self.tangent.iterations - before
            size, load = self._move_by(step, load)
            if not np.isfinite(size) or (iteration == 1 and size > _FAR * self.thickness):
                raise Diverged
            jumps, found = found.jumps, zone.respond(u, seconds)
            change = float(np.abs(found.jumps - jumps).max(initial=0.0))
            settled = change <= _DONE * max(float(np.abs(found.jumps).max(initial=0.0)), zone.law.onset)
            if settled and (self._last_part() <= FINAL or size <= _STANDS * self.thickness):
                return iteration, found
            waits, least = (0, change) if change < 0.5 * least else (waits + 1, least)
            if waits >= PATIENCE:
                break  # nodes go from loading to unloading and back
        raise Diverged

    def _move_by(self, step: Array, load: Load) -> tuple[float, Load]:
        """Take a correction (owned unknowns, m) and the load there: its largest size (m), and how materials answer."""
        forms = self.forms
        forms.correction.x.array[: forms.owned] = step
        forms.correction.x.scatter_forward()
        forms.displacement.x.array[:] += forms.correction.x.array
        forms.last.x.array[:] = forms.correction.x.array
        forms.apply(load)
        load = self.relinearise(load)
        forms.lag(load)
        return forms.largest(forms.correction.x.array), load

    def negative(self, found: ZoneResponse, led: bool) -> int:
        """Directions in which the stack gives way where it is, its interface as it softened in the last increment.

        Of a led load without that along it: what is counted are the negative eigenvalues beside the motion it keeps.
        """
        tangent = self.tangent
        tangent.springs.values = found.springs
        tangent.factorise()
        count = tangent.negative_pivots
        if led and count and self.forms.dot(self._pull, tangent.correct(self._pull)) < 0.0:
            count -= 1
        return count

    def softest(self) -> Array | None:
        """Motion (local unknowns,) of largest value 1 that gives way where `negative` has counted; None if not found.

        By inverse iteration, which finds the one nearest to no stiffness: past a bifurcation that is the one that left.
        """
        forms, motion = self.forms, self.forms.correction.x
        motion.array[: forms.owned] = self.tangent.correct(np.random.default_rng(0).uniform(-1.0, 1.0, forms.owned))
        for _ in range(_INVERSE):
            motion.array[: forms.owned] /= np.sqrt(forms.dot(motion.array, motion.array))
            motion.array[: forms.owned] = self.tangent.correct(motion.array[: forms.owned])
        motion.scatter_forward()
        stiffness = forms.dot(motion.array, self.tangent.product(motion.array[: forms.owned]))
        return motion.array / forms.largest(motion.array) if stiffness < 0.0 else None

    def _spread(self, found: ZoneResponse) -> Array:
        return self._zone.faces.pairs.spread(found.forces)
