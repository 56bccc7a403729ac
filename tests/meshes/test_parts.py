"""The plane mesh in parts: every cell is one rank's, and each sees all that touch its own."""

import numpy as np
import pytest

from meshes.parts import part_of, points_between
from meshes.plane import EMPTY, plane_mesh
from tests.meshes.test_volumes import DISC, case, mesh_of


@pytest.fixture
def mesh(shared_path, comm):
    return mesh_of(case(DISC, "{circle: 9 mm}"), shared_path, comm)


def test_every_plane_cell_is_one_ranks(mesh, comm):
    mine = np.concatenate(comm.allgather(mesh.plane.cells[: mesh.plane.owned]))
    assert np.array_equal(np.sort(mine), np.arange(mesh.plane.total))


def test_parts_are_those_of_the_whole(mesh, comm):
    """Corners, regions, sums over owned cells and what is said of the whole."""
    part, whole = mesh.plane, plane_mesh(mesh.stack)
    assert np.array_equal(part.points[part.quads], whole.points[whole.quads[part.cells]])
    assert np.array_equal(part.region, whole.region[:, part.cells])
    assert np.array_equal(part.points, whole.points[part.point])
    assert comm.allreduce(part.areas[: part.owned].sum()) == pytest.approx(whole.areas.sum(), rel=1e-12)
    assert (part.width, part.kinds, part.total) == (whole.width, whole.kinds, len(whole.quads))


def test_a_part_has_all_cells_at_the_corners_of_its_own_and_no_others(mesh):
    part, whole = mesh.plane, plane_mesh(mesh.stack)
    own = part.cells[: part.owned]
    around = np.flatnonzero(np.isin(whole.quads, whole.quads[own]).any(axis=1))
    assert np.array_equal(np.sort(part.cells), around)
    assert np.array_equal(part.cells[part.owned :], np.setdiff1d(around, own))


def test_columns_stand_on_cells_of_their_rank(mesh, comm):
    assert (mesh.column < mesh.plane.owned).all()
    assert (mesh.plane.rank[mesh.column] == comm.rank).all()
    assert mesh.whole is None or comm.rank == 0


def test_values_of_the_whole_arrive_at_their_cells(mesh, comm):
    values = np.arange(2 * mesh.plane.total).reshape(2, -1) if comm.rank == 0 else None
    assert np.array_equal(mesh.plane.received(comm, values), mesh.plane.cells + np.array([[0], [mesh.plane.total]]))
    first, last = comm.rank, comm.rank + 5
    wanted = plane_mesh(mesh.stack).points[first:last]
    assert np.array_equal(points_between(comm, mesh.whole, first, last), wanted)


def test_cells_nobody_stands_on_are_shared_out(mesh, comm):
    owner = np.full(mesh.plane.total, EMPTY, dtype=np.int32)
    part = part_of(comm, mesh.whole, owner if comm.rank == 0 else None)
    assert abs(part.owned - mesh.plane.total / comm.size) <= 1
    assert (part.rank == EMPTY).all()
