"""What the points of a plate's layers remember, in the form in which metrics read that of solids."""

from collections.abc import Callable, Mapping

import numpy as np

from solver.arrays import Array
from solver.physics.plate.memory import PlateMemory
from solver.physics.solid.remembering import Points

_PLANE = (0, 1, 5)  # of Voigt components


def points_of(memory: PlateMemory, area: Array, shape: Callable[[], Array]) -> Points:
    """Of all pieces; those with fewer points through their thickness than others have some of no volume.

    Args:
        memory: of the plate.
        area: (owned cells,) of its cells (m^2).
        shape: gives strain and curvature, as of `PlateMemory.strain`.
    """
    pieces, now = memory.pieces, memory.now
    width = max((piece.places * piece.count for piece in pieces.values()), default=0)

    def rows(values: Mapping[str, Array], components: int, empty: float = 0.0) -> Array:
        """(cells, width, components) of values (cells, places, count, components) by piece."""
        found: list[Array] = [np.empty((0, width, components))]
        for one in values.values():
            flat = one.reshape(len(one), one.shape[1] * one.shape[2], components)
            found.append(np.pad(flat, [(0, 0), (0, width - flat.shape[1]), (0, 0)], constant_values=empty))
        return np.concatenate(found)

    def readings() -> dict[str, Array]:
        read = memory.readings()
        none = {name: np.full(state.shape[:3], np.nan) for name, state in now.state.items()}
        keys = dict.fromkeys(key for of_piece in read.values() for key in of_piece)
        of_key = {key: {name: read[name].get(key, none[name]) for name in pieces} for key in keys}
        return {key: rows(values, 1, np.nan)[..., 0] for key, values in of_key.items()}

    def strain() -> Array:
        here = shape()
        return rows({name: memory.strain(name, here) for name in pieces}, 6)

    stress = rows(now.stress, 3)
    voigt = np.zeros((*stress.shape[:2], 6))
    voigt[..., _PLANE] = stress
    each = {
        name: np.tile(area[piece.cells, None, None] * piece.weights[:, None] / piece.places, (1, piece.places, 1))
        for name, piece in pieces.items()
    }
    of_block = [np.empty(0, dtype=np.intp), *(np.full(len(one.cells), one.number) for one in pieces.values())]
    return Points(np.concatenate(of_block), rows(each, 1)[..., 0], voigt, strain, readings)
