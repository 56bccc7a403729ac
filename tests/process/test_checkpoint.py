"""Checkpoints: what was kept is read on any rank, the last that is whole counts, and another case is refused."""

from dataclasses import replace

import numpy as np
import pytest

from solver.errors import CaseError
from solver.parallel import on_root
from solver.process.checkpoint import Checkpoints, Position, latest, numbers
from tests.solving import load_case

CASE = """title: a sheet
geometry:
  outline: {shape: rectangle, size: [4 mm, 3 mm]}
  layers: [{name: sheet, thickness: 1 mm, material: copper}]
process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}, {name: colder, temperature: 0 degC}]
"""
CELLS = 12


def position(step=0, stage=0):
    return Position(step, stage, 300.0, True, (350.0, 4.0), {"peak": 3.0}, [{"name": "cool"}], True, ["a doubt"])


def values(keys):
    return np.asarray(keys, dtype=float)[:, None, None] + np.arange(27)[:, None] + 0.1 * np.arange(3)


@pytest.fixture
def loaded(shared_path, comm):
    return load_case(CASE, (), shared_path, comm)


@pytest.fixture
def checkpoints(loaded, shared_path, comm):
    return Checkpoints(shared_path, loaded, comm, Position)


def cells(comm, shift=0.0):
    keys = np.arange(comm.rank, CELLS, comm.size)
    return {"displacement": (keys, values(keys) + shift)}


def test_what_was_kept_comes_back_by_the_numbers_of_the_cells(checkpoints, loaded, shared_path, comm):
    checkpoints.save(position(), cells(comm))
    saved = latest(shared_path, comm, Position)
    assert (replace(saved.position, ramp=(*saved.position.ramp,)), saved.fields) == (position(), ["displacement"])
    saved.check(loaded)
    wanted = np.arange(CELLS)[::-1][comm.rank :]
    np.testing.assert_array_equal(saved.values("displacement", wanted), values(wanted))


def test_steps_are_written_once_and_are_those_of_each_checkpoint(checkpoints, loaded, shared_path, comm):
    """A run that goes on has a file of its own; what was cut off makes a checkpoint none."""
    names = [{"name": f"step {number}"} for number in range(5)]
    for count in (1, 2, 4):
        checkpoints.save(replace(position(count), finished=names[:count]), cells(comm))
    comm.barrier()
    folder = shared_path / Position.FOLDER
    assert [path.name for path in folder.glob("*.jsonl")] == ["steps.1.jsonl"]
    assert len((folder / "steps.1.jsonl").read_text().splitlines()) == 4
    assert latest(shared_path, comm, Position).position.finished == names[:4]
    again = Checkpoints(shared_path, loaded, comm, Position)
    for count in (4, 5):
        again.save(replace(position(count), finished=names[:count]), cells(comm))
    comm.barrier()
    assert latest(shared_path, comm, Position).position.finished == names
    assert [path.name for path in folder.glob("*.jsonl")] == ["steps.4.jsonl"]
    comm.barrier()

    def cut() -> None:
        lines = (folder / "steps.4.jsonl").read_bytes()
        (folder / "steps.4.jsonl").write_bytes(lines[:-1])

    on_root(comm, cut)
    assert latest(shared_path, comm, Position).position.step == 4


def test_cells_that_nobody_kept_are_missed(checkpoints, shared_path, comm):
    checkpoints.save(position(), cells(comm))
    with pytest.raises(CaseError, match="some cells are missing"):
        latest(shared_path, comm, Position).values("displacement", np.array([0, CELLS]))


def test_a_field_that_another_planish_did_not_keep_is_named(checkpoints, shared_path, comm):
    checkpoints.save(position(), cells(comm))
    with pytest.raises(CaseError, match="'varied of mould' was not kept, by another planish; run without --resume"):
        latest(shared_path, comm, Position).values("varied of mould", np.arange(1))


def test_the_last_one_and_the_last_on_the_disk_are_kept(checkpoints, shared_path, comm):
    """The first is synced, and those within ten seconds are not."""
    for step in range(4):
        checkpoints.save(position(step), cells(comm, step))
    comm.barrier()
    assert sorted(numbers(shared_path / Position.FOLDER)) == [1, 4]
    assert latest(shared_path, comm, Position).position.step == 3


def test_one_that_was_cut_off_does_not_count(checkpoints, shared_path, comm):
    for step in range(2):
        checkpoints.save(position(step), cells(comm))

    def cut() -> None:
        piece = shared_path / Position.FOLDER / "2" / "0.npz"
        piece.write_bytes(piece.read_bytes()[:-1])

    on_root(comm, cut)
    assert latest(shared_path, comm, Position).position.step == 0


def test_without_one_there_is_none(shared_path, comm):
    assert latest(shared_path, comm, Position) is None


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("geometry.layers.sheet.thickness=2 mm", "geometry.layers.0.thickness is not what it was"),
        ("process.steps.cool.temperature=30 degC", "process.steps.0.temperature is not what it was"),
        ("process.steps.colder.temperature=5 degC", None),  # it was not begun
        ("title=another", None),
    ],
)
def test_another_case_is_refused_and_steps_that_were_not_begun_may_be_others(
    checkpoints, shared_path, comm, override, message
):
    checkpoints.save(position(0, 0), cells(comm))
    saved, other = latest(shared_path, comm, Position), load_case(CASE, (override,), shared_path, comm)
    if message is None:
        saved.check(other)
    else:
        with pytest.raises(CaseError, match=message):
            saved.check(other)
