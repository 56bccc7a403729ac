"""Equal strain in both constituents: the upper bound of the stiffness (Voigt 1889)."""

from solver.arrays import Array
from solver.materials.mix.phases import Phases


def stiffness(phases: Phases) -> Array:
    """Effective stiffness [Pa], shape (..., 6, 6)."""
    return phases.average(phases.metal, phases.dielectric)
