"""The records of a GDSII file (Calma, GDSII Stream Format Manual, 1987), checked before a library trusts them."""

import struct
from pathlib import Path

from solver.errors import CaseError

# number of the record: its name, data type (0 none, 1 bits, 2 and 3 integers, 5 reals, 6 text) and bytes (None: any)
_RECORDS: dict[int, tuple[str, int, int | None]] = {
    0x00: ("HEADER", 2, 2), 0x01: ("BGNLIB", 2, 24), 0x02: ("LIBNAME", 6, None), 0x03: ("UNITS", 5, 16),
    0x04: ("ENDLIB", 0, 0), 0x05: ("BGNSTR", 2, 24), 0x06: ("STRNAME", 6, None), 0x07: ("ENDSTR", 0, 0),
    0x08: ("BOUNDARY", 0, 0), 0x09: ("PATH", 0, 0), 0x0A: ("SREF", 0, 0), 0x0B: ("AREF", 0, 0), 0x0C: ("TEXT", 0, 0),
    0x0D: ("LAYER", 2, 2), 0x0E: ("DATATYPE", 2, 2), 0x0F: ("WIDTH", 3, 4), 0x10: ("XY", 3, None),
    0x11: ("ENDEL", 0, 0),
    0x12: ("SNAME", 6, None), 0x13: ("COLROW", 2, 4), 0x15: ("NODE", 0, 0), 0x16: ("TEXTTYPE", 2, 2),
    0x17: ("PRESENTATION", 1, 2), 0x19: ("STRING", 6, None), 0x1A: ("STRANS", 1, 2), 0x1B: ("MAG", 5, 8),
    0x1C: ("ANGLE", 5, 8), 0x1F: ("REFLIBS", 6, None), 0x20: ("FONTS", 6, None), 0x21: ("PATHTYPE", 2, 2),
    0x22: ("GENERATIONS", 2, 2), 0x23: ("ATTRTABLE", 6, None), 0x26: ("ELFLAGS", 1, 2), 0x2A: ("NODETYPE", 2, 2),
    0x2B: ("PROPATTR", 2, 2), 0x2C: ("PROPVALUE", 6, None), 0x2D: ("BOX", 0, 0), 0x2E: ("BOXTYPE", 2, 2),
    0x2F: ("PLEX", 3, 4), 0x30: ("BGNEXTN", 3, 4), 0x31: ("ENDEXTN", 3, 4), 0x34: ("STRCLASS", 1, 2),
}  # fmt: skip
_ELEMENTS = {  # what an element has to have, and points at least
    "BOUNDARY": ({"LAYER", "DATATYPE", "XY"}, 4), "PATH": ({"LAYER", "DATATYPE", "XY"}, 2),
    "SREF": ({"SNAME", "XY"}, 1), "AREF": ({"SNAME", "COLROW", "XY"}, 3),
    "TEXT": ({"LAYER", "TEXTTYPE", "XY", "STRING"}, 1),
    "NODE": ({"LAYER", "NODETYPE", "XY"}, 1), "BOX": ({"LAYER", "BOXTYPE", "XY"}, 5),
}  # fmt: skip
_INSIDE = {  # records that stand outside of elements, by what they stand in
    "file": {"HEADER"},
    "header": {"BGNLIB", "LIBNAME", "REFLIBS", "FONTS", "ATTRTABLE", "GENERATIONS", "UNITS"},
    "library": {"BGNSTR", "ENDLIB"},
    "structure": {"STRNAME", "STRCLASS", "ENDSTR", *_ELEMENTS},
}
_NEXT = {"HEADER": "header", "UNITS": "library", "BGNSTR": "structure", "ENDSTR": "library", "ENDLIB": "end"}


def check(path: Path, data: bytes) -> None:
    """Every record is one of the format, whole, and where it may stand.

    Raises:
        CaseError: names the byte and the record.
    """
    at, state, element, named = 0, "file", "", False
    seen: set[str] = set()
    while state != "end":
        name, body = _record(path, data, at)
        if element:
            if name == "ENDEL":
                _whole(path, at, element, seen)
                element = ""
            elif name in _INSIDE["structure"] or name in _INSIDE["header"] or name in ("HEADER", "BGNSTR", "ENDLIB"):
                raise _refused(path, at, name, f"inside {element}")
            elif name == "XY" and (len(body) % 8 or len(body) < 8 * _ELEMENTS[element][1]):
                raise _refused(path, at, name, f"{len(body) / 8:g} points of {element}")
            elif name == "COLROW" and min(struct.unpack(">2h", body)) < 1:
                raise _refused(path, at, name, "columns and rows are counted from 1")
            seen.add(name)
        elif name not in _INSIDE[state] or (state == "structure" and not named and name != "STRNAME"):
            raise _refused(path, at, name, f"not where it may stand, in the {state}")
        elif name in _ELEMENTS:
            element, seen = name, set()
        named = name != "BGNSTR" and (named or name == "STRNAME")
        state = _NEXT.get(name, state)
        at += 4 + len(body)


def _record(path: Path, data: bytes, at: int) -> tuple[str, bytes]:
    """The record at a place."""
    if at + 4 > len(data):
        raise CaseError(f"{path}: the GDS file is not complete: it ends at byte {len(data)} without ENDLIB")
    size, number, kind = struct.unpack_from(">HBB", data, at)
    name, wanted, length = _RECORDS.get(number, (f"record {number:#04x}", -1, None))
    if number == 0 and at == 0 and (size, kind) != (6, 2):
        raise CaseError(f"{path}: not a GDS file")
    if wanted != kind or size < 4 or size % 2 or length not in (None, size - 4):
        rule = "not a GDS file" if at == 0 else f"byte {at}: {name}: not a record of a GDS file"
        raise CaseError(f"{path}: {rule}")
    if at + size > len(data):
        raise CaseError(f"{path}: the GDS file is not complete: it ends at byte {len(data)} in {name}")
    text = data[at + 4 : at + size].rstrip(b"\0") if wanted == 6 else b"none"
    if not (text and text.isascii() and text.decode().isprintable()):
        raise _refused(path, at, name, "not a text in ASCII")
    return name, data[at + 4 : at + size]


def _whole(path: Path, at: int, element: str, seen: set[str]) -> None:
    missing = _ELEMENTS[element][0] - seen
    if missing:
        raise _refused(path, at, element, f"without {', '.join(sorted(missing))}")


def _refused(path: Path, at: int, name: str, rule: str) -> CaseError:
    return CaseError(f"{path}: byte {at}: {name}: {rule}")
