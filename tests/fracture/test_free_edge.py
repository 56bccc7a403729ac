"""Free edges of bonded layers in a case: the exponent of the closed form, an intensity that no mesh changes."""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.life.singularity import Wedge, exponents
from solver.life.wedges import Junction
from tests.fracture.strips import COOLED
from tests.solving import load_case, solve_case

CASE = (
    """title: a block of two layers, silicon and mould
geometry:
  outline: {{shape: rectangle, size: [0.4 mm, 0.4 mm]}}
  symmetry: quarter
  layers:
    - {{name: low, thickness: 80 um, material: stiff}}
    - {{name: middle, thickness: 16 um, material: stiff, cells: 2}}
    - {{name: lower, thickness: 4 um, material: stiff, cells: 2}}
    - {{name: upper, thickness: 4 um, material: soft, cells: 2}}
    - {{name: over, thickness: 16 um, material: soft, cells: 2}}
    - {{name: high, thickness: 80 um, material: soft}}
mesh: {{in_plane_size: 40 um, edge_refinement: {{size: {size}, distance: 40 um}}}}
"""
    + COOLED
    + """report:
  singularities: [{{name: edge, between: [upper, lower], side: +x, window: [3 um, 20 um]}}]
"""
)
QUARTERS = Wedge(1.5707963267948966, 131e9, 0.28), Wedge(1.5707963267948966, 22e9, 0.3)


@pytest.mark.serial
@pytest.mark.slow
def test_the_intensity_is_that_of_another_mesh(tmp_path, comm):
    """The largest stress is half as large again on the finer mesh, K and the even stress are the same."""
    coarse, fine = (solve_case(CASE.format(size=size), (), tmp_path, comm)["steps"][0] for size in ("3 um", "1.5 um"))
    one, other = (step["singularities"]["edge"] for step in (coarse, fine))
    assert one["exponent"] == pytest.approx(exponents(QUARTERS)[0].real, abs=1e-9)  # by a closed form elsewhere
    assert one["even_mpa"] == pytest.approx(other["even_mpa"], rel=1e-3)
    assert one["peel_intensity"] == pytest.approx(other["peel_intensity"], rel=5e-3)
    assert one["shear_intensity"] == pytest.approx(other["shear_intensity"], rel=5e-3)
    assert one["misfit"] < 0.1


@pytest.mark.serial
def test_the_even_stress_is_that_of_layers_that_contract_alike_across():
    """-150 K, the side as long as it was: (1 + nu) a dT of both less nu (1 + nu) / E of the stress across are the same;
    D. Munz, Y. Y. Yang, J. Appl. Mech. 59 (1992) 857. Nothing else acts, in either layer."""
    part = [(1 + one.poisson) * a * -150.0 for one, a in zip(QUARTERS, (2.8e-6, 8e-6), strict=True)]
    give = [one.poisson * (1 + one.poisson) / one.modulus for one in QUARTERS]
    expected = (part[0] - part[1]) / (give[0] - give[1])
    junction = Junction(QUARTERS, start=-np.pi / 2)
    free = np.array([[a * -150.0, a * -150.0, 0.0, a * -150.0] for a in (2.8e-6, 8e-6)])
    found = junction.stress(junction.even(free, 0.0), np.array([-1.2, -0.3, 0.3, 1.2]), np.array([0, 0, 1, 1]), free)
    assert found.real == pytest.approx(np.array([[0.0, expected, 0.0]] * 4), abs=1e-6 * abs(expected))


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("[upper, lower]", "[upper, lowr]", "there is no layer 'lowr'; did you mean 'lower'"),
        ("side: +x", "side: -x", r"name '\+x'"),
        ("side: +x", "side: +x, at: 1 mm", "the place is not on the side"),
        ("[3 um, 20 um]", "[20 um, 3 um]", "they ascend"),
    ],
)
def test_what_is_no_free_edge_is_refused(tmp_path, comm, old, new, rule):
    with pytest.raises(CaseError, match=rule):
        load_case(CASE.format(size="2 um").replace(old, new), (), tmp_path, comm)
