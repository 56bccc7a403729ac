"""Thermal resistances in the senses of JESD51, each with its definition in words and the share of heat it stands for.

JESD51-2A (still air), JESD51-6 (moving air), JESD51-8 (junction to board), JESD51-12.01 (what they mean), JESD51-14 and
MIL-STD-883 method 1012 (junction to case). A theta takes all the power to flow to its reference; a psi does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from meshes.extrude import StackMesh
from solver.case.figures import CENTRES, Kind, Point, Resistance
from solver.case.files import SideFiles
from solver.case.models import Case
from solver.case.thermal import Boundary
from solver.case.waveform import signal_of
from solver.metrics.environment import Heats, departure
from solver.metrics.heat_summary import PointTemperature, ResistanceReading
from solver.metrics.probes import Temperatures, at_point, blocks_named
from solver.physics.heat.heat_flow import HeatSolution
from solver.units import to_celsius

_SAME = 1e-6  # K: ambients that differ by less are one
_WHOLE = 0.95  # of the power


@dataclass(frozen=True)
class Sense:
    """What a kind of resistance means.

    Attributes:
        standard: where it is defined.
        reference: what the junction is compared with, in words.
        flows: where all heat has to go for it to be that resistance, None if anywhere.
    """

    standard: str
    reference: str
    flows: str | None = None


SENSES: dict[Kind, Sense] = {
    "theta_ja": Sense("JESD51-2A", "still air around the board", flows="ambient"),
    "theta_jma": Sense("JESD51-6", "moving air", flows="ambient"),
    "theta_jb": Sense("JESD51-8", "board beside the package", flows="plate"),
    "theta_jc_top": Sense("JESD51-14, MIL-STD-883 1012", "case, top centre", "plate"),
    "theta_jc_bottom": Sense("JESD51-14, MIL-STD-883 1012", "case, bottom centre", "plate"),
    "psi_jt": Sense("JESD51-2A, -6", "package, top centre"),
    "psi_jb": Sense("JESD51-2A, -6", "board beside the package"),
    "other": Sense("no standard", "point"),
}
_TO_AMBIENT = "junction_to_ambient"  # what a resistance to the ambient is called that no standard knows


def ambient_of(case: Case) -> float | None:
    """Reference of theta_JA (K): of the report, else the ambient of the first exchange boundary, if there is one."""
    assert case.thermal is not None
    found = [_ambient(boundary) for boundary in case.thermal.boundaries]
    known = [value for value in found if value is not None]
    return case.report.ambient if case.report.ambient is not None else (known[0] if known else None)


def points(stack_mesh: StackMesh, case: Case, solution: HeatSolution) -> dict[str, PointTemperature]:
    """Temperatures of the named points. Collective."""
    return {
        point.name: PointTemperature(
            face=point.face,
            x_mm=1e3 * point.at[0],
            y_mm=1e3 * point.at[1],
            temperature_degc=to_celsius(at_point(stack_mesh, solution.temperature, point)),
        )
        for point in case.report.points
    }


def resistances(
    stack_mesh: StackMesh, case: Case, solution: HeatSolution, temperatures: Temperatures, files: SideFiles
) -> dict[str, ResistanceReading]:
    """The `resistances` of the `thermal` part of summary.json: values with their definitions. Collective.

    One that nobody asked for has the name of a standard only in the environment of that standard.
    """
    power = solution.power * stack_mesh.stack.multiplicity
    if power <= 0:
        return {}
    wanted = case.report.resistances or _usual(stack_mesh, case)
    heats = _heats(case, solution)
    found = {}
    for one in wanted:
        blocks = blocks_named(stack_mesh.blocks, one.junction)
        junction = temperatures.highest(blocks) if one.value == "max" else temperatures.mean(blocks)
        reference, words = _reference(stack_mesh, case, solution, one)
        kind, name = one.kind, one.name or one.kind
        departs = departure(kind, _met(stack_mesh, one, heats), files)
        if departs and not case.report.resistances:
            kind, name = "other", _TO_AMBIENT if SENSES[kind].flows == "ambient" else name
        share = _share(stack_mesh, case, one, heats, reference)
        if not case.report.resistances and share is not None and not is_whole(share[0]):
            continue  # nobody asked for it, and it is none
        found[f"{name}_k_per_w"] = ResistanceReading(
            (junction - reference) / power,
            f"{_formula(one, words, reference, power)}; {_sense(one.kind, departs)}",
            kind,
            departs if kind != "other" else "",
            to_celsius(junction),
            to_celsius(reference),
            *(share or ()),
        )
    return found


def is_whole(share: float) -> bool:
    """True if a share of the power is as good as all of it."""
    return _WHOLE <= share <= 2.0 - _WHOLE


def _ambient(boundary: Boundary) -> float | None:
    given = boundary.ambient if boundary.heat_sink is None else boundary.heat_sink.ambient
    return None if given is None else float(signal_of(given).mean())


def _usual(stack_mesh: StackMesh, case: Case) -> list[Resistance]:
    """theta_JA if there is an ambient, theta_JC if one face of fixed temperature takes all heat."""
    assert case.thermal is not None
    wanted = [Resistance(kind="theta_ja")] if ambient_of(case) is not None else []
    only = case.thermal.boundaries[0]
    plate = len(case.thermal.boundaries) == 1 and only.temperature is not None and only.face in ("top", "bottom")
    if plate and stack_mesh.stack.is_solid(only.face, (0.0, 0.0)):
        wanted.append(Resistance(kind="theta_jc_top" if only.face == "top" else "theta_jc_bottom"))
    return wanted


def _reference(stack_mesh: StackMesh, case: Case, solution: HeatSolution, one: Resistance) -> tuple[float, str]:
    """Temperature (K) a resistance counts from, and what it is."""
    sense = SENSES[one.kind]
    if sense.flows == "ambient":
        ambient = ambient_of(case)
        assert ambient is not None
        return ambient, "T_ambient"
    if one.point is not None:
        point = next(point for point in case.report.points if point.name == one.point)
        return at_point(stack_mesh, solution.temperature, point), f"T({point.name})"
    point = Point(name=sense.reference, face=CENTRES[one.kind])
    return at_point(stack_mesh, solution.temperature, point), f"T({point.face} centre)"


def _formula(one: Resistance, reference: str, kelvin: float, power: float) -> str:
    hottest = "max" if one.value == "max" else "mean"
    junction = f"T_{hottest}" if one.junction is None else f"T_{hottest}({one.junction})"
    values = f"{reference} = {to_celsius(kelvin):.6g} degC, P = {power:.6g} W"
    return f"({junction} - {reference}) / P with {values}"


def _sense(kind: Kind, departs: str) -> str:
    """What the reference is, and by which standard."""
    sense = SENSES[kind]
    if not departs:
        return f"reference: {sense.reference} ({sense.standard})"
    reference = "ambient" if sense.flows == "ambient" else sense.reference
    return f"reference: {reference}; not in the environment of {sense.standard}: {departs}"


def _met(stack_mesh: StackMesh, one: Resistance, heats: Heats) -> Heats:
    """Boundaries whose kind the name of a resistance rests on: the plate of a theta to a plate, or all."""
    if SENSES[one.kind].flows != "plate":
        return heats
    return _plates(stack_mesh, one, heats)


def _heats(case: Case, solution: HeatSolution) -> list[tuple[Boundary, float]]:
    """Boundaries that exchange heat, and the part of the power each takes."""
    assert case.thermal is not None
    exchanging = [boundary for boundary in case.thermal.boundaries if boundary.flux is None]
    return [(b, face.heat / solution.power) for b, face in zip(exchanging, solution.outflow, strict=True)]


def _share(
    stack_mesh: StackMesh, case: Case, one: Resistance, heats: Heats, reference: float
) -> tuple[float, str] | None:
    """Part of the power that goes where the resistance takes all of it to go, and through what."""
    flows = SENSES[one.kind].flows
    if flows is None and one.through is None:
        return None
    if one.through is not None:
        chosen, words = [(b, heat) for b, heat in heats if b.name == one.through], one.through
    elif flows == "ambient":
        met = [(b, heat, _ambient(b)) for b, heat in heats]
        given = case.report.ambient is not None  # then it stands for that of every face
        chosen = [(b, heat) for b, heat, t in met if t is not None and (given or abs(t - reference) < _SAME)]
        words = f"surroundings at {to_celsius(reference):.6g} degC"
    else:
        chosen = _plates(stack_mesh, one, heats)
        words = ", ".join(dict.fromkeys(boundary.name or boundary.face for boundary, _ in chosen)) or "no cold plate"
    return sum(heat for _, heat in chosen), words


def _plates(stack_mesh: StackMesh, one: Resistance, heats: Heats) -> list[tuple[Boundary, float]]:
    """Boundaries of the name a resistance gives, else those of fixed temperature, or the one that takes most."""
    if one.through is not None:
        return [(b, heat) for b, heat in heats if b.name == one.through]
    face = CENTRES.get(one.kind)  # a cold plate on the case, or any
    faces = None if face is None else {face, f"{stack_mesh.stack.layer_of(face).name}.{face}"}
    near = [(b, heat) for b, heat in heats if faces is None or b.face in faces]
    chosen = [(b, heat) for b, heat in near if b.temperature is not None]
    return chosen or sorted(near, key=lambda item: -item[1])[:1]


def lines(found: Mapping[str, ResistanceReading]) -> list[str]:
    """One line for the terminal, if there is any."""
    parts = [f"{key.removesuffix('_k_per_w')} {entry.value:.4g} K/W" for key, entry in found.items()]
    return [", ".join(parts)] if parts else []
