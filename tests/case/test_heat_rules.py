"""Heat that is not physical is refused by name: negative power, boundaries added in silence."""

import pytest

from solver.case.load import load
from solver.errors import CaseError

CASE = """title: t
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  layers:
    - {{name: plate, thickness: 1 mm, material: copper}}
    - {{name: die, thickness: 1 mm, material: silicon}}
mesh: {{in_plane_size: 5 mm}}
thermal:
  power: [{power}]
  boundaries:
    - {one}
    - {other}
"""
AIR = "convection: 10 W/m^2/K, ambient: 25 degC"


def loaded(tmp_path, one: str, other: str, power: str = "{layer: die, total: 1 W}"):
    (tmp_path / "case.yaml").write_text(CASE.format(one=one, other=other, power=power), encoding="utf-8")
    return load(tmp_path)


@pytest.mark.parametrize(("power", "key"), [("total: -1 W", "total"), ("density: -1e6 W/m^3", "density")])
def test_a_negative_power_is_refused(tmp_path, power, key):
    with pytest.raises(CaseError, match=rf"case.yaml:9: thermal.power.0.{key} = .*not negative"):
        loaded(tmp_path, f"{{face: top, {AIR}}}", f"{{face: bottom, {AIR}}}", f"{{layer: die, {power}}}")


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (f"{{face: top, {AIR}}}", f"{{face: top, {AIR}}}", "a film"),
        (f"{{face: top, {AIR}}}", f"{{face: die.top, {AIR}}}", "a film"),
        (f"{{face: sides, {AIR}}}", f"{{face: die.sides, {AIR}}}", "a film"),
        ("{face: top, temperature: 25 degC}", "{face: top, temperature: 50 degC}", "a temperature"),
        ("{face: top, temperature: 25 degC}", f"{{face: top, {AIR}}}", "a temperature"),
        (f"{{face: top, {AIR}}}", "{face: top, temperature: 25 degC}", "a film"),
        (f"{{face: top, {AIR}}}", "{face: top, heat_sink: {resistance: 1 K/W, ambient: 25 degC}}", "a film"),
        (f"{{face: top, {AIR}, shape: {{circle: 4 mm}}}}", f"{{face: top, {AIR}, shape: {{circle: 2 mm}}}}", "a film"),
        ("{end: [+x, -x], temperature: 25 degC}", "{end: +x, temperature: 50 degC}", "a temperature"),
    ],
)
def test_two_of_a_kind_on_one_face_are_refused(tmp_path, one, other, what):
    with pytest.raises(CaseError, match=rf"case.yaml:12: thermal.boundaries.1.face.*gives this face {what} already"):
        loaded(tmp_path, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{{face: top, {AIR}}}", "{face: top, flux: 1 W/m^2}"),
        (f"{{face: top, {AIR}}}", "{face: top, emissivity: 0.9, ambient: 20 degC}"),
        (f"{{face: top, {AIR}}}", f"{{face: top, {AIR}, shape: {{circle: 2 mm}}}}"),
        (f"{{face: sides, {AIR}}}", "{end: +x, temperature: 50 degC}"),
        ("{end: -x, temperature: 25 degC}", "{end: +x, temperature: 50 degC}"),
        (f"{{face: plate.sides, {AIR}}}", f"{{face: die.sides, {AIR}}}"),
    ],
)
def test_different_exchanges_and_patches_stand_side_by_side(tmp_path, one, other):
    assert len(loaded(tmp_path, one, other).case.thermal.boundaries) == 2


def test_an_end_that_the_outline_has_not_is_refused(tmp_path):
    with pytest.raises(CaseError, match="no straight side there"):
        loaded(tmp_path, f"{{face: top, {AIR}}}", "{end: [[[1 mm, 1 mm], [2 mm, 1 mm]]], temperature: 50 degC}")
