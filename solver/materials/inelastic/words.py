"""What a material remembers, in words: one line a section."""

from collections.abc import Callable
from typing import Any

import numpy as np

from solver.materials.inelastic.anand import Anand
from solver.materials.inelastic.creep import Creep, CreepTerm
from solver.materials.inelastic.cure import Cure
from solver.materials.inelastic.plastic import Plastic
from solver.materials.inelastic.sections import SECTIONS, InelasticSections
from solver.materials.inelastic.structural import StructuralRelaxation
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.units import to_celsius


def words(spec: InelasticSections) -> dict[str, str]:
    """Of every section that is there."""
    found = {name: getattr(spec, name) for name in SECTIONS if getattr(spec, name) is not None}
    return {name: _WORDS.get(name, _keys)(section) for name, section in found.items()}


def _keys(section: Any) -> str:
    return ", ".join(sorted(section.model_fields_set))


def _viscoelastic(section: Any) -> str:
    data: Viscoelastic = section.data
    times = " to ".join(f"{data.times[end]:.3g}" for end in sorted({0, len(data.times) - 1}))
    left = (
        f"{100 * (1 - sum(data.shear)):.3g} % of the shear and {100 * (1 - sum(data.bulk)):.3g} % of the bulk modulus"
    )
    return f"relaxes in {times} s ({len(data.times)} branches); {left} stay"


def _cure(section: Any) -> str:
    data: Cure = section.data
    kinetics = next(key for key in type(section.kinetics).model_fields if getattr(section.kinetics, key) is not None)
    parts = [f"{kinetics}, from {data.initial:g}, gels at {data.gel:g}"]
    if data.shrinkage:
        parts.append(f"shrinks by {100 * data.shrinkage:g} % of its volume")
    if data.glass_transition is not None:
        ends = (f"{to_celsius(end):.4g} degC" for end in (data.glass_transition.uncured, data.glass_transition.cured))
        parts.append(f"Tg {' to '.join(ends)}")
    if data.enthalpy is not None:
        size = (f"{data.enthalpy.value / 1e3:g} kJ/kg", f"{data.enthalpy.value / 1e6:g} MJ/m^3")
        parts.append(f"heat {size[0] if data.enthalpy.per_mass else size[1]}")
    return "; ".join(parts)


def _structural(section: Any) -> str:
    data: StructuralRelaxation = section.data
    mean = sum(time * weight for time, weight in zip(data.times, data.weights, strict=True))
    at = f"{mean:.3g} s at {to_celsius(data.reference):.4g} degC in the mean"
    return f"expands with a delay of {at}, {data.energy / 1e3:g} kJ/mol, nonlinearity {data.nonlinearity:g}"


def _plastic(section: Any) -> str:
    data: Plastic = section.data
    curve = data.yield_stress
    if curve.is_constant:
        parts = [f"yields at {_stress(curve.value[0, 0])}"]
    else:
        ends = (f"{_stress(curve.value[i, 0])} at {to_celsius(curve.temperature[i]):.4g} degC" for i in (0, -1))
        parts = [f"yields at {' to '.join(ends)}"]
    if data.hinges:
        parts.append(f"hardens by {_stress(data.hinges[0][1])} at first")
    if data.voce[0]:
        parts.append(f"by {_stress(data.voce[0])} (1 - exp(-{data.voce[1]:g} p))")
    for c, gamma in data.backs:
        parts.append(f"back stress {_stress(c)}" + (f", up to {_stress(c / gamma)}" if gamma else ", linear"))
    return "; ".join(parts)


def _creep(section: Any) -> str:
    data: Creep = section.data
    return " + ".join(_rate(term) for term in data.terms)


def _rate(term: CreepTerm) -> str:
    inner = f"{1e6 * term.scale:.4g} 1/MPa stress"
    base = f"sinh({inner})" if term.is_sinh else f"({inner})"
    return f"{np.exp(term.log_a):.6g} 1/s {base}^{term.exponent:g} exp(-{term.activation:.5g} K / T)"


def _anand(section: Any) -> str:
    data: Anand = section.data
    flow = data.flow
    return (
        f"a {np.exp(flow.log_a):.6g} 1/s, Q/R {flow.activation:.5g} K, xi {flow.scale:g}, m {1.0 / flow.exponent:g}, "
        f"s0 {_stress(data.s0)}, h0 {_stress(data.h0)}, s_hat {_stress(data.s_hat)}, n {data.n:g}, "
        f"exponent {data.exponent:g}"
    )


def _stress(pascal: float) -> str:
    return f"{pascal / 1e9:.4g} GPa" if abs(pascal) >= 1e9 else f"{pascal / 1e6:.4g} MPa"


_WORDS: dict[str, Callable[[Any], str]] = {
    "viscoelastic": _viscoelastic,
    "cure": _cure,
    "structural_relaxation": _structural,
    "plastic": _plastic,
    "creep": _creep,
    "anand": _anand,
}
