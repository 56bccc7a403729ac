"""Files that a case names: inside its directory, ordinary, not too large, and text where text is wanted.

What is wrong with one is said in a line that quotes at most the word at fault.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from solver.errors import CaseError

OUTSIDE = "PLANISH_ALLOW_OUTSIDE"  # of the environment: a case cannot set it for itself
MOST_TEXT = 64_000_000  # bytes of a file that is read as text
MOST_BINARY = 512_000_000
_SHOWN = 30  # characters of a word at fault


def obstacle(directory: Path, name: Path) -> str | None:
    """Why a file of a case cannot be read, in words; None if it can.

    Args:
        directory: of the case.
        name: as the case has it.
    """
    path = directory / name
    try:
        if os.environ.get(OUTSIDE) != "1" and not path.resolve().is_relative_to(directory.resolve()):
            return f"the file lies outside the case directory; copy it there, or set {OUTSIDE}=1 if you trust the case"
        kind = path.stat().st_mode
    except FileNotFoundError:
        return f"there is no file {path}"
    except (OSError, ValueError, RuntimeError) as error:
        return f"the file cannot be reached: {getattr(error, 'strerror', None) or error}"
    if not stat.S_ISREG(kind):
        return "a directory" if stat.S_ISDIR(kind) else "not an ordinary file but a device, a pipe or a socket"
    return None if os.access(path, os.R_OK) else "the file must not be read: permission denied"


def located(directory: Path, name: Path, most: int = MOST_TEXT) -> Path:
    """Where a file of a case is.

    Args:
        directory: of the case.
        name: as the case has it.
        most: bytes it may have.

    Raises:
        CaseError: as of `obstacle`, or it is empty or too large.
    """
    path = directory / name
    reason = obstacle(directory, name)
    if reason is not None:
        raise CaseError(f"{shown(path)}: {reason}")
    size = path.stat().st_size
    if size == 0:
        raise CaseError(f"{path}: the file is empty")
    if size > most:
        raise CaseError(f"{path}: {size / 1e6:.0f} MB; files of this kind may have {most / 1e6:.0f} MB")
    return path


def text(path: Path) -> str:
    """The text of a file that was located, in UTF-8.

    Raises:
        CaseError: it is none; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaseError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        found = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CaseError(f"{path}, line {line}: not text in UTF-8") from None
    if "\0" in found:
        raise CaseError(f"{path}, line {found.count(chr(10), 0, found.index(chr(0))) + 1}: not text: it has zero bytes")
    return found


def shown(word: object) -> str:
    """A word of a file for a message: short, on one line, nothing a terminal would obey."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in str(word))
    return plain


def listed(words: Iterable[str]) -> list[str]:
    """Words of a file to choose from, for a message: each short."""
    return [shown(word)[:_SHOWN] for word in words]


def quoted(word: str) -> str:
    """The word at fault in quotes, cut where it is long."""
    plain = shown(word)
    return f"'{plain[:_SHOWN]}...'" if len(plain) > _SHOWN else f"'{plain}'"


def number(word: str, path: Path, line: int) -> float:
    """A finite number.

    Raises:
        CaseError: it is none; names file, line and word.
    """
    try:
        value = float(word) if "_" not in word else float("nan")
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise CaseError(f"{path}, line {line}: {quoted(word)} is no number")
    return value
