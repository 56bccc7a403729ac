"""Copper patterns: no metal is lost, and windows conduct as their pattern does."""

import sys

import numpy as np
import pytest
import shapely
from PIL import Image

from solver.case.copper import CopperMap
from solver.errors import CaseError
from solver.homogenise.problem import conductivity
from solver.homogenise.section import Bar
from solver.layout.density import density
from solver.materials.mix.traces import conductivity as traces

BOX = (-2e-3, -1e-3, 2e-3, 1e-3)
METAL, RESIN = 400.0, 0.4
COLUMNS = np.tile(np.arange(320) % 8 < 3, (160, 1))  # traces along y, three eighths metal


def picture(tmp_path, metal: np.ndarray, **more):
    Image.fromarray((255 * metal).astype(np.uint8)).save(tmp_path / "layer.png")
    spec = CopperMap.model_validate({"image": "layer.png", "dielectric": "abf", "cell": "1 mm", **more})
    return density(spec, tmp_path, BOX)


def plane(found, fraction: float) -> np.ndarray:
    """Conductivity along x and y of the first window."""
    k = traces(np.full(3, METAL), np.full(3, RESIN), fraction, tuple(found.along[0, 0]))
    return k[:2]


@pytest.mark.parametrize(("metal", "axis"), [(COLUMNS, 1), (np.rot90(COLUMNS)[:160, :160].repeat(2, 1), 0)])
def test_traces_conduct_along_and_insulate_across(tmp_path, metal, axis):
    found = picture(tmp_path, metal)
    fraction = metal.mean()
    expected = np.full(2, 1 / (fraction / METAL + (1 - fraction) / RESIN))
    expected[axis] = fraction * METAL + (1 - fraction) * RESIN
    assert found.fraction == pytest.approx(fraction)
    assert plane(found, fraction) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("holes", [False, True])
def test_islands_and_sheets_with_holes_conduct_as_their_unit_cell(tmp_path, holes):
    """A quarter of the plane; the mean of two bounds is within a tenth of finite elements."""
    square = (np.arange(160)[:, None] % 8 < 4) & (np.arange(320) % 8 < 4)
    metal = ~square if holes else square
    fraction = metal.mean()
    phases = [np.full(3, k) for k in ((RESIN, METAL) if holes else (METAL, RESIN))]
    exact = conductivity(Bar((1e-3, 1e-3), (0.5e-3, 0.5e-3)), phases).tensor[0, 0]
    assert plane(picture(tmp_path, metal), fraction) == pytest.approx([exact] * 2, rel=0.1)


@pytest.mark.parametrize("size", [(160, 320), (37, 101), (250, 123)])
def test_no_metal_is_lost_whatever_the_pixels(tmp_path, size):
    metal = np.random.default_rng(1).integers(0, 2, size).astype(bool)
    found = picture(tmp_path, metal)
    assert found.fraction.shape == (2, 4)
    assert found.fraction.mean() == pytest.approx(metal.mean(), rel=1e-13)
    places = np.array([shapely.box(-2e-3, -1e-3, 0.3e-3, 0.1e-3), shapely.box(0.3e-3, -1e-3, 2e-3, 0.1e-3),
                       shapely.box(-2e-3, 0.1e-3, 2e-3, 1e-3)])  # fmt: skip
    fraction, along = found.over(places)
    assert shapely.area(places) @ fraction == pytest.approx(8e-6 * metal.mean(), rel=1e-13)
    assert np.all((along >= 0) & (along <= 1))


def test_black_is_metal_if_the_case_says_so(tmp_path):
    assert picture(tmp_path, COLUMNS, invert=True).fraction == pytest.approx(5 / 8)


def test_a_grid_of_fractions_is_taken_as_it_is(tmp_path):
    (tmp_path / "map.csv").write_text("0.1, 0.9\n0.3, 0.5\n")
    spec = CopperMap.model_validate({"csv": "map.csv", "dielectric": "abf", "along": [0.2, 0.7]})
    found = density(spec, tmp_path, BOX)
    assert found.fraction.tolist() == [[0.1, 0.9], [0.3, 0.5]]
    assert found.over(np.array([shapely.box(-2e-3, 0, 0, 1e-3)]))[0] == pytest.approx(0.1)  # top left
    assert np.all(found.along == (0.2, 0.7))


def test_a_layout_has_the_area_of_its_polygons_and_their_direction(tmp_path):
    gdstk = pytest.importorskip("gdstk")
    library = gdstk.Library()
    cell = library.new_cell("TOP")
    width = 130.0  # um; overlaps count once
    for y in np.arange(-950.0, 951.0, 380.0):
        cell.add(gdstk.rectangle((-2000.0, y - width / 2), (700.0, y + width / 2), layer=7))
        cell.add(gdstk.rectangle((500.0, y - width / 2), (2000.0, y + width / 2), layer=7))
    cell.add(gdstk.rectangle((-2000.0, -1000.0), (2000.0, 1000.0), layer=1))
    library.write_gds(tmp_path / "layer.gds")
    given = {"gds": "layer.gds", "layer": 7, "dielectric": "abf", "cell": "1 mm"}
    found = density(CopperMap.model_validate(given), tmp_path, BOX)
    clipped = 6 * width - 2 * (950 + width / 2 - 1000)
    assert found.fraction.mean() == pytest.approx(clipped / 2000, rel=1e-9)
    assert np.all(found.along[..., 0] > 0.98) and np.all(found.along[..., 1] < 0.02)
    with pytest.raises(CaseError, match=r"nothing on layer 8, data type 0; there are \[\(1, 0\), \(7, 0\)\]"):
        density(CopperMap.model_validate({**given, "layer": 8}), tmp_path, BOX)


@pytest.mark.parametrize(("text", "words"), [("0.2, 1.2\n", "between 0 and 1"), ("a, b\n", "not a grid of numbers")])
def test_wrong_grids_are_named(tmp_path, text, words):
    (tmp_path / "map.csv").write_text(text)
    with pytest.raises(CaseError, match=words):
        density(CopperMap.model_validate({"csv": "map.csv", "dielectric": "abf"}), tmp_path, BOX)


def test_a_picture_needs_a_pixel_per_window(tmp_path):
    with pytest.raises(CaseError, match="320 x 160 pixels for 400 x 200 windows"):
        picture(tmp_path, COLUMNS, cell="10 um")


GERBER = """%FSLAX46Y46*%
%MOMM*%
%ADD10C,0.2*%
%ADD11R,1.0X0.6*%
%LPD*%
D11*
X1000000Y0D03*
D10*
X-1500000Y500000D02*
X-500000Y500000D01*
G36*
X-1900000Y-900000D02*
X-900000Y-900000D01*
X-900000Y-100000D01*
X-1900000Y-100000D01*
X-1900000Y-900000D01*
G37*
%LPC*%
D10*
X-1400000Y-500000D03*
M02*
"""


def test_a_gerber_file_has_the_area_it_draws(tmp_path):
    """A flash, a line with round ends, a filled region, and a clear dot in it; circles to a micrometre."""
    pytest.importorskip("gerbonara")
    (tmp_path / "top.gbr").write_text(GERBER)
    given = {"gerber": "top.gbr", "dielectric": "abf", "cell": "0.5 mm", "centre": ["0 mm", "0 mm"]}
    found = density(CopperMap.model_validate(given), tmp_path, BOX)
    dot = np.pi * 0.1**2
    assert found.fraction.mean() * 8 == pytest.approx(0.6 + (0.2 + dot) + (0.8 - dot), rel=2e-3)
    assert found.fraction[0, 0] == pytest.approx(dot / 4 / 0.25, rel=0.01)  # a quarter of the end of the line
    assert found.fraction[0, -1] == 0.0
    (tmp_path / "top.gbr").write_text("%FSLAX46Y46*%\n%MOMM*%\nM02*\n")
    with pytest.raises(CaseError, match="draws nothing"):
        density(CopperMap.model_validate(given), tmp_path, BOX)


def test_a_gerber_file_without_its_reader_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gerbonara", None)
    (tmp_path / "top.gbr").write_text(GERBER)
    with pytest.raises(CaseError, match="pip install gerbonara"):
        density(CopperMap.model_validate({"gerber": "top.gbr", "dielectric": "abf"}), tmp_path, BOX)
