"""Cycles to failure of solder joints from what a thermal cycle does to them: the table of published models.

Every model is a fit to tests of packages on boards with a finite-element model of its authors: it holds for the alloy,
the creep law and the thickness of the averaged layer of that model, and says so where a joint is outside of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

PSI, INCH = 6894.757293168361, 0.0254  # Pa, m (NIST SP 811)
_MEGA = 1e6
_NEAR = 0.25  # part by which the averaged layer may be thicker or thinner than that of a model
SINH, DOUBLE_POWER, ANAND = "hyperbolic-sine creep", "double power-law creep", "Anand's law"
_FEWEST, _MOST = 100.0, 2e4  # cycles that temperature cycling tests of packages lasted


@dataclass(frozen=True)
class JointCycle:
    """What one settled thermal cycle does to joints.

    Attributes:
        work: (n,) inelastic work per volume and cycle, mean over the averaged layer (J/m^3).
        strain: (n,) equivalent inelastic strain per cycle, summed along its path, mean over the same.
        crack: (n,) length a crack grows until the joint is open: its diameter (m).
        slab: thickness of the averaged layer of elements (m).
        alloy: family of the solder, as of `alloy_of`.
        law: how it flows: SINH, DOUBLE_POWER or another in words; empty if that is not known.
    """

    work: Array
    strain: Array
    crack: Array
    slab: float
    alloy: str
    law: str = ""


@dataclass(frozen=True)
class FatigueModel:
    """A published model of fatigue.

    Attributes:
        cycles: cycles to failure (n,) of joints.
        alloy: family of solder it was fitted to.
        gives: "mean" life or "characteristic" life (63.2 % failed) of the tests it was fitted to.
        source: paper and equation.
        slab: thickness of the averaged layer (m), None if its source states none.
        laws: the constants belong to strains and works by one of these.
    """

    cycles: Callable[[JointCycle], Array]
    alloy: str
    gives: str
    source: str
    slab: float | None = None
    laws: tuple[str, ...] = ()

    def doubts(self, cycle: JointCycle) -> Iterator[str]:
        """Why the life of joints may not be what the model says, a part of a sentence each."""
        if cycle.alloy != self.alloy:
            yield f"it was fitted to {self.alloy}, not {cycle.alloy or 'this material'}"
        if self.slab is not None and abs(cycle.slab / self.slab - 1.0) > _NEAR:
            yield f"its constants hold for a layer of {1e6 * self.slab:.4g} um, here {1e6 * cycle.slab:.4g} um"
        if cycle.law and self.laws and cycle.law not in self.laws:
            yield f"its constants hold for {' or '.join(self.laws)}, here it flows by {cycle.law}"
        lives = self.cycles(cycle)
        least = float(np.nanmin(lives, initial=np.inf))
        if not _FEWEST <= least <= _MOST:
            yield f"{least:.3g} cycles are outside of the tests ({_FEWEST:g} to {_MOST:g})"


def inverse(constant: float, measure: Array) -> Array:
    """N = 1 / (constant x measure), infinite where nothing happens."""
    return power(1.0 / constant, -1.0, measure)


def power(factor: float, exponent: float, measure: Array) -> Array:
    """N = factor x measure^exponent with a negative exponent, infinite where nothing happens."""
    with np.errstate(divide="ignore"):
        return np.asarray(factor * np.maximum(measure, 0.0) ** exponent)


@dataclass(frozen=True)
class Darveaux:
    """Crack initiation and growth: N = K1 W^K2 + a / (K3 W^K4), whose constants belong to one set of units.

    Attributes:
        k1, k2: cycles to initiation, W in `stress`.
        k3, k4: growth per cycle in `length`.
        stress: what W is counted in (Pa), such as PSI.
        length: what K3 is counted in (m), such as INCH.
    """

    k1: float
    k2: float
    k3: float
    k4: float
    stress: float = PSI
    length: float = INCH

    def __call__(self, cycle: JointCycle) -> Array:
        work = cycle.work / self.stress
        grows = power(1.0 / (self.k3 * self.length), -self.k4, work)
        return np.asarray(power(self.k1, self.k2, work) + cycle.crack * grows)

    def converted(self, stress: float, length: float) -> "Darveaux":
        """The same law with constants of other units."""
        ratio = stress / self.stress
        k3 = self.k3 * ratio**self.k4 * self.length / length
        return Darveaux(self.k1 * ratio**self.k2, self.k2, k3, self.k4, stress, length)


SYED = "A. Syed, Proc. 54th ECTC (2004) 737"
SCHUBERT = "A. Schubert et al., Proc. 53rd ECTC (2003) 603"
DARVEAUX = "R. Darveaux, Proc. 50th ECTC (2000) 1048; constants for averaged layers of 0.5, 1.0 and 1.5 mil"
MIL = 1e-3 * INCH


def _syed(laws: tuple[str, ...], strain: float | None = None, work: float | None = None) -> FatigueModel:
    def cycles(cycle: JointCycle) -> Array:
        return inverse(strain, cycle.strain) if strain else inverse(work or np.nan, cycle.work / _MEGA)

    return FatigueModel(cycles, "SnAgCu", "mean", SYED, laws=laws)


_SINH, _DOUBLE = (SINH, ANAND), (DOUBLE_POWER,)
MODELS: dict[str, FatigueModel] = {
    "syed-2004-strain": _syed(_SINH, strain=0.0513),
    "syed-2004-work": _syed(_SINH, work=0.0019),
    "syed-2004-strain-double-power": _syed(_DOUBLE, strain=0.0468),
    "syed-2004-work-double-power": _syed(_DOUBLE, work=0.0015),
    "schubert-2003-strain": FatigueModel(
        lambda cycle: power(4.5, -1.295, cycle.strain), "SnAgCu", "mean", SCHUBERT, laws=_SINH
    ),
    "schubert-2003-work": FatigueModel(
        lambda cycle: power(345.0, -1.02, cycle.work / _MEGA), "SnAgCu", "mean", SCHUBERT, laws=_SINH
    ),
    "darveaux-2000-half-mil": FatigueModel(
        Darveaux(71000.0, -1.62, 2.76e-7, 1.05), "SnPb", "characteristic", DARVEAUX, 0.5 * MIL, (ANAND,)
    ),
    "darveaux-2000": FatigueModel(
        Darveaux(48300.0, -1.64, 3.80e-7, 1.04), "SnPb", "characteristic", DARVEAUX, MIL, (ANAND,)
    ),
    "darveaux-2000-three-half-mil": FatigueModel(
        Darveaux(22400.0, -1.52, 5.86e-7, 0.98), "SnPb", "characteristic", DARVEAUX, 1.5 * MIL, (ANAND,)
    ),
}


def usual(alloy: str, law: str = "") -> tuple[str, ...]:
    """Models of a family of solder, by name: those for its creep law, or for that of hyperbolic sines if none is."""
    mine = {name: model for name, model in MODELS.items() if model.alloy == alloy}
    fitting = tuple(name for name, model in mine.items() if law in model.laws)
    return fitting or tuple(name for name, model in mine.items() if model.laws != _DOUBLE)


def coffin_manson(coefficient: float, exponent: float, strain: Array) -> Array:
    """N = coefficient x strain^-exponent, of a plastic strain range or one summed over a cycle.

    Source: L. F. Coffin, Trans. ASME 76 (1954) 931; S. S. Manson, NACA TN 2933 (1953).
    """
    return power(coefficient, -exponent, strain)


def alloy_of(material: str) -> str:
    """Family of solder a material of the library belongs to, from its name; empty if to none."""
    name = material.lower()
    return next((family for start, family in _FAMILIES.items() if name.startswith(start)), "")


_FAMILIES = {"sac": "SnAgCu", "snagcu": "SnAgCu", "snpb": "SnPb", "60sn40pb": "SnPb", "63sn37pb": "SnPb"}
