"""The panel in CalculiX: direct solver SPOOLES, 20-node hexahedra (C3D20).

The 27-node element of planish has nearly twice the unknowns on the same mesh.
"""

import os
import platform
import shutil
from pathlib import Path

import meshio
import numpy as np

from benchmarks.peer import Peer, answer
from benchmarks.problem import KELVIN, LAYERS, QUARTER
from benchmarks.process import measured
from meshes.export import export
from solver import cache
from solver.case.load import load

THREADS = 2
_MESH, _JOB = "mesh.inp", "panel"
_ALGEBRA = ("structure of the matrix", "stress calculation")  # lines it prints before and after


def command() -> list[str] | None:
    """How to call CalculiX: `ccx` on the PATH, or the one `benchmarks/get_calculix` unpacked; None if there is none."""
    found = shutil.which("ccx")
    if found:
        return [found]
    root = cache.directory() / "calculix"
    system, libraries = (root / place / f"{platform.machine()}-linux-gnu" for place in ("lib", "usr/lib"))
    loaders = sorted(system.glob("ld-linux*.so.*"))  # not the link in lib64, which leads out of the root
    if not loaders:
        return None
    places = [system, libraries, libraries / "blas", libraries / "lapack"]
    return [str(loaders[0]), "--library-path", ":".join(map(str, places)), str(root / "usr/bin/ccx")]


def solve(case: Path, directory: Path) -> Peer:
    """Write the deck, run it, read the corner."""
    ccx = command()
    if ccx is None:
        raise FileNotFoundError("no CalculiX: install ccx or run benchmarks/get_calculix")
    export(load(case).stack, directory / _MESH, degree=2)
    points = meshio.read(directory / _MESH).points
    (directory / f"{_JOB}.inp").write_text(_deck(points), encoding="utf-8")
    threads = str(THREADS)
    cost = measured(
        [*ccx, _JOB],
        directory,
        {"OMP_NUM_THREADS": threads, "CCX_NPROC_EQUATION_SOLVER": threads, "NUMBER_OF_CPUS": threads},
    )
    values = np.array(
        [line.split() for line in (directory / f"{_JOB}.dat").read_text().splitlines() if line[:10].strip().isdigit()]
    )
    heights = {int(number): float(z) for number, _, _, z in values}
    centre, corner = _node(points, 0.0), _node(points, QUARTER)
    name = f"CalculiX, C3D20, SPOOLES, {THREADS} threads"
    return answer(name, 3 * len(points), 1e3 * (heights[corner] - heights[centre]), cost.seconds(*_ALGEBRA), cost)


def _node(points: np.ndarray, place: float) -> int:
    """Number of the bottom node on the diagonal."""
    return int(np.argmin(np.linalg.norm(points - [place, place, 0.0], axis=1))) + 1


def _deck(points: np.ndarray) -> str:
    tolerance = 1e-6
    mirrors = [np.flatnonzero(np.abs(points[:, axis]) < tolerance) + 1 for axis in (0, 1)]
    centre, corner = _node(points, 0.0), _node(points, QUARTER)
    lines = [f"*INCLUDE, INPUT={_MESH}", "*NSET, NSET=ALL, GENERATE", f"1, {len(points)}"]
    for name, nodes in (("MIRRORX", mirrors[0]), ("MIRRORY", mirrors[1]), ("WATCHED", [centre, corner])):
        lines += [f"*NSET, NSET={name}", *(f"{node}," for node in nodes)]
    for layer in LAYERS:
        lines += [
            f"*MATERIAL, NAME={layer.name}",
            f"*ELASTIC\n{layer.youngs_modulus}, {layer.poisson_ratio}",
            f"*EXPANSION, ZERO=0\n{layer.expansion}",
            f"*SOLID SECTION, ELSET={layer.name}, MATERIAL={layer.name}",
        ]
    lines += [
        "*INITIAL CONDITIONS, TYPE=TEMPERATURE\nALL, 0",
        f"*BOUNDARY\nMIRRORX, 1, 1\nMIRRORY, 2, 2\n{centre}, 3, 3",
        "*STEP\n*STATIC, SOLVER=SPOOLES",
        f"*TEMPERATURE\nALL, {KELVIN}",
        "*NODE PRINT, NSET=WATCHED\nU",
        "*END STEP",
    ]
    return os.linesep.join(lines) + os.linesep
