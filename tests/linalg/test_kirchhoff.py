"""The Kirchhoff space: splines in the place of plates where cells are no longer than a few thicknesses."""

import numpy as np
import pytest

from solver.linalg import kirchhoff, knots
from solver.linalg.layered import LayeredSolver
from solver.linalg.spline_multigrid import EVEN, ODD, coarser, prolongation
from tests.linalg.test_column_multigrid import DIES, solved

FINE = {"side": 100, "size": 2.0}


KNOTS = np.array([0.0, 0.1, 0.18, 0.3, 0.45, 0.5, 0.6, 0.7, 0.8, 0.95, 1.0])


def test_splines_reproduce_quadratics_and_mirror():
    grid = knots.Grid((KNOTS, KNOTS), (True, False), 1.0)
    x = np.append(np.linspace(0.0, 1.0, 37), KNOTS)
    index, values = grid.reach(1, x)
    every = np.concatenate([-KNOTS[2:0:-1], KNOTS, 2.0 - KNOTS[-2:-4:-1]])  # reflected at both ends
    assert np.allclose(values[:, 0].sum(axis=1), 1.0)  # partition of unity
    assert np.allclose(values[:, 2].sum(axis=1), 0.0)
    t = np.array([every[:-2], every[1:-1], every[2:]])[:, index]  # the three inner knots of every spline
    greville, polar = t.mean(axis=0), (t[0] * t[1] + t[1] * t[2] + t[2] * t[0]) / 3
    assert np.allclose((values[:, 0] * greville).sum(axis=1), x)
    assert np.allclose((values[:, 2] * greville).sum(axis=1), 1.0)
    assert np.allclose((values[:, 0] * polar).sum(axis=1), x**2)  # Marsden's identity
    assert np.allclose((values[:, 2] * polar).sum(axis=1), 2 * x)
    folded, even = grid.reach(0, np.array([0.0]))
    one = np.zeros(13)
    np.add.at(one, folded[0], even[0, 2])
    assert np.allclose(one, 0.0)  # even splines have no slope on the mirror plane
    odd = np.zeros(13)
    np.add.at(odd, folded[0], even[0, 1])
    assert np.allclose(odd, 0.0)  # odd ones vanish there


@pytest.mark.parametrize(("size", "cells"), [(2.0, 1), (0.8, 2), (0.4, 3)])
def test_knots_are_lines_of_the_mesh_and_skip_some_where_cells_are_short(comm, size, cells):
    """A grid of lines, seen in part by each rank; stack 1 thick, intervals H with H^2 < 4 h t."""
    place = size * np.arange(31.0)
    corners = np.stack(np.meshgrid(place[comm.rank :: comm.size], place), axis=-1).reshape(-1, 2)
    found = knots.grid(comm, corners, np.zeros(2), np.full(2, place[-1]), size, 1.0, (False, False))
    assert np.allclose(np.diff(found.knots[0])[:-1], cells * size)
    assert np.allclose(np.diff(found.knots[1])[:-1], cells * size)
    assert found.knots[0][-1] == pytest.approx(place[-1])


@pytest.mark.serial
@pytest.mark.parametrize("mirrored", [True, False])
@pytest.mark.parametrize("parity", [EVEN, ODD])
def test_splines_over_fewer_knots_are_some_of_those_over_all(mirrored, parity):
    """Even ones with their slopes, odd ones; of an odd number of intervals, too."""
    for inner in (KNOTS, KNOTS[:-1]):
        fine = knots.Grid((inner, inner), (mirrored, mirrored), 1.0)
        coarse = coarser(fine)
        x = np.linspace(0.0, inner[-1], 57)
        rows = [0, 2] if parity == EVEN else [1]
        one, other = (np.zeros((grid.shape[0], len(x), len(rows))) for grid in (fine, coarse))
        for grid, found in ((fine, one), (coarse, other)):
            index, values = grid.reach(0, x)
            np.add.at(found, (index, np.arange(len(x))[:, None]), values[:, rows].transpose(0, 2, 1))
        between = prolongation(fine, coarse, 0, parity).toarray()
        assert np.allclose(np.einsum("fc,fxk->cxk", between, one), other, atol=1e-9)
        assert len(coarse.knots[0]) == len(inner) // 2 + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{}, {"thin": 0.0003}, {"symmetry": "none", "side": 60}, {"symmetry": "half-x", "side": 70}],
    ids=["panel", "thin layer", "pins", "half"],
)  # fmt: skip
def test_a_multigrid_of_the_splines_costs_at_most_two_iterations_more(shared_path, comm, monkeypatch, changes):
    factorised, energy = solved(shared_path, comm, **FINE | changes)
    monkeypatch.setattr(kirchhoff, "LARGE", 0)
    record, found = solved(shared_path, comm, **FINE | changes)
    assert "Kirchhoff" in record.name and "multigrid" in record.name.partition("Kirchhoff")[2]
    assert record.iterations <= factorised.iterations + 2
    assert found == pytest.approx(energy, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"thin": 0.0003},
        {"symmetry": "none", "side": 60},
        pytest.param({"symmetry": "half-x", "side": 70}, marks=pytest.mark.serial),
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
