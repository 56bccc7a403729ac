"""Fits of synthetic data find the answer they were made of, within their noise, and refuse what data do not tell.

The answer and the noise: `tests/synthetic_compound.py`.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.integrate import solve_ivp

from solver.errors import CaseError
from solver.fit import cure, dma, expansion, glass, sweep
from solver.fit.columns import read
from solver.fit.command import fit
from solver.fit.kinds import kind_of
from solver.fit.prony import Curve, Prony, series
from solver.fit.shift import choose
from solver.materials.build import build
from solver.materials.laws.table import law_of
from solver.materials.spec import MaterialSpec
from tests import synthetic_compound as made

pytestmark = pytest.mark.serial

HERTZ = np.geomspace(0.1, 100.0, 7)


def measured(tmp_path: Path, text: str):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return read(path)


def number(text: object) -> float:
    return float(str(text).split()[0])


def relaxation_of(found) -> tuple[float, np.ndarray, np.ndarray]:
    section = found.keys["viscoelastic"]
    return (
        1e9 * number(found.keys["youngs_modulus"]),
        np.array([number(time) for time in section["times"]]),
        np.array(section["youngs"]),
    )


def test_the_sample_is_what_its_script_makes():
    for name, text in made.files().items():
        assert (made.FOLDER / name).read_text(encoding="utf-8") == text


def test_isotherms_give_the_shift_and_the_spectrum_they_were_made_of():
    found = dma.fit(read(made.FOLDER / "dma.csv"), 0.3)
    shift = found.keys["viscoelastic"]["shift"]["wlf_arrhenius"]
    assert number(shift["reference"]) == pytest.approx(160.0, abs=0.5)
    assert shift["c1"] == pytest.approx(12.0, abs=0.6)  # twice the standard errors that are printed
    assert number(shift["c2"]) == pytest.approx(60.0, abs=5.2)
    assert number(shift["activation_energy"]) == pytest.approx(250.0, abs=5.2)
    celsius = np.arange(150.0, 180.0, 0.1)
    loss = made.moduli(2.0 * np.pi * 10.0 ** made.log_shift(celsius + made.KELVIN))[1]
    assert number(found.keys["glass_transition"]) == pytest.approx(celsius[np.argmax(loss)], abs=1.0)
    youngs, times, fractions = relaxation_of(found)
    assert youngs == pytest.approx(made.YOUNGS, rel=0.01)
    after = np.geomspace(1e-5, 1e5, 30)
    known = made.relaxation(after)
    fitted = youngs * (1.0 - fractions.sum() + np.exp(-after[:, None] / times) @ fractions)
    assert fitted == pytest.approx(known, rel=0.015)
    rms = [float(value) for value in re.findall(r"([\d.]+) % of the", found.notes["viscoelastic"])]
    assert max(rms) < 1.5  # the noise is 1 %


@pytest.mark.parametrize(
    ("name", "law", "celsius"),
    [
        ("wlf", lambda kelvin: made.wlf(kelvin, **made.WLF), np.arange(150.0, 231.0, 10.0)),
        (
            "arrhenius",
            lambda kelvin: 250e3 / made.GAS / np.log(10) * (1 / kelvin - 1 / 433.15),
            np.arange(130.0, 211.0, 10.0),
        ),
    ],
)
def test_the_shift_function_is_told_from_the_others(tmp_path, name, law, celsius):
    found = dma.fit(measured(tmp_path, made.dma(celsius, HERTZ, 0.005, law)), 0.3)
    ((chosen, constants),) = found.keys["viscoelastic"]["shift"].items()
    assert chosen == name
    if name == "arrhenius":
        assert number(constants["activation_energy"]) == pytest.approx(250.0, rel=0.02)
    else:  # any reference is as good: c1 c2 and c2 less the reference stay
        assert constants["c1"] * number(constants["c2"]) == pytest.approx(12.0 * 60.0, rel=0.1)
        assert number(constants["c2"]) - number(constants["reference"]) == pytest.approx(60.0 - 160.0, abs=6.0)


def test_shifts_that_no_function_follows_stay_a_table():
    kelvin, steps = np.arange(400.0, 481.0, 10.0), -np.array([0.5, 3.0, 0.4, 2.5, 0.3, 2.0, 0.6, 1.9])
    found = choose(kelvin, steps, np.full(8, 0.02), 3)
    assert found.name == "table"
    assert np.diff(found.log10(kelvin)) == pytest.approx(steps)
    assert found.log10(kelvin)[3] == 0.0


def test_a_single_branch_is_found_as_one():
    x = np.linspace(-3.0, 3.0, 60)
    known = Prony(np.array([1.0]), np.array([2e9]), 1e9)
    found = series(Curve(x, known.at(x, 2)))
    assert found.instantaneous == pytest.approx(3e9, rel=1e-3)
    assert found.moduli.max() == pytest.approx(2e9, rel=0.02)
    assert np.abs(found.misfit(Curve(x, known.at(x, 2)))).max() < 0.01


@pytest.mark.slow
def test_the_printed_entry_is_a_material_that_relaxes_as_the_data_say(tmp_path):
    made_of = [made.FOLDER / name for name in ("dma.csv", "tma.csv")]
    printed = yaml.safe_load(fit(made_of, None, 0.33, tmp_path / "fit.png"))
    material = build("compound", MaterialSpec.model_validate(printed))
    assert material.valid_range(["thermal_expansion"]) == pytest.approx((303.15, 533.15))
    shifts = made.log_shift(np.array([100.0, 230.0]) + made.KELVIN)
    ends = -np.log10(2.0 * np.pi * np.array([100.0, 0.1])) - shifts  # fastest at the coldest, slowest at the hottest
    assert np.log10(material.spans["viscoelastic"]) == pytest.approx(ends, abs=0.3)  # of the master curve
    assert material.thermal_strain(500.0, 450.0)[0] == pytest.approx(30e-6 * 50.0, rel=1e-3)
    branches = material.inelastic.viscoelastic
    youngs, times, parts = (
        material.curve("youngs_modulus")(300.0)[0],
        np.array(branches.times),
        np.array(branches.shear),
    )
    for kelvin in (400.0, 450.0, 490.0):
        slower = np.exp(branches.shift.log(kelvin)), 10.0 ** made.log_shift(np.array(kelvin))
        after = np.geomspace(1e-5, 1e5, 20) * slower[1]
        relaxed = youngs * (1.0 - parts.sum() + np.exp(-after[:, None] / (times * slower[0])) @ parts)
        assert relaxed == pytest.approx(made.relaxation(after / slower[1]), rel=0.02)


@pytest.mark.slow
def test_the_printed_entry_cures_as_the_data_say(tmp_path):
    names = ("dma.csv", "tma.csv", "dsc.csv", "tg_over_cure.csv")
    printed = fit([made.FOLDER / name for name in names], "compound", None, tmp_path / "fit.png")
    section = yaml.safe_load(printed)["materials"]["compound"]
    material = build("compound", MaterialSpec.model_validate(section))
    law = law_of(material, 430.0)
    state, kelvin, seconds = law.initial(1), np.array([430.0]), np.linspace(0.0, 600.0, 31)
    course = solve_ivp(lambda _, degree: made.rate(degree, 430.0), (0.0, 600.0), [0.0], "Radau", t_eval=seconds)
    for _ in seconds[1:]:
        state = law.respond(np.zeros((1, 6)), kelvin, kelvin, 20.0, state).new
    found = law.readings(state)
    assert found["degree_of_cure"][0] == pytest.approx(course.y[0, -1], abs=0.02)  # rates within 3 %
    glass = made.DIBENEDETTO["factor"] * course.y[0, -1] / (1.0 - 0.6 * course.y[0, -1])
    assert found["glass_transition"][0] == pytest.approx(253.15 + 185.0 * glass, abs=3.0)


def test_shear_data_become_shear_fractions_and_youngs_modulus(tmp_path):
    text = (
        made.dma(np.arange(150.0, 231.0, 10.0), HERTZ, 0.005)
        .replace("storage modulus", "G'")
        .replace("loss modulus", "G''")
    )
    found = dma.fit(measured(tmp_path, text), 0.35)
    assert "shear" in found.keys["viscoelastic"]
    assert 1e9 * number(found.keys["youngs_modulus"]) == pytest.approx(2.7 * made.YOUNGS, rel=0.05)
    assert any("bulk" in doubt for doubt in found.doubts)


def test_relaxation_over_time_gives_the_same_as_frequency(tmp_path):
    seconds, rows = np.geomspace(1.0, 1000.0, 12), ["temperature (degC);time (s);relaxation modulus (GPa)"]
    for celsius in np.arange(130.0, 211.0, 10.0):
        after = made.relaxation(seconds / 10.0 ** made.log_shift(np.array(celsius + made.KELVIN)))
        rows += [f"{celsius};{t:.4f};{1e-9 * e:.6f}".replace(".", ",") for t, e in zip(seconds, after, strict=True)]
    found = dma.fit(measured(tmp_path, "\n".join(rows)), 0.3)
    shift = found.keys["viscoelastic"]["shift"]["wlf_arrhenius"]
    assert number(shift["activation_energy"]) == pytest.approx(250.0, rel=0.05)
    youngs, times, fractions = relaxation_of(found)
    reference = 10.0 ** made.log_shift(np.array(number(shift["reference"]) + made.KELVIN))
    after = np.geomspace(1e-2, 1e3, 20)
    fitted = youngs * (1.0 - fractions.sum() + np.exp(-after[:, None] / times) @ fractions)
    assert fitted == pytest.approx(made.relaxation(after / reference), rel=0.02)


def test_one_frequency_gives_a_table_and_the_transition_but_no_relaxation(tmp_path):
    found = sweep.fit(measured(tmp_path, _sweep()), 0.3)
    table = found.keys["youngs_modulus"]
    assert len(table["temperature"]) == len(table["value"]) == 12
    at = np.interp(100.0, [number(t) for t in table["temperature"]], [number(v) for v in table["value"]])
    assert at == pytest.approx(1e-6 * made.moduli(2 * np.pi * 10 ** made.log_shift(np.array([373.15])))[0][0], rel=0.02)
    assert 150.0 < number(found.keys["glass_transition"]) < 175.0
    assert "one frequency" in found.doubts[0]


def _sweep() -> str:
    celsius = np.arange(30.0, 241.0, 2.0)
    storage, loss = made.moduli(2 * np.pi * 10.0 ** np.maximum(made.log_shift(celsius + made.KELVIN), -12.0))
    rows = [f"{t},{1e-6 * s:.5g},{1e-6 * x:.5g}" for t, s, x in zip(celsius, storage, loss, strict=True)]
    return "\n".join(["temperature (degC),storage modulus (MPa),loss modulus (MPa)", *rows])


def test_two_slopes_of_expansion_meet_at_the_transition():
    found = expansion.fit(read(made.FOLDER / "tma.csv"))
    slopes = found.keys["thermal_expansion"]
    assert number(slopes["below_tg"]) == pytest.approx(8.0, abs=0.02)
    assert number(slopes["above_tg"]) == pytest.approx(30.0, abs=0.04)
    assert number(found.keys["glass_transition"]) == pytest.approx(165.0, abs=0.1)


def test_a_straight_line_has_one_coefficient(tmp_path):
    rows = [f"{t},{17e-6 * t:.8f}" for t in np.arange(0.0, 100.0, 2.0)]
    found = expansion.fit(measured(tmp_path, "\n".join(["temperature (degC),dL/L", *rows])))
    assert found.keys == {"thermal_expansion": "17 ppm/K"}


@pytest.mark.slow
def test_heating_rates_give_the_kinetics_of_cure():
    found = cure.fit(read(made.FOLDER / "dsc.csv"))
    k = {key: number(value) for key, value in found.keys["cure"]["kinetics"]["kamal"].items()}
    for kelvin in (400.0, 450.0):  # constants trade off against one another; rates do not
        for degree in (0.2, 0.5, 0.8):
            k1, k2 = (k[f"a{i}"] * np.exp(-1e3 * k[f"e{i}"] / made.GAS / kelvin) for i in (1, 2))
            fitted = (k1 + k2 * degree ** k["m"]) * (1.0 - degree) ** k["n"]
            assert fitted == pytest.approx(made.rate(degree, kelvin), rel=0.12)
    assert number(found.keys["cure"]["enthalpy"]) == pytest.approx(45.0, rel=0.01)


@pytest.mark.slow
def test_isothermal_degrees_of_cure_of_first_order_are_told_as_such(tmp_path):
    rng, rows = np.random.default_rng(5), ["time (min),temperature (degC),degree of cure"]
    for celsius, minutes in ((130, 90), (150, 40), (170, 20)):
        time = np.linspace(0.0, 60.0 * minutes, 60)
        degree = 1.0 - np.exp(-2e6 * np.exp(-72e3 / made.GAS / (celsius + made.KELVIN)) * time)
        noisy = np.clip(degree + 0.005 * rng.standard_normal(60), 0.0, 1.0)
        rows += [f"{t / 60:.3f},{celsius},{a:.4f}" for t, a in zip(time, noisy, strict=True)]
    kinetics = cure.fit(measured(tmp_path, "\n".join(rows))).keys["cure"]["kinetics"]["nth_order"]
    assert number(kinetics["e"]) == pytest.approx(72.0, abs=1.0)
    assert kinetics["n"] == pytest.approx(1.0, abs=0.03)


def test_glass_transition_over_cure_gives_dibenedettos_constants():
    found = glass.fit(read(made.FOLDER / "tg_over_cure.csv")).keys["cure"]["glass_transition"]["dibenedetto"]
    assert number(found["uncured"]) == pytest.approx(-20.0, abs=2.0)
    assert number(found["cured"]) == pytest.approx(165.0, abs=2.0)
    assert found["lambda"] == pytest.approx(0.4, abs=0.02)


def test_a_step_of_heat_flow_is_a_glass_transition(tmp_path):
    t = np.arange(60.0, 221.0)
    flow = (
        0.3
        + 5e-4 * t
        + 0.08 / (1.0 + np.exp(-(t - 142.0) / 4.0))
        + 1e-3 * np.random.default_rng(6).standard_normal(161)
    )
    rows = [f"{a},{b:.5f}" for a, b in zip(t, flow, strict=True)]
    found = kind_of(data := measured(tmp_path, "\n".join(["T (degC),heat flow (W/g)", *rows]))).fit(data, 0.3)
    assert number(found.keys["glass_transition"]) == pytest.approx(142.0, abs=0.5)


@pytest.mark.parametrize(
    ("header", "key", "value"),
    [
        ("Temp. [°C]", "temperature", 274.15),
        ("Temperature (degF)", "temperature", 255.9278),
        ("Storage_Modulus [GPa]", "storage", 1e9),
        ("E'' (MPa)", "loss", 1e6),
        ("Tan(Delta)", "tan_delta", 1.0),
        ("loss factor (-)", "tan_delta", 1.0),
        ("E(t) (Pa)", "relaxation", 1.0),
        ("Frequency [Hz]", "frequency", 2.0 * np.pi),
        ("frequency (rad/s)", "frequency", 1.0),
        ("Dimension Change (µm)", "change_of_length", 1e-6),
        ("expansion (um/m)", "expansion", 1e-6),
        ("Heat flow (mW/mg)", "heat_flow", 1e3),
        ("Heating Rate (°C/min)", "heating_rate", 1.0 / 60.0),
        ("t (min)", "time", 60.0),
    ],
)
def test_headers_as_instruments_write_them_are_read(tmp_path, header, key, value):
    assert measured(tmp_path, f"{header}\n1\n")[key][0] == pytest.approx(value, rel=1e-6)


ISOTHERMS = np.arange(150.0, 231.0, 10.0)
REFUSED = {
    "no overlap": (made.dma(np.array([150.0, 190.0, 230.0]), HERTZ[-3:], 0.005), "do not overlap: .* at 150 degC"),
    "one decade": (made.dma(np.array([200.0, 202.0, 204.0]), np.geomspace(1, 5, 5), 0.0), "decades of time; 2 or more"),
    "moduli that change with temperature themselves": (
        "\n".join(made.dma(ISOTHERMS[ISOTHERMS < 185], HERTZ, 0.005).splitlines())
        + "\n"
        + "\n".join(
            ",".join([cells[0], cells[1], f"{3 * float(cells[2])}", f"{0.3 * float(cells[3])}"])
            for cells in (row.split(",") for row in made.dma(ISOTHERMS[4:], HERTZ, 0.005).splitlines()[2:])
        ),
        "one master curve does not hold",
    ),
    "two isotherms": (made.dma(ISOTHERMS[:2], HERTZ, 0.005), "isotherms at 150 degC, 160 degC only; 3 or more"),
    "a shift that rises": (made.dma(ISOTHERMS, HERTZ, 0.005, lambda k: 0.05 * (k - 460.0)), "rises from 150 degC"),
    "one heating rate": (made.dsc((5.0,)), "one heating rate tells no activation energy"),
    "one isothermal": (
        "time (s),temperature (degC),conversion\n" + "\n".join(f"{t},150,{1 - np.exp(-t / 9):.4f}" for t in range(30)),
        "one temperature tells no activation energy",
    ),
    "a bend at the end": (
        "T (degC),expansion (ppm)\n" + "\n".join(f"{t},{8 * t + max(0, 22 * (t - 96)) + t % 3}" for t in range(101)),
        "too near an end",
    ),
    "one degree of cure": ("degree of cure,Tg (degC)\n" + 5 * "0.9,150\n", "1 degrees of cure over 0 do not tell Tg"),
    "a misspelt column": ("T (degC),storge modulus (MPa)\n1,2\n", "line 1, column 2: .*did you mean 'storage modulus'"),
    "no unit": ("temperature,dL/L\n1,2\n", r"line 1, column 1: the header needs a unit; .*'temperature \(degC\)'"),
    "a wrong unit": ("temperature (degC),storage modulus (Mpa)\n1,2\n", "line 1, column 2: .*did you mean 'MPa'"),
    "a word": ("# remark\ntemperature (degC),dL/L\n1,2\n2,x\n", r"line 4, column 2 \(expansion\): 'x' is not a number"),
    "a cell too few": ("temperature (degC),dL/L\n1,2\n2\n", "line 3: 1 cells where the header has 2"),
    "a negative modulus": ("T (degC),E' (MPa)\n1,2\n2,-2\n", "line 3, column 2: a storage modulus is positive"),
    "no measurement": ("temperature (degC),loss modulus (MPa)\n1,2\n", "temperature, loss modulus make no measurement"),
    "twice the same": ("temperature (degC),T (K)\n1,2\n", "line 1, column 2: a second column of temperature"),
    "nothing": ("# nothing\n", "a line of headers and lines of numbers are expected"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_data_do_not_tell_is_refused_by_name(tmp_path, what):
    text, message = REFUSED[what]
    with pytest.raises(CaseError, match=message) as refused:
        found = measured(tmp_path, text)
        kind_of(found).fit(found, 0.3)
    assert "data.csv" in str(refused.value)
