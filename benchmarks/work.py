"""Floating-point operations and bytes of one iteration, by formulas read off the kernels (solver/linalg/kernels).

Every addition, multiplication and division counts one. Bytes are what must cross the memory bus when every array is
read or written once per call and no array stays in a cache from one call to the next; an entry that is updated counts
twice. Small tables, and what cells of a column share, are in cache. `tests/benchmarks/test_work.py` counts the
operations by running the kernels with numbers that count.
"""

from dataclasses import dataclass

_DOUBLE, _INDEX = 8, 4
_POINTS, _PLANE_POINTS, _NODES = 27, 9, 27


@dataclass(frozen=True)
class Work:
    """Operations and bytes."""

    flops: float = 0.0
    bytes: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.flops + other.flops, self.bytes + other.bytes)

    def __mul__(self, times: float) -> "Work":
        return Work(times * self.flops, times * self.bytes)

    @property
    def intensity(self) -> float:
        """Operations per byte."""
        return self.flops / self.bytes


def operator(cells: int, nodes: int, components: int, points: int = 1) -> Work:
    """`apply` on upright cells.

    Per component 12 one-dimensional maps of 27 values (three multiplications and two additions each; two of them are
    added to the last, for heat all three), and 27 sums into the result. Per point of the plane the map, 28; per point
    of the cell the slopes to and fro, 14 per component, the weight, 2, and the law, 27 (heat: 6, and 2 for its mass).
    Read: nodes, four corners and height, the law and where it is, the vector; the result is updated.

    Args:
        cells: of this rank.
        nodes: of these cells.
        components: unknowns per node.
        points: laws per cell, 1 or 27.
    """
    law = 27 if components == 3 else 8
    maps = components * (12 * _NODES * 5 + 3 * _NODES) + (0 if components == 3 else _NODES)
    flops = maps + _PLANE_POINTS * 28 + _POINTS * (14 * components + 2 + law) + 1
    moduli = 9 if components == 3 else 4
    per_cell = _INDEX * (_NODES + points) + _DOUBLE * (9 + points * moduli)
    return Work(cells * flops, cells * per_cell + 3 * _DOUBLE * components * nodes)


def column_solve(columns: int, nodes: int, components: int) -> Work:
    """`solve`: two triangular solves with a band per column of equal length, read once: the second pass finds the
    column's band in cache.

    Args:
        columns: number of columns.
        nodes: of all columns.
        components: unknowns per node.
    """
    size, half = components * nodes // columns, 3 * components - 1
    beside = half * size - half * (half + 1) // 2 if size > half else size * (size - 1) // 2
    flops = 2 * (2 * beside + size)
    per_node = _INDEX + components * _DOUBLE * (3 * components + 3)  # node, band, r, and z with the line it replaces
    return Work(columns * flops, nodes * per_node)


def between(nodes: int, plates: int, components: int) -> Work:
    """`restrict_to` or `prolong` with one plate per column.

    Per component one product and one sum, and three operations for each tilt. Read: node, two plates with weight and
    lever, constraints and values; tilts and modes of each plate.

    Args:
        nodes: that follow plates.
        plates: they follow.
        components: unknowns per node.
    """
    modes, tilts = (5, 2) if components == 3 else (2, 1)
    flops = components * (2 + 3 * tilts)
    per_node = _INDEX + 2 * _INDEX + 4 * _DOUBLE + components * (1 + _DOUBLE)
    return Work(nodes * flops, nodes * per_node + plates * _DOUBLE * (6 + 2 * modes))


def prolongation(nodes: int, plates: int, components: int) -> Work:
    """As `between`; the vector is updated."""
    return between(nodes, plates, components) + Work(0.0, _DOUBLE * components * nodes)


def plate_solve(factor_entries: float) -> Work:
    """Two triangular solves with the factor, each reads it once: two operations an entry."""
    return Work(4 * factor_entries, 2 * _DOUBLE * factor_entries)
