"""Run another program and measure it."""

import os
import pty
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
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
        lines: the same, each line with the seconds since the start at which it came.
    """

    wall: float
    cpu: float
    memory: float
    output: str
    lines: tuple[tuple[float, str], ...]

    def seconds(self, first: str, last: str) -> float | None:
        """Seconds from the first line that holds one text to the last line that holds another; None without them."""
        starts = [when for when, line in self.lines if first in line]
        ends = [when for when, line in self.lines if last in line]
        return ends[-1] - starts[0] if starts and ends else None


class StoppedError(RuntimeError):
    """A program that was stopped as it took longer than it may; what it had printed is `output`."""

    def __init__(self, seconds: float, output: str) -> None:
        super().__init__(f"stopped after {seconds:.0f} s")
        self.seconds, self.output = seconds, output


def measured(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str] | None = None,
    most: float | None = None,
) -> Cost:
    """Run a command, which finds the modules of this tree. It writes to a terminal: its lines come as they are written.

    Args:
        command: program and arguments.
        directory: to run it in.
        environment: variables beside those that are there.
        most: seconds after which it is stopped; None: it may take any time.

    Raises:
        StoppedError: it took longer than it may.
        RuntimeError: it failed; with the end of what it printed.
    """
    ours, theirs = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": _here(), **(environment or {}), "TERM": "dumb"},
    )
    os.close(theirs)
    over = threading.Event()
    watch = threading.Timer(most or threading.TIMEOUT_MAX, _stop, (process, over))
    watch.daemon = True
    if most is not None:
        watch.start()
    lines = tuple((time.perf_counter() - start, line) for line in _lines(ours))
    watch.cancel()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    output = "\n".join(line for _, line in lines)
    if over.is_set():
        raise StoppedError(wall, output)
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed ({process.returncode}):\n{output[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, 1024.0 * usage.ru_maxrss, output, lines)


def _stop(process: "subprocess.Popen[bytes]", over: threading.Event) -> None:
    """Tell a program to end: `mpirun` ends its ranks."""
    over.set()
    process.terminate()


def _here() -> str:
    """PYTHONPATH with this tree in front; an installed planish has no `benchmarks`."""
    return os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))


def _lines(terminal: int) -> Iterator[str]:
    """Lines of a terminal until all who write to it have ended."""
    with os.fdopen(terminal, errors="replace") as stream:
        while True:
            try:
                line = stream.readline()
            except OSError:  # how Linux says that the other end is closed
                return
            if not line:
                return
            yield line.rstrip()
