"""How Newton's method foresees its next correction, and the weight that the plates find for the supports at its end."""

import numpy as np
import pytest

from solver.physics.solid.convergence import Convergence, balanced


def test_what_the_third_correction_has_left_is_seen_by_the_square_of_the_rate():
    """The first two answer the load at the stress from before it."""
    for quadratic, left in ((True, (1e-2) ** 2), (False, 1e-2)):
        going = Convergence(1.0, quadratic)
        assert going.corrected(1.0, 1e-2) == 1.0
        assert going.corrected(1e-2, 1e-2) == pytest.approx(1e-2)
        assert going.corrected(1e-4, 1e-5) == pytest.approx(20 * left * 1e-4)


def test_a_linear_solve_leaves_what_the_end_allows():
    """If the next correction is to be 1e-7, a hundredth of it is enough for 1e-6; at first it is as rough as may be."""
    going = Convergence(1.0, True)
    assert going.rough(1e-6) == 1e-2
    going.corrected(1.0, 1e-2)
    going.corrected(1e-3, 1e-2)
    assert going.rough(1e-6) == pytest.approx(1e-3)
    going.corrected(1e-5, 1e-3)
    assert going.rough(1e-6) == 1e-2


def test_a_stack_that_went_on_otherwise_converges_by_its_rate():
    going = Convergence(0.1, True)
    going.corrected(1e-2, 1e-4)
    going.went(1e-2)
    assert going.corrected(1e-3, 1e-4) == pytest.approx(1e-3)  # 20 times a tenth of it is more
    assert going.corrected(1e-5, 1e-4) == pytest.approx(20 * 1e-2 * 1e-5)


class Motion:
    """Of one unknown, on one rank."""

    def __init__(self):
        self.x, self.array = self, np.zeros(1)

    def scatter_forward(self):
        """There is no other rank."""


class Spring:
    """One spring of stiffness 2 that plates know as one of stiffness 2.2, or not at all."""

    owned, constrained = 1, np.zeros(0, np.int32)

    def __init__(self, known):
        self.known, self.operator, self.correction, self.displacement = known, self, Motion(), Motion()

    def by_plates(self, b):
        return b / 2.2 * self.known

    def product(self, x):
        return 2.0 * x


@pytest.mark.parametrize(("known", "met"), [(1.0, True), (0.0, False)])
def test_plates_answer_what_is_missing_at_the_supports(known, met):
    spring = Spring(known)
    assert balanced(spring, spring, lambda out: abs(float(out[0])), np.array([1e-2])) == met
    assert spring.displacement.array[0] == pytest.approx(-0.005 * known, rel=1e-3)
