"""What brittle parts must satisfy: they are there."""

from solver.case.models import Case
from solver.case.source import Source
from solver.section import nearest


def check(case: Case, text: Source) -> None:
    """Names of parts.

    Raises:
        CaseError: there is no such part.
    """
    names = [
        name
        for layer in case.geometry.layers
        for name in (layer.name, *(f"{layer.name}/{region.name}" for region in layer.regions))
    ]
    for number, one in enumerate(case.brittle):
        if one.part not in names:
            raise text.error(("brittle", number, "part"), f"there is no such part; {nearest(one.part, names)}")
    if case.brittle and case.process is None:
        raise text.error(("brittle",), "what breaks is read after steps; give the case a `process`")
