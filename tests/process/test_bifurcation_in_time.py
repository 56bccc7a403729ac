"""A relaxing panel past its bifurcation: slowly it is the elastic one of its relaxed moduli, fast of its first ones."""

import pytest
import yaml
from mpi4py import MPI

from tests.solving import solve_case

KEPT = 0.5  # of the modulus
TIME = 1.0  # s, of relaxation


def panel(tmp_path, youngs, relaxing, seconds):
    """Steps of a square panel that cools until it has rolled up."""
    compound = {"youngs_modulus": f"{youngs} GPa", "poisson_ratio": 0.3, "thermal_expansion": "9 ppm/K"}
    if relaxing:
        shift = {"arrhenius": {"reference": "100 degC", "activation_energy": "1 J/mol"}}
        compound["viscoelastic"] = {"times": [f"{TIME} s"], "youngs": [1.0 - KEPT], "shift": shift}
    case = {
        "title": "panel",
        "geometry": {
            "outline": {"shape": "rectangle", "size": ["100 mm", "100 mm"]},
            "symmetry": "quarter",
            "layers": [
                {"name": "glass", "thickness": "0.25 mm", "material": "glass"},
                {"name": "mould", "thickness": "0.25 mm", "material": "compound"},
            ],
        },
        "materials": {
            "glass": {"youngs_modulus": "73 GPa", "poisson_ratio": 0.23, "thermal_expansion": "3.8 ppm/K"},
            "compound": compound,
        },
        "mesh": {"in_plane_size": "12.5 mm"},
        "analysis": {"deflection": "large"},
        "process": {
            "stress_free_temperature": "125 degC",
            "steps": [{"name": "cool", "temperature": "25 degC", "duration": f"{seconds} s"}],
        },
    }
    return solve_case(yaml.safe_dump(case, sort_keys=False), (), tmp_path, MPI.COMM_WORLD)["steps"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "youngs"), [pytest.param(1e5 * TIME, 22.0 * KEPT, marks=pytest.mark.serial), (1e-4 * TIME, 22.0)]
)
def test_a_relaxing_panel_rolls_up_as_the_elastic_one_of_its_moduli(tmp_path, seconds, youngs):
    """Both limits of one law: what is left of the other is the time of relaxation over that of the ramp."""
    elastic = panel(tmp_path, youngs, False, seconds)
    relaxing = panel(tmp_path, 22.0, True, seconds)
    assert elastic["branch"] == relaxing["branch"] != "symmetric"
    assert relaxing["bifurcation_temperature_degc"] == pytest.approx(elastic["bifurcation_temperature_degc"], abs=1.0)
    assert relaxing["warpage_um"] == pytest.approx(elastic["warpage_um"], rel=5e-3)
    for key in ("curvature_x_per_m", "curvature_y_per_m"):
        scale = abs(elastic["curvature_x_per_m"]) + abs(elastic["curvature_y_per_m"])
        assert relaxing[key] == pytest.approx(elastic[key], abs=5e-3 * scale)
