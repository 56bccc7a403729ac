"""Heat and currents of a case, solved on its hexahedra before the steps of the process, whatever bends in them."""

from typing import TYPE_CHECKING

from solver.models.model import Outcomes
from solver.simulation import Simulation

if TYPE_CHECKING:
    from solver.heat.heat_run import Heat


def solve_heat(simulation: Simulation, outcomes: Outcomes) -> "Heat | None":
    """Solve what a case has of them, hand it over, and give the heat. Collective."""
    heat = simulation.heat()
    if heat is not None:
        outcomes.heat(heat)
    current = simulation.current(heat)
    if current is not None:
        outcomes.current(current)
    return heat
