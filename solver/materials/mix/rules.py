"""The tables of mix rules, expansion rules and conductivity rules. A new rule is one function and one line here."""

from collections.abc import Callable
from dataclasses import dataclass

from solver.arrays import Array
from solver.materials.mix import conductivity, expansion, fibre, hashin_shtrikman, laminate, reuss, traces, voigt
from solver.materials.mix.phases import Phases

StiffnessRule = Callable[[Phases], Array]
ExpansionRule = Callable[[Phases, Array, Array, Array], Array]
ConductivityRule = Callable[..., Array]  # (metal, dielectric, fraction), and `along` of a pattern


@dataclass(frozen=True)
class MixRule:
    """A way to mix.

    Args:
        stiffness: effective stiffness of the constituents.
        conductivity: name of the conductivity rule that belongs to the same picture.
        expansions: names of the expansion rules that make sense; the first is the default.
        isotropic_only: True when the formulas hold for isotropic constituents only.
        title: the picture in words.
    """

    stiffness: StiffnessRule
    conductivity: str
    expansions: tuple[str, ...]
    title: str
    isotropic_only: bool = False


EXPANSIONS: dict[str, ExpansionRule] = {
    "rosen-hashin": expansion.rosen_hashin,
    "schapery": expansion.schapery,
    "turner": expansion.turner,
}

CONDUCTIVITIES: dict[str, ConductivityRule] = {
    "cylinders": conductivity.cylinders,
    "laminate": conductivity.laminate,
    "maxwell": conductivity.maxwell,
    "parallel": conductivity.parallel,
    "rayleigh": conductivity.rayleigh,
    "series": conductivity.series,
    "traces": traces.conductivity,
}

_GENERAL = ("rosen-hashin", "turner")
_FIBRE = MixRule(fibre.stiffness, "rayleigh", ("rosen-hashin", "schapery", "turner"), "metal cylinders along z")

RULES: dict[str, MixRule] = {
    "fibre": _FIBRE,
    "hashin-shtrikman-lower": MixRule(hashin_shtrikman.lower, "maxwell", _GENERAL, "soft matrix, no direction", True),
    "hashin-shtrikman-upper": MixRule(hashin_shtrikman.upper, "maxwell", _GENERAL, "stiff matrix, no direction", True),
    "laminate": MixRule(laminate.stiffness, "laminate", _GENERAL, "flat sheets, normal z"),
    "reuss": MixRule(reuss.stiffness, "series", _GENERAL, "equal stress: softest possible"),
    "traces": MixRule(traces.stiffness, "traces", _GENERAL, "pattern in the plane, from face to face"),
    "via": _FIBRE,
    "voigt": MixRule(voigt.stiffness, "parallel", _GENERAL, "equal strain: stiffest possible"),
}
