"""Side files that are cut, garbled or made up: each is read, or refused in one line that names it."""

import io
import random
from pathlib import Path

import gdstk
import numpy as np
import pytest
import shapely
from PIL import Image

from solver.case.floorplans import floorplans
from solver.case.thermal import PowerSource
from solver.errors import CaseError
from solver.layout.copper import CopperMap
from solver.layout.density import density

pytestmark = pytest.mark.serial

GERBER = b"""%FSLAX46Y46*%
%MOMM*%
%AMT*$3=$1x2*21,1,$3,$2,2,0,90*1,0,0.5,0,2*7,0,0,2,1,0.2,30*%
%ADD10T,2X1*%
%ADD11C,1X0.5*%
%ADD12C,0.5*%
%LPD*%
D11*
X0Y0D03*
D12*
%SRX2Y2I2J2*%
X1000000Y500000D02*
G75*
G03X0Y1000000I-1000000J0D01*
%SR*%
G36*
X0Y0D02*
G01X2000000D01*
Y1000000D01*
X0Y0D01*
G37*
D10*
X3000000Y0D03*
M02*
"""
FLP = b"a 1e-3 1e-3 0 0 1e6 0.01\nb 1e-3 2e-3 1e-3 0\n"
ICE = b"a : position 0, 0 ; dimension 1000, 1000 ; material copper ; power values 1, 2 ;\n"
ICE += b"b : rectangle (1000, 0, 5, 5) ;\n"
PACT = b"UnitName,X,Y,Length (m),Width (m),ConfigFile,Label\na,0,0,1e-3,1e-3,,Si\nb,1e-3,0,1e-3,1e-3,,\n"


def _gds() -> bytes:
    library = gdstk.Library()
    pad, top = library.new_cell("PAD"), library.new_cell("TOP")
    pad.add(gdstk.rectangle((0, 0), (10, 10), layer=7))
    top.add(gdstk.Reference(pad, columns=3, rows=2, spacing=(20, 20)), gdstk.FlexPath([(0, 50), (50, 50)], 2, layer=7))
    return _written(library.write_gds)


def _written(write) -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def _png() -> bytes:
    held = io.BytesIO()
    Image.fromarray(np.full((64, 64), 128, dtype=np.uint8)).save(held, "PNG")
    return held.getvalue()


def _map(key: str, **more):
    spec = CopperMap.model_validate({key: "file", "dielectric": "abf", "crop": True, **more} if key in ("gds", "gerber")
                                    else {key: "file", "dielectric": "abf", **more})  # fmt: skip
    return lambda folder: density(spec, folder, shapely.box(0, 0, 4e-3, 2e-3))


def _plan(**more: str):
    return lambda folder: floorplans([PowerSource.model_validate({"layer": "l", **more})], folder)


KINDS = {
    "grid": (b"0.1, 0.2\n0.3, 0.4\n", _map("csv")),
    "picture": (_png(), _map("image", cell="1 mm")),
    "gds": (_gds(), _map("gds", layer=7, cell="1 mm")),
    "gerber": (GERBER, _map("gerber", cell="1 mm")),
    "hotspot": (FLP, _plan(floorplan="file", trace="t.ptrace", interval="1 s")),
    "trace": (b"a b\n1 2\n3 4\n", _plan(floorplan="f.flp", trace="file", interval="1 s")),
    "3d-ice": (ICE, _plan(floorplan="file", interval="1 s")),
    "pact": (PACT, _plan(floorplan="file", trace="t.ptrace", interval="1 s")),
}
WORDS = [b"", b"\0", b"\xff\xfe", b"-1", b"1e999", b"nan", b"9" * 400, b"$1/0", b"((((", b"*", b"%", b"\n\n", b"\r",
         b"'", b"=1+1", b"\x1b[31m", "漢".encode(), b"1_0", b";", b":", b"/*", b"//", b'"', b"[/b]",
         b"%SRX9Y9I1J1*%"]  # fmt: skip


def garbled(good: bytes, seed: int) -> bytes:
    """Cut, with a word put in, with bytes changed, or doubled in part."""
    chance = random.Random(seed)
    at, end = sorted(chance.randrange(len(good) + 1) for _ in range(2))
    return chance.choice([
        good[:at], good[at:], good[:at] + good[end:], good[:at] + chance.choice(WORDS) + good[at:],
        good[:at] + chance.choice(WORDS) + good[end:], good[:end] + good[at:],
        good[:at] + bytes([chance.randrange(256)]) + good[at + 1 :], chance.randbytes(200),
    ])  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_garbled_file_is_read_or_refused_in_one_line(kind, tmp_path):
    good, read = KINDS[kind]
    (tmp_path / "f.flp").write_bytes(FLP)
    (tmp_path / "t.ptrace").write_bytes(b"a b\n1 2\n3 4\n")
    (tmp_path / "file").write_bytes(good)
    read(tmp_path)
    refused = 0
    for seed in range(150):
        (tmp_path / "file").write_bytes(garbled(good, seed))
        try:
            read(tmp_path)
        except CaseError as error:
            refused += 1
            assert str(error).isprintable(), seed
            assert len(str(error)) < 400 + len(str(tmp_path)), seed
            assert "file" in str(error) or "f.flp" in str(error), seed
    assert refused > 20
