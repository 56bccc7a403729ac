"""What the steps of a process will take at small and at large deflection."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import shapely

from meshes.plane import PlaneMesh
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.support import lets_go
from solver.linalg import estimate
from solver.linalg.choose import Decision
from solver.materials import library
from solver.models.forecast import Problem
from solver.models.solid.problem import HELD, cracks_of, plates, problem
from solver.process import laminate_estimate
from solver.process.equilibrium_path import FIRST_STRIDE, stations
from solver.process.plan import PlannedStep, plan
from solver.process.temperature_snapshots import passed
from solver.process.timing import takes_time
from solver.remaining import of_step

_NEWTON, _SETUPS = 5.5, 3.5  # iterations of Newton's method and set-ups in an increment
_IN_TIME = 13  # increments of time of a step, as the examples take them
_SOLVES_IN_TIME, _KEPT = 5, 5  # in one of them at small deflection; increments that a set-up is good for
_CONTACT = 2.0  # times as many iterations where a stack may lift off: the contact is found anew in each
_HELD, _HELD_NEWTON = 40, 15.0  # increments of a step with a cohesive interface, each with a factor, and solves of one
_PARTING = 10  # more of them for a cell along an interface that can part all along, within a factor of five
_NEARLY = 0.8  # of what an interface takes: edges and corners release more than a long crack
_HELD_MEMORY = 1.4  # times that of a factorisation: matrices of the stack alone and with its interface
_HOLDS = Decision("direct", HELD.why)  # the same at large deflection
_TANGENT = Decision("columns", "tangents may lose their definiteness")
_Problems: TypeAlias = Callable[[str, tuple[str, ...], float, int], Problem]


def process_problems(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """The problems of the steps of a process, in their order.

    Args:
        loaded: the case.
        plane: its in-plane mesh.
        ranks: MPI ranks.
    """
    case, stack = loaded.case, loaded.stack
    steps = plan(case.process, stack.layers) if case.process is not None else ()
    laminates = laminate_estimate.laminates(stack, steps, lambda choice: library.resolve(choice, case.materials))
    large, found, of = False, list[tuple[Problem, bool]](), _once(loaded, plane, ranks)
    for number, (step, of_stages) in enumerate(zip(steps, laminates, strict=True)):
        before = steps[:number]
        many = _HELD + _PARTING * _cells_that_part(loaded, plane, step, of_stages[-1])
        goes = _small(loaded, of, step, before, many)
        found += [(one.of(of_step(number, False)), goes_on) for one, goes_on in goes]
        judged = laminate_estimate.judge(step, of_stages[-1])
        overestimate = judged.overestimate if judged is not None else 0.0
        started = large
        large = large or laminate_estimate.is_large(case.analysis.deflection, overestimate) or _lifts(step)
        if large:
            one = _large(loaded, plane, ranks, of, step, before[-1] if started else None, many)
            found.append((one.of(of_step(number, True)), False))
    return _joined(found)


def _once(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> _Problems:
    """`problem` that counts nodes and plates of the same layers at one temperature once: steps are many, stages few."""
    known: dict[tuple[tuple[str, ...], float], Problem] = {}

    def of(what: str, layers: tuple[str, ...], kelvin: float, solves: int) -> Problem:
        if (layers, kelvin) not in known:
            known[layers, kelvin] = problem(loaded, plane, ranks, what, layers, kelvin, solves)
        return replace(known[layers, kelvin], what=what, solves=solves)

    return of


def _small(
    loaded: LoadedCase, of: _Problems, step: PlannedStep, before: Sequence[PlannedStep], held: int
) -> Iterator[tuple[Problem, bool]]:
    """The stages of a step at small deflection. One like the stage before goes on with its solver (True): no set-up.

    With an interface that is solved with the stack the first one goes in `held` increments.
    """
    last, field_before = (before[-1].end, before[-1].temperature is None) if before else (None, False)
    in_field = step.temperature is None
    for stage in step.stages:
        reported = _passed(loaded.case, step, before) if in_field else 0
        if stage is step.end and not in_field:
            reported = len(loaded.case.report.warpage_at)
        kelvin = max(stage.references.values()) if step.temperature is None else step.temperature
        goes_on = last is not None and field_before == in_field and last.is_like(stage)
        found = of(f"step '{step.name}'", stage.layers, kelvin, 1 + reported)
        found = replace(found, setups=0 if goes_on else 1)
        timed = stage is step.stages[0] and takes_time(loaded, step)
        timed_held = timed and found.decision is HELD and loaded.case.analysis.deflection == "small"
        found = _held(found, held) if timed_held else in_increments(found, _IN_TIME) if timed else found
        yield found, goes_on
        last, field_before = stage, in_field


def increments_of_time(loaded: LoadedCase) -> int:
    """Of all steps in which something remembers."""
    process = loaded.case.process
    steps = () if process is None else plan(process, loaded.stack.layers)
    return _IN_TIME * sum(takes_time(loaded, step) for step in steps)


def in_increments(one: Problem, count: int) -> Problem:
    """A problem at small deflection that goes in so many increments of time."""
    return replace(one, increments=count, solves=_SOLVES_IN_TIME * count, setups=-(-count // _KEPT))


def _held(one: Problem, count: int) -> Problem:
    """A problem whose interface is solved with it, in so many increments."""
    cost = replace(one.cost, memory=_HELD_MEMORY * one.cost.memory)
    return replace(one, cost=cost, setups=count, solves=round(_HELD_NEWTON * count), increments=count)


def _cells_that_part(
    loaded: LoadedCase, plane: PlaneMesh, step: PlannedStep, laminate: laminate_estimate.Laminate
) -> int:
    """Cells along a cohesive interface that parts all along if it begins to, by what laminate theory releases."""
    most = 0
    for crack in cracks_of(loaded, step.end.layers):
        if crack.cohesive is None or step.temperature is None:
            continue
        takes = min(crack.cohesive.opening, crack.cohesive.shear or crack.cohesive.opening)
        if laminate.released(step.temperature, crack.lower) > _NEARLY * takes:
            middles = plane.points[plane.quads].mean(axis=1)
            inside = shapely.contains_xy(crack.polygon, *middles.T)
            if inside.any():
                most = max(
                    most, round(float(np.ptp(middles[inside], axis=0).max() / plane.areas[inside].mean() ** 0.5))
                )
    return most


def _passed(case: Case, step: PlannedStep, before: Sequence[PlannedStep]) -> int:
    """Moments of a transient that a step in its field passes."""
    transient = case.analysis.transient
    if transient is None:
        return 0
    times = [transient.duration if one.at is None else one.at for one in (*before, step) if one.temperature is None]
    return len(passed(transient.kept, times[-2] if len(times) > 1 else None, times[-1]))


def _large(
    loaded: LoadedCase,
    plane: PlaneMesh,
    ranks: int,
    of: _Problems,
    step: PlannedStep,
    before: PlannedStep | None,
    held: int,
) -> Problem:
    """A step at large deflection.

    Args:
        loaded: the case.
        plane: the plane mesh.
        ranks: of the run.
        of: gives its problem.
        step: the step.
        before: the step before, None if the stack starts flat.
        held: increments of one with a cohesive interface.
    """
    stage, references = step.end, set(step.end.references.values())
    kelvin = max(references) if step.temperature is None else step.temperature
    flat = references.pop() if len(references) == 1 else None
    start = flat if before is None else before.temperature
    reported = [] if step.temperature is None else loaded.case.report.warpage_at
    weightless = loaded.case.process is None or loaded.case.process.gravity is None
    begins, flat = start if step.temperature is not None else None, flat if weightless else None
    count = stops(begins, kelvin, reported, flat, 1.0 if stage.support == "chuck" else FIRST_STRIDE)
    count = max(count, _IN_TIME) if takes_time(loaded, step) else count
    count += len(step.stages) - 1 if before is not None else 0
    found = of(f"step '{step.name}' at large deflection", stage.layers, kelvin, 0)
    size = found.size
    if found.decision.method != "columns":
        size = replace(size, plates=plates(loaded, plane, stage.layers, kelvin))
    if found.decision is HELD:
        return replace(_held(found, held), decision=_HOLDS)
    more = _CONTACT if _lifts(step) else 1.0
    return replace(
        found,
        size=size,
        decision=_TANGENT,
        cost=estimate.tangent(size, ranks),
        setups=round(more * _SETUPS * count),
        solves=round(more * _NEWTON * count),
        increments=count,
        contact=_lifts(step),
    )


def _lifts(step: PlannedStep) -> bool:
    """True if the stack may lift off its support: contact is solved at large deflection, whatever the case asks for."""
    return any(lets_go(stage.support) for stage in step.stages)


def stops(
    start: float | None, end: float, reported: Sequence[float], flat: float | None, first: float = FIRST_STRIDE
) -> int:
    """Equilibria on the way to a temperature (K) and at those that are reported, as `EquilibriumPath` strides.

    `first` is its first stride, as a part of the way.
    """
    if start is None or start == end:
        return 1 + len({*reported} - {end, flat})
    on_the_way = stations(start, end, reported)
    here, count, stride = start, 0, abs(end - start) * first
    for goal in on_the_way:
        count += max(1, round(abs(goal - here) / stride)) if goal != flat else 0
        here, stride = goal, 2 * abs(end - start) * first
    return count + len({*reported} - {*on_the_way, flat})


def _joined(problems: list[tuple[Problem, bool]]) -> list[Problem]:
    """Problems that go on with the solver of the last one that is not at large deflection are one with it."""
    found: list[Problem] = []
    last = -1
    for one, goes_on in problems:
        before = found[last] if goes_on and last >= 0 else None
        if before is None:
            found.append(one)
            last = last if one.decision is _TANGENT or one.decision is _HOLDS else len(found) - 1
            continue
        sums = {
            name: getattr(before, name) + getattr(one, name) for name in ("solves", "setups", "increments", "parts")
        }
        what = before.what if before.what == one.what else f"{before.what}, {one.what}"
        found[last] = replace(before, what=what, **sums)
    return found
