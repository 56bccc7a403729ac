"""Heat sources: every watt of the case is in the mesh, whatever the mesh and the map."""

import numpy as np
import pytest
from PIL import Image

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver import compat
from solver.errors import CaseError
from solver.physics.heat.power import cell_volumes, heat_sources
from tests.solving import load_case

WATTS = 1e-12  # relative

# 7 x 5 pixels over a region whose cells are 1/3 of 4 mm wide: nothing is aligned
CASE = """
title: power
geometry:
  outline: {shape: %s}
  symmetry: %s
  layers:
    - {name: base, thickness: 1 mm, material: silicon}
    - name: top
      thickness: 0.5 mm
      material: silicon
      cells: 3
      regions:
        - {name: die, shape: {rectangle: [4 mm, 3 mm]}, material: silicon%s}
mesh: {in_plane_size: 1.4 mm}
thermal:
  power: [%s]
  boundaries: [{face: bottom, temperature: 25 degC}]
"""
RECTANGLE, DISC = "rectangle, size: [16 mm, 12 mm]", "disc, diameter: 20 mm"
GRID = ", grid: {count: [2, 2], pitch: [6 mm, 5 mm]}"


@pytest.fixture
def watts(shared_path, comm):
    """Power per cell (W, of the modelled part) with the middles of the cells, gathered on every rank."""

    def found(power: str, outline: str = RECTANGLE, symmetry: str = "none", grid: str = ""):
        loaded = load_case(CASE % (outline, symmetry, grid, power), (), shared_path, comm)
        mesh = extrude(comm, loaded.stack, comm.bcast(plane_mesh(loaded.stack) if comm.rank == 0 else None))
        assert loaded.case.thermal is not None
        made = heat_sources(mesh, loaded.case.thermal.power, loaded.files).steady() * cell_volumes(mesh)
        middles = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(mesh.block)]].mean(axis=1)
        return np.concatenate(comm.allgather(made)), np.concatenate(comm.allgather(middles))

    return found


@pytest.fixture
def csv_map(shared_path, comm):
    """A map of 7 x 5 pixels of different power, 70 W in all; first row at the top."""
    pixels = np.arange(1.0, 36.0).reshape(5, 7) / 9
    if comm.rank == 0:
        np.savetxt(shared_path / "power.csv", pixels, delimiter=",")
    comm.barrier()
    return pixels


@pytest.mark.parametrize("outline", [RECTANGLE, DISC])
@pytest.mark.parametrize(("symmetry", "share"), [("none", 1), ("half-x", 2), ("quarter", 4)])
def test_a_total_is_in_the_mesh(outline, symmetry, share, watts):
    made, _ = watts("{region: die, total: 7.5 W}", outline, symmetry, GRID)
    assert share * made.sum() == pytest.approx(7.5, rel=WATTS)


def test_a_density_makes_density_times_volume(watts):
    made, _ = watts("{layer: top, density: 1e8 W/m^3}")
    assert made.sum() == pytest.approx(1e8 * 16e-3 * 12e-3 * 0.5e-3, rel=WATTS)


def test_sources_add(watts):
    made, _ = watts("{layer: top, total: 1 W}, {layer: base, total: 2 W}, {region: die, total: 4 W}")
    assert made.sum() == pytest.approx(7.0, rel=WATTS)


@pytest.mark.parametrize("outline", [RECTANGLE, DISC])
def test_a_map_keeps_its_watts_on_a_mesh_that_is_not_aligned(outline, watts, csv_map):
    made, _ = watts("{region: die, map: power.csv}", outline)
    assert made.sum() == pytest.approx(csv_map.sum(), rel=WATTS)


def test_a_map_keeps_its_first_moments_within_a_cell(watts, csv_map):
    made, middles = watts("{region: die, map: power.csv}")
    x, y = (np.arange(7) - 3) * 4e-3 / 7, (2 - np.arange(5)) * 3e-3 / 5  # the first row is at the top
    centre = [(csv_map.sum(axis=0) * x).sum(), (csv_map.sum(axis=1) * y).sum()]
    found = (made[:, None] * middles[:, :2]).sum(axis=0)
    assert found / made.sum() == pytest.approx(centre / csv_map.sum(), abs=0.1e-3)  # cells of 1 mm
    assert np.sign(found).tolist() == [1, -1]  # power grows to the right and downwards


def test_a_map_over_a_grid_is_repeated_in_every_place(watts, csv_map):
    made, middles = watts("{region: die, map: power.csv}", grid=GRID)
    assert made.sum() == pytest.approx(4 * csv_map.sum(), rel=WATTS)
    for quadrant in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        here = np.all(np.sign(middles[:, :2]) == quadrant, axis=1)
        assert made[here].sum() == pytest.approx(csv_map.sum(), rel=1e-9)


def test_a_total_scales_a_map_and_is_for_all_places_together(watts, csv_map):
    made, _ = watts("{region: die, map: power.csv, total: 3 W}", grid=GRID)
    assert made.sum() == pytest.approx(3.0, rel=WATTS)


def test_a_picture_says_where_and_total_says_how_much(watts, shared_path, comm):
    if comm.rank == 0:
        grey = np.zeros((6, 9), dtype=np.uint8)
        grey[0, 8] = 200  # the upper right corner
        Image.fromarray(grey).save(shared_path / "power.png")
    comm.barrier()
    made, middles = watts("{region: die, map: power.png, total: 5 W}")
    assert made.sum() == pytest.approx(5.0, rel=WATTS)
    hottest = middles[np.argmax(made)]
    assert hottest[0] > 1e-3
    assert hottest[1] > 0.5e-3


def test_a_picture_without_total_is_refused(watts, shared_path, comm):
    if comm.rank == 0:
        Image.fromarray(np.full((4, 4), 9, dtype=np.uint8)).save(shared_path / "power.png")
    comm.barrier()
    with pytest.raises(CaseError, match="how much"):
        watts("{region: die, map: power.png}")


def test_a_map_less_symmetric_than_the_model_is_refused(watts, csv_map):
    with pytest.raises(CaseError, match="not symmetric"):
        watts("{layer: top, map: power.csv}", symmetry="half-x")


def test_a_symmetric_map_on_a_quarter_is_a_quarter_of_its_watts(watts, shared_path, comm):
    pixels = np.array([[1.0, 2.0, 1.0], [3.0, 5.0, 3.0], [1.0, 2.0, 1.0]])
    if comm.rank == 0:
        np.savetxt(shared_path / "power.csv", pixels, delimiter=",")
    comm.barrier()
    made, _ = watts("{layer: top, map: power.csv}", symmetry="quarter")
    assert 4 * made.sum() == pytest.approx(pixels.sum(), rel=WATTS)


def test_a_map_over_a_disc_with_power_outside_it_is_refused(watts, csv_map):
    with pytest.raises(CaseError, match="outside"):
        watts("{layer: top, map: power.csv}", DISC)
