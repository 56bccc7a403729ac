"""What the `report` section must satisfy: names of regions, layers, faces and steps that exist."""

from solver.case.exposure import field_centres
from solver.case.models import Case
from solver.case.report import DESIGN, DieShift
from solver.case.section import nearest
from solver.case.source import Loc, Source
from solver.case.stack import StackUp


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
        if case.analysis.model != "solid":
            message = f"the {case.analysis.model} model has no displacement in the plane; use model `solid`"
            raise text.error(loc, message)
        _reference(case, section.reference, (*loc, "reference"), text)
    if case.report.die_shift is not None:
        _dies(case, case.report.die_shift, text)
    if case.report.lithography is not None:
        layers = [layer.name for layer in case.geometry.layers]
        valid = ["top", "bottom", *(f"{name}.{side}" for name in layers for side in ("top", "bottom"))]
        if case.report.lithography.face not in valid:
            message = f"there is no such face; {nearest(case.report.lithography.face, valid)}"
            raise text.error(("report", "lithography", "face"), message)


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Exposure fields fit.

    Raises:
        CaseError: none does.
    """
    wanted = case.report.lithography
    if wanted is not None and not len(field_centres(stack.outline, wanted)):
        message = "no field fits the outline; make fields smaller, or ask for less by `part_inside` or `edge_exclusion`"
        raise text.error(("report", "lithography", "field"), message)


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
