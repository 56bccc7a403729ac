"""The way to a load at large deflection, by increments as large as Newton's method bears."""

from solver.errors import NotConvergedError
from solver.physics.solid.load import Diverged, Increment, Load, Lost
from solver.physics.solid.newton import PASSING
from solver.physics.solid.slender import Incremental

_EASY = 6  # iterations up to which the next increment is twice as large
LEAST, TRIED = 1 / 256, 1 / 16  # share of the way below which an increment is given up, and if there are other ways


def follow(
    newton: Incremental, target: Load, tolerance: float, only_stable: bool, smallest: float = LEAST
) -> list[Increment]:
    """Go from the present state to an equilibrium under a load. Collective.

    An increment that fails is cut, from the state before it.

    Args:
        newton: at the state to start from.
        target: the load.
        tolerance: of the last increment, as of `Newton.solve`.
        only_stable: stop at the first increment that ends unstable, and sooner where increments must be small.
        smallest: share of the way below which an increment is given up otherwise.

    Raises:
        NotConvergedError: increments became too small; the state is the last one reached.
        Lost: with `only_stable`, an increment would end unstable; the state is near there.
    """
    start, share, step = newton.forms.state.load, 0.0, 1.0
    least = TRIED if only_stable and not len(target.driven) else smallest  # what is displaced has no other ways
    increments: list[Increment] = []
    counted = newton.iterations, newton.linear_iterations
    while share < 1.0:
        end, before = min(1.0, share + step), newton.forms.state
        try:
            accuracy = tolerance if end == 1.0 else PASSING
            count, definite = newton.solve(start.towards(target, end), accuracy, only_stable=only_stable)
        except Lost:
            raise
        except Diverged as diverged:
            newton.forms.state = before
            newton.touch()
            step = diverged.share * (end - share)
            if step < least:
                raise NotConvergedError(
                    f"large deflection: no equilibrium found beyond {share:.3f} of the load, "
                    f"with increments down to {least:.3f} of it"
                ) from None
            continue
        share, step = end, step * (2.0 if count <= _EASY else 1.0)
        spent = newton.iterations - counted[0], newton.linear_iterations - counted[1]
        counted = newton.iterations, newton.linear_iterations
        increments.append(Increment(share, *spent, max(newton.unstable(), int(not definite))))
        if only_stable and increments[-1].unstable:
            break
    return increments
