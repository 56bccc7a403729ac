"""What a checkpoint keeps of materials with a memory: what points remember, velocities, temperatures of points."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.field_transfer import by_cell, carried
from solver.arrays import Array
from solver.physics.solid.held_cracks import HeldCracks
from solver.physics.solid.held_in_time import HeldLargeInTime, HeldSmallInTime
from solver.physics.solid.held_large import HeldLargeDeflection
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import State
from solver.physics.solid.memory import Memory
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.solid import Solid
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.held_path import time_path
from solver.process.time_path import TimePath

_COHESION = "cohesive interfaces"
_JOINED = "pads joined to their mirror image"
_HELD, _NUMBERS = "cohesive interfaces at large deflection", "loads of cohesive interfaces at large deflection"
SCALE = "displacement scale"
_SMALL_NUMBERS = "loads of cohesive interfaces"
_ROUND = "round before, "  # in front of the names of what it kept


def of_small(problem: SmallDeflectionInTime) -> dict[str, Cells]:
    """Of small deflection, by name."""
    mesh = problem.stack_mesh
    return _of_memory("small", problem.memory) | {
        "small displacement": (mesh.keys, by_cell(mesh, problem.displacement))
    }


def of_way(way: TimePath) -> dict[str, Cells]:
    """Of large deflection, by name; the displacement is kept beside it."""
    mesh, found = way.problem.stack_mesh, _of_memory("large", way.problem.memory)
    slope = way.control.slope
    if slope is not None:
        velocity = fem.Function(way.problem.space)
        velocity.x.array[:] = slope.ravel()
        found["slope"] = mesh.keys, by_cell(mesh, velocity)
    return found | {SCALE: on_first(mesh.comm, way.control.scale)}


def restore_small(saved: Saved[Position], problem: SmallDeflectionInTime, kelvin: float) -> None:
    """Be where `of_small` was. Collective.

    Args:
        saved: the checkpoint.
        problem: of the stage.
        kelvin: uniform temperature (K) it was at, unless fields were kept.
    """
    _put(problem.displacement, saved.values("small displacement", problem.stack_mesh.keys))
    _remember(saved, "small", problem, kelvin)
    problem.settle()


def of_faces(problem: SmallDeflectionSolid) -> dict[str, Cells]:
    """Of cohesive interfaces, and of pads joined to their image, by name: places and state of nodes, on rank 0."""
    comm, interface = problem.stack_mesh.comm, problem.cohesion
    found = {} if problem.facing is None else {_JOINED: on_first(comm, problem.facing.kept)}
    if interface is None:
        return found
    found[_COHESION] = on_first(comm, np.hstack(interface.kept))
    if isinstance(interface, HeldCracks):
        found[_SMALL_NUMBERS] = on_first(comm, interface.numbers)
    return found


def restore_faces(saved: Saved[Position], problem: SmallDeflectionSolid) -> None:
    """Be where `of_faces` was, as far as there are such faces: all else is there already. Collective."""
    interface = problem.cohesion
    if problem.facing is not None and _JOINED in saved.fields:
        problem.facing.kept = saved.rows(_JOINED)
    if interface is None or _COHESION not in saved.fields:
        return
    rows = saved.rows(_COHESION)
    interface.kept = rows[:, :3], rows[:, 3:]
    if isinstance(problem, HeldSmallInTime):
        problem.goes_on(saved.rows(_SMALL_NUMBERS))


def of_held(problem: Solid) -> dict[str, Cells]:
    """The same at large deflection, and the numbers of its loads."""
    if not isinstance(problem, HeldLargeDeflection | HeldLargeInTime):
        return {}
    comm, cohesion = problem.stack_mesh.comm, problem.cohesion
    return {_HELD: on_first(comm, np.hstack(cohesion.kept)), _NUMBERS: on_first(comm, cohesion.numbers)}


def restore_held(saved: Saved[Position], problem: Solid) -> None:
    """Be where `of_held` was: a problem that is there already, but for its interface. Collective."""
    if isinstance(problem, HeldLargeDeflection | HeldLargeInTime):
        rows, state = saved.rows(_HELD), problem.state
        problem.cohesion.kept, problem.cohesion.numbers = (rows[:, :3], rows[:, 3:]), saved.rows(_NUMBERS)
        problem.state = State(state.displacement, replace(state.load, dead=problem.cohesion.size))


def as_round(before: Mapping[str, Cells]) -> dict[str, Cells]:
    """What `of_small` gave at the end of a round, beside that of the present, by name."""
    return {f"{_ROUND}{name}": cells for name, cells in before.items()}


def restored_round(saved: Saved[Position], problem: SmallDeflectionInTime) -> dict[str, Cells]:
    """What `as_round` has kept; nothing if it has kept none. Collective."""
    found: dict[str, Cells] = {}
    for name, (keys, _) in of_small(problem).items():
        if _ROUND + name in saved.fields:
            found[name] = keys, saved.values(_ROUND + name, keys)
    return found


def carry_on(problem: SmallDeflectionInTime, before: Mapping[str, Cells], rounds: int) -> None:
    """Go on for some rounds with all that is remembered as in the last one, in a straight line. Collective.

    Args:
        problem: at the end of a round.
        before: what `of_small` gave a round before.
        rounds: to go on for.
    """
    now, comm = of_small(problem), problem.stack_mesh.comm
    ahead = {}
    for name, (keys, values) in now.items():
        _, then = carried(comm, *before[name], keys)
        ahead[name] = values + rounds * (values - then)
    _put(problem.displacement, ahead["small displacement"])
    problem.memory.restore(ahead["small memory"])
    problem.settle()


def restore_way(saved: Saved[Position], problem: LargeDeflectionInTime, tolerance: float, kelvin: float) -> TimePath:
    """Be where `of_way` was, on the way if it was on one; arguments as of `restore_small`. Collective."""
    position, keys = saved.position, problem.stack_mesh.keys
    _put(problem.displacement, saved.values("displacement", keys))
    _remember(saved, "large", problem, kelvin)
    problem.settle()
    way = time_path(problem, tolerance, position.stable, position.bent)
    way.rate = position.rate
    if SCALE in saved.fields:
        way.control.scale = saved.rows(SCALE)
    if position.clock is not None:
        slope: Array | None = None
        if "slope" in saved.fields:
            velocity = fem.Function(problem.space)
            _put(velocity, saved.values("slope", keys))
            slope = velocity.x.array.reshape(-1, 3).copy()
        clock = position.clock[0], position.clock[1], position.clock[2], position.clock[3]
        way.resume(clock, slope)
    return way


def on_first(comm: MPI.Intracomm, values: Array) -> Cells:
    """Numbers (n,) that are the same on all ranks, in the piece of the first, as `Saved.rows` reads them."""
    mine = slice(len(values) if comm.rank == 0 else 0)
    return np.arange(len(values))[mine], values[mine]


def _of_memory(name: str, memory: Memory) -> dict[str, Cells]:
    found: dict[str, Cells] = {f"{name} memory": (memory.fields.keys, memory.values)}
    found[f"{name} stress scale"] = on_first(memory.fields.comm, memory.scale)
    if isinstance(memory.kelvin, np.ndarray):
        found[f"{name} kelvin"] = memory.keys, memory.kelvin
    return found


def _remember(
    saved: Saved[Position], name: str, problem: SmallDeflectionInTime | LargeDeflectionInTime, kelvin: float
) -> None:
    memory = problem.memory
    memory.restore(saved.values(f"{name} memory", memory.fields.keys))
    if f"{name} stress scale" in saved.fields:
        memory.scale = saved.rows(f"{name} stress scale")
    field = f"{name} kelvin"
    memory.kelvin = saved.values(field, memory.keys) if field in saved.fields else kelvin


def _put(function: fem.Function, values: Array) -> None:
    """Set a displacement to values (owned cells, 27, 3) at the nodes of its cells."""
    nodes = function.function_space.dofmap.list[: len(values)]
    function.x.array.reshape(-1, 3)[nodes] = values
    function.x.scatter_forward()
