"""Where results go: whole or as they were, one run at a time, through links, with what other commands left there."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from solver import files
from solver.errors import CaseError
from solver.lock import Lock
from solver.place import Place

pytestmark = pytest.mark.serial


class OneRank:
    """What a place needs of a communicator."""

    rank = 0

    def bcast(self, what):
        return what


def replaced(place: Place, text: str) -> None:
    """A run that writes one file."""
    with place.held(OneRank()):
        place.begin(None)
        files.write_text(place.partial / "summary.json", text)
        place.finish()


def test_a_file_is_what_it_was_until_it_is_written(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(ZeroDivisionError), files.whole(path) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/proc/planish/a.txt", "No such file"),
        ("/dev/null/a.txt", "a file is in the way"),
        ("/sys/a.txt", "cannot write"),
    ],
)
def test_what_cannot_be_written_is_named(place, reason):
    with pytest.raises(files.OutputError, match=rf"^cannot write {place}: .*") as caught:
        files.write_text(Path(place), "text")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_results_through_a_symbolic_link_stay_behind_it(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "results").symlink_to("../big/one")
    for text in ("first", "second"):
        replaced(Place(tmp_path / "case"), text)
        assert (tmp_path / "case" / "results").is_symlink()
        assert (tmp_path / "big" / "one" / "summary.json").read_text() == text
    assert [path.name for path in (tmp_path / "big").iterdir()] == ["one"]


def test_studies_survive_a_new_run(tmp_path):
    results = tmp_path / "results"
    for name in ("vias.json", "pictures/vias.png", "pictures/reduced.png", "reduced/reduced.npz", "old.csv"):
        files.write_text(results / name, name)
    replaced(Place(tmp_path), "new")
    found = {str(path.relative_to(results)) for path in results.rglob("*") if path.is_file()}
    kept = {"vias.json", "pictures/vias.png", "pictures/reduced.png", "reduced/reduced.npz"}
    assert found == kept | {"summary.json"}


def test_output_replaces_nothing_but_results(tmp_path):
    files.write_text(tmp_path / "case" / "case.yaml", "")
    files.write_text(tmp_path / "home" / "letter.txt", "")
    case = tmp_path / "case"
    for output in (case, tmp_path, tmp_path / "home"):
        with pytest.raises(CaseError, match="something else than results"):
            replaced(Place(case, output), "")
    with pytest.raises(CaseError, match="is a file"):
        replaced(Place(case, case / "case.yaml"), "")
    replaced(Place(case, tmp_path / "new" / "one"), "good")
    replaced(Place(case, tmp_path / "new" / "one"), "better")
    assert (tmp_path / "new" / "one" / "summary.json").read_text() == "better"


def test_a_second_one_is_told_who_works_there(tmp_path):
    with Place(tmp_path).held(OneRank()):
        with pytest.raises(CaseError, match="another planish works here"):
            replaced(Place(tmp_path, unlock=True), "")  # of this host: it is there
        with pytest.raises(CaseError, match=rf"pid {os.getpid()} on {socket.gethostname()} since 20.*--output"):
            replaced(Place(tmp_path), "")
        replaced(Place(tmp_path, tmp_path / "other"), "")
    replaced(Place(tmp_path), "")
    assert {path.name for path in tmp_path.iterdir()} == {"results", "other"}


def test_the_lock_of_a_killed_run_is_taken_over(tmp_path):
    code = f"import os, pathlib, solver.lock as k; held = k.Lock(pathlib.Path({str(tmp_path / 'lock')!r}), '')"
    subprocess.run([sys.executable, "-c", f"{code}; os.kill(os.getpid(), 9)"], check=False)
    assert json.loads((tmp_path / "lock").read_text())["host"] == socket.gethostname()
    Lock(tmp_path / "lock", "results").release()
    assert not (tmp_path / "lock").exists()


def test_a_lock_of_another_host_is_not_taken_over_but_says_how_to_go_on(tmp_path):
    (tmp_path / "lock").write_text(json.dumps({"pid": 1, "host": "node7", "since": "2026-01-01 00:00:00"}))
    with pytest.raises(CaseError, match=rf"pid 1 on node7 since 2026.*if it was killed, remove {tmp_path}/lock"):
        Lock(tmp_path / "lock", "results")
    Lock(tmp_path / "lock", "results", take_over=True).release()
    (tmp_path / "lock").write_text('{"pid": 1, "ho')  # cut off
    Lock(tmp_path / "lock", "results").release()


def test_a_file_system_without_locks_goes_by_the_process(tmp_path, monkeypatch):
    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", none)
    ended = subprocess.Popen(["true"])
    ended.wait()
    for pid, held in ((os.getppid(), True), (ended.pid, False)):
        word = {"pid": pid, "host": socket.gethostname(), "since": "2026-01-01 00:00:00"}
        (tmp_path / "lock").write_text(json.dumps(word))
        if held:
            with pytest.raises(CaseError, match="another planish works here"):
                Lock(tmp_path / "lock", "results")
        else:
            Lock(tmp_path / "lock", "results").release()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """All that the case below compiles is in the cache."""
    from tests.cli.test_resume import HOT, finish, written

    finish(written(tmp_path_factory.mktemp("compiled") / "case", HOT.replace("DEFLECTION", "small")))


@pytest.mark.slow
@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("kilobytes", [1, 8, 14])
def test_a_limit_of_file_sizes_costs_one_line_and_no_result(tmp_path, kilobytes):
    """As a full disk does; at one of the first files, in the middle, at the last."""
    from tests.cli.test_resume import HOT, ROOT, command, finish, written

    case = written(tmp_path / "case", HOT.replace("DEFLECTION", "small"))
    (case / "results").mkdir()
    (case / "results" / "summary.json").write_text("precious")
    # after MPI has made its files in memory
    code = "import resource, runpy, sys; from mpi4py import MPI; "
    code += f"resource.setrlimit(resource.RLIMIT_FSIZE, {(1024 * kilobytes,) * 2}); "
    code += "runpy.run_module('solver', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code, *command(case)[3:]],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},  # a file, too
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("planish: cannot write ")
    assert (case / "results" / "summary.json").read_text() == "precious"
    finish(case, "--resume")
    assert not list(case.rglob(".*.part*"))
