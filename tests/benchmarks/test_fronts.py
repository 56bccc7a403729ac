"""Hundreds of places along a front are read from one equilibrium; here a few of them."""

import pytest

from benchmarks import fronts
from benchmarks.fronts_run import run


@pytest.mark.slow
def test_all_places_of_a_front_are_read_from_one_solve_and_release_what_two_beams_do(shared_path, comm):
    """1.30068 J/m^2 (Z. Suo, J. W. Hutchinson 1990), by both ways within 1 %."""
    case = shared_path / "case.yaml"
    if comm.rank == 0:
        case.write_text(fronts.CASE.format(width=2, cell=0.2), encoding="utf-8")
    comm.barrier()
    found = run(case, comm)
    assert (found["solves"], found["places"]) == (1, 10)
    assert found["domain"] == pytest.approx(fronts.STEADY, rel=0.01)
    assert found["closure"] == pytest.approx(fronts.STEADY, rel=0.01)
    assert found["apart"] < 0.01
    (table,) = fronts.tables(found)
    assert all(len(row) == len(table.header) for row in table.rows)
