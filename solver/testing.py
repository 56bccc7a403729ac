"""`planish test`: the suite on one rank, shared out over the cores, then its parallel part on two ranks.

Lines covered are those of both parts and of every process a test starts (`[tool.coverage]` of pyproject.toml).
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from solver import home, launch
from solver.errors import PlanishError

_NO_TEST = 5  # pytest's exit code where its arguments leave none
_TESTS = home.ROOT / "tests"
_LARGE = ("physics", "process")  # folders whose tests solve most
_LEAST, _LEAST_OF_A_MODULE = 92.0, 75.0  # per cent of the lines that the whole suite runs
_MOST_FILES = 16  # of one of them in a part
# files of few tests, which xdist puts last, are the longest: by name, short ones end the run
_BY_FILES = ("--dist", "loadfile", "--no-loadscope-reorder")
_LOOK, _BUSY = 0.5, 30.0  # s; per cent of the cores
_ALONE = ("-s", "-x", "--pdb", "-n")  # options that want one process


def run(arguments: Sequence[str], fast: bool, coverage: bool = False) -> int:
    """Run the tests and return the exit code.

    Args:
        arguments: for pytest.
        fast: only those that are not marked `slow`, on one rank: what one runs after every edit.
        coverage: print the share of lines run of every module at the end, the least covered last; of the whole suite
            too small a share is a failure.

    Raises:
        PlanishError: there is no pytest, or no mpirun.
    """
    needed = ("pytest", "xdist", "pytest_timeout", "hypothesis", *(["coverage"] if coverage else []))
    if missing := [name for name in needed if not importlib.util.find_spec(name)]:
        raise PlanishError(f"the tests need {', '.join(missing)}: pip install 'planish[dev]'")
    if not coverage:
        return _parts([sys.executable, "-m", "pytest"], arguments, fast)
    with tempfile.TemporaryDirectory() as directory:
        os.environ["COVERAGE_FILE"] = str(Path(directory) / "lines")
        code = _parts([sys.executable, "-m", "coverage", "run", "-m", "pytest"], arguments, fast)
        table = Path(directory) / "table.json"
        for words in (["combine", "--quiet"], ["report", "--sort=-cover", "--skip-empty"], ["json", "-q", "-o", table]):
            code = _run([sys.executable, "-m", "coverage", *map(str, words)]) or code
        return code or (0 if fast or arguments else _judged(table))


def _judged(table: Path) -> int:
    """1, and words, if too few lines were run, of all modules or of one.

    Args:
        table: as `coverage json` writes it.
    """
    found = json.loads(table.read_text(encoding="utf-8"))
    shares = {name: one["summary"]["percent_covered"] for name, one in found["files"].items()}
    shares = {name: share for name, share in shares.items() if share < _LEAST_OF_A_MODULE}
    shares |= {"all of it": share} if (share := found["totals"]["percent_covered"]) < _LEAST else {}
    for name, share in shares.items():
        print(f"too few lines were run of {name}: {share:.0f} %")
    return int(bool(shares))


def _parts(pytest: Sequence[str], arguments: Sequence[str], fast: bool) -> int:
    """The exit code of one rank and, unless fast, of two."""
    pytest = [*pytest, *(["-p", "no:cacheprovider"] if home.INSTALLED else []), *arguments]
    selected = any(not word.startswith("-") for word in arguments) or any(word in _ALONE for word in arguments)
    spread = [] if selected else ["-n", str(_cores()), *_BY_FILES]
    beside = None if selected else launch.yielding()  # ranks that tests start run beside other tests
    if fast:
        return _run([*pytest, *spread, "-m", "not slow"], beside)
    mpirun = launch.mpirun()
    if mpirun is None:
        raise PlanishError("no mpirun found to start the tests on 2 ranks with; --fast takes one rank")
    both = [mpirun, "-n", "2", *pytest, "-m", "not serial"]
    codes = [_run([*pytest, *spread], beside)]
    codes += [_run([*both, *part], _beside_others()) for part in ([[]] if selected else _in_parts())]
    return next((code for code in codes if code not in (0, _NO_TEST)), 0 if 0 in codes else _NO_TEST)


def _in_parts() -> list[list[str]]:
    """The tests in parts, each for processes of its own: what PETSc holds for Python is not freed before they end.

    That is memory, and communicators, of which MPICH has two thousand.
    """
    folders = sorted(path.name for path in _TESTS.iterdir() if any(path.glob("test_*.py")))
    parts = []
    for name in (name for name in _LARGE if name in folders):
        files = sorted((_TESTS / name).glob("test_*.py"))
        parts += [files[at : at + _MOST_FILES] for at in range(0, len(files), _MOST_FILES)]
    parts.append([_TESTS / name for name in folders if name not in _LARGE] + sorted(_TESTS.glob("test_*.py")))
    return [list(map(str, part)) for part in parts if part]


def _beside_others() -> dict[str, str]:
    """Settings of MPI for two ranks: beside other work one that waits takes the time of the one it waits for.

    Then both yield, which makes them a sixth slower where nothing else runs.
    """
    return launch.yielding() if psutil.cpu_percent(_LOOK) > _BUSY else {}


def _run(command: Sequence[str], settings: Mapping[str, str] | None = None) -> int:
    return subprocess.run(command, cwd=home.ROOT, check=False, env={**os.environ, **(settings or {})}).returncode


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))
