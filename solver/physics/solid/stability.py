"""The shape a slender stack takes: an equilibrium at large deflection that is stable.

A panel that cools leaves its symmetric shape at a bifurcation, yet Newton's method follows that shape happily. Every
equilibrium is therefore judged by the negative pivots of its plates, and so are Newton's iterates before it. Past
a bifurcation the stable shape is found on either side of the unstable one, along its softest mode; far past it by
making the free strain strongly anisotropic, which removes the bifurcation, and isotropic again, for several directions.
Where that fails the stack is kicked along its softest mode and flows down the energy.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.physics.solid.load import Diverged, Increment, Load, Lost, State
from solver.physics.solid.newton import FINAL, PASSING
from solver.physics.solid.slender import Slender
from solver.physics.solid.soft_expansion import SIDES, SoftExpansion, lowest

RULE = (
    "the one followed while it is stable, whether or not another has less energy, which is not looked for; "
    "then that of lowest energy among those found, of equal ones the first"
)

_ANISOTROPY = 0.5  # part of the mean in-plane free strain
_ALONG_AXES = ((1.0, 0.0), (-1.0, 0.0))  # cos 2a, sin 2a of directions a a mirror plane allows
_DIAGONAL = ((0.0, 1.0), (0.0, -1.0))
_FLOW_STEPS = 60
_FREE = 1e-3  # spring, as a part of the stiffness of the unstable mode, at which the flow has arrived
_STRIDE = 1 / 4  # of a way to where a shape is left, and what a stride shrinks to where it fails
_BEYOND = (0.5, 0.25, 1.0)  # of the load a shape is nearly unstable at, by which it is left
_SPRINGS = np.array([4.0, 1.0, 0.25])  # stiffnesses of the soft mode that hold the stack while it finds that shape
_MIRRORED = 1e-3  # difference of what is gained on both sides of a shape, as a part of it, of mirror images
_CONTESTED = 0.5e-3, 1e-2  # of what is gained: from nearly a mirror image to what a coarser model may get wrong
_LITTLE = 0.25  # change of the displacement in a step after which the spring is made softer


@dataclass(frozen=True)
class Equilibrium:
    """A shape of the stack.

    Attributes:
        displacement: in m.
        energy: potential energy of the modelled part (J).
        unstable: directions found in which the energy falls, as of `Newton.unstable`.
        path: how it was reached: "followed", "anisotropy", "left" or "flow".
        increments: of the way to it.
        lost: True if the shape followed so far is known to have lost its stability.
        contested: True if another stable one was found whose energy is only a little higher.
    """

    displacement: fem.Function
    energy: float
    unstable: int
    path: str
    increments: tuple[Increment, ...]
    lost: bool = False
    contested: bool = False

    @property
    def stable(self) -> bool:
        """True if no way down was found."""
        return self.unstable == 0

    @property
    def newton_iterations(self) -> int:
        """Newton iterations of all increments together."""
        return sum(increment.newton_iterations for increment in self.increments)

    @property
    def linear_iterations(self) -> int:
        """Linear iterations of all increments together."""
        return sum(increment.linear_iterations for increment in self.increments)


def settle(
    problem: Slender, target: Load, tolerance: float = FINAL, regained: Callable[[], bool] | None = None
) -> Equilibrium:
    """A stable equilibrium under a load. The displacement of the problem holds it.

    Follows the present state as long as it is stable, then tries the shapes on both sides of the one it has become
    (`switch`), then those of `bent`, then that of `leave`, then lets the stack flow. Which one is taken says `RULE`.

    Args:
        problem: in a stable state.
        target: the load.
        tolerance: of the last increment, as of `Newton.solve`.
        regained: asked first where the shape that is followed was lost: True if it has found it stable under the load,
            and the problem is in it; None: that is not asked.

    Raises:
        NotConvergedError: no stable equilibrium was found.
    """
    start, lost = problem.state, 0
    counted = problem.newton_iterations, problem.linear_iterations
    try:
        increments = problem.follow(target, tolerance, only_stable=True)
        if not increments[-1].unstable:
            return _equilibrium(problem, "followed", increments)
        lost = increments[-1].unstable
    except Lost as unstable:
        lost = unstable.directions
    except NotConvergedError:
        pass
    if lost and regained is not None:
        there = problem.state
        if regained():
            spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
            return _equilibrium(problem, "followed", [Increment(1.0, *spent, 0)])
        problem.state = there
    away = switch(problem, target, tolerance) if lost == 1 and problem.contact is None else None
    if away is not None:
        return replace(_equilibrium(problem, "left", away[0]), contested=away[1])
    found = bent(problem, target)
    stable = [candidate for candidate in found if not candidate[1][-1].unstable]
    if stable:
        problem.state, increments, _ = lowest(stable, lambda candidate: candidate[2])
        flat, energies = _flat_energy(problem, target), [energy for *_, energy in stable]
        taken = _equilibrium(problem, "anisotropy", increments, lost > 0)
        return replace(taken, contested=_contested(energies, flat))
    problem.state = start
    left = leave(problem, target) if problem.contact is None else None
    if left is not None:
        return _equilibrium(problem, "left", left)
    if found:
        problem.state, increments, _ = lowest(found, lambda candidate: candidate[2])
    else:
        problem.state = start
        increments = problem.follow(target)
    return _equilibrium(problem, "flow", [*increments, *flow(problem)])


def leave(problem: Slender, target: Load) -> list[Increment] | None:
    """Go along a shape to where it is nearly unstable, from there along its softest mode, and on to a load.

    For loads far past a bifurcation, where the shape to be left cannot be followed. Returns the way, or None if it
    leads to no stable equilibrium; the state is then any.
    """
    start, share, step = problem.state.load, 0.0, _STRIDE
    counted = problem.newton_iterations, problem.linear_iterations
    while step > _STRIDE**4:
        before = problem.state
        try:
            end = problem.follow(start.towards(target, min(1.0, share + step)), PASSING, only_stable=True)[-1]
            on = not end.unstable
        except (NotConvergedError, Lost):
            on = False
        if on:
            share += step
            if share >= 1.0:
                return None
        else:
            problem.state, step = before, step * _STRIDE
    for further in _BEYOND:
        load = start.towards(target, min(1.0, share + further * max(share, step)))
        if not _along_soft_mode(problem, load):
            continue
        try:
            way = problem.follow(target, only_stable=True)
        except (NotConvergedError, Lost):
            return None
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        return None if way[-1].unstable else [replace(way[-1], newton_iterations=spent[0], linear_iterations=spent[1])]
    return None


def _along_soft_mode(problem: Slender, load: Load) -> bool:
    """Go from a shape that is nearly unstable to a stable one under a further load; False if there is none near."""
    before = problem.state
    try:
        expansion = SoftExpansion(problem, load)
        problem.state = expansion.at(expansion.lowest()[0])
        for spring in (*_SPRINGS * _stiffness_beside(problem), 0.0):
            converged = problem.newton(load, PASSING, spring)[1]
        converged = converged and not problem.unstable()
    except Diverged:
        converged = False
    if not converged:
        problem.state = before
    return converged


def switch(problem: Slender, target: Load, tolerance: float = FINAL) -> tuple[list[Increment], bool] | None:
    """Go from a shape that is unstable, or near one that is, to a stable one beside it, and on to a load.

    Both sides are gone to, but of mirror images one. Returns the way and `Equilibrium.contested`, or None if no stable
    equilibrium was found; the state is then any.
    """
    counted = problem.newton_iterations, problem.linear_iterations
    expansion, energy, beside = SoftExpansion(problem), problem.energy(), []
    for side in SIDES:
        try:
            beside.append(expansion.lowest([side]))
        except Diverged:
            continue
    contested = _contested([found for _, found in beside], energy)
    if len(beside) == 2 and abs(beside[0][1] - beside[1][1]) <= _MIRRORED * (energy - beside[0][1]):
        beside.pop()
    found = []
    for a, _ in beside:
        problem.state = expansion.at(a)
        try:
            if problem.newton(expansion.load, PASSING)[1] and not problem.unstable():
                found.append((problem.state, problem.energy()))
        except Diverged:
            continue
    if not found:
        return None
    problem.state = lowest(found, lambda shape: shape[1])[0]
    try:
        way = problem.follow(target, tolerance, only_stable=True)
    except (NotConvergedError, Lost):
        return None
    spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
    if way[-1].unstable:
        return None
    return [replace(way[-1], newton_iterations=spent[0], linear_iterations=spent[1])], contested


def _contested(energies: list[float], before: float) -> bool:
    """True if shapes, but for mirror images, differ little in what they gain on one energy (J) before."""
    gained = [before - energy for energy in energies if np.isfinite(energy)]
    best = max(gained, default=0.0)
    return any(_CONTESTED[0] * best < best - gain < _CONTESTED[1] * best for gain in gained)


def _flat_energy(problem: Slender, load: Load) -> float:
    """Potential energy (J) of the flat stack under a load; the problem stays where it is."""
    here = problem.state
    problem.state = State(np.zeros_like(here.displacement), load)
    found = problem.energy()
    problem.state = here
    return found


def bent(problem: Slender, target: Load) -> list[tuple[State, list[Increment], float]]:
    """Equilibria reached from the flat stack through anisotropy, with the way to them and their energy (J)."""
    found = []
    for pattern in _ALONG_AXES + (() if problem.stack_mesh.stack.mirrors else _DIAGONAL):
        problem.state = problem.flat(target)
        try:
            way = problem.follow(replace(target, anisotropy=_ANISOTROPY * np.array(pattern)), PASSING)
            way += problem.follow(target)
        except NotConvergedError:
            continue
        found.append((problem.state, way, problem.energy()))
    return found


def flow(problem: Slender) -> list[Increment]:
    """Leave an unstable equilibrium along its softest mode, down the energy, to one that is stable.

    Every step is an implicit one of the gradient flow: least Pi + spring/2 |u - u_before|^2. The spring starts at twice
    the negative stiffness, where that functional is convex, and softens with success.

    Raises:
        NotConvergedError: no stable equilibrium was reached.
    """
    counted = problem.newton_iterations, problem.linear_iterations
    mode, stiffness = problem.soft_mode()
    first = spring = 2.0 * abs(stiffness)
    kick(problem, mode)
    energy, load = problem.energy(), problem.state.load
    for _ in range(_FLOW_STEPS):
        before = problem.state
        try:
            _, convex = problem.newton(load, PASSING, spring)
        except Diverged:
            convex = False
        now = problem.energy() if convex else np.inf
        if now > energy + 1e-12 * abs(energy):
            problem.state, spring = before, 4.0 * spring
            continue
        energy = now
        if problem.part_of_displacement(problem.displacement.x.array - before.displacement) < _LITTLE:
            spring /= 4.0
        if spring < _FREE * first and not problem.unstable():
            break
    end = problem.follow(load)[-1]
    if end.unstable:
        raise NotConvergedError("large deflection: no stable equilibrium found; refine the steps of the process")
    spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
    return [replace(end, newton_iterations=spent[0], linear_iterations=spent[1])]


def _stiffness_beside(problem: Slender) -> float:
    """Of the softest mode where the stack is, equilibrium or not, without its sign (N/m^4)."""
    return abs(problem.soft_mode()[1])


def kick(problem: Slender, mode: Array) -> None:
    """Move along a mode to the least energy on that line.

    On a line the energy is a polynomial of degree four: its slope is known from that at four places.
    """
    origin = problem.displacement.x.array.copy()
    places = problem.thickness * np.array([0.0, 1.0, -1.0, 2.0])
    slopes = []
    for place in places:
        problem.displacement.x.array[:] = origin + place * mode
        slopes.append(problem.dot(problem.residual(), mode))
    slope = np.polynomial.Polynomial.fit(places, slopes, 3)
    roots = slope.roots()
    extrema = np.sort(roots[np.abs(roots.imag) < 1e-9 * problem.thickness].real)[::-1]
    problem.displacement.x.array[:] = origin + lowest(list(extrema), slope.integ()) * mode


def _equilibrium(problem: Slender, path: str, increments: list[Increment], lost: bool | None = None) -> Equilibrium:
    lost = path in ("left", "flow") if lost is None else lost
    return Equilibrium(problem.displacement, problem.energy(), increments[-1].unstable, path, tuple(increments), lost)
