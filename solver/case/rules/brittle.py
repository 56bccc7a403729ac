"""What brittle parts must satisfy: they are there, and those with a flaw have a fracture toughness."""

from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.errors import nearest
from solver.materials import library


def check(case: Case, text: Source) -> None:
    """Names of parts, and their materials.

    Raises:
        CaseError: there is no such part, or its material has no fracture toughness.
    """
    names = [
        name
        for layer in case.geometry.layers
        for name in (layer.name, *(f"{layer.name}/{region.name}" for region in layer.regions))
    ]
    for number, one in enumerate(case.brittle):
        if one.part not in names:
            raise text.error(("brittle", number, "part"), f"there is no such part; {nearest(one.part, names)}")
        if one.flaw is None:
            continue
        of_part = [choice for part, choice in choices(case).items() if one.part in (part, part.partition("/")[0])]
        if not of_part:
            rule = f"'{one.part}' has no material of its own, so no fracture_toughness; a flaw needs a homogeneous part"
            raise text.error(("brittle", number, "flaw"), rule)
        for choice in of_part:
            material = library.resolve(choice, case.materials)  # type: ignore[arg-type]  # a choice of the case
            if not material.has("fracture_toughness"):
                rule = f"material '{material.name}' has no fracture_toughness; give it one: 0.8 MPa sqrt(m)"
                raise text.error(("brittle", number, "flaw"), rule)
    if case.brittle and case.process is None:
        raise text.error(("brittle",), "what breaks is read after steps; give the case a `process`")
