"""The sign of a warpage, in numbers and in words: of what a step of the summary holds."""

from collections.abc import Mapping
from typing import Any

NOTHING = 1e-3  # um: below this a surface is flat
_DECIDED = 0.05  # of the warpage: less does not decide a sign


def sign_of(part: float, warpage: float) -> int | None:
    """1 or -1; None where the part of the warpage that decides is too small to be more than noise (all in um)."""
    if warpage <= NOTHING or abs(part) < _DECIDED * warpage:
        return None
    return 1 if part > 0 else -1


def signed(warpage: float, sign: int | None) -> float | None:
    """Warpage with its sign; None where that is open, but of a flat surface, which needs none (um)."""
    return warpage if warpage <= NOTHING else None if sign is None else sign * warpage


def sense(entry: Mapping[str, Any]) -> str:
    """`bowl, concave`, `saddle, no sign`, `flat`."""
    value, size, shape = (entry.get(key) for key in ("signed_warpage_um", "warpage_um", "shape"))
    if size is not None and size <= NOTHING:
        return "flat"
    sign = "no sign" if value is None else "convex" if value > 0 else "concave"
    return ", ".join(word for word in (shape, sign) if word)


def signed_or_size(entry: Mapping[str, Any]) -> float:
    """The signed warpage (um), or its size where it has no sign."""
    value = entry.get("signed_warpage_um")
    return float(entry.get("warpage_um", 0.0) if value is None else value)


def in_words(entry: Mapping[str, Any]) -> str:
    """`-123.4 um (bowl, concave)`."""
    return f"{signed_or_size(entry):.4g} um ({sense(entry)})"
