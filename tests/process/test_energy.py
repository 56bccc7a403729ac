"""The energy of a process: what temperature, weight and released forces put in is what is there at the end."""

from dataclasses import replace

import numpy as np
import pytest

from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.load import Load
from solver.process.large_following import LargeDeflection
from solver.process.plan import plan
from solver.progress import Progress
from solver.simulation import Simulation
from tests.builders import HIGH, LOW, TOP, sheet
from tests.solving import load_case

pytestmark = pytest.mark.slow

SOFTENS = {"temperature": ["25 degC", "125 degC"], "value": ["22 GPa", "12 GPa"]}
CASE = sheet(
    replace(LOW, more=(("density", "2400 kg/m^3"),)),
    replace(HIGH, modulus=SOFTENS, more=(("density", "1900 kg/m^3"),)),
    replace(TOP, thickness="0.1 mm", more=(("density", "8900 kg/m^3"),)),
    size=("240 mm", "240 mm"),
    cell="30 mm",
    process="""process:
  gravity: true
  steps:
    - {name: low, build: [low], temperature: 125 degC, support: edge}
    - {name: high, build: [high], temperature: 115 degC, birth: pressed, support: edge}
    - {name: top, build: [top], temperature: 75 degC, birth: stress-free, support: edge}
    - {name: cool, temperature: 55 degC, support: edge}
    - {name: debond, remove: [low], support: edge}
    - {name: heat, temperature: 85 degC, support: edge}
""",
)
INCREMENTS = 16


def energy_at(problem: LargeDeflectionSolid, u: np.ndarray, load: Load) -> float:
    """Potential energy of a displacement under a load; the problem is left as it was."""
    before = problem.state
    problem.state = type(before)(u, load)
    value = problem.energy()
    problem.state = before
    return value


def walk(problem: LargeDeflectionSolid, target: Load) -> tuple[float, float, float]:
    """Go to a load in small increments: change of energy, work of the load, and sum of its sizes.

    The load changes the energy by dPi/dl dl at rest; the trapezoidal rule takes it at both ends of an increment.
    """
    start = problem.state.load
    begun, work, size = problem.energy(), 0.0, 0.0
    for number in range(INCREMENTS):
        here, last = problem.state, start.towards(target, number / INCREMENTS)
        load = start.towards(target, (number + 1) / INCREMENTS)
        problem.follow(load)
        before = energy_at(problem, here.displacement, load) - energy_at(problem, here.displacement, last)
        after = energy_at(problem, problem.state.displacement, load)
        after -= energy_at(problem, problem.state.displacement, last)
        work += 0.5 * (before + after)
        size += abs(0.5 * (before + after))
    return problem.energy() - begun, work, size


def test_energy_is_what_was_put_in(shared_path, comm):
    """To 0.1 % over the whole process. Moduli and free strains change in proportion on the way from load to load."""
    loaded = load_case(CASE, [], shared_path, comm)
    simulation = Simulation(loaded, comm, Progress(comm, quiet=True))
    following, before = LargeDeflection(), None
    changes = []
    for step in plan(loaded.case.process, loaded.stack.layers):
        for stage in step.stages:
            setting = simulation.stage_model(stage, None, before)
            if before is None:
                following.begin(setting, None, step.temperature)
                following.way.problem.load_at(step.temperature)
            elif not setting.is_like(before):
                at = following.enter(setting, step.temperature)
                changes.append(walk(following.way.problem, following.way.problem.load_at(at)))
            changes.append(walk(following.way.problem, following.way.problem.load_at(step.temperature)))
            following.way.temperature = step.temperature
            before = setting
    following.destroy()
    change, work, size = np.sum(changes, axis=0)
    assert size > 1e-3  # J
    assert change == pytest.approx(work, abs=1e-3 * size)
    assert len([1 for each in changes if each[2] > 1e-6]) >= 6
