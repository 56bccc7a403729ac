"""Heat and mechanics that depend on each other, against scalar fixed points of columns."""

import numpy as np
import pytest
from scipy.optimize import brentq

from solver.case.load import load
from solver.errors import CaseError

pytestmark = pytest.mark.slow

# nu = 0 and expansion along z only: a column of exactly one dimension
COLUMN = """title: a column whose bond line swells with its temperature
geometry:
  outline: {{shape: rectangle, size: [4 mm, 4 mm]}}
  symmetry: quarter
  layers:
    - {{name: die, thickness: 0.5 mm, material: plain}}
    - {{name: tim, thickness: 0.1 mm, material: swelling}}
    - {{name: lid, thickness: 1 mm, material: plain}}
materials:
  plain: {{youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K, thermal_conductivity: 200 W/m/K}}
  swelling:
    youngs_modulus: [1 MPa, 1 MPa, 1 MPa]
    poisson_ratio: [0, 0, 0]
    shear_modulus: [0.5 MPa, 0.5 MPa, 0.5 MPa]
    thermal_expansion: [0 ppm/K, 0 ppm/K, {alpha} ppm/K]
    thermal_conductivity: 2 W/m/K
mesh: {{in_plane_size: 1 mm}}
process:
  stress_free_temperature: 20 degC
  steps:
    - {{name: in use, temperature: thermal}}
thermal:
  boundaries:
    - {{face: bottom, flux: 2e6 W/m^2}}
    - {{face: top, temperature: 20 degC}}
  bond_lines: [tim]
  coupling: {{tolerance: 1e-7}}
"""
FLUX = 2e6


@pytest.mark.parametrize("alpha", [1900.0, -1900.0])
def test_a_bond_line_that_swells_or_shrinks_is_the_scalar_fixed_point(solve, alpha):
    """Its mean rise is that of the lid's underside, q t_lid / k, and half its own drop, q s t / 2 k, with the stretch
    s = 1 + alpha rise: s = 1 + alpha q (t_lid / k_lid + s t / 2 k)."""
    thermal = solve(COLUMN.format(alpha=alpha))["thermal"]
    a, lid, half = 1e-6 * alpha, 1e-3 / 200, 0.5 * 1e-4 / 2
    stretch = (1 + a * FLUX * lid) / (1 - a * FLUX * half)
    (line,) = thermal["coupling"]["bond_lines"]
    assert thermal["coupling"]["converged"]
    # cells are scaled by their mean stretch, and there is one through the bond line
    assert line["mean_stretch"] == pytest.approx(stretch, rel=1e-6)
    assert line["min_stretch"] == pytest.approx(line["max_stretch"], rel=1e-6)
    hottest = 20 + FLUX * (lid + 2 * half * stretch + 0.5e-3 / 200)
    assert thermal["max_temperature_degc"] == pytest.approx(hottest, abs=1e-4)
    assert thermal["heat_balance_error"] < 1e-9


# a stiff frame around a die: the die that gets hot presses itself on the lid
PRESSED = """title: a die that presses itself on its lid
geometry:
  outline: {{shape: rectangle, size: [4 mm, 4 mm]}}
  symmetry: quarter
  layers:
    - {{name: base, thickness: 1 mm, material: plate}}
    - name: die
      thickness: 1 mm
      regions:
        - {{name: die, shape: {{rectangle: [2 mm, 2 mm]}}, material: die}}
        - {{name: frame, shape: {{rectangle: [4 mm, 4 mm], hole: [3 mm, 3 mm]}}, material: frame}}
    - name: tim
      thickness: 0.1 mm
      regions:
        - {{name: tim, shape: {{rectangle: [2 mm, 2 mm]}}, material: soft}}
        - {{name: frame, shape: {{rectangle: [4 mm, 4 mm], hole: [3 mm, 3 mm]}}, material: frame}}
    - {{name: lid, thickness: 1 mm, material: plate}}
materials:
  plate: {{youngs_modulus: 1900 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K, thermal_conductivity: 9900 W/m/K}}
  frame: {{youngs_modulus: 1900 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K, thermal_conductivity: 1e-6 W/m/K}}
  die:
    youngs_modulus: [100 GPa, 100 GPa, 100 GPa]
    poisson_ratio: [0, 0, 0]
    shear_modulus: [1 kPa, 1 kPa, 1 kPa]
    thermal_expansion: [0 ppm/K, 0 ppm/K, 20 ppm/K]
    thermal_conductivity: 100 W/m/K
  soft:
    youngs_modulus: [10 MPa, 10 MPa, 10 MPa]
    poisson_ratio: [0, 0, 0]
    shear_modulus: [1 kPa, 1 kPa, 1 kPa]
    thermal_expansion: 0 ppm/K
    thermal_conductivity: 4 W/m/K
mesh: {{in_plane_size: 1 mm}}
analysis: {{solver: direct}}
process:
  stress_free_temperature: 20 degC
  steps:
    - {{name: in use, temperature: thermal}}
thermal:
  boundaries:
    - {{face: bottom, flux: 2.5e5 W/m^2}}
    - {{face: top, temperature: 20 degC}}
  interfaces:
    - {{between: [die/die, tim/tim], conductance: {{pressure: [0 kPa, 400 kPa], value: {values}}}}}
  coupling: {{tolerance: 1e-7}}
"""


@pytest.mark.parametrize("values", ["[5e3 W/m^2/K, 1e5 W/m^2/K]", "[1e4 W/m^2/K, 1e4 W/m^2/K]"])
def test_a_die_that_presses_itself_on_its_lid_is_the_scalar_fixed_point(solve, values):
    """The frame is rigid: a die longer by alpha h rise squeezes the grease by as much, p = E alpha rise h / (t + h E /
    E_die); its rise is the drops of grease and contact and half its own, q (t / k + 1 / G(p) + h / 2 k_die)."""
    low, high = (float(value.split()[0]) for value in values.strip("[]").split(","))
    heat, e, t, h = 1e6, 10e6, 1e-4, 1e-3  # all heat of 16 mm2 goes through 4

    def rise(pressure: float) -> float:
        return heat * (t / 4 + 1 / np.interp(pressure, [0, 4e5], [low, high]) + h / 200)

    def balance(pressure: float) -> float:
        return pressure - e * 20e-6 * rise(pressure) * h / (t + h * e / 100e9)

    pressure = brentq(balance, 0.0, 1e6)
    thermal = solve(PRESSED.format(values=values))["thermal"]
    (contact,), (interface,) = thermal["coupling"]["contacts"], thermal["interfaces"]
    assert thermal["coupling"]["converged"]
    # the lid drops 0.1 K of 60
    assert 1e3 * contact["mean_pressure_kpa"] == pytest.approx(pressure, rel=3e-3)
    conductance = np.interp(pressure, [0, 4e5], [low, high])
    assert interface["resistance_mm2_k_per_w"] == pytest.approx(1e6 / conductance, rel=3e-3)
    assert interface["heat_w"] == pytest.approx(4.0, rel=1e-4)
    assert thermal["max_temperature_degc"] == pytest.approx(20 + rise(pressure) + heat * h / 200, abs=0.15)


def test_what_has_not_converged_is_said(solve):
    found = solve(COLUMN.format(alpha=1900.0), "thermal.coupling.most_iterations=2")
    assert not found["thermal"]["coupling"]["converged"]
    assert any("after 2 turns of heat and mechanics" in text for text in found["warnings"])


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("bond_lines: [tim]", "bond_lines: [tin]", "there is no layer or region 'tin'; did you mean 'tim'"),
        ("temperature: thermal", "temperature: 50 degC", "come from a process step with `temperature: thermal`"),
        ("mesh:", "analysis: {transient: {duration: 1 s, start: 20 degC}}\nmesh:", "are for the steady state"),
        ("tolerance: 1e-7", "tolerance: 2", "the tolerance lies in"),
    ],
)
def test_couplings_that_cannot_be_are_named(tmp_path, old, new, rule):
    text = COLUMN.format(alpha=1.0).replace(old, new)
    text = text.replace("W/m/K}", "W/m/K, density: 1000 kg/m^3, specific_heat: 500 J/kg/K}")
    text = text.replace("2 W/m/K\n", "2 W/m/K\n    density: 1000 kg/m^3\n    specific_heat: 500 J/kg/K\n")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=rule):
        load(tmp_path)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ("{pressure: [0 kPa], value: [1e4 W/m^2/K]}", "two or more"),
        ("{pressure: [1 kPa, 0 kPa], value: [1e4 W/m^2/K, 2e4 W/m^2/K]}", "pressures ascend"),
        ("{pressure: [0 kPa, 1 kPa], value: [0 W/m^2/K, 2e4 W/m^2/K]}", "is positive"),
        ("{pressure: [0 K, 1 kPa], value: [1 W/m^2/K, 2e4 W/m^2/K]}", "not a unit of pressure"),
    ],
)
def test_tables_over_pressure_are_checked(tmp_path, table, rule):
    text = PRESSED.format(values="X").replace("{pressure: [0 kPa, 400 kPa], value: X}", table)
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=rule):
        load(tmp_path)
