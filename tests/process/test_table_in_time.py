"""A relaxing plate on a table: its own weight is carried, and it lies in its free shape where that is small."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from tests.process.test_in_time import COMPOUND, CYCLE, sheet
from tests.solving import solve_case

HEAVY = COMPOUND | {"density": "2000 kg/m3"}


def solved(tmp_path, support):
    steps = [{**CYCLE[0], "support": support}, {"name": "hold", "duration": "500 s", "support": support}]
    case = yaml.safe_load(sheet(HEAVY, steps, cell="10 mm", deflection="large"))
    case["materials"]["hard"]["density"] = "2330 kg/m3"
    if support != "free":
        case["process"]["gravity"] = True
    return solve_case(yaml.safe_dump(case, sort_keys=False), (), tmp_path, MPI.COMM_WORLD)["steps"]


@pytest.mark.slow
def test_a_relaxing_plate_lies_on_a_table(tmp_path):
    """60 mm wide and 0.6 mm thick it weighs 46 mN: as a plate on its rim it sags by 1 % of the warpage."""
    free, lying = solved(tmp_path, "free"), solved(tmp_path, "table")
    for one, other in zip(free, lying, strict=True):
        assert other["contact"]["force_balance_error"] < 1e-6
        assert other["warpage_um"] == pytest.approx(one["warpage_um"], rel=1.5e-2)
    times = [point["time_s"] for point in lying[1]["curve"]]
    assert times == sorted(times) and times[-1] == pytest.approx(800.0)
    shapes = np.array([point["warpage_um"] for point in lying[1]["curve"]])
    assert (np.diff(shapes) < 0.0).all()  # it relaxes, and flattens
