"""Warpage over the time of a transient, and resistances that follow the mechanics: table, picture, words."""

import pytest

from solver.output import over_time
from solver.report.coupling_tables import coupling_tables
from solver.report.output_tables import over_time_table
from solver.report.pictures import over_time as picture

pytestmark = pytest.mark.serial


def moment(time: float, warpage: float) -> dict:
    layers = {"low": {"max_von_mises_mpa": 10.0 * time}, "high": {"max_von_mises_mpa": 5.0}}
    heat = {"min_temperature_degc": 20.0, "max_temperature_degc": 20.0 + time}
    return {"thermal_time_s": time, **heat, "warpage_um": abs(warpage), "signed_warpage_um": warpage, "layers": layers}


STEPS = [
    {"name": "cold", "temperature_degc": 25.0, "thermal_time_s": None, "over_time": []},
    {
        "name": "pulse",
        "temperature_degc": None,
        "over_time": [moment(1.0, 3.0), moment(2.0, -4.0)],
        **moment(2.0, -4.0),
    },
    {"name": "pause", "temperature_degc": None, "over_time": [moment(5.0, 1.0)], **moment(5.0, 1.0)},
]


def test_the_table_has_a_row_for_every_moment_and_columns_for_every_layer():
    columns = over_time.columns(STEPS)
    assert columns["thermal_time_s"] == [1.0, 2.0, 5.0]
    assert columns["signed_warpage_um"] == [3.0, -4.0, 1.0]
    assert columns["low max_von_mises_mpa"] == [10.0, 20.0, 50.0]
    assert columns["high max_principal_mpa"] == [None] * 3
    assert over_time.columns(STEPS[:1]) == {}
    table = over_time_table({"steps": STEPS})
    assert table is not None
    assert [row[:2] for row in table.rows] == [["", "1"], ["pulse", "2"], ["pause", "5"]]


def test_a_course_is_drawn_from_two_moments_on(tmp_path):
    assert not picture.has_course(STEPS[:1])
    assert picture.has_course(STEPS)
    assert picture.draw(STEPS, ["low", "high"], tmp_path / "over_time.png").stat().st_size > 10_000


def test_bond_lines_and_contacts_have_tables():
    line = {"name": "tim", "mean_stretch": 0.9, "min_stretch": 0.8, "max_stretch": 1.1}
    course = [{"max_temperature_degc": 78.0089, "largest_change": 0.123, "relaxation": 1.0}]
    found = coupling_tables({"thermal": {"coupling": {"bond_lines": [line], "contacts": [], "course": course}}})
    assert [table.title for table in found] == ["Bond lines", "Heat and mechanics in turn"]
    assert found[0].rows == [["tim", "0.9", "0.8", "1.1"]]
    assert found[1].rows == [["1", "78.0089", "12"]]
    assert coupling_tables({"thermal": {}}) == []
