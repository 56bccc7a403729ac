"""What a run in time leaves behind: history in the summary, CSV and picture, and fields at chosen times."""

import csv
import json

import numpy as np
import pytest
import pyvista as pv

from solver.output import pvd as collection
from tests.solving import run_case

pytestmark = pytest.mark.slow  # a run with pictures and report

CASE = """title: heat in time
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 1 mm, material: copper}
    - name: top
      thickness: 0.5 mm
      regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon}]
mesh: {in_plane_size: 2.5 mm}
thermal:
  power: [{region: die, total: 10 W, waveform: {pulse: {period: 20 ms, duty: 0.5}}}]
  boundaries:
    - {face: base.bottom, convection: 2000 W/m^2/K, ambient: 25 degC}
    - {face: base.sides, temperature: 25 degC}
  interfaces: [{between: [base, die], resistance: 10 mm^2 K/W}]
analysis: {transient: {duration: 30 ms, start: 25 degC, first_step: 100 us, times: [10 ms, 5 ms]}}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run_case(CASE, tmp_path_factory)


@pytest.fixture(scope="module")
def thermal(results):
    return json.loads((results / "summary.json").read_text(encoding="utf-8"))["thermal"]


def test_the_history_has_a_value_for_each_time(thermal):
    history = thermal["history"]
    count = len(history["time_s"])
    assert count == thermal["time_steps"] + 1
    assert history["time_s"][0] == 0.0
    assert history["time_s"][-1] == 0.03
    for values in (*history["regions"]["top/die"].values(), history["power_w"], history["max_temperature_degc"]):
        assert len(values) == count
    assert history["max_temperature_degc"][0] == pytest.approx(25.0)
    # nothing is known of the heat through a fixed temperature before the first step
    assert history["boundaries"][1]["heat_w"][0] is None
    assert history["boundaries"][1]["heat_w"][-1] > 0
    assert thermal["peak_temperature_degc"] == max(history["max_temperature_degc"])


def test_the_csv_is_the_history(results, thermal):
    with (results / "thermal_history.csv").open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head[:3] == ["time_s", "power_w", "max_temperature_degc"]
    assert "top/die mean_temperature_degc" in head
    assert [float(row[2]) for row in rows] == pytest.approx(thermal["history"]["max_temperature_degc"], rel=1e-8)


def test_fields_are_listed_with_their_times(results, thermal):
    reader = pv.get_reader(results / "fields" / collection.TIMES)
    assert reader.time_values == pytest.approx([5e-3, 10e-3, 30e-3])
    history = thermal["history"]
    for entry in collection.entries(results / "fields", collection.TIMES):
        place = int(np.argmin(np.abs(np.array(history["time_s"]) - entry.time)))
        hottest = pv.read(entry.path)["temperature_degc"].max()
        # the die is hottest on top, away from the contact, where a field has one value
        assert hottest == pytest.approx(history["max_temperature_degc"][place], abs=1e-6)


def test_the_picture_is_drawn(results):
    assert (results / "pictures" / "thermal_history.png").stat().st_size > 10_000
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in ("Temperatures and heat flows against time", "Interfaces", "steps taken again, shorter"):
        assert words in page
