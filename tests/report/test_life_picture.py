"""Map of life over joints and pieces of copper: those that last for ever, that are cut, and that are all alike."""

from contextlib import contextmanager

import numpy as np
import pytest
from matplotlib.figure import Figure

from solver.output import csv_files
from solver.report.pictures import joint_life, style
from tests.probing import stack_of

pytestmark = [pytest.mark.serial, pytest.mark.slow]

CASE = """
title: plate that stands off the origin
geometry:
  outline: {shape: polygon, points: [[10 mm, 0 mm], [40 mm, 0 mm], [40 mm, 20 mm], [10 mm, 20 mm]]}
  layers: [{name: low, thickness: 0.4 mm, material: fr4}]
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
PART = {"part": "core/barrel", "row": "whole", "averaged_over_um": 800.0, "model": "ipc-tr-579"}
ENTRY = {"minimum_degc": -40.0, "maximum_degc": 125.0}


def drawn(cycles, tmp_path, monkeypatch):
    """The figure of pieces with some lives."""
    kept = []

    @contextmanager
    def keep(path, height, **_):
        figure = Figure(figsize=(16, height))
        yield figure
        figure.savefig(path)
        kept.append(figure)

    monkeypatch.setattr(style, "picture", keep)
    count = len(cycles)
    table = tmp_path / "copper_life_1.csv"
    x = np.linspace(12.0, 38.0, count)
    columns = {"piece": np.arange(1.0, count + 1.0), "x_mm": x, "y_mm": np.full(count, 10.0)}
    csv_files.write(table, columns | {"cycles ipc-tr-579": np.array(cycles)})
    joint_life.draw(table, PART, ENTRY, stack_of(CASE, tmp_path), tmp_path / "life.png")
    return kept[0].axes


def test_pieces_that_last_for_ever_or_are_cut_are_no_bars(tmp_path, monkeypatch):
    plan, side, *_ = drawn([np.inf, 3000.0, np.nan, 2000.0], tmp_path, monkeypatch)
    assert "weakest (circle): 2000 cycles" in plan.get_title()
    assert side.get_title() == "Weakest 2 of 3"
    assert [bar.get_width() for bar in side.patches] == [2000.0, 3000.0]
    assert side.get_ylabel().startswith("piece")
    assert plan.get_xlim()[0] < 10.0 and plan.get_xlim()[1] > 40.0  # all of the outline, where it stands


def test_where_none_fails_it_says_so(tmp_path, monkeypatch):
    plan, side = drawn([np.inf, np.inf], tmp_path, monkeypatch)
    assert "none fails" in plan.get_title() and not side.patches


def test_lives_that_are_alike_have_no_offset_in_their_colours(tmp_path, monkeypatch):
    *_, colours = drawn([507542107.1, 507542700.2], tmp_path, monkeypatch)
    low, high = colours.get_ylim()
    assert high / low == pytest.approx(1.01)
    assert not colours.yaxis.get_offset_text().get_text().startswith("+")
