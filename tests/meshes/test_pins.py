"""The plane mesh has nodes where pins stand and lines where rings end."""

import numpy as np
import pytest
import shapely

from meshes.plane import plane_mesh
from meshes.quality import quality
from tests.probing import stack_of

CASE = """title: pins
geometry:
  outline: {outline}
  symmetry: {symmetry}
  layers:
    - {{name: low, thickness: 0.5 mm, material: silicon}}
    - {{name: high, thickness: 0.5 mm, material: silicon, regions: [{{name: die, shape: {shape}, material: copper}}]}}
mesh: {{in_plane_size: {size} mm}}
process:
  gravity: true
  stress_free_temperature: 25 degC
  steps: [{{name: lie, temperature: 25 degC, support: {support}}}]
"""
RECTANGLE, DISC = "{shape: rectangle, size: [100 mm, 80 mm]}", "{shape: disc, diameter: 100 mm}"
SQUARE, CIRCLE = "{rectangle: [20 mm, 20 mm]}", "{circle: 20 mm}"
# inside a face, on the edge of a region, at a corner of it, beside one by less than a cell
PINS = [(27.4, 13.1), (-10.0, 3.3), (10.0, -10.0), (3.0, 11.5), (-31.7, -22.9)]


def planned(tmp_path, support, size=10.0, outline=RECTANGLE, shape=SQUARE, symmetry="none"):
    text = CASE.format(outline=outline, shape=shape, size=size, support=support, symmetry=symmetry)
    stack = stack_of(text, tmp_path)
    return stack, plane_mesh(stack)


def pins(places) -> str:
    return "{pins: [" + ", ".join(f"[{x} mm, {y} mm]" for x, y in places) + "]}"


@pytest.mark.serial
@pytest.mark.parametrize("size", [4.0, 10.0, 20.0])
@pytest.mark.parametrize(("outline", "shape"), [(RECTANGLE, SQUARE), (RECTANGLE, CIRCLE), (DISC, SQUARE)])
def test_there_is_a_node_at_every_pin(outline, shape, size, tmp_path):
    stack, plane = planned(tmp_path, pins(PINS), size, outline, shape)
    distance = np.linalg.norm(plane.points[:, None] - 1e-3 * np.array(PINS), axis=2).min(axis=0)
    assert distance.max() < 1e-3 * size * 1e-3
    assert quality(stack, plane).smallest_jacobian > 0.05


@pytest.mark.serial
def test_of_pins_beyond_a_mirror_plane_the_images_are_nodes(tmp_path):
    _, plane = planned(tmp_path, pins([(sx * 27.4, sy * 13.1) for sx in (-1, 1) for sy in (-1, 1)]), symmetry="quarter")
    assert np.linalg.norm(plane.points - (27.4e-3, 13.1e-3), axis=1).min() < 1e-9


@pytest.mark.serial
@pytest.mark.parametrize("outline", [RECTANGLE, DISC])
def test_no_cell_lies_across_the_end_of_a_ring(outline, tmp_path):
    _, plane = planned(tmp_path, "{ring: {width: 7 mm}}", 10.0, outline)
    free = shapely.polygons(plane.points[plane.quads]).copy()
    inner = shapely.Point(0, 0).buffer(43e-3) if outline == DISC else shapely.box(-43e-3, -33e-3, 43e-3, 33e-3)
    part = shapely.area(shapely.intersection(free, inner)) / shapely.area(free)
    assert np.minimum(part, 1 - part).max() < (0.03 if outline == DISC else 1e-9)  # the disc is a polygon
