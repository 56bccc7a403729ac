"""Gerber files: areas by hand, for every command of the format (Ucamco, The Gerber Layer Format Specification)."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from solver.errors import CaseError
from solver.layout import gerber
from solver.layout.copper import CopperMap
from solver.layout.density import densities, density

pytestmark = pytest.mark.serial

HEAD = "%FSLAX46Y46*%\n%MOMM*%\n"
DISC = np.pi / 4  # mm^2, of a diameter of 1 mm
FLASH = "D10*X0Y0D03*"


def drawn(body: str, head: str = HEAD):
    return gerber.read(Path("top.gbr"), head + body + "M02*\n")


def area(body: str, head: str = HEAD) -> float:
    """In mm^2."""
    return 1e6 * drawn(body, head)[0].area


@pytest.mark.parametrize(
    ("body", "expected", "error"),
    [
        ("%ADD10C,2X1*%" + FLASH, 3 * DISC, 1e-9),
        ("%ADD10R,4X3X1*%" + FLASH, 12 - DISC, 1e-9),
        ("%ADD10O,3X1*%" + FLASH, 2 + DISC, 1e-4),
        ("%ADD10P,2X6X30X0.5*%" + FLASH, 1.5 * np.sqrt(3) - DISC / 4, 1e-9),
        # a hole lets through what lies below
        ("%ADD11R,4X4*%%ADD10C,2X1*%D11*X0Y0D03*" + FLASH, 16, 1e-9),
        # a clear flash with a hole leaves what is in its hole
        ("%ADD11R,4X4*%%ADD10C,2X1*%D11*X0Y0D03*%LPC*%" + FLASH, 16 - 3 * DISC, 1e-9),
        # lines have round ends; with a rectangle they are swept
        ("%ADD10C,1*%D10*X0Y0D02*G01X3000000D01*", 3 + DISC, 1e-3),
        ("%ADD10R,1X2*%D10*X0Y0D02*G01X3000000Y3000000D01*", 2 + 3 * 1 + 3 * 2, 1e-9),
        ("%ADD10C,1*%D10*X0Y0D02*G01X3000000D01*Y3000000*", 5.75 + 1.25 * DISC, 1e-3),  # D01 is still on
        # half a ring, a whole one, a quarter of the old kind
        ("%ADD10C,1*%D10*G75*X1000000Y0D02*G03X-1000000Y0I-1000000J0D01*", np.pi + DISC, 2e-3),
        ("%ADD10C,1*%D10*G75*X1000000Y0D02*G02X1000000Y0I-1000000J0D01*", 2 * np.pi, 2e-3),
        ("%ADD10C,1*%D10*G74*X1000000Y0D02*G03X0Y1000000I1000000J0D01*", np.pi / 2 + DISC, 2e-3),
        # regions: two contours of one region, a clear one, an arc
        ("G36*X0Y0D02*G01X2000000D01*Y1000000D01*X0D01*Y0D01*X5000000D02*X6000000D01*Y1000000D01*X5000000Y0D01*G37*",
         2.5, 1e-9),
        ("%ADD10R,4X4*%" + FLASH + "%LPC*%G36*G75*X1000000Y0D02*G03X1000000Y0I-1000000J0D01*G37*", 16 - np.pi, 2e-3),
        # copies: step and repeat, alone and of a clear thing, and of older files, which leave it open
        ("%ADD10R,4X4*%%SRX3Y2I5J6*%" + FLASH + "%SR*%", 96, 1e-9),
        ("%ADD11R,4X4*%%ADD10C,1*%%SRX3Y2I5J6*%D11*X0Y0D03*%LPC*%" + FLASH + "%SR*%", 6 * (16 - DISC), 1e-9),
        ("%ADD10R,4X4*%%SRX2Y2I2J2*%" + FLASH, 36, 1e-9),
        ("%SRX2Y1I9J0*%G36*X0Y0D02*G01X2000000D01*Y1000000D01*X0Y0D01*G37*%SR*%", 2, 1e-9),
        # a block aperture, scaled; a square turned by 45 degrees on itself; a mirrored triangle on itself
        ("%ADD10R,1X1*%%ABD12*%D10*X0Y0D03*X2000000D03*%AB*%%LS3*%D12*X0Y0D03*", 18, 1e-9),
        ("%ADD10R,2X2*%" + FLASH + "%LR45*%" + FLASH, 4 + 4 * (np.sqrt(2) - 1) ** 2, 1e-9),
        ("%ADD10P,2X3*%" + FLASH + "%LMX*%" + FLASH, 2 * 0.75 * np.sqrt(3) - np.sqrt(3) / 2, 1e-9),
        # macros: shapes, variables, exposure off, turned about the origin
        ("%AMT*$3=$1x2*21,1,$3,$2,2,0,90*1,0,0.5,0,2*%%ADD10T,2X1*%" + FLASH, 4 - DISC / 4, 1e-9),
        ("%AMT*4,1,3,0,0,4,0,4,3,0,0,30*%%ADD10T*%" + FLASH, 6, 1e-9),
        ("%AMT*20,1,0.5,0,0,3,4,0*22,1,2,1,7,0,0*0 two lines*%%ADD10T*%" + FLASH, 2.5 + 2, 1e-9),
        ("%AMT*5,1,6,3,0,2,90*%%ADD10T*%" + FLASH, 1.5 * np.sqrt(3), 1e-9),
    ],
)  # fmt: skip
def test_what_is_drawn_has_its_area(body, expected, error):
    assert area(body) == pytest.approx(expected, rel=error)


def test_a_thermal_is_a_ring_with_four_gaps():
    """The gap of width g between radii r and R: the integral of g-wide strips, minus nothing as they do not meet."""
    outer, inner, gap = 1.0, 0.5, 0.2

    def strip(r: float) -> float:
        half = gap / 2
        return half * np.sqrt(r**2 - half**2) + r**2 * np.arcsin(half / r)

    expected = np.pi * (outer**2 - inner**2) - 4 * (strip(outer) - strip(inner))
    assert area(f"%AMT*7,0,0,{2 * outer},{2 * inner},{gap},30*%%ADD10T*%" + FLASH) == pytest.approx(expected, rel=1e-3)


def test_inches_and_zeros_left_out_at_the_end():
    inches = "%FSTAX23Y23*%\n%MOIN*%\n"
    assert area("G36*X0Y0D02*G01X01D01*Y01D01*X0D01*Y0D01*G37*", inches) == pytest.approx(25.4**2, rel=1e-12)
    assert area("%ADD10R,1X1*%" + FLASH, "%FSLAX23Y23*%\n%MOIN*%\n") == pytest.approx(25.4**2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("%KO*%", "line 3: 'KO': unknown command"),
        ("G04 a comment, 100 % right*\nhello*", "line 4: 'hello': no Gerber command"),
        ("%OFA1B0*%", "'OFA1B0': a deprecated command"),
        ("%IR90*%", "'IR90': a deprecated command"),
        ("%IFother.gbr*%", "'IFother.gbr': unknown command"),
        ("G91*", "incremental coordinates"),
        ("%ADD10Q,1*%", "there is no such macro"),
        ("%ADD10R,1X1X0.2X0.2*%", "rectangular holes"),
        ("%ADD10C,1_0*%", "'1_0' is no number"),
        ("D10*", "'D10': this aperture was not defined"),
        ("X0Y0D03*", "no aperture was chosen"),
        ("%ADD10C,1*%D10*X12345678901D03*", "11 digits in a format of 4 and 6"),
        ("%AMT*6,0,0,5,0.5,0.5,2,0.1,6,0*%%ADD10T*%", "macro primitive '6'"),
        ("%AMT*1,1,__import__,0,0*%%ADD10T*%", "macro formula"),
        ("%SRX0Y1I1J1*%", "counted from 1"),
        ("%ADD10C,1*%D10*%SRX999999Y999999I1J1*%X0Y0D03*%SR*%", "more than 2000000"),
        ("%ADD10R,1X1X.5*%D10*X0Y0D02*X1D01*", "lines are drawn with full circles"),
    ],
)
def test_what_is_not_drawn_is_refused_by_line_and_keyword(body, words):
    with pytest.raises(CaseError, match=words):
        drawn(body)


def test_a_file_that_is_cut_short_is_refused():
    with pytest.raises(CaseError, match="ends without M02"):
        gerber.read(Path("top.gbr"), HEAD + "%ADD10C,1*%" + FLASH)
    with pytest.raises(CaseError, match="line 3: '%ADD10C,1': no Gerber command"):
        gerber.read(Path("top.gbr"), HEAD + "%ADD10C,1")


BOARD = shapely.box(-10e-3, -5e-3, 10e-3, 5e-3)


def windows(tmp_path, **files: str):
    specs = {}
    for name, body in files.items():
        (tmp_path / f"{name}.gbr").write_text(HEAD + body + "M02*\n")
        given = {"gerber": f"{name}.gbr", "dielectric": "abf", "cell": "1 mm"}
        specs[name] = CopperMap.model_validate(given | ({"crop": True} if name == "cut" else {}))
    return densities(specs, tmp_path, BOARD)


def test_a_negative_image_is_what_it_leaves_out(tmp_path):
    """A disc of 0.4 mm^2 in a board of 200 mm^2 of copper: 0.998, not 0.002."""
    found = windows(tmp_path, plane=f"%IPNEG*%%ADD10C,{np.sqrt(0.4 / DISC):.12f}*%" + FLASH)["plane"]
    assert found.fraction.mean() == pytest.approx(0.998, abs=1e-9)


def test_layers_of_a_set_lie_on_one_another(tmp_path):
    """The small pad is where the large layer has it, 5 mm right of the middle, not in the middle of the board."""
    found = windows(
        tmp_path,
        large="%ADD10R,20X10*%" + FLASH,
        small="%ADD10R,2X2*%D10*X5000000Y0D03*",
    )
    assert found["large"].fraction == pytest.approx(1.0)
    middles = -9.5e-3 + 1e-3 * np.arange(20)
    columns = found["small"].fraction.sum(axis=0)
    assert columns @ middles / columns.sum() == pytest.approx(5e-3, abs=1e-9)


def test_copper_outside_the_outline_is_refused_or_cut(tmp_path):
    body = "%ADD10R,22X10*%" + FLASH
    with pytest.raises(CaseError, match=r"9\.09 % of the metal \(20 mm2\) lies outside the outline, up to 1 mm"):
        windows(tmp_path, board=body)
    assert windows(tmp_path, cut=body)["cut"].fraction == pytest.approx(1.0)


def test_a_gerber_file_is_where_it_is_drawn(tmp_path):
    """A flash, a line with round ends, a filled region, and a clear dot in it."""
    body = """%ADD10C,0.2*%
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
"""
    (tmp_path / "top.gbr").write_text(HEAD + body + "M02*\n")
    given = {"gerber": "top.gbr", "dielectric": "abf", "cell": "0.5 mm", "centre": ["0 mm", "0 mm"]}
    found = density(CopperMap.model_validate(given), tmp_path, shapely.box(-2e-3, -1e-3, 2e-3, 1e-3))
    dot = np.pi * 0.1**2
    assert found.fraction.mean() * 8 == pytest.approx(0.6 + (0.2 + dot) + (0.8 - dot), rel=1e-3)
    assert found.fraction[0, 0] == pytest.approx(dot / 4 / 0.25, rel=0.01)  # a quarter of the end of the line
    assert found.fraction[0, -1] == 0.0
