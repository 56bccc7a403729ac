"""The ladder of a Foster network: capacitances to the surroundings, resistances between, from the junction outwards.

Z(s) = sum R_i / (1 + s tau_i) is a ratio of polynomials; dividing out the highest powers in turn gives the continued
fraction 1 / (s C_1 + 1 / (R_1 + 1 / (s C_2 + ...))), the Cauer ladder with the same impedance (JESD51-14; V. Szekely,
Microelectron. J. 28, 277, 1997). The division loses digits fast, so it is done in decimals of as many digits as the
order of the network asks for.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import zip_longest

import numpy as np

from solver.arrays import Array
from solver.networks.foster import Foster

_DIGITS = 40  # and these for each time constant: twice what was seen to be lost over twelve decades
_DIGITS_EACH = 24
_ZERO = Decimal(0)

Polynomial = list[Decimal]  # coefficients of ascending powers


@dataclass(frozen=True)
class Cauer:
    """A ladder that begins with a capacitance at the junction and ends with a resistance to the surroundings.

    Attributes:
        resistance: (n,) K/W, resistance k between node k and node k + 1.
        capacitance: (n,) J/K of each node.
    """

    resistance: Array
    capacitance: Array


def ladder(network: Foster) -> Cauer:
    """The Cauer ladder with the impedance of a Foster network."""
    count = len(network.resistance)
    with localcontext() as context:
        context.prec = _DIGITS + _DIGITS_EACH * count
        above, below = _ratio(network)
        resistance, capacitance = [], []
        for _ in range(count):
            c = below[-1] / above[-1]
            below = _less(below, c, [_ZERO, *above])
            r = above[-1] / below[-1]
            above = _less(above, r, below)
            capacitance.append(float(c))
            resistance.append(float(r))
    return Cauer(np.array(resistance), np.array(capacitance))


def _ratio(network: Foster) -> tuple[Polynomial, Polynomial]:
    """Numerator and denominator of Z(s)."""
    above, below = [_ZERO], [Decimal(1)]
    for r, tau in zip(network.resistance, network.time_constant, strict=True):
        resistance, slow = Decimal(float(r)), Decimal(float(tau))
        above = _plus(_plus(above, slow, [_ZERO, *above]), resistance, below)
        below = _plus(below, slow, [_ZERO, *below])
    return above[: len(below) - 1], below


def _plus(one: Polynomial, factor: Decimal, other: Polynomial) -> Polynomial:
    return [a + factor * b for a, b in zip_longest(one, other, fillvalue=_ZERO)]


def _less(one: Polynomial, factor: Decimal, other: Polynomial) -> Polynomial:
    """The difference without its highest power, which is zero."""
    return [a - factor * b for a, b in zip(one, other, strict=True)][:-1]
