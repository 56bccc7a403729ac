"""Rotations by finite angles."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from solver.linalg.rotation import rotation


@pytest.mark.serial
@pytest.mark.parametrize("angle", [0.0, 1e-14, 1e-4, 0.999e-3, 0.01, 3.0])
def test_it_is_that_of_scipy_to_the_last_digit(angle):
    vector = angle * np.array([0.6, -0.48, 0.64])
    assert np.array_equal(rotation(vector), Rotation.from_rotvec(vector).as_matrix())
