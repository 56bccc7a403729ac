"""Where a stack slides on itself: layers so soft in shear that the plates above and below move on their own.

Two plates of in-plane stiffness S = sum(E t) joined by a layer of thickness t_s and shear modulus G_s follow each other
over the shear-lag length sqrt(t_s / G_s * S_1 S_2 / (S_1 + S_2)) (O. Volkersen, Luftfahrtforschung 15, 41, 1938). Where
that is longer than some cells, one plate for both is a poor coarse space. The same formula with conductivities,
sqrt(t_s / k_z * K_1 K_2 / (K_1 + K_2)) with K = sum(k t), says over what length temperatures on both sides differ.
"""

import numpy as np

from solver.arrays import Array, Integers, Mask

# cells the length must exceed, measured on packages and panels: fewer plates are set up faster but need more iterations
MECHANICS, HEAT = 1.0, 0.5


def sliding(
    column: Integers, layer: Integers, thickness: Array, along: Array, across: Array, size: Array, cells: float
) -> Mask:
    """(cells,) True where a cell belongs to a layer that lets its neighbours slide.

    Args:
        column: (cells,) plane cell each cell stands on; whole columns.
        layer: (cells,) layer of each cell, counted from the bottom.
        thickness: (cells,) height of each cell.
        along: (cells,) modulus or conductivity in plane.
        across: (cells,) shear modulus or conductivity through the thickness.
        size: (cells,) edge of the plane cell, in the unit of `thickness`.
        cells: `MECHANICS` or `HEAT`.
    """
    order = np.lexsort((layer, column))
    new = np.concatenate([[True], (np.diff(column[order]) != 0) | (np.diff(layer[order]) != 0)])
    of_part = np.cumsum(new) - 1  # a part: the cells of one layer in one column
    first = order[new]
    total = np.bincount(of_part, weights=thickness[order])
    stiffness = np.bincount(of_part, weights=(thickness * along)[order])
    start = np.concatenate([[True], np.diff(column[first]) != 0])
    running = np.cumsum(stiffness)
    before = running - stiffness
    base = before[start][np.cumsum(start) - 1]
    whole = np.bincount(np.cumsum(start) - 1, weights=stiffness)[np.cumsum(start) - 1]
    below = before - base
    above = np.maximum(whole - below - stiffness, 0.0)
    both = np.where(below + above > 0, below * above / np.maximum(below + above, 1e-300), 0.0)
    length = np.sqrt(total / across[first] * both)
    result = np.empty(len(column), dtype=bool)
    result[order] = (length > cells * size[first])[of_part]
    return result


def bare(column: Integers, layer: Integers) -> Mask:
    """(cells,) True where no layer lies on that of a cell; arguments as of `sliding`."""
    columns, of = np.unique(column, return_inverse=True)
    top = np.full(len(columns), -1)
    np.maximum.at(top, of, layer)
    return np.asarray(layer == top[of])
