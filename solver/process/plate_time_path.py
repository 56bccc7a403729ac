"""The plate of a stage on its way through time: how it begins, what a checkpoint keeps of it, and how it lies down."""

from typing import cast

import numpy as np
from dolfinx import fem

from solver import compat
from solver.arrays import Array
from solver.physics.plate.in_time import PlateInTime
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.temperatures import Temperature
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Load
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.contact_time_path import ContactTimePath
from solver.process.equilibrium_path import Bent
from solver.process.kept_in_time import SCALE, on_first
from solver.process.plate_place import on_supports
from solver.process.plate_stage import moved
from solver.process.time_path import TimePath

_STRESS, _KELVIN = "stress scale", "kelvin"


class PlateContactTimePath(ContactTimePath):
    """A plate with a memory on a plane it may lift off."""

    def _place(self, u: Array) -> None:
        on_supports(cast(PlateProblem, self.problem), u)

    def _lower(self, load: Load) -> None:
        """Nothing: it goes down its energy from there."""


def way_of(problem: PlateInTime, tolerance: float, stable: bool = True, bent: Bent | None = None) -> TimePath:
    """The way of a plate; arguments as of `TimePath`."""
    return TimePath(cast(LargeDeflectionInTime, problem), tolerance, stable, bent)


def of_time_path(way: TimePath) -> PlateInTime:
    """The plate that is on a way."""
    return cast(PlateInTime, way.problem)


def lying(free: TimePath, problem: PlateInTime) -> PlateContactTimePath:
    """The way on a plane of a plate that has a free one; what it remembers is what that does."""
    problem.memory.snapshot = of_time_path(free).memory.snapshot
    return PlateContactTimePath(free, way_of(problem, free.tolerance))


def kept(way: TimePath) -> dict[str, Cells]:
    """What a checkpoint keeps beside the displacement."""
    problem, found = of_time_path(way), dict[str, Cells]()
    keys = problem.plate.keys
    for name, (piece, values) in problem.memory.kept.items():
        found[name] = keys[piece.cells], values
    slope = way.control.slope
    if slope is not None:
        found["slope"] = keys, slope[problem.space.dofmap.list[: problem.plate.owned]]
    if isinstance(problem.memory.kelvin, np.ndarray):
        found[_KELVIN] = keys, problem.memory.kelvin.swapaxes(0, 1)[: problem.plate.owned]
    comm = problem.space.mesh.comm
    return found | {
        SCALE: on_first(comm, way.control.scale),
        _STRESS: on_first(comm, problem.memory.scale),
    }


def restored(saved: Saved[Position], problem: PlateInTime, u: Array, tolerance: float) -> TimePath:
    """Be where `kept` was, on the way if it was on one. Collective.

    Args:
        saved: the checkpoint.
        problem: of the stage.
        u: (local unknowns,) displacement (m).
        tolerance: of the increments of time.
    """
    position, keys, memory = saved.position, problem.plate.keys, problem.memory
    problem.displacement.x.array[:] = u
    known = {name: saved.values(name, keys[piece.cells]) for name, (piece, _) in memory.kept.items()}
    memory.restore(known, _kelvin(saved, problem))
    if _STRESS in saved.fields:
        memory.scale = saved.rows(_STRESS)
    problem.settle()
    way = way_of(problem, tolerance, position.stable, position.bent)
    way.rate = position.rate
    if SCALE in saved.fields:
        way.control.scale = saved.rows(SCALE)
    if position.clock is not None:
        slope = None if "slope" not in saved.fields else by_node(problem.displacement, saved.values("slope", keys))
        clock = position.clock[0], position.clock[1], position.clock[2], position.clock[3]
        way.resume(clock, None if slope is None else slope.reshape(-1, 3))
    return way


def _kelvin(saved: Saved[Position], problem: PlateInTime) -> Temperature:
    """Temperature (K) its layers were at. Collective."""
    if _KELVIN in saved.fields:
        plate = problem.plate
        return moved(plate, plate, saved.values(_KELVIN, plate.keys)).swapaxes(0, 1)
    assert saved.position.temperature is not None
    return saved.position.temperature


def by_node(like: fem.Function, values: Array) -> Array:
    """(local unknowns,) of values (owned cells, nodes, 3) of a function like a given one. Collective."""
    u = compat.zeros_like(like.x)
    u.array.reshape(-1, 3)[like.function_space.dofmap.list[: len(values)]] = values
    u.scatter_forward()
    return np.array(u.array)
