"""Thermal impedance of a case: its heat problem after a step of power, and the networks that respond alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, floats
from solver.case.impedance import Impedance
from solver.case.loaded import LoadedCase
from solver.case.transient import Transient
from solver.errors import CaseError
from solver.heat.resolution import blind_times, resolved_from
from solver.materials.material import Material
from solver.metrics.heat_summary import CauerSummary, FosterSummary, ImpedanceSummary, Networks, StructureSummary
from solver.networks.cauer import ladder
from solver.networks.foster import fit
from solver.networks.structure import structure
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.physics.heat.response import loads
from solver.physics.heat.transient import TransientHeat
from solver.physics.sources import Sources
from solver.signals import Constant, Step

_FIRST = 1.0 / 30.0  # of the first time of the curve: the step nothing is known before


def solve(
    stack_mesh: StackMesh, materials: Sequence[Material], loaded: LoadedCase, log: Callable[[str], None]
) -> ImpedanceSummary:
    """The response of a case to a step of power. Collective.

    The junction is where the stepped power is made; its mean, each place weighed by that power, is the driving point
    of a passive network, whose Foster and Cauer forms follow. The means of the other sources are transfer impedances.

    Args:
        stack_mesh: the mesh of heat.
        materials: one per block.
        loaded: the case, which wants an impedance.
        log: takes a line on how far it is.

    Raises:
        CaseError: what steps has no power.
        NotConvergedError: with the time.
    """
    case, wanted = loaded.case, loaded.case.analysis.impedance
    assert case.thermal is not None and wanted is not None
    sources = heat_sources(stack_mesh, case.thermal.power, loaded.files)
    stepping, density, others = _stepped(sources, wanted.source)
    problem = HeatProblem(
        stack_mesh, materials, case.thermal, stepping, case.analysis.solver, transient=True, files=loaded.files
    )
    junction = _Junction(problem, density, others)
    times = _times(wanted)
    highest, mean, *transfer = _course(problem, junction, wanted, times, log)
    found = ImpedanceSummary(
        power_w=junction.power,
        time_s=floats(times),
        mean_k_per_w=floats(mean),
        max_k_per_w=floats(highest),
        transfer_k_per_w={name: floats(curve) for name, curve in zip(others, transfer, strict=True)},
        resolved_from_s=resolved_from(
            blind_times(stack_mesh, materials, density > 0.0, float(problem.temperature.x.array[0]))
        ),
        networks=networks(times, mean),
    )
    problem.destroy()
    return found


def networks(time: Array, impedance: Array) -> Networks:
    """Foster and Cauer network and structure functions of an impedance (K/W) at times (s)."""
    foster = fit(time, impedance)
    cauer = ladder(foster)
    path = structure(cauer)
    return Networks(
        fit_error=float(np.abs(foster.impedance(time) / impedance - 1.0).max()),
        foster=FosterSummary(foster.resistance, foster.time_constant),
        cauer=CauerSummary(cauer.resistance, cauer.capacitance),
        structure=StructureSummary(path.resistance, path.capacitance, path.node, path.density),
    )


class _Junction:
    """Where power steps: its largest rise and its mean, weighed by that power, and the means of other sources."""

    def __init__(self, problem: HeatProblem, density: Array, others: Mapping[str, Array]) -> None:
        self._comm, load = problem.stack_mesh.comm, loads(problem.space)
        parts = [load(made) for made in (density, *others.values())]
        totals = [self._comm.allreduce(float(part.sum()), MPI.SUM) for part in parts]
        if totals[0] <= 0:
            raise CaseError("analysis.impedance: what steps has no power; give `thermal.power` a mean above 0")
        self.power = problem.stack_mesh.stack.multiplicity * totals[0]
        self._weights = np.array([part / (total or 1.0) for part, total in zip(parts, totals, strict=True)])
        self._nodes: Integers = np.unique(problem.space.dofmap.list[np.flatnonzero(density)])

    def read(self, rise: Array) -> Array:
        """Per watt of what steps (K/W): largest rise in the junction, its mean, and the means of the others.

        Args:
            rise: (local nodes,) of the temperature (K) since the step.
        """
        means = self._comm.allreduce(self._weights @ rise[: self._weights.shape[1]], MPI.SUM)
        largest = self._comm.allreduce(float(rise[self._nodes].max(initial=-np.inf)), MPI.MAX)
        return np.concatenate([[largest], means]) / self.power


def _stepped(sources: Sources, name: str | None) -> tuple[Sources, Array, dict[str, Array]]:
    """Sources of which some step at time 0; (local cells,) the density (W/m^3) that does, and those of the others."""
    channels, density, others = [], np.zeros(sources.count), dict[str, Array]()
    for channel in sources.channels:
        mean = channel.factor.mean()
        steps = name is None or name in channel.name.split("/")[:2]
        channels.append(replace(channel, factor=Step(mean) if steps else Constant(mean)))
        if steps:
            density[channel.cells] += mean * channel.density
        else:
            others.setdefault(channel.name, np.zeros(sources.count))[channel.cells] += channel.density
    return replace(sources, channels=tuple(channels)), density, others


def _times(wanted: Impedance) -> Array:
    decades = np.log10(wanted.end / wanted.start)
    return np.geomspace(wanted.start, wanted.end, max(2, round(decades * wanted.per_decade) + 1))


def _course(
    problem: HeatProblem, junction: _Junction, wanted: Impedance, times: Array, log: Callable[[str], None]
) -> Array:
    """(readings, times) rise per watt of what the junction reads."""
    wished = [float(time) for time in times]
    settings = Transient.model_construct(
        duration=wished[-1],
        start=None,
        tolerance=wanted.tolerance,
        first_step=_FIRST * wished[0],
        largest_step=None,
        times=wished,
    )
    heat = TransientHeat(problem, settings)
    state = heat.start()
    found: dict[float, Array] = {}
    for step in heat.run(state):
        time = step.state.time
        if time in wished:
            found[time] = junction.read(step.state.temperature - step.state.start)
        log(f"{time:.3g} s of {wanted.end:.3g} s")
    return np.array([found[time] for time in wished]).T
