"""Quantities with units become SI floats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from solver import conversions, unit_text, units
from solver.conversions import Conversion, Conversions
from solver.units import in_percent

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
    (units.FILM_COEFFICIENT, "5 W/(m2 K)", 5.0),
    (units.FILM_COEFFICIENT, "5 W m^-2 K^-1", 5.0),
    (units.FILM_COEFFICIENT, "5 W/m²/K", 5.0),
    (units.EXPANSION, "8e-6/K", 8e-6),
    (units.LENGTH, "1 mil", 25.4e-6),
    (units.AREA_RESISTANCE, "5 mm^2 K/W", 5e-6),
    (units.TOUGHNESS, "0.82 MPa sqrt(m)", 0.82e6),
    (units.TOUGHNESS, "0.82 MPa√m", 0.82e6),
    (units.TOUGHNESS, "0.82 MPa*m^0.5", 0.82e6),
    (units.TOUGHNESS, "26 N/mm^2 sqrt(mm)", 26e6 * 1e-3**0.5),
    (units.TOUGHNESS, "1 ksi sqrt(in)", 1.098844e6),
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


NO_UNITS = [
    "mm(",
    "mm*9**9**9**9",
    "mm**",
    "mm)",
    "mm/0",
    "mm**0.25",
    "sqrt mm",
    "mm^1e9",
    "abs(mm)",
    "m[0]",
    "(((((mm)))))",
    "mm=3",
]


@pytest.mark.parametrize("text", NO_UNITS)
def test_a_unit_is_read_by_its_grammar_and_never_evaluated(text):
    with pytest.raises(PydanticCustomError, match="unknown unit"):
        units.LENGTH.parse(f"1 {text}")


def test_every_symbol_is_known_to_pint():
    for symbol in unit_text.SYMBOLS:
        assert conversions.registry().Unit(unit_text.canonical(symbol))


def test_a_misspelt_unit_gets_the_nearest_of_its_kind():
    with pytest.raises(PydanticCustomError, match="did you mean 'MPa'"):
        units.STRESS.parse("3 Mpa")


@pytest.mark.parametrize("text", ["1e308 m", "1e400 mm", "-200 m"])
def test_a_length_has_a_size(text):
    with pytest.raises(PydanticCustomError, match="no length is that large"):
        units.LENGTH.parse(text)


@pytest.mark.parametrize(("text", "rule"), [("-300 degC", "below absolute zero"), ("25 delta_degC", "is a difference")])
def test_a_temperature_lies_on_a_scale(text, rule):
    with pytest.raises(PydanticCustomError, match=rule):
        units.TEMPERATURE.parse(text)


@pytest.mark.parametrize(("part", "text"), [(1.0, "100 %"), (0.9999, "100 %"), (0.0123, "1.2 %"), (-2.5, "-250 %")])
def test_parts_of_one_are_percentages_a_person_reads(part, text):
    assert in_percent(part) == text


NUMBERS = (1.0, -3.7, 0.1, 98.6, 1.2345678901234567e-6, 7e19)


def asked_of_pint(unit, si):
    return [conversions.registry().Quantity(number, unit).to(si).magnitude for number in NUMBERS]


@pytest.mark.parametrize("si", ["m", "K", "delta_degC", "s", "Pa", "W/m**2/K", "eV"])
def test_numbers_are_converted_as_pint_does_to_the_last_digit(si):
    symbols = [unit_text.canonical(symbol) for symbol in conversions.alike(sorted(unit_text.SYMBOLS), si)]
    compound = ["W*cm**-2*delta_degF**-1", "kW*m**-2*K**-1"] if "/" in si else []
    for unit in [*symbols, *compound]:
        if si == "delta_degC" and unit.startswith(("deg", "fahrenheit")):
            continue  # on a scale; `units` asks for the difference
        found = conversions.conversion(unit, si)
        assert [number * found.scale + found.offset for number in NUMBERS] == asked_of_pint(unit, si), unit


def test_conversions_are_kept_for_the_next_process(tmp_path, monkeypatch):
    file = tmp_path / "kept.json"
    made = [Conversions(file).of(*pair) for pair in (("mm", "m"), ("degF", "K"))]
    monkeypatch.setattr(conversions, "_made", None)  # pint is not asked again
    assert [Conversions(file).of(*pair) for pair in (("mm", "m"), ("degF", "K"))] == made
    assert made[0] == Conversion(1e-3, 0.0)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"mm -> m": [NaN, 0]}', '{"mm -> m": [1]}', '{"mm -> m": 3}'])
def test_a_file_that_is_not_as_it_was_written_counts_for_nothing(tmp_path, text):
    file = tmp_path / "kept.json"
    file.write_text(text)
    assert Conversions(file).of("mm", "m") == Conversion(1e-3, 0.0)


def test_what_does_not_become_the_other_is_none_and_not_kept(tmp_path):
    file = tmp_path / "kept.json"
    assert Conversions(file).of("mm", "K") is None
    assert not file.exists()
