"""The reduced model beside the heat problem of `planish run`: the steady state of the case, a step of power in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case.files import SideFiles
from solver.case.film import FilmMap
from solver.case.thermal import Boundary, Thermal
from solver.case.transient import Transient
from solver.linalg.choose import Choice
from solver.materials.curve import Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.transient import TransientHeat
from solver.physics.sources import Sources
from solver.studies.reduce.films import Film
from solver.studies.reduce.model import ReducedModel
from solver.units import ZERO_CELSIUS

_STEP_TOLERANCE = 1e-4  # of a step in time of the full model
_SETTLED = 5.0  # longest time constants
_EARLY = 0.05  # of the shortest time: the first step


@dataclass(frozen=True, eq=False)
class StepResponse:
    """All powers of the case switched on at time 0, at film coefficients that had no part in the model.

    Attributes:
        films: coefficients (W/m^2/K).
        times: (n,) s, of the steps of the full model.
        full, reduced: (n, outputs) temperatures (degC).
        start_degc: temperature at time 0.
        first: the first time that counts: the model's shortest.
    """

    films: tuple[float, ...]
    times: Array
    full: Array
    reduced: Array
    start_degc: float
    first: int

    @property
    def errors(self) -> Array:
        """(n,) largest difference, as a part of the largest rise of an output at that time."""
        rise = np.abs(self.full - self.start_degc).max(axis=1)
        return np.asarray(np.abs(self.reduced - self.full).max(axis=1) / np.where(rise > 0, rise, 1.0))

    @property
    def error(self) -> float:
        """The largest of them that counts."""
        return float(self.errors[self.first :].max(initial=0.0))


@dataclass(frozen=True)
class Full:
    """What the heat problem of the case is made of.

    Attributes:
        mesh: of heat.
        materials: one per block.
        thermal: with a boundary for every film.
        choice: of the linear solver.
        files: maps of the case.
    """

    mesh: StackMesh
    materials: Sequence[Material]
    thermal: Thermal
    choice: Choice
    files: SideFiles

    def at(self, temperature: float) -> "Full":
        """The same with materials as they are at one temperature (K)."""
        return replace(self, materials=[_frozen(material, temperature) for material in self.materials])

    def problem(self, sources: Sources, boundaries: Sequence[Boundary] | None = None) -> HeatProblem:
        """The problem with sources, and other boundaries than its own if they are given. Collective."""
        thermal = self.thermal if boundaries is None else self.thermal.model_copy(update={"boundaries": boundaries})
        return HeatProblem(self.mesh, self.materials, thermal, sources, self.choice, True, self.files)


def held_out(films: Sequence[Film]) -> tuple[float, ...]:
    """Film coefficients a third and two thirds up their ranges in turn, away from corners and middles (W/m^2/K)."""
    return tuple(
        film.coefficient
        if isinstance(film.boundary.convection, FilmMap)
        else float(film.range[0] * (film.range[1] / film.range[0]) ** ((1 + number % 2) / 3.0))
        for number, film in enumerate(films)
    )


def step_response(
    full: Full,
    sources: Sources,
    model: ReducedModel,
    films: Sequence[Film],
    values: Callable[[Array], Array],
    log: Callable[[str], None],
) -> StepResponse:
    """Solve a step of all powers with both. Collective.

    Args:
        full: the heat problem, with materials as the model has them.
        sources: powers held from time 0 on.
        model: the reduced model.
        films: of it.
        values: outputs of a field over owned unknowns.
        log: takes a line on how far it is.
    """
    h = held_out(films)
    other = {id(film.boundary): _with(film, value) for film, value in zip(films, h, strict=True)}
    problem = full.problem(sources, [other.get(id(one), one) for one in full.thermal.boundaries])
    start = float(model.ambient_degc[0]) if model.uniform.any() else model.reference_degc
    duration = max(_SETTLED * float(model.modes(np.array(h)).times.max()), 10.0 * model.shortest_time)
    settings = Transient(
        duration=f"{duration} s",
        start=f"{start + ZERO_CELSIUS} K",
        tolerance=_STEP_TOLERANCE,
        first_step=f"{_EARLY * model.shortest_time} s",
    )
    heat, times, found = TransientHeat(problem, settings), [], []
    owned = problem.space.dofmap.index_map.size_local
    for step in heat.run(heat.start()):
        times.append(step.state.time)
        found.append(values(problem.temperature.x.array[:owned]) - ZERO_CELSIUS)
        log(f"{step.state.time:.3g} s of {duration:.3g} s")
    problem.destroy()
    reduced = model.transient(model.powers, times, h, uniform_degc=start)
    first = int(np.searchsorted(times, model.shortest_time * (1.0 - 1e-9)))
    return StepResponse(h, np.array(times), np.array(found), reduced, start, first)


def _frozen(material: Material, temperature: float) -> Homogeneous:
    values = {
        "thermal_conductivity": material.conductivity(temperature).tolist(),
        "density": material.density,
        "specific_heat": float(material.specific_heat(temperature)),
    }
    curves = {key: Curve.constant(value) for key, value in values.items()}
    return Homogeneous(material.name, curves, axes=material.axes)


def _with(film: Film, value: float) -> Boundary:
    """The boundary of a film with another film coefficient, which is all it exchanges."""
    boundary = film.boundary
    if isinstance(boundary.convection, FilmMap):
        return boundary
    if boundary.heat_sink is not None:
        sink = boundary.heat_sink.model_copy(update={"resistance": 1.0 / (value * film.area)})
        return boundary.model_copy(update={"heat_sink": sink})
    return boundary.model_copy(update={"convection": value, "emissivity": None})
