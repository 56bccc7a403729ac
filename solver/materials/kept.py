"""What a material is at single temperatures, kept: steps, laminates and unit cells ask for the same ones again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array

_MOST = 2000  # answers, some hundred bytes each


def kept(ask: Callable[..., Array]) -> Callable[..., Array]:
    """A method that asks a frozen material at temperatures (K) of any shapes, which keeps its answers at single ones.

    What it gives is the caller's own.
    """
    at = lru_cache(maxsize=_MOST)(ask)

    @wraps(ask)
    def of(material: Any, *temperatures: ArrayLike) -> Array:
        given = [np.asarray(one, dtype=float) for one in temperatures]
        if any(one.size != 1 for one in given):
            return ask(material, *given)
        found = at(material, *(one.item() for one in given))
        return np.broadcast_to(found, (*np.broadcast_shapes(*(one.shape for one in given)), *found.shape)).copy()

    return of
