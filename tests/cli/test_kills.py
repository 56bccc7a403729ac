"""Runs killed at the moments that could cost most: in a write, a rename, a copy. Each goes on as if not."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_resume import HOT, ROOT, command, finish, same, written

pytestmark = [pytest.mark.serial, pytest.mark.slow]

TEXT = HOT.replace("DEFLECTION", "small")
MORE = "    - {name: again, temperature: 60 degC}\n"


def killed(case: Path, event: str, text: str, count: int, *options: str) -> None:
    """Run a case until it is killed at the moment."""
    arguments = ["-m", "tests.killing", event, text, str(count), *command(case, *options)[3:]]
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout.decode() + done.stderr.decode()


def listed(case: Path) -> set[str]:
    """The files of the results, but those of the checkpoints, which are counted on."""
    names = {str(path.relative_to(case / "results")) for path in (case / "results").rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("checkpoint")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    case = written(tmp_path_factory.mktemp("cases") / "whole", TEXT)
    return case, finish(case)


@pytest.fixture(scope="module")
def _at_its_end(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed at its last act: the results take their place."""
    case = written(tmp_path_factory.mktemp("cases") / "at its end", TEXT)
    killed(case, "os.rename", "results.partial'", 1)
    return case


@pytest.fixture
def at_its_end(_at_its_end: Path, tmp_path: Path) -> Path:
    """Of its own for every test."""
    return Path(shutil.copytree(_at_its_end, tmp_path / "case"))


def goes_on(case: Path, whole: tuple[Path, dict]) -> None:
    assert not (case / "results").exists()
    same(finish(case, "--resume"), whole[1])
    assert listed(case) == listed(whole[0])
    assert {path.name for path in case.iterdir()} == {"case.yaml", "results"}


@pytest.mark.parametrize(("text", "count"), [("summary.json", 1), ("00000.vtu", 3), ("checkpoint/1.half'", 1)])
def test_killed_in_a_write_it_goes_on_to_the_same_results(whole, tmp_path, text, count):
    case = written(tmp_path / "case", TEXT)
    killed(case, "os.rename", text, count)
    goes_on(case, whole)


def test_killed_at_its_last_act_it_goes_on_to_the_same_results(whole, at_its_end):
    goes_on(at_its_end, whole)


@pytest.mark.parametrize(("event", "count"), [("shutil.copyfile", 6), ("os.rename", 1)])
def test_killed_while_it_copies_a_finished_run_it_loses_nothing(whole, tmp_path, event, count):
    case = Path(shutil.copytree(whole[0], tmp_path / "case"))
    (case / "case.yaml").write_text(TEXT + MORE, encoding="utf-8")
    killed(case, event, "results.partial", count, "--resume")
    found = finish(case, "--resume")
    assert [step["name"] for step in found["steps"]] == ["mount", "in use", "again"]
    assert found["unknowns"] == whole[1]["unknowns"]
    assert listed(case) > listed(whole[0])


def test_killed_between_its_last_renames_the_new_results_are_there_next_time(whole, tmp_path):
    case = Path(shutil.copytree(whole[0], tmp_path / "case"))
    killed(case, "os.rename", "results.partial'", 1)
    assert not (case / "results").exists()
    same(finish(case, "--resume"), whole[1])
    assert {path.name for path in case.iterdir()} == {"case.yaml", "results"}


@pytest.mark.parametrize("name", ["summary.json", "checkpoint/{last}/0.npz"])
def test_what_was_cut_off_is_not_counted_on(whole, at_its_end, name):
    """As a disk may leave it after a power failure."""
    partial = at_its_end / "results.partial"
    last = max(int(path.name) for path in (partial / "checkpoint").iterdir() if path.is_dir())
    cut = partial / name.format(last=last)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    same(finish(at_its_end, "--resume"), whole[1])
    assert listed(at_its_end) == listed(whole[0])
