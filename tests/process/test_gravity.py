"""Weight on supports, against beams and plates in closed form."""

import numpy as np
import pytest
from scipy.integrate import solve_bvp

from solver.case.load import load
from solver.errors import CaseError

pytestmark = pytest.mark.slow

G = 9.80665
STRIP = """title: strip under its weight
geometry:
  outline: {shape: rectangle, size: [100 mm, 5 mm]}
  layers: [{name: low, thickness: 0.3 mm, material: heavy}, {name: high, thickness: 0.2 mm, material: light}]
materials:
  heavy: {youngs_modulus: 70 GPa, poisson_ratio: 0, thermal_expansion: 8 ppm/K, density: 8000 kg/m^3}
  light: {youngs_modulus: 70 GPa, poisson_ratio: 0, thermal_expansion: 8 ppm/K, density: 2000 kg/m^3}
mesh: {in_plane_size: 2.5 mm}
process:
  gravity: true
  stress_free_temperature: 25 degC
  steps:
    - name: lie
      temperature: 25 degC
      support: {pins: [[-50 mm, -2.5 mm], [50 mm, -2.5 mm], [-50 mm, 2.5 mm], [50 mm, 2.5 mm]]}
"""
LENGTH, WIDTH, THICKNESS, YOUNG = 0.1, 5e-3, 0.5e-3, 70e9
LINE = G * (8000 * 0.3e-3 + 2000 * 0.2e-3) * WIDTH  # N/m
RIGIDITY = YOUNG * WIDTH * THICKNESS**3 / 12
PLATE = """title: square plate under its weight
geometry:
  outline: {shape: rectangle, size: [200 mm, 200 mm]}
  symmetry: quarter
  layers: [{name: plate, thickness: 2 mm, material: glass}]
materials:
  glass: {youngs_modulus: 70 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K, density: 2500 kg/m^3}
mesh: {in_plane_size: 10 mm}
process:
  gravity: [0 m/s^2, 0 m/s^2, -9.80665 m/s^2]
  stress_free_temperature: 25 degC
  steps: [{name: lie, temperature: 25 degC, support: edge}]
"""


@pytest.mark.parametrize("symmetry", ["none", "half-x", "half-y", "quarter"])
@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_strip_on_its_ends_sags_as_a_beam(deflection, symmetry, solve):
    """5 q L^4 / (384 E I); shear adds 2.4 (h / L)^2 = 6e-5, the large rotation nothing yet: slope 0.01."""
    overrides = (f"analysis.deflection={deflection}", f"geometry.symmetry={symmetry}")
    (step,) = solve(STRIP, *overrides)["steps"]
    assert step["warpage_um"] == pytest.approx(5e6 * LINE * LENGTH**4 / (384 * RIGIDITY), rel=2e-3)
    assert step["signed_warpage_um"] < 0
    assert step["balance"]["support_force_n"] == pytest.approx(LINE * LENGTH, rel=1e-6)
    assert step["balance"]["pull_n"] < 1e-6 * LINE * LENGTH
    assert step["balance"]["energy_error"] < 1e-6
    assert step["balance"]["pin_reaction"] < 1e-6


def elastica(line: float) -> float:
    """Sag (m) of the underside of a heavy inextensible beam that stands on rollers with the edges of its underside.

    E I theta'' = -q s cos theta, s from its middle on; the rollers are (h / 2) sin theta outside the ends of the axis.
    """
    lever = line * LENGTH / 2 * THICKNESS / 2

    def slopes(s, y):
        return np.array([y[1], -line * s / RIGIDITY * np.cos(y[0]), np.sin(y[0])])

    def ends(middle, end):
        return np.array([middle[0], end[1] - lever / RIGIDITY * np.sin(end[0]), middle[2]])

    s = np.linspace(0.0, LENGTH / 2, 201)
    found = solve_bvp(slopes, ends, s, np.zeros((3, len(s))), tol=1e-8)
    assert found.success
    return float(found.y[2, -1] + THICKNESS / 2 * (1 - np.cos(found.y[0, -1])))


def test_the_elastica_is_a_beam_under_little_weight():
    assert elastica(LINE) == pytest.approx(5 * LINE * LENGTH**4 / (384 * RIGIDITY), rel=1e-3)


def test_a_heavy_strip_sags_as_the_elastica(solve):
    """Under 400 g it sags by a fifth of its span, less than small deflection says."""
    heavy = (
        "geometry.symmetry=quarter",
        "mesh.in_plane_size=1.25 mm",
        f"process.gravity=[0 m/s^2, 0 m/s^2, {-400 * G} m/s^2]",
    )
    (large,), (small,) = (solve(STRIP, *heavy, f"analysis.deflection={kind}")["steps"] for kind in ("large", "small"))
    assert large["warpage_um"] == pytest.approx(1e6 * elastica(400 * LINE), rel=1e-3)
    assert small["warpage_um"] == pytest.approx(5e6 * 400 * LINE * LENGTH**4 / (384 * RIGIDITY), rel=2e-3)
    assert large["warpage_um"] < 0.95 * small["warpage_um"]
    carried = large["balance"]["support_force_n"]  # a solve goes on until 1e-4 of the weight is missing
    assert carried == pytest.approx(400 * LINE * LENGTH, rel=1e-4)


def test_a_square_plate_on_its_edge_sags_as_in_plate_theory(solve):
    """0.00406 q a^4 / D (S. Timoshenko, S. Woinowsky-Krieger, Theory of Plates and Shells, 1959, table 8).

    An edge that may twist adds shear of the order of h / a = 0.01.
    """
    (step,) = solve(PLATE, "analysis.deflection=small")["steps"]
    load, rigidity = 2500 * G * 2e-3, 70e9 * 2e-3**3 / 12 / (1 - 0.3**2)
    assert -step["bow_um"] == pytest.approx(0.00406e6 * load * 0.2**4 / rigidity, rel=0.03)
    assert step["balance"]["support_force_n"] == pytest.approx(load * 0.2**2, rel=1e-6)


def test_corners_of_a_plate_on_its_edge_would_lift_off(solve):
    """The corners of a simply supported plate pull with 0.065 q a^2 each, R of the table."""
    found = solve(PLATE, "analysis.deflection=small")
    (step,) = found["steps"]
    assert any("it would lift off there" in text for text in found["warnings"])
    assert step["balance"]["pull_n"] > 0.03 * 2500 * G * 2e-3 * 0.2**2


DISC = PLATE.replace("rectangle, size: [200 mm, 200 mm]", "disc, diameter: 200 mm")


def test_a_disc_on_its_rim_sags_as_in_plate_theory(solve):
    """(5 + nu) q R^4 / (64 (1 + nu) D), with no paradox of the polygon; Timoshenko and Woinowsky-Krieger, eq. 68."""
    (step,) = solve(DISC, "analysis.deflection=small")["steps"]
    load, rigidity = 2500 * G * 2e-3, 70e9 * 2e-3**3 / 12 / (1 - 0.3**2)
    assert -step["bow_um"] == pytest.approx(5.3e6 * load * 0.1**4 / (64 * 1.3 * rigidity), rel=0.03)


@pytest.mark.serial
def test_weight_without_support_and_supports_that_hold_nothing_are_refused(tmp_path):
    def message(text: str) -> str:
        (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(CaseError) as caught:
            load(tmp_path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "a stack under gravity needs a support" in message(PLATE.replace(", support: edge", ""))
    assert "write `true`, or the acceleration" in message(
        PLATE.replace("[0 m/s^2, 0 m/s^2, -9.80665 m/s^2]", "9.81 m/s^2")
    )
    assert "the material has no density" in message(PLATE.replace(", density: 2500 kg/m^3", ""))
    assert "pins in a line" in message(STRIP.replace(", [-50 mm, 2.5 mm], [50 mm, 2.5 mm]", ", [0 mm, -2.5 mm]"))
    assert "the pin is 0.1 mm beside another on cells of 2.5 mm" in message(
        STRIP.replace("[50 mm, -2.5 mm]", "[-50 mm, -2.4 mm]")
    )
    assert "the pin is not under the stack" in message(STRIP.replace("[50 mm, 2.5 mm]", "[50 mm, 3.5 mm]"))
    assert "along z only" in message(STRIP.replace("gravity: true", "gravity: [1 m/s^2, 0 m/s^2, 0 m/s^2]"))
    assert "no mirror image about x = 0" in message(
        STRIP.replace("layers:", "symmetry: half-x\n  layers:").replace("[50 mm, 2.5 mm]", "[40 mm, 2.5 mm]")
    )
    assert "support = 'edgy'" in message(PLATE.replace("support: edge", "support: edgy"))
    assert "no weight" in message(PLATE.replace("  symmetry: quarter\n", "") + "analysis: {model: laminate}\n")


PINNED = """title: glass on four pins that no line of a regular mesh meets
geometry:
  outline: {shape: rectangle, size: [100 mm, 100 mm]}
  symmetry: SYMMETRY
  layers: [{name: plate, thickness: 0.7 mm, material: glass}]
materials:
  glass: {youngs_modulus: 74 GPa, poisson_ratio: 0.23, thermal_expansion: 3 ppm/K, density: 2400 kg/m^3}
mesh: {in_plane_size: 10 mm}
process:
  gravity: true
  stress_free_temperature: 25 degC
  steps:
    - name: lie
      temperature: 25 degC
      support: {pins: [[27.4 mm, 27.4 mm], [-27.4 mm, 27.4 mm], [27.4 mm, -27.4 mm], [-27.4 mm, -27.4 mm]]}
"""


@pytest.mark.parametrize(("symmetry", "size", "error"), [("none", 10, 0.07), ("quarter", 5, 0.02), ("none", 5, 0.02)])
def test_pins_hold_a_plate_where_they_are(symmetry, size, error, solve):
    """0.446 um, of cells of 1 mm; with nodes 2.6 mm beside the pins 10 mm cells give 1.55 um."""
    (step,) = solve(PINNED.replace("SYMMETRY", symmetry), f"mesh.in_plane_size={size} mm")["steps"]
    assert step["warpage_um"] == pytest.approx(0.446, rel=error)


RING = DISC.replace("support: edge", "support: {ring: {width: 7 mm}}").replace("2 mm, m", "1 mm, m")


@pytest.mark.parametrize("size", [8, 12, 20])
def test_a_ring_clamps_a_disc_at_its_inner_edge_whatever_the_cells(size, solve):
    """q a^4 / (64 D), a = R - 7 mm (Timoshenko and Woinowsky-Krieger, eq. 62); the ring gives by the order of h / a."""
    (step,) = solve(RING, "analysis.deflection=small", f"mesh.in_plane_size={size} mm")["steps"]
    load, rigidity = 2500 * G * 1e-3, 70e9 * 1e-3**3 / 12 / (1 - 0.3**2)
    assert step["warpage_um"] == pytest.approx(1e6 * load * 0.093**4 / (64 * rigidity), rel=0.03)


@pytest.mark.parametrize("name", ["pins", "ring"])
def test_pins_and_rings_hold_alike_on_any_number_of_ranks(name, solve):
    case = {"pins": PINNED.replace("SYMMETRY", "half-x"), "ring": RING}[name]
    of_one_rank = {"pins": 0.38340092861230834, "ring": 4.3376933844243535}[name]  # um
    (step,) = solve(case, "mesh.in_plane_size=20 mm", "analysis.deflection=small")["steps"]
    assert step["warpage_um"] == pytest.approx(of_one_rank, rel=1e-6)
