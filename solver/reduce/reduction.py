"""From a case to its reduced model: full model, basis, model, and both beside each other."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from solver import doubts
from solver.arrays import Array
from solver.case.reduction import Reduction
from solver.errors import CaseError
from solver.physics.power import Sources, heat_sources
from solver.reduce.assemble import reduced_model
from solver.reduce.basis import Basis
from solver.reduce.films import Film, extended, faces, films, held
from solver.reduce.full import FullModel
from solver.reduce.growth import Growing, Growth, rates
from solver.reduce.inputs import Input, inputs, steady_sources
from solver.reduce.model import ReducedModel
from solver.reduce.network import Network, network
from solver.reduce.outputs import Outputs, face_parts, outputs
from solver.reduce.resolution import resolved_from
from solver.reduce.verify import Full, StepResponse, step_response
from solver.simulation import Simulation
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
        lowest = min(float(self.model.ambient_degc.min()), min(full.values()))
        rise = max(full.values()) - lowest
        return max(abs(reduced[name] - full[name]) for name in full) / (rise or 1.0)


def reduction(simulation: Simulation) -> Reduced:
    """Make and check the reduced model of a case with a heat problem. Collective.

    Raises:
        CaseError: the case has nothing to be reduced to.
        NotConvergedError: the full model was not solved.
    """
    loaded, progress = simulation.loaded, simulation.progress
    settings, given = loaded.case.reduce or Reduction(), loaded.case.thermal
    assert given is not None
    thin = simulation.interfaces()
    materials = thin.materials(simulation.material_of)
    mesh, thermal = extended(thin.split_mesh, given, settings)
    full = Full(mesh, materials, thermal, loaded.case.analysis.solver, loaded.directory)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2))
    on_faces = faces(mesh, space, thermal, loaded.directory)

    with progress.stage("solve", f"the case as it stands: {mesh.cells} cells"):
        sources = None if settings.inputs else heat_sources(mesh, given.power, loaded.directory)
        if sources is None:
            room = inputs(mesh, space, [], settings.inputs, on_faces, loaded.directory, 0.0)
            sources = steady_sources(mesh, room)
        field, nonlinear = _as_it_stands(full, sources, space)
        nonlinear = (*nonlinear, *(["radiation"] if any(b.emissivity for b in thermal.boundaries) else []))
    linear_at = _linear_at(simulation.comm, field, settings, films(mesh, space, on_faces, [], loaded.directory, 300.0))

    powers = inputs(mesh, space, given.power, settings.inputs, on_faces, loaded.directory, linear_at)
    if not powers:
        raise CaseError("a reduced model needs a power: give `thermal.power` or `reduce.inputs`")
    free = films(mesh, space, on_faces, settings.films, loaded.directory, linear_at)
    fixed, held_at = held(space, on_faces)
    model_ = FullModel(mesh, space, materials, free, fixed, linear_at, loaded.case.analysis.solver)
    parts = face_parts(mesh, space, free, powers) if settings.network and held_at is None else []
    places = [*powers, *_further(simulation, settings, full, space, powers)]
    told = outputs(mesh, space, places, free, parts, field)

    basis, growth = _grown(simulation, settings, model_, free, powers, told, held_at)
    model = reduced_model(
        loaded.case.title, basis, free, powers, told.names, held_at, settings.shortest_time, settings.tolerance
    )
    with progress.stage("solve", "a step of power in time beside the full model") as tell:
        step = step_response(full.at(linear_at), steady_sources(mesh, powers), model, free, basis.values, tell)
    resolved = resolved_from(model_, powers)
    model_.destroy()
    fitted = None
    if settings.network and held_at is None:
        with progress.stage("solve", "network of resistances"):
            fitted = network(model, [(part.name, part.film, part.area) for part in parts])
    nominal = dict(zip(told.names, (basis.values(field) - ZERO_CELSIUS).tolist(), strict=True))
    unknowns = space.dofmap.index_map.size_global
    found = Reduced(model, growth, step, nominal, linear_at, nonlinear, fitted, told.points_mm, resolved, unknowns)
    low, high = float(field.min(initial=np.inf)), float(field.max(initial=-np.inf))
    low, high = simulation.comm.allreduce(low, MPI.MIN), simulation.comm.allreduce(high, MPI.MAX)
    for text in doubts.outside_data("heat", dict.fromkeys(materials), low, high, ("thermal_conductivity",)):
        progress.warn(text)
    return found


def _as_it_stands(full: Full, sources: Sources, space: fem.FunctionSpace) -> tuple[Array, tuple[str, ...]]:
    """Owned values of the steady state (K), and what is not linear in it."""
    problem = full.problem(sources)
    field = problem.solve().temperature.x.array[: space.dofmap.index_map.size_local].copy()
    problem.destroy()
    kinds = {
        "conductivity": any(material.is_temperature_dependent_conductivity for material in full.materials),
        "specific heat": any(material.is_temperature_dependent_specific_heat for material in full.materials),
        "leakage": bool(sources.leaks),
    }
    return field, tuple(kind for kind, there in kinds.items() if there)


def _linear_at(comm: MPI.Intracomm, field: Array, settings: Reduction, given: list[Film]) -> float:
    if settings.temperature is not None:
        return settings.temperature
    hottest = comm.allreduce(float(field.max(initial=-np.inf)), MPI.MAX)
    return 0.5 * (hottest + float(np.mean([film.ambient for film in given])))


def _further(
    simulation: Simulation, settings: Reduction, full: Full, space: fem.FunctionSpace, powers: list[Input]
) -> list[Input]:
    """Places of `reduce.outputs` that are no inputs."""
    known = {power.name for power in powers}
    found = inputs(full.mesh, space, [], settings.outputs, [], full.directory, 0.0) if settings.outputs else []
    return [place for place in found if place.name not in known]


def _grown(
    simulation: Simulation,
    settings: Reduction,
    full: FullModel,
    free: list[Film],
    powers: list[Input],
    told: Outputs,
    held_at: float | None,
) -> tuple[Basis, Growth]:
    """The basis, begun with a field that is the same everywhere (or with the first answer, where a face is held)."""
    middle = [float(np.sqrt(film.range[0] * film.range[1])) for film in free]
    loads = np.column_stack([*(power.load for power in powers), *(film.load for film in free)])
    basis = Basis(full, middle, loads, told.rows)
    with simulation.progress.stage(
        "solve", f"reduced model of {full.space.dofmap.index_map.size_global} unknowns"
    ) as tell:
        first = np.ones(full.owned) if held_at is None else full.solve(middle, 0.0, loads[:, 0])
        basis.add(first)
        conductance = sum(film.range[0] * film.area for film in free) / full.mesh.stack.multiplicity
        slowest = float(basis.sums(np.asarray(np.ones(full.owned) @ full.capacity(np.ones(full.owned))))) / conductance
        growing = Growing(basis, len(powers), settings.tolerance, settings.most_states, tell)
        growth = growing.grow([film.range for film in free], rates(slowest, settings.shortest_time))
    return basis, growth
