"""Any layout is cut into convex quadrilaterals that cover its parts exactly, however coarse the cells."""

import numpy as np
import pytest
import shapely

from meshes.parity import even
from meshes.plane import plane_mesh
from meshes.quality import quality
from meshes.smoothing import corner_sines, smoothed
from meshes.subdivision import subdivided
from tests.probing import stack_of

CASE = """title: any layout
geometry:
  outline: {outline}
  layers:
    - name: board
      thickness: 0.5 mm
      material: fr4
      regions: [{regions}]
mesh: {{in_plane_size: {size:.4f} mm}}
process:
  stress_free_temperature: 25 degC
  steps: [{{name: hot, temperature: 35 degC}}]
"""
SQUARE, DISC = "{shape: rectangle, size: [18 mm, 18 mm]}", "{shape: disc, diameter: 26 mm}"


def shape(kind: str, a: float, b: float) -> str:
    return {
        "circle": f"{{circle: {a:.3f} mm}}",
        "barrel": f"{{circle: {a:.3f} mm, bore: {0.85 * a:.3f} mm}}",
        "rectangle": f"{{rectangle: [{a:.3f} mm, {b:.3f} mm]}}",
        "turned": f"{{rectangle: [{0.7 * a:.3f} mm, {0.6 * b:.3f} mm], rotation: 0.4 rad}}",
        "ring": f"{{rectangle: [{a:.3f} mm, {b:.3f} mm], hole: [{0.6 * a:.3f} mm, {0.7 * b:.3f} mm]}}",
        "polygon": f"{{polygon: [[{-a / 2:.3f} mm, {-b / 2:.3f} mm], [{a / 2:.3f} mm, {-b / 3:.3f} mm], "
        f"[{a / 5:.3f} mm, {b / 2:.3f} mm], [{-a / 3:.3f} mm, {b / 4:.3f} mm], [{-a / 2:.3f} mm, {b / 3:.3f} mm]]}}",
    }[kind]


def layout(seed: int) -> str:
    """Up to six parts in a 3 x 3 field of places, and cells of 0.3 to 3 times their size."""
    draw = np.random.default_rng(seed)
    kinds = draw.choice(["circle", "barrel", "rectangle", "turned", "ring", "polygon"], draw.integers(1, 7))
    places = draw.permutation([(x, y) for x in (-5.6, 0.1, 5.7) for y in (-5.5, 0.0, 5.4)])[: len(kinds)]
    regions = ", ".join(
        f"{{name: r{k}, material: copper, shape: {shape(kind, *draw.uniform(1.5, 4.5, 2))}, "
        f"at: [{x + draw.uniform(-0.5, 0.5):.3f} mm, {y + draw.uniform(-0.5, 0.5):.3f} mm]}}"
        for k, (kind, (x, y)) in enumerate(zip(kinds, places, strict=True))
    )
    return CASE.format(outline=draw.choice([SQUARE, DISC]), regions=regions, size=3 * 10 ** draw.uniform(-0.5, 0.5))


def convex_and_exact(case: str, directory) -> float:
    """Smallest sine of a corner; `plane_mesh` itself compares the area of every region."""
    stack = stack_of(case, directory)
    plane = plane_mesh(stack)
    corners = plane.points[plane.quads]
    assert shapely.area(shapely.polygons(corners)).sum() == pytest.approx(stack.modelled.area, rel=1e-9)
    return quality(stack, plane).smallest_jacobian


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_a_random_layout_is_meshed_with_no_corner_nearly_straight_or_sharp(seed, tmp_path):
    """4 and 176 deg: a circle of 2 pi / 0.13 sides or a thin ring may ask for cells as blunt or as sharp as that."""
    assert convex_and_exact(layout(seed), tmp_path) > np.sin(np.radians(4.0))


@pytest.mark.serial
def test_a_node_goes_where_the_worst_corner_around_it_is_best_and_held_ones_stay():
    x, y = np.meshgrid(np.arange(3.0), np.arange(3.0))
    points = np.column_stack([x.ravel(), y.ravel()])
    points[4] = 0.15, 0.1  # of four squares the first is all but folded
    cells = np.array([[k, k + 1, k + 4, k + 3] for k in (0, 1, 3, 4)])
    assert corner_sines(points[cells]).min() < 0.15
    found = smoothed(points, cells, lambda nodes: nodes == 4)
    assert corner_sines(found[cells]).min() > 0.95
    np.testing.assert_array_equal(np.delete(found, 4, axis=0), np.delete(points, 4, axis=0))
    np.testing.assert_array_equal(smoothed(points, cells, lambda nodes: nodes < 0), points)


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.parametrize("size", [3.0, 4.0, 5.0, 7.0, 10.0])
@pytest.mark.parametrize("part", ["{circle: 3 mm}", "{circle: 3 mm, bore: 2.6 mm}"])
def test_a_small_circle_beside_dies_is_meshed_with_large_cells(part, size, tmp_path):
    dies = (
        "{name: dies, shape: {rectangle: [4 mm, 5 mm]}, grid: {count: [1, 2], pitch: [7 mm, 7 mm]}, material: silicon}"
    )
    regions = f"{{name: hole, shape: {part}, at: [5.3 mm, 2.1 mm], material: copper}}, {dies}"
    assert convex_and_exact(CASE.format(outline=SQUARE, regions=regions, size=size), tmp_path) > 0.02


@pytest.mark.serial
def test_triangles_and_concave_quadrilaterals_become_convex_ones_of_the_same_area():
    points = np.array([[0, 0], [2, 0], [2, 2], [0.5, 0.5], [0, 2], [3, 1]], dtype=float)
    found, cells = subdivided(points, np.array([[1, 5, 2]]), np.array([[0, 1, 2, 3], [0, 3, 2, 4]]))
    x, y = found[cells].transpose(2, 0, 1)
    turn = (np.roll(x, -1, 1) - x) * (np.roll(y, 1, 1) - y) - (np.roll(y, -1, 1) - y) * (np.roll(x, 1, 1) - x)
    assert turn.min() > 0
    assert turn.sum() / 4 == pytest.approx(5.0)
    ends = np.sort(np.stack([cells, np.roll(cells, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    assert np.unique(ends, axis=0, return_counts=True)[1].max() == 2


@pytest.mark.serial
def test_sums_around_faces_become_even_by_one_more_edge_where_needed():
    # two triangles that share curve 2, and a triangle for itself
    faces = [[0, 1, 2], [2, 3, 4], [5, 6, 7]]
    counts, length = np.array([1, 1, 1, 1, 1, 2, 1, 1]), np.array([1.0, 1, 3, 1, 1, 1, 1, 1])
    found = even(counts, length, faces)
    assert [found[face].sum() % 2 for face in faces] == [0, 0, 0]
    np.testing.assert_array_equal(found - counts, [0, 0, 1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(even(found, length, faces), found)
