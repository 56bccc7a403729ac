"""`planish test`: which parts of the suite it starts, on how many ranks, and with which exit code."""

import importlib.util
import json
import threading
from pathlib import Path

import pytest

from solver import launch, testing
from solver.errors import PlanishError

pytestmark = pytest.mark.serial
TESTS = Path(__file__).parents[1]


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """Commands that are started; each ends well."""
    found: list[list[str]] = []
    monkeypatch.setattr(testing, "_run", lambda command, settings=None, output=None: found.append(list(command)) or 0)
    monkeypatch.setattr(launch, "mpirun", lambda: "mpirun")
    monkeypatch.setattr(testing, "_cores", lambda: 2)
    monkeypatch.setattr(testing, "_LOOK", 0.01)
    return found


@pytest.mark.parametrize(("busy", "settings"), [(5.0, {}), (95.0, {"OMPI_MCA_mpi_yield_when_idle": "1"})])
def test_two_ranks_yield_beside_other_work(monkeypatch, busy, settings):
    found = []
    monkeypatch.delenv("OMPI_MCA_mpi_yield_when_idle", raising=False)
    monkeypatch.setattr(testing.psutil, "cpu_percent", lambda seconds: busy)
    monkeypatch.setattr(testing, "_run", lambda command, settings=None, output=None: found.append(settings) or 0)
    monkeypatch.setattr(launch, "mpirun", lambda: "mpirun")
    assert testing.run(["tests/physics"], fast=False) == 0
    assert found == [None, settings]


@pytest.mark.parametrize("fast", [True, False])
def test_ranks_that_a_test_starts_beside_other_tests_yield(monkeypatch, fast):
    found = []
    monkeypatch.delenv("OMPI_MCA_mpi_yield_when_idle", raising=False)
    monkeypatch.setattr(testing.psutil, "cpu_percent", lambda seconds: 0.0)
    monkeypatch.setattr(testing, "_run", lambda command, settings=None, output=None: found.append(settings) or 0)
    monkeypatch.setattr(launch, "mpirun", lambda: "mpirun")
    assert testing.run([], fast) == 0
    assert found[0] == {"OMPI_MCA_mpi_yield_when_idle": "1"}
    assert all(more == launch.side_by_side() for more in found[1:])
    assert launch.side_by_side().items() > found[0].items()


def test_the_fast_lane_is_one_rank_shared_out_over_the_cores(started):
    assert testing.run(["-k=heat"], fast=True) == 0
    (command,) = started
    assert command[1:4] == ["-m", "pytest", "-k=heat"]
    assert command[4:] == ["-n", "2", *testing._BY_FILES, "-m", "not slow"]


def test_the_suite_is_one_rank_and_then_the_parallel_part_on_two(started):
    assert testing.run([], fast=False) == 0
    one, *two = started
    assert one[-5:] == ["-n", "2", *testing._BY_FILES]
    tests: list[Path] = []
    for part in two:
        assert part[:3] == ["mpirun", "-n", "2"]
        words = part[part.index("not serial") + 1 :]
        tests += [
            found for word in words for found in ([Path(word)] if word.endswith(".py") else Path(word).glob("*.py"))
        ]
    assert sorted(tests) == sorted(path for path in TESTS.rglob("test_*.py") if path.parent.name not in testing.SERIAL)


def test_parts_on_two_ranks_run_side_by_side_and_are_told_in_one_piece(monkeypatch, capsys):
    """Two that wait for each other both end; a third has its turn; nothing of one stands within what another says."""
    meet = threading.Barrier(2)

    def run(command, settings, output):
        output.write(f"{command[0]} begins\n")
        if command[0] != "third":
            meet.wait(20)
        output.write(f"{command[0]} ends\n")
        return len(command[0])

    monkeypatch.setattr(testing, "_run", run)
    monkeypatch.setattr(testing, "_cores", lambda: 2)
    assert testing._side_by_side([["one"], ["second"], ["third"]]) == [3, 6, 5]
    said = capsys.readouterr().out
    assert all(f"{name} begins\n{name} ends\n" in said for name in ("one", "second", "third"))


@pytest.mark.parametrize("word", ["tests/physics", "-x", "--pdb"])
def test_what_is_chosen_or_wants_one_process_is_not_shared_out(started, word):
    testing.run([word], fast=True)
    assert "--dist" not in started[0]


def test_coverage_is_put_together_from_all_parts(started):
    assert testing.run([], fast=True, coverage=True) == 0
    assert [command[1:4] for command in started] == [
        ["-m", "coverage", "run"],
        ["-m", "coverage", "combine"],
        ["-m", "coverage", "report"],
        ["-m", "coverage", "json"],
    ]


@pytest.mark.parametrize(
    ("share", "of_one", "said"), [(92, 75, ""), (91, 75, "all of it: 91 %"), (92, 74, "thin.py: 74 %")]
)
def test_too_few_lines_are_a_failure_of_the_whole_suite(monkeypatch, started, capsys, share, of_one, said):
    def run(command, settings=None, output=None):
        if "json" in command:
            one = {"summary": {"percent_covered": of_one}}
            table = {"files": {"thin.py": one}, "totals": {"percent_covered": share}}
            Path(command[-1]).write_text(json.dumps(table), encoding="utf-8")
        return 0

    monkeypatch.setattr(testing, "_run", run)
    assert testing.run([], fast=False, coverage=True) == bool(said)
    assert said in capsys.readouterr().out
    assert testing.run(["tests/physics"], fast=False, coverage=True) == 0


@pytest.mark.parametrize(("codes", "code"), [((0, 5), 0), ((5, 5), 5), ((0, 1), 1), ((2, 0), 2)])
def test_a_part_without_tests_is_no_failure_if_the_other_has_some(monkeypatch, started, codes, code):
    left = list(codes)
    monkeypatch.setattr(testing, "_run", lambda command, settings=None, output=None: left.pop(0))
    assert testing.run(["tests/physics"], fast=False) == code


def test_what_is_missing_is_said(monkeypatch, started):
    monkeypatch.setattr(launch, "mpirun", lambda: None)
    with pytest.raises(PlanishError, match="--fast takes one rank"):
        testing.run([], fast=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "xdist" else name)
    with pytest.raises(PlanishError, match="the tests need xdist: pip install"):
        testing.run([], fast=True)
    assert started == []
