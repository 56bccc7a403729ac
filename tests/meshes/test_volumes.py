"""The mesh has the volumes of the case: every (layer, region), on any outline, with any symmetry."""

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.physics.heat.power import cell_volumes
from tests.probing import mesh_of
from tests.solving import load_case

VOLUME = 1e-6  # relative

CASE = """
title: volumes
geometry:
  outline: {outline}
  symmetry: {symmetry}
  layers:
    - {{name: base, thickness: 0.7 mm, material: silicon, cells: 2}}
    - name: parts
      thickness: 0.2 mm
      {material}
      regions: [{{name: part, shape: {shape}, material: copper, {place}}}]
mesh: {{in_plane_size: 3 mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""
RECTANGLE, DISC = "{shape: rectangle, size: [40 mm, 30 mm]}", "{shape: disc, diameter: 40 mm}"
CROSS = """{shape: polygon, points: [[-20 mm, -5 mm], [-5 mm, -5 mm], [-5 mm, -15 mm], [5 mm, -15 mm], [5 mm, -5 mm],
    [20 mm, -5 mm],    [20 mm, 5 mm], [5 mm, 5 mm], [5 mm, 15 mm], [-5 mm, 15 mm], [-5 mm, 5 mm], [-20 mm, 5 mm]]}"""
AREA = {RECTANGLE: 1200.0, DISC: 400 * np.pi, CROSS: 600.0}  # mm^2

# shape, area of one place (mm^2)
SHAPES = {
    "rectangle": ("{rectangle: [7 mm, 4 mm]}", 28.0),
    "circle": ("{circle: 6 mm}", 9 * np.pi),
    "polygon": ("{polygon: [[-3 mm, -2 mm], [3 mm, -2 mm], [0 mm, 4 mm]]}", 18.0),
    "ring": ("{rectangle: [8 mm, 8 mm], hole: [5 mm, 4 mm]}", 44.0),
    "circle with a hole": ("{circle: 9 mm, hole: [3 mm, 3 mm]}", 20.25 * np.pi - 9),
}


def volumes(text: str, directory, comm) -> dict[str, float]:
    """Volume of every block (mm^3), of the modelled part."""
    mesh = mesh_of(text, directory, comm)
    local = np.bincount(mesh.block, weights=1e9 * cell_volumes(mesh), minlength=len(mesh.blocks))
    return {block.name: float(volume) for block, volume in zip(mesh.blocks, comm.allreduce(local), strict=True)}


def case(
    outline: str = RECTANGLE,
    shape: str = "{rectangle: [7 mm, 4 mm]}",
    place: str = "",
    symmetry: str = "none",
    full: bool = True,
):
    return CASE.format(
        outline=outline, shape=shape, place=place, symmetry=symmetry, material="material: abf" if full else ""
    )


@pytest.mark.parametrize("outline", [RECTANGLE, DISC, CROSS], ids=["rectangle", "disc", "cross"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_region_has_its_volume_on_any_outline(name, outline, shared_path, comm):
    shape, area = SHAPES[name]
    found = volumes(case(outline, shape), shared_path, comm)
    whole = {"base": 0.7 * AREA[outline], "parts": 0.2 * (AREA[outline] - area), "parts/part": 0.2 * area}
    assert found == pytest.approx(whole, rel=VOLUME)


@pytest.mark.parametrize("name", SHAPES)
def test_a_region_beside_the_centre_has_its_volume(name, shared_path, comm):
    shape, area = SHAPES[name]
    found = volumes(case(RECTANGLE, shape, "at: [-8 mm, 5.5 mm]"), shared_path, comm)
    assert found["parts/part"] == pytest.approx(0.2 * area, rel=VOLUME)


@pytest.mark.parametrize(("symmetry", "share"), [("half-x", 2), ("half-y", 2), ("quarter", 4)])
@pytest.mark.parametrize("outline", [RECTANGLE, DISC, CROSS], ids=["rectangle", "disc", "cross"])
@pytest.mark.parametrize("name", ["rectangle", "circle", "ring"])
def test_symmetry_keeps_its_share_of_every_volume(name, outline, symmetry, share, shared_path, comm):
    shape, area = SHAPES[name]
    found = volumes(case(outline, shape, symmetry=symmetry), shared_path, comm)
    assert share * found["parts/part"] == pytest.approx(0.2 * area, rel=VOLUME)
    assert share * (found["parts"] + found["parts/part"]) == pytest.approx(0.2 * AREA[outline], rel=VOLUME)


def test_dies_on_a_wafer_keep_clear_of_its_edge(shared_path, comm):
    # of 5 x 5 places at 7 mm pitch, those whose 5 x 5 mm lie within 19 mm of the centre: 4 corners fall out
    place = "grid: {count: [5, 5], pitch: [7 mm, 7 mm], edge_exclusion: 1 mm}"
    kept = sum(np.hypot(abs(7 * i) + 2.5, abs(7 * j) + 2.5) < 19 for i in range(-2, 3) for j in range(-2, 3))
    found = volumes(case(DISC, "{rectangle: [5 mm, 5 mm]}", place), shared_path, comm)
    assert found["parts/part"] == pytest.approx(0.2 * 25 * kept, rel=VOLUME)
    assert found["parts"] == pytest.approx(0.2 * (AREA[DISC] - 25 * kept), rel=VOLUME)


def test_a_layer_without_material_is_empty_outside_its_regions(shared_path, comm):
    found = volumes(case(full=False), shared_path, comm)
    assert found == pytest.approx({"base": 0.7 * 1200, "parts/part": 0.2 * 28}, rel=VOLUME)


def test_cells_of_a_column_are_on_one_rank(shared_path, comm):
    mesh = mesh_of(case(DISC, "{circle: 9 mm}"), shared_path, comm)
    mine = comm.allgather(np.unique(mesh.columns))
    assert len(np.unique(np.concatenate(mine))) == sum(map(len, mine)) == mesh.plane.total


def test_ranks_have_about_equal_shares(shared_path, comm):
    mesh = mesh_of(case(DISC, "{circle: 9 mm}"), shared_path, comm)
    shares = comm.allgather(len(mesh.block))
    assert sum(shares) == mesh.cells
    assert max(shares) - min(shares) <= 2 * 3  # two columns of three cells


def test_some_layers_make_the_mesh_of_these_layers(shared_path, comm):
    stack = load_case(case(), (), shared_path, comm).stack
    mesh = extrude(comm, stack, comm.bcast(plane_mesh(stack) if comm.rank == 0 else None), stack.layer("parts").blocks)
    assert (mesh.layers, mesh.bottom, mesh.top) == (("parts",), pytest.approx(0.7e-3), pytest.approx(0.9e-3))
    assert comm.allreduce(cell_volumes(mesh).sum()) == pytest.approx(0.2e-3 * 1200e-6, rel=VOLUME)
