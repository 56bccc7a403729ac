"""A die soldered onto a board, cycled, in CalculiX (*CREEP, *VISCO) and in planish, on the same cells.

`./planish exec python3 -m benchmarks.creep_cycle` prints warpage and creep strain after each step;
tests/validation/test_creep_cycle.py holds one against the other at every increment. Needs CalculiX: `apt install
calculix-ccx` or benchmarks/get_calculix.

Norton's law over temperature is one both have: CalculiX takes its factor from a table, linear between temperatures
1.5 K apart, which is 0.6 % off the exponential at most. It goes on in increments of equal time by the backward Euler
method. Its elements have 20 nodes and 8 points where those of planish have 27 of each.
"""

import subprocess
import tempfile
from pathlib import Path

import meshio
import numpy as np
from mpi4py import MPI

from benchmarks.peer_calculix import command
from meshes.export import export
from solver.arrays import Array
from solver.case.load import load
from solver.progress import Progress
from solver.simulation import Simulation

A, N, ACTIVATION = 7e-3, 6.0, 8000.0  # 1/s at 1 MPa, exponent, K: flows at 1e-6 1/s at 20 MPa and 25 degC
HOT, COLD = 125.0, -40.0
RAMP, HOLD = 990.0, 900.0  # s: 10 K/min
STEPS = (("cool", COLD, RAMP), ("cold", COLD, HOLD), ("heat", HOT, RAMP), ("hot", HOT, HOLD), ("cool 2", COLD, RAMP))
LAYERS = {  # thickness (mm), Young's modulus (GPa), Poisson ratio, expansion (ppm/K)
    "board": (0.8, 20.0, 0.2, 16.0),
    "solder": (0.15, 50.0, 0.36, 22.0),
    "die": (0.4, 131.0, 0.28, 2.6),
}
_HALF, _CELL = 3.0, 0.75  # mm
_CETOL = 1e-3  # asked for, and without a meaning where increments are given
_TABLE = 111  # temperatures, 1.5 K apart


def text() -> str:
    """The case."""
    layers = "\n".join(
        f"    - {{name: {name}, thickness: {thickness} mm, material: m-{name}}}"
        for name, (thickness, *_) in LAYERS.items()
    )
    creep = f", creep: {{norton: {{a: {A} 1/s, reference_stress: 1 MPa, n: {N}, q_over_r: {ACTIVATION} K}}}}"
    materials = "\n".join(
        f"  m-{name}: {{youngs_modulus: {young} GPa, poisson_ratio: {nu}, thermal_expansion: {alpha} ppm/K"
        f"{creep if name == 'solder' else ''}}}"
        for name, (_, young, nu, alpha) in LAYERS.items()
    )
    steps = "\n".join(
        f"    - {{name: {name}, temperature: {celsius} degC, duration: {seconds} s}}"
        for name, celsius, seconds in STEPS
    )
    return f"""title: a die on a board
geometry:
  outline: {{shape: rectangle, size: [{2 * _HALF} mm, {2 * _HALF} mm]}}
  symmetry: quarter
  layers:
{layers}
materials:
{materials}
mesh: {{in_plane_size: {_CELL} mm}}
analysis: {{deflection: small}}
report: {{surface: bottom}}
process:
  stress_free_temperature: {HOT} degC
  steps:
{steps}
"""


def planish(directory: Path) -> Array:
    """(increments, 3) time (s), signed warpage of the underside (um), mean creep strain of the solder."""
    (directory / "case.yaml").write_text(text(), encoding="utf-8")
    simulation = Simulation(load(directory), MPI.COMM_SELF, Progress(MPI.COMM_SELF, quiet=True))
    points = [point for outcome in simulation.steps(None) for point in outcome.summary["curve"]]
    rows = [(p["time_s"], p["signed_warpage_um"], p["equivalent_inelastic_strain_mean"]) for p in points]
    return np.array(rows)


def calculix(directory: Path, seconds: float) -> Array:
    """The same of CalculiX, with increments of so many seconds."""
    ccx = command()
    if ccx is None:
        raise FileNotFoundError("no CalculiX: install ccx or run benchmarks/get_calculix")
    (directory / "case.yaml").write_text(text(), encoding="utf-8")
    mesh = directory / "mesh.inp"
    export(load(directory).stack, mesh, degree=2)
    points = meshio.read(mesh).points
    mesh.write_text(mesh.read_text(encoding="utf-8").replace("C3D20", "C3D20R"), encoding="utf-8")
    (directory / "job.inp").write_text(_deck(points, seconds), encoding="utf-8")
    subprocess.run([*ccx, "job"], cwd=directory, check=True, capture_output=True)
    return _read((directory / "job.dat").read_text(encoding="utf-8"), *_ends(points))


def _read(printed: str, centre: int, corner: int) -> Array:
    """Time, warpage and creep strain from what CalculiX prints: a title with the time, then rows."""
    heights: dict[float, dict[int, float]] = {}
    strains: dict[float, list[float]] = {}
    time, is_strain = 0.0, False
    for line in printed.splitlines():
        words = line.split()
        if "time" in words:
            time, is_strain = float(words[-1]), "plastic" in words
        elif words and words[0].isdigit():
            if is_strain:
                strains.setdefault(time, []).append(float(words[2]))
            else:
                heights.setdefault(time, {})[int(words[0])] = float(words[3])
    rows = [(0.0, 0.0, 0.0)]
    for now, at in sorted(heights.items()):
        size = max(at.values()) - min(at.values())
        rows.append((now, 1e3 * (size if at[centre] > at[corner] else -size), np.mean(strains[now])))
    return np.array(rows)


def _ends(points: Array) -> tuple[int, int]:
    """Nodes at the centre and the corner of the underside."""
    places = (0.0, 0.0, 0.0), (_HALF, _HALF, 0.0)
    centre, corner = (int(np.argmin(np.linalg.norm(points - place, axis=1))) + 1 for place in places)
    return centre, corner


def _deck(points: Array, seconds: float) -> str:
    centre, _ = _ends(points)
    lines = ["*INCLUDE, INPUT=mesh.inp", f"*NSET, NSET=ALL, GENERATE\n1, {len(points)}"]
    for axis, name in enumerate(("MIRRORX", "MIRRORY", "UNDERSIDE")):
        nodes = np.flatnonzero(np.abs(points[:, axis]) < 1e-6) + 1
        lines += [f"*NSET, NSET={name}", *(f"{node}," for node in nodes)]
    for name, (_, young, nu, alpha) in LAYERS.items():
        celsius = np.linspace(COLD, HOT, _TABLE if name == "solder" else 1)  # creep is given where elasticity is
        lines += [f"*MATERIAL, NAME={name}\n*EXPANSION, ZERO={HOT}\n{1e-6 * alpha}\n*ELASTIC"]
        lines += [f"{1e3 * young}, {nu}, {t:.6g}" for t in celsius]
        if name == "solder":
            lines += ["*CREEP, LAW=NORTON"]
            lines += [f"{A * np.exp(-ACTIVATION / (t + 273.15)):.12e}, {N}, 0., {t:.6g}" for t in celsius]
        lines += [f"*SOLID SECTION, ELSET={name}, MATERIAL={name}"]
    lines += [f"*INITIAL CONDITIONS, TYPE=TEMPERATURE\nALL, {HOT}"]
    lines += [f"*BOUNDARY\nMIRRORX, 1, 1\nMIRRORY, 2, 2\n{centre}, 3, 3"]
    for _, celsius, lasts in STEPS:
        lines += [f"*STEP, INC=100000, AMPLITUDE=RAMP\n*VISCO, DIRECT, CETOL={_CETOL}\n{seconds}, {lasts}"]
        lines += [f"*TEMPERATURE\nALL, {celsius}"]
        lines += ["*NODE PRINT, NSET=UNDERSIDE\nU", "*EL PRINT, ELSET=solder\nPEEQ", "*END STEP"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print both at the ends of the steps."""
    ends = np.cumsum([seconds for _, _, seconds in STEPS])
    print(f"{'':24}" + "".join(f"{name:>12}" for name, _, _ in STEPS) + "   signed warpage (um), creep strain (%)")
    with tempfile.TemporaryDirectory() as place:
        found = {"planish": planish(Path(place))}
        for seconds in (30.0, 15.0):
            found[f"CalculiX, {seconds:g} s"] = calculix(Path(place), seconds)
    for name, rows in found.items():
        for column, factor in ((1, 1.0), (2, 100.0)):
            values = factor * np.interp(ends, rows[:, 0], rows[:, column])
            print(f"{name:18}{len(rows):6}" + "".join(f"{value:12.4f}" for value in values))


if __name__ == "__main__":
    main()
