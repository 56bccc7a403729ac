"""Heat conduction against solutions in closed form."""

import numpy as np
import pytest

from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate, solved_heat

EXACT = 1e-9  # rounding: the solution lies in the finite-element space


def case(
    layers: str, materials: str, boundaries: str, power: str = "[]", size: str = "[10 mm, 6 mm]", mesh: str = "2 mm"
) -> str:
    return f"""
title: heat
geometry:
  outline: {{shape: rectangle, size: {size}}}
  layers: {layers}
materials: {materials}
mesh: {{in_plane_size: {mesh}}}
thermal:
  power: {power}
  boundaries: {boundaries}
"""


def upright(z: np.ndarray) -> np.ndarray:
    """Points (mm) of a line across the layers."""
    return np.column_stack([np.ones_like(z), np.ones_like(z), z])


@pytest.fixture
def temperature(shared_path, comm):
    """Temperatures (degC) at points (mm) of a case."""

    def found(text: str, points) -> np.ndarray:
        heat = solved_heat(simulate(text, shared_path, comm))
        return at(heat.solution.temperature, 1e-3 * np.asarray(points, dtype=float))[:, 0] - ZERO_CELSIUS

    return found


TWO_LAYERS = "[{name: low, thickness: 1 mm, material: low}, {name: high, thickness: 3 mm, material: high}]"
TWO_MATERIALS = """{low: {thermal_conductivity: [5 W/m/K, 7 W/m/K, 2 W/m/K]},
    high: {thermal_conductivity: [1 W/m/K, 90 W/m/K, 12 W/m/K]}}"""


def test_layers_in_series_share_the_drop_by_their_resistance_across(temperature):
    boundaries = "[{face: bottom, temperature: 80 degC}, {face: top, convection: 500 W/m^2/K, ambient: 20 degC}]"
    z = [(3, 1, 0.5), (-4, 2, 1), (0, 0, 2.5), (1, -2, 4)]
    flux = 60.0 / (1e-3 / 2 + 3e-3 / 12 + 1 / 500)
    expected = 80 - flux * np.array([0.5e-3 / 2, 1e-3 / 2, 1e-3 / 2 + 1.5e-3 / 12, 1e-3 / 2 + 3e-3 / 12])
    assert temperature(case(TWO_LAYERS, TWO_MATERIALS, boundaries), z) == pytest.approx(expected, abs=60 * EXACT)


def test_a_flux_leaves_through_the_other_face(temperature):
    boundaries = "[{face: top, flux: 1e4 W/m^2}, {face: bottom, temperature: 20 degC}]"
    found = temperature(case(TWO_LAYERS, TWO_MATERIALS, boundaries), [(0, 0, 1), (0, 0, 4)])
    assert found == pytest.approx([20 + 1e4 * 1e-3 / 2, 20 + 1e4 * (1e-3 / 2 + 3e-3 / 12)], abs=100 * EXACT)


def test_a_uniform_source_makes_a_parabola(temperature):
    layers, material = (
        "[{name: slab, thickness: 2 mm, material: slab}]",
        "{slab: {thermal_conductivity: [1 W/m/K, 1 W/m/K, 4 W/m/K]}}",
    )
    boundaries = "[{face: bottom, temperature: 30 degC}, {face: top, temperature: 30 degC}]"
    text = case(layers, material, boundaries, "[{layer: slab, density: 1e8 W/m^3}]")
    z = np.array([0.0, 0.5, 1.0, 1.7])
    expected = 30 + 1e8 / 2 / 4 * 1e-6 * z * (2 - z)
    assert temperature(text, upright(z)) == pytest.approx(expected, abs=10 * EXACT)


def test_an_orthotropic_section_has_its_fourier_series(temperature):
    # Carslaw, Jaeger, Conduction of Heat in Solids, 2nd ed., sect. 5.4, with x and y scaled by the conductivities
    layers, material = (
        "[{name: slab, thickness: 1 mm, material: slab}]",
        "{slab: {thermal_conductivity: [20 W/m/K, 5 W/m/K, 1 W/m/K]}}",
    )
    text = case(
        layers, material, "[{face: sides, temperature: 0 degC}]", "[{layer: slab, density: 1e7 W/m^3}]", mesh="0.5 mm"
    )
    a, b, kx, ky = 5e-3, 3e-3, 20.0, 5.0  # half sides

    def series(x: float, y: float) -> float:
        n = np.arange(1, 200, 2)
        ratio = n * np.pi / 2 / a * np.sqrt(kx / ky)
        shape = (-1.0) ** ((n - 1) // 2) / n**3 * np.cos(n * np.pi * x / 2 / a)
        fall = np.exp(ratio * (abs(y) - b)) * (1 + np.exp(-2 * ratio * abs(y))) / (1 + np.exp(-2 * ratio * b))
        return float(1e7 / kx * ((a**2 - x**2) / 2 - 16 * a**2 / np.pi**3 * (shape * fall).sum()))

    places = [(0, 0, 0.5), (2, 1, 0.2), (-4, -2.5, 1)]
    # degree 2 on cells of a twelfth of the width: (h/b)^3
    assert temperature(text, places) == pytest.approx([series(1e-3 * x, 1e-3 * y) for x, y, _ in places], rel=1e-3)


KIRCHHOFF = (
    "[{name: slab, thickness: 4 mm, material: slab, cells: 8}]",
    "{slab: {thermal_conductivity: {temperature: [0 degC, 400 degC], value: [150 W/m/K, 50 W/m/K]}}}",
)


def test_a_conductivity_that_falls_with_temperature_has_the_kirchhoff_transform(temperature):
    # theta = integral of k = 150 T - T^2/8 is linear in z
    text = case(*KIRCHHOFF, "[{face: bottom, temperature: 380 degC}, {face: top, temperature: 20 degC}]")
    z = np.array([0.5, 1.25, 2.0, 3.75])
    low, high = (150 * t - t**2 / 8 for t in (380.0, 20.0))
    theta = low + (high - low) * z / 4
    expected = (150 - np.sqrt(150**2 - theta / 2)) * 4
    # eight cells of degree 2
    assert temperature(text, upright(z)) == pytest.approx(expected, abs=0.02)


def test_heat_through_a_nonlinear_slab_is_the_mean_conductivity_times_the_drop(solve):
    text = case(*KIRCHHOFF, "[{face: bottom, temperature: 380 degC}, {face: top, temperature: 20 degC}]")
    thermal = solve(text)["thermal"]
    # k is linear, so its mean is that of the middle: 100 W/m/K; superconvergent
    assert thermal["boundaries"][1]["heat_w"] == pytest.approx(100.0 * 360 / 4e-3 * 60e-6, rel=1e-6)
    assert thermal["heat_balance_error"] < 1e-9


def test_a_radiating_plate_finds_the_temperature_of_its_power(temperature):
    layers, material = "[{name: plate, thickness: 1 mm, material: plate}]", "{plate: {thermal_conductivity: 9e3 W/m/K}}"
    text = case(layers, material, "[{face: top, emissivity: 0.8, ambient: 300 K}]", "[{layer: plate, total: 1 W}]")
    expected = (1 / 60e-6 / 0.8 / 5.670374419e-8 + 300**4) ** 0.25 - ZERO_CELSIUS
    assert temperature(text, [(0, 0, 1), (5, 3, 1)]) == pytest.approx([expected] * 2, abs=1e-6)


def test_convection_and_radiation_stand_together(solve):
    layers, material = "[{name: plate, thickness: 1 mm, material: plate}]", "{plate: {thermal_conductivity: 9e3 W/m/K}}"
    text = case(
        layers,
        material,
        "[{face: top, convection: 30 W/m^2/K, emissivity: 0.8, ambient: 300 K}, {face: bottom, temperature: 500 K}]",
    )
    into = -solve(text)["thermal"]["boundaries"][1]["heat_w"]
    # the upper face is 1e-3 K colder than the lower one: q t / k
    assert into == pytest.approx(60e-6 * (30 * 200 + 0.8 * 5.670374419e-8 * (500**4 - 300**4)), rel=3e-5)


def test_fixed_faces_take_the_heat_in_the_ratio_of_their_conductances(solve):
    # a thin source between 1 mm of 2 W/m/K and 3 mm of 12 W/m/K; of its own 1e-10 of their 7.5e-4 m^2 K/W
    layers = """[{name: low, thickness: 1 mm, material: low}, {name: source, thickness: 1 um, material: perfect},
            {name: high, thickness: 3 mm, material: high}]"""
    materials = TWO_MATERIALS[:-1] + ", perfect: {thermal_conductivity: 9e3 W/m/K}}"
    boundaries = "[{face: bottom, temperature: 25 degC}, {face: top, temperature: 25 degC}]"
    down, up = (
        face["heat_w"]
        for face in solve(case(layers, materials, boundaries, "[{layer: source, total: 6 W}]"))["thermal"]["boundaries"]
    )
    assert down == pytest.approx(6 * 2000 / (2000 + 4000), rel=1e-6)
    assert down + up == pytest.approx(6.0, rel=1e-12)


def test_an_empty_place_conducts_nothing(solve):
    post = "{name: post, shape: {rectangle: [2 mm, 2 mm]}, material: k}"
    layers = f"[{{name: low, thickness: 1 mm, material: k}}, {{name: post, thickness: 1 mm, regions: [{post}]}}]"
    boundaries = "[{face: low.bottom, temperature: 25 degC}, {face: top, flux: 1e4 W/m^2}]"
    thermal = solve(case(layers, "{k: {thermal_conductivity: 10 W/m/K}}", boundaries))["thermal"]
    assert thermal["boundaries"][0]["heat_w"] == pytest.approx(1e4 * 4e-6, rel=1e-9)


@pytest.mark.parametrize("symmetry", ["half-x", "half-y", "quarter"])
def test_a_part_cut_at_its_mirror_planes_is_the_whole(symmetry, solve):
    die = "{name: die, shape: {rectangle: [4 mm, 2 mm]}, material: k}"
    layers = f"[{{name: low, thickness: 1 mm, material: k}}, {{name: high, thickness: 1 mm, regions: [{die}]}}]"
    boundaries = "[{face: bottom, convection: 500 W/m^2/K, ambient: 25 degC}]"
    text = case(layers, "{k: {thermal_conductivity: 10 W/m/K}}", boundaries, "[{region: die, total: 3 W}]", mesh="1 mm")
    whole, part = (solve(text, f"geometry.symmetry={name}")["thermal"] for name in ("none", symmetry))
    assert part["max_temperature_degc"] == pytest.approx(whole["max_temperature_degc"], abs=1e-8)
    assert part["boundaries"][0]["heat_w"] == pytest.approx(3.0, rel=1e-9)
    assert part["regions"]["low"]["mean_temperature_degc"] == pytest.approx(
        whole["regions"]["low"]["mean_temperature_degc"], abs=1e-8
    )


def test_heat_goes_from_one_named_end_to_another(temperature):
    """-x at 80, +x at 20 degC: a straight line between, whatever the layers; the sides in y let nothing out."""
    ends = "[{end: -x, temperature: 80 degC}, {end: +x, temperature: 20 degC}]"
    found = temperature(case(TWO_LAYERS, TWO_MATERIALS, ends), [(-3, 1, 0.5), (0, -2, 2), (2.5, 2, 4)])
    assert found == pytest.approx([80 - 60 * (x + 5) / 10 for x in (-3, 0, 2.5)], abs=60 * EXACT)


def test_an_end_takes_the_place_of_the_sides_around_it(temperature):
    """A film on all sides but +x, which is held at the ambient: nothing is warm."""
    sides = "[{face: sides, convection: 1e4 W/m^2/K, ambient: 50 degC}, {end: [+x], flux: 0 W/m^2}]"
    assert temperature(case(TWO_LAYERS, TWO_MATERIALS, sides), [(4, 1, 1)]) == pytest.approx([50.0], abs=1e-9)
