"""B-splines on the lines of a grid."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from solver.linalg.splines import _some


@pytest.mark.serial
@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("cells", [1, 2, 7])
def test_values_are_those_of_scipy_to_the_last_digit(degree, cells):
    lines = np.cumsum(np.random.default_rng(cells).uniform(0.1, 1.0, cells + 1))
    knots = np.pad(lines, degree, mode="edge")
    x = np.concatenate([np.linspace(lines[0] - 0.1, lines[-1] + 0.1, 101), lines])
    matrix = BSpline.design_matrix(np.clip(x, lines[0], lines[-1]), knots, degree)
    numbers, values, count = _some(x, knots, degree)
    assert count == matrix.shape[1]
    assert np.array_equal(matrix.indices.reshape(values.shape), numbers)
    assert np.array_equal(matrix.data.reshape(values.shape), values)
