"""Values of cells go by the number of the cell, whichever rank has it and whichever wants it."""

import numpy as np
from dolfinx import fem

from meshes.field_transfer import by_cell, carried, discontinuous
from tests.probing import mesh_of

CASE = """title: a sheet
geometry:
  outline: {shape: rectangle, size: [4 mm, 3 mm]}
  layers: [{name: sheet, thickness: 1 mm, material: copper}]
mesh: {in_plane_size: 1 mm}
process: {stress_free_temperature: 25 degC, steps: [{name: rest, temperature: 25 degC}]}
"""


def test_every_rank_gets_the_cells_it_asks_for_from_whoever_has_them(comm):
    """Numbers 0, 3, 6 ... are known, of the value (number, 2 number); each rank asks for other ones, some unknown."""
    known = np.array([number for number in range(0, 90, 3) if (number // 3) % comm.size == comm.rank], dtype=np.int64)
    values = np.stack([known, 2 * known], axis=1).astype(float)
    wanted = np.random.default_rng(comm.rank).permutation(90)[: 40 + comm.rank].astype(np.int64)
    there, found = carried(comm, known, values, wanted)
    assert there.tolist() == (wanted % 3 == 0).tolist()
    expected = np.where(wanted % 3 == 0, wanted, 0)
    np.testing.assert_array_equal(found, np.stack([expected, 2 * expected], axis=1))


def test_a_rank_may_have_nothing_and_want_nothing(comm):
    """All values on the last rank, all questions on the first, of the shape of displacements in cells."""
    last, first = comm.rank == comm.size - 1, comm.rank == 0
    known = np.arange(5 if last else 0, dtype=np.int64)
    values = np.broadcast_to(known[:, None, None], (len(known), 27, 3))
    wanted = np.arange(3 if first else 0, dtype=np.int64)
    there, found = carried(comm, known, values, wanted)
    assert there.all()
    assert found.shape == (len(wanted), 27, 3)
    np.testing.assert_array_equal(found, np.broadcast_to(wanted[:, None, None], found.shape))


def test_values_of_no_width_go_too(comm):
    """What a stack without a memory hands to one with cells that are new."""
    keys = np.arange(3, dtype=np.int64) + 10 * comm.rank
    there, found = carried(comm, keys[:0], np.empty((0, 27, 0)), keys)
    assert not there.any()
    assert found.shape == (3, 27, 0)


def test_a_displacement_is_the_same_by_cells_and_back(shared_path, comm):
    mesh = mesh_of(CASE, shared_path, comm)
    u = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,))))
    u.interpolate(lambda x: np.stack([x[0] * x[1], x[2] ** 2, 3 * x[0] - x[1]]))
    values = by_cell(mesh, u)
    assert values.shape == (len(mesh.block), 27, 3)
    np.testing.assert_array_equal(by_cell(mesh, discontinuous(mesh, values)), values)
