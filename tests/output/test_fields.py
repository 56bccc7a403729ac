"""Field files: what VTK reads back is what was solved, on any number of ranks."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvista as pv
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from meshes.extrude import StackMesh, extrude
from meshes.plane import plane_mesh
from solver.case.load import load
from solver.errors import PlanishError
from solver.output import pvd as collection
from solver.output.fields import FieldWriter
from solver.output.stem import file_stem

COMM = MPI.COMM_WORLD
LENGTH, THICKNESS = 10e-3, 1e-3  # m, of the plate

CASE = """
title: two layers
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers:
    - {name: bottom, thickness: 0.4 mm, material: a}
    - name: top
      thickness: 0.6 mm
      material: b
      regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: a}]
materials:
  a: {youngs_modulus: 100 GPa, poisson_ratio: 0.25, thermal_expansion: 3 ppm/K}
  b: {youngs_modulus: 20 GPa, poisson_ratio: 0.3, thermal_expansion: 10 ppm/K}
mesh: {in_plane_size: 2 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder all ranks see."""
    path = COMM.bcast(tempfile.mkdtemp() if COMM.rank == 0 else None)
    yield Path(path)
    COMM.barrier()
    if COMM.rank == 0:
        shutil.rmtree(path)


@pytest.fixture
def stack_mesh(folder: Path) -> StackMesh:
    if COMM.rank == 0:
        (folder / "case.yaml").write_text(CASE)
    COMM.barrier()
    loaded = load(folder)
    return extrude(COMM, loaded.stack, plane_mesh(loaded.stack))


def _displacement(mesh: StackMesh) -> fem.Function:
    u = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,))))
    u.interpolate(lambda x: np.stack([x[0] * x[2], x[1] ** 2, x[0] ** 2 - x[1]]))
    return u


def _layers_as_stress(mesh: StackMesh) -> NDArray[np.float64]:
    """1 to 6 MPa times 1 in the bottom layer and 2 in the top one, 10 % less and more at the two ends of a cell."""
    scale = 1e6 * (1.0 + mesh.layer_of[:, None]) * np.array([0.9, 1.1])
    return scale[:, :, None] * np.arange(1.0, 7.0)


def test_vtk_reads_the_displacement_at_the_points(folder: Path, stack_mesh: StackMesh) -> None:
    path = FieldWriter(folder / "fields", stack_mesh).write("cool", 0, displacement=_displacement(stack_mesh))
    grid = pv.read(path)
    x = 1e-3 * grid.points
    expected = 1e6 * np.stack([x[:, 0] * x[:, 2], x[:, 1] ** 2, x[:, 0] ** 2 - x[:, 1]], axis=1)
    assert np.abs(grid["displacement_um"] - expected).max() < 1e-9
    assert grid.n_cells == stack_mesh.cells


def test_cells_are_quadratic_hexahedra_that_fill_the_plate(folder: Path, stack_mesh: StackMesh) -> None:
    grid = pv.read(FieldWriter(folder, stack_mesh).write("cool", 0))
    assert set(grid.celltypes) == {pv.CellType.LAGRANGE_HEXAHEDRON}
    cells = grid.cells.reshape(-1, 28)[:, 1:]
    assert np.abs(grid.points[cells[:, 26]] - grid.points[cells[:, :8]].mean(axis=1)).max() < 1e-9  # centre node
    # the edge that VTK files of version 1 number otherwise
    assert np.abs(grid.points[cells[:, 18]] - grid.points[cells[:, [2, 6]]].mean(axis=1)).max() < 1e-9
    assert grid.bounds[1] - grid.bounds[0] == pytest.approx(1e3 * LENGTH)
    volume = np.prod(grid.points[cells[:, 6]] - grid.points[cells[:, 0]], axis=1).sum()
    assert abs(volume) == pytest.approx(1e9 * LENGTH**2 * THICKNESS)


def test_stress_is_averaged_in_paraview_order_with_extreme_invariants(folder: Path, stack_mesh: StackMesh) -> None:
    grid = pv.read(FieldWriter(folder, stack_mesh).write("cool", 0, stress=_layers_as_stress(stack_mesh)))
    scale = 1.0 + grid["layer"]
    assert np.abs(grid["stress_mpa"] / scale[:, None] - [1, 2, 3, 6, 4, 5]).max() < 1e-12
    tensor = np.array([[1.0, 6.0, 5.0], [6.0, 2.0, 4.0], [5.0, 4.0, 3.0]])
    principal = np.linalg.eigvalsh(tensor)
    deviator = tensor - np.eye(3) * np.trace(tensor) / 3
    assert grid["von_mises_mpa"] / scale == pytest.approx(1.1 * np.sqrt(1.5 * (deviator**2).sum()))
    assert grid["max_principal_mpa"] / scale == pytest.approx(1.1 * principal[2])
    assert grid["min_principal_mpa"] / scale == pytest.approx(1.1 * principal[0])


def test_layers_and_blocks_are_numbered_as_the_names_say(folder: Path, stack_mesh: StackMesh) -> None:
    path = FieldWriter(folder, stack_mesh).write("cool", 0, temperature=298.15)
    grid = pv.read(path)
    assert list(grid.field_data["layer_names"]) == ["bottom", "top"]
    names = list(grid.field_data["block_names"])
    assert names == ["bottom", "top", "top/die"]
    assert "points: mm" in list(grid.field_data["units"])
    assert grid.field_data["uniform_temperature_degc"][0] == pytest.approx(25.0)
    centres = grid.points[grid.cells.reshape(-1, 28)[:, 27]]
    assert np.array_equal(grid["layer"], (centres[:, 2] > 0.4).astype(int))
    inside = (np.abs(centres[:, :2]) < 2.0).all(axis=1) & (centres[:, 2] > 0.4)
    assert np.array_equal(grid["block"] == names.index("top/die"), inside)


@pytest.mark.parametrize("degree", [1, 2])
def test_temperature_is_written_in_celsius(folder: Path, stack_mesh: StackMesh, degree: int) -> None:
    temperature = fem.Function(fem.functionspace(stack_mesh.mesh, ("Lagrange", degree)))
    temperature.interpolate(lambda x: 300.0 + 1e4 * x[0])
    grid = pv.read(FieldWriter(folder, stack_mesh).write("hot", 0, temperature=temperature))
    assert np.abs(grid["temperature_degc"] - (300.0 - 273.15 + 10.0 * grid.points[:, 0])).max() < 1e-9


def test_the_collection_lists_the_steps_in_order_and_forgets_later_ones(folder: Path, stack_mesh: StackMesh) -> None:
    writer = FieldWriter(folder, stack_mesh)
    for index, name in [(0, "build"), (1, "cool"), (2, "old"), (1, "cool again")]:
        writer.write(name, index, temperature=300.0)
    writer.close()
    assert [entry.path.name for entry in collection.entries(folder)] == ["00_build.pvtu", "01_cool-again.pvtu"]
    assert pv.get_reader(folder / collection.COLLECTION).time_values == [0.0, 1.0]
    assert len(collection.piece_files(folder / "00_build.pvtu")) == COMM.size


def test_a_folder_that_cannot_be_made_is_one_error_on_every_rank(folder: Path, stack_mesh: StackMesh) -> None:
    writer = FieldWriter(folder / "case.yaml" / "fields", stack_mesh)  # a file, not a folder
    with pytest.raises(PlanishError, match="cannot write"):
        writer.write("cool", 0)


def test_file_names_are_safe() -> None:
    assert file_stem(3, "Cool to 25 degC / debond") == "03_cool-to-25-degc-debond"
    assert file_stem(0, "冷却") == "00_step"
