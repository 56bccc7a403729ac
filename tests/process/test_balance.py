"""What supports carry is what presses on them, as closely as it says; where it is not, the run says so."""

import dataclasses

import numpy as np
import pytest

from solver.linalg import stopping
from solver.metrics import plausibility
from solver.physics.solid.solid import Balance

# a film that shrinks ten times as much as the glass below, on a chuck: thermal forces are 1e5 times the weight
HELD = """
title: a panel held flat
geometry:
  outline: {shape: rectangle, size: [400 mm, 400 mm]}
  symmetry: quarter
  layers:
    - {name: glass, thickness: 1.1 mm, material: glass-eagle-xg}
    - {name: film, thickness: 30 um, material: polyimide}
mesh: {in_plane_size: 10 mm}
process:
  gravity: true
  stress_free_temperature: 25 degC
  steps: [{name: cure, temperature: 230 degC, support: chuck}]
analysis: {solver: columns, deflection: small}
"""
WEIGHT = 0.4**2 * 9.80665 * (1.1e-3 * 2380 + 30e-6 * 1400)  # N, densities of the library
OFF = "the forces of the support are off by"


def off(found):
    return any(OFF in text for text in found["warnings"])


def test_a_chuck_carries_the_weight_however_large_the_thermal_forces_are(solve, monkeypatch):
    for limit in ("ENOUGH", "SETTLED"):  # as of a panel so wide that little beside its thermal forces is much here
        monkeypatch.setattr(stopping, limit, 1e-3)
    found = solve(HELD)
    contact = found["steps"][0]["contact"]
    assert contact["weight_n"] == pytest.approx(WEIGHT, rel=1e-6)
    assert contact["contact_force_n"] == pytest.approx(WEIGHT, rel=2 * stopping.BALANCED)
    assert not off(found)
    monkeypatch.setattr(stopping, "BALANCED", np.inf)  # a solve that ends before
    found = solve(HELD)
    assert abs(found["steps"][0]["contact"]["contact_force_n"] / WEIGHT - 1) > 0.01
    assert found["steps"][0]["contact"]["force_balance_error"] > 1e-3
    assert off(found)


@pytest.mark.serial
@pytest.mark.parametrize(("error", "doubted"), [(None, False), (9e-4, False), (2e-3, True)])
def test_every_support_that_carries_is_looked_at(error, doubted):
    balance = dataclasses.replace(Balance(0.0, 0.0, support_force_n=1.0, dead_force_n=1.0), force_error=error)
    assert any(OFF in text for text in plausibility.carried("lift", balance, None)) == doubted
