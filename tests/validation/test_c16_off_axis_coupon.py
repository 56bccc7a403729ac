"""C16: a coupon pulled off the axes of its fibres stretches, narrows and shears; so does one that cools freely.

R. M. Jones, Mechanics of Composite Materials, 2nd ed. (1999), eqs. 2.97 (moduli along turned axes, the coefficient of
mutual influence eta) and 4.22 (expansion); T300/5208 of S. W. Tsai, H. T. Hahn (1980).
"""

import numpy as np
import pytest

from tests.probing import at, only_step, simulate

E1, E2, G12, NU12, PULL = 181e9, 10.3e9, 7.17e9, 0.28, 10e6  # Pa
ALPHA = -0.106e-6, 25.6e-6  # 1/K
PLY = (
    "{youngs_modulus: [181 GPa, 10.3 GPa, 10.3 GPa], poisson_ratio: [0.28, 0.4, 0.0159337], "
    "shear_modulus: [7.17 GPa, 3.68 GPa, 7.17 GPa], "
    "thermal_expansion: [-0.106 ppm/K, 25.6 ppm/K, 25.6 ppm/K], orientation: ANGLE deg}"
)
CASE = f"""title: off-axis coupon
geometry:
  outline: {{shape: rectangle, size: [20 mm, 10 mm]}}
  layers: [{{name: ply, thickness: 1 mm, material: ply}}]
materials: {{ply: {PLY}}}
mesh: {{in_plane_size: 5 mm}}
process:
  stress_free_temperature: 25 degC
  steps: [{{name: pull, temperature: 25 degC, loads: [{{end: [-x, +x], pressure: -10 MPa}}]}}]
analysis: {{deflection: DEFLECTION}}
"""


def strain(outcome) -> np.ndarray:
    """xx, yy, zz and xy (engineering) of a homogeneous deformation, turned back with the axis y."""
    u = at(outcome.displacement, [(0, 0, 0), (8e-3, 0, 0), (0, 4e-3, 0), (0, 0, 1e-3)])
    gradient = ((u[1:] - u[0]) / np.array([8e-3, 4e-3, 1e-3])[:, None]).T
    green = 0.5 * (gradient + gradient.T + gradient.T @ gradient)
    return np.array([green[0, 0], green[1, 1], green[2, 2], 2.0 * green[0, 1]])


@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.parametrize("degrees", [30.0, -65.0])
def test_a_pulled_coupon_stretches_narrows_and_shears(shared_path, comm, degrees, deflection):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    along = c**4 / E1 + (1 / G12 - 2 * NU12 / E1) * s**2 * c**2 + s**4 / E2
    across = -(NU12 / E1 * (s**4 + c**4) - (1 / E1 + 1 / E2 - 1 / G12) * s**2 * c**2)
    shear = (2 / E1 + 2 * NU12 / E1 - 1 / G12) * s * c**3 - (2 / E2 + 2 * NU12 / E1 - 1 / G12) * s**3 * c
    text = CASE.replace("ANGLE", str(degrees)).replace("DEFLECTION", deflection)
    outcome = only_step(simulate(text, shared_path, comm))
    found = strain(outcome)
    exact = PULL * np.array([along, across, shear])
    assert found[[0, 1, 3]] == pytest.approx(exact, rel=2e-3)  # strains of 1e-3, which small and large differ by
    off = comm.allreduce(np.abs(outcome.sigma - PULL * np.eye(6)[0]).max(initial=0.0), max)
    assert off < (1e-7 if deflection == "small" else 2e-3) * PULL


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_free_coupon_that_cools_is_free_of_stress_and_shears(shared_path, comm, deflection):
    text = CASE.replace("ANGLE", "30").replace("DEFLECTION", deflection)
    text = text.replace("temperature: 25 degC, loads: [{end: [-x, +x], pressure: -10 MPa}]", "temperature: -125 degC")
    outcome = only_step(simulate(text, shared_path, comm))
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    free = -150.0 * np.array(
        [
            c**2 * ALPHA[0] + s**2 * ALPHA[1],
            s**2 * ALPHA[0] + c**2 * ALPHA[1],
            ALPHA[1],
            2 * c * s * (ALPHA[0] - ALPHA[1]),
        ]
    )
    assert strain(outcome) == pytest.approx(free, rel=5e-3)
    assert comm.allreduce(np.abs(outcome.sigma).max(initial=0.0), max) < 1.0  # Pa


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_turned_coupon_that_relaxes_creeps_along_all_of_its_strains(shared_path, comm, deflection):
    """All moduli fall to a half within seconds: under a constant pull the strains of the elastic coupon double."""
    relaxing = PLY.replace("orientation", "viscoelastic: {times: [1 s], youngs: [0.5]}, orientation")
    text = CASE.replace(PLY, relaxing).replace("ANGLE", "30").replace("DEFLECTION", deflection)
    found = []
    for seconds in ("0 s", "1000 s"):
        outcome = only_step(
            simulate(text.replace("25 degC, loads", f"25 degC, duration: {seconds}, loads"), shared_path, comm)
        )
        found.append(strain(outcome))
    assert found[1] == pytest.approx(2.0 * found[0], rel=5e-3)
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    along = c**4 / E1 + (1 / G12 - 2 * NU12 / E1) * s**2 * c**2 + s**4 / E2
    assert found[0][0] == pytest.approx(PULL * along, rel=2e-3)
