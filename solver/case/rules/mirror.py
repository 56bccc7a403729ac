"""What a stack that is bonded to its mirror image must satisfy: names, an outline with sides, how it is solved."""

from collections.abc import Iterator
from math import isclose

from solver.case.geometry import places
from solver.case.mirror import Mirror, MirrorPlane
from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        if not isinstance(step.support, Mirror):
            continue
        at: Loc = ("process", "steps", i, "support", "mirror")
        if case.analysis.deflection != "small":
            rule = "a stack bonded to its mirror image cannot warp: write `deflection: small`"
            raise text.error(("analysis", "deflection"), rule)
        for rule in _refused(case):
            raise text.error(at, rule)
        if step.in_field:
            raise text.error(at, f"pads meet at uniform temperatures, and step '{step.name}' is in a temperature field")
        _named(case, step.support.plane, at, text)


def _named(case: Case, plane: MirrorPlane, at: Loc, text: Source) -> None:
    """Its pads and the layer its sides follow are there."""
    regions = [part for part in choices(case) if "/" in part]
    for j, pad in enumerate(plane.pads):
        if pad.region not in regions:
            raise text.error((*at, "pads", j, "region"), f"there is no such region; {nearest(pad.region, regions)}")
        read = case.report.hybrid_bonds
        if read is not None and read.pads == pad.region and not isclose(read.recess, pad.recess):
            rule = f"`report: hybrid_bonds` has {1e9 * read.recess:.6g} nm for the same pads; write one of them in both"
            raise text.error((*at, "pads", j, "recess"), rule)
    if plane.sides is None:
        return
    layers = [layer.name for layer in case.geometry.layers if layer.material is not None]
    if plane.sides not in layers:
        raise text.error((*at, "sides"), f"there is no such layer; {nearest(plane.sides, layers)}")
    if case.geometry.outline.shape != "rectangle":
        raise text.error((*at, "sides"), "sides that grow as a layer does are those of `shape: rectangle`")


def check_present(case: Case, number: int, present: set[str], text: Source) -> None:
    """Pads of a step on a mirror are in the uppermost layer at its end, and the layer its sides follow is there.

    Args:
        case: validated.
        number: of the step.
        present: blocks that are there at its end.
        text: for messages.

    Raises:
        CaseError: they are not.
    """
    assert case.process is not None
    support = case.process.steps[number].support
    if not isinstance(support, Mirror):
        return
    where, at = places(case.geometry.layers), ("process", "steps", number, "support", "mirror")
    top = max((block.partition("/")[0] for block in present), key=lambda name: where[name])
    for j, pad in enumerate(support.plane.pads):
        if pad.region not in present or pad.region.partition("/")[0] != top:
            raise text.error((*at, "pads", j, "region"), f"pads are in the uppermost layer of the step, '{top}'")
    if support.plane.sides is not None and support.plane.sides not in present:
        raise text.error((*at, "sides"), "that layer is not there in this step")


def _refused(case: Case) -> Iterator[str]:
    """What does not go with a mirror image."""
    if case.geometry.delaminations:
        yield "a stack with `delaminations` is not solved with its mirror image"
    if case.submodels:
        yield "submodels are of stacks without a mirror image; use two cases"
    if any(layer.taper is not None for layer in case.geometry.layers):
        yield "the plane of the bond is level, and a layer tapers"
