"""What the thermal part of the `report` section must satisfy: names that exist, references that are given."""

from solver.case.figures import CENTRES, Resistance
from solver.case.models import Case
from solver.case.source import Source
from solver.case.waveform import TemperatureCourse
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.stack import StackUp

_NEEDS_POINT = ("theta_jb", "psi_jb", "other")
_NEEDS_AMBIENT = ("theta_ja", "theta_jma")
_KEYS = ("points", "resistances", "influence", "limits")


def check(case: Case, text: Source) -> None:
    """Rules on points, resistances, influences and limits.

    Raises:
        CaseError: the first rule that is broken.
    """
    report = case.report
    _impedance(case, text)
    _points(case, text)
    if case.thermal is None:
        for key in _KEYS:
            if getattr(report, key) and not (key == "points" and case.process is not None):
                raise text.error(("report", key), "it is read of temperatures, and there is no `thermal` section")
        return
    _resistances(case, text)
    for i, limit in enumerate(report.limits):
        is_place(case, limit.region, ("report", "limits", i, "region"), text)


def _resistances(case: Case, text: Source) -> None:
    """Resistances and influences belong to a steady state with power, and each has a name of its own."""
    report, thermal = case.report, case.thermal
    assert thermal is not None
    if case.analysis.transient is not None:
        for key in ("resistances", "influence"):
            if getattr(report, key):
                raise text.error(("report", key), "it belongs to a steady state, and the case has `analysis.transient`")
    if report.resistances and not thermal.power and all(b.flux is None for b in thermal.boundaries):
        raise text.error(("report", "resistances"), "there is no power to divide by; give `thermal.power`")
    for i, one in enumerate(report.resistances):
        _resistance(case, one, ("report", "resistances", i), text)
    names = [one.name or one.kind for one in report.resistances]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise text.error(("report", "resistances", i), f"there is a '{name}' already; give this one a `name`")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Points lie on what they name.

    Raises:
        CaseError: one lies where its layer is empty.
    """
    for i, point in enumerate(case.report.points):
        by_sight = case.thermal is None and not point.face.rpartition(".")[0]  # whatever is seen there
        faces = [f"{layer.name}.{point.face}" for layer in stack.layers] if by_sight else [point.face]
        if not any(stack.is_solid(face, point.at) for face in faces):
            place = f"({1e3 * point.at[0]:.6g}, {1e3 * point.at[1]:.6g}) mm"
            message = f"layer '{stack.layer_of(point.face).name}' has nothing at {place}"
            raise text.error(("report", "points", i, "at"), message)
    for i, one in enumerate(case.report.resistances):
        face = CENTRES.get(one.kind)
        if face is not None and one.point is None and not stack.is_solid(face, (0.0, 0.0)):
            message = f"layer '{stack.layer_of(face).name}' has nothing at its centre; name a `point`"
            raise text.error(("report", "resistances", i), message)


def is_place(case: Case, name: str, loc: Loc, text: Source) -> None:
    """Check that a region or layer of that name is there."""
    layers = case.geometry.layers
    valid = [layer.name for layer in layers]
    valid += [f"{layer.name}/{region.name}" for layer in layers for region in layer.regions]
    valid += sorted({region.name for layer in layers for region in layer.regions})
    if name not in valid:
        raise text.error(loc, f"there is no region or layer '{name}'; {nearest(name, valid)}")


def _impedance(case: Case, text: Source) -> None:
    wanted, loc = case.analysis.impedance, ("analysis", "impedance")
    if wanted is None:
        return
    if case.thermal is None or not case.thermal.power:
        raise text.error(loc, "a step of power needs a `thermal` section with `power`")
    if any(source.leakage is not None for source in case.thermal.power):
        raise text.error(loc, "leakage follows the temperature, so the step has no power of its own; leave it out")
    if case.electric is not None:
        raise text.error(loc, "the heat of currents follows the temperature; leave `electric` out")
    if case.thermal.coupled:
        raise text.error(loc, "resistances that follow the mechanics have no response to a step; give constants")
    if all(boundary.flux is not None for boundary in case.thermal.boundaries):
        raise text.error(loc, "no path for heat to leave, so it ends at no temperature")
    met = [boundary.heat_sink or boundary for boundary in case.thermal.boundaries]
    given = [getattr(one, key, None) for one in met for key in ("ambient", "temperature")]
    if any(isinstance(one, TemperatureCourse) for one in given):
        raise text.error(loc, "surroundings that change with time hide the step; give constant temperatures")
    places = [(source.layer, source.region) for source in case.thermal.power]
    if wanted.source is not None and all(wanted.source not in place for place in places):
        known = sorted({name for place in places for name in place if name})
        raise text.error((*loc, "source"), f"no power is made in '{wanted.source}'; {nearest(wanted.source, known)}")


def _points(case: Case, text: Source) -> None:
    faces = ["top", "bottom", *(f"{layer.name}.{side}" for layer in case.geometry.layers for side in ("top", "bottom"))]
    seen: list[str] = []
    for i, point in enumerate(case.report.points):
        loc: Loc = ("report", "points", i)
        if point.face not in faces:
            raise text.error((*loc, "face"), f"there is no face '{point.face}'; {nearest(point.face, faces)}")
        if point.name in seen:
            raise text.error((*loc, "name"), f"there is a point '{point.name}' already")
        seen.append(point.name)


def _resistance(case: Case, one: Resistance, loc: Loc, text: Source) -> None:
    assert case.thermal is not None
    if one.junction is not None:
        is_place(case, one.junction, (*loc, "junction"), text)
    known = [point.name for point in case.report.points]
    if one.point is not None and one.point not in known:
        hint = nearest(one.point, known) if known else "there are no `report.points`"
        raise text.error((*loc, "point"), f"there is no point '{one.point}'; {hint}")
    if one.point is None and one.kind in _NEEDS_POINT:
        raise text.error(loc, f"{one.kind} needs `point`: one of `report.points` on the board, or where it counts from")
    boundaries = case.thermal.boundaries
    if one.kind in _NEEDS_AMBIENT:
        if one.point is not None:
            raise text.error((*loc, "point"), f"{one.kind} counts from the ambient; see `report.ambient`")
        if case.report.ambient is None and all(b.ambient is None and b.heat_sink is None for b in boundaries):
            raise text.error(loc, f"{one.kind} needs an ambient: a boundary that has one, or `report.ambient`")
    if one.kind == "other" and one.name is None:
        raise text.error(loc, "a resistance of no standard needs a `name`")
    named = sorted({boundary.name for boundary in boundaries if boundary.name})
    if one.through is not None and one.through not in named:
        hint = nearest(one.through, named) if named else "no boundary has a `name`"
        raise text.error((*loc, "through"), f"there is no boundary '{one.through}'; {hint}")
