"""`planish test`: the suite on one rank, shared out over the cores, then its parallel part on two ranks."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NO_TEST = 5  # pytest's exit code where its arguments leave none
_ALONE = ("-s", "-x", "--pdb", "-n")  # options that want one process


def run(arguments: Sequence[str], fast: bool) -> int:
    """Run the tests and return the exit code.

    Args:
        arguments: for pytest.
        fast: only those that are not marked `slow`, on one rank: what one runs after every edit.
    """
    pytest = [sys.executable, "-m", "pytest", *arguments]
    selected = any(not word.startswith("-") for word in arguments) or any(word in _ALONE for word in arguments)
    spread = [] if selected else ["-n", str(_cores()), "--dist", "loadfile"]
    if fast:
        return _run([*pytest, *spread, "-m", "not slow"])
    codes = [_run([*pytest, *spread]), _run(["mpirun", "-n", "2", *pytest, "-m", "not serial"])]
    return next((code for code in codes if code not in (0, _NO_TEST)), 0 if 0 in codes else _NO_TEST)


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0))
