"""Whether an operator is definite, as a preconditioner of another one sees it: matrices of known eigenvalues."""

from itertools import islice

import numpy as np
import pytest

from solver.linalg.lanczos import ritz_values, surely_definite

pytestmark = pytest.mark.serial

_SIZE = 400
_TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(_SIZE, _SIZE)))[0]
_START = np.random.default_rng(4).normal(size=_SIZE)


def operator(eigenvalues: np.ndarray) -> np.ndarray:
    return (_TURN * eigenvalues) @ _TURN.T


def definite(stiffness: np.ndarray, seen_by: np.ndarray) -> bool:
    matrix, inverse = operator(stiffness), operator(1.0 / seen_by)
    return surely_definite(np.dot, lambda x: matrix @ x, lambda r: inverse @ r, _START)


def test_ritz_values_end_at_the_eigenvalues():
    """Three of them: three steps."""
    values = np.repeat([1.0, 2.0, 5.0], [_SIZE - 20, 12, 8])
    matrix = operator(values)
    *_, last = islice(ritz_values(np.dot, lambda x: matrix @ x, np.copy, _START), 3)
    assert last == pytest.approx([1.0, 2.0, 5.0], rel=1e-9)


SPREAD = np.geomspace(1e-4, 1.0, _SIZE)  # of stiffness, the softest motion first
UNEVEN = np.random.default_rng(5).uniform(0.45, 1.0, _SIZE)  # what a good preconditioner leaves


def test_a_stiffness_that_has_changed_little_is_definite():
    assert definite(SPREAD * UNEVEN, SPREAD)


@pytest.mark.parametrize("number", [0, 1, 20])
@pytest.mark.parametrize("left", [-0.5, -1e-3, 0.01])
def test_one_soft_motion_that_has_lost_its_stiffness_is_seen(number, left):
    """Be it the softest or another one, and be it a little above zero: then more has to be asked."""
    stiffness = SPREAD * UNEVEN
    stiffness[number] = left * SPREAD[number]
    assert not definite(stiffness, SPREAD)
