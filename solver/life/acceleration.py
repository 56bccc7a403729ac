"""How much longer joints last in the field than in a test, from temperatures and times of both cycles."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ThermalCycle:
    """A thermal cycle.

    Attributes:
        minimum, maximum: temperatures (K).
        dwell: at the maximum (s).
    """

    minimum: float
    maximum: float
    dwell: float

    @property
    def swing(self) -> float:
        """From minimum to maximum (K)."""
        return self.maximum - self.minimum


@dataclass(frozen=True)
class NorrisLandzberg:
    """AF = N_field / N_test = (dT_t / dT_f)^a (t_t / t_f)^b exp[c (1 / T_f - 1 / T_t)].

    Attributes:
        swing: exponent a.
        dwell: exponent b, of the times at the maximum.
        kelvin: c (K), with the maxima of both cycles.
        alloy: family of solder it was fitted to.
        source: of the constants.
        of_frequencies: b was fitted to the ratio f_f / f_t of frequencies, which the times at the maximum stand for.
    """

    swing: float
    dwell: float
    kelvin: float
    alloy: str
    source: str
    of_frequencies: bool = False

    def factor(self, test: ThermalCycle, field: ThermalCycle) -> float:
        """Cycles in the field over cycles in the test.

        Raises:
            ValueError: a cycle without a swing of temperature or without a dwell.
        """
        for name, one in (("test", test), ("field", field)):
            if one.swing <= 0.0 or one.dwell <= 0.0:
                raise ValueError(f"the {name} cycle needs a swing of temperature and a dwell at its maximum")
        heat = np.exp(self.kelvin * (1.0 / field.maximum - 1.0 / test.maximum))
        return float((test.swing / field.swing) ** self.swing * (test.dwell / field.dwell) ** self.dwell * heat)


ACCELERATIONS: dict[str, NorrisLandzberg] = {
    "norris-landzberg-1969": NorrisLandzberg(
        1.9, 1.0 / 3.0, 1414.0, "SnPb",
        "K. C. Norris, A. H. Landzberg, IBM J. Res. Dev. 13 (1969) 266, (f_f / f_t)^(1/3) of frequencies",
        of_frequencies=True,
    ),
    "norris-landzberg-pan-2005": NorrisLandzberg(
        2.65, 0.136, 2185.0, "SnAgCu", "N. Pan et al., Proc. SMTA International (2005) 876"
    ),
    "norris-landzberg-lall-2012": NorrisLandzberg(
        2.3, 0.3, 4562.0, "SnAgCu",
        "P. Lall et al., J. Electron. Packag. 134 (2012) 031008, SAC305, (f_f / f_t)^0.3 of frequencies",
        of_frequencies=True,
    ),
}  # fmt: skip


def usual(alloy: str) -> str | None:
    """Name of the acceleration that was fitted to a family of solder, None if none was."""
    return next((name for name, one in ACCELERATIONS.items() if one.alloy == alloy), None)
