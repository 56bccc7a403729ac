"""The array types of the program: float64 in SI units, indices and masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


def floats(values: Array) -> list[float]:
    """Numbers of an array of one dimension as Python has them."""
    return [float(value) for value in values]
