"""Structure functions: heat capacity against resistance along the path from the junction to the surroundings.

JESD51-14: along a path of one dimension the cumulative capacitance C(R) has the slope dC/dR = c k A^2 (volumetric heat
capacity, conductivity, cross-section), so a straight piece is a uniform piece of the path, and a step or a peak a
change of material or area. A ladder gives C(R) in steps; the curve goes through the middle of each step, and its slope
between two middles belongs to the node between them.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.networks.cauer import Cauer


@dataclass(frozen=True)
class Structure:
    """Structure functions of a ladder of n nodes.

    Attributes:
        resistance: (n,) K/W from the junction to the middle of each resistance.
        capacitance: (n,) J/K up to there: the cumulative structure function.
        node: (n - 1,) K/W from the junction to each further node.
        density: (n - 1,) J W/K^2 there: the differential structure function dC/dR.
    """

    resistance: Array
    capacitance: Array
    node: Array
    density: Array

    def resistance_at(self, capacitance: float) -> float:
        """Resistance (K/W) up to a cumulative capacitance (J/K), straight lines between points in logarithms."""
        places = np.interp(np.log(capacitance), np.log(self.capacitance), np.log(self.resistance))
        return float(np.exp(places))

    def capacitance_at(self, resistance: float) -> float:
        """Cumulative capacitance (J/K) up to a resistance (K/W), straight lines between points in logarithms."""
        return float(np.exp(np.interp(np.log(resistance), np.log(self.resistance), np.log(self.capacitance))))


def structure(ladder: Cauer) -> Structure:
    """The structure functions of a ladder."""
    ends = np.cumsum(ladder.resistance)
    middle = ends - 0.5 * ladder.resistance
    return Structure(middle, np.cumsum(ladder.capacitance), ends[:-1], ladder.capacitance[1:] / np.diff(middle))
