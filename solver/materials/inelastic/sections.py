"""All that a material may remember: one line per section for what is written, and one for what is computed with.

A section has `data`, which is what its law takes. One that changes a library material replaces the one of its base;
`cure: null` takes it away.
"""

from dataclasses import dataclass, fields
from typing import Any

from solver.materials.inelastic.anand import Anand, AnandSpec
from solver.materials.inelastic.creep import Creep, CreepSpec
from solver.materials.inelastic.cure import Cure, CureSpec
from solver.materials.inelastic.plastic import Plastic, PlasticSpec
from solver.materials.inelastic.structural import StructuralRelaxation, StructuralRelaxationSpec
from solver.materials.inelastic.viscoelastic import Viscoelastic, ViscoelasticSpec
from solver.section import Section


class InelasticSections(Section):
    """The sections of a material with a memory."""

    viscoelastic: ViscoelasticSpec | None = None
    plastic: PlasticSpec | None = None
    creep: CreepSpec | None = None
    anand: AnandSpec | None = None
    cure: CureSpec | None = None
    structural_relaxation: StructuralRelaxationSpec | None = None


@dataclass(frozen=True)
class Inelastic:
    """Data of the sections of a material, in SI units; None for those it does not have."""

    viscoelastic: Viscoelastic | None = None
    plastic: Plastic | None = None
    creep: Creep | None = None
    anand: Anand | None = None
    cure: Cure | None = None
    structural_relaxation: StructuralRelaxation | None = None

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of those that are there."""
        return given(self)

    @property
    def reaction(self) -> Cure | None:
        """The cure, if heat of reaction is known of it."""
        return self.cure if self.cure is not None and self.cure.enthalpy is not None else None

    @property
    def law(self) -> str:
        """Name of the law that knows all of them, of `laws.table.LAWS`."""
        return law_for(self.sections) or "none"


# a law of `laws.table.LAWS` and the sections it knows what to do with; the first that knows all of a material's is its
LAW_OF_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("viscoelastic", ("viscoelastic",)),
    ("plastic", ("plastic",)),
    ("creep", ("creep", "plastic")),
    ("anand", ("anand",)),
    ("polymer", ("viscoelastic", "cure", "structural_relaxation")),
)
FLOWS = ("plastic", "creep", "anand")  # sections of which a material flows at a rate
SECTIONS = tuple(field.name for field in fields(Inelastic))


def given(spec: "InelasticSections | Inelastic") -> tuple[str, ...]:
    """Names of the sections that are there."""
    return tuple(name for name in SECTIONS if getattr(spec, name) is not None)


def merged(base: InelasticSections, changes: InelasticSections) -> dict[str, Any]:
    """Every section, of the changes where they state it, else of the base."""
    return {name: getattr(changes if name in changes.model_fields_set else base, name) for name in SECTIONS}


def law_for(sections: tuple[str, ...]) -> str | None:
    """Name of the law that knows all of these sections, or None."""
    return next((law for law, known in LAW_OF_SECTIONS if set(sections) <= set(known)), None)


def data(spec: InelasticSections) -> Inelastic | None:
    """What laws take, or None if there is no section."""
    present = given(spec)
    return Inelastic(**{name: getattr(spec, name).data for name in present}) if present else None
