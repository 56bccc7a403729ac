"""Grids of equal rectangles along the axes: dies of a panel."""

from dataclasses import dataclass

from solver.case.geometry import Region


@dataclass(frozen=True)
class Parts:
    """Rectangles along the axes at the places of a grid.

    Attributes:
        pitch: of the grid (m).
        size: sides of each (m).
        drawn: False where polygons are pitch cells, but for a few.
    """

    pitch: tuple[float, float]
    size: tuple[float, float]
    drawn: bool = True


def parts_of(region: Region) -> Parts | None:
    """Of a region that is a grid of rectangles along the axes."""
    shape, grid = region.shape, region.grid
    if grid is None or shape.rectangle is None or shape.hole is not None or shape.rotation or region.fill:
        return None
    fits = all(side <= pitch for side, pitch in zip(shape.rectangle, grid.pitch, strict=True))
    return Parts(grid.pitch, shape.rectangle) if fits else None


def is_flat(region: Region, thickness: float) -> bool:
    """True for a grid of rectangles that are longer than they are thick (m): dies, not pillars."""
    parts = parts_of(region)
    return parts is not None and min(parts.size) > thickness
