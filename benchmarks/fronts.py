"""Energy release rate at hundreds of places along an interface, both ways, in one run: what that takes beside a solve.

Mould compound (22 GPa, 0.3, 8 ppm/K) on silicon (131 GPa, 0.28, 2.8 ppm/K), 0.3 mm each, cooled by 150 K, that are
apart along a straight front: G is that of two beams whose mismatch is released, 1.30068 J/m^2 in plane strain (Z. Suo,
J. W. Hutchinson, Int. J. Fract. 43 (1990) 1), whatever the length of the crack. The case has the constants of plane
strain, E / (1 - nu^2) and (1 + nu) a along x, so that it holds along all of the front.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.process import measured
from benchmarks.table import Table, count

PLACES, _QUICK = 400, 20
_CELL = 0.2  # mm
STEADY = 1.30068  # J/m^2
_RUN = Path(__file__).with_name("fronts_run.py")
CASE = """title: mould that has come off silicon along a straight front
geometry:
  outline: {{shape: rectangle, size: [8 mm, {width} mm]}}
  layers:
    - {{name: silicon, thickness: 0.3 mm, material: stiff}}
    - {{name: mould, thickness: 0.3 mm, material: soft}}
  delaminations:
    - {{name: crack, between: [silicon, mould], shape: {{rectangle: [4 mm, {width} mm]}}, at: [2 mm, 0 mm]}}
materials:
  stiff: {{youngs_modulus: 142.14410 GPa, poisson_ratio: 0, thermal_expansion: [3.584 ppm/K, 0 ppm/K, 0 ppm/K]}}
  soft: {{youngs_modulus: 24.17582 GPa, poisson_ratio: 0, thermal_expansion: [10.4 ppm/K, 0 ppm/K, 0 ppm/K]}}
mesh: {{in_plane_size: {cell} mm}}
analysis: {{deflection: small}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""


def measure(directory: Path, quick: bool) -> dict[str, Any]:
    """One run on two ranks."""
    case = directory / "fronts" / "case.yaml"
    case.parent.mkdir(exist_ok=True)
    places = _QUICK if quick else PLACES
    case.write_text(CASE.format(width=_CELL * places, cell=_CELL), encoding="utf-8")
    cost = measured(["mpirun", "-n", "2", "python3", str(_RUN), str(case)], directory)
    found: dict[str, Any] = json.loads(cost.output.splitlines()[-1])
    return {**found, "wall": cost.wall}


def tables(found: dict[str, Any]) -> list[Table]:
    """What the run took, and how the two ways agree."""
    rows = [
        ["places along the front", str(found["places"])],
        ["equilibria solved", str(found["solves"])],
        ["unknowns", count(found["unknowns"])],
        ["solve (s)", f"{found['solve']:.1f}"],
        ["both ways at all places (s)", f"{found['read']:.1f}"],
        ["median by the domain integral, over 1.30068 J/m2", f"{found['domain'] / STEADY:.4f}"],
        ["median by crack closure, over the same", f"{found['closure'] / STEADY:.4f}"],
        ["largest difference of both", f"{100.0 * found['apart']:.2f} %"],
    ]
    return [Table("fronts", f"Energy release rate at {found['places']} places in one run, 2 ranks:", ["", ""], rows)]
