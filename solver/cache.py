"""The cache of what is compiled and solved once for all runs; only what its user alone can write is loaded from it."""

import os
import stat
from pathlib import Path

from solver.errors import PlanishError
from solver.files import writing

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def directory() -> Path:
    """`${XDG_CACHE_HOME:-~/.cache}/planish`.

    Raises:
        PlanishError: neither that variable nor a home says where.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "planish"
    except RuntimeError:
        raise PlanishError("there is no home to keep compiled forms in: set XDG_CACHE_HOME to a folder") from None


def folder(*names: str) -> Path:
    """A folder of the cache, made if absent.

    Raises:
        PlanishError: somebody else could have put programs there.
        OutputError: it cannot be made.
    """
    path = directory()
    _own(path)
    for name in names:
        path /= name
        _own(path)
    return path


def _own(path: Path) -> None:
    with writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    if found.st_uid != os.geteuid():
        raise PlanishError(
            f"{path} belongs to another user, and programs are loaded from it: set XDG_CACHE_HOME to a folder of yours"
        )
    if found.st_mode & _OTHERS:
        raise PlanishError(
            f"others can write in {path}, and programs are loaded from it: chmod -R go-w {path}, "
            "or remove it if you do not trust them"
        )
