"""Bandwidth and arithmetic that this machine reaches with all ranks at once.

mpirun -n 2 python3 -m benchmarks.limits [MEGABYTES]     prints one line of JSON
"""

import ctypes
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mpi4py import MPI

from solver.parallel import guarded, on_root

_SOURCE = Path(__file__).with_name("limits.c")
_COMPILE = ("gcc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")
_MEGABYTES = 800  # each of three arrays: well beyond any cache this rank can have for itself
_TRIAD_BYTES = 24  # per entry, as STREAM counts them (J. McCalpin, 1995); the line read before the write is not
_STEPS = 20_000_000
_REPEATS = 5
_SMALL, _MESSAGES = 1, 1_000_000  # doubles in a message that measures latency, and in one that measures bandwidth


def measure(comm: MPI.Intracomm, megabytes: int = _MEGABYTES) -> dict[str, float]:
    """Best of some repeats, all ranks at once; collective.

    Returns:
        bandwidth (bytes/s) and flops (1/s) of all ranks together, latency (s) and message_bandwidth (bytes/s) between
        two ranks (0 if there is one only).
    """
    with tempfile.TemporaryDirectory() as name:
        directory = on_root(comm, lambda: name)
        library = ctypes.CDLL(on_root(comm, lambda: _compiled(Path(directory))))
        comm.Barrier()
    library.multiply_add.restype = ctypes.c_double
    entries = megabytes * 1_000_000 // 8
    a, b, c = (np.full(entries, value) for value in (0.0, 1.0, 2.0))
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (a, b, c)]
    seconds = _best(comm, lambda: library.triad(ctypes.c_long(entries), ctypes.c_double(3.0), *pointers))
    if a[0] != 7.0 or a[-1] != 7.0:
        raise RuntimeError("the triad computed nonsense")
    out = ctypes.c_double()
    done = library.multiply_add(ctypes.c_long(_STEPS), ctypes.byref(out))
    rounds = _best(comm, lambda: library.multiply_add(ctypes.c_long(_STEPS), ctypes.byref(out)))
    latency = _ping_pong(comm, _SMALL, 2000)
    large = _ping_pong(comm, _MESSAGES, 20)
    return {
        "ranks": comm.size,
        "bandwidth": comm.size * entries * _TRIAD_BYTES / seconds,
        "flops": comm.size * done / rounds,
        "latency": latency,
        "message_bandwidth": 8 * _MESSAGES / large if large else 0.0,
    }


def _compiled(directory: Path) -> str:
    target = directory / "limits.so"
    subprocess.run([*_COMPILE, "-o", str(target), str(_SOURCE)], check=True)
    return str(target)


def _best(comm: MPI.Intracomm, work: Callable[[], object]) -> float:
    """Shortest time of the slowest rank (s)."""
    taken = []
    for _ in range(_REPEATS):
        comm.Barrier()
        start = time.perf_counter()
        work()
        taken.append(comm.allreduce(time.perf_counter() - start, MPI.MAX))
    return min(taken)


def _ping_pong(comm: MPI.Intracomm, doubles: int, times: int) -> float:
    """Seconds of one message from rank 0 to rank 1."""
    if comm.size == 1:
        return 0.0
    data = np.zeros(doubles)
    comm.Barrier()
    start = time.perf_counter()
    for _ in range(times):
        if comm.rank == 0:
            comm.Send(data, 1)
            comm.Recv(data, 1)
        elif comm.rank == 1:
            comm.Recv(data, 0)
            comm.Send(data, 0)
    return float(comm.bcast((time.perf_counter() - start) / (2 * times)))


def _main(arguments: Sequence[str]) -> int:
    found = measure(MPI.COMM_WORLD, *(int(argument) for argument in arguments))
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(guarded(MPI.COMM_WORLD, lambda: _main(sys.argv[1:])))
