"""What a run will take, before it starts: the linear problems of a case, their solvers, memory and time."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI

from meshes.count import nodes
from meshes.extrude import blocks_of, levels
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.arrays import Array
from solver.case.load import LoadedCase
from solver.linalg import estimate
from solver.linalg.choose import Decision, decide
from solver.linalg.estimate import Estimate, Size
from solver.linalg.shear_lag import HEAT, MECHANICS, sliding
from solver.materials import library
from solver.materials.material import Material
from solver.parallel import on_root
from solver.physics.kinematics import MODULI
from solver.process.plan import PlannedStep, plan

_ROOM = 298.15  # K, for conductivities
_COARSER = 1.1  # from one size that is tried to the next
_IN_TIME = 120  # solves of a transient: two a step, some sixty steps from a jump of power to rest
_YZ, _XZ = MODULI.index((3, 3)), MODULI.index((4, 4))


@dataclass(frozen=True)
class Problem:
    """One linear solver of a run.

    Attributes:
        what: it solves, in words.
        size: of the mesh.
        decision: which method, and why.
        cost: of one set-up and one solve.
        solves: right-hand sides.
    """

    what: str
    size: Size
    decision: Decision
    cost: Estimate
    solves: int

    @property
    def seconds(self) -> float:
        """Of the set-up and all solves, on one core."""
        return self.cost.setup + self.solves * self.cost.solve


def forecast(loaded: LoadedCase, plane: PlaneMesh, ranks: int) -> list[Problem]:
    """The linear problems of a case of 3-D solids, in their order.

    Args:
        loaded: the case.
        plane: its in-plane mesh.
        ranks: MPI ranks.
    """
    case, stack = loaded.case, loaded.stack
    names = [layer.name for layer in stack.layers]
    found = []
    if case.thermal is not None:
        solves = 1 if case.analysis.transient is None else _IN_TIME
        found.append(_problem(loaded, plane, ranks, "heat", tuple(names), None, solves))
    steps = plan(case.process, names) if case.process is not None else ()
    for (layers, _, pointwise), group in itertools.groupby(steps, _same_stiffness):
        several = list(group)
        count = len(several) + (0 if pointwise else len(several) * len(case.report.warpage_at))
        what = ", ".join(f"step '{step.name}'" for step in several)
        kelvin = several[0].temperature or max(several[0].references.values())
        found.append(_problem(loaded, plane, ranks, what, layers, kelvin, count))
    return found


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


def _same_stiffness(step: PlannedStep) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...], bool]:
    return step.layers, tuple(step.references.items()), step.temperature is None


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
    thickness = present[-1].top - present[0].bottom
    decision = decide(loaded.case.analysis.solver, unknowns, plane, thickness)
    plates = _plates(loaded, plane, layers, kelvin) if decision.method == "columns" else 1.0
    width = float(np.sqrt(plane.areas.mean())) / thickness
    size = Size(unknowns, estimate.columns(plane), components, plates, width)
    return Problem(what, size, decision, estimate.MODELS[decision.method](size, ranks), solves)


def _plates(loaded: LoadedCase, plane: PlaneMesh, layers: tuple[str, ...], kelvin: float | None) -> float:
    """Root mean square over the plane cells of the plates above each: one above every gap and every soft interval."""
    heights, owner = levels(loaded.stack, layers)
    blocks, table = blocks_of(loaded.stack, layers)
    present = plane.region[owner] != EMPTY  # (intervals, cells)
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
