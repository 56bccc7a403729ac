"""Files that are whole or not there: each is written beside its place, synced to the disk and renamed.

Whenever a run is killed, or the disk is full, a name holds what was written last in full.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solver.errors import PlanishError

_PART = ".part"  # in the names of files that are being written
_LONGEST = 180  # characters of a name that are kept beside
# what the place of a file is to blame for, and not the program
PLACE = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR,
    errno.EBUSY, errno.ENAMETOOLONG, errno.EIO, errno.ESTALE, errno.EXDEV, errno.ENXIO, errno.EMFILE, errno.ENFILE,
}  # fmt: skip


class OutputError(PlanishError):
    """A file could not be written; what was there before is whole."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the file system inside are told of as those of `path`.

    Raises:
        OutputError: naming it, the reason and, if its first folder is not there, what to do.
    """
    try:
        yield
    except OSError as error:
        first = Path(*path.absolute().parts[:2])
        new = error.errno == errno.EROFS and not first.exists()  # in the private Debian
        hint = f"; make {first} first" if new else ""
        reason = "a file is in the way" if isinstance(error, FileExistsError) else error.strerror or error
        raise OutputError(f"cannot write {path}: {reason}{hint}") from None


@contextmanager
def whole(path: Path, synced: bool = True) -> Iterator[Path]:
    """A name to write a file at, which takes the place of `path` at the end of the block; its folder is made.

    Args:
        path: the file.
        synced: False for what need not outlive a power failure, or is synced later with `sync_tree`.

    Raises:
        OutputError: it could not be written.
    """
    beside = path.with_name(f".{path.stem[:_LONGEST]}.{os.getpid()}{_PART}{path.suffix}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            if synced:
                sync(beside)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def write_text(path: Path, text: str, synced: bool = True) -> None:
    """Write a whole file of UTF-8 text.

    Raises:
        OutputError: it could not be written.
    """
    with whole(path, synced) as beside:
        beside.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until a file is on the disk, or for a folder its list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):  # this file system has no such thing
            raise
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Wait until all files of a folder are on the disk."""
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            sync(path)


def copy_tree(source: Path, target: Path, *without: str) -> None:
    """Copy a folder, without files of some patterns; `target` appears when all is copied.

    Raises:
        OutputError: it could not be written.
    """
    beside = target.with_name(f"{target.name}{_PART}")
    with writing(target):
        shutil.rmtree(beside, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copytree(source, beside, ignore=shutil.ignore_patterns(f".*{_PART}*", *without))
        except shutil.Error as error:  # a list of what went wrong
            raise OSError(0, str(error.args[0][0][2])) from None
        sync_tree(beside)
        move(beside, target)


def move(source: Path, target: Path) -> None:
    """Rename a folder to a name that is free, for good."""
    source.rename(target)
    sync(target.parent)


def without_leftovers(folder: Path) -> None:
    """Remove what killed runs were writing in a folder."""
    for left in folder.rglob(f".*{_PART}*"):
        left.unlink(missing_ok=True)
