"""Results that no part can have, and models that cannot give them, are doubted by name."""

import pytest

HEAT = """
title: hot
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers: [{name: die, thickness: 1 mm, material: die}]
materials: {die: {thermal_conductivity: 100 W/m/K, density: 2330 kg/m^3, specific_heat: 700 J/kg/K}}
mesh: {in_plane_size: 5 mm}
thermal:
  power: [{layer: die, total: 1 W}]
  boundaries: [{face: top, convection: 1000 W/m^2/K, ambient: 25 degC}]
"""


@pytest.mark.slow
def test_a_megawatt_is_doubted_and_a_watt_is_not(solve):
    assert solve(HEAT)["warnings"] == []
    found = solve(HEAT, "thermal.power.0.total=1e6 W")
    assert found["thermal"]["max_temperature_degc"] == pytest.approx(1e7, rel=0.01)  # P / (h A)
    assert any("more than a package stands" in text for text in found["warnings"])


def test_heat_taken_away_without_end_is_below_absolute_zero(solve):
    cold = "{face: bottom, flux: -1e6 W/m^2}"
    found = solve(HEAT, f"thermal.boundaries=[{{face: top, convection: 1000 W/m^2/K, ambient: 25 degC}}, {cold}]")
    assert any("below absolute zero" in text for text in found["warnings"])


def test_a_pulse_that_is_over_at_the_end_is_doubted_too(solve):
    pulse = "{layer: die, total: 1e5 W, waveform: {time: [0 s, 10 ms], factor: [1, 0], between: steps}}"
    found = solve(HEAT, f"thermal.power=[{pulse}]", "analysis={transient: {duration: 10 s, start: 25 degC}}")
    assert found["thermal"]["peak_temperature_degc"] > 450 > found["thermal"]["max_temperature_degc"]
    assert any("more than a package stands" in text for text in found["warnings"])


RUBBER = """
title: rubber
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers:
    - {name: plate, thickness: 1 mm, material: silicon}
    - {name: gel, thickness: 1 mm, material: gel}
materials: {gel: {youngs_modulus: 1 MPa, poisson_ratio: 0.3, thermal_expansion: 100 ppm/K}}
mesh: {in_plane_size: 5 mm}
process: {stress_free_temperature: 100 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


@pytest.mark.parametrize(("poisson", "doubted"), [("0.48", False), ("0.4999", True), ("0.49999999", True)])
def test_nearly_incompressible_materials_are_doubted(solve, poisson, doubted):
    found = solve(RUBBER, f"materials.gel.poisson_ratio={poisson}")
    assert any("nearly incompressible" in text for text in found["warnings"]) == doubted
