"""Outlines and shapes: wafers with notch and flat, ellipses, holes, slots, turned regions."""

import pickle

import numpy as np
import pytest
import shapely

from meshes.plane import plane_mesh
from meshes.quality import quality
from solver.errors import CaseError
from solver.stackup.shapes import packed, unpacked
from tests.probing import stack_of

CASE = """title: shapes
geometry:
  outline: {outline}
  symmetry: {symmetry}
  layers:
    - {{name: base, thickness: 0.7 mm, material: silicon}}
    - {{name: top, thickness: 0.2 mm, material: emc-generic, regions: [{regions}]}}
mesh: {{in_plane_size: {size}}}
process:
  stress_free_temperature: 150 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""


def stack(tmp_path, outline: str, regions: str = "", symmetry: str = "none", size: str = "10 mm"):
    return stack_of(CASE.format(outline=outline, regions=regions, symmetry=symmetry, size=size), tmp_path)


def segment(radius: float, chord: float) -> float:
    """Area between a chord and its arc."""
    half = np.arcsin(chord / 2 / radius)
    return radius**2 * (half - np.sin(half) * np.cos(half))


@pytest.mark.parametrize("diameter", [100.0, 150.0])
def test_a_flat_has_the_length_of_the_standard(diameter, tmp_path):
    """SEMI M1: primary flats of 32.5 and 57.5 mm on wafers of 100 and 150 mm."""
    length = {100.0: 32.5, 150.0: 57.5}[diameter]
    found = stack(tmp_path, f"{{shape: disc, diameter: {diameter} mm, flat: true}}", size="2 mm").outline
    lost = np.pi * (diameter / 2) ** 2 - 1e6 * found.area
    assert lost == pytest.approx(segment(diameter / 2, length), rel=0.01)
    assert -1e3 * found.bounds[1] == pytest.approx(np.sqrt((diameter / 2) ** 2 - (length / 2) ** 2), rel=1e-9)
    assert 1e3 * found.bounds[3] == pytest.approx(diameter / 2, rel=1e-3)


def test_a_notch_takes_a_square_on_its_corner(tmp_path):
    """SEMI M1: 1 mm deep, 90 deg: the triangle of area depth^2 tan 45, and next to nothing for the arc."""
    whole = stack(tmp_path, "{shape: disc, diameter: 300 mm}", size="2 mm").outline
    found = stack(tmp_path, "{shape: disc, diameter: 300 mm, notch: true}", size="2 mm").outline
    assert 1e6 * (whole.area - found.area) == pytest.approx(1.0, rel=0.03)
    blunt = stack(tmp_path, "{shape: disc, diameter: 300 mm, notch: {depth: 2 mm, angle: 60 deg}}", size="2 mm").outline
    assert 1e6 * (whole.area - blunt.area) == pytest.approx(4 * np.tan(np.pi / 6), rel=0.03)


@pytest.mark.parametrize("symmetry", ["none", "half-x"])
@pytest.mark.parametrize("mark", ["notch: true", "flat: 60 mm"])
@pytest.mark.slow
def test_a_marked_wafer_is_meshed(mark, symmetry, tmp_path):
    found = stack(tmp_path, f"{{shape: disc, diameter: 300 mm, {mark}}}", symmetry=symmetry)
    plane = plane_mesh(found)
    assert plane.areas.sum() * found.multiplicity == pytest.approx(found.outline.area, rel=1e-9)
    assert quality(found, plane).smallest_jacobian > 0.05


def test_an_ellipse_has_its_area(tmp_path):
    found = stack(tmp_path, "{shape: ellipse, size: [60 mm, 40 mm]}")
    assert found.outline.area == pytest.approx(np.pi * 30e-3 * 20e-3, rel=1e-9)
    region = stack(
        tmp_path,
        "{shape: rectangle, size: [60 mm, 60 mm]}",
        "{name: pad, shape: {ellipse: [20 mm, 8 mm]}, material: copper}",
    ).layers[1].regions[0]  # fmt: skip
    assert region.polygons[0].area == pytest.approx(np.pi * 10e-3 * 4e-3, rel=1e-9)


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_a_region_is_turned_about_its_place(symmetry, tmp_path):
    grid = "grid: {count: [2, 2], pitch: [24 mm, 24 mm]}"
    shape = "{rectangle: [12 mm, 12 mm], rotation: 45 deg}"
    found = stack(
        tmp_path,
        "{shape: rectangle, size: [60 mm, 60 mm]}",
        f"{{name: die, shape: {shape}, material: silicon, {grid}}}",
        symmetry,
    )
    half = 6e-3 * np.sqrt(2)
    assert found.layers[1].regions[0].polygons[-1].bounds == pytest.approx(
        [12e-3 - half, 12e-3 - half, 12e-3 + half, 12e-3 + half]
    )
    plane = plane_mesh(found)
    assert plane.areas[plane.region[1] == 1].sum() * found.multiplicity == pytest.approx(4 * 144e-6, rel=1e-6)


@pytest.mark.parametrize(
    "outline", ["{shape: rectangle, size: [60 mm, 60 mm], holes: [{shape: {rectangle: [20 mm, 10 mm]}}]}",
                "{shape: disc, diameter: 60 mm, holes: [{shape: {circle: 20 mm}}]}",
                "{shape: disc, diameter: 60 mm, holes: [{shape: {circle: 20 mm}}, {shape: {rectangle: [25 mm, 1 mm]}, "
                "at: [20 mm, 0 mm]}]}"],
    ids=["frame", "annulus", "slit annulus"],
)  # fmt: skip
def test_outlines_with_holes_are_meshed(outline, tmp_path):
    found = stack(tmp_path, outline, size="4 mm")
    plane = plane_mesh(found)
    assert plane.areas.sum() == pytest.approx(found.outline.area, rel=1e-9)
    assert found.outline.area < 0.95 * (3600e-6 if "rectangle, size" in outline else np.pi * 900e-6)


@pytest.mark.parametrize(
    ("outline", "regions", "words"),
    [
        ("{shape: rectangle, size: [60 mm, 60 mm], flat: 20 mm}", "", "has no 'flat'; a disc has"),
        ("{shape: disc, diameter: 99 mm, flat: true}", "", "give the length of this one"),
        ("{shape: disc, diameter: 100 mm, flat: true, notch: true}", "", "a notch or a flat, not both"),
        ("{shape: disc, diameter: 100 mm, notch: {depth: 1 mm, angle: 200 deg}}", "", "between 0 and 180 deg"),
        ("{shape: disc, diameter: 100 mm, notch: {depth: 1 mm, angle: 200}}", "", "a plane angle needs a unit"),
        ("{shape: rectangle, size: [60 mm, 60 mm], holes: [{shape: {rectangle: [2 mm, 70 mm]}}]}", "", "in pieces"),
        ("{shape: rectangle, size: [60 mm, 60 mm], holes: [{shape: {rectangle: [70 mm, 70 mm]}}]}", "", "nothing of"),
        ("{shape: rectangle, size: [60 mm, 60 mm], holes: [{shape: {circle: 10 mm}}]}",
         "{name: die, shape: {rectangle: [8 mm, 8 mm]}, material: silicon}", "reaches outside the outline"),
    ],
)  # fmt: skip
def test_outlines_that_cannot_be_are_refused(outline, regions, words, tmp_path):
    with pytest.raises(CaseError) as caught:
        stack(tmp_path, outline, regions)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_polygons_are_the_same_on_another_rank():
    holed = shapely.Point(0.0, 0.0).buffer(1 / 3).difference(shapely.box(-0.1, -0.1, 0.1, 0.1))
    for polygons in ((), (holed, shapely.box(0.1, 0.2, 0.3, 0.7))):
        assert unpacked(pickle.loads(pickle.dumps(packed(polygons)))) == polygons
    assert unpacked(packed(None)) is None
