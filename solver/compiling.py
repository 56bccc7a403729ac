"""Forms compiled once for all runs, in a cache that a killed run leaves usable.

FFCx makes an empty `NAME.c` before it compiles and `NAME.c.cached` after; whoever finds the first without the second
waits for it, and waits in vain if its maker was killed. So whoever compiles holds a shared lock of the folder: while no
one does, what was begun and not ended is removed.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import cffi
from mpi4py import MPI

from solver.errors import PlanishError

T = TypeVar("T")

_LOCK = "lock"
_NO_LOCKS = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)  # the file system has none
_AGE = 600.0  # seconds after which, without locks, what was begun has been given up
_IN_VAIN = "timed out"  # FFCx, when what it waits for does not come
_ON_ALL = "Failed just-in-time compilation"  # DOLFINx, on every rank


def once(comm: MPI.Intracomm, folder: Path, compile_it: Callable[[], T]) -> T:
    """What `compile_it` gives, with FFCx's cache in `folder` free of what killed runs have left. Collective.

    Raises:
        PlanishError: the compiler failed.
    """
    try:
        with _compiling(folder, patient=False):
            return compile_it()
    except cffi.VerificationError as error:
        raise _failed(error) from error
    except (TimeoutError, RuntimeError) as error:
        # DOLFINx raises RuntimeError on all ranks; an error on one of them only cannot be mended here
        if comm.size > 1 and not str(error).startswith(_ON_ALL):
            raise
        if _IN_VAIN not in str(error):
            raise (_failed(error) if comm.size > 1 else error) from error
    with _compiling(folder, patient=True):
        return compile_it()


@contextmanager
def _compiling(folder: Path, patient: bool) -> Iterator[None]:
    """Remove what was given up, then hold the lock of those who compile.

    Args:
        folder: of the cache.
        patient: wait until nobody else compiles; else leave it if somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
            _remove_all_given_up(folder, folder.stat().st_mtime_ns)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            _remove_given_up(folder, older=_AGE)
            yield
            return
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@lru_cache(maxsize=4)
def _remove_all_given_up(folder: Path, changed: int) -> None:  # noqa: ARG001  once for every state of the folder
    """What was given up, when nobody else compiles; `changed`: when files came or went (ns)."""
    _remove_given_up(folder, older=0.0)


def _remove_given_up(folder: Path, older: float) -> None:
    """What has one of the two files only: the first was killed, or failed where another went on."""
    begun = {path.name.removesuffix(".c"): path for path in folder.glob("*.c")}
    ended = {path.name.removesuffix(".c.cached"): path for path in folder.glob("*.c.cached")}
    for name in begun.keys() ^ ended.keys():
        if time.time() - (begun | ended)[name].stat().st_mtime >= older:
            for left in folder.glob(f"{name}.*"):
                left.unlink(missing_ok=True)


def _failed(error: Exception) -> PlanishError:
    return PlanishError(f"compiling a form failed: {' '.join(str(error).split())[-500:]}")
