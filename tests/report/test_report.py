"""The report: self-contained, complete, tolerant of missing parts, and clean in a browser."""

import html.parser
import shutil
import subprocess
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from mpi4py import MPI

from solver.case.load import LoadedCase, load
from solver.report.output_tables import balance_table
from solver.report.report import headlines, write_report
from solver.report.tables import number

# the report is made on one rank
pytestmark = [
    pytest.mark.serial,
    pytest.mark.skipif(MPI.COMM_WORLD.rank > 0, reason="one rank writes the report"),
    pytest.mark.slow,
]

CASE = """
title: Panel <A & B>
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  layers:
    - {name: carrier, thickness: 1.1 mm, material: glass-eagle-xg}
    - name: rdl
      thickness: 30 um
      material: {mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 0.35}
    - name: mould
      thickness: 0.4 mm
      material: stiff
      regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon}]
materials:
  stiff: {base: emc-generic, youngs_modulus: 25 GPa}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""

SHAPE = {"warpage_um": 123.456, "signed_warpage_um": -123.456, "bow_um": -100.0, "corner_um": 123.4}
SUMMARY: dict[str, Any] = {
    "case": "panel",
    "planish": "0.1.0",
    "dolfinx": "0.9.0",
    "solver": {"name": "direct", "iterations": 1},
    "warnings": ["step 'cool': something <odd>"],
    "steps": [
        {
            "name": "cool",
            "temperature_degc": 25.0,
            **SHAPE,
            "curvature_x_per_m": -2.46,
            "curvature_y_per_m": -2.46,
            "deflection": "large",
            "branch": "cylinder about y",
            "stable": True,
            "bifurcation_temperature_degc": 54.32,
            "small_deflection": {"signed_warpage_um": -234.56},
            "increments": 8,
            "births": [
                {
                    "parts": ["mould", "mould/die"],
                    "rule": "pressed",
                    "stress_free_temperature_degc": 150.0,
                    "on_warpage_um": None,
                    "on_scale_x_ppm": 321.0,
                    "on_scale_y_ppm": 321.0,
                }
            ],
            "newton_iterations": 41,
            "linear_iterations": 170,
            "curve": [{"temperature_degc": 25.0, **SHAPE}, {"temperature_degc": 150.0, "warpage_um": 0.0}],
            "layers": {
                "carrier": {"max_von_mises_mpa": 41.23456, "max_principal_mpa": 22.0, "min_principal_mpa": -30.0}
            },
            "balance": {"energy_error": 1e-15, "pin_reaction": 1e-16},
            "laminate": {"warpage_um": 130.0, "signed_warpage_um": -130.0, "slenderness": {"ratio": 0.2}},
        }
    ],
    "thermal": {
        "max_temperature_degc": 84.3,
        "power_w": 100.0,
        "regions": {"mould/die": {"mean_temperature_degc": 80.0, "max_temperature_degc": 84.3}},
        "resistances": {"theta_ja_k_per_w": {"value": 0.593, "definition": "(T_max - T_ambient) / P"}},
        "boundaries": [{"face": "top", "heat_w": 100.0}],
        "heat_balance_error": 1e-12,
    },
}
VOID = {"meta", "link", "img", "br"}


class Page(html.parser.HTMLParser):
    """Tags, links and texts of a page; complains of tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.tables = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for key, value in attributes if key in ("src", "href")]
        self.tables += tag == "table"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedCase:
    (tmp_path / "case.yaml").write_text(CASE)
    return load(tmp_path)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results" / "pictures"
    folder.mkdir(parents=True)
    for name in ("stack", "00_cool_warpage", "00_cool_deformed", "00_cool_stress", "temperature", "curve"):
        matplotlib.image.imsave(folder / f"{name}.png", np.zeros((4, 4)))
    return folder.parent


def test_the_page_needs_nothing_from_outside(loaded: LoadedCase, results: Path) -> None:
    page = Page(write_report(loaded, SUMMARY, results).read_text())
    assert page.open == []
    assert len(page.links) == 7
    assert all(link.startswith("data:") for link in page.links)
    assert "script" not in page.open


def test_numbers_inputs_and_sources_are_there(loaded: LoadedCase, results: Path) -> None:
    words = Page(write_report(loaded, SUMMARY, results).read_text()).words
    for text in (
        "Panel <A & B>", "123 um", "84.3 degC", "step 'cool': something <odd>", "41.23", "-123.5", "1 warning",
        "35 % copper in polyimide", "mould / die", "0.593", "(T_max - T_ambient) / P", "-130", "+5.3 %", "θ JA",
        "large", "cylinder about y", "yes", "54.32", "-234.6", "8, 41, 170", "mould, mould/die", "pressed", "321",
    ):  # fmt: skip
        assert text in words, text
    assert any("Typical of published datasheets" in text for text in words)  # the base of `stiff`
    assert any(text.startswith("silicon:") for text in words)


@pytest.mark.parametrize(
    ("theory", "solved", "words"),
    [(64.0, -120.0, "other sign"), (-64.0, -120.0, "-46.7 %"), (64.0, 0.0, "–"), (-4593.0, -364.0, "12.6 times")],
)
def test_a_laminate_that_bends_to_the_other_side_is_not_off_by_a_part(theory: float, solved: float, words: str) -> None:
    entry = {"name": "cool", "signed_warpage_um": solved, "laminate": {"signed_warpage_um": theory}}
    table = balance_table({"steps": [entry]})
    assert table is not None
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["laminate theory: signed (um)"] == f"{theory:.0f}"
    assert row["laminate against this model"] == words


def test_a_summary_with_nothing_in_it_still_makes_a_page(loaded: LoadedCase, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page = Page(write_report(loaded, {}, tmp_path / "empty").read_text())
    assert "No warnings." in page.words
    assert "Warpage" not in page.words


def test_headlines_say_the_sense_of_the_warpage() -> None:
    found = headlines(SUMMARY)
    assert [(item.label, item.value) for item in found] == [
        ("Warpage: cool", "123 um"),
        ("Highest temperature", "84.3 degC"),
    ]
    assert found[0].remark == "concave, at 25 degC"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (123.456, "123.5"),
        (0.0, "0"),
        (1234567.8, "1234568"),
        (3, "3"),
        (1.2346e-9, "1.235e-09"),
        ("a", "a"),
    ],
)
def test_numbers_are_rounded(value: Any, text: str) -> None:
    assert number(value) == text


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_a_browser_shows_it_without_complaint(loaded: LoadedCase, results: Path, tmp_path: Path) -> None:
    path = write_report(loaded, SUMMARY, results)
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--enable-logging=stderr", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr
    assert Page(done.stdout).tables >= 12
