"""Wedges as plates: their thickness is that of the middle of every cell."""

from typing import Any

import numpy as np
import pytest
import yaml

from solver import solve
from tests.physics.test_tapers import CASE, HEATED, LOADED, B, L

X = np.linspace(0.0, L, 2001)  # from the clamped end (m)
HIGH = 0.35e-3 - 0.2e-3 * X / L  # thickness of the upper layer
# a wedge on a wedge: born, lifted, and left alone
PROCESS = """
process:
  gravity: true
  steps:
    - {name: low, build: [low], temperature: 125 degC, support: chuck}
    - {name: high, build: [high], temperature: 105 degC, birth: stress-free, support: chuck}
    - name: lifted
      temperature: 65 degC
      support: {pins: [[-30 mm, -20 mm], [30 mm, -20 mm], [-30 mm, 20 mm], [30 mm, 20 mm]]}
    - {name: peeled, remove: [low], temperature: 60 degC, support: chuck}
    - {name: alone, temperature: 25 degC, support: edge}
"""


def tip(text: str) -> float:
    """Deflection of the free end (m)."""
    case = yaml.safe_load(text) | {"analysis": {"model": "plate"}}
    displacement = solve(case).steps[0].metrics["points"]["tip"]["displacement_um"]
    return 1e-6 * float(displacement[2])


def test_a_tapered_cantilever_bends_as_its_sections_do():
    """w = int M (L - x) / E I dx: Timoshenko, Strength of Materials I (1955), art. 43."""
    bent = 0.1 * (L - X) ** 2 / (70e9 * B * (0.25e-3 + HIGH) ** 3 / 12)
    assert tip(CASE + LOADED) == pytest.approx(np.trapezoid(bent, X), rel=5e-4)


def test_a_strip_of_two_layers_curves_as_its_local_thicknesses_say():
    """S. Timoshenko, J. Opt. Soc. Am. 11 (1925) 233, with equal moduli, at every place; no Poisson ratio."""
    m, h = HIGH / 0.25e-3, 0.25e-3 + HIGH
    curvature = 6 * 2e-6 * 50 * (1 + m) ** 2 / (h * (3 * (1 + m) ** 2 + (1 + m) * (m**2 + 1 / m)))
    assert tip(CASE + HEATED) == pytest.approx(np.trapezoid(curvature * (L - X), X), rel=5e-4)


def wedges() -> dict[str, Any]:
    return {
        "title": "two wedges",
        "geometry": {
            "outline": {"shape": "rectangle", "size": ["120 mm", "80 mm"]},
            "symmetry": "half-y",
            "layers": [
                {"name": "low", "thickness": "0.7 mm", "material": "low", "taper": {"x": "0.3 mm"}},
                {"name": "high", "thickness": "0.4 mm", "material": "high", "taper": {"x": "-0.2 mm"}},
            ],
        },
        "materials": {
            "low": {"youngs_modulus": "73 GPa", "poisson_ratio": 0.3, "thermal_expansion": "3.8 ppm/K",
                    "density": "2500 kg/m^3"},
            "high": {"base": "low", "youngs_modulus": "22 GPa", "thermal_expansion": "8 ppm/K"},
        },
        "mesh": {"in_plane_size": "10 mm"},
        "report": {"points": {"thin": ["-50 mm", "0 mm"], "thick": ["50 mm", "0 mm"]}},
    } | yaml.safe_load(PROCESS)  # fmt: skip


def agreeing(case: dict[str, Any], **analysis: Any) -> None:
    """The plate with the solid, after each step: 2 % of shape, weight, and of the warpage at places."""
    plate, solid = (
        [step.metrics for step in solve(case | {"analysis": {"model": model} | analysis}).steps]
        for model in ("plate", "solid")
    )
    for one, other in zip(plate, solid, strict=True):
        for key in ("warpage_um", "curvature_x_per_m", "curvature_y_per_m"):
            assert one[key] == pytest.approx(other[key], rel=0.02, abs=1e-3), (other["name"], key)
        assert one["balance"]["dead_force_n"] == pytest.approx(other["balance"]["dead_force_n"], rel=1e-9)
    for name in ("thin", "thick"):
        found, expected = (step[2]["points"][name]["height_um"] for step in (plate, solid))
        assert found == pytest.approx(expected, abs=0.02 * solid[2]["warpage_um"]), name


@pytest.mark.slow
def test_wedges_go_through_a_process_as_a_solid():
    """Births, weight, and what is left when the lower one is gone; stress away from the edges."""
    agreeing(wedges())


@pytest.mark.slow
@pytest.mark.serial
def test_wedges_that_remember_go_through_a_process_as_a_solid():
    case = wedges()
    case["geometry"]["layers"][1]["material"] = "emc-generic-relaxing"
    steps = case["process"]["steps"]
    steps[0]["temperature"], steps[1] = "175 degC", steps[1] | {"temperature": "175 degC", "duration": "10 min"}
    steps[2:] = [step | {"rate": "5 K/min"} for step in steps[2:]]
    agreeing(case, time_tolerance=0.05)


@pytest.mark.slow
@pytest.mark.serial
def test_a_wedge_that_yields_through_its_height_bends_as_a_solid():
    """Five points through its own thickness in every cell; the solid has as many cells as it takes for 1 %."""
    case = wedges()
    case["mesh"]["in_plane_size"] = "20 mm"
    case["geometry"]["layers"][1] |= {"material": "copper-plated-yielding", "cells": 3}
    case["process"]["steps"] = [step | {"rate": "5 K/min"} for step in case["process"]["steps"][:3]]
    agreeing(case, time_tolerance=0.05)
