"""What a stack that is bonded to its mirror image must satisfy: names, an outline with sides, how it is solved."""

from collections.abc import Iterator

from solver.case.mirror import Mirror, MirrorPlane
from solver.case.models import Case
from solver.case.rules.life import choices
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.stack import StackUp


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
    if plane.sides is None:
        return
    layers = [layer.name for layer in case.geometry.layers if layer.material is not None]
    if plane.sides not in layers:
        raise text.error((*at, "sides"), f"there is no such layer; {nearest(plane.sides, layers)}")
    if case.geometry.outline.shape != "rectangle":
        raise text.error((*at, "sides"), "sides that grow as a layer does are those of `shape: rectangle`")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Pads are in the uppermost layer of every step on a mirror, and the layer its sides follow is there.

    Raises:
        CaseError: they are not.
    """
    for i, step in enumerate(case.process.steps if case.process is not None else []):
        if not isinstance(step.support, Mirror):
            continue
        parts, at = _there(case, stack, i), ("process", "steps", i, "support", "mirror")
        layers = [layer for layer in stack.layers if parts & set(layer.blocks)]
        top = max(layers, key=lambda layer: layer.top).name
        for j, pad in enumerate(step.support.plane.pads):
            if pad.region not in parts or pad.region.partition("/")[0] != top:
                raise text.error((*at, "pads", j, "region"), f"pads are in the uppermost layer of the step, '{top}'")
        if step.support.plane.sides is not None and step.support.plane.sides not in parts:
            raise text.error((*at, "sides"), "that layer is not there in this step")


def _there(case: Case, stack: StackUp, number: int) -> set[str]:
    """Parts that are there at the end of a step."""
    assert case.process is not None
    named = {layer.name: layer.blocks for layer in stack.layers}

    def blocks(names: list[str]) -> set[str]:
        return {block for name in names for block in named.get(name, (name,))}

    built = set[str]().union(*(blocks(step.build) for step in case.process.steps))
    parts = {block for layer in stack.layers for block in layer.blocks} - built
    for step in case.process.steps[: number + 1]:
        parts = (parts - blocks(step.remove)) | blocks(step.build)
    return parts


def _refused(case: Case) -> Iterator[str]:
    """What does not go with a mirror image."""
    if case.geometry.delaminations:
        yield "a stack with `delaminations` is not solved with its mirror image"
    if case.submodels:
        yield "submodels are of stacks without a mirror image; use two cases"
    if any(layer.taper is not None for layer in case.geometry.layers):
        yield "the plane of the bond is level, and a layer tapers"
