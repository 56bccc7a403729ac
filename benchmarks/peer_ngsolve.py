"""The panel in NGSolve: order-2 hexahedra (27 functions), sparse Cholesky. It runs in a Python of its own."""

import json
from pathlib import Path

import numpy as np

from benchmarks.peer import Peer, answer
from benchmarks.problem import KELVIN, LAYERS
from benchmarks.process import measured
from meshes.export import hexahedra
from meshes.plane import plane_mesh
from solver import cache
from solver.case.load import load

THREADS = 2
_SCRIPT = Path(__file__).with_name("ngsolve_script.py")


def python() -> Path | None:
    """The Python that has NGSolve, made by `benchmarks/get_ngsolve`."""
    path = cache.directory() / "ngsolve" / "bin" / "python3"
    return path if path.exists() else None


def solve(case: Path, directory: Path) -> Peer:
    """Hand the mesh over, run, read the corner."""
    interpreter = python()
    if interpreter is None:
        raise FileNotFoundError("no NGSolve: run ./planish exec benchmarks/get_ngsolve")
    stack = load(case).stack
    points, cells, block, _ = hexahedra(stack, plane_mesh(stack))
    laws = np.array([[layer.youngs_modulus, layer.poisson_ratio, layer.expansion] for layer in LAYERS])
    np.savez(directory / "mesh.npz", points=1e3 * points, cells=cells, block=block, laws=laws, kelvin=KELVIN)
    cost = measured([str(interpreter), str(_SCRIPT), str(THREADS)], directory, {"PYTHONPATH": ""})
    found = json.loads(cost.output.splitlines()[-1])
    name = f"NGSolve, 27 functions, sparse Cholesky, {THREADS} threads"
    return answer(name, found["unknowns"], 1e3 * found["corner"], found["algebra_seconds"], cost)
