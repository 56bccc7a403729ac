"""Equal stress in both constituents: the lower bound of the stiffness (Reuss 1929)."""

import numpy as np

from solver.arrays import Array
from solver.materials.mix.phases import Phases


def stiffness(phases: Phases) -> Array:
    """Effective stiffness [Pa], shape (..., 6, 6)."""
    return np.linalg.inv(phases.average(np.linalg.inv(phases.metal), np.linalg.inv(phases.dielectric)))
