"""Temperatures that are valid and yet look like a slip of unit, with their place in the file."""

import pytest

from solver.case.load import load
from solver.case.suspicious import suspicious

CASE = """title: t
geometry:
  outline: {{shape: rectangle, size: [10 mm, 10 mm]}}
  layers: [{{name: die, thickness: 1 mm, material: silicon}}]
thermal:
  boundaries: [{{face: top, convection: 10 W/m^2/K, ambient: {ambient}}}]
process:
  stress_free_temperature: {free}
  steps: [{{name: cool, temperature: {step}}}]
"""


def said(tmp_path, ambient: str = "25 degC", free: str = "175 degC", step: str = "25 degC") -> list[str]:
    (tmp_path / "case.yaml").write_text(CASE.format(ambient=ambient, free=free, step=step), encoding="utf-8")
    return list(suspicious(load(tmp_path).source))


@pytest.mark.parametrize("good", ["25 degC", "298.15 K", "85 °C", "-40 degC", "233 K"])
def test_temperatures_of_the_trade_are_not(tmp_path, good):
    assert said(tmp_path, ambient=good, step=good) == []


def test_a_reflow_oven_is_not_a_kelvin(tmp_path):
    assert said(tmp_path, free="300 degC", step="260 degC") == []


@pytest.mark.parametrize("kelvins", ["298.15 degC", "300 degC", "293 degC", "273.15 °C"])
def test_surroundings_near_300_degc_look_like_kelvins(tmp_path, kelvins):
    (found,) = said(tmp_path, ambient=kelvins)
    assert "case.yaml:6: thermal.boundaries.0.ambient" in found
    assert "looks like kelvins" in found


def test_a_value_that_ends_in_15_looks_like_kelvins_anywhere(tmp_path):
    (found,) = said(tmp_path, free="448.15 degC")
    assert "process.stress_free_temperature = '448.15 degC' looks like kelvins" in found


def test_25_k_is_cold(tmp_path):
    (found,) = said(tmp_path, step="25 K")
    assert "steps.cool.temperature = '25 K' is -248 degC; write '25 degC'" in found


def test_a_process_that_never_gets_colder_than_room_temperature_in_kelvin_looks_like_it(tmp_path):
    (found,) = said(tmp_path, free="448 degC", step="298 degC")
    assert "'298 degC' looks like kelvins, and so do all of the process; write '298 K'" in found
    assert said(tmp_path, free="448 degC", step="398 K") == []
