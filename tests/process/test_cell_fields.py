"""What cells remember: a step that is tried changes nothing, other stacks and other ranks find it again."""

import numpy as np
import pytest
from mpi4py import MPI

from meshes.cell_fields import CellFields
from solver.process.checkpoint import Checkpoints, Position, latest
from tests.solving import load_case

CASE = """title: a sheet
geometry:
  outline: {shape: rectangle, size: [4 mm, 3 mm]}
  layers: [{name: sheet, thickness: 1 mm, material: copper}]
process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
SHAPES = {"birth": (27, 3), "history": (27, 4, 6), "age": ()}
CELLS = 12


def values(name: str, keys: np.ndarray) -> np.ndarray:
    """(keys, ...) values that tell cells and places apart."""
    inside = np.arange(int(np.prod(SHAPES[name]))).reshape(SHAPES[name])
    return np.asarray(keys, dtype=float).reshape(-1, *[1] * inside.ndim) + 1e-3 * inside


def remembered(comm: MPI.Intracomm) -> CellFields:
    """Of twelve cells that are dealt out to the ranks."""
    keys = np.arange(comm.rank, CELLS, comm.size)
    return CellFields(comm, keys, {name: values(name, keys) for name in SHAPES})


def test_a_step_that_is_tried_does_not_change_what_was(comm):
    fields = remembered(comm)
    before = {name: fields[name].copy() for name in SHAPES}
    fields.begin()
    fields["age"] = fields["age"] + 1.0
    assert np.array_equal(fields.tried("age"), before["age"] + 1.0)
    assert np.array_equal(fields.tried("birth"), before["birth"])
    assert np.array_equal(fields["age"], before["age"])
    fields.roll_back()
    assert all(np.array_equal(fields[name], before[name]) for name in SHAPES)
    assert np.array_equal(fields.tried("age"), before["age"])


def test_a_step_that_is_accepted_is_the_past_of_the_next(comm):
    fields = remembered(comm)
    old = fields["age"]
    fields.begin()
    fields["age"] = old + 1.0
    fields.commit()
    assert np.array_equal(fields["age"], old + 1.0)
    assert np.array_equal(old, values("age", fields.keys))  # who holds the old ones keeps them
    fields.begin()
    fields["age"] = old + 5.0
    fields.begin()  # the trial before is forgotten
    fields.commit()
    assert np.array_equal(fields["age"], old + 1.0)


def test_nobody_writes_into_the_past(comm):
    given = np.zeros(len(remembered(comm).keys))
    fields = remembered(comm)
    fields["age"] = given
    given[:] = 7.0
    assert not fields["age"].any()
    with pytest.raises(ValueError, match="read-only"):
        fields["age"][:] = 1.0
    with pytest.raises(ValueError, match=f"'age' has {len(given) + 1} values for {len(given)} cells"):
        fields["age"] = np.zeros(len(given) + 1)


def test_other_stacks_have_what_their_cells_remember_and_zero_in_new_ones(comm):
    keys = np.arange(4, 20)[::-1][comm.rank :: comm.size]  # some went, some are new, and other ranks own them
    known, there = remembered(comm).transferred(keys)
    assert np.array_equal(known, keys < CELLS)
    assert there.names == sorted(SHAPES)
    for name in SHAPES:
        assert np.array_equal(there[name][known], values(name, keys[known]))
        assert not there[name][~known].any()


def test_one_rank_keeps_and_all_read(shared_path, comm):
    loaded = load_case(CASE, (), shared_path, comm)
    if comm.rank == 0:
        alone = remembered(MPI.COMM_SELF)
        position = Position(0, 0, 300.0, True, None, {}, [], True)
        Checkpoints(shared_path, loaded, MPI.COMM_SELF, Position).save(
            position, {name: (alone.keys, alone[name]) for name in alone.names}
        )
    comm.Barrier()
    saved = latest(shared_path, comm, Position)
    keys = np.arange(comm.rank, CELLS, comm.size)
    for name in SHAPES:
        assert np.array_equal(saved.values(name, keys), values(name, keys))
