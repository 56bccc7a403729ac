"""Functions of the shift over temperature, and which of them measured shifts ask for.

M. L. Williams, R. F. Landel, J. D. Ferry, J. Am. Chem. Soc. 77 (1955) 3701. Chosen by Akaike's criterion for small
samples (C. M. Hurvich, C.-L. Tsai, Biometrika 76 (1989) 297); what no function follows stays a table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from solver.arrays import Array
from solver.fit.fitted import celsius, digits
from solver.materials.inelastic.shift import Arrhenius, Wlf, WlfArrhenius
from solver.materials.inelastic.shift import Shift as Function

_LN10 = float(np.log(10.0))
_FLOOR = 0.02  # decades: no shift is known better
_TABLE = 0.15, 5.0  # decades, and standard errors, that a function may miss shifts by
_ROOM = 1.0  # K between the coldest shift and where Williams, Landel and Ferry's formula ends


@dataclass(frozen=True)
class Family:
    """A function with constants to find.

    Attributes:
        made: (reference, *constants) -> the function.
        start: constants to begin with.
        moves: True if the reference is one of the constants: a kink.
    """

    made: Callable[..., Function]
    start: tuple[float, ...]
    moves: bool = False

    @property
    def constants(self) -> int:
        """How many, with the temperature of a kink."""
        return len(self.start) + self.moves


def _wlf_arrhenius(reference: float, c1: float, c2: float, energy: float) -> Function:
    return WlfArrhenius(Wlf(reference, c1, c2), Arrhenius(reference, energy))


FAMILIES = {
    "arrhenius": Family(Arrhenius, (200e3,)),
    "wlf": Family(Wlf, (15.0, 60.0)),
    "wlf_arrhenius": Family(_wlf_arrhenius, (15.0, 60.0, 200e3), True),
}


@dataclass(frozen=True, eq=False)
class Shift:
    """A shift that was chosen.

    Attributes:
        name: of `FAMILIES`, or "table".
        reference: at which a_T is 1 (K).
        constants: of the family; of a table log10 a_T at `kelvin`.
        errors: (constants,) standard errors; of a kink's temperature behind them.
        kelvin: temperatures of a table.
    """

    name: str
    reference: float
    constants: Array
    errors: Array
    kelvin: Array

    def log10(self, kelvin: Array) -> Array:
        """log10 a_T at temperatures (K)."""
        if self.name == "table":
            return np.interp(kelvin, self.kelvin, self.constants)
        return FAMILIES[self.name].made(self.reference, *self.constants).log(kelvin) / _LN10

    def entry(self) -> dict[str, Any]:
        """As a material has it."""
        if self.name == "table":
            table = {"temperature": [celsius(t) for t in self.kelvin], "log10": [digits(v) for v in self.constants]}
            return {"table": table}
        found: dict[str, Any] = {"reference": celsius(self.reference)}
        if self.name != "arrhenius":
            found |= {"c1": digits(self.constants[0]), "c2": f"{self.constants[1]:.4g} K"}
        if self.name != "wlf":
            found["activation_energy"] = f"{1e-3 * self.constants[-1]:.4g} kJ/mol"
        return {self.name: found}

    def words(self) -> str:
        """Standard errors of the constants."""
        if self.name == "table":
            return "no function follows the shifts"
        names = {"arrhenius": ["kJ/mol"], "wlf": ["in c1", "K in c2"]}.get(self.name, ["in c1", "K in c2", "kJ/mol"])
        size = [1e-3 * error if "kJ" in name else error for name, error in zip(names, self.errors, strict=False)]
        each = ", ".join(f"{error:.2g} {name}" for error, name in zip(size, names, strict=True))
        return f"standard errors of the shift {each}"


def choose(kelvin: Array, steps: Array, errors: Array, reference: int) -> Shift:
    """The function of measured shifts.

    Args:
        kelvin: (n,) temperatures, ascending.
        steps: (n - 1,) log10 a_T of each less that of the one before.
        errors: (n - 1,) standard errors.
        reference: number of the temperature whose shift is to be 1, unless a kink is found.
    """
    scale = np.hypot(errors, _FLOOR)
    best: Shift | None = None
    least, miss = np.inf, np.asarray(np.full(len(steps), np.inf))
    for name, family in FAMILIES.items():
        for start in kelvin[2:-2] if family.moves else [kelvin[reference]]:
            found = _fitted(name, float(start), kelvin, steps, scale)
            residual = np.diff(found.log10(kelvin)) - steps
            value = _criterion(residual / scale, family.constants)
            if value < least:
                best, least, miss = found, value, residual
    if best is None or _misses(miss, scale):
        logs: Array = np.cumsum([0.0, *np.minimum(steps, 0.0)])
        return Shift("table", float(kelvin[reference]), logs - logs[reference], np.zeros(0), kelvin)
    return best


def _misses(miss: Array, scale: Array) -> bool:
    return bool(np.sqrt(np.mean(miss**2)) > _TABLE[0] and np.sqrt(np.mean((miss / scale) ** 2)) > _TABLE[1])


def _fitted(name: str, start: float, kelvin: Array, steps: Array, scale: Array) -> Shift:
    """Least squares of one family; of one with a kink, from one place of it."""
    family = FAMILIES[name]
    size = np.array([*family.start, *([10.0] if family.moves else [])])
    begin, least, most = np.ones(len(size)), np.full(len(size), 1e-3), np.full(len(size), np.inf)
    if family.moves:
        begin[-1], least[-1], most[-1] = 0.0, (kelvin[1] - start) / 10.0 - 1e-9, (kelvin[-2] - start) / 10.0 + 1e-9
    if name == "wlf":
        least[1] = max(least[1], (start - kelvin[0] + _ROOM) / family.start[1])
        begin[1] = max(begin[1], 1.5 * least[1])

    def split(values: Array) -> tuple[float, Array]:
        values = values * size
        return (start + values[-1], values[:-1]) if family.moves else (start, values)

    def miss(values: Array) -> Array:
        at, constants = split(values)
        return np.asarray((np.diff(family.made(at, *constants).log(kelvin)) / _LN10 - steps) / scale)

    found = least_squares(miss, begin, bounds=(least, most))
    noise = max(1.0, 2.0 * found.cost / max(len(steps) - len(size), 1))
    errors = size * np.sqrt(noise * np.diag(np.linalg.pinv(found.jac.T @ found.jac)))
    at, constants = split(found.x)
    return Shift(name, float(at), np.asarray(constants), errors, kelvin[:0])


def _criterion(residual: Array, constants: int) -> float:
    """Akaike's criterion of residuals over their errors; infinite where there are no more steps than constants."""
    count = len(residual)
    room = count - constants - 1
    if room <= 0:
        return np.inf
    return float(np.sum(residual**2)) + 2.0 * constants * (1.0 + (constants + 1.0) / room)
