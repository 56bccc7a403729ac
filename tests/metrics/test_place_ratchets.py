"""Plastic copper in a place of a stack that is cycled: what it yields in a cycle, and what stays of it."""

import pytest

from tests.solving import solve_case

MODULUS, POISSON, YIELD, HARDENING, MISMATCH = 120e9, 0.35, 140e6, 20e9, 14e-6
FILM = """
title: a film of copper that yields on a plate that hardly strains
geometry:
  outline: {shape: rectangle, size: [2 mm, 2 mm]}
  symmetry: quarter
  layers:
    - {name: plate, thickness: 200 um, material: plate}
    - {name: film, thickness: 2 um, material: metal}
materials:
  plate: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 3 ppm/K}
  metal:
    youngs_modulus: 120 GPa
    poisson_ratio: 0.35
    thermal_expansion: 17 ppm/K
    plastic: {yield_stress: 140 MPa, kinematic: 20 GPa}
mesh: {in_plane_size: 0.25 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 200 degC
  steps:
    - repeat:
        times: 3
        steps:
          - {name: cold, temperature: -55 degC, rate: 10 K/min}
          - {name: hot, temperature: 125 degC, rate: 10 K/min}
submodels:
  - name: line
    at: [0.3 mm, 0.3 mm]
    size: [30 um, 30 um]
    bottom: plate.bottom
    layers:
      - {name: plate, thickness: 200 um, material: plate}
      - name: film
        thickness: 2 um
        material: metal
        regions: [{name: middle, shape: {rectangle: [10 um, 10 um]}, material: metal}]
    mesh: {in_plane_size: 10 um}
"""


@pytest.mark.serial
@pytest.mark.slow
def test_a_film_in_a_place_yields_in_every_cycle_as_by_hand_and_does_not_ratchet(shared_path, comm):
    """Equibiaxial, kinematic hardening H: from turn to turn E / (1 - nu) (mismatch - e) = 2 Y + 2 H e (Prager's rule,
    the equivalent of e both ways is 2 e); the first way, from free of stress, ends at Y. Linear hardening shakes down
    to the same loop at once: nothing stays but what the first way left."""
    found = [
        step["submodels"]["line"]["cycle"]["blocks"]["film/middle"]
        for step in solve_case(FILM, (), shared_path, comm)["steps"]
        if "cycle" in step["submodels"]["line"]
    ]
    stiff = MODULUS / (1.0 - POISSON)

    def way(kelvin: float, elastic: float) -> float:
        return (stiff * MISMATCH * kelvin - elastic) / (stiff + 2.0 * HARDENING)

    turn = way(180.0, 2.0 * YIELD)
    assert [one["inelastic_strain"] for one in found] == pytest.approx(
        [2.0 * way(255.0, YIELD) + 2.0 * turn, 4.0 * turn, 4.0 * turn], rel=0.01
    )
    assert max(one["ratchet_strain"] for one in found[1:]) < 1e-3 * turn
    assert found[2]["change_of_inelastic_strain"] < 1e-3
