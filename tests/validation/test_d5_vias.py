"""D5, vias: plated barrel, 0.3 mm outside, wall 25 um, board 1.6 mm, k 385: 192.41 K/W; arrays at 1 mm pitch.

Heat runs along the vias, so the closed forms t/(k A) and sum k_i A_i / A are exact, and polygons of equal area leave
no error: the tolerance is the five digits of the reference.
"""

import numpy as np
import pytest

DIGITS = 5e-5
THICKNESS, OUTER, WALL = 1.6e-3, 0.15e-3, 25e-6  # m
SIDES = 32  # of half a circle


def corners(radius: float, start: float, end: float) -> np.ndarray:
    """Corners (mm) of an arc whose polygon has the area of the circular sector."""
    angle = np.linspace(start, end, SIDES + 1)
    step = (end - start) / SIDES
    return 1e3 * radius * np.sqrt(step / np.sin(step)) * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def polygon(points: np.ndarray) -> str:
    return "{polygon: [" + ", ".join(f"[{x:.12f} mm, {y:.12f} mm]" for x, y in points) + "]}"


def half_ring(start: float) -> str:
    return polygon(np.vstack([corners(OUTER, start, start + np.pi), corners(OUTER - WALL, start, start + np.pi)[::-1]]))


def disc(radius: float) -> str:
    return polygon(
        np.vstack([corners(radius, -np.pi / 2, np.pi / 2)[:-1], corners(radius, np.pi / 2, 3 * np.pi / 2)[:-1]])
    )


BARREL = ", ".join(
    f"{{name: {name}, shape: {half_ring(start)}, material: copper}}"
    for name, start in (("right", -np.pi / 2), ("left", np.pi / 2))
)
BORE = f"{{name: bore, shape: {disc(OUTER - WALL)}, material: air}}"
SOLID = f"{{name: via, shape: {{circle: {2e3 * OUTER} mm}}, material: copper}}"


def resistance(solve, regions: str, board: str = "") -> float:
    """K/W between faces 100 K apart, of 1 mm^2 of board."""
    case = f"""
title: via
geometry:
  outline: {{shape: rectangle, size: [1 mm, 1 mm]}}
  layers: [{{name: board, thickness: 1.6 mm, {board} regions: [{regions}]}}]
materials:
  copper: {{thermal_conductivity: 385 W/m/K}}
  board: {{thermal_conductivity: 0.3 W/m/K}}
  air: {{thermal_conductivity: 1e-9 W/m/K}}
mesh: {{in_plane_size: 0.05 mm}}
thermal:
  boundaries: [{{face: bottom, temperature: 125 degC}}, {{face: top, temperature: 25 degC}}]
"""
    thermal = solve(case)["thermal"]
    return 100.0 / thermal["boundaries"][1]["heat_w"]


def test_a_plated_barrel_has_192_41_kelvin_per_watt(solve):
    assert resistance(solve, BARREL) == pytest.approx(192.41, rel=DIGITS)


def test_a_solid_via_has_its_length_over_conductivity_and_area(solve):
    assert resistance(solve, SOLID) == pytest.approx(THICKNESS / (385 * np.pi * OUTER**2), rel=DIGITS)


def test_barrels_at_1_mm_pitch_make_the_board_conduct_8_594(solve):
    found = resistance(solve, f"{BARREL}, {BORE}", "material: board,")
    assert THICKNESS / 1e-6 / found == pytest.approx(8.594, rel=DIGITS)


def test_solid_vias_at_1_mm_pitch_make_the_board_conduct_27_493(solve):
    assert THICKNESS / 1e-6 / resistance(solve, SOLID, "material: board,") == pytest.approx(27.493, rel=DIGITS)
