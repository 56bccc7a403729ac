"""Displacement of named points, and the heights of the surface as a file."""

import numpy as np
import pytest

from solver.case.models import Report
from solver.files import OutputError
from solver.metrics.evaluated import Evaluated
from solver.metrics.points import read, write_heights
from solver.output.csv_files import read as read_csv
from solver.parallel import on_root
from tests.metrics.imposed import impose
from tests.metrics.test_warpage import BALLS, PLATE

QUARTER = BALLS.replace("12 mm]}", "12 mm]}\n  symmetry: quarter", 1)


def report(**keys) -> Report:
    """What a case says."""
    return Report.model_validate(keys)


def test_points_are_interpolated_in_their_cells(shared_path, comm):
    """None of the points is a node; a quadratic displacement is exact between them."""
    stack_mesh, u = impose(PLATE, shared_path, comm, lambda x: (x[0] * x[1], x[1] ** 2, x[0] ** 2 + 0.3 * x[0] + x[2]))
    wanted = report(points={"a": ["7.3 mm", "-3.1 mm"], "b": {"at": ["-11.7 mm", "6.6 mm"], "face": "plate.top"}})
    found = read(Evaluated(stack_mesh, wanted), u, wanted.points)
    for name, x, y, z in (("a", 7.3e-3, -3.1e-3, 0.0), ("b", -11.7e-3, 6.6e-3, 0.5e-3)):
        exact = 1e6 * np.array([x * y, y**2, x**2 + 0.3 * x + z])
        assert found[name]["displacement_um"] == pytest.approx(exact, rel=1e-9)
        plane = 1e6 * (20e-3**2 / 3 + 0.3 * x)  # of the bottom: mean of x^2, and the slope
        assert found[name]["height_um"] == pytest.approx(exact[2] - plane, rel=1e-9)


def test_a_point_beyond_a_mirror_plane_moves_as_its_image_does(shared_path, comm):
    stack_mesh, u = impose(QUARTER, shared_path, comm, lambda x: (x[0], 2 * x[1], x[0] ** 2 + x[1] ** 2))
    wanted = report(points={"p": ["-4.1 mm", "2.3 mm"]})
    found = read(Evaluated(stack_mesh, wanted), u, wanted.points)["p"]["displacement_um"]
    assert found == pytest.approx([-4100.0, 4600.0, 1e6 * (4.1e-3**2 + 2.3e-3**2)], rel=1e-9)


def test_a_point_reads_what_is_seen_or_the_face_it_names_or_nothing(shared_path, comm):
    stack_mesh, u = impose(BALLS, shared_path, comm, lambda x: (0.0, 0.0, x[2]))
    points = {"ball": ["0.5 mm", "0.5 mm"], "between": ["1 mm", "1 mm"]}
    points["covered"] = {"at": ["0.5 mm", "0.5 mm"], "face": "substrate.bottom"}
    points["gone"] = {"at": ["1 mm", "1 mm"], "face": "balls.bottom"}
    wanted = report(points=points)
    found = read(Evaluated(stack_mesh, wanted), u, wanted.points)
    z = [None if found[key]["displacement_um"] is None else found[key]["displacement_um"][2] for key in points]
    assert z == [pytest.approx(0.0), pytest.approx(300.0), pytest.approx(300.0), None]


@pytest.mark.parametrize("case", [BALLS, QUARTER])
def test_the_file_of_heights_has_every_node_of_the_whole_surface_once(shared_path, comm, case):
    """On any number of ranks; heights above the mean plane of k r^2 / 2 over a square: k a^2 / 3 lower."""
    stack_mesh, u = impose(case, shared_path, comm, lambda x: (0.0, 0.0, x[0] ** 2 + x[1] ** 2))
    path = comm.bcast(shared_path) / "surface.csv"
    write_heights(Evaluated(stack_mesh, report()), u, path)
    rows = on_root(comm, lambda: read_csv(path))
    x, y, z = (rows[key] for key in ("x_mm", "y_mm", "z_um"))
    assert z == pytest.approx(x**2 + y**2 - 2 * 6.0**2 / 3, abs=1e-4)
    places = np.unique(np.round(np.column_stack([x, y]), 6), axis=0)
    # nodes where ball and substrate meet are seen at both heights: the border of each of the 16 balls
    borders = len(x) - len(places)
    assert borders > 0
    assert borders % 16 == 0
    mirrored = np.unique(np.round(np.column_stack([-x, y]), 6) + 0.0, axis=0)
    assert len(mirrored) == len(places)
    assert (np.abs(x).max(), np.abs(y).max()) == pytest.approx((6.0, 6.0))


def test_a_file_that_cannot_be_written_is_named_on_every_rank(shared_path, comm):
    stack_mesh, u = impose(PLATE, shared_path, comm, lambda x: (0.0, 0.0, x[0] ** 2))
    path = comm.bcast(shared_path) / "nowhere" / "surface.csv"
    with pytest.raises(OutputError, match=r"cannot write .*nowhere/surface\.csv"):
        write_heights(Evaluated(stack_mesh, report()), u, path)
