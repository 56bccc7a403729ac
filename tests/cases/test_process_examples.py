"""The three recipes, on small parts with few dies: from the first layer to the package after reflow."""

import numpy as np
import pytest
import yaml
from scipy.integrate import solve_ivp

DIES = {"foplp_rdl_first": ("bumps.regions.joints", "mould.regions.die"), "foplp_chip_first": ("mould.regions.die",)}
DIES["fowlp_wafer"] = DIES["foplp_chip_first"]
ON_PINS = {  # of the lift, which small parts do not reach
    "foplp_rdl_first": ("RDL at room temperature", "moulded panel"),
    "foplp_chip_first": ("moulded panel",),
    "fowlp_wafer": ("moulded wafer", "wafer with RDL"),
}
OUTLINE = {
    "foplp_rdl_first": "geometry.outline.size=[52 mm, 54 mm]",
    "foplp_chip_first": "geometry.outline.size=[52 mm, 54 mm]",
    "fowlp_wafer": "geometry.outline.diameter=60 mm",
}

pytestmark = pytest.mark.serial  # what they consist of is tested on several ranks


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Steps by name, of each recipe."""
    from mpi4py import MPI

    from tests.solving import solve_case

    def small(case: str) -> dict:
        lying = [f"process.steps.{step}.support=table" for step in ON_PINS[case]]
        grids = [f"geometry.layers.{place}.grid.count=[5, 5]" for place in DIES[case]]
        coarse = "process.steps.singulate.singulate.in_plane_size=2.5 mm"
        found = solve_case(case, [OUTLINE[case], coarse, *grids, *lying], tmp_path_factory.mktemp(case), MPI.COMM_WORLD)
        return {step["name"]: step for step in found["steps"]}

    return {case: small(case) for case in DIES}


@pytest.mark.parametrize("case", DIES)
def test_a_package_is_after_reflow_what_it_was(solved, case):
    """Everything is elastic: 25 degC, 260 degC and back. And it lies on its table with its weight."""
    steps = solved[case]
    assert len(steps) >= 10
    assert steps["package"]["warpage_um"] == pytest.approx(steps["singulated package"]["warpage_um"], rel=1e-3)
    assert steps["peak"]["temperature_degc"] == pytest.approx(260)
    for step in steps.values():
        if step["contact"] is not None and step["contact"]["force_balance_error"] is not None:
            error = 1e-6 if "pull_n" not in step["contact"] or step["contact"]["pull_n"] == 0.0 else 1e-2
            assert step["contact"]["force_balance_error"] < error, step["name"]
        assert step["stable"] is not False, step["name"]
    times = [step["time_s"] for step in steps.values()]
    assert None not in times[1:-1] or times == sorted(times)


def test_dies_go_where_the_carrier_takes_them(solved):
    """Chip first: at 130 degC the dies are where 105 K have moved the steel; the tape, a tenth as thick, is soft."""
    shift = solved["foplp_chip_first"]["mould"]["die_shift"]
    grown = 1e6 * 10.4e-6 * 105  # ppm, SUS430
    assert shift["panel"]["magnification_x_ppm"] == pytest.approx(grown, rel=0.1)
    assert shift["dies"] == 25


def test_dies_are_attached_where_they_are_wanted_and_move_from_there(solved):
    steps = solved["foplp_rdl_first"]
    assert "die_shift" not in steps["cure RDL"]
    assert steps["mould"]["die_shift"]["panel"]["magnification_x_ppm"] < 0  # it has cooled from 217 to 150 degC
    (born,) = steps["mould"]["births"]
    assert born["rule"] == "pressed"
    assert set(born["parts"]) == {"bumps", "mould", "cap"}


def test_a_layer_is_ground_away_and_another_takes_its_place(solved):
    steps = solved["fowlp_wafer"]
    assert list(steps["moulded wafer"]["layers"]) == ["carrier", "adhesive", "mould", "cap"]
    assert list(steps["wafer with RDL"]["layers"]) == ["carrier", "adhesive", "mould", "rdl"]
    assert list(steps["debond"]["layers"]) == ["mould", "rdl"]


REMEMBERS = {"mould": "emc-granular-curing", "cap": "emc-granular-curing", "rdl": "copper-plated-yielding"}


def in_time(case: dict) -> str:
    """`foplp_chip_first`, small, with a compound that relaxes and cures for an hour, and copper that yields."""
    steps = case["process"]["steps"]
    layers = {layer["name"]: layer for layer in case["geometry"]["layers"]}
    case["geometry"]["outline"]["size"] = ["52 mm", "54 mm"]
    for name, material in REMEMBERS.items():
        layers[name]["material"] = material
    layers["rdl"]["thickness"] = "7 um"
    layers["mould"]["regions"][0]["grid"]["count"] = [5, 5]
    named = {step["name"]: step for step in steps}
    named["moulded panel"]["support"] = "table"
    named["singulate"]["singulate"]["in_plane_size"] = "2.5 mm"
    named["singulated package"]["duration"] = "1 min"
    steps.insert(2, {"name": "cure mould", "duration": "1 h", "support": "chuck"})
    return yaml.safe_dump(case, sort_keys=False)


@pytest.mark.slow
def test_a_recipe_in_time_cures_and_reflow_leaves_another_package(tmp_path):
    """Cure and glass transition are those of the law alone; only memory tells 25 degC before reflow from after it."""
    from mpi4py import MPI

    from tests.solving import CASES, solve_case

    case = yaml.safe_load((CASES / "foplp_chip_first" / "case.yaml").read_text(encoding="utf-8"))
    found = solve_case(in_time(case), (), tmp_path, MPI.COMM_WORLD)["steps"]
    steps = {step["name"]: step for step in found}
    kelvin = 130.0 + 273.15
    rate = 1.94e6 * np.exp(-65e3 / 8.314462618 / kelvin)
    law = solve_ivp(lambda _, a: rate * a**0.5 * (1.0 - a) ** 1.5, (0.0, 3600.0), [0.05], rtol=1e-8)
    cured = float(law.y[0, -1])
    mould = steps["cure mould"]["layers"]["mould"]
    assert mould["degree_of_cure_mean"] == pytest.approx(cured, abs=1e-3)
    glass = 10.0 + 155.0 * 0.4 * cured / (1.0 - 0.6 * cured)
    assert mould["glass_transition_degc"] == pytest.approx(glass, abs=0.5)
    assert steps["peak"]["temperature_degc"] == pytest.approx(260.0)
    times = [step["time_s"] for step in found]
    assert times == sorted(times)
    before, after = (steps[name]["signed_warpage_um"] for name in ("singulated package", "package"))
    assert abs(after - before) > 3.0  # um; elastic: none
    for step in found:
        if step["contact"] is not None and step["contact"].get("pull_n", 1.0) == 0.0:
            assert step["contact"]["force_balance_error"] < 1e-5, step["name"]
        assert step["stable"] is not False, step["name"]
    assert max(len(step["curve"]) for step in found) < 60
