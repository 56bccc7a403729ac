"""A population of joints: Weibull's distribution of each, and of the first that fails."""

from math import gamma, log

import numpy as np

from solver.arrays import Array


def characteristic(life: Array, gives: str, slope: float) -> Array:
    """Characteristic life (63.2 % failed) of lives that a model gives as "mean" or "characteristic".

    Mean of a Weibull distribution: eta Gamma(1 + 1/beta) (W. Weibull, J. Appl. Mech. 18 (1951) 293).

    Args:
        life: (n,) cycles.
        gives: what they are.
        slope: beta.
    """
    return np.asarray(life / gamma(1.0 + 1.0 / slope)) if gives == "mean" else np.asarray(life)


def first_failure(scale: Array, slope: float, share: float) -> float:
    """Cycles after which a share of packages has lost its first joint; joints fail apart from each other.

    1 - exp(-sum (N / eta_i)^beta) = share.

    Args:
        scale: (n,) characteristic lives of all joints of a package.
        slope: beta of each.
        share: between 0 and 1.
    """
    finite = scale[np.isfinite(scale)]
    if not len(finite):
        return float("inf")
    least = float(finite.min())
    rate = float(((least / finite) ** slope).sum())
    return float(least * (-log(1.0 - share) / rate) ** (1.0 / slope))
