"""Elastic materials where a real one is none: solder that creeps, polymers above their glass transition."""

from collections.abc import Iterator

from solver.materials.cell.material import UnitCell
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.materials.mix.mixture import Mixture
from solver.units import to_celsius

_CREEPS = (
    0.4  # of the melting point (K), from which metals creep (H. J. Frost, M. F. Ashby, Deformation-Mechanism Maps)
)
_SOFT = 2.0  # times a stiffness falls through a glass transition, at least
_BESIDE = 30.0  # K, from the transition to where a polymer is a glass
_SLACK = 2.5  # K


def substances(material: Material) -> Iterator[Homogeneous]:
    """Those a material is made of."""
    if isinstance(material, Homogeneous):
        yield material
    elif isinstance(material, Mixture):
        yield from substances(material.metal)
        yield from substances(material.dielectric)
    elif isinstance(material, UnitCell):
        for phase in material.phases:
            if phase is not None:
                yield from substances(phase)


def idealised(step: str, material: Material, high: float) -> Iterator[tuple[str, str]]:
    """Substances that are taken as elastic up to a temperature (K) where they are not: name, and a line.

    Args:
        step: its name.
        material: of a block.
        high: highest temperature so far (K).
    """
    for one in substances(material):
        if one.inelastic is not None or not one.has("youngs_modulus"):
            continue
        here = one.name if one.name == material.name else f"{one.name} (in {material.name})"
        up_to = f"step '{step}': {here} is elastic up to {to_celsius(high):.0f} degC"
        if one.has("melting_point"):
            melting = float(one.curve("melting_point").value[0, 0])
            if high > _CREEPS * melting:
                yield (
                    one.name,
                    f"{up_to}, above {_CREEPS:g} of its melting point in kelvins ({to_celsius(melting):.4g} degC): "
                    "a real one creeps, and the stress in it is an upper bound; see `creep` and `anand`",
                )
        glass = one.glass_transition
        if glass is not None and high > glass + _SLACK and not _softens(one, glass, high):
            yield (
                one.name,
                f"{up_to}, above its glass transition ({to_celsius(glass):.4g} degC), with the modulus of the glass: "
                "a real one is soft there; give `youngs_modulus` as a table, or `viscoelastic`",
            )


def _softens(material: Homogeneous, glass: float, high: float) -> bool:
    """True if the stiffness falls through the glass transition, as far as the way goes."""
    cold, hot = material.stiffness(glass - _BESIDE)[0, 0], material.stiffness(max(high, glass + _BESIDE))[0, 0]
    return bool(cold >= _SOFT * hot)
