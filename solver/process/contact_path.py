"""A stack that lies on a plane: its free shape is followed, and put down on the plane wherever it is looked at.

Which nodes touch is found anew from the free shape, in some ten iterations (forty of a large thin panel, which sinks
onto the plane in steps); followed from temperature to temperature it takes a hundred where a panel turns from convex to
concave.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Diverged, Load, State
from solver.physics.solid.newton import FINAL, SINKING
from solver.process.equilibrium_path import EquilibriumPath, PathPoint, settled
from solver.process.rigid_body_fit import placed

_SOFTER = 4.0  # times as soft the springs of the next step are
_MOST_STEPS = 60
_ARRIVED = 1e-3  # springs, as a part of the first, at which it has
_FAR = 0.25  # of the displacement, that a step may move for the next one to be larger


class ContactPath(EquilibriumPath):
    """A way on a plane the stack may lift off.

    Args:
        free: of the same stack without support and weight.
        problem: with both.
    """

    def __init__(self, free: EquilibriumPath, problem: LargeDeflectionSolid) -> None:
        super().__init__(problem, free.temperature, None, free.stable, free.bent)
        self.free = free

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """As of `EquilibriumPath`; put down is the free shape at the end and at temperatures of `through` alone."""
        if isinstance(end, fem.Function):
            yield self.into(end)
            return
        for stop in self.free.to(end, through, ramp):
            self.ramp = self.free.ramp
            if stop.temperature == end or stop.temperature in through:
                yield self._put_down(stop, end if stop.temperature is None else stop.temperature, FINAL)
            else:
                yield replace(stop, passing=True)

    def into(self, field: fem.Function) -> PathPoint:
        """The shape in a temperature field."""
        return self._put_down(self.free.into(field), field, FINAL)

    def release(self, at: float | fem.Function) -> PathPoint:
        """Put down the free shape at a temperature (K) or in a field."""
        return self._put_down(PathPoint(self.free.temperature, 0, None, 0, 0), at, FINAL)

    def aside(self, temperatures: Sequence[float]) -> Iterator[PathPoint]:
        """As of `EquilibriumPath`."""
        free, here = self.free.mark(), self.mark()
        for kelvin in sorted(temperatures):
            yield self._stop(kelvin)
        self.free.back(free)
        self.back(here)

    def lain(self, shape: State, kelvin: float) -> State:
        """The equilibrium on the plane of a free shape at a temperature (K); both problems are left there."""
        self.free.problem.state = shape
        self._put_down(PathPoint(kelvin, 0, None, 0, 0), kelvin, FINAL)
        return self.problem.state

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        super().destroy()
        self.free.destroy()

    def _stop(self, kelvin: float, tolerance: float = FINAL) -> PathPoint:
        return self._put_down(self.free._stop(kelvin, tolerance), kelvin, tolerance)

    def _put_down(self, stop: PathPoint, at: float | fem.Function, tolerance: float) -> PathPoint:
        return put_down(self, self.free, stop, lambda: self.problem.load_at(at), tolerance, self._place, self._lower)

    def _place(self, u: Array) -> None:
        on_plane(self.problem, u)

    def _lower(self, load: Load) -> None:
        if not laid_flat(self.problem, load):
            lower(self.problem, load)


def on_plane(problem: LargeDeflectionSolid, u: Array) -> None:
    """Move a displacement (local unknowns, m) of a solid as a rigid body onto the plane."""
    placed(problem.stack_mesh, problem.space, problem.support, u, problem.thickness)


def put_down(
    lying: EquilibriumPath,
    free: EquilibriumPath,
    stop: PathPoint,
    load: Callable[[], Load],
    tolerance: float,
    place: Callable[[Array], None],
    lowered: Callable[[Load], None],
) -> PathPoint:
    """Put a free shape down on the plane; `lying` is then at its equilibrium there.

    Args:
        lying: on the plane.
        free: at the shape.
        stop: it came to.
        load: gives the load, at the displacement the problem then has.
        tolerance: of the last increment.
        place: moves a displacement (local unknowns, m) as a rigid body onto the plane.
        lowered: lets it sink onto it under the load.
    """
    problem = lying.problem
    u = free.problem.displacement.x.array.copy()
    place(u)
    problem.displacement.x.array[:] = u
    acts = load()
    problem.take_over(u, acts)
    counted = problem.newton_iterations, problem.linear_iterations
    lowered(acts)
    unstable, _ = settled(problem, acts, tolerance)
    newton, linear = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
    lying.temperature, lying.stable, lying.bent = free.temperature, unstable == 0, free.bent
    return replace(
        stop,
        unstable=unstable,
        newton_iterations=stop.newton_iterations + newton,
        linear_iterations=stop.linear_iterations + linear,
    )


def laid_flat(problem: LargeDeflectionSolid, load: Load) -> bool:
    """Lay a stack flat on the plane if its energy is less there than in the shape it is put down in.

    A heavy panel lies with most of its underside: from its free shape it would sink for long. Collective.

    Returns:
        False if it is in that shape still.
    """
    u = problem.state.displacement
    problem.forms.apply(load)
    energy = problem.energy()
    flat = problem.flattened(load)
    lies = flat is not None and problem.energy() < energy
    problem.take_over(flat.displacement if flat is not None and lies else u, load)
    return lies


def lower(problem: LargeDeflectionSolid, load: Load) -> None:
    """Let a free shape sink onto the plane under its weight, in implicit steps of the flow down the energy.

    Full weight at once would press a long bow flat, and Newton's method then finds its way back in hundreds of
    iterations, a row of nodes in each. Where it does not sink so the shape is left as far as it came.
    """
    contact, forms = problem.contact, problem.forms
    assert contact is not None
    spring, failed = contact.falling, False
    forms.apply(load)
    energy = problem.energy()
    for _ in range(_MOST_STEPS):
        before = problem.state
        try:
            convex = problem.newton(load, SINKING, spring)[1]
        except Diverged:
            convex = False
        now = problem.energy() if convex else np.inf
        moved = problem.part_of_displacement(problem.displacement.x.array - before.displacement)
        if now <= energy:
            spring, energy, failed = spring if failed or moved > _FAR else spring / _SOFTER, now, False
        else:
            problem.state, spring, failed = before, _SOFTER * spring, True
        if (energy < now < np.inf and moved <= SINKING) or spring < _ARRIVED * contact.falling:
            return
