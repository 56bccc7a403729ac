"""A cohesive interface in a temperature field: it conducts heat while it holds, and parts by what the field strains."""

import pytest

from solver.errors import CaseError
from tests.solving import load_case, solve_case

HEATED = """title: a panel that is heated at its middle
geometry:
  outline: {shape: rectangle, size: [12 mm, 8 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 0.2 mm, material: stiff}
    - {name: film, thickness: 0.2 mm, material: soft,
       regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: stiff}]}
  delaminations: [{name: zone, between: [base, film], shape: {rectangle: [SIZE]},
    cohesive: {normal_strength: 20 MPa, opening: 5 J/m^2, stiffness: 1e9 MPa/m, viscosity: 0.01 s}}]
materials:
  stiff: {youngs_modulus: 100 GPa, poisson_ratio: 0.25, thermal_expansion: 3 ppm/K,
          thermal_conductivity: 50 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/K}
  soft: {youngs_modulus: 20 GPa, poisson_ratio: 0.25, thermal_expansion: 15 ppm/K,
         thermal_conductivity: 1 W/m/K, density: 2000 kg/m^3, specific_heat: 800 J/kg/KMEMORY}
mesh: {in_plane_size: 1 mm}
thermal:
  power: [{layer: film, region: die, total: 3 W}]
  boundaries: [{face: bottom, convection: 1000 W/m^2/K, ambient: 25 degC}]
analysis: {deflection: DEFLECTION}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: 'on', temperature: thermal, duration: 10 s}
"""
RELAXES = ", viscoelastic: {times: [3 s, 30 s], shear: [0.3, 0.3]}"


def _case(memory, deflection, size="12 mm, 8 mm"):
    return HEATED.replace("MEMORY", memory).replace("DEFLECTION", deflection).replace("SIZE", size)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("memory", "deflection", "size"),
    [("", "small", "6 mm, 4 mm"), ("", "large", "12 mm, 8 mm"), (RELAXES, "small", "12 mm, 8 mm")],
    ids=["small", "large", "relaxes"],
)
def test_a_heated_panel_that_holds_together_is_as_hot_and_as_bent_as_one_without_an_interface(
    tmp_path, comm, memory, deflection, size
):
    """What shear at the edges takes of the stiffness of the interface is 4e-4 of the warpage."""
    case = _case(memory, deflection, size)
    start = case.index("  delaminations")
    held, sound = (
        solve_case(text, (), tmp_path, comm) for text in (case, case[:start] + case[case.index("materials:") :])
    )
    assert held["thermal"]["max_temperature_degc"] == pytest.approx(sound["thermal"]["max_temperature_degc"], rel=1e-6)
    (one,), (other,) = held["steps"], sound["steps"]
    assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-3)
    assert one["cohesive"]["damaged_area_mm2"] == 0.0 and one["cohesive"]["shear_traction_mpa"] > 1.0


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_what_parts_while_it_is_heated_does_so_through_all_moments(tmp_path, comm, deflection):
    """A weak interface in the field of heat in time: damage goes on from moment to moment, and stays."""
    case = _case("", deflection, "6 mm, 4 mm").replace("20 MPa, opening: 5", "1 MPa, opening: 0.05")
    case = case.replace("analysis: {", "analysis: {transient: {duration: 4 s, start: 25 degC, times: [1 s, 2 s]}, ")
    case = case.replace("stress_free_temperature: 150", "stress_free_temperature: 25").replace(", duration: 10 s", "")
    steps = "    - {name: early, temperature: thermal, at: 2 s}\n    - {name: late, temperature: thermal}\n"
    if deflection == "small":  # at large the flat panel is a limit, beyond which not every run finds an equilibrium
        steps += "    - {name: cold, temperature: 25 degC, duration: 1 s}\n"
    case = case[: case.index("    - {name: 'on'")] + steps
    early, late, *after = (step["cohesive"] for step in solve_case(case, (), tmp_path, comm)["steps"])
    assert 0.0 < early["dissipated_uj"] < late["dissipated_uj"]
    assert early["damaged_area_mm2"] <= late["damaged_area_mm2"]
    for cold in after:
        assert late["dissipated_uj"] <= cold["dissipated_uj"] * (1 + 1e-6)
        assert late["damaged_area_mm2"] <= cold["damaged_area_mm2"]
    assert late["dissipated_uj"] == pytest.approx(late["fracture_energy_uj"], rel=0.1)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            "duration: 10 s}",
            "duration: 10 s, opens: 1 um, loads: [{face: top, force: [0 N, 0 N, 1 N]}]}",
            "uniform temp",
        ),
        (", duration: 10 s", "", "say how long the step takes"),
    ],
)
def test_what_goes_with_a_field_is_checked(tmp_path, comm, old, new, rule):
    with pytest.raises(CaseError, match=rule):
        load_case(_case("", "small").replace(old, new), (), tmp_path, comm)
