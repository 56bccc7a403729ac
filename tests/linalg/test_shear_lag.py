"""Which cells let plates slide on each other: under dies, and beside them where they lie bare."""

from functools import partial

import numpy as np
import pytest

from solver.linalg.shear_lag import MECHANICS, bare, sliding
from solver.physics.geometric import Judge
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.supports import on_plane
from tests.probing import parts_of

DIES = """title: dies on a tape
geometry:
  outline: {shape: rectangle, size: [40 mm, 40 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 1 mm, material: steel-sus430}
    - {name: tape, thickness: 0.1 mm, material: thermal-release-tape}
    - name: top
      thickness: 0.4 mm
      regions: [{name: die, shape: {rectangle: [10 mm, 10 mm]}, material: silicon,
        grid: {count: [2, 2], pitch: [20 mm, 20 mm]}}]
mesh: {in_plane_size: 5 mm}
process: {stress_free_temperature: 150 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def test_the_highest_layer_of_each_column_lies_bare():
    column, layer = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 0, 1, 2, 1])
    assert bare(column, layer).tolist() == [False, True, False, False, True, True]
    stiff = np.where(layer == 1, 1e7, 1e11)
    size = np.full(6, 1e-3)
    soft = sliding(column, layer, np.full(6, 1e-4), stiff, stiff / 3, size, MECHANICS)
    assert soft.tolist() == [False, False, False, True, False, False]


def test_dies_on_a_tape_are_solved_by_two_plates(shared_path, comm):
    """With bare tape as part of the carrier it took 39 iterations here, and more than 60 of a whole panel."""
    mesh, materials, references = parts_of(DIES, 423.15, shared_path, comm)
    held = partial(on_plane, lifts=False)
    problem = SmallDeflectionSolid(mesh, materials, references, solver="columns", supports=held)
    record, _ = problem.solve(298.15)
    assert "up to 2 plates" in record.name
    assert record.iterations < 25
    problem.destroy()


@pytest.mark.parametrize(("held", "judged"), [(False, True), (True, False)], ids=["free", "on a chuck"])
def test_what_a_plane_holds_is_not_judged(shared_path, comm, monkeypatch, held, judged):
    mesh, materials, references = parts_of(DIES, 423.15, shared_path, comm)
    supports = {"supports": partial(on_plane, lifts=False)} if held else {}
    problem = SmallDeflectionSolid(mesh, materials, references, **supports)
    problem.solve(298.15)
    judge, seen = Judge(problem, "bottom"), []
    series = judge._series
    monkeypatch.setattr(judge, "_series", lambda first: seen.append(1) or series(first))
    found = judge.judge(0.03)
    assert bool(seen) == judged
    assert (found.error > 0.0) == judged
    problem.destroy()
