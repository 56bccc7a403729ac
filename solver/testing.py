"""`planish test`: the suite on one rank, shared out over the cores, then its parallel part on two ranks."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence

from solver import home, launch
from solver.errors import PlanishError

_NO_TEST = 5  # pytest's exit code where its arguments leave none
_ALONE = ("-s", "-x", "--pdb", "-n")  # options that want one process


def run(arguments: Sequence[str], fast: bool) -> int:
    """Run the tests and return the exit code.

    Args:
        arguments: for pytest.
        fast: only those that are not marked `slow`, on one rank: what one runs after every edit.

    Raises:
        PlanishError: there is no pytest, or no mpirun.
    """
    missing = [
        name for name in ("pytest", "xdist", "pytest_timeout", "hypothesis") if not importlib.util.find_spec(name)
    ]
    if missing:
        raise PlanishError(f"the tests need {', '.join(missing)}: pip install 'planish[dev]'")
    pytest = [sys.executable, "-m", "pytest", *(["-p", "no:cacheprovider"] if home.INSTALLED else []), *arguments]
    selected = any(not word.startswith("-") for word in arguments) or any(word in _ALONE for word in arguments)
    spread = [] if selected else ["-n", str(_cores()), "--dist", "loadfile"]
    if fast:
        return _run([*pytest, *spread, "-m", "not slow"])
    mpirun = launch.mpirun()
    if mpirun is None:
        raise PlanishError("no mpirun found to start the tests on 2 ranks with; --fast takes one rank")
    codes = [_run([*pytest, *spread]), _run([mpirun, "-n", "2", *pytest, "-m", "not serial"])]
    return next((code for code in codes if code not in (0, _NO_TEST)), 0 if 0 in codes else _NO_TEST)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=home.ROOT, check=False).returncode


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))
