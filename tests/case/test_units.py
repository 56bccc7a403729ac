"""Quantities with units become SI floats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from solver import units

WRITTEN = [
    (units.LENGTH, "30 um", 30e-6),
    (units.LENGTH, "30µm", 30e-6),
    (units.LENGTH, "1 in", 0.0254),
    (units.TEMPERATURE, "150 degC", 423.15),
    (units.TEMPERATURE, "150°C", 423.15),
    (units.TEMPERATURE, "300 K", 300.0),
    (units.TEMPERATURE_DIFFERENCE, "-125 K", -125.0),
    (units.TEMPERATURE_RATE, "6 degC/min", 0.1),
    (units.EXPANSION, "8 ppm/K", 8e-6),
    (units.EXPANSION, "8 ppm/degC", 8e-6),
    (units.EXPANSION, "1.45e-5 1/delta_degF", 2.61e-5),
    (units.STRESS, "22 GPa", 22e9),
    (units.STRESS, "30e6 psi", 206.842718e9),
    (units.FILM_COEFFICIENT, "1400 W/m^2/K", 1400.0),
    (units.FILM_COEFFICIENT, "0.1 W/cm^2/K", 1000.0),
    (units.CONDUCTIVITY, "0.9 W/(m*K)", 0.9),
    (units.NUMBER, 0.35, 0.35),
    (units.NUMBER, "35 %", 0.35),
]


@pytest.mark.parametrize(("unit", "text", "value"), WRITTEN, ids=[str(row[1]) for row in WRITTEN])
def test_what_is_written_is_read(unit, text, value):
    assert unit.parse(text) == pytest.approx(value, rel=1e-6)


@given(st.floats(-1e6, 1e6).map(lambda x: round(x, 6)))
def test_any_number_of_micrometres_is_read(number):
    assert units.LENGTH.parse(f"{number} um") == pytest.approx(number * 1e-6, abs=1e-18)


@pytest.mark.parametrize("text", ["30", 30, "30 K", "um", "", "30 umm", "thirty um", True, None, [1]])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(PydanticCustomError):
        units.LENGTH.parse(text)
