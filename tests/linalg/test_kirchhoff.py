"""The Kirchhoff space: splines in the place of plates where cells are no longer than a few thicknesses."""

import numpy as np
import pytest

from solver.linalg import kirchhoff
from solver.linalg.layered import LayeredSolver
from tests.linalg.test_column_multigrid import DIES, solved

FINE = {"side": 100, "size": 2.0}


def test_splines_reproduce_cubics_and_mirror():
    grid = kirchhoff.Grid((0.0, 0.0), (0.1, 0.1), (10, 10), (True, False), 1.0)
    x = np.linspace(0.0, 1.0, 37)
    index, values = grid.reach(1, x)
    assert np.allclose(values[:, 0].sum(axis=1), 1.0)  # partition of unity
    centre = (index - 1) * 0.1
    assert np.allclose((values[:, 0] * centre).sum(axis=1)[x < 1.0], x[x < 1.0])  # Greville points give x itself
    assert np.allclose((values[:, 2] * centre).sum(axis=1)[x < 1.0], 1.0)
    folded, even = grid.reach(0, np.array([0.0]))
    one = np.zeros(13)
    np.add.at(one, folded[0], even[0, 2])
    assert np.allclose(one, 0.0)  # even splines have no slope on the mirror plane
    odd = np.zeros(13)
    np.add.at(odd, folded[0], even[0, 1])
    assert np.allclose(odd, 0.0)  # odd ones vanish there


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"thin": 0.0003},
        {"symmetry": "none", "side": 60},
        {"symmetry": "half-x", "side": 70},
        {"side": 110, "regions": DIES.replace("25 mm", "6 mm").replace("35 mm", "9 mm")},
    ],
    ids=["panel", "thin layer", "pins", "half", "dies"],
)
def test_the_answer_is_that_of_the_direct_solver_in_few_iterations(shared_path, comm, changes):
    record, energy = solved(shared_path, comm, **FINE | changes)
    assert "Kirchhoff" in record.name
    assert record.iterations <= 16
    assert energy == pytest.approx(solved(shared_path, comm, solver="direct", **FINE | changes)[1], rel=1e-8)


def test_where_splines_do_not_do_the_plates_themselves_take_over(shared_path, comm, monkeypatch):
    """Cells of 10 thicknesses: their shear is too stiff for splines that turn with the slope of w."""
    monkeypatch.setattr(kirchhoff, "SLENDER", np.inf)
    monkeypatch.setattr(kirchhoff, "FEWEST", 0)
    monkeypatch.setattr(LayeredSolver, "most_iterations", 20)
    record, energy = solved(shared_path, comm, size=12.0)
    assert "Kirchhoff" not in record.name
    assert energy == pytest.approx(solved(shared_path, comm, solver="direct", size=12.0)[1], rel=1e-8)
