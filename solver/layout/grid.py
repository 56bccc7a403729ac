"""Grids of numbers and pictures: what maps over the plane are read from, first row at the top."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np

from solver.arrays import Array
from solver.errors import CaseError
from solver.layout import side_file

MOST_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "PPM", "WEBP")  # none that runs another program
_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")  # Pillow's names of grey with 16 bits
_EIGHT_BITS = ("1", "L", "P", "RGB")


def numbers(path: Path) -> Array:
    """A rectangular grid of finite numbers (rows, columns), separated by commas or blanks; # begins a comment.

    Raises:
        CaseError: it is none; names the line and the word.
    """
    text = side_file.text(path)
    lines = [(number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    if not lines:
        raise CaseError(f"{path}: no number in it")
    comma = "," if any("," in line for _, line in lines) else None
    try:
        found = np.loadtxt(io.StringIO(text), delimiter=comma, ndmin=2)
    except ValueError:
        found = None
    if found is None or not np.all(np.isfinite(found)):
        raise _fault(path, lines, comma)
    return np.asarray(found)


def _fault(path: Path, lines: list[tuple[int, str]], comma: str | None) -> CaseError:
    """What is wrong with a grid that cannot be read."""
    width = len(lines[0][1].split(comma))
    for line, text in lines:
        words = [word.strip() for word in text.split(comma)]
        try:
            for word in words:
                side_file.number(word, path, line)
        except CaseError as error:
            return error
        if len(words) != width:
            return CaseError(f"{path}, line {line}: {len(words)} numbers, but {width} in the lines before")
    return CaseError(f"{path}: not a grid of numbers")


def picture(path: Path) -> Array:
    """Grey from 0 (black) to 1 (white) of a picture (rows, columns), upright as viewers show it.

    Raises:
        CaseError: not a picture, too many pixels, several pictures, or parts that are transparent.
    """
    from PIL import Image, ImageOps  # takes memory, on every rank

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as opened:
            _acceptable(path, opened)
            upright = ImageOps.exif_transpose(opened)
            if upright.mode in _SIXTEEN_BITS:
                return np.asarray(upright, dtype=np.float64) / 65535.0
            if np.asarray(upright.convert("RGBA").getchannel("A")).min() < 255:
                raise CaseError(f"{path}: parts of the picture are transparent; say what they are: flatten it")
            return np.asarray(upright.convert("RGB").convert("L"), dtype=np.float64) / 255.0
    except Image.DecompressionBombError:
        raise CaseError(_too_large(path)) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, MemoryError):
        raise CaseError(f"{path}: not a picture, or a damaged one; pictures are {', '.join(_FORMATS)}") from None


def _acceptable(path: Path, opened: object) -> None:
    width, height = opened.size  # type: ignore[attr-defined]
    mode, count = opened.mode, getattr(opened, "n_frames", 1)  # type: ignore[attr-defined]
    if width * height > MOST_PIXELS:
        raise CaseError(_too_large(path))
    if count > 1:
        raise CaseError(f"{path}: {count} pictures in one file; give one")
    if mode not in (*_EIGHT_BITS, *_SIXTEEN_BITS, "LA", "PA", "RGBA"):
        raise CaseError(f"{path}: a picture of mode {mode}; save it in grey or RGB, with 8 or 16 bits")


def _too_large(path: Path) -> str:
    return f"{path}: more than {MOST_PIXELS / 1e6:.0f} million pixels; reduce the picture"
