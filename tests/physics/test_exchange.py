"""What faces exchange: patches, maps of film coefficients, heat sinks."""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

CASE = """
title: exchange
geometry:
  outline: {{shape: rectangle, size: [10 mm, 6 mm]}}
  symmetry: {symmetry}
  layers: [{{name: plate, thickness: 1 um, material: {material}, regions: {regions}}}]
materials:
  conductor: {{thermal_conductivity: 9e3 W/m/K, density: 2000 kg/m^3, specific_heat: 500 J/kg/K}}
  fibres: {{thermal_conductivity: [1e-6 W/m/K, 1e-6 W/m/K, 100 W/m/K]}}
mesh: {{in_plane_size: 1.3 mm}}
thermal:
  power: [{{layer: plate, total: 6 W}}]
  boundaries: {boundaries}
{analysis}
"""
AREA = 60e-6
# 1 um of 9e3 W/m/K takes 1e-7 of what a film of 1e3 W/m^2/K does; in plane it is 1e-2 of it per mm: that is why
# powers and films are uniform where one temperature is expected
ONE_TEMPERATURE = 1e-5
AIR = "ambient: 25 degC"


def case(boundaries: str, material="conductor", regions="[]", symmetry="none", analysis="") -> str:
    parts = {"material": material, "regions": regions, "symmetry": symmetry, "analysis": analysis}
    return CASE.format(boundaries=boundaries, **parts)


@pytest.fixture
def film_map(shared_path, comm):
    """Three by two coefficients over 10 x 6 mm; cells are 1.25 mm wide, so pixels are not aligned with them."""
    pixels = np.array([[1000.0, 2000.0, 4000.0], [500.0, 1500.0, 2500.0]])
    if comm.rank == 0:
        np.savetxt(shared_path / "film.csv", pixels, delimiter=",")
    comm.barrier()
    return pixels


def test_each_place_has_the_film_of_its_pixel(film_map, shared_path, comm):
    text = case(f"[{{face: top, convection: {{map: film.csv}}, {AIR}}}]", "fibres")
    heat = solved_heat(simulate(text, shared_path, comm))
    places = [(-4e-3, 2.2e-3, 1e-6), (4e-3, 2.2e-3, 1e-6), (-4e-3, -2.2e-3, 1e-6), (4.5e-3, -2.2e-3, 1e-6)]
    found = at(heat.solution.temperature, places)[:, 0] - ZERO_CELSIUS
    films = [film_map[0, 0], film_map[0, 2], film_map[1, 0], film_map[1, 2]]  # the first row is at the top
    # a jump rings in the next cells of degree 2, by some percent of it
    assert found == pytest.approx([25 + 6 / AREA / film for film in films], rel=0.03)
    assert heat.summary["heat_balance_error"] < 1e-8


def test_cells_between_pixels_have_the_mean_of_both(film_map, shared_path, comm):
    # outflow at one temperature: the mean film times the area, whatever the mesh
    text = case(f"[{{face: top, convection: {{map: film.csv}}, {AIR}}}, {{face: bottom, temperature: 26 degC}}]")
    heat = solved_heat(simulate(text, shared_path, comm))
    assert heat.summary["boundaries"][0]["heat_w"] == pytest.approx(film_map.mean() * AREA, rel=ONE_TEMPERATURE)


def test_a_map_less_symmetric_than_the_model_is_refused(film_map, shared_path, comm):
    text = case(f"[{{face: top, convection: {{map: film.csv}}, {AIR}}}]", symmetry="half-x")
    with pytest.raises(CaseError, match="not symmetric"):
        simulate(text, shared_path, comm).heat()


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_a_patch_has_its_own_area_whatever_the_mesh(symmetry, solve):
    patch = "{face: top, shape: {rectangle: [3.3 mm, 2.1 mm]}, flux: 1e5 W/m^2}"
    thermal = solve(case(f"[{patch}, {{face: bottom, temperature: 25 degC}}]", symmetry=symmetry))["thermal"]
    assert thermal["power_w"] == pytest.approx(6 + 1e5 * 3.3e-3 * 2.1e-3, rel=1e-9)
    assert thermal["heat_balance_error"] < 1e-8


def test_a_round_patch_beside_the_middle_replaces_the_film_around_it(solve):
    patch = f"{{face: top, shape: {{circle: 2 mm}}, at: [2 mm, -1 mm], convection: 9000 W/m^2/K, {AIR}}}"
    rest = f"{{face: top, convection: 1000 W/m^2/K, {AIR}}}"
    held = "{face: bottom, temperature: 26 degC}"
    there, around, _ = solve(case(f"[{patch}, {rest}, {held}]"))["thermal"]["boundaries"]
    circle = np.pi * 1e-6
    assert there["heat_w"] == pytest.approx(9000 * circle, rel=2e-5)
    assert around["heat_w"] == pytest.approx(1000 * (AREA - circle), rel=2e-5)


def test_a_cold_plate_holds_the_place_of_a_region_only(shared_path, comm):
    region = "[{name: spot, shape: {rectangle: [4 mm, 2 mm]}, at: [-1 mm, 1 mm], material: conductor}]"
    text = case("[{face: bottom, region: spot, temperature: 20 degC}]", "conductor", region)
    heat = solved_heat(simulate(text, shared_path, comm))
    held = at(heat.solution.temperature, [(-1e-3, 1e-3, 0.0), (1e-3, 2e-3, 0.0), (4e-3, -2e-3, 0.0)])[:, 0]
    assert held[:2] == pytest.approx([293.15] * 2, abs=1e-9)
    assert held[2] > 300
    assert heat.summary["boundaries"][0]["heat_w"] == pytest.approx(6.0, rel=1e-8)


def test_a_patch_outside_the_outline_is_refused(shared_path, comm):
    text = case("[{face: top, shape: {circle: 2 mm}, at: [4.5 mm, 0 mm], temperature: 20 degC}]")
    with pytest.raises(CaseError, match="reaches outside"):
        simulate(text, shared_path, comm)


SINK = "[{face: top, heat_sink: {resistance: 2 K/W, capacity: 0.5 J/K, ambient: 25 degC}}]"


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_a_heat_sink_warms_by_power_times_resistance(symmetry, solve):
    thermal = solve(case(SINK, symmetry=symmetry))["thermal"]
    assert thermal["max_temperature_degc"] == pytest.approx(25 + 6 * 2, rel=ONE_TEMPERATURE)
    assert thermal["resistances"]["junction_to_ambient_k_per_w"]["value"] == pytest.approx(2.0, rel=ONE_TEMPERATURE)


@pytest.mark.parametrize("symmetry", ["none", "half-y"])
def test_a_heat_sink_takes_its_time(symmetry, solve):
    analysis = "analysis: {transient: {duration: 3 s, start: 25 degC, tolerance: 1e-4}}"
    thermal = solve(case(SINK, symmetry=symmetry, analysis=analysis))["thermal"]
    time = np.array(thermal["history"]["time_s"])
    capacity = 0.5 + 2000 * 500 * 1e-6 * AREA
    expected = 25 + 12 * (1 - np.exp(-time / 2 / capacity))
    assert thermal["history"]["max_temperature_degc"] == pytest.approx(expected, abs=5e-3)
    assert thermal["heat_balance_error"] < 1e-9
