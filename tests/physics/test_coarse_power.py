"""Floorplans and maps finer than the mesh: exact watts whatever their number, and a word on what the mesh hides."""

import re
import time

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.parallel import on_root
from solver.physics.heat.power import cell_volumes, heat_sources
from tests.solving import load_case, solve_case

CASE = """title: one hot block of a floorplan of 1 mm
geometry:
  outline: {shape: rectangle, size: [12 mm, 12 mm]}
  layers:
    - {name: base, thickness: 1 mm, material: copper}
    - {name: paste, thickness: 50 um, material: tim-grease}
    - {name: die, thickness: 0.5 mm, material: silicon}
mesh: {in_plane_size: 3 mm}
thermal:
  power: [{layer: die, POWER}]
  boundaries: [{face: bottom, convection: 5000 W/m^2/K, ambient: 25 degC}]
"""
AMBIENT = 25.0


def floorplan(directory, comm, watts: np.ndarray) -> str:
    """A square floorplan of blocks of these watts over the die; gives the power of the case."""
    side = len(watts)
    size = 12e-3 / side
    lines = [f"b{i}_{j} {size!r} {size!r} {i * size!r} {j * size!r}" for i in range(side) for j in range(side)]
    names = " ".join(line.split()[0] for line in lines)
    if comm.rank == 0:
        (directory / "c.flp").write_text("\n".join(lines) + "\n")
        (directory / "c.ptrace").write_text(names + "\n" + " ".join(map(str, watts.ravel())) + "\n")
    comm.barrier()
    return "floorplan: c.flp, trace: c.ptrace"


def one_hot_block() -> np.ndarray:
    watts = np.zeros((12, 12))
    watts[6, 6] = 10.0
    return watts


def hottest(power: str, size: float, directory, comm) -> tuple[float, list[str]]:
    """Rise of the hottest place (K) and the warnings."""
    found = solve_case(CASE.replace("POWER", power), (f"mesh.in_plane_size={size} mm",), directory, comm)
    return found["thermal"]["max_temperature_degc"] - AMBIENT, found["warnings"]


@pytest.mark.slow
def test_a_mesh_coarser_than_its_floorplan_says_what_it_hides(shared_path, comm):
    """Cells of three times the block lose two fifths of its rise; of an estimate that much is asked: half to twice."""
    power = floorplan(shared_path, comm, one_hot_block())
    exact, silent = hottest(power, 0.5, shared_path, comm)
    coarse, said = hottest(power, 3.0, shared_path, comm)
    assert silent == []
    (text,) = said
    assert "c.flp is finer than the cells of 3 mm around (1.5, 1.5) mm" in text
    hidden = float(re.search(r"hide some ([\d.]+) K", text)[1])
    assert 0.5 * (exact - coarse) < hidden < 2 * (exact - coarse)


def test_even_power_is_no_matter_of_the_mesh(shared_path, comm):
    power = floorplan(shared_path, comm, np.full((12, 12), 0.3))
    exact, _ = hottest(power, 1.0, shared_path, comm)
    coarse, said = hottest(power, 3.0, shared_path, comm)
    assert said == []
    assert coarse == pytest.approx(exact, rel=1e-3)


def test_a_map_is_asked_the_same(shared_path, comm):
    if comm.rank == 0:
        np.savetxt(shared_path / "m.csv", one_hot_block(), delimiter=",")
    comm.barrier()
    _, said = hottest("map: m.csv", 3.0, shared_path, comm)
    assert len(said) == 1
    assert "m.csv is finer" in said[0]


@pytest.mark.slow
def test_thousands_of_blocks_take_one_search(shared_path, comm):
    """16384 blocks on 576 cells: each has its watts, in no more time than a few (38 s when each searched all cells)."""
    watts = np.arange(1.0, 128**2 + 1).reshape(128, 128)
    text = CASE.replace("POWER", floorplan(shared_path, comm, watts))
    loaded = load_case(text, ("mesh.in_plane_size=0.5 mm",), shared_path, comm)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    begun = time.perf_counter()
    made = heat_sources(mesh, loaded.case.thermal.power, loaded.files)
    assert time.perf_counter() - begun < 10.0  # some 2 s alone
    volume = cell_volumes(mesh)
    of_block = comm.allreduce(np.array([one.density @ volume[one.cells] for one in made.channels]))
    assert of_block == pytest.approx(np.ones(128**2), rel=1e-9)
    assert comm.allreduce(made.steady() @ volume) == pytest.approx(watts.sum(), rel=1e-12)
