"""Toughness over the mode angle, starter cracks against it, and starter cracks of other sizes in one run."""

import numpy as np
import pytest

from solver.errors import CaseError
from solver.life.toughness import BenzeggaghKenane, HutchinsonSuo, MeasuredToughness
from tests.fracture.strips import PLAIN, STRIP
from tests.solving import load_case, solve_case


@pytest.mark.serial
def test_the_laws_meet_their_ends_and_their_published_form():
    """At 45 degrees with lambda 0: 2 G1c; with eta 2 a half of the shear: G1c + (G2c - G1c) / 4."""
    angles = np.radians([0.0, 45.0, 90.0])
    suo = HutchinsonSuo(10.0, 0.3).at(angles)
    assert suo == pytest.approx(
        [10.0, 10.0 * (1 + np.tan(0.7 * np.pi / 4) ** 2), 10 * (1 + np.tan(0.7 * np.pi / 2) ** 2)]
    )
    assert HutchinsonSuo(10.0, 0.0).at(angles[:2]) == pytest.approx([10.0, 20.0])
    assert HutchinsonSuo(10.0, 1.0).at(angles) == pytest.approx(10.0)
    assert BenzeggaghKenane(10.0, 50.0, 2.0).at(angles) == pytest.approx([10.0, 20.0, 50.0])
    assert MeasuredToughness([0.0, np.pi / 2], [10.0, 30.0]).at(angles) == pytest.approx([10.0, 20.0, 30.0])


@pytest.mark.slow
def test_starter_cracks_of_three_sizes_release_the_same_in_steady_state_and_are_held_against_the_toughness(
    shared_path, comm
):
    """Si on mould compound, plane strain: 1.30068 J/m^2 at any length (Suo, Hutchinson 1990); 1 J/m^2 is not enough."""
    text = STRIP.replace("0 mm]}}]", "0 mm], sizes: [1.2, 1.1], toughness: {{opening: 1 J/m^2}}}}]")
    case = text.format(
        **PLAIN | {
            "h": "0.3 mm", "cold": "25 degC", "fine": "0.1 mm",
            "e1": f"{131 / (1 - 0.28**2):.9g} GPa", "a1": f"{1.28 * 2.8:.9g} ppm/K",
            "e2": f"{22 / (1 - 0.3**2):.9g} GPa", "a2": f"{1.3 * 8:.9g} ppm/K",
        }
    )  # fmt: skip
    solved = solve_case(case, (), shared_path, comm)
    found = solved["steps"][0]["delaminations"]["crack"]
    assert [one["factor"] for one in found["over_size"]] == [1.0, 1.1, 1.2]
    for one in found["over_size"]:
        assert one["mean_j_per_m2"] == pytest.approx(1.30068, rel=0.01)
        assert one["utilisation"] == pytest.approx(1.30068, rel=0.01)
    assert [one["area_mm2"] for one in found["over_size"]] == pytest.approx([12.0, 12.6, 13.2], rel=1e-6)
    assert found["critical"]["toughness_j_per_m2"] == 1.0
    assert any("it grows" in text for text in solved["warnings"])


@pytest.mark.serial
@pytest.mark.parametrize(
    ("toughness", "words"),
    [
        ("{}", "`opening`, or `angle` and `measured`"),
        ("{opening: 1 J/m^2, lambda: 0.3, shear: 2 J/m^2}", "not both"),
        ("{opening: 1 J/m^2, lambda: 3}", "less than or equal to 1"),
        ("{angle: [0 deg, 90 deg], measured: [1 J/m^2]}", "as many values as angles"),
        ("{opening: 1 J/m^2, exponent: 2}", "goes with `shear`"),
        ("{opening: 1 MPa}", "energy per area"),
    ],
)
def test_a_toughness_that_is_none_is_refused(tmp_path, comm, toughness, words):
    with pytest.raises(CaseError) as error:
        load_case(STRIP.format(**PLAIN).replace("0 mm]}]", f"0 mm], toughness: {toughness}}}]"), (), tmp_path, comm)
    assert words in str(error.value)
