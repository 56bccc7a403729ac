"""Thermal metrics: temperatures per region, resistances with their definition, heat balance."""

from meshes.extrude import StackMesh
from solver.case.files import SideFiles
from solver.case.models import Case
from solver.metrics.heat_summary import BoundaryHeat, FieldReadings, RegionTemperatures
from solver.metrics.probes import Temperatures
from solver.metrics.resistances import points, resistances
from solver.physics.heat.heat_flow import HeatSolution
from solver.units import to_celsius


def readings(stack_mesh: StackMesh, case: Case, solution: HeatSolution, files: SideFiles) -> FieldReadings:
    """What is read of a solved heat problem. Collective."""
    assert case.thermal is not None
    whole, temperatures = stack_mesh.stack.multiplicity, Temperatures(stack_mesh, solution.temperature)
    steady = case.analysis.transient is None
    exchanging = [boundary for boundary in case.thermal.boundaries if boundary.flux is None]
    return FieldReadings(
        max_temperature_degc=to_celsius(temperatures.highest(range(len(stack_mesh.blocks)))),
        power_w=solution.power * whole,
        regions=_regions(stack_mesh, temperatures),
        resistances=resistances(stack_mesh, case, solution, temperatures, files) if steady else {},
        boundaries=[
            BoundaryHeat(face.face, boundary.name or None, face.heat * whole)
            for boundary, face in zip(exchanging, solution.outflow, strict=True)
        ],
        heat_balance_error=solution.balance_error,
        iterations=solution.newton_iterations,
        points=points(stack_mesh, case, solution) if case.report.points else None,
    )


def _regions(stack_mesh: StackMesh, temperatures: Temperatures) -> dict[str, RegionTemperatures]:
    found = {}
    for name in dict.fromkeys(block.name for block in stack_mesh.blocks):
        blocks = [index for index, block in enumerate(stack_mesh.blocks) if block.name == name]
        mean, highest = temperatures.mean(blocks), temperatures.highest(blocks)
        found[name] = RegionTemperatures(to_celsius(mean), to_celsius(highest))
    return found
