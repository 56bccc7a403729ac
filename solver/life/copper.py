"""Low-cycle fatigue of copper: barrels of plated holes, vias and lines."""

from math import exp, log10

import numpy as np

from solver.arrays import Array

_FEWEST, _MOST = 1e-2, 1e12  # cycles between which a life is looked for
_PLATED = {"ductility": 0.30, "strength": 276e6, "modulus": 83e9}  # of electrodeposited copper


def barrel_cycles(
    strain_range: float,
    ductility: float = _PLATED["ductility"],
    strength: float = _PLATED["strength"],
    modulus: float = _PLATED["modulus"],
) -> float:
    """Mean cycles to failure of the barrel of a plated hole.

    N^-0.6 D^0.75 + 0.9 (S / E) [exp(D) / 0.36]^(0.1785 log10(1e5 / N)) = strain range (IPC-TR-579 (1988), app. B; the
    exponents are those of S. S. Manson, Exp. Mech. 5 (1965) 193).

    Args:
        strain_range: total strain along the barrel in a cycle.
        ductility: D, the fracture strain of the plated copper.
        strength: S (Pa).
        modulus: E (Pa).
    """
    if strain_range <= 0.0:
        return float("inf")

    from scipy.optimize import brentq  # takes a while to import

    def excess(log_cycles: float) -> float:
        cycles = 10.0**log_cycles
        elastic = 0.9 * strength / modulus * (exp(ductility) / 0.36) ** (0.1785 * log10(1e5 / cycles))
        return float(cycles**-0.6 * ductility**0.75 + elastic - strain_range)

    low, high = np.log10([_FEWEST, _MOST])
    if excess(low) < 0.0:
        return 0.0
    return float("inf") if excess(high) > 0.0 else float(10.0 ** brentq(excess, low, high, xtol=1e-10))


def coffin_manson_basquin(
    strain_range: Array, strength: float, modulus: float, basquin: float, ductility: float, coffin: float
) -> Array:
    """Cycles to failure (n,) by de / 2 = (s / E) (2 N)^b + e (2 N)^c.

    Args:
        strain_range: (n,) total strain in a cycle.
        strength: s, fatigue strength coefficient (Pa).
        modulus: E (Pa).
        basquin: b, negative.
        ductility: e, fatigue ductility coefficient.
        coffin: c, negative.
    """
    from scipy.optimize import brentq  # takes a while to import

    def one(strain: float) -> float:
        def excess(log_cycles: float) -> float:
            reversals = 2.0 * 10.0**log_cycles
            return float(strength / modulus * reversals**basquin + ductility * reversals**coffin - strain / 2.0)

        low, high = np.log10([_FEWEST, _MOST])
        if strain <= 0.0 or excess(high) > 0.0:
            return float("inf")
        return 0.0 if excess(low) < 0.0 else float(10.0 ** brentq(excess, low, high, xtol=1e-10))

    return np.array([one(float(strain)) for strain in np.atleast_1d(strain_range)])
