"""Three ranks give the same numbers as one, in the same number of iterations, to the accuracy of the linear solver.

As a script it solves one case on the ranks it is started on and prints the numbers as JSON.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.launching import python

RANKS = (3,)  # and this process alone; two: the rest of the suite
# two dies under a lid with air between and around them, held by three points
CASE = """title: dies and gaps
geometry:
  outline: {shape: rectangle, size: [40 mm, 30 mm]}
  layers:
    - {name: substrate, thickness: 0.8 mm, material: substrate}
    - name: dies
      thickness: 0.5 mm
      cells: 2
      regions:
        - {name: left, shape: {rectangle: [10 mm, 12 mm]}, at: [-9 mm, 1 mm], material: silicon}
        - {name: right, shape: {rectangle: [8 mm, 8 mm]}, at: [9 mm, -2 mm], material: silicon}
        - {name: foot, shape: {rectangle: [40 mm, 30 mm], hole: [34 mm, 24 mm]}, material: lid}
    - {name: grease, thickness: 0.05 mm, material: grease}
    - {name: lid, thickness: 1 mm, material: lid}
materials:
  substrate: {youngs_modulus: 25 GPa, poisson_ratio: 0.2, thermal_expansion: 15 ppm/K, thermal_conductivity: 0.5 W/m/K}
  silicon: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K, thermal_conductivity: 130 W/m/K}
  grease: {youngs_modulus: 10 MPa, poisson_ratio: 0.4, thermal_expansion: 100 ppm/K, thermal_conductivity: 3 W/m/K}
  lid: {youngs_modulus: 120 GPa, poisson_ratio: 0.34, thermal_expansion: 17 ppm/K, thermal_conductivity: 390 W/m/K}
mesh: {in_plane_size: 4 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
thermal:
  power: [{region: left, total: 30 W}, {region: right, total: 10 W}]
  boundaries: [{face: top, convection: 3000 W/m^2/K, ambient: 25 degC}]
analysis: {solver: columns, deflection: small}
"""


def numbers() -> dict[str, float | str]:
    """What the case gives on the ranks there are."""
    from mpi4py import MPI

    from tests.probing import only_step, simulate, solved_heat

    comm = MPI.COMM_WORLD
    with tempfile.TemporaryDirectory() as directory:
        simulation = simulate(CASE, Path(directory), comm)
        heat = solved_heat(simulation)
        outcome = only_step(simulation)
    return {
        "ranks": comm.size,
        "method": f"{heat.solution.record.name}; {outcome.record.name}",
        "heat iterations": heat.solution.record.iterations,
        "iterations": outcome.record.iterations,
        "hottest": heat.summary["max_temperature_degc"],
        "warpage": outcome.summary["warpage_um"],
        "corner": outcome.summary["corner_um"],
    }


pytestmark = [pytest.mark.serial, pytest.mark.slow]


@pytest.fixture(scope="module")
def found() -> list[dict]:
    """The numbers on each number of ranks."""
    root = Path(__file__).parents[2]
    results = [numbers()]
    for ranks in RANKS:
        command = [*python(ranks), "-m", "tests.linalg.test_ranks"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout.splitlines()[-1]))
    assert [result["ranks"] for result in results] == [1, *RANKS]
    return results


def test_the_column_multigrid_solves_on_any_number_of_ranks(found):
    for result in found:
        assert result["method"] == found[0]["method"]
        assert "MUMPS" not in result["method"]


def test_iterations_do_not_depend_on_the_ranks(found):
    for key in ("heat iterations", "iterations"):
        assert [result[key] for result in found] == pytest.approx([found[0][key]] * len(found), abs=1)


def test_warpage_and_temperature_do_not_depend_on_the_ranks(found):
    """A residual of 1e-9 at heat; mechanics ends where the warpage has settled to 1e-6."""
    for key, digits in (("hottest", 1e-8), ("warpage", 1e-6), ("corner", 1e-6)):
        assert [result[key] for result in found] == pytest.approx([found[0][key]] * len(found), rel=digits)


if __name__ == "__main__":
    from mpi4py import MPI

    from solver.parallel import guarded

    def report() -> int:
        result = numbers()
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps(result))
        return 0

    sys.exit(guarded(MPI.COMM_WORLD, report))
