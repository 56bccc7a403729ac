"""Time and memory of the phases of a run on all ranks."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from mpi4py import MPI


@dataclass
class Phase:
    """Wall and processor seconds, without phases inside, and the peak memory of all ranks (bytes)."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0


class Clock:
    """Phases by name; a phase inside another is not counted twice."""

    def __init__(self, comm: MPI.Intracomm) -> None:
        self.comm = comm
        self.phases: dict[str, Phase] = {}
        self._open: list[str] = []
        self._last = (time.perf_counter(), time.process_time())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A phase; collective."""
        self._turn()
        self._open.append(name)
        yield
        self._turn()
        self._open.pop()

    def watch(self, owner: type, method: str, name: str) -> None:
        """Make every call of a method a phase."""
        original: Callable[..., Any] = getattr(owner, method)

        @wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return original(*args, **kwargs)

        setattr(owner, method, timed)

    @property
    def total(self) -> Phase:
        """All phases; the memory is the sum of the peaks of the ranks."""
        peak = 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        parts = self.phases.values()
        memory = max(float(self.comm.allreduce(peak)), *(part.memory for part in parts))
        return Phase(sum(part.wall for part in parts), sum(part.cpu for part in parts), memory)

    def _turn(self) -> None:
        """Book what passed since the last turn on the innermost open phase."""
        cpu = time.process_time()  # before the barrier: waiting for other ranks is not work
        self.comm.Barrier()
        wall = time.perf_counter()
        if self._open:
            phase = self.phases.setdefault(self._open[-1], Phase())
            phase.wall += wall - self._last[0]
            phase.cpu += self.comm.allreduce(cpu - self._last[1])
            phase.memory = max(phase.memory, self.comm.allreduce(_take_peak()))
        self._last = (time.perf_counter(), time.process_time())


def _take_peak() -> float:
    """Peak memory of this process since the last call (bytes); since its start where Linux does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(float(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        Path("/proc/self/clear_refs").write_text("5")
    except (OSError, StopIteration):
        peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return 1024.0 * peak
