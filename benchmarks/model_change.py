"""Layers that come and go in CalculiX (*MODEL CHANGE) and in planish, on the same cells.

`./planish exec python3 -m benchmarks.model_change` prints how far a square stack has bent after each step;
tests/validation/test_model_change.py holds planish to the numbers of CalculiX. Needs benchmarks/get_calculix.

A layer that CalculiX adds has the nodes it was drawn with, however far the layer below has moved: it fills the gap,
which makes it thinner at the edge. Expansions are a tenth of the usual ones, so that this is 1.5 % and not 15 %.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import meshio
import numpy as np
from mpi4py import MPI

from benchmarks.peer_calculix import command
from meshes.export import export
from solver.case.load import load
from solver.progress import Progress
from solver.simulation import Simulation

# rule of birth, expansion of `top` (1/K): CalculiX counts the temperature of a layer `with strain` from the start
VARIANTS = {"stress-free": 1.7e-6, "flat": 0.0}
STEPS = ("bend", "build", "cool", "debond", "heat")
CASE = """title: layers that come and go
geometry:
  outline: {{shape: rectangle, size: [40 mm, 40 mm]}}
  symmetry: quarter
  layers:
    - {{name: low, thickness: 0.7 mm, material: low}}
    - {{name: high, thickness: 0.4 mm, material: high}}
    - {{name: top, thickness: 0.2 mm, material: top}}
materials:
  low: {{youngs_modulus: 73 GPa, poisson_ratio: 0.3, thermal_expansion: 0.38 ppm/K}}
  high: {{youngs_modulus: 22 GPa, poisson_ratio: 0.3, thermal_expansion: 0.8 ppm/K}}
  top: {{youngs_modulus: 110 GPa, poisson_ratio: 0.3, thermal_expansion: {expansion:.1f} ppm/K}}
mesh: {{in_plane_size: 2 mm}}
analysis: {{deflection: large}}
report: {{surface: bottom}}
process:
  stress_free_temperature: 125 degC
  steps:
    - {{name: bend, temperature: 85 degC}}
    - {{name: build, build: [top], temperature: 85 degC, birth: {birth}}}
    - {{name: cool, temperature: 25 degC}}
    - {{name: debond, remove: [low]}}
    - {{name: heat, temperature: 85 degC}}
"""
_LAYERS = {"low": (73e3, 0.38e-6), "high": (22e3, 0.8e-6), "top": (110e3, None)}  # MPa, 1/K
_HALF, _STACK, _INTERFACE = 20.0, (0.0, 0.7, 1.1, 1.3), 0.7  # mm


def text(birth: str) -> str:
    """The case with layers born in one way."""
    return CASE.format(birth=birth, expansion=1e6 * VARIANTS[birth])


def calculix(birth: str, directory: Path) -> list[float]:
    """Height of the middle of the edge over the centre (um), at the interface that is always there, after each step."""
    ccx = command()
    if ccx is None:
        raise FileNotFoundError("no CalculiX: install ccx or run benchmarks/get_calculix")
    (directory / "case.yaml").write_text(text(birth), encoding="utf-8")
    export(load(directory).stack, directory / "mesh.inp", degree=2)
    points = meshio.read(directory / "mesh.inp").points
    (directory / "job.inp").write_text(_deck(points, birth), encoding="utf-8")
    subprocess.run([*ccx, "job"], cwd=directory, check=True, capture_output=True)
    lines = (directory / "job.dat").read_text(encoding="utf-8").splitlines()
    rows = np.array([line.split() for line in lines if line[:10].strip().isdigit()], dtype=float)
    z = {node: rows[rows[:, 0] == node][:, 3] for node in _watched(points)}
    centre, edge = (z[node] for node in _watched(points))
    return [float(1e3 * value) for value in (edge - centre)]


def planish(birth: str, directory: Path) -> list[float]:
    """The same of planish, by the displacement of the interface."""
    (directory / "case.yaml").write_text(text(birth), encoding="utf-8")
    simulation = Simulation(load(directory), MPI.COMM_SELF, Progress(MPI.COMM_SELF, quiet=True))
    heights = []
    for outcome in simulation.steps(None):
        x = 1e3 * outcome.displacement.function_space.tabulate_dof_coordinates()
        w = 1e6 * outcome.displacement.x.array.reshape(-1, 3)[:, 2]
        at = [np.argmin(np.linalg.norm(x - place, axis=1)) for place in _places()]
        heights.append(float(w[at[1]] - w[at[0]]))
    return heights


def _places() -> tuple[Sequence[float], Sequence[float]]:
    return (0.0, 0.0, _INTERFACE), (_HALF, 0.0, _INTERFACE)


def _watched(points: np.ndarray) -> list[int]:
    return [int(np.argmin(np.linalg.norm(points - place, axis=1))) + 1 for place in _places()]


def _deck(points: np.ndarray, birth: str) -> str:
    add = {"stress-free": "STRAIN FREE", "flat": "WITH STRAIN"}[birth]
    centre, edge = _watched(points)
    lines = ["*INCLUDE, INPUT=mesh.inp", "*NSET, NSET=ALL, GENERATE", f"1, {len(points)}"]
    mirrors = [np.flatnonzero(np.abs(points[:, axis]) < 1e-6) + 1 for axis in (0, 1)]
    for name, nodes in (("MIRRORX", mirrors[0]), ("MIRRORY", mirrors[1]), ("WATCHED", [centre, edge])):
        lines += [f"*NSET, NSET={name}", *(f"{node}," for node in nodes)]
    for name, (young, alpha) in _LAYERS.items():
        expansion = VARIANTS[birth] if alpha is None else alpha
        lines += [
            f"*MATERIAL, NAME={name}\n*ELASTIC\n{young}, 0.3\n*EXPANSION, ZERO=125\n{expansion}",
            f"*SOLID SECTION, ELSET={name}, MATERIAL={name}",
        ]
    lines += [
        "*INITIAL CONDITIONS, TYPE=TEMPERATURE\nALL, 125",
        f"*BOUNDARY\nMIRRORX, 1, 1\nMIRRORY, 2, 2\n{centre}, 3, 3",
    ]
    changes = ["REMOVE\ntop", f"ADD={add}\ntop", None, "REMOVE\nlow", None]
    for kelvin, change in zip((85, 85, 25, 25, 85), changes, strict=True):
        lines += ["*STEP, NLGEOM\n*STATIC, SOLVER=SPOOLES"]
        lines += [f"*MODEL CHANGE, TYPE=ELEMENT, {change}"] if change else []
        lines += [f"*TEMPERATURE\nALL, {kelvin}", "*NODE PRINT, NSET=WATCHED\nU", "*END STEP"]
    return os.linesep.join(lines) + os.linesep


def main() -> None:
    """Print both."""
    print(f"{'':12}{'':10}" + "".join(f"{step:>10}" for step in STEPS) + "   edge over centre, um")
    for birth in VARIANTS:
        with tempfile.TemporaryDirectory() as place:
            for name, solve in (("CalculiX", calculix), ("planish", planish)):
                found = solve(birth, Path(place))
                print(f"{birth:12}{name:10}" + "".join(f"{value:10.4f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
