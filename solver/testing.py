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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import psutil

from solver import home, launch
from solver.errors import PlanishError

# folders whose tests have nothing parallel in them, or nothing that smaller ones do not do on two ranks as well
SERIAL = ("case", "cases", "corpus", "homogenise", "launcher", "layout", "materials", "networks", "validation")

_NO_TEST = 5  # pytest's exit code where its arguments leave none
_TESTS = home.ROOT / "tests"
_LEAST, _LEAST_OF_A_MODULE = 92.0, 75.0  # per cent of the lines that the whole suite runs
_MOST_FILES = 24  # in a part
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
    codes += [_run(both, _beside_others())] if selected else _side_by_side([[*both, *part] for part in _in_parts()])
    return next((code for code in codes if code not in (0, _NO_TEST)), 0 if 0 in codes else _NO_TEST)


def _in_parts() -> list[list[str]]:
    """What may be parallel, in parts for processes of their own: what PETSc holds for Python is freed at their end.

    That is memory, and communicators, of which MPICH has two thousand. Files are dealt out by name, so that every part
    has some of each folder.
    """
    files = sorted(str(path) for path in _TESTS.rglob("test_*.py") if path.parent.name not in SERIAL)
    parts = -(-len(files) // _MOST_FILES)
    return [files[number::parts] for number in range(parts)]


def _side_by_side(commands: Sequence[Sequence[str]]) -> list[int]:
    """Exit codes of programs on two ranks, as many at a time as there are cores.

    Half the time of small problems one rank waits for the other; what another program does in it costs nothing. Each
    is told in one piece when it has ended.
    """
    settings = launch.side_by_side()

    def told(command: Sequence[str]) -> int:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            code = _run(command, settings, output)
            output.seek(0)
            sys.stdout.write(output.read())
            sys.stdout.flush()
        return code

    with ThreadPoolExecutor(_cores()) as pool:
        return list(pool.map(told, commands))


def _beside_others() -> dict[str, str]:
    """Settings of MPI for two ranks: beside other work one that waits takes the time of the one it waits for.

    Then both yield, which makes them a sixth slower where nothing else runs.
    """
    return launch.yielding() if psutil.cpu_percent(_LOOK) > _BUSY else {}


def _run(command: Sequence[str], settings: Mapping[str, str] | None = None, output: IO[str] | None = None) -> int:
    """The exit code of a program; what it says goes where this one's goes, or to a file."""
    both = subprocess.STDOUT if output else None
    found = {**os.environ, **(settings or {})}
    return subprocess.run(command, cwd=home.ROOT, check=False, env=found, stdout=output, stderr=both).returncode


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))
