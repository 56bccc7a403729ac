"""What the thermal figures of merit leave behind: summary, CSV files, tables of the report and pictures."""

import json

import matplotlib.image
import numpy as np
import pytest

from solver.output import csv_files
from tests.solving import run_case

pytestmark = pytest.mark.slow  # a run with pictures and report

CASE = """title: figures of merit
geometry:
  outline: {shape: rectangle, size: [12 mm, 8 mm]}
  symmetry: half-y
  layers:
    - {name: board, thickness: 0.8 mm, material: fr4}
    - name: dies
      thickness: 0.3 mm
      regions:
        - {name: cpu, shape: {rectangle: [4 mm, 4 mm]}, at: [-3 mm, 0 mm], material: silicon}
        - {name: hbm, shape: {rectangle: [3 mm, 4 mm]}, at: [3 mm, 0 mm], material: silicon}
mesh: {in_plane_size: 2 mm}
thermal:
  power: [{region: cpu, total: 0.5 W}, {region: hbm, total: 0.3 W}]
  boundaries:
    - {name: air, face: top, convection: 500 W/m^2/K, ambient: 25 degC}
    - {name: cold plate, face: bottom, convection: 5000 W/m^2/K, ambient: 25 degC}
analysis: {impedance: {start: 20 ms, end: 100 s, per_decade: 5}}
report:
  points: [{name: beside the cpu, face: board.top, at: [-0.5 mm, 0 mm]}]
  resistances: [{kind: theta_ja, junction: cpu}, {kind: psi_jb, junction: cpu, point: beside the cpu}]
  influence: true
  limits: [{region: cpu, temperature: 85 degC}, {region: hbm, temperature: 60 degC}]
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run_case(CASE, tmp_path_factory)


@pytest.fixture(scope="module")
def thermal(results):
    return json.loads((results / "summary.json").read_text(encoding="utf-8"))["thermal"]


def test_the_summary_has_all_of_them(thermal):
    assert list(thermal["resistances"]) == ["theta_ja_k_per_w", "psi_jb_k_per_w"]
    assert thermal["points"]["beside the cpu"]["x_mm"] == pytest.approx(-0.5)
    assert [one["region"] for one in thermal["margins"]] == ["cpu", "hbm"]
    assert thermal["influence"]["sources"] == ["cpu", "hbm"]
    assert [face["name"] for face in thermal["boundaries"]] == ["air", "cold plate"]
    impedance = thermal["impedance"]
    assert len(impedance["time_s"]) == len(impedance["mean_k_per_w"]) == len(impedance["max_k_per_w"])
    assert len(impedance["foster"]["resistance_k_per_w"]) == len(impedance["cauer"]["capacitance_j_per_k"])


def test_the_csv_files_are_the_summary(results, thermal):
    curve = csv_files.read(results / "thermal_impedance.csv")
    assert curve["mean_k_per_w"] == pytest.approx(np.array(thermal["impedance"]["mean_k_per_w"]), rel=1e-8)
    path = csv_files.read(results / "structure_cumulative.csv")
    assert path["capacitance_j_per_k"] == pytest.approx(
        np.array(thermal["impedance"]["structure"]["capacitance_j_per_k"]), rel=1e-8
    )
    slope = csv_files.read(results / "structure_differential.csv")
    assert len(slope["differential_j_w_per_k2"]) == len(path["capacitance_j_per_k"]) - 1
    lines = (results / "influence.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "source,reading,cpu k_per_w,hbm k_per_w"
    assert [line.split(",")[1] for line in lines[1:]] == ["mean", "mean", "hottest", "hottest"]
    assert float(lines[1].split(",")[3]) == pytest.approx(thermal["influence"]["mean_k_per_w"][0][1], rel=1e-8)


def test_the_report_shows_them(results):
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in (
        "θ JA",
        "ψ JB",
        "beside the cpu",
        "Margins",
        "Influence of the sources on each other",
        "Thermal impedance: networks",
        "Structure functions",
        "cold plate (bottom)",
    ):
        assert words in page, words


@pytest.mark.serial
def test_the_pictures_are_not_empty(results):
    for name in ("influence", "impedance", "structure"):
        pixels = matplotlib.image.imread(results / "pictures" / f"{name}.png")
        assert pixels.shape[1] == 1600
        assert (pixels[..., :3].mean(axis=2) < 0.9).mean() > 0.01, name
