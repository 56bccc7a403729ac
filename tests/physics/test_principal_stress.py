"""Principal stresses in closed form against eigenvalues."""

import numpy as np
import pytest

from solver.physics.solid.cell_stress import invariants


def _eigenvalues(stress):
    xx, yy, zz, yz, xz, xy = stress.T
    tensor = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]).transpose(2, 0, 1)
    return np.linalg.eigvalsh(tensor)


@pytest.mark.parametrize("plane", [True, False], ids=["plane stress", "any stress"])
def test_principal_stresses_are_the_eigenvalues(plane):
    stress = np.random.default_rng(1).normal(size=(1000, 6)) * 1e8
    if plane:
        stress[:, 2:5] = 0.0
    _, largest, smallest = invariants(stress)
    expected = _eigenvalues(stress)
    scale = np.abs(expected).max(axis=1)
    assert np.abs(largest - expected[:, 2]) / scale == pytest.approx(0.0, abs=1e-8)
    assert np.abs(smallest - expected[:, 0]) / scale == pytest.approx(0.0, abs=1e-8)


def test_principal_stresses_that_coincide_are_told_to_1e_8():
    """Hydrostatic, uniaxial both ways, equal in two directions, turned, and none at all."""
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    diagonals = np.array([[1, 1, 1], [1, 0, 0], [-1, 0, 0], [2, 2, 1], [1, 1, 2], [0, 0, 0]]) * 1e8
    tensors = np.array([turn @ np.diag(one) @ turn.T for one in diagonals])
    stress = np.array([[t[0, 0], t[1, 1], t[2, 2], t[1, 2], t[0, 2], t[0, 1]] for t in tensors])
    _, largest, smallest = invariants(stress)
    assert largest == pytest.approx(diagonals.max(axis=1), abs=2.0)
    assert smallest == pytest.approx(diagonals.min(axis=1), abs=2.0)
