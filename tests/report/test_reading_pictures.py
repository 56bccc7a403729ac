"""Pictures and tables of curves, histories, die shift and exposure fields."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from solver.output import csv_files
from solver.report import reading_tables
from solver.report.pictures import back_stress, curve, die_shift, history, lithography, style, vectors
from tests.probing import stack_of

pytestmark = [pytest.mark.serial, pytest.mark.slow]

CASE = """
title: plate
geometry:
  outline: {shape: rectangle, size: [60 mm, 40 mm]}
  layers: [{name: low, thickness: 0.4 mm, material: fr4}, {name: high, thickness: 0.6 mm, material: fr4}]
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
PLACES = np.stack(np.meshgrid([-20.0, 0.0, 20.0], [-10.0, 0.0, 10.0]), axis=-1).reshape(-1, 2)


def step(name: str, celsius: float | None, warpage: float, layers: str = "low high", **more) -> dict[str, Any]:
    """An entry of the summary."""
    parts = {layer: {"max_von_mises_mpa": 10.0, "strain_energy_mj": abs(warpage)} for layer in layers.split()}
    return {"name": name, **point(celsius, warpage), "layers": parts, **more}


def point(celsius: float | None, warpage: float) -> dict[str, Any]:
    """A point of a curve."""
    return {"temperature_degc": celsius, "warpage_um": abs(warpage), "signed_warpage_um": warpage}


REFLOW = [
    step("mould", 150.0, 0.0, "low", curve=[point(25.0, -50.0)]),
    step("cool", 25.0, -90.0, curve=[point(100.0, -30.0)]),
    step("peak", 260.0, 120.0, curve=[point(100.0, -20.0), point(200.0, 70.0), point(300.0, 160.0)]),
    step("end", 25.0, -80.0, curve=[point(200.0, 80.0), point(100.0, -10.0)]),
    step("under power", None, -40.0),
    step("alone", 25.0, -80.0),
]


def test_steps_of_a_reflow_are_joined_and_others_are_not() -> None:
    mould, cool, peak, end = curve.branches(REFLOW)
    assert mould.way == ((25.0, -50.0), (150.0, 0.0))  # of other layers than the next step
    assert cool.way == ((25.0, -90.0), (100.0, -30.0))
    assert not mould.joined and not cool.joined
    assert peak.joined and peak.heating
    assert peak.way == ((25.0, -90.0), (100.0, -20.0), (200.0, 70.0), (260.0, 120.0))
    assert peak.aside == ((300.0, 160.0),)
    assert end.joined and not end.heating
    assert end.way == ((260.0, 120.0), (200.0, 80.0), (100.0, -10.0), (25.0, -80.0))


def test_a_single_point_is_no_curve() -> None:
    assert curve.branches([step("alone", 25.0, -80.0)]) == []


def _drawn(path: Path) -> None:
    image = matplotlib.image.imread(path)
    assert image.shape[1] == 1600
    assert image[..., :3].std() > 0.02  # not blank


def test_curve_and_history_are_drawn(tmp_path) -> None:
    _drawn(curve.draw(REFLOW, tmp_path / "curve.png"))
    assert history.has_history(REFLOW)
    assert not history.has_history(REFLOW[:1])
    _drawn(history.draw(REFLOW, ["low", "high"], tmp_path / "history.png"))


@pytest.mark.parametrize("corrected", [True, False])
def test_die_shift_is_drawn_with_or_without_a_panel(tmp_path, corrected) -> None:
    left = 0.1 * PLACES if corrected else np.full_like(PLACES, np.nan)
    columns = {"x_mm": PLACES[:, 0], "y_mm": PLACES[:, 1], "dx_um": PLACES[:, 0], "dy_um": PLACES[:, 1]}
    columns |= {"panel_residual_x_um": left[:, 0], "panel_residual_y_um": left[:, 1]}
    csv_files.write(tmp_path / "die_shift.csv", columns)
    stack = stack_of(CASE, tmp_path)
    _drawn(die_shift.draw(tmp_path / "die_shift.csv", REFLOW[1], stack, tmp_path / "die_shift.png"))


@pytest.mark.parametrize("budget", [5.0, None])
def test_exposure_fields_are_drawn_with_or_without_a_budget(tmp_path, budget) -> None:
    flatness = np.arange(9.0)
    fields = {"x_mm": PLACES[:, 0], "y_mm": PLACES[:, 1], "flatness_um": flatness, "over_budget": 1 * (flatness > 5)}
    csv_files.write(tmp_path / "fields.csv", fields)
    number = np.repeat(np.arange(1, 10), 4)
    x, y = (np.repeat(PLACES, 4, axis=0) + np.tile([[-9, -4], [9, -4], [-9, 4], [9, 4]], (9, 1))).T
    points = {"field": number, "x_mm": x, "y_mm": y, "overlay_x_um": 0.1 * y, "overlay_y_um": 0.0 * y}
    csv_files.write(tmp_path / "points.csv", points)
    entry = {**REFLOW[1], "lithography": {"depth_of_focus_um": budget}}
    files = tmp_path / "fields.csv", tmp_path / "points.csv", (20e-3, 10e-3)
    _drawn(lithography.draw(*files, entry, stack_of(CASE, tmp_path), tmp_path / "lithography.png"))


def test_arrows_are_thinned_evenly() -> None:
    places = np.stack(np.meshgrid(np.arange(49.0), np.arange(49.0)), axis=-1).reshape(-1, 2)
    assert len(vectors.thinned(places, 2401)) == 2401
    kept = places[vectors.thinned(places, 600)]
    assert len(kept) == 24**2
    assert kept.mean(axis=0) == pytest.approx([24.0, 24.0], abs=0.6)


def test_places_that_are_not_drawn_are_told_of() -> None:
    assert vectors.left_out(100, 625) == ", 100 of 625 drawn"
    assert vectors.left_out(625, 625) == ""


def test_parts_that_have_no_room_are_told_of_and_those_worst_off_are_drawn(tmp_path, monkeypatch) -> None:
    pages = []

    @contextmanager
    def picture(path, height):
        pages.append(Figure(figsize=(8.0, height)))
        yield pages[-1]

    monkeypatch.setattr(style, "picture", picture)
    one = {"blech_product_a_per_m": 1.0, "threshold_free_of_stress_a_per_m": 2.0, "threshold_a_per_m": 2.0} | {
        "mortal": False, "temperature_degc": 100.0, "hydrostatic_mean_mpa": 1.0, "hydrostatic_there_mpa": 1.0,
    }  # fmt: skip
    parts = {f"line {number}": one | {"utilisation": number / 25} for number in range(25)}
    back_stress.draw({"name": "use", "temperature_degc": 100.0, "electromigration": parts}, tmp_path / "em.png")
    assert "5 others left out" in pages[0].get_suptitle()
    names = [label.get_text().partition("\n")[0] for label in pages[0].axes[0].get_yticklabels()]
    assert names[0] == "line 24" and "line 4" not in names


def test_scales_are_round() -> None:
    assert [vectors.rounded(value) for value in (0.7, 1.0, 4.9, 5.0, 230.0)] == [0.5, 1.0, 2.0, 5.0, 200.0]


def test_csv_files_come_back(tmp_path) -> None:
    columns = {"die": np.array([1, 2]), "dx_um": np.array([0.25, np.nan])}
    csv_files.write(tmp_path / "a.csv", columns)
    found = csv_files.read(tmp_path / "a.csv")
    assert list(found) == ["die", "dx_um"]
    assert found["dx_um"][0] == 0.25
    assert np.isnan(found["dx_um"][1])


def test_the_warpage_of_every_curve_is_one_table() -> None:
    found = csv_files.warpage({"steps": REFLOW})
    assert found["name"][:4] == ["mould", "mould", "cool", "cool"]
    assert found["end"][:4] == [0, 1, 0, 1]
    assert found["signed_warpage_um"][:4] == [-50.0, 0.0, -30.0, -90.0]
    assert csv_files.warpage({}) == {}


def test_the_history_table_has_a_column_per_step_and_the_total() -> None:
    table = reading_tables.history_table({"steps": REFLOW})
    assert table is not None
    assert list(table.columns[1:]) == [entry["name"] for entry in REFLOW]
    assert [row[0] for row in table.rows] == ["high", "low", "all: energy (mJ)"]
    assert [row[1] for row in table.rows] == ["", "10, 0", "0"]
    assert [row[2] for row in table.rows] == ["10, 90", "10, 90", "180"]


def test_tables_of_die_shift_and_fields_show_what_the_summary_holds() -> None:
    left = {"mean_um": 0.5, "three_sigma_x_um": 1.5, "three_sigma_y_um": 1.25, "max_um": 2.5}
    panel = dict.fromkeys(reading_tables._TERMS, 1e-13) | {"magnification_x_ppm": -350.0}
    dies = {"reference": "design", "dies": 9, "max_shift_um": 12.5, "panel": panel, "panel_residual": left}
    fields = {"reference": "cool", "fields": 9, "overlay": left, "mean_flatness_um": 3.0, "max_flatness_um": 7.0}
    fields |= {"depth_of_focus_um": 5.0, "fields_over_budget": 3, "share_over_budget": 1 / 3}
    summary = {"steps": [{**REFLOW[1], "die_shift": dies, "lithography": fields}]}
    shift, whole = reading_tables.die_shift_tables(summary)
    assert shift.rows[0][:4] == ["cool", "design", "9", "12.5"]
    assert whole.rows[0] == ["cool", "0, 0", "0", "-350, 0", "0", "0.5", "1.5, 1.25", "2.5"]
    exposure = reading_tables.lithography_table(summary)
    assert exposure is not None
    assert exposure.rows[0][-4:] == ["3", "7", "5", "3 (33.3 %)"]
    for table in (shift, whole, exposure):
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert reading_tables.die_shift_tables({}) == []
    assert reading_tables.lithography_table({}) is None
