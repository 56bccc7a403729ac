"""Closed forms of unit cells, as mixtures of mixtures: a barrel is a composite cylinder, and so is an array."""

from solver.materials.cell.spec import ViaCell
from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.materials.mix.conductivity import RAYLEIGH_LIMIT
from solver.materials.mix.mixture import mix
from solver.materials.mix.spec import MixSpec

_NOTHING = {  # far below any solid, far above rounding
    "youngs_modulus": 1e2,
    "poisson_ratio": 0.0,
    "thermal_expansion": 0.0,
    "thermal_conductivity": 1e-6,
    "density": 0.0,
    "specific_heat": 0.0,
}


def via(name: str, spec: ViaCell, materials: list[Material | None]) -> Material:
    """The array as nested composite cylinders (Z. Hashin, J. Appl. Mech. 46 (1979) 543), from the inside out.

    Args:
        name: of the material made.
        spec: the array.
        materials: of its phases, None where empty.
    """
    inner = materials[0] or _empty()
    fraction = spec.phases[0][1]
    for number, (material, (_, more)) in enumerate(zip(materials[1:], spec.phases[1:], strict=True), start=1):
        fraction, whole = fraction / (fraction + more), fraction + more
        last = number == len(materials) - 1
        rayleigh = last and spec.arrangement == "square" and spec.pitch[0] == spec.pitch[1] and whole_is_one(whole)
        rule = "rayleigh" if rayleigh and fraction < RAYLEIGH_LIMIT else "cylinders"
        assert material is not None
        conducts = spec.conducts and any(one.has("electrical_resistivity") for one in (inner, material))
        rest = MixSpec(
            mix="fibre",
            metal="inside",
            dielectric="outside",
            metal_fraction=fraction,
            conductivity=rule,
            conducts=conducts,
        )
        inner = mix(name, rest, inner, material)
        fraction = whole
    return inner


def whole_is_one(whole: float) -> bool:
    """True when all phases are in."""
    return abs(whole - 1.0) < 1e-9


def _empty() -> Homogeneous:
    return Homogeneous("(empty)", {key: Curve.constant(value) for key, value in _NOTHING.items()})
