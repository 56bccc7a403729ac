"""Electromigration of parts: Black's equation at the worst place, Blech's product of a body, what is weakest.

Lives of a uniform bar follow Black's equation by hand. A straight line has the product j L. With a dead end as long as
the line at its cathode the mean potential is V / 4 above the lowest and the product half of j L, as the back stress has
more metal to draw on; at its anode the mean is 3 V / 4 above it, and the product is 3/2 of j L.
"""

import numpy as np
import pytest

from tests.probing import simulate

CASE = """
title: electromigration
geometry:
  outline: {{shape: rectangle, size: [8 mm, 1 mm]}}
  layers: {layers}
materials:
  line: {{electrical_resistivity: 2e-8 ohm m, electromigration: {{current_exponent: 2, activation_energy: 0.8 eV,
    reference: {{life: 1000 h, current_density: 1e4 A/cm^2, temperature: 150 degC}}, blech_product: {threshold}}}}}
  solder: {{electrical_resistivity: 13e-8 ohm m,
    electromigration: {{current_exponent: 1.8, activation_energy: 0.9 eV}}}}
mesh: {{in_plane_size: 1 mm}}
electric:
  temperature: 105 degC
  required_life: 10 years
  terminals: {terminals}
"""
BAR = "[{name: bar, thickness: 1 mm, material: line}]"
ENDS = "[{name: in, face: sides, end: +x, current: 50 A}, {name: out, face: sides, end: -x, voltage: 0 V}]"


def case(layers=BAR, terminals=ENDS, threshold="100 A/cm") -> str:
    return CASE.format(layers=layers, terminals=terminals, threshold=threshold)


def test_a_uniform_bar_lives_by_blacks_equation(solve):
    """5e3 A/cm2 at 105 degC against 1e4 A/cm2 at 150 degC: E4."""
    found = solve(case())
    (link,) = found["electric"]["electromigration"]
    assert link["median_life_h"] == pytest.approx(54439.0, rel=2e-5)
    assert link["median_life_at_mean_density_h"] == pytest.approx(54439.0, rel=2e-5)
    assert link["current_density_a_per_m2"] == pytest.approx(5e7, rel=1e-9)
    assert link["blech_product_a_per_m"] == pytest.approx(5e7 * 8e-3, rel=1e-6)
    assert link["mortal"]
    (warning,) = found["warnings"]
    assert warning.startswith("electromigration: bar has a median life of 5.44e+04 h at 105 degC")


def test_a_short_line_lasts_for_ever(solve, shared_path, comm):
    text = case(threshold="4100 A/cm")
    found = solve(text)
    (link,) = found["electric"]["electromigration"]
    assert not link["mortal"]
    assert link["median_life_h"] == pytest.approx(54439.0, rel=2e-5)  # what it would be
    assert found["warnings"] == []
    result = simulate(text, shared_path, comm).current(None)
    assert np.all(np.isinf(result.cells["log10_median_life_h"]))


@pytest.mark.parametrize("side, part", [("-", 0.5), ("+", 1.5)])
def test_a_reservoir_at_the_cathode_shares_the_stress(side, part, solve):
    """Electrons enter at the lower potential. A dead end there holds metal in store; one at the anode holds none."""
    end, volts = ("+x", "1 mV") if side == "-" else ("-x", "-1 mV")
    across = (
        "[{name: joint, face: top, shape: {rectangle: [1 um, 1 mm]}, voltage: 0 V}, "
        f"{{name: end, face: sides, end: {end}, voltage: {volts}}}]"
    )
    found = solve(case("[{name: bar, thickness: 10 um, material: line}]", across))["electric"]
    (link,) = found["electromigration"]
    assert link["blech_product_a_per_m"] == pytest.approx(part * 1e-3 / 2e-8, rel=1e-3)


def test_bodies_end_where_the_metal_changes_and_at_contacts(solve):
    layers = (
        "[{name: a, thickness: 1 mm, material: line}, {name: b, thickness: 2 mm, material: line}, "
        "{name: c, thickness: 1 mm, material: solder}]"
    )
    upright = "[{name: in, face: top, current: 400 A}, {name: out, face: bottom, voltage: 0 V}]"
    text, density = case(layers, upright), 400 / 8e-6
    one = {link["part"]: link for link in solve(text)["electric"]["electromigration"]}
    for name, length in (("a", 3e-3), ("b", 3e-3), ("c", 1e-3)):
        assert one[name]["blech_product_a_per_m"] == pytest.approx(density * length, rel=1e-6), name
    apart = text + "  contacts: [{between: [a, b], resistance: 1e-12 ohm m^2}]\n"
    two = {link["part"]: link for link in solve(apart)["electric"]["electromigration"]}
    for name, length in (("a", 1e-3), ("b", 2e-3), ("c", 1e-3)):
        assert two[name]["blech_product_a_per_m"] == pytest.approx(density * length, rel=1e-6), name


def test_the_weakest_part_comes_first_and_unknown_lives_are_said(solve):
    narrow = (
        "[{name: neck, shape: {rectangle: [2 mm, 0.5 mm]}, material: line}, "
        "{name: left, shape: {rectangle: [3 mm, 1 mm]}, at: [-2.5 mm, 0 mm], material: line}, "
        "{name: right, shape: {rectangle: [3 mm, 1 mm]}, at: [2.5 mm, 0 mm], material: solder}]"
    )
    found = solve(case(f"[{{name: film, thickness: 1 mm, regions: {narrow}}}]"))
    links = found["electric"]["electromigration"]
    assert [link["part"] for link in links] == ["film/neck", "film/left", "film/right"]
    assert links[0]["median_life_h"] < links[0]["median_life_at_mean_density_h"]  # crowding at the corners
    assert abs(links[0]["at_mm"][0]) == pytest.approx(1.0, abs=0.5)
    assert links[2]["median_life_h"] is None
    assert any("film/right has no life" in text for text in found["warnings"])
    parts = found["electric"]["parts"]
    assert parts["film/neck"]["crowding"] > 1.05
    neck, left = (parts[name]["mean_current_density_a_per_m2"] for name in ("film/neck", "film/left"))
    assert neck > 1.5 * left
