"""The sign of a warpage, in numbers and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

NOTHING = 1e-3  # um: below this a surface is flat
_DECIDED = 0.05  # of the warpage: less does not decide a sign


class Shape(Protocol):
    """What has a warpage (um), and a sign and a name where they are known: of solids, laminates and plates."""

    @property
    def warpage_um(self) -> float:
        """Highest less lowest point."""

    @property
    def signed_warpage_um(self) -> float | None:
        """Positive if convex; None where that is open."""

    @property
    def shape(self) -> str | None:
        """Name of the shape, such as `bowl`; None if it has none."""


@dataclass(frozen=True)
class SignedShape:
    """The size, the sign and the name of a shape, and nothing else of it."""

    warpage_um: float
    signed_warpage_um: float | None
    shape: str | None = None

    @staticmethod
    def of(entry: Mapping[str, Any]) -> "SignedShape":
        """That of an entry of summary.json with a warpage: a step, or a point of its curve."""
        return SignedShape(entry["warpage_um"], entry.get("signed_warpage_um"), entry.get("shape"))


def sign_of(part: float, warpage: float) -> int | None:
    """1 or -1; None where the part of the warpage that decides is too small to be more than noise (all in um)."""
    if warpage <= NOTHING or abs(part) < _DECIDED * warpage:
        return None
    return 1 if part > 0 else -1


def signed(warpage: float, sign: int | None) -> float | None:
    """Warpage with its sign; None where that is open, but of a flat surface, which needs none (um)."""
    return warpage if warpage <= NOTHING else None if sign is None else sign * warpage


def sense(shape: Shape) -> str:
    """`bowl, concave`, `saddle, no sign`, `flat`."""
    value = shape.signed_warpage_um
    if shape.warpage_um <= NOTHING:
        return "flat"
    sign = "no sign" if value is None else "convex" if value > 0 else "concave"
    return ", ".join(word for word in (shape.shape, sign) if word)


def signed_or_size(shape: Shape) -> float:
    """The signed warpage (um), or its size where it has no sign."""
    return shape.warpage_um if shape.signed_warpage_um is None else shape.signed_warpage_um


def in_words(shape: Shape) -> str:
    """`-123.4 um (bowl, concave)`."""
    return f"{signed_or_size(shape):.4g} um ({sense(shape)})"
