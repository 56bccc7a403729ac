"""The process as a plate: every shape is found from the one before."""

from dataclasses import replace
from typing import cast

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.case.support import lets_go
from solver.physics.plate.problem import PlateProblem
from solver.physics.plate.section import Births
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import State
from solver.physics.solid.newton import FINAL
from solver.process.contact_path import ContactPath
from solver.process.equilibrium_path import Bent, EquilibriumPath, PathPoint, settled
from solver.process.plate_place import placed
from solver.process.plate_stage import PlateStage, births_by_cell, births_of_cells, moved


class PlateFollowing:
    """The plate of the present stage, on its way.

    Attributes:
        newton_iterations, linear_iterations: spent on free shapes between stages, so far.
    """

    def __init__(self) -> None:
        self._way: EquilibriumPath | None = None
        self.newton_iterations = self.linear_iterations = 0

    @property
    def way(self) -> EquilibriumPath:
        """Of the present stage."""
        assert self._way is not None, "enter a stage first"
        return self._way

    @property
    def plate(self) -> PlateProblem:
        """The problem of the present stage."""
        return of_path(self.way)

    @property
    def free(self) -> PlateProblem:
        """The same, without its support if that lets go."""
        return of_path(self.way.free if isinstance(self.way, PlateContactPath) else self.way)

    def births(self, setting: PlateStage) -> Births:
        """What the plate was like where the layers of a stage, the next one, were born. Collective."""
        if self._way is None:
            return bowed(setting)
        old, new = self.plate, setting.plate
        known = moved(old.plate, new, births_by_cell(old.births, old.plate))
        if setting.stage.born and setting.stage.birth != "flat":
            here = moved(old.plate, new, old.shape()[: old.plate.owned])
            known = np.where(_born(setting)[:, :, None, None], here[:, None], known)
        return births_of_cells(new, known)

    def begin(self, setting: PlateStage) -> None:
        """Start with a stage, from flat."""
        lies, births = lets_go(setting.stage.held_by), self.births(setting)
        first, references = setting.free if lies else setting, setting.solid.references
        same = np.ptp(references) == 0.0 and not births.shape and not setting.solid.born_stressed
        start = float(references[0]) if same else None
        flat = None if births.shape or first.gravity is not None else first.flat_temperature
        self._way = _path(first.problem(births), start, flat)
        if lies:
            if start is None:
                self._count(self._way.release(float(references.max())))
            self._lie(setting)

    def enter(self, setting: PlateStage, kelvin: float | fem.Function) -> float | fem.Function:
        """Go to another stage, as of `LargeDeflection.enter`."""
        if lets_go(setting.stage.held_by):
            here = self._join(setting.free, kelvin)
            self._count(self.way.release(here))
            self._lie(setting)
            return here
        return self._join(setting, kelvin)

    def restore(
        self, setting: PlateStage, values: Array, births: Array, kelvin: float, stable: bool, bent: Bent | None
    ) -> None:
        """Be at a stage.

        Args:
            setting: of the stage.
            values: (owned cells, nodes, 3) displacement (m).
            births: (owned cells, layers, CORNERS, 6), as of `births_by_cell`.
            kelvin: temperature of this equilibrium (K).
            stable: False if it is known to be unstable.
            bent: as of `EquilibriumPath`.
        """
        lies, known = (
            lets_go(setting.stage.held_by),
            births_of_cells(setting.plate, moved(setting.plate, setting.plate, births)),
        )
        first = setting.free if lies else setting
        problem = first.problem(known)
        u = _by_node(problem.space, values)
        flat = None if known.shape or first.gravity is not None else first.flat_temperature
        self._way = _path(problem, kelvin, flat, stable, bent)
        if lies:
            begun = u.copy()
            placed(problem.space, setting.plate.stack.mirrors, problem.support, begun, problem.thickness)
            problem.take_over(begun, problem.load_at(kelvin))
            self._count(self._way.release(kelvin))
            problem = self._lie(setting)
        problem.state = State(u, problem.load_at(kelvin))

    def _lie(self, setting: PlateStage) -> PlateProblem:
        """Let the free way that is there be one on a plane."""
        problem = setting.problem(self.plate.births)
        self._way = PlateContactPath(self.way, cast(LargeDeflectionSolid, problem))
        return problem

    def _count(self, stop: PathPoint) -> None:
        self.newton_iterations += stop.newton_iterations
        self.linear_iterations += stop.linear_iterations

    def _join(self, setting: PlateStage, kelvin: float | fem.Function) -> float | fem.Function:
        old, old_way, births = self.plate, self.way, self.births(setting)
        problem = setting.problem(births)
        here = old_way.temperature if old_way.temperature is not None else kelvin
        u = displacement_on(old, problem)
        meets = placed(problem.space, setting.plate.stack.mirrors, problem.support, u, problem.thickness)
        stable, bent = old_way.stable, old_way.bent
        flat = None if births.shape or setting.gravity is not None else setting.flat_temperature
        old_way.destroy()
        load = problem.load_at(here)
        if meets:
            problem.take_over(u, load)
        else:
            problem.state = problem.flat(load)
        bent = None if bent is None or not meets else (None, bent[1])
        self._way = _path(problem, here if isinstance(here, float) else None, flat, stable, bent)
        return here

    def rest(self) -> None:
        """Go on until the supports carry the weight: what is out of balance is small beside forces of layers only."""
        problem = self.plate
        if problem.forms.pressing() > 0.0:
            problem.newton(problem.state.load, FINAL)

    def destroy(self) -> None:
        """Free the factors of its way."""
        if self._way is not None:
            self._way.destroy()
            self._way = None


class PlateContactPath(ContactPath):
    """A plate on a plane it may lift off: its free shape is followed, and put down wherever it is looked at."""

    def _put_down(self, stop: PathPoint, at: float | fem.Function, tolerance: float) -> PathPoint:
        problem, free = of_path(self), of_path(self.free)
        u = free.displacement.x.array.copy()
        placed(problem.space, problem.plate.stack.mirrors, problem.support, u, problem.thickness)
        acts = problem.load_at(at)
        problem.take_over(u, acts)
        counted = problem.newton_iterations, problem.linear_iterations
        unstable, _ = settled(problem, acts, tolerance)
        spent = problem.newton_iterations - counted[0], problem.linear_iterations - counted[1]
        self.temperature, self.stable, self.bent = self.free.temperature, unstable == 0, self.free.bent
        newton, linear = stop.newton_iterations + spent[0], stop.linear_iterations + spent[1]
        return replace(stop, unstable=unstable, newton_iterations=newton, linear_iterations=linear)


def of_path(way: EquilibriumPath) -> PlateProblem:
    """The plate that is on a way."""
    return cast(PlateProblem, way.problem)


def displacement_on(old: PlateProblem, new: PlateProblem) -> Array:
    """(local unknowns of the new,) displacement of the old, which has all of its cells. Collective."""
    nodes = old.space.dofmap.list[: old.plate.owned]
    values = old.displacement.x.array.reshape(-1, 3)[nodes]
    return _by_node(new.space, moved(old.plate, new.plate, values)[: new.plate.owned])


def bowed(setting: PlateStage) -> Births:
    """The initial bow, in which the first parts are born: w = -(kx x^2 + ky y^2) / 2 about the middle."""
    plate = setting.plate
    curvature = np.array(plate.stack.bow)
    if not curvature.any():
        return Births()
    problem = setting.free.problem(Births())
    x0, y0, x1, y1 = plate.stack.outline.bounds
    xy = problem.space.tabulate_dof_coordinates()[:, :2] - np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    middle, u = 0.5 * (plate.bottom + plate.top), problem.displacement.x.array.reshape(-1, 3)
    u[:, :2] = (problem.height - middle) * curvature * xy
    u[:, 2] = -0.5 * (curvature * xy**2).sum(axis=1)
    born = Births().born(
        {layer: there for layer, there in enumerate(_born(setting, everything=True).T)}, problem.shape()
    )
    problem.destroy()
    return born


def small_answer(problem: PlateProblem, kelvin: float) -> Array:
    """Displacement (local unknowns, m) at a temperature (K) by small deflection; the plate stays where it is.

    K_0 u = f with the stiffness of the flat plate at rest.
    """
    before, load, answer = problem.state, problem.load_at(kelvin), fem.Function(problem.space)
    problem.state = State(np.zeros_like(problem.displacement.x.array), load)
    force = -problem.residual()
    problem.state = problem.flat(load)
    problem.correct(force, answer, FINAL)
    problem.state = before
    return answer.x.array


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


def _by_node(space: fem.FunctionSpace, values: Array) -> Array:
    """(local unknowns,) of values (owned cells, nodes, 3)."""
    u = fem.Function(space)
    u.x.array.reshape(-1, 3)[space.dofmap.list[: len(values)]] = values
    u.x.scatter_forward()
    return u.x.array.copy()


def _path(
    problem: PlateProblem, kelvin: float | None, flat: float | None, stable: bool = True, bent: Bent | None = None
) -> EquilibriumPath:
    return EquilibriumPath(cast(LargeDeflectionSolid, problem), kelvin, flat, stable, bent)
