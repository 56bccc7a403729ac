"""A lock file: one command at a time, with the word of who holds it."""

import errno
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from solver.errors import CaseError

_NO_LOCKS = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)  # the file system has none


class Lock:
    """Held from its making until `release`, or until the process ends, however it ends.

    The kernel frees the lock of a process that was killed, so it is taken over. Where the file system has no locks the
    process number decides; a holder on another host, whose locks may not be seen from here, is taken to be there.

    Args:
        path: the file.
        what: it is about, for messages.
        take_over: True to take it from a holder on another host, who is known to have ended.

    Raises:
        CaseError: somebody else holds it.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, what: str, take_over: bool = False) -> None:
        self._path = path
        while True:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                _check(self._handle, path, what, take_over)
                if _is(self._handle, path):  # else whoever held it has just removed it
                    break
            except BaseException:
                os.close(self._handle)
                raise
            os.close(self._handle)
        word = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(word).encode() + b"\n", 0)

    def release(self) -> None:
        """Remove the lock file, so that others may work there."""
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _check(handle: int, path: Path, what: str, take_over: bool) -> None:
    """Lock the open file, or refuse."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sure = True
    except BlockingIOError:
        raise _refused(path, what, _holder(handle)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        sure = False
    known = _holder(handle)
    if known is None or (take_over and known["host"] != socket.gethostname()):
        return
    if known["host"] != socket.gethostname() or not (sure or _has_ended(known["pid"])):
        raise _refused(path, what, known)


def _refused(path: Path, what: str, known: dict[str, Any] | None) -> CaseError:
    who = f"who holds {path}" if known is None else "pid {pid} on {host} since {since}".format(**known)
    text = f"{what}: another planish works here ({who}); wait for it, or give this one an --output of its own"
    here = socket.gethostname()
    if known is not None and known["host"] != here:
        text += f"; from {here} it cannot be seen whether it still runs: if it was killed, remove {path}"
        text += ", or say `planish run --unlock`"
    return CaseError(text)


def _holder(handle: int) -> dict[str, Any] | None:
    """What the file says; None if it has just been made, or was cut off."""
    try:
        found = json.loads(os.pread(handle, 1000, 0))
        return {"pid": int(found["pid"]), "host": str(found["host"]), "since": str(found["since"])}
    except (ValueError, KeyError, TypeError):
        return None


def _is(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return pid == os.getpid()
