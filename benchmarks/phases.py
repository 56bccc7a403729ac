"""Time and memory of the phases of a run on all ranks, and seconds and calls of the parts inside one phase."""

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


@dataclass
class Part:
    """Seconds of this rank and number of calls, parts inside included."""

    seconds: float = 0.0
    calls: int = 0


class Clock:
    """Phases by name; a phase inside another is not counted twice. Methods are watched until `restore`.

    Attributes:
        comm: communicator.
        phases: by name, in the order of their first start.
        parts: by the name of the phase they are in, then by their own.
        start_memory: of all ranks before the first phase (bytes): Python and the libraries.
    """

    def __init__(self, comm: MPI.Intracomm) -> None:
        self.comm = comm
        self.phases: dict[str, Phase] = {}
        self.parts: dict[str, dict[str, Part]] = {}
        self.start_memory = float(comm.allreduce(_take_peak()))
        self._open: list[str] = []
        self._originals: list[tuple[Any, str, Callable[..., Any]]] = []
        self._last = (time.perf_counter(), time.process_time())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A phase; collective."""
        self._turn()
        self._open.append(name)
        try:
            yield
        except BaseException:
            self._open.pop()  # other ranks may not be here: nothing collective
            raise
        self._turn()
        self._open.pop()

    def watch(self, owner: Any, method: str, name: str) -> None:
        """Make every call of a method a phase."""

        def timed(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            with self.phase(name):
                return original(*args, **kwargs)

        self.intercept(owner, method, timed)

    def count(self, owner: Any, method: str, name: Callable[..., str]) -> None:
        """Make every call of a method a part of the phase it is in; `name` makes its name from the arguments."""

        def timed(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            result = original(*args, **kwargs)
            if self._open:
                part = self.parts.setdefault(self._open[-1], {}).setdefault(name(*args, **kwargs), Part())
                part.seconds += time.perf_counter() - start
                part.calls += 1
            return result

        self.intercept(owner, method, timed)

    def intercept(self, owner: Any, method: str, instead: Callable[..., Any]) -> None:
        """Call `instead(original, *args)` in place of a method of a class or a function of a module."""
        original: Callable[..., Any] = getattr(owner, method)
        self._originals.append((owner, method, original))
        setattr(owner, method, wraps(original)(lambda *args, **kwargs: instead(original, *args, **kwargs)))

    def restore(self) -> None:
        """Give all methods back."""
        for owner, name, method in reversed(self._originals):
            setattr(owner, name, method)
        self._originals = []

    @property
    def total(self) -> Phase:
        """All phases; the memory is the sum of the peaks of the ranks."""
        peak = 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        parts = self.phases.values()
        memory = max(self.start_memory, float(self.comm.allreduce(peak)), *(part.memory for part in parts))
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
