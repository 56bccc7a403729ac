"""The three recipes, on small parts with few dies: from the first layer to the package after reflow.

With elastic materials (`elastic.yaml`); in time: test_recipes_as_they_are.py.
"""

import pytest

DIES = {"foplp_rdl_first": ("bumps.regions.joints", "mould.regions.die"), "foplp_chip_first": ("mould.regions.die",)}
DIES["fowlp_wafer"] = DIES["foplp_chip_first"]
ON_PINS = {  # of the lift, which small parts do not reach
    "foplp_rdl_first": ("RDL at room temperature", "moulded panel"),
    "foplp_chip_first": ("moulded panel",),
    "fowlp_wafer": ("moulded wafer", "wafer with RDL"),
}
OUTLINE = {
    "foplp_rdl_first": "geometry.outline.size=[32 mm, 34 mm]",
    "foplp_chip_first": "geometry.outline.size=[52 mm, 54 mm]",
    "fowlp_wafer": "geometry.outline.diameter=40 mm",
}
IN_A_ROW = {"foplp_rdl_first": 3, "foplp_chip_first": 5, "fowlp_wafer": 3}  # five: how they go is looked at


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Steps by name, of each recipe."""
    from mpi4py import MPI

    from tests.solving import solve_case

    def small(case: str) -> dict:
        lying = [f"process.steps.{step}.support=table" for step in ON_PINS[case]]
        n = IN_A_ROW[case]
        grids = [f"geometry.layers.{place}.grid.count=[{n}, {n}]" for place in DIES[case]]
        coarse = "process.steps.singulate.singulate.in_plane_size=2.5 mm"
        changes = [OUTLINE[case], coarse, *grids, *lying]
        found = solve_case(f"{case}/elastic.yaml", changes, tmp_path_factory.mktemp(case), MPI.COMM_WORLD)
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


def test_vias_find_the_pads_of_dies_that_are_corrected_one_by_one(solved):
    """Less is left the smaller the pattern that is corrected; machines: 3 um, and 10 um of placement by its square."""
    left = solved["foplp_chip_first"]["mould"]["via_landing"]["via 1"]["corrections"]
    known = [left[correction]["known_max_um"] for correction in ("none", "panel", "die")]
    far = 1e6 * 10.4e-6 * 105 * 20e-3 * 2**0.5  # of the middle of the outermost die
    assert known[0] == pytest.approx(far, rel=0.1)
    assert known[1] < 0.3 * known[0]
    assert known[2] < 0.3 * known[1]
    assert left["panel"]["random_um"] == pytest.approx(109**0.5)
    assert left["die"]["random_um"] == pytest.approx(3.0)


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
