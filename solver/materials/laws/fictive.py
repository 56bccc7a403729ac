"""Fictive temperatures along paths of temperature, by pieces.

A. Markovsky, T. F. Soules, J. Am. Ceram. Soc. 67, C56 (1984), with exponentials in place of the implicit rule. Within
a piece the temperature goes linearly and the times are those of its middle, found from both of its ends.
"""

import numpy as np

from solver.arrays import Array
from solver.materials.inelastic.structural import StructuralRelaxation

_CORRECTIONS = 2  # of the fictive temperature at the end of a piece
_SMALL = 1e-8  # ratio of times from which exp is a series


def follow(
    structure: StructuralRelaxation, kelvin: Array, below: Array, seconds: Array, fictive: Array
) -> tuple[Array, Array]:
    """(m, pieces + 1) mean fictive temperature at edges, and (m, parts) those of the parts at the end (K).

    Args:
        structure: spectrum and times.
        kelvin: (m, pieces + 1) temperature at the edges of pieces.
        below: (m, pieces + 1) by how much the glass transition lies above that of full cure (K).
        seconds: (m, pieces) of each.
        fictive: (m, parts) at the start.
    """
    times, weights = np.array(structure.times), np.array(structure.weights)
    means = [fictive @ weights]
    for piece in range(seconds.shape[1]):
        start, end = kelvin[:, piece], kelvin[:, piece + 1]
        first = structure.log(start - below[:, piece], means[-1] - below[:, piece])
        behind, mean = start[:, None] - fictive, means[-1]
        new = fictive
        for _ in range(_CORRECTIONS + 1):
            last = structure.log(end - below[:, piece + 1], mean - below[:, piece + 1])
            z = (seconds[:, piece] * np.exp(-0.5 * (first + last)))[:, None] / times
            share = np.where(z > _SMALL, -np.expm1(-z) / np.maximum(z, _SMALL), 1.0 - 0.5 * z)
            new = end[:, None] - np.exp(-z) * behind - (end - start)[:, None] * share
            mean = new @ weights
        fictive = new
        means.append(mean)
    return np.stack(means, axis=1), fictive
