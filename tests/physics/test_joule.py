"""Joule heat in conductors whose resistivity follows the temperature, against solutions in closed form.

A bar of length L between ends at T_0 with rho = rho_0 (1 + a (T - T_0)) and a current density J: k T'' + rho J^2 = 0,
so a (T - T_0) = cos(m (x - L/2)) / cos(m L/2) - 1 with m^2 = a rho_0 J^2 / k, which exists for m L < pi; with sides
that lose p h / A (T - T_0) per volume, m^2 is less by p h / A k, and cos becomes cosh where it is negative (H. S.
Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., sect. 4.10).
"""

import numpy as np
import pytest
from scipy.optimize import brentq

from solver.errors import CaseError, NotConvergedError
from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

pytestmark = pytest.mark.slow

CASE = """
title: joule
geometry:
  outline: {{shape: rectangle, size: {size}}}
  layers: {layers}
materials:
  metal: {{electrical_resistivity: {rho}, thermal_conductivity: 100 W/m/K, density: 1e4 kg/m^3,
    specific_heat: 400 J/kg/K}}
mesh: {{in_plane_size: {mesh}}}
thermal:
  boundaries: {boundaries}
  interfaces: {interfaces}
electric:
  terminals: {terminals}
  contacts: {contacts}
{analysis}
"""
RHO, SLOPE, K, LENGTH, AREA = 2e-8, 0.05, 100.0, 4e-3, 1e-6  # a slope at which the limit is not beyond all metals
CONSTANT = "2e-8 ohm m"
RISING = "{value: 2e-8 ohm m, temperature_coefficient: 0.05 1/K, reference: 20 degC}"
BAR = "[{name: bar, thickness: 4 mm, cells: 16, material: metal}]"
COLD = "[{face: top, temperature: 20 degC}, {face: bottom, temperature: 20 degC}]"
LIMIT = np.pi / LENGTH * np.sqrt(K / SLOPE / RHO)  # A/m^2


def upright(drive: str) -> str:
    return f"[{{name: in, face: top, {drive}}}, {{name: out, face: bottom, voltage: 0 V}}]"


def case(drive, rho=RISING, layers=BAR, boundaries=COLD, size="[1 mm, 1 mm]", mesh="0.5 mm", **more) -> str:
    parts = {"interfaces": "[]", "contacts": "[]", "analysis": "", "terminals": upright(drive), **more}
    return CASE.format(rho=rho, layers=layers, boundaries=boundaries, size=size, mesh=mesh, **parts)


def sound(found: dict) -> None:
    """No watt is lost between the two problems."""
    assert found["thermal"]["heat_balance_error"] < 1e-8
    assert found["electric"]["heat_transfer_error"] < 1e-8
    assert found["electric"]["energy_error"] < 1e-8
    assert found["thermal"]["power_w"] == pytest.approx(found["electric"]["joule_power_w"], rel=1e-8)
    assert found["warnings"] == []


def test_a_bar_of_constant_resistivity_has_a_parabola(solve):
    found = solve(case("current: 100 A", CONSTANT))
    sound(found)
    made = RHO * (100 / AREA) ** 2
    assert found["thermal"]["max_temperature_degc"] == pytest.approx(20 + made * LENGTH**2 / (8 * K), rel=1e-9)
    assert found["electric"]["resistance_ohm"] == pytest.approx(RHO * LENGTH / AREA, rel=1e-9)


@pytest.mark.parametrize("part", [0.3, 0.9, 0.98, 0.99])
@pytest.mark.parametrize("drive", ["current", "voltage"])
def test_a_bar_whose_resistivity_rises_has_a_cosine(part, drive, shared_path, comm):
    """Voltage of that current: J rho_0 (2 / m) tan(m L / 2)."""
    density = part * LIMIT
    m = np.sqrt(SLOPE * RHO / K) * density
    voltage = density * RHO * 2 / m * np.tan(m * LENGTH / 2)
    text = case(f"current: {density * AREA:.12g} A" if drive == "current" else f"voltage: {voltage:.12g} V")
    heat = solved_heat(simulate(text, shared_path, comm))
    z = np.linspace(0, LENGTH, 9)
    rise = (np.cos(m * (z - LENGTH / 2)) / np.cos(m * LENGTH / 2) - 1) / SLOPE
    found = at(heat.solution.temperature, np.column_stack([0 * z, 0 * z, z]))[:, 0] - ZERO_CELSIUS - 20
    # elements of degree 2, sixteen along the bar, nearer to the limit the error of m counts for more
    assert found == pytest.approx(rise, abs=2e-5 * rise.max() / (1 - part**2))
    flows = heat.current.summary["terminals"]
    assert flows[0]["voltage_v"] == pytest.approx(voltage, rel=2e-5 / (1 - part**2))
    assert flows[0]["current_a"] == pytest.approx(density * AREA, rel=2e-5 / (1 - part**2))
    assert heat.solution.balance_error < 1e-8
    assert heat.current.summary["heat_transfer_error"] < 1e-8


@pytest.mark.parametrize("part", [1.01, 2.0])
def test_a_current_beyond_the_limit_runs_away(part, solve):
    with pytest.raises(NotConvergedError, match=r"thermal runaway.*the Joule heat grows faster"):
        solve(case(f"current: {part * LIMIT * AREA:.12g} A"))


def test_a_voltage_that_melts_everything_is_refused(solve):
    with pytest.raises(NotConvergedError, match=r"would take conductors to .* degC; lower the voltage"):
        solve(case("voltage: 10 V"))


@pytest.mark.parametrize("film", [300.0, 3000.0])
def test_sides_that_lose_heat_turn_the_cosine_to_cosh(film, solve):
    """Perimeter over area 4 / 0.1 mm; the part is at one temperature across to h w / 8 k = 4e-4."""
    density, width = 0.5 * LIMIT, 1e-4
    boundaries = f"{COLD[:-1]}, {{face: sides, convection: {film} W/m^2/K, ambient: 20 degC}}]"
    found = solve(
        case(f"current: {density * width**2:.12g} A", boundaries=boundaries, size="[0.1 mm, 0.1 mm]", mesh="0.05 mm")
    )
    sound(found)
    squared = SLOPE * RHO * density**2 / K - 4 * film / width / K
    m = np.sqrt(complex(squared))
    rise = RHO * density**2 / K * ((1 / np.cos(m * LENGTH / 2) - 1) / squared).real
    assert (squared > 0) == (film < 1000)
    assert found["thermal"]["max_temperature_degc"] - 20 == pytest.approx(rise, rel=1e-3)


def test_a_contact_heats_both_sides(solve):
    """Two bars of one metal: the drop of temperature is symmetric, the heat of the contact flows half to each end."""
    layers = "[{name: low, thickness: 2 mm, material: metal}, {name: high, thickness: 2 mm, material: metal}]"
    contact = "[{between: [low, high], resistance: 1e-10 ohm m^2}]"
    found = solve(case("current: 100 A", CONSTANT, layers, contacts=contact))
    sound(found)
    made, extra = RHO * 1e16 * LENGTH * AREA, 1e-10 * 1e16 * AREA
    assert found["electric"]["joule_power_w"] == pytest.approx(made + extra, rel=1e-9)
    assert found["electric"]["contacts"][0]["joule_power_w"] == pytest.approx(extra, rel=1e-9)
    ends = [face["heat_w"] for face in found["thermal"]["boundaries"]]
    assert ends == pytest.approx([(made + extra) / 2] * 2, rel=1e-9)


def test_a_thermal_contact_may_lie_where_current_passes(solve):
    layers = "[{name: low, thickness: 2 mm, material: metal}, {name: high, thickness: 2 mm, material: metal}]"
    held = "[{face: bottom, temperature: 20 degC}]"
    contact = "[{between: [low, high], resistance: 10 mm^2 K/W}]"
    found = solve(case("current: 100 A", CONSTANT, layers, held, interfaces=contact))
    sound(found)
    made = RHO * 1e16
    top = made * LENGTH**2 / (2 * K) + made * LENGTH / 2 * 1e-5
    assert found["thermal"]["max_temperature_degc"] - 20 == pytest.approx(top, rel=1e-8)


@pytest.mark.parametrize("total", [1e3, 3e3])
def test_currents_go_where_it_is_cooler(total, solve):
    """Two films in parallel, one cooled better: h_i theta_i / t = rho(theta_i) J_i^2 with one voltage for both.

    The larger current, were it even, would run away in the film that is cooled worse; together they carry 3.41 kA.
    """
    films = ", ".join(
        f"{{name: {name}, shape: {{rectangle: [1 mm, 1 mm]}}, at: [{x} mm, 0 mm], material: metal}}"
        for name, x in (("a", -1), ("b", 1))
    )
    boundaries = ", ".join(
        f"{{face: top, region: {name}, convection: {film} W/m^2/K, ambient: 20 degC}}"
        for name, film in (("a", 2000), ("b", 4000))
    )
    layers = f"[{{name: film, thickness: 1 um, regions: [{films}]}}]"
    found = solve(case(f"current: {total} A", layers=layers, boundaries=f"[{boundaries}]", size="[4 mm, 1 mm]"))
    sound(found)

    def rise(film: float, field: float) -> float:  # of E^2 / rho = h theta / t
        return (np.sqrt(1 + 4 * SLOPE * field**2 / RHO * 1e-6 / film) - 1) / (2 * SLOPE)

    def current(field: float) -> float:
        return sum(field / (RHO * (1 + SLOPE * rise(film, field))) * 1e-6 for film in (2000, 4000))

    field = brentq(lambda e: current(e) - total, 1e-3, 1e6)
    for name, film in (("film/a", 2000), ("film/b", 4000)):
        # a film of 1 um is at one temperature to h t / 2 k = 2e-5
        degrees = found["electric"]["parts"][name]["mean_temperature_degc"]
        assert degrees - 20 == pytest.approx(rise(film, field), rel=1e-4), name
    assert found["electric"]["terminals"][0]["voltage_v"] == pytest.approx(field * 1e-6, rel=1e-4)


def test_a_film_warms_by_an_exponential(solve):
    """C t theta' = rho_0 (1 + a theta) J^2 t - h theta: steady theta_s times 1 - exp(-time / tau)."""
    film, density, thick = 1000.0, 7e8, 1e-6
    boundaries = f"[{{face: top, convection: {film} W/m^2/K, ambient: 20 degC}}]"
    analysis = "analysis: {transient: {duration: 4 ms, start: 20 degC, tolerance: 1e-4}}"
    layers = "[{name: film, thickness: 1 um, material: metal}]"
    drive = f"current: {density * AREA:.12g} A"
    found = solve(case(drive, layers=layers, boundaries=boundaries, analysis=analysis))
    loss = film / thick - SLOPE * RHO * density**2
    steady, tau = RHO * density**2 / loss, 1e4 * 400 / loss
    rise = found["thermal"]["max_temperature_degc"] - 20
    assert rise == pytest.approx(steady * (1 - np.exp(-4e-3 / tau)), rel=1e-3)
    assert found["thermal"]["heat_balance_error"] < 1e-8
    assert found["electric"]["heat_transfer_error"] < 1e-8


def test_a_pulse_heats_by_the_square_of_the_current(solve):
    """Adiabatic: the temperature rises by q / C while the current flows, a quarter as fast at half the current."""
    film, thick, density = 1e-3, 1e-6, 7e8
    boundaries = f"[{{face: top, convection: {film} W/m^2/K, ambient: 20 degC}}]"
    analysis = "analysis: {transient: {duration: 5 ms, start: 20 degC, tolerance: 1e-3}}"
    layers = "[{name: film, thickness: 1 um, material: metal}]"
    wave = "  waveform: {time: [0 s, 1 ms, 3 ms], factor: [1, 0.5, 0], between: steps}"
    found = solve(
        case(f"current: {density * AREA:.12g} A", CONSTANT, layers, boundaries, analysis=f"{wave}\n{analysis}")
    )
    rise = RHO * density**2 / (1e4 * 400) * (1e-3 + 0.25 * 2e-3)
    assert found["thermal"]["max_temperature_degc"] - 20 == pytest.approx(rise, rel=1e-3)
    assert film / thick * 5e-3 / 4e6 < 1e-5  # what is lost
    assert found["thermal"]["heat_balance_error"] < 1e-8


def test_a_waveform_needs_a_start(shared_path, comm):
    with pytest.raises(CaseError, match="currents that change with time need"):
        simulate(case("current: 1 A", analysis="  waveform: {pulse: {period: 1 ms, duty: 0.5}}"), shared_path, comm)
