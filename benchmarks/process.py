"""Run another program and measure it."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a program took, from its start to its end.

    Attributes:
        wall: seconds.
        cpu: seconds of processor time of all its processes.
        memory: peak of its largest process (bytes).
        output: what it printed.
    """

    wall: float
    cpu: float
    memory: float
    output: str


def measured(command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command.

    Raises:
        RuntimeError: it failed; with the end of what it printed.
    """
    log = directory / "output.txt"
    start = time.perf_counter()
    with log.open("w") as stream:
        process = subprocess.Popen(
            list(command),
            cwd=directory,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    output = log.read_text(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed ({process.returncode}):\n{output[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, 1024.0 * usage.ru_maxrss, output)
