"""What the `report` section must satisfy: names of regions, layers, faces and steps that exist."""

import shapely

from solver.case.exposure import field_centres
from solver.case.models import Case
from solver.case.report import DESIGN, DieShift
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.stack import StackUp, mirrors_itself
from solver.stackup.zone import measuring_zone

SIDES = ("top", "bottom")


def check(case: Case, text: Source) -> None:
    """Rules on die shift and exposure fields.

    Raises:
        CaseError: the first rule that is broken.
    """
    for key in ("die_shift", "lithography"):
        section, loc = getattr(case.report, key), ("report", key)
        if section is None:
            continue
        if case.process is None:
            raise text.error(loc, "it is read after the steps of a process, and there is none")
        _reference(case, section.reference, (*loc, "reference"), text)
    _surface(case, text)
    if case.report.die_shift is not None:
        _dies(case, case.report.die_shift, text)
    if case.report.lithography is not None:
        layers = [layer.name for layer in case.geometry.layers]
        valid = ["top", "bottom", *(f"{name}.{side}" for name in layers for side in ("top", "bottom"))]
        if case.report.lithography.face not in valid:
            message = f"there is no such face; {nearest(case.report.lithography.face, valid)}"
            raise text.error(("report", "lithography", "face"), message)


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """The zone and exposure fields fit.

    Raises:
        CaseError: they do not.
    """
    _zone(case, stack, text)
    wanted = case.report.lithography
    if wanted is not None and not len(field_centres(stack.outline, wanted)):
        message = "no field fits the outline; make fields smaller, or ask for less by `part_inside` or `edge_exclusion`"
        raise text.error(("report", "lithography", "field"), message)


def _surface(case: Case, text: Source) -> None:
    """The face and the terminals are those of parts that are there."""
    layers = case.geometry.layers
    parts = [layer.name for layer in layers]
    parts += [f"{layer.name}/{region.name}" for layer in layers for region in layer.regions]
    faces = [*SIDES, *(f"{part}.{side}" for part in parts for side in SIDES)]
    report = case.report
    if report.surface not in faces:
        message = f"there is no face '{report.surface}'; {nearest(report.surface, faces)}"
        raise text.error(("report", "surface"), message)
    name = None if report.zone is None else report.zone.centres_of
    of_regions = [part for part in parts if "/" in part] + [layer.name for layer in layers if layer.regions]
    if name is not None and name not in of_regions:
        message = f"there are no parts called '{name}' to take the centres of; {nearest(name, ['all', *of_regions])}"
        raise text.error(("report", "zone"), message)


def _zone(case: Case, stack: StackUp, text: Source) -> None:
    """A zone has an area, lies on what it is a zone of, and is as symmetric as the case."""
    whole = stack if stack.package is None else stack.singulated()
    loc: Loc = ("report", "zone")
    if case.report.zone is None or case.report.zone.everything:
        return
    zone = measuring_zone(whole, case.report.zone, case.report.surface)
    if zone is None:
        raise text.error(loc, "the zone has no area: it needs centres in more than one row and column, or a margin")
    if not shapely.covers(whole.outline.buffer(1e-9 * whole.span), zone.outline):
        raise text.error(loc, "the zone reaches outside the outline")
    for axis in whole.mirrors:
        if not mirrors_itself([zone.outline], axis, 1e-9 * zone.outline.area):
            raise text.error(loc, f"the zone must be symmetric about {'xy'[axis]} = 0, as the case is")


def _reference(case: Case, name: str, loc: Loc, text: Source) -> None:
    assert case.process is not None
    steps = [step.name for step in case.process.steps]
    if name != DESIGN and name not in steps:
        raise text.error(loc, f"there is no step '{name}'; {nearest(name, [DESIGN, *steps])}")
    if name == steps[-1]:
        raise text.error(loc, "no step comes after this one, so there is nothing to compare with it")


def _dies(case: Case, wanted: DieShift, text: Source) -> None:
    loc: Loc = ("report", "die_shift")
    layers = {layer.name: [region.name for region in layer.regions] for layer in case.geometry.layers}
    if wanted.layer is not None and wanted.layer not in layers:
        message = f"there is no layer '{wanted.layer}'; {nearest(wanted.layer, list(layers))}"
        raise text.error((*loc, "layer"), message)
    having = [name for name, regions in layers.items() if wanted.region in regions]
    if wanted.layer is None and len(having) > 1:
        raise text.error(
            (*loc, "region"), f"layers {', '.join(having)} have a region '{wanted.region}'; say which by `layer`"
        )
    if not having or (wanted.layer is not None and wanted.layer not in having):
        where = "" if wanted.layer is None else f" in layer '{wanted.layer}'"
        known = layers.get(wanted.layer or "", [name for regions in layers.values() for name in regions])
        hint = nearest(wanted.region, sorted(set(known))) if known else "there are no regions"
        raise text.error((*loc, "region"), f"there is no region '{wanted.region}'{where}; {hint}")
