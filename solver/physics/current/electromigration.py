"""Electromigration: Black's median life and Blech's product.

Life: t50 = A j^-n exp(Ea / k T) (J. R. Black, Proc. IEEE 57, 1587, 1969), scaled from a test, so that A drops out.

Product: a line of length L with blocked ends lasts for ever below a threshold of j L (I. A. Blech, J. Appl. Phys. 47,
1203, 1976), where the back stress stops the metal. Its stress is linear in the potential and has no mean, so in a body
of any shape the tension at the cathode is that of a straight line with j L = 2 (mean of phi - lowest phi) / rho (Z. Sun
et al., Voltage-based electromigration immortality check for general multi-branch interconnects, ICCAD 2016).

Stress: with blocked ends d sigma / d x = Z* e rho j / Omega once the metal has stopped, and the mean of the stress
stays (M. A. Korhonen et al., J. Appl. Phys. 73, 3790, 1993). So a line that bears the hydrostatic tension s from
elsewhere has s + Z* e rho j L / 2 Omega at its cathode, and makes no void up to j L = 2 Omega (s_c - s) / (Z* e rho).
"""

import numpy as np

from solver.arrays import Array
from solver.materials.electromigration import Electromigration

ELEMENTARY_CHARGE = 1.602176634e-19  # C, CODATA 2018: exact
BOLTZMANN = 8.617333262e-5  # eV/K, CODATA 2018


def acceleration(metal: Electromigration, density: Array, temperature: Array, than: tuple[float, float]) -> Array:
    """How many times shorter a median life is than at another place.

    Args:
        metal: its constants.
        density: current densities (A/m^2).
        temperature: there (K), of the same shape.
        than: current density (A/m^2) and temperature (K) of the other place.
    """
    other, kelvin = than
    exponent = metal.activation_energy / BOLTZMANN * (1.0 / kelvin - 1.0 / np.asarray(temperature))
    return np.asarray((np.asarray(density) / other) ** metal.exponent * np.exp(exponent))


def median_life(metal: Electromigration, density: Array, temperature: Array) -> Array:
    """t50 (s), inf where no current flows, NaN if no test is known; arguments as of `acceleration`."""
    if metal.reference is None:
        return np.full(np.shape(density), np.nan)
    test = metal.reference
    with np.errstate(divide="ignore"):
        return test.life / acceleration(metal, density, temperature, (test.current_density, test.temperature))


def blech_product(mean: Array, lowest: Array, resistivity: Array) -> Array:
    """Current density times length (A/m) of the straight line with the same tension at its cathode.

    Args:
        mean: of the potential over the volume of a body (V).
        lowest: potential of the body (V).
        resistivity: of it (ohm m).
    """
    return 2.0 * (mean - lowest) / resistivity


def _tension_of_product(metal: Electromigration, resistivity: float) -> float:
    """Tension at the cathode (Pa) per product of current density and length (A/m)."""
    assert metal.effective_charge is not None and metal.atomic_volume is not None
    return metal.effective_charge * ELEMENTARY_CHARGE * resistivity / (2.0 * metal.atomic_volume)


def critical_stress(metal: Electromigration, resistivity: float) -> float:
    """Tension (Pa) at which voids begin: as given, or that of the measured threshold, whose lines bore no stress.

    Args:
        metal: with an effective charge and an atomic volume.
        resistivity: in ohm m.
    """
    if metal.critical_stress is not None:
        return metal.critical_stress
    assert metal.blech_product is not None
    return metal.blech_product * _tension_of_product(metal, resistivity)


def threshold(metal: Electromigration, resistivity: float, stress: float) -> float:
    """Product of current density and length (A/m) below which a line lasts for ever; not below zero.

    Args:
        metal: as of `critical_stress`.
        resistivity: in ohm m.
        stress: hydrostatic stress the line bears from elsewhere (Pa), tension positive.
    """
    return max((critical_stress(metal, resistivity) - stress) / _tension_of_product(metal, resistivity), 0.0)
