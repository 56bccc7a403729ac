"""A spectrum of relaxation: the generalised Maxwell model (J. D. Ferry, Viscoelastic Properties of Polymers, 1980)."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field, model_validator

from solver.materials.inelastic.shift import Shift, ShiftSpec
from solver.section import Section, wrong
from solver.units import Number, PositiveTime

_MOST = 60  # branches
_ROUNDING = 1e-9  # by which fractions may add up to more than all


@dataclass(frozen=True)
class Viscoelastic:
    """Branches of one thermorheologically simple material.

    Attributes:
        times: (branches,) of relaxation at the reference of the shift (s), ascending.
        shear: (branches,) fractions of the instantaneous shear modulus; the rest never relaxes.
        bulk: (branches,) of the instantaneous bulk modulus.
        shift: of the times over temperature, or None.
    """

    times: tuple[float, ...]
    shear: tuple[float, ...]
    bulk: tuple[float, ...]
    shift: Shift | None

    @property
    def is_alike(self) -> bool:
        """True if shear and bulk relax alike: the Poisson ratio stays as it is."""
        return self.shear == self.bulk


class ViscoelasticSpec(Section):
    """Branches that relax, of the elastic constants beside it, which are the instantaneous (glassy) ones."""

    times: list[PositiveTime] = Field(description="at the reference temperature of the shift, ascending")
    shear: list[Number] | None = Field(None, description="fractions of the shear modulus; the rest never relaxes")
    bulk: list[Number] | None = Field(None, description="fractions of the bulk modulus; elastic if absent")
    youngs: list[Number] | None = Field(
        None, description="instead of shear and bulk: of both alike, with a constant Poisson ratio; of all moduli alike"
    )
    shift: ShiftSpec | None = Field(None, description="of the times over temperature; none if absent")

    @model_validator(mode="after")
    def _fits(self) -> "ViscoelasticSpec":
        if not 1 <= len(self.times) <= _MOST:
            raise wrong(f"1 to {_MOST} times are expected", "times")
        if np.any(np.diff(self.times) <= 0.0):
            raise wrong("times must ascend", "times")
        if self.youngs is not None and (self.shear is not None or self.bulk is not None):
            raise wrong("'youngs' stands for shear and bulk alike; leave those out", "youngs")
        if self.youngs is None and self.shear is None:
            raise wrong("'shear' (with or without 'bulk') or 'youngs' is missing")
        for key in ("shear", "bulk", "youngs"):
            self._check_fractions(key, getattr(self, key))
        return self

    def _check_fractions(self, key: str, fractions: list[float] | None) -> None:
        if fractions is None:
            return
        if len(fractions) != len(self.times):
            raise wrong(f"{len(fractions)} fractions for {len(self.times)} times", key)
        if min(fractions) < 0.0 or sum(fractions) > 1.0 + _ROUNDING:
            raise wrong(f"fractions are not negative and add up to 1 at most, not {sum(fractions):.6g}", key)

    @property
    def data(self) -> Viscoelastic:
        """Relaxation times (s), fractions of shear and bulk modulus that relax, and their shift."""
        shear = self.youngs or self.shear or ()
        bulk = self.youngs or self.bulk or [0.0] * len(self.times)
        shift = None if self.shift is None else self.shift.data
        return Viscoelastic(tuple(self.times), tuple(shear), tuple(bulk), shift)
