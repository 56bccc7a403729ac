"""What parts are born with: the stress of a film, and a stress-free temperature of their own."""

import numpy as np
import pytest

WAFER = """
title: stressed film
geometry:
  outline: {shape: disc, diameter: 300 mm}
  symmetry: quarter
  layers:
    - {name: wafer, thickness: 725 um, material: wafer}
    - {name: film, thickness: 1 um, material: film%s}
materials:
  wafer: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K}
  film: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K%s}
mesh: {in_plane_size: 15 mm}
analysis: {deflection: small}
process: {stress_free_temperature: 25 degC, steps: [{name: film, temperature: 25 degC}]}
"""


@pytest.mark.parametrize("text", [WAFER % (", stress: 100 MPa", ""), WAFER % ("", ", stress: 100 MPa")])
def test_a_film_born_with_100_mpa_bends_the_wafer_to_stoneys_curvature(text, solve):
    # VALIDATION A5, Stoney (1909): 6.3221e-3 1/m; the stiffness of the film, which Stoney leaves out, is 4 t_f/t_s
    (step,) = solve(text)["steps"]
    assert step["curvature_x_per_m"] == pytest.approx(-6.3221e-3, rel=0.007)
    assert step["layers"]["film"]["max_principal_mpa"] == pytest.approx(100.0, rel=0.02)


def test_a_film_with_stresses_along_x_and_y_bends_to_two_curvatures(solve):
    # linear in both stresses: sigma_x bends by 6 t_f/(E t_s^2) along x and by -nu times that across
    (step,) = solve(WAFER % (", stress: [100 MPa, 0 MPa]", ""))["steps"]
    along = 6 * 100e6 * 1e-6 / (130e9 * 725e-6**2)
    assert step["curvature_x_per_m"] == pytest.approx(-along, rel=0.007)
    assert step["curvature_y_per_m"] == pytest.approx(0.28 * along, rel=0.01)


PAIR = """
title: two references
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 0.5 mm, material: low%s}
    - {name: high, thickness: 0.5 mm, material: high%s}
materials:
  low: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 10 ppm/K%s}
  high: {youngs_modulus: 100 GPa, poisson_ratio: 0, thermal_expansion: 4 ppm/K}
mesh: {in_plane_size: 5 mm}
process: {%ssteps: [{name: cold, temperature: 25 degC}]}
"""
OWN, COMMON = ", stress_free_temperature: %s degC", "stress_free_temperature: %s degC, "


@pytest.mark.parametrize(
    "text",
    [
        PAIR % (OWN % 125, "", "", COMMON % 75),
        PAIR % ("", "", OWN % 125, COMMON % 75),
        PAIR % (OWN % 125, OWN % 75, "", ""),
        PAIR % (OWN % 125, OWN % 75, OWN % 300, ""),  # the layer's own goes before its material's
    ],
)
def test_each_part_counts_its_strain_from_its_own_stress_free_temperature(text, solve):
    # equal moduli and thicknesses, nu = 0: kappa = 3/2 (e_high - e_low) / h, e = alpha (T - T_ref) (Timoshenko 1925)
    (step,) = solve(text)["steps"]
    e_low, e_high = -10e-6 * 100, -4e-6 * 50
    assert step["laminate"]["curvature_x_per_m"] == pytest.approx(1.5 * (e_high - e_low) / 1e-3, rel=1e-9)
    assert step["curvature_x_per_m"] == pytest.approx(1.5 * (e_high - e_low) / 1e-3, rel=2e-3)  # less at free edges


def test_the_laminate_model_knows_them_too(solve):
    (step,) = solve(PAIR % (OWN % 125, "", ", stress: 5 MPa", COMMON % 75))["steps"]
    assert step["laminate"]["curvature_x_per_m"] == pytest.approx(step["curvature_x_per_m"], rel=2e-3)


def test_the_elastic_strain_of_a_film_is_hookes():
    from solver.materials import library

    film = library.resolve("copper").with_stress((100e6, 50e6))
    youngs, poisson, _ = (part[0, 0] for part in film.engineering_constants(np.array([298.15])))
    free = film.free_strain(np.array([298.15]), np.array([298.15]))[0]
    expected = -np.array([100e6 - poisson * 50e6, 50e6 - poisson * 100e6, -poisson * 150e6]) / youngs
    assert free == pytest.approx(expected, rel=1e-12)


BOWED = """
title: sheet that was never flat
geometry:
  outline: {shape: rectangle, size: [100 mm, 80 mm]}
  symmetry: quarter
  initial_bow: %s
  layers: [{name: low, thickness: 0.5 mm, material: glass}, {name: high, thickness: 0.5 mm, material: %s}]
materials:
  glass: {youngs_modulus: 70 GPa, poisson_ratio: 0.2, thermal_expansion: 3 ppm/K}
  stiff: {base: glass, thermal_expansion: 4 ppm/K}
mesh: {in_plane_size: 10 mm}
analysis: {deflection: %s}
process: {stress_free_temperature: 125 degC, steps: [{name: cold, temperature: 25 degC}]}
"""


@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.parametrize(("bow", "x", "y"), [("0.1 mm", 0.1e-3, 0.1e-3), ("[0.2 mm, -0.1 mm]", 0.2e-3, -0.1e-3)])
def test_a_sheet_that_was_never_flat_keeps_its_shape_free_of_stress(bow, x, y, deflection, solve):
    # rise b over a length L: kappa = 8 b / L^2
    (step,) = solve(BOWED % (bow, "glass", deflection))["steps"]
    assert step["curvature_x_per_m"] == pytest.approx(8 * x / 0.1**2, rel=1e-3)
    assert step["curvature_y_per_m"] == pytest.approx(8 * y / 0.08**2, rel=1e-3)
    assert abs(step["layers"]["high"]["max_von_mises_mpa"]) < 1e-3


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_thermal_curvature_adds_to_an_initial_bow(deflection, solve):
    # equal moduli and thicknesses: kappa = 3/2 (e_low - e_high)/h on top of 8 b / L^2, of the laminate and of the solid
    text = BOWED.replace("4 ppm/K", "3.1 ppm/K")  # a hundredth of the thickness: far below stiffening
    (bowed,), (flat,) = (solve(text % (bow, "stiff", deflection))["steps"] for bow in ("-0.01 mm", "0 mm"))
    added = -8 * 0.01e-3 / 0.1**2
    assert bowed["laminate"]["curvature_x_per_m"] == pytest.approx(-1.5 * 1e-5 / 1e-3 + added, rel=1e-6)
    assert bowed["curvature_x_per_m"] - flat["curvature_x_per_m"] == pytest.approx(added, rel=1e-3)


@pytest.mark.slow
def test_a_stressed_film_bends_at_large_deflection_as_at_small(solve):
    # 1 MPa: far below the bifurcation, so both agree
    small, large = (
        solve(WAFER.replace("deflection: small", f"deflection: {kind}") % (", stress: 1 MPa", ""))["steps"][0]
        for kind in ("small", "large")
    )
    assert large["curvature_x_per_m"] == pytest.approx(small["curvature_x_per_m"], rel=1e-3)
