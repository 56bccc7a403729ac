"""The plane mesh: tensor grid or Gmsh, sizes at edges, counts and quality."""

from pathlib import Path

import numpy as np
import pytest
from dolfinx import fem

from meshes import tensor
from meshes.count import nodes
from meshes.parts import held
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from meshes.quality import quality
from solver.parallel import on_root
from solver.stackup.fine import coarse
from solver.stackup.stack import StackUp
from tests.probing import mesh_of, stack_of

CASE = """
title: plane
geometry:
  outline: {outline}
  layers:
    - {{name: base, thickness: 0.5 mm, material: silicon, cells: 2}}
    - {{name: parts, thickness: 0.2 mm, regions: [{{name: part, shape: {shape}, material: copper, {place}}}]}}
mesh: {{in_plane_size: 2 mm{refinement}}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""
RECTANGLE, DISC = "{shape: rectangle, size: [20 mm, 10 mm]}", "{shape: disc, diameter: 20 mm}"
REFINED = ", edge_refinement: {size: 0.25 mm, distance: 3 mm}"


def text(
    outline: str = RECTANGLE, shape: str = "{rectangle: [8 mm, 4 mm]}", place: str = "", refinement: str = ""
) -> str:
    return CASE.format(outline=outline, shape=shape, place=place, refinement=refinement)


def planned(case: str, directory: Path) -> tuple[StackUp, PlaneMesh]:
    stack = stack_of(case, directory)
    return stack, plane_mesh(stack)


def edges(plane: PlaneMesh) -> np.ndarray:
    """Lengths of the sides of every cell (mm), shape (cells, 4)."""
    corners = plane.points[plane.quads]
    return 1e3 * np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)


@pytest.mark.serial
def test_rectangles_in_a_rectangle_make_a_tensor_grid(tmp_path):
    stack, plane = planned(text(), tmp_path)
    assert len(np.unique(plane.points[:, 0].round(9))) * len(np.unique(plane.points[:, 1].round(9))) == len(
        plane.points
    )
    found = quality(stack, plane)
    assert (found.smallest_angle_deg, found.largest_angle_deg, found.smallest_jacobian) == pytest.approx((90, 90, 1))


@pytest.mark.serial
@pytest.mark.parametrize(
    ("outline", "shape"),
    [
        (DISC, "{rectangle: [8 mm, 4 mm]}"),
        (RECTANGLE, "{circle: 6 mm}"),
        (RECTANGLE, "{polygon: [[0 mm, 0 mm], [5 mm, 0 mm], [0 mm, 3 mm]]}"),
    ],
)
def test_anything_else_goes_through_gmsh_and_stays_convex(outline, shape, tmp_path):
    stack, plane = planned(text(outline, shape), tmp_path)
    found = quality(stack, plane)
    assert found.largest_angle_deg > 90.1
    assert found.largest_angle_deg < 180
    assert found.smallest_jacobian > 0.1


@pytest.mark.serial
@pytest.mark.parametrize("size", [1.0, 1.3, 1.7, 2.0, 2.5, 3.0, 4.0])
@pytest.mark.parametrize("place", ["at: [2 mm, 1 mm]", "at: [-3.3 mm, 0.7 mm]", "at: [6 mm, 0 mm]"])
def test_a_circle_is_meshed_at_any_size_and_place(place, size, tmp_path):
    stack = stack_of(text(shape="{circle: 5 mm}", place=place).replace("2 mm}", f"{size} mm}}"), tmp_path)
    assert quality(stack, plane_mesh(stack)).smallest_jacobian > 0.05  # convex


@pytest.mark.serial
def test_scattered_rectangles_do_not_make_a_wasteful_tensor_grid(tmp_path):
    regions = ", ".join(
        f"{{name: r{k}, shape: {{rectangle: [0.3 mm, 0.3 mm]}}, material: copper, "
        f"at: [{0.71 * k - 9:.3f} mm, {(k * 7 % 26) * 0.37 - 4.7:.3f} mm]}}"
        for k in range(26)
    )
    case = text().replace("[{name: part, shape: {rectangle: [8 mm, 4 mm]}, material: copper, }]", f"[{regions}]")
    stack = stack_of(case, tmp_path)
    outlines = [polygon for region in stack.layers[1].regions for polygon in region.polygons]
    assert tensor.grid_lines(stack, outlines) is None
    assert plane_mesh(stack).areas.sum() == pytest.approx(200e-6, rel=1e-9)


@pytest.mark.serial
def test_no_edge_is_longer_than_asked_for_in_a_tensor_grid(tmp_path):
    _, plane = planned(text(), tmp_path)
    assert edges(plane).max() <= 2 * (1 + 1e-9)


@pytest.mark.serial
@pytest.mark.parametrize(("outline", "slack"), [(RECTANGLE, 1e-9), (DISC, 0.3)], ids=["tensor", "Gmsh"])
def test_cells_are_small_at_edges_and_grow_away_from_them(outline, slack, tmp_path):
    """Those at an edge are as small as asked for; to Gmsh a size is a hint."""
    _, plane = planned(text(outline, "{rectangle: [6 mm, 4 mm]}", refinement=REFINED), tmp_path)
    middles = 1e3 * plane.points[plane.quads].mean(axis=1)
    size = edges(plane).min(axis=1)
    distance = np.maximum(np.abs(middles[:, 0]) - 3, np.abs(middles[:, 1]) - 2)
    at_edge = np.abs(distance) < 0.15
    assert size[at_edge].max() <= 0.25 * (1 + slack)
    assert size[at_edge].min() >= 0.25 / 3
    assert edges(plane).max() > 4 * 0.25
    assert edges(plane).max() <= 2 * 1.5


@pytest.mark.serial
def test_regions_of_cells_are_empty_outside_parts(tmp_path):
    _, plane = planned(text(), tmp_path)
    assert set(np.unique(plane.region[0])) == {0}
    assert set(np.unique(plane.region[1])) == {EMPTY, 1}
    assert plane.areas[plane.region[1] == 1].sum() == pytest.approx(32e-6, rel=1e-9)


CASES = {
    "tensor": text(),
    "disc": text(DISC),
    "grid": text(place="grid: {count: [2, 2], pitch: [9 mm, 5 mm]}", shape="{rectangle: [3 mm, 2 mm]}"),
    "ring": text(shape="{rectangle: [8 mm, 6 mm], hole: [4 mm, 3 mm]}"),
    "circle": text(shape="{circle: 5 mm}", place="at: [2 mm, 1 mm]"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_count_of_nodes_is_that_of_the_degree_2_space(name, shared_path, comm):
    mesh = mesh_of(CASES[name], shared_path, comm)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2))
    count = on_root(comm, lambda: nodes(mesh.stack, held(mesh.whole)))
    assert count == space.dofmap.index_map.size_global


@pytest.mark.parametrize("name", CASES)
def test_the_count_of_cells_is_that_of_the_mesh(name, shared_path, comm):
    mesh = mesh_of(CASES[name], shared_path, comm)
    assert on_root(comm, lambda: quality(mesh.stack, held(mesh.whole)).cells) == mesh.cells


@pytest.mark.serial
def test_quality_of_a_known_mesh(tmp_path):
    stack = stack_of(text(), tmp_path)
    # one parallelogram of 2 x 1 mm at 45 degrees under layers of 2 x 0.25 mm and, empty there, 0.2 mm
    points = 1e-3 * np.array([[0, 0], [2, 0], [2 + np.sqrt(0.5), np.sqrt(0.5)], [np.sqrt(0.5), np.sqrt(0.5)]])
    found = quality(stack, PlaneMesh(points, np.array([[0, 1, 2, 3]]), np.array([[0], [EMPTY]], dtype=np.int32)))
    assert found.cells == 2
    assert (found.smallest_angle_deg, found.largest_angle_deg) == pytest.approx((45, 135))
    assert found.smallest_jacobian == pytest.approx(np.sqrt(0.5))
    assert found.largest_aspect_ratio == pytest.approx(2 / 0.25)


BARE_DIE = """title: bare die on a board
geometry:
  outline: {shape: OUTLINE}
  symmetry: SYMMETRY
  layers:
    - {name: board, thickness: 1 mm, material: bt-core}
    - {name: die, thickness: 0.7 mm, regions: [{name: die, shape: {rectangle: [16 mm, 16 mm]}, material: silicon}]}
mesh: {in_plane_size: 20 mm}
process:
  stress_free_temperature: 175 degC
  steps: [{name: cool, temperature: 25 degC}]
analysis: {deflection: small}
"""
SQUARE_BOARD, ROUND_BOARD = "rectangle, size: [60 mm, 60 mm]", "disc, diameter: 60 mm"


@pytest.mark.serial
@pytest.mark.parametrize("symmetry", ["none", "quarter"])
@pytest.mark.parametrize("outline", [SQUARE_BOARD, ROUND_BOARD])
def test_a_large_die_has_four_cells_across_whatever_the_size(outline, symmetry, tmp_path):
    _, plane = planned(BARE_DIE.replace("OUTLINE", outline).replace("SYMMETRY", symmetry), tmp_path)
    die = plane.region[1] == 1
    assert edges(plane)[die].max() < 4 * (1.01 if outline == SQUARE_BOARD else 1.5)
    assert edges(plane).max() > 6


def test_a_die_smaller_than_the_cells_bends_its_board_as_on_fine_ones(solve):
    """Second mesh: cells of 1 mm give 295.07 um; one cell over the die and one beside it gave 320."""
    (step,) = solve(BARE_DIE.replace("OUTLINE", SQUARE_BOARD).replace("SYMMETRY", "quarter"))["steps"]
    assert step["warpage_um"] == pytest.approx(295.07, rel=0.025)


@pytest.mark.serial
def test_many_dies_of_one_cell_are_doubted_and_bumps_are_not(tmp_path):
    grid = "grid: {count: [9, 9], pitch: [6 mm, 6 mm]}"
    dies = BARE_DIE.replace("OUTLINE", SQUARE_BOARD).replace("SYMMETRY", "none")
    dies = dies.replace("[16 mm, 16 mm]}, material: silicon", f"[5 mm, 5 mm]}}, material: silicon, {grid}")
    (text,) = coarse(stack_of(dies, tmp_path))
    assert "region 'die/die' of 5 mm has about one cell across" in text
    assert "below 2.5 mm" in text
    assert not list(coarse(stack_of(dies.replace("in_plane_size: 20 mm", "in_plane_size: 2.5 mm"), tmp_path)))
    assert not list(coarse(stack_of(dies.replace("[5 mm, 5 mm]", "[2 mm, 2 mm]"), tmp_path)))
