"""Structural relaxation: the expansion of a glass over its own time (model of Tool, Narayanaswamy and Moynihan).

A. Q. Tool, J. Am. Ceram. Soc. 29, 240 (1946); O. S. Narayanaswamy, J. Am. Ceram. Soc. 54, 491 (1971); C. T. Moynihan
et al., J. Am. Ceram. Soc. 59, 12 (1976).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import Field, model_validator

from solver.arrays import Array
from solver.section import Section, wrong
from solver.units import GAS_CONSTANT, MolarEnergy, Number, PositiveTime, Temperature

_MOST = 60  # times


@dataclass(frozen=True)
class StructuralRelaxation:
    """Fictive temperatures of several parts, which follow the temperature at times of their own.

    Attributes:
        times: (parts,) at the reference (s).
        weights: (parts,) adding up to 1.
        reference: temperature of these times (K).
        energy: of activation (J/mol).
        nonlinearity: x, share of the energy that the temperature has; the rest is of the fictive temperature.
    """

    times: tuple[float, ...]
    weights: tuple[float, ...]
    reference: float
    energy: float
    nonlinearity: float

    def log(self, kelvin: Array, fictive: Array) -> Array:
        """ln of the factor by which times are longer, at a temperature and a fictive temperature (K)."""
        x = self.nonlinearity
        inverse = x / np.maximum(kelvin, 1.0) + (1.0 - x) / np.maximum(fictive, 1.0) - 1.0 / self.reference
        return np.asarray(np.clip(self.energy / GAS_CONSTANT * inverse, -230.0, 230.0))


@lru_cache(maxsize=16)
def stretched(beta: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times and weights of exponentials that add up to exp(-t^beta), to 0.6 %, by non-negative least squares."""
    from scipy.optimize import nnls  # 40 MB on every rank, for the few materials that relax so

    times = np.logspace(-2.5 / beta, 1.0 / beta, 1 + int(np.ceil(12 / beta)))
    t = np.concatenate([[0.0], np.logspace(-3.0 / beta, 0.9 / beta, 400)])
    matrix = np.exp(-t[:, None] / times)
    heavy = np.where(t == 0.0, 1e3, 1.0)
    weights = nnls(matrix * heavy[:, None], np.exp(-(t**beta)) * heavy)[0]
    kept = weights > 0.0
    return tuple(times[kept].tolist()), tuple((weights[kept] / weights.sum()).tolist())


class StructuralRelaxationSpec(Section):
    """Expansion across the glass transition in time: what a liquid expands more than its glass comes with a delay.

    Times are tau exp(energy / R (x / T + (1 - x) / Tf - 1 / reference)) with the fictive temperature Tf.
    """

    reference: Temperature = Field(description="temperature of the times; of full cure if the material cures")
    activation_energy: MolarEnergy
    nonlinearity: Number = Field(0.5, description="x of Tool, Narayanaswamy and Moynihan")
    time: PositiveTime | None = Field(None, description="tau of the stretched exponential exp(-(t / tau)^beta)")
    beta: Number = Field(0.5, description="exponent of it; 1 is one exponential")
    times: list[PositiveTime] | None = Field(None, description="instead of time and beta: a spectrum")
    weights: list[Number] | None = Field(None, description="of the spectrum, adding up to 1")

    @model_validator(mode="after")
    def _fits(self) -> "StructuralRelaxationSpec":
        if (self.time is None) == (self.times is None) or (self.times is None) != (self.weights is None):
            raise wrong("either 'time' (with 'beta') or 'times' and 'weights' are expected")
        if self.activation_energy <= 0.0:
            raise wrong("an activation energy is positive", "activation_energy")
        if not 0.0 < self.nonlinearity <= 1.0:
            raise wrong(f"nonlinearity = {self.nonlinearity:g} does not lie in 0 to 1", "nonlinearity")
        if not 0.2 <= self.beta <= 1.0:
            raise wrong(f"beta = {self.beta:g} does not lie in 0.2 to 1", "beta")
        if self.times is not None and self.weights is not None:
            if len(self.times) != len(self.weights) or not 1 <= len(self.times) <= _MOST:
                raise wrong(f"{len(self.weights)} weights for {len(self.times)} times", "weights")
            if min(self.weights) < 0.0 or abs(sum(self.weights) - 1.0) > 1e-6:
                raise wrong(f"weights are not negative and add up to 1, not {sum(self.weights):.6g}", "weights")
        return self

    @property
    def data(self) -> StructuralRelaxation:
        """Times (s) and weights of its parts, and how temperature moves them."""
        if self.times is not None and self.weights is not None:
            times, weights = tuple(self.times), tuple(self.weights)
        else:
            unit, weights = stretched(self.beta) if self.beta < 1.0 else ((1.0,), (1.0,))
            times = tuple(one * (self.time or 1.0) for one in unit)
        return StructuralRelaxation(times, weights, self.reference, self.activation_energy, self.nonlinearity)
