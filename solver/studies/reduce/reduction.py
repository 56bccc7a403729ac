"""From a case to its reduced model: full model, basis, model, and both beside each other."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver.arrays import Array
from solver.case.reduction import Reduction
from solver.case.thermal import Thermal
from solver.errors import CaseError
from solver.metrics import plausibility
from solver.physics.heat.power import heat_sources
from solver.physics.sources import Sources
from solver.simulation import Simulation
from solver.studies.reduce.assemble import reduced_model
from solver.studies.reduce.basis import Basis
from solver.studies.reduce.films import Film, extended, faces, films, held, surroundings
from solver.studies.reduce.full import FullModel
from solver.studies.reduce.growth import Growing, Growth, rates
from solver.studies.reduce.inputs import Input, inputs, steady_sources
from solver.studies.reduce.model import ReducedModel
from solver.studies.reduce.network import Network, network
from solver.studies.reduce.outputs import FacePart, Outputs, face_parts, outputs
from solver.studies.reduce.resolution import resolved_from
from solver.studies.reduce.verify import Full, StepResponse, step_response
from solver.units import ZERO_CELSIUS


@dataclass(frozen=True)
class Reduced:
    """What came of it.

    Attributes:
        model: the reduced model.
        growth: how it was made and how exact it is.
        step: a step of power beside the full model in time.
        nominal: outputs (degC) of the case as it stands: of the full model, nonlinear where the case is.
        temperature: at which the model is linear (K).
        nonlinear: why the case is not, in words; empty if it is.
        network: of resistances, or None.
        points_mm: where the hottest points are.
        resolved_from: time (s) from which on the mesh can follow heat that leaves its source.
        unknowns: of the full model.
    """

    model: ReducedModel
    growth: Growth
    step: StepResponse
    nominal: dict[str, float]
    temperature: float
    nonlinear: tuple[str, ...]
    network: Network | None
    points_mm: dict[str, tuple[float, float, float]]
    resolved_from: float
    unknowns: int

    @property
    def nominal_error(self) -> float:
        """Largest difference of an output of the case as it stands, as a part of the largest rise."""
        reduced, full = self.model.steady(), self.nominal
        lowest = min(float(self.model.ambient_degc.min()), *full.values())
        rise = max(full.values()) - lowest
        return max(abs(reduced[name] - full[name]) for name in full) / (rise or 1.0)


def reduction(simulation: Simulation) -> Reduced:
    """Make and check the reduced model of a case with a heat problem. Collective.

    Raises:
        CaseError: the case has nothing to be reduced to.
        NotConvergedError: the full model was not solved.
    """
    progress, settings = simulation.progress, simulation.loaded.case.reduce or Reduction()
    given = _prepared(simulation, settings)
    basis, growth = _grown(simulation, settings, given)
    model = reduced_model(
        simulation.loaded.case.title,
        basis,
        given.films,
        given.powers,
        given.outputs.names,
        given.held_at,
        settings.shortest_time,
        settings.tolerance,
    )
    given.model.destroy()
    with progress.stage("solve", "a step of power in time beside the full model") as log:
        linear, sources = given.full.at(given.linear_at), steady_sources(given.full.mesh, given.powers)
        step = step_response(linear, sources, model, given.films, basis.values, log)
    fitted = None
    if settings.network and given.held_at is None and any(power.channel for power in given.powers):
        with progress.stage("solve", "network of resistances"):
            junctions = [power.name for power in given.powers if power.channel is not None]
            fitted = network(model, junctions, [(part.name, part.film, part.area) for part in given.parts])
    return Reduced(
        model=model,
        growth=growth,
        step=step,
        nominal=dict(zip(given.outputs.names, map(float, basis.values(given.field) - ZERO_CELSIUS), strict=True)),
        temperature=given.linear_at,
        nonlinear=given.nonlinear,
        network=fitted,
        points_mm=given.outputs.points_mm,
        resolved_from=resolved_from(given.model, given.powers),
        unknowns=given.model.space.dofmap.index_map.size_global,
    )


@dataclass(frozen=True)
class _Given:
    """What there is before the basis.

    Attributes:
        full: the heat problem of the case.
        model: the full model at `linear_at` (K).
        powers, films, outputs: of the reduced model.
        parts: of faces.
        held_at: temperature of faces that are held (K), or None.
        field: (owned unknowns,) steady state of the case as it stands (K).
        nonlinear: what is not linear in it.
    """

    full: Full
    model: FullModel
    linear_at: float
    powers: list[Input]
    films: list[Film]
    outputs: Outputs
    parts: list[FacePart]
    held_at: float | None
    field: Array
    nonlinear: tuple[str, ...]


def _prepared(simulation: Simulation, settings: Reduction) -> _Given:
    """The full model with its inputs, films and outputs. Collective."""
    loaded, files, choice = simulation.loaded, simulation.loaded.files, simulation.case.analysis.solver
    assert loaded.case.thermal is not None
    thin = simulation.interfaces()
    materials = thin.materials(simulation.material_of)
    mesh, thermal = extended(thin.split_mesh, loaded.case.thermal, settings)
    full = Full(mesh, materials, thermal, choice, files)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2))
    on_faces = faces(mesh, space, thermal, files)
    fixed, held_at = held(space, on_faces)

    with simulation.progress.stage("solve", f"the case as it stands: {mesh.cells} cells"):
        if settings.inputs:
            sources = steady_sources(mesh, inputs(mesh, space, [], settings.inputs, on_faces, files, 0.0))
        else:
            sources = heat_sources(mesh, thermal.power, files)
        field = _as_it_stands(simulation, full, sources)
    linear_at = settings.temperature or _midway(simulation.comm, field, thermal)

    powers = inputs(mesh, space, thermal.power, settings.inputs, on_faces, files, linear_at)
    if not powers:
        raise CaseError("a reduced model needs a power: give `thermal.power` or `reduce.inputs`")
    free = films(mesh, space, on_faces, settings.films, files, linear_at)
    parts = face_parts(mesh, space, free, powers) if settings.network and held_at is None else []
    known = {power.name for power in powers}
    further = inputs(mesh, space, [], settings.outputs, [], files, 0.0) if settings.outputs else []
    places = [*powers, *(place for place in further if place.name not in known)]
    return _Given(
        full=full,
        model=FullModel(mesh, space, materials, free, fixed, linear_at, choice),
        linear_at=linear_at,
        powers=powers,
        films=free,
        outputs=outputs(mesh, space, places, free, parts, field),
        parts=parts,
        held_at=held_at,
        field=field,
        nonlinear=_nonlinear(full, sources),
    )


def _as_it_stands(simulation: Simulation, full: Full, sources: Sources) -> Array:
    """Owned values of the steady state (K)."""
    problem = full.problem(sources)
    solution = problem.solve()
    field: Array = solution.temperature.x.array[: problem.space.dofmap.index_map.size_local].copy()
    problem.destroy()
    low, high = float(field.min(initial=np.inf)), float(field.max(initial=-np.inf))
    low, high = simulation.comm.allreduce(low, MPI.MIN), simulation.comm.allreduce(high, MPI.MAX)
    for text in (
        *plausibility.barely_converged("heat", solution.record),
        *plausibility.outside_data("heat", dict.fromkeys(full.materials), low, high, ("thermal_conductivity",)),
    ):
        simulation.progress.warn(text)
    return field


def _nonlinear(full: Full, sources: Sources) -> tuple[str, ...]:
    """What is not linear in a case, in words."""
    kinds = {
        "conductivity": any(material.is_temperature_dependent_conductivity for material in full.materials),
        "specific heat": any(material.is_temperature_dependent_specific_heat for material in full.materials),
        "leakage": bool(sources.leaks),
        "radiation": any(boundary.emissivity is not None for boundary in full.thermal.boundaries),
    }
    return tuple(kind for kind, there in kinds.items() if there)


def _midway(comm: MPI.Intracomm, field: Array, thermal: Thermal) -> float:
    """Temperature (K) between the surroundings and the hottest point."""
    hottest = comm.allreduce(float(field.max(initial=-np.inf)), MPI.MAX)
    ambients = [surroundings(boundary) for boundary in thermal.boundaries]
    return 0.5 * (hottest + float(np.mean([ambient for ambient in ambients if ambient is not None] or [hottest])))


def _grown(simulation: Simulation, settings: Reduction, given: _Given) -> tuple[Basis, Growth]:
    """The basis, begun with a field that is the same everywhere (or with the first answer, where a face is held)."""
    full, ranges = given.model, [film.range for film in given.films]
    middle = [float(np.sqrt(low * high)) for low, high in ranges]
    loads = np.column_stack([*(power.load for power in given.powers), *(film.load for film in given.films)])
    basis, ones = Basis(full, middle, loads, given.outputs.rows), np.ones(full.owned)
    unknowns = full.space.dofmap.index_map.size_global
    with simulation.progress.stage("solve", f"reduced model of {unknowns} unknowns") as log:
        basis.add(ones if given.held_at is None else full.solve(middle, 0.0, loads[:, 0]))
        weakest = sum(film.range[0] * film.area for film in given.films)
        stored = full.mesh.stack.multiplicity * float(basis.sums(np.asarray(ones @ full.capacity(ones))))
        growing = Growing(basis, len(given.powers), settings.tolerance, settings.most_states, log)
        return basis, growing.grow(ranges, rates(stored / weakest, settings.shortest_time))
