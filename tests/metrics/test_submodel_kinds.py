"""Whatever a stack goes through: a place of it that is meshed as it is has its energy and its stress."""

import pytest

from tests.solving import solve_case

STACK = """
title: a part in a stack
geometry:
  outline: {shape: rectangle, size: [4 mm, 3.2 mm]}
  layers:
    - {name: tape, thickness: 0.3 mm, material: laminate}
    - name: middle
      thickness: 0.2 mm
      regions:
        - {name: part, shape: {rectangle: [1.6 mm, 1.6 mm]}, material: SOLDER}
        - {name: fill, shape: {rectangle: [4 mm, 3.2 mm]}, material: epoxy, fill: true}
    - {name: die, thickness: 0.4 mm, material: silicon}
materials:
  laminate: {youngs_modulus: 22 GPa, poisson_ratio: 0.2, thermal_expansion: 16 ppm/K, density: 1900 kg/m^3,
             thermal_conductivity: 0.4 W/m/K}
  solder: {youngs_modulus: 45 GPa, poisson_ratio: 0.35, thermal_expansion: 22 ppm/K, density: 7400 kg/m^3,
           thermal_conductivity: 60 W/m/K}
  epoxy: {youngs_modulus: 8 GPa, poisson_ratio: 0.3, thermal_expansion: 30 ppm/K, density: 1500 kg/m^3,
          thermal_conductivity: 1 W/m/K}
mesh: {in_plane_size: 0.4 mm}
analysis: {deflection: DEFLECTION, time_tolerance: 0.1}
submodels:
  - {name: place, at: [0 mm, 0 mm], size: [2.4 mm, 2.4 mm], mesh: {in_plane_size: 0.4 mm}}
"""
COOL = "{name: cool, temperature: 25 degC, rate: 10 K/min}"
HEAT = """
thermal:
  power: [{layer: die, total: 0.2 W}]
  boundaries: [{face: bottom, convection: 2000 W/m^2/K, ambient: 25 degC}]
"""
KINDS = {
    "births and removals": f"""
process:
  stress_free_temperature: 150 degC
  steps:
    - {{name: mount, temperature: 120 degC, rate: 10 K/min, build: [die]}}
    - {COOL}
    - {{name: release, remove: [tape]}}
""",
    "gravity": """
process:
  stress_free_temperature: 150 degC
  gravity: [0 m/s^2, 0 m/s^2, -2e5 m/s^2]
  steps: [{name: cool, temperature: 25 degC, rate: 10 K/min, support: edge}]
""",
    "a side that is clamped": """
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC, rate: 10 K/min, support: {clamp: -x}}]
""",
    "the field of a heat run": f"""
{HEAT}
process:
  stress_free_temperature: 150 degC
  steps: [{COOL}, {{name: hot, temperature: thermal}}]
""",
}

SOLDERS = [pytest.param("solder", marks=pytest.mark.serial), "sac305-anand"]


def stack(kind, solder="solder", deflection="small"):
    return STACK.replace("SOLDER", solder).replace("DEFLECTION", deflection) + KINDS[kind]


def same(step, name="place", rel=1e-5):
    """A place has what the whole has there: of the part, all of which is in it, and of all inside of its bounds."""
    place = step["submodels"][name]
    assert place["strain_energy_mj"] == pytest.approx(place["whole_strain_energy_mj"], rel=rel)
    for block in [block for block in place["blocks"] if block == "middle/part"]:
        for key in ("strain_energy_density_kj_per_m3", "max_von_mises_mpa", "inelastic_work_mean_mpa"):
            if step["blocks"][block].get(key):
                assert place["blocks"][block][key] == pytest.approx(step["blocks"][block][key], rel=rel)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solder", SOLDERS)
def test_meshed_as_the_whole_a_place_is_the_whole(kind, solder, shared_path, comm):
    for step in solve_case(stack(kind, solder), (), shared_path, comm)["steps"]:
        same(step)


INNER = """
  - name: inner
    within: place
    at: [0 mm, 0 mm]
    size: [1.6 mm, 2.4 mm]
    bottom: tape.bottom
    mesh: {in_plane_size: 0.4 mm}
    layers:
      - {name: tape, thickness: 0.3 mm, material: laminate}
      - name: middle
        thickness: 0.2 mm
        regions: [{name: part, shape: {rectangle: [1.6 mm, 1.6 mm]}, material: SOLDER},
                  {name: fill, shape: {rectangle: [1.6 mm, 2.4 mm]}, material: epoxy, fill: true}]
"""


@pytest.mark.slow
@pytest.mark.parametrize("solder", SOLDERS)
def test_a_place_in_a_place_is_driven_where_that_is(solder, shared_path, comm):
    """The inner one reaches to two sides of the outer one, and ends below the die."""
    case = stack("gravity").replace("\nprocess:", INNER.rstrip() + "\nprocess:").replace("SOLDER", solder)
    step = solve_case(case.replace("material: solder}", f"material: {solder}}}"), (), shared_path, comm)["steps"][-1]
    same(step, "inner")
    assert set(step["submodels"]["inner"]["cut"]) == {"-x", "+x", "-y", "+y", "bottom", "top"}


@pytest.mark.slow
@pytest.mark.parametrize("solder, kind", [("solder", "gravity"), ("sac305-anand", "the field of a heat run")])
def test_the_same_at_large_deflection(solder, kind, shared_path, comm):
    for step in solve_case(stack(kind, solder, "large"), (), shared_path, comm)["steps"]:
        same(step, rel=1e-4)
