"""What a run will take, before it starts: the problems of a case, their solvers, memory and time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from mpi4py import MPI

from meshes.conductors import conductors
from meshes.count import nodes
from meshes.extrude import blocks_of, levels
from meshes.interfaces import ThermalInterface
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.arrays import Array
from solver.case.load import LoadedCase
from solver.case.models import Case
from solver.case.support import lets_go
from solver.linalg import estimate
from solver.linalg.choose import Decision, decide, decide_nets
from solver.linalg.estimate import Estimate, Size
from solver.linalg.shear_lag import HEAT, MECHANICS, sliding
from solver.materials import library
from solver.materials.elasticity import MODULI
from solver.materials.material import Material
from solver.parallel import on_root
from solver.process import laminate_estimate
from solver.process.equilibrium_path import stations
from solver.process.plan import PlannedStep, Stage, heated, plan

_ROOM = 298.15  # K, for conductivities
_COARSER = 1.1  # from one size that is tried to the next
_ROUNDS = 4  # of current and heat in turn
_IN_TIME = 120  # solves of a transient: two a step, some sixty steps from a jump of power to rest
_A_DECADE = 40  # of a response to a step of power, whose steps are held to less
_STRIDE = 1 / 8  # the first of a way at large deflection, as a part of it; later ones are twice as long
_NEWTON, _SETUPS = 5.5, 3.5  # iterations of Newton's method and set-ups in an increment
_CONTACT = 2.0  # times as many iterations where a stack may lift off: the contact is found anew in each
_YZ, _XZ = MODULI.index((3, 3)), MODULI.index((4, 4))


@dataclass(frozen=True)
class Problem:
    """One solver of a run.

    Attributes:
        what: it solves, in words.
        size: of the mesh.
        decision: which method, and why.
        cost: of one set-up and one solve.
        solves: right-hand sides, or iterations of Newton's method.
        setups: of the solver.
        increments: of large deflection, 0 at small.
        contact: True where the stack may lift off its support.
    """

    what: str
    size: Size
    decision: Decision
    cost: Estimate
    solves: int
    setups: int = 1
    increments: int = 0
    contact: bool = False

    @property
    def seconds(self) -> float:
        """Of all set-ups and all solves."""
        return self.setups * self.cost.setup + self.solves * self.cost.solve

    @property
    def work(self) -> str:
        """What is done, in words."""
        if self.increments:
            more = " (in contact a soft stack takes several times as many)" if self.contact else ""
            return f"{_counted(self.increments, 'increment')}, some {self.solves} iterations of Newton's method{more}"
        return _counted(self.solves, "solve")


def forecast(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """The problems of a case of 3-D solids, in their order.

    Args:
        loaded: the case.
        plane: its in-plane mesh.
        ranks: MPI ranks.
    """
    case, stack = loaded.case, loaded.stack
    found = []
    if case.thermal is not None:
        stage = heated(case.process, stack.layers)
        names = tuple(layer.name for layer in stack.layers) if stage is None else stage.layers
        solves = _heat_solves(case)
        found.append(_problem(loaded, plane, ranks, "heat", names, None, solves))
    if case.electric is not None:
        found.append(_current(loaded, plane, ranks))
    steps = plan(case.process, stack.layers) if case.process is not None else ()
    laminates = laminate_estimate.laminates(stack, steps, lambda choice: library.resolve(choice, case.materials))
    large, before = False, None
    for step, of_stages in zip(steps, laminates, strict=True):
        found += _small(loaded, plane, ranks, step, before)
        comparison = laminate_estimate.compare(step, of_stages[-1])
        overestimate = comparison.slenderness.overestimate if comparison is not None else 0.0
        started, large = (
            large,
            large or laminate_estimate.is_large(case.analysis.deflection, overestimate) or _lifts(step),
        )
        if large:
            found.append(_large(loaded, plane, ranks, step, before if started else None))
        before = step
    return _joined(found)


def largest(problems: list[Problem]) -> Problem:
    """The one that needs most memory."""
    return max(problems, key=lambda problem: problem.cost.memory)


def check_memory(loaded: LoadedCase, plane: PlaneMesh, comm: MPI.Intracomm) -> None:
    """Refuse a run that does not fit in the memory of the nodes. Collective.

    Raises:
        CaseError: what the run needs, what there is and which cell size would fit.
    """
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    available = comm.allreduce(estimate.available_memory() * comm.size / node.size, MPI.MIN)
    node.Free()
    on_root(comm, lambda: _check_memory(loaded, plane, comm.size, available))


def _check_memory(loaded: LoadedCase, plane: PlaneMesh, ranks: int, available: float) -> None:
    worst = largest(forecast(loaded, plane, ranks))
    if worst.cost.memory > available:
        raise loaded.source.error(
            ("mesh", "in_plane_size"),
            f"{worst.what} needs about {worst.cost.memory / 1e9:.1f} GB and {available / 1e9:.1f} GB are free; "
            f"{fitting(loaded, worst, ranks, available)}; --force starts all the same",
        )


def fitting(loaded: LoadedCase, worst: Problem, ranks: int, available: float) -> str:
    """The smallest cells in plane with which a case fits into the memory (bytes), in words; found by meshing."""
    size = loaded.stack.size * np.sqrt(worst.cost.memory / max(available, 1.0))
    while size < loaded.stack.span:
        digits = 10.0 ** (np.floor(np.log10(size)) - 1)
        size = float(np.ceil(size / digits) * digits)
        stack = replace(loaded.stack, size=size)
        if largest(forecast(replace(loaded, stack=stack), plane_mesh(stack), ranks)).cost.memory <= available:
            return f"cells of {1e3 * size:.3g} mm would fit"
        size *= _COARSER
    return "no mesh would fit; use fewer ranks, or a machine with more memory"


def _current(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> Problem:
    """The current in the conductors: a solve for each terminal with a current, in every round with the heat problem."""
    case, stack, electric = loaded.case, loaded.stack, loaded.case.electric
    assert electric is not None
    alone = conductors(
        stack,
        plane,
        lambda choice: library.resolve(choice, case.materials).has("electrical_resistivity"),
        electric.terminals,
        [ThermalInterface(one.between, 1.0 / one.resistance) for one in electric.contacts],
    ).plane
    present = [layer for layer, region in zip(stack.layers, alone.region, strict=True) if (region != EMPTY).any()]
    unknowns = nodes(stack, alone, tuple(layer.name for layer in present))
    thickness = max(layer.top for layer in present) - min(layer.bottom for layer in present)
    decision = decide_nets(case.analysis.solver, unknowns, plane, thickness)
    size = Size(unknowns, estimate.columns(alone), 1, 1.0, float(np.sqrt(plane.areas.mean())) / thickness)
    solves = max(1, sum(one.current is not None for one in electric.terminals))
    rounds = 1 if case.thermal is None else _ROUNDS * (1 if case.analysis.transient is None else _IN_TIME)
    cost = estimate.MODELS[decision.method](size, ranks)
    return Problem("current", size, decision, cost, rounds * solves)


def _small(
    loaded: LoadedCase, plane: PlaneMesh, ranks: int, step: PlannedStep, before: PlannedStep | None
) -> Iterator[Problem]:
    """The stages of a step at small deflection. One like the stage before goes on with its solver: no set-up."""
    last, field_before = (before.end, before.temperature is None) if before is not None else (None, False)
    in_field = step.temperature is None
    for stage in step.stages:
        reported = _passed(loaded.case, step) if in_field else 0
        if stage is step.end and not in_field:
            reported = len(loaded.case.report.warpage_at)
        kelvin = max(stage.references.values()) if step.temperature is None else step.temperature
        goes_on = last is not None and field_before == in_field and _held(last) == _held(stage)
        problem = _problem(loaded, plane, ranks, f"step '{step.name}'", stage.layers, kelvin, 1 + reported)
        yield replace(problem, setups=0 if goes_on else 1)
        last, field_before = stage, in_field


def _passed(case: Case, step: PlannedStep) -> int:
    """Moments of a transient that a step in its field passes."""
    transient = case.analysis.transient
    if transient is None or case.process is None:
        return 0
    since = 0.0
    for one in case.process.steps:
        if one.in_field:
            at = transient.duration if one.at is None else one.at
            if one.name == step.name:
                return sum(since < time < at for time in transient.kept)
            since = at
    return 0


def _held(stage: Stage) -> tuple[Any, ...]:
    """What the stiffness of a stage depends on."""
    return stage.parts, stage.references, stage.support, stage.pressed, stage.cut_out, stage.loads


def _large(loaded: LoadedCase, plane: PlaneMesh, ranks: int, step: PlannedStep, before: PlannedStep | None) -> Problem:
    """A step at large deflection.

    Args:
        loaded: the case.
        plane: the plane mesh.
        ranks: of the run.
        step: the step.
        before: the step before, None if the stack starts flat.
    """
    stage, references = step.end, set(step.end.references.values())
    kelvin = max(references) if step.temperature is None else step.temperature
    flat = references.pop() if len(references) == 1 else None
    start = flat if before is None else before.temperature
    reported = [] if step.temperature is None else loaded.case.report.warpage_at
    weightless = loaded.case.process is None or loaded.case.process.gravity is None
    count = _stops(start if step.temperature is not None else None, kelvin, reported, flat if weightless else None)
    count += len(step.stages) - 1 if before is not None else 0
    what = f"step '{step.name}' at large deflection"
    problem = _problem(loaded, plane, ranks, what, stage.layers, kelvin, 0)
    decision = Decision("columns", "tangents may lose their definiteness")
    if problem.decision.method != "columns":
        problem = replace(problem, size=replace(problem.size, plates=_plates(loaded, plane, stage.layers, kelvin)))
    more = _CONTACT if _lifts(step) else 1.0
    return replace(
        problem,
        decision=decision,
        cost=estimate.tangent(problem.size, ranks),
        setups=round(more * _SETUPS * count),
        solves=round(more * _NEWTON * count),
        increments=count,
        contact=_lifts(step),
    )


def _lifts(step: PlannedStep) -> bool:
    """True if the stack may lift off its support: contact is solved at large deflection, whatever the case asks for."""
    return any(lets_go(stage.support) for stage in step.stages)


def _stops(start: float | None, end: float, reported: Sequence[float], flat: float | None) -> int:
    """Equilibria on the way to a temperature (K) and at those that are reported, as `EquilibriumPath` strides."""
    if start is None or start == end:
        return 1 + len({*reported} - {end, flat})
    on_the_way = stations(start, end, reported)
    here, count, stride = start, 0, abs(end - start) * _STRIDE
    for goal in on_the_way:
        count += max(1, round(abs(goal - here) / stride)) if goal != flat else 0
        here, stride = goal, 2 * abs(end - start) * _STRIDE
    return count + len({*reported} - {*on_the_way, flat})


def _joined(problems: list[Problem]) -> list[Problem]:
    """Problems that go on with the solver of the one before are one with it."""
    found: list[Problem] = []
    for problem in problems:
        last = next((one for one in reversed(found) if not one.increments), None)
        if problem.setups or last is None:
            found.append(problem)
        else:
            what = last.what if last.what == problem.what else f"{last.what}, {problem.what}"
            found[found.index(last)] = replace(last, what=what, solves=last.solves + problem.solves)
    return found


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _heat_solves(case: Case) -> int:
    """Linear solves of the heat problem, the step response and the influence of the sources included."""
    response, report = case.analysis.impedance, case.report
    solves = 1 if case.analysis.transient is None else _IN_TIME
    if response is not None:
        solves += round(_A_DECADE * np.log10(response.end / response.start))
    if report.influence and case.thermal is not None:
        solves += len(case.thermal.power)
    return solves + (1 if report.limits and case.analysis.transient is None else 0)


def _problem(
    loaded: LoadedCase,
    plane: PlaneMesh,
    ranks: int,
    what: str,
    layers: tuple[str, ...],
    kelvin: float | None,
    solves: int,
) -> Problem:
    stack, components = loaded.stack, 1 if kelvin is None else 3
    unknowns = components * nodes(stack, plane, layers)
    present = [stack.layer(name) for name in layers]
    thickness = max(layer.top for layer in present) - min(layer.bottom for layer in present)
    columns = estimate.columns(plane)
    thin = kelvin is None and loaded.case.thermal is not None and bool(loaded.case.thermal.interfaces)
    decision = decide(loaded.case.analysis.solver, unknowns, plane, thickness, thin)
    plates = _plates(loaded, plane, layers, kelvin) if decision.method == "columns" else 1.0
    width = float(np.sqrt(plane.areas.mean())) / thickness
    size = Size(unknowns, columns, components, plates, width)
    return Problem(what, size, decision, estimate.MODELS[decision.method](size, ranks), solves)


def _plates(loaded: LoadedCase, plane: PlaneMesh, layers: tuple[str, ...], kelvin: float | None) -> float:
    """Root mean square over the plane cells of the plates above each: one above every gap and every soft interval."""
    heights, owner = levels(loaded.stack, layers)
    blocks, table = blocks_of(loaded.stack, plane)
    present = (plane.region[owner] != EMPTY) & (owner != EMPTY)[:, None]  # (intervals, cells)
    interval, column = np.nonzero(present)
    layer = owner[interval]
    block = table[layer, plane.region[layer, column]]
    materials = [library.resolve(one.material, loaded.case.materials) for one in blocks]
    along, across = np.array([_stiffness(material, kelvin) for material in materials])[block].T
    thickness, size = np.diff(heights)[interval], np.sqrt(plane.areas)[column]
    cells = HEAT if kelvin is None else MECHANICS
    soft = sliding(column, layer, thickness, along, across, size, cells)
    starts = present & ~np.vstack([np.zeros_like(present[:1]), present[:-1]])
    count: Array = starts.sum(axis=0) + np.bincount(column[soft], minlength=present.shape[1])
    return float(np.sqrt(np.mean(count[count > 0] ** 2.0)))


def _stiffness(material: Material, kelvin: float | None) -> tuple[float, float]:
    """In-plane stiffness and shear stiffness across; conductivities for heat."""
    if kelvin is None:
        k = material.conductivity(np.array([_ROOM]))[0]
        return float(k[0]), float(k[2])
    stiffness = material.stiffness(np.array([kelvin]))[0]
    moduli = [stiffness[i, j] for i, j in MODULI]
    return float(moduli[0]), float(min(moduli[_YZ], moduli[_XZ]))
