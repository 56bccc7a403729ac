"""E1, copper via in silicon, Lame, cooled by 250 K: sigma_r = -sigma_theta = 366.7 MPa at the wall.

Cu 110 GPa, 0.35, 17 ppm/K, radius a = 5 um; Si 130 GPa, 0.28, 2.3 ppm/K. With the silicon infinite, p = d-alpha dT (1
+ nu_c) / [(1 + nu_c)(1 - 2 nu_c)/E_c + (1 + nu_s)/E_s], uniform in the via, and p (a/r)^2 outside. Read at mid-depth
of a via of 24 radii, in silicon of 12 radii (which leaves 1/144 to its free edge).
"""

from itertools import pairwise

import numpy as np
import pytest

from tests.probing import corner_stress, solved_step

PRESSURE = 366.7  # MPa
SIDES, DEPTH = 32, 120.0  # um
RADII = (5.0, 6.0, 7.5, 10.0, 12.0, 14.0, 20.0)  # um, of rings of cells: a to 4 a
STEP = 2 * np.pi / SIDES

# silicon that ends (1/144), and cells of a fifth of the radius at the wall
METHOD = 0.02


def corner(radius: float, side: int) -> np.ndarray:
    """Corner of the polygon with the area of the circle; the middle of a side lies on each axis."""
    angle = (side + 0.5) * STEP
    return radius * np.sqrt(STEP / np.sin(STEP)) * np.array([np.cos(angle), np.sin(angle)])


def polygon(points: list[np.ndarray]) -> str:
    return "{polygon: [" + ", ".join(f"[{x:.12f} um, {y:.12f} um]" for x, y in points) + "]}"


def on_axis(radius: float) -> float:
    """Where the polygon meets the x axis (m)."""
    return 1e-6 * radius * np.sqrt(STEP / np.sin(STEP)) * np.cos(STEP / 2)


VIA = f"{{name: via, shape: {polygon([corner(RADII[0], k) for k in range(SIDES)])}, material: copper}}"
RINGS = ", ".join(  # silicon cut to a polar mesh; the outlines of one layer are followed by all
    f"{{name: r{i}s{k}, material: silicon, "
    f"shape: {polygon([corner(a, k), corner(b, k), corner(b, k + 1), corner(a, k + 1)])}}}"
    for i, (a, b) in enumerate(pairwise(RADII))
    for k in range(SIDES)
)
CASE = f"""
title: through-silicon via
geometry:
  outline: {{shape: disc, diameter: 120 um}}
  symmetry: quarter
  layers:
    - {{name: low end, thickness: 20 um, cells: 2, material: silicon, regions: [{VIA}, {RINGS}]}}
    - {{name: low, thickness: {DEPTH / 2 - 20} um, material: silicon, regions: [{VIA}]}}
    - {{name: high, thickness: {DEPTH / 2 - 20} um, material: silicon, regions: [{VIA}]}}
    - {{name: high end, thickness: 20 um, cells: 2, material: silicon, regions: [{VIA}]}}
materials:
  copper: {{youngs_modulus: 110 GPa, poisson_ratio: 0.35, thermal_expansion: 17 ppm/K}}
  silicon: {{youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.3 ppm/K}}
mesh: {{in_plane_size: 10 um}}
process:
  stress_free_temperature: 275 degC
  steps: [{{name: cool, temperature: 25 degC}}]
report:
  keep_out:
    vias: low/via
    limit: 10 %
    devices:
      - {{name: pmos, carriers: p}}
      - {{name: nmos 100, carriers: n, channel: <100>}}
      - {{name: nmos, carriers: n}}
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return solved_step(CASE, tmp_path_factory)


def stress(outcome, radius: float, block: str) -> np.ndarray:
    """sigma_r and sigma_theta at mid-depth on the x axis (MPa)."""
    return corner_stress(outcome, (on_axis(radius) if radius else 0.0, 0.0, 1e-6 * DEPTH / 2), block)[:2]


def test_silicon_next_to_the_wall_is_pulled_and_squeezed_as_by_366_7_mpa_at_the_wall(outcome):
    # one side of the polygon away from it, where its corners are no longer felt
    assert (6.0 / 5.0) ** 2 * stress(outcome, 6.0, "low") == pytest.approx([PRESSURE, -PRESSURE], rel=METHOD)


def test_silicon_at_two_radii_carries_a_quarter(outcome):
    assert stress(outcome, 10.0, "low") == pytest.approx([91.7, -91.7], rel=METHOD)


def test_the_via_is_pulled_by_366_7_mpa_all_over(outcome):
    assert stress(outcome, 0.0, "low/via") == pytest.approx([PRESSURE] * 2, rel=METHOD)


def lost(factor: float) -> float:
    """Area (um^2) of the silicon where factor (a / r)^2 |cos 2 theta| is more than 1."""
    angle = (np.arange(40000) + 0.5) * 2 * np.pi / 40000
    return 0.5 * RADII[0] ** 2 * float(np.maximum(factor * np.abs(np.cos(2 * angle)) - 1.0, 0.0).mean()) * 2 * np.pi


@pytest.mark.parametrize(("device", "pi"), [("pmos", 138.1e-11 / 2), ("nmos 100", (102.2 + 53.4) * 1e-11 / 2)])
def test_the_keep_out_zone_is_that_of_lame_and_smith(outcome, device, pi):
    """d mu / mu = 2 p Pi (a/r)^2 cos 2 theta, Pi = (pi along - pi across) / 2: radius a sqrt(2 p Pi / limit), 10 %."""
    found = outcome.result.readings["keep_out"].devices[device]
    factor = 2.0 * PRESSURE * 1e6 * pi / 0.1
    assert found.radius_um == pytest.approx(RADII[0] * np.sqrt(factor), rel=METHOD)
    assert found.area_um2 == pytest.approx(lost(factor), rel=2 * METHOD)


def test_electrons_along_110_hardly_feel_a_via(outcome):
    """2 p Pi / limit is 0.5: there is no zone, but for the corners of the polygon."""
    found = outcome.result.readings["keep_out"].devices["nmos"]
    assert found.radius_um < 1.2 * RADII[0]
