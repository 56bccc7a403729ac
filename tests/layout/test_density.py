"""Copper patterns: no metal is lost, and windows conduct as their pattern does."""

import os
import struct
import zlib

import numpy as np
import pytest
import shapely
from PIL import Image

from solver.errors import CaseError
from solver.homogenise.problem import conductivity
from solver.homogenise.section import Bar
from solver.layout.copper import CopperMap
from solver.layout.density import density
from solver.materials.mix.traces import conductivity as traces

pytestmark = pytest.mark.serial

BOX = shapely.box(-2e-3, -1e-3, 2e-3, 1e-3)
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
    given = {"gds": "layer.gds", "layer": 7, "dielectric": "abf", "cell": "1 mm", "crop": True}
    found = density(CopperMap.model_validate(given), tmp_path, BOX)
    clipped = 6 * width - 2 * (950 + width / 2 - 1000)
    assert found.fraction.mean() == pytest.approx(clipped / 2000, rel=1e-9)
    assert np.all(found.along[..., 0] > 0.98) and np.all(found.along[..., 1] < 0.02)
    with pytest.raises(CaseError, match=r"nothing on layer 8, data type 0; there are \[\(1, 0\), \(7, 0\)\]"):
        density(CopperMap.model_validate({**given, "layer": 8}), tmp_path, BOX)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.2, 1.2\n", "between 0 and 1"),
        ("0.1, 0.2\n\n0.3, b\n", "map.csv, line 3: 'b' is no number"),
        ("0.1, 0.2\n0.3\n", "line 2: 1 numbers, but 2"),
        ("0.1, nan\n", "line 1: 'nan' is no number"),
        ("", "the file is empty"),
        ("# nothing\n", "no number in it"),
        ("0.1, " + "x" * 5000, r"line 1: 'x{30}\.\.\.' is no number$"),
    ],
)
def test_wrong_grids_are_named(tmp_path, text, words):
    (tmp_path / "map.csv").write_text(text)
    with pytest.raises(CaseError, match=words):
        density(CopperMap.model_validate({"csv": "map.csv", "dielectric": "abf"}), tmp_path, BOX)


def test_a_picture_needs_a_pixel_per_window(tmp_path):
    with pytest.raises(CaseError, match="320 x 160 pixels for 400 x 200 windows"):
        picture(tmp_path, COLUMNS, cell="10 um")


def test_a_picture_is_read_as_viewers_show_it(tmp_path):
    """Left half metal: in 16 bits, in a palette that is the other way round, and lying on its side (EXIF)."""
    metal = np.zeros((4, 8))
    metal[:, :4] = 1.0
    whole = CopperMap.model_validate({"image": "layer.png", "dielectric": "abf", "cell": "1 mm"})
    Image.fromarray((65535 * metal).astype(np.uint16)).save(tmp_path / "layer.png")
    assert density(whole, tmp_path, BOX).fraction[0].tolist() == [1, 1, 0, 0]
    Image.fromarray((20000 * metal).astype(np.uint16)).save(tmp_path / "layer.png")
    assert density(whole, tmp_path, BOX).fraction[0, 0] == pytest.approx(20000 / 65535)
    palette = Image.fromarray((1 - metal).astype(np.uint8), "P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.save(tmp_path / "layer.png")
    assert density(whole, tmp_path, BOX).fraction[0].tolist() == [1, 1, 0, 0]
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned to the right
    Image.fromarray((255 * np.rot90(metal)).astype(np.uint8)).save(tmp_path / "layer.png", exif=turned)
    assert density(whole, tmp_path, BOX).fraction[0].tolist() == [1, 1, 0, 0]


def _bomb() -> bytes:
    """A PNG of 60000 x 60000 pixels in 60 bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def test_pictures_that_do_not_do_are_refused(tmp_path):
    path = tmp_path / "layer.png"
    spec = CopperMap.model_validate({"image": "layer.png", "dielectric": "abf"})

    def message() -> str:
        with pytest.raises(CaseError) as caught:
            density(spec, tmp_path, BOX)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    grey = Image.fromarray(np.full((64, 128), 255, dtype=np.uint8))
    path.write_bytes(_bomb())
    assert "more than 40 million pixels" in message()
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")  # would start another program
    assert "not a picture" in message()
    grey.save(path)
    path.write_bytes(path.read_bytes()[:50])
    assert "damaged" in message()
    clear = grey.convert("RGBA")
    clear.putpixel((3, 3), (255, 255, 255, 10))
    clear.save(path)
    assert "transparent" in message()
    grey.save(path, format="GIF", save_all=True, append_images=[Image.fromarray(np.zeros((64, 128), dtype=np.uint8))])
    assert "2 pictures in one file" in message()


def test_copies_and_paths_of_a_gds_file_are_metal(tmp_path):
    """An array of 3 x 2 cells, twice as large and turned, a path, and a label far away, which is no geometry."""
    gdstk = pytest.importorskip("gdstk")
    library = gdstk.Library(unit=1e-3, precision=1e-9)  # mm
    pad, top = library.new_cell("PAD"), library.new_cell("TOP")
    pad.add(gdstk.rectangle((0, 0), (0.1, 0.1), layer=7))
    top.add(gdstk.Reference(pad, (-1, -0.9), magnification=2, rotation=0.2, columns=3, rows=2, spacing=(0.5, 0.5)))
    top.add(gdstk.FlexPath([(-1.5, 0.8), (1.5, 0.8)], 0.1, layer=7, ends="extended", simple_path=True))
    top.add(gdstk.rectangle((-2, -1), (2, 1), layer=1), gdstk.Label("far", (50, 50)))
    library.write_gds(tmp_path / "layer.gds")
    given = {"gds": "layer.gds", "layer": 7, "dielectric": "abf", "cell": "1 mm"}
    found = density(CopperMap.model_validate(given), tmp_path, BOX)
    assert 8 * found.fraction.mean() == pytest.approx(6 * 0.04 + 0.31, rel=1e-6)


def test_gds_files_that_do_not_do_are_refused(tmp_path):
    gdstk = pytest.importorskip("gdstk")
    path = tmp_path / "layer.gds"

    def message(*cells, **more) -> str:
        if cells:
            library = gdstk.Library()
            library.add(*cells)
            library.write_gds(path)
        given = {"gds": "layer.gds", "layer": 7, "dielectric": "abf", **more}
        with pytest.raises(CaseError) as caught:
            density(CopperMap.model_validate(given), tmp_path, BOX)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def cell(name: str, *parts):
        made = gdstk.Cell(name)
        made.add(gdstk.rectangle((0, 0), (1, 1), layer=7), *parts)
        return made

    assert "2 cells are in no other: A, B; say which with `top_cell`" in message(cell("A"), cell("B"))
    assert "there is no cell 'C'" in message(cell("A"), cell("B"), top_cell="C")
    assert "cell 'A' has copies of 'GONE', not there" in message(cell("A", gdstk.Reference("GONE")))
    inner = cell("INNER")
    array = gdstk.Reference(inner, columns=30000, rows=30000, spacing=(2, 2))
    assert "more than 5 million polygons" in message(cell("A", array), inner)
    inner.add(gdstk.Reference(inner))
    assert "cell 'INNER' has copies of itself" in message(cell("A", gdstk.Reference(inner)), inner, top_cell="A")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "not complete" in message()
    path.write_bytes(b"hello")
    assert "not a GDS file" in message()


def test_files_are_ordinary_ones_in_the_directory_of_the_case(tmp_path, monkeypatch):
    """A pipe would hang, a device never end, and another's file is none of the case's."""
    case, outside = tmp_path / "case", tmp_path / "secret.csv"
    case.mkdir()
    outside.write_text("0.1, 0.2\n")

    def found(file: str):
        return density(CopperMap.model_validate({"csv": file, "dielectric": "abf"}), case, BOX)

    os.mkfifo(case / "pipe.csv")
    (case / "link.csv").symlink_to(outside)
    (case / "inside.csv").symlink_to("real.csv")
    (case / "real.csv").write_text("0.1, 0.2\n")
    for file in ("../secret.csv", str(outside), "link.csv", "/dev/zero", "../nowhere.csv"):
        with pytest.raises(CaseError, match="lies outside the case directory"):
            found(file)
    with pytest.raises(CaseError, match="a pipe"):
        found("pipe.csv")
    with pytest.raises(CaseError, match="a directory"):
        found(".")
    assert found("inside.csv").fraction.tolist() == [[0.1, 0.2]]
    monkeypatch.setenv("PLANISH_ALLOW_OUTSIDE", "1")
    assert found("../secret.csv").fraction.tolist() == [[0.1, 0.2]]
    with pytest.raises(CaseError, match="a device"):
        found("/dev/zero")
