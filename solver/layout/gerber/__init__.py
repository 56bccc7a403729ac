"""A Gerber file as polygons (Ucamco, The Gerber Layer Format Specification, revision 2024.05).

Every command of the format is drawn or, where it draws nothing, passed over; any other is refused by line and keyword,
as are the deprecated ones that move, turn, scale or mirror the image.
"""

from itertools import groupby
from pathlib import Path
from typing import Any

import shapely

from solver.errors import CaseError
from solver.layout.drawing import Box
from solver.layout.gerber.apertures import Drawn
from solver.layout.gerber.image import Image

_MM = 1e-3


def read(path: Path, text: str) -> tuple[shapely.Geometry, Box, bool]:
    """What a file draws, dark on and clear off in its order, its bounding box (m), and whether metal is the rest.

    Args:
        path: for messages.
        text: the file.

    Raises:
        CaseError: names file, line and keyword; or it draws nothing.
    """
    image = Image(path)
    image.read(text)
    metal: Any = composed(image.drawn)
    if metal.is_empty:
        raise CaseError(f"{path}: the file draws nothing")
    metal = shapely.transform(metal, lambda xy: _MM * xy)
    return metal, metal.bounds, image.negative


def composed(drawn: list[Drawn]) -> shapely.Geometry:
    """Dark things together, without the clear ones that come after them."""
    metal: Any = shapely.Polygon()
    for dark, group in groupby(drawn, key=lambda one: one[0]):
        part = shapely.union_all([shape for _, shape in group])
        metal = metal.union(part) if dark else metal.difference(part)
    return metal
