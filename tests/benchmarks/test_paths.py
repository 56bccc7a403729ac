"""Whole processes by two states of the program: every run is kept when it ends, and one that is stopped too."""

import json
from pathlib import Path

import pytest

from benchmarks import paths
from benchmarks.process import Cost, StoppedError, measured

pytestmark = pytest.mark.serial


def test_a_program_is_stopped_when_it_takes_longer_than_it_may(tmp_path):
    with pytest.raises(StoppedError, match="stopped after 0 s") as stopped:
        measured(["sh", "-c", "echo begun; exec sleep 20"], tmp_path, most=0.1)
    assert stopped.value.output == "begun"
    assert measured(["echo", "ended"], tmp_path, most=20.0).output == "ended"


def _line(tree: str, steps: dict[str, float], seconds: float) -> str:
    counts = dict.fromkeys(("newton", "linear", "factorisations"), len(steps))
    took = {"tree": tree, "of": 3, "wall": seconds, "cpu": seconds}
    return json.dumps(took | {"warpage_um": steps, "branch": {}} | counts)


def test_runs_are_kept_one_by_one_and_a_stopped_one_is_compared_in_the_steps_it_solved(tmp_path, monkeypatch):
    before = tmp_path / "before"
    (before / "solver").mkdir(parents=True)
    monkeypatch.setenv("PLANISH_BEFORE", str(before))
    monkeypatch.setenv("PLANISH_LIMIT", "100")

    def run(command: list[str], directory: Path, environment: dict[str, str], most: float) -> Cost:
        assert most == 100.0
        tree = environment["PYTHONPATH"]
        if tree == str(before):
            raise StoppedError(100.2, f"{_line(tree, {'cool': 2.0, 'lift': 4.0}, 90.0)}\n")
        output = _line(tree, {"cool": 2.0, "lift": 4.0004, "heat": 1.0}, 20.0)
        return Cost(21.0, 21.0, 1.0, output, ((21.0, output),))

    monkeypatch.setattr(paths, "measured", run)
    parts = [json.loads(json.dumps(part)) for part in paths.measure(tmp_path, quick=True)]

    assert [sorted(part["cases"]["foplp_panel"]) for part in parts] == [["now", "ranks"], ["before", "now", "ranks"]]
    for part in parts:
        (table,) = paths.tables(part)
        assert all(len(row) == len(table.header) for row in table.rows)
    (row,) = table.rows
    assert row[:5] == ["foplp_panel", "1", "2 -> 3", "2 -> 3", "2 -> 3"]
    assert row[5:] == ["stopped after 100 (2 of 3 steps) -> 20", "90 -> 20", "> 5.0", "1e-04"]


def test_a_run_stopped_before_its_first_step_has_solved_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANISH_BEFORE", str(Path(paths.__file__).parents[1]))

    def run(*_: object) -> Cost:
        raise StoppedError(7.0, "starting\n")

    monkeypatch.setattr(paths, "measured", run)
    *_, numbers = paths.measure(tmp_path, quick=True)
    (table,) = paths.tables(numbers)
    assert table.rows[0][5:] == ["stopped after 7 (no step) -> stopped after 7 (no step)", "0 -> 0", "", ""]
