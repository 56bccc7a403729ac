"""The process as a plate: every shape is found from the one before."""

from collections.abc import Mapping
from functools import partial
from typing import cast

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array, Mask
from solver.case.support import lets_go
from solver.errors import NotConvergedError
from solver.physics.plate.in_time import PlateInTime
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import Births
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Load, State
from solver.physics.solid.newton import FINAL
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.contact_path import ContactPath
from solver.process.equilibrium_path import Bent, EquilibriumPath
from solver.process.guided_path import GuidedPath
from solver.process.plate_place import on_supports
from solver.process.plate_stage import PlateStage, births_of, moved, moved_births, moved_kelvin
from solver.process.plate_time_path import (
    PlateContactTimePath,
    by_node,
    kept,
    lying,
    of_time_path,
    restored,
    way_of,
)
from solver.process.stage_follower import StageFollower
from solver.process.time_path import TimePath

_BIRTH = "birth of layer "  # in the names of what a checkpoint keeps


class PlateFollowing(StageFollower[PlateStage]):
    """The plate of the present stage, on its way."""

    @property
    def plate(self) -> PlateProblem:
        """The problem of the present stage."""
        return of_path(self.way)

    @property
    def free(self) -> PlateProblem:
        """The same, without its support if that lets go."""
        way = self.way
        if isinstance(way, PlateContactTimePath):
            of_time_path(way.free).memory.snapshot = of_time_path(way).memory.snapshot
        return of_path(way.free if isinstance(way, PlateContactPath | PlateContactTimePath) else way)

    def births(self, setting: PlateStage) -> Births:
        """What the plate was like where the layers of a stage, the next one, were born. Collective."""
        if self._way is None:
            return bowed(setting)
        old, new = self.plate, setting.plate
        known = moved_births(old.births, old.plate, new)
        if setting.stage.born and setting.stage.birth != "flat":
            shape, born = old.shape(), _born(setting)
            here, anywhere = moved(old.plate, new, shape[: old.plate.owned]), born.any(axis=0)
            if self.way.temperature is not None:
                apart = old.section.apart(self.way.temperature, shape)
                known |= _apart(setting, known, born, moved_births(apart, old.plate, new), here)
            new.comm.Allreduce(MPI.IN_PLACE, anywhere, MPI.LOR)
            for layer in map(int, np.flatnonzero(anywhere)):
                known[layer] = np.where(born[:, layer, None, None], here, known.get(layer, 0.0))
        return births_of(new, known)

    def begin(self, setting: PlateStage, kelvin: float | None) -> None:
        """Start with a stage, from flat.

        Args:
            setting: of the stage.
            kelvin: temperature that materials with a memory are at, None: that at which the first is free of stress.
        """
        if setting.solid.in_time is not None:
            self._begin_in_time(setting, kelvin)
            return
        lies, births = lets_go(setting.stage.held_by), self.births(setting)
        first, references = setting.free if lies else setting, setting.solid.references
        same = np.ptp(references) == 0.0 and not births.shape and not setting.solid.born_stressed
        start = float(references[0]) if same else None
        flat = None if births.shape or first.gravity is not None else first.flat_temperature
        self._way = _path(first.problem(births), start, flat)
        if lies:
            self._lie(setting, float(references.max()) if start is None else None)

    def _begin_in_time(self, setting: PlateStage, kelvin: float | None) -> None:
        assert setting.solid.in_time is not None
        lies, births = lets_go(setting.stage.held_by), self.births(setting)
        problem = cast(PlateInTime, (setting.free if lies else setting).problem(births))
        problem.take_over(problem.displacement.x.array, problem.load_at(problem.memory.kelvin))
        self._way = way = way_of(problem, setting.solid.in_time)
        for stop in [way.release(0.0)] if kelvin is None else way.to(kelvin):
            self._count(stop)
        if lies:
            self._lie(setting)
            self._count(self._way.release(0.0))

    @property
    def kept(self) -> dict[str, Cells]:
        """What a checkpoint keeps."""
        problem = self.plate
        nodes = problem.space.dofmap.list[: problem.plate.owned]
        found: dict[str, Cells] = {
            "displacement": (problem.plate.keys, problem.displacement.x.array.reshape(-1, 3)[nodes]),
        }
        for layer, shape in problem.births.shape.items():
            found[f"{_BIRTH}{layer}"] = problem.plate.keys, shape[: problem.plate.owned]
        return found | kept(self.way) if isinstance(self.way, TimePath) else found

    def restore(self, setting: PlateStage, saved: Saved[Position], at: float | fem.Function) -> None:
        """Be at a stage, where a checkpoint was made, at a temperature (K) or in a field. Collective."""
        position, keys = saved.position, setting.plate.keys
        stable, bent, kelvin = position.stable, position.bent, None if isinstance(at, fem.Function) else at
        born = {int(name.removeprefix(_BIRTH)): name for name in saved.fields if name.startswith(_BIRTH)}
        shapes = {layer: moved(setting.plate, setting.plate, saved.values(name, keys)) for layer, name in born.items()}
        lies, known = lets_go(setting.stage.held_by), births_of(setting.plate, shapes)
        first, values = setting.free if lies else setting, saved.values("displacement", keys)
        problem = first.problem(known)
        u = by_node(problem.displacement, values)
        if isinstance(problem, PlateInTime):
            self._restore_in_time(setting, problem, u, saved)
            return
        flat = None if known.shape or first.gravity is not None else first.flat_temperature
        self._way = _path(problem, kelvin, flat, stable, bent)
        if lies:
            begun = u.copy()
            on_supports(problem, begun)
            problem.take_over(begun, problem.load_at(at))
            self._count(self._way.release(at))
            problem = self._lie(setting)
        problem.state = State(u, problem.load_at(at))

    def _restore_in_time(self, setting: PlateStage, problem: PlateInTime, u: Array, saved: Saved[Position]) -> None:
        tolerance = setting.solid.in_time
        assert tolerance is not None
        self._way = way = restored(saved, problem, u, tolerance)
        if lets_go(setting.stage.held_by):
            lies = restored(saved, cast(PlateInTime, setting.problem(problem.births)), u, tolerance)
            begun = u.copy()
            problem.take_over(begun, problem.load_at(problem.memory.kelvin))
            self._count(way.release(0.0))
            self._way = PlateContactTimePath(way, lies)

    def _lie(self, setting: PlateStage, held: float | fem.Function | None = None) -> PlateProblem:
        if held is not None:
            self._count(self.way.release(held))
        problem = setting.problem(self.plate.births, like=self.plate)
        if isinstance(problem, PlateInTime):
            self._way = lying(cast(TimePath, self.way), problem)
            return problem
        self._way = PlateContactPath(self.way, cast(LargeDeflectionSolid, problem))
        return problem

    def _join(
        self,
        setting: PlateStage,
        kelvin: float | fem.Function,
        lies: bool = False,  # noqa: ARG002  its coarse plate goes ahead all the same
    ) -> float | fem.Function:
        old, births = self.plate, self.births(setting)
        problem = setting.problem(births, like=old)
        u = displacement_on(old, problem)
        meets = on_supports(problem, u)
        if isinstance(problem, PlateInTime) and isinstance(old, PlateInTime):
            problem.memory.inherit(old.memory, moved_kelvin(old.memory.kelvin, old.plate, problem.plate))
            problem.displacement.x.array[:] = u
            problem.memory.settle(problem.forms.shape_at_points())
        flat = None if births.shape or setting.gravity is not None else setting.flat_temperature
        here = self.way.temperature if self.way.temperature is not None else kelvin
        problem.inherit(old)
        way = partial(_path, problem, here if isinstance(here, float) else None, flat)
        self._handed_on(cast(LargeDeflectionSolid, problem), u, meets, here, setting.solid.in_time, way)
        return here

    def rest(self) -> None:
        """Go on until the supports carry the weight: what is out of balance is small beside forces of layers only."""
        problem = self.plate
        if problem.forms.pressing() > 0.0:
            problem.newton(problem.state.load, FINAL)


class PlateContactPath(ContactPath):
    """A plate on a plane it may lift off: its free shape is followed, and put down wherever it is looked at."""

    def _place(self, u: Array) -> None:
        on_supports(of_path(self), u)

    def _lower(self, load: Load) -> None:
        """Nothing: it goes down its energy from there."""


def of_path(way: EquilibriumPath) -> PlateProblem:
    """The plate that is on a way."""
    return cast(PlateProblem, way.problem)


def displacement_on(old: PlateProblem, new: PlateProblem) -> Array:
    """(local unknowns of the new,) displacement of the old, which has all of its cells. Collective."""
    nodes = old.space.dofmap.list[: old.plate.owned]
    values = old.displacement.x.array.reshape(-1, 3)[nodes]
    return by_node(new.displacement, moved(old.plate, new.plate, values)[: new.plate.owned])


def bowed(setting: PlateStage) -> Births:
    """The initial bow, in which the first parts are born: w = -(kx x^2 + ky y^2) / 2 about the middle."""
    plate = setting.plate
    curvature = np.array(plate.stack.bow)
    if not curvature.any():
        return Births()
    problem = setting.free.problem(Births())
    x0, y0, x1, y1 = plate.stack.outline.bounds
    xy = nodes_of(problem.space)[:, :2] - np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    middle, u = 0.5 * (plate.bottom + plate.top), problem.displacement.x.array.reshape(-1, 3)
    u[:, :2] = (problem.height - middle) * curvature * xy
    u[:, 2] = -0.5 * (curvature * xy**2).sum(axis=1)
    born = Births().born(
        {layer: there for layer, there in enumerate(_born(setting, everything=True).T)}, problem.shape()
    )
    problem.destroy()
    return born


def small_answer(problem: PlateProblem, kelvin: float | fem.Function) -> Array:
    """Displacement (local unknowns, m) at a temperature (K) or in a field by small deflection; the plate stays.

    K_0 u = f with the stiffness of the flat plate at rest. Materials with a memory are there in no time, from what they
    remember; where they find no answer, at the temperature they have.
    """
    if not isinstance(problem, PlateInTime):
        return _flat_answer(problem, problem.state, problem.load_at(kelvin))
    here = problem.snapshot
    try:
        load = problem.load_at(kelvin)
    except NotConvergedError:
        load = problem.load_at(problem.memory.kelvin)
    found = _flat_answer(problem, here[0], load)
    problem.snapshot = here
    return found


def _flat_answer(problem: PlateProblem, before: State, load: Load) -> Array:
    if problem.held_flat and _is_at(problem, before.load, load):
        return before.displacement  # no deflection, and no other answer
    answer = compat.function_like(problem.displacement)
    problem.state = State(np.zeros_like(problem.displacement.x.array), load)
    force = -problem.residual()
    problem.state = problem.flat(load)
    problem.correct(force, answer, FINAL)
    problem.state = before
    return answer.x.array


def _is_at(problem: PlateProblem, here: Load, load: Load) -> bool:
    """True if a plate is under a load. Collective."""
    same = all(np.array_equal(getattr(here, name), getattr(load, name)) for name in ("moduli", "free_strain"))
    same = same and (here.dead, here.held) == (load.dead, load.held)
    return bool(problem.plate.comm.allreduce(same, MPI.LAND))


def _apart(
    setting: PlateStage, known: Mapping[int, Array], born: Array, apart: Mapping[int, Array], here: Array
) -> dict[int, Array]:
    """Births, as of `Births.shape`, where dies have moved apart below and beside what is born.

    Args:
        setting: the stage in which it is.
        known: births so far.
        born: (local cells, 3 layers) as of `_born`.
        apart: of `Section.apart`.
        here: (local cells, CORNERS, 6) shape of the plate.
    """
    layers, found = len(setting.plate.stack.layers), dict[int, Array]()
    content = {layer for field in setting.plate.fields for layer in field.content}
    fits: Mask = np.asarray(born[:, 2 * layers :].any(axis=1))[:, None, None]  # between parts of a layer
    for layer in range(layers):
        if layer in apart:
            found[layer] = np.where(fits, apart[layer], known.get(layer, 0.0))
        number = 3 * layers + layer
        if number in apart:
            there = born[:, 2 * layers + layer if layer in content else layer]
            moves = apart[number].any(axis=(1, 2), keepdims=True)  # cells of a field that is the same all over do not
            value = np.where(moves, apart[number], here)
            found[number] = np.where(there[:, None, None], value, known.get(number, 0.0))
    return found


def _born(setting: PlateStage, everything: bool = False) -> Array:
    """(local cells, 3 layers) True where a block stands that is born in a stage, or any block, as of `Births`."""
    plate, born = setting.plate, setting.stage.born
    new = np.array([everything or block.name in born for block in plate.blocks] + [False])
    names = {name for name, one in zip((block.name for block in plate.blocks), new[:-1], strict=True) if one}
    middle, rest = np.zeros((2, *plate.block.shape), dtype=bool)
    for number, field in enumerate(plate.fields):
        for layer, (region, _) in field.content.items():
            whole = plate.stack.layers[layer]
            middle[layer, plate.field == number] = f"{whole.name}/{whole.regions[region].name}" in names
            rest[layer, plate.field == number] = whole.name in names
    return np.concatenate([new[plate.block], middle, rest]).T  # EMPTY is the last


def _path(
    problem: PlateProblem, kelvin: float | None, flat: float | None, stable: bool = True, bent: Bent | None = None
) -> EquilibriumPath:
    return GuidedPath(problem, kelvin, flat, stable, bent)
