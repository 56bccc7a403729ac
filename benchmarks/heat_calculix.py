"""The package in CalculiX: steady heat transfer, 20-node hexahedra (C3D20) on planish's own mesh, SPOOLES."""

import os
from pathlib import Path

import meshio
import numpy as np

from benchmarks.heat_problem import AMBIENT, BOTTOM_FILM, HEATED, LAYERS, POWER, TOP_FILM
from benchmarks.peer_calculix import THREADS, command
from benchmarks.process import Cost, measured
from meshes.export import export
from solver.case.load import load

_MESH, _JOB = "mesh.inp", "heat"
_W_PER_MM = 1e-3  # of W/m/K
_FILM = 1e-6  # W/mm^2/K of W/m^2/K
_LOWER, _UPPER = 1, 2  # faces of a hexahedron


def solve(case: Path, directory: Path) -> tuple[float, int, Cost]:
    """Write the deck, run it: hottest node on the axis (degC), nodes and what it took.

    Raises:
        FileNotFoundError: there is no CalculiX.
    """
    ccx = command()
    if ccx is None:
        raise FileNotFoundError("no CalculiX: install ccx or run benchmarks/get_calculix")
    export(load(case).stack, directory / _MESH, degree=2)
    mesh = meshio.read(directory / _MESH)
    (directory / f"{_JOB}.inp").write_text(_deck(mesh), encoding="utf-8")
    threads = str(THREADS)
    names = ("OMP_NUM_THREADS", "CCX_NPROC_EQUATION_SOLVER", "NUMBER_OF_CPUS")
    cost = measured([*ccx, _JOB], directory, dict.fromkeys(names, threads))
    lines = (directory / f"{_JOB}.dat").read_text().splitlines()
    found = [float(line.split()[1]) for line in lines if line[:10].strip().isdigit()]
    return max(found), len(mesh.points), cost


def _deck(mesh: meshio.Mesh) -> str:
    cells, points = mesh.cells[0].data, mesh.points
    levels = points[cells[:, :8], 2]
    top, bottom = points[:, 2].max(), points[:, 2].min()
    axis = np.flatnonzero(np.hypot(points[:, 0], points[:, 1]) < 1e-6) + 1
    faces = {
        _UPPER: np.flatnonzero(np.abs(levels[:, 4:].mean(axis=1) - top) < 1e-9) + 1,
        _LOWER: np.flatnonzero(np.abs(levels[:, :4].mean(axis=1) - bottom) < 1e-9) + 1,
    }
    volume = 1.0
    lines = [f"*INCLUDE, INPUT={_MESH}", "*NSET, NSET=ALL, GENERATE", f"1, {len(points)}"]
    lines += ["*NSET, NSET=AXIS", *(f"{node}," for node in axis)]
    for layer in LAYERS:
        whole = [(layer.name, layer.whole)] if layer.whole else []
        for name, part in [*whole, (f"{layer.name}_inner", layer.inner), (f"{layer.name}_foot", layer.foot)]:
            if part is None:
                continue
            along, across = _W_PER_MM * part.along, _W_PER_MM * part.across
            lines += [
                f"*MATERIAL, NAME=M-{name}",
                f"*CONDUCTIVITY, TYPE=ORTHO\n{along}, {along}, {across}",
                f"*SOLID SECTION, ELSET={name}, MATERIAL=M-{name}",
            ]
            if layer.name == HEATED and part is layer.inner:
                x = points[cells[mesh.cell_sets[name][0]]]
                volume = float(np.prod(np.ptp(x.reshape(-1, 3), axis=0)))
    lines += [
        f"*INITIAL CONDITIONS, TYPE=TEMPERATURE\nALL, {AMBIENT}",
        "*STEP\n*HEAT TRANSFER, STEADY STATE, SOLVER=SPOOLES",
        f"*DFLUX\n{HEATED}_inner, BF, {POWER / volume:.9g}",
        "*FILM",
    ]
    for face, film in ((_UPPER, TOP_FILM), (_LOWER, BOTTOM_FILM)):
        lines += [f"{cell}, F{face}, {AMBIENT}, {_FILM * film:.9g}" for cell in faces[face]]
    lines += ["*NODE PRINT, NSET=AXIS\nNT", "*END STEP"]
    return os.linesep.join(lines) + os.linesep
