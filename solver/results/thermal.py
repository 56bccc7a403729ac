"""Thermal metrics: temperatures per region, resistances with their definition, heat balance."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.case.models import Case
from solver.case.waveform import signal_of
from solver.physics.heat_flow import HeatSolution
from solver.units import to_celsius


@dataclass(frozen=True)
class Resistance:
    """A thermal resistance and what it means."""

    value: float
    definition: str


def summary(stack_mesh: StackMesh, case: Case, solution: HeatSolution) -> dict[str, Any]:
    """The `thermal` part of summary.json; powers and heats are of the whole stack. Collective."""
    whole = stack_mesh.stack.multiplicity
    hottest = _global(stack_mesh, solution.temperature.x.array.max(initial=-np.inf), MPI.MAX)
    power = solution.power * whole
    resistances = _resistances(case, hottest, power) if case.analysis.transient is None else {}
    return {
        "max_temperature_degc": to_celsius(hottest),
        "power_w": power,
        "regions": _regions(stack_mesh, solution.temperature),
        "resistances": {key: asdict(value) for key, value in resistances.items()},
        "boundaries": [{"face": face.face, "heat_w": face.heat * whole} for face in solution.outflow],
        "heat_balance_error": solution.balance_error,
        "iterations": solution.newton_iterations,
    }


def _regions(stack_mesh: StackMesh, temperature: fem.Function) -> dict[str, dict[str, float]]:
    indicator = fem.functionspace(stack_mesh.mesh, ("DG", 0))
    test = ufl.TestFunction(indicator)
    dx = ufl.dx(stack_mesh.mesh)
    count = len(stack_mesh.block)
    heat, volume = (_cellwise(form)[:count] for form in (temperature * test * dx, test * dx))
    dofs = temperature.function_space.dofmap.list[:count]
    result = {}
    for name in dict.fromkeys(block.name for block in stack_mesh.blocks):
        cells = np.isin(stack_mesh.block, [i for i, block in enumerate(stack_mesh.blocks) if block.name == name])
        total = _global(stack_mesh, heat[cells].sum(), MPI.SUM) / _global(stack_mesh, volume[cells].sum(), MPI.SUM)
        highest = _global(stack_mesh, temperature.x.array[dofs[cells]].max(initial=-np.inf), MPI.MAX)
        result[name] = {"mean_temperature_degc": to_celsius(total), "max_temperature_degc": to_celsius(highest)}
    return result


def _cellwise(form: ufl.Form) -> np.ndarray:
    vector: la.Vector = fem.assemble_vector(compat.form(form))
    return np.asarray(vector.array)


def _resistances(case: Case, hottest: float, power: float) -> dict[str, Resistance]:
    assert case.thermal is not None
    found: dict[str, Resistance] = {}
    given = [b.ambient if b.heat_sink is None else b.heat_sink.ambient for b in case.thermal.boundaries]
    exchange = [signal_of(ambient).mean() for ambient in given if ambient is not None]
    ambient = case.report.ambient if case.report.ambient is not None else (exchange[0] if exchange else None)
    if power <= 0:
        return found
    if ambient is not None:
        values = f"T_ambient = {to_celsius(ambient):.6g} degC and P = {power:.6g} W"
        text = f"(T_max - T_ambient) / P with {values} (after JESD51-2A)"
        found["theta_ja_k_per_w"] = Resistance((hottest - ambient) / power, text)
    fixed = [b for b in case.thermal.boundaries if b.temperature is not None and b.face in ("top", "bottom")]
    if len(fixed) == 1 and len(case.thermal.boundaries) == 1:
        assert fixed[0].temperature is not None
        face, case_temperature = fixed[0].face, signal_of(fixed[0].temperature).mean()
        plate = f"the {face} held at {to_celsius(case_temperature):.6g} degC (cold plate)"
        text = f"(T_max - T_{face}) / P, all heat leaving through {plate}"
        found[f"theta_jc_{face}_k_per_w"] = Resistance((hottest - case_temperature) / power, text)
    return found


def _global(stack_mesh: StackMesh, value: float, operation: MPI.Op) -> float:
    return float(stack_mesh.comm.allreduce(float(value), operation))
