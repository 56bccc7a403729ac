"""The laws by name. A material says which is its own (`Material.law`)."""

from collections.abc import Callable

from solver.materials.laws.anand import Anand
from solver.materials.laws.creep import Creep
from solver.materials.laws.elastic import Elastic
from solver.materials.laws.incremental import Incremental
from solver.materials.laws.plastic import Plastic
from solver.materials.laws.polymer import Polymer
from solver.materials.laws.response import MaterialLaw
from solver.materials.laws.smeared import SmearedRelaxing
from solver.materials.laws.viscoelastic import Relaxing
from solver.materials.material import Material, MaterialError

# name -> (material, temperature without stress in K, whether strains are Green's) -> law
LAWS: dict[str, Callable[[Material, float, bool], MaterialLaw]] = {
    "elastic": Elastic,
    "incremental": Incremental,
    "viscoelastic": Relaxing,
    "plastic": Plastic,
    "creep": Creep,
    "anand": Anand,
    "polymer": Polymer,
    "smeared": SmearedRelaxing,
}


def law_of(material: Material, reference: float, green: bool = False) -> MaterialLaw:
    """The law a material has.

    Args:
        material: any.
        reference: temperature at which it is free of thermal stress (K).
        green: True for Green's strains.

    Raises:
        MaterialError: its law is none of `LAWS`.
    """
    if material.law not in LAWS:
        raise MaterialError(material.name, "law", f"'{material.law}' is not one of {', '.join(LAWS)}")
    return LAWS[material.law](material, reference, green)
