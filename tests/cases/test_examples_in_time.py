"""The examples whose materials remember, and the numbers in their READMEs."""

import pytest
from mpi4py import MPI

from solver.report.life_tables import life_tables
from solver.report.via_tables import hybrid_bond_tables, keep_out_tables
from tests.solving import solve_case, stated

ROUNDED = 5e-4  # of numbers with four digits


def solved(case, tmp_path):
    return {step["name"]: step for step in solve_case(case, (), tmp_path, MPI.COMM_WORLD)["steps"]}


def test_a_moulded_strip_goes_through_its_life(tmp_path):
    steps = solved("moulded_strip", tmp_path)
    mould = {name: step["layers"]["mould"] for name, step in steps.items()}
    cured, glass = mould["cool"]["degree_of_cure_mean"], mould["cool"]["glass_transition_degc"]
    assert cured == pytest.approx(stated("moulded_strip", "is cured to", "and"), abs=5e-3)
    assert glass == pytest.approx(stated("moulded_strip", "glass transition is at", "degC"), abs=0.5)
    assert mould["cool down"]["glass_transition_degc"] == pytest.approx(165.0, abs=0.5)
    for step, words in {"cool down": "degC is", "board": "post-mould cure and"}.items():
        assert steps[step]["warpage_um"] == pytest.approx(stated("moulded_strip", words, "um"), rel=ROUNDED)
    elastic = steps["board"]["laminate"]["signed_warpage_um"]
    assert elastic == pytest.approx(stated("moulded_strip", "theory gives", "um"), rel=ROUNDED)
    assert steps["mould"]["signed_warpage_um"] < 0.0 < steps["cool down"]["signed_warpage_um"]
    assert steps["shelf"]["warpage_um"] == pytest.approx(steps["cool down"]["warpage_um"], rel=1e-3)


def test_solder_joints_settle_into_a_cycle(tmp_path):
    steps = solved("solder_joint_cycle", tmp_path)
    work = [steps[f"cold {k}"]["layers"]["joints"]["inelastic_work_mean_mpa"] for k in (1, 2, 3)]
    strain = [steps[f"cold {k}"]["layers"]["joints"]["equivalent_inelastic_strain_mean"] for k in (1, 2, 3)]
    assert work[1] - work[0] == pytest.approx(stated("solder_joint_cycle", "take up", "MJ/m^3"), rel=2e-3)
    assert 100 * (strain[1] - strain[0]) == pytest.approx(stated("solder_joint_cycle", "strain of", "%"), abs=0.05)
    assert work[2] - work[1] == pytest.approx(work[1] - work[0], rel=0.03)
    of_step = sum(
        steps[f"{name} 2"]["layers"]["joints"]["inelastic_work_step_mpa"] for name in ("heat", "hot", "cool", "cold")
    )
    assert of_step == pytest.approx(work[1] - work[0], rel=1e-9)


def test_balls_under_the_middle_of_the_die_are_the_weakest(tmp_path):
    """One cycle, in coarser increments: within the tolerance of time of the number of the README."""
    quick = ("process.steps.0.repeat.times=1", "analysis.time_tolerance=0.05")
    life = solve_case("bga_board_cycling", quick, tmp_path, MPI.COMM_WORLD)["steps"][-1]["life"]
    heads = next(part for part in life["parts"] if part["part"] == "ball heads/ball")
    stated_work = stated("bga_board_cycling", "take up", "MJ/m^3")
    assert heads["work_per_cycle_mpa"] == pytest.approx(stated_work, rel=0.05)
    weakest = heads["lives"][0]
    assert (abs(weakest["weakest_x_mm"]), abs(weakest["weakest_y_mm"])) == pytest.approx((0.5, 0.5))
    assert (heads["joints"], heads["averaged_over_um"]) == (64, pytest.approx(25.0))


def test_a_via_keeps_transistors_away_and_its_copper_stands_out(tmp_path):
    steps = solved("tsv_keep_out", tmp_path)
    zones, hot = steps["cool"]["keep_out"]["devices"], steps["heat"]["keep_out"]["copper"]
    assert zones["pmos"]["radius_um"] == pytest.approx(stated("tsv_keep_out", "more than 5 % up to", "um"), abs=0.1)
    assert 1e3 * hot["mean_um"] == pytest.approx(stated("tsv_keep_out", "copper stands out by", "nm"), rel=0.01)
    assert zones["nmos"]["area_um2"] < 1.0
    assert zones["pmos 100"]["area_um2"] < 1.0 < zones["nmos 100"]["area_um2"]
    table, copper = keep_out_tables({"steps": list(steps.values())})
    (row,) = (row for row in table.rows if row[:2] == ["cool", "pmos"])
    assert float(row[4]) == pytest.approx(zones["pmos"]["radius_um"], rel=1e-3)
    assert [row[0] for row in copper.rows] == [name for name, step in steps.items() if step["keep_out"].get("copper")]


def test_recessed_pads_meet_below_the_anneal(tmp_path):
    steps = solved("hybrid_bond_panel", tmp_path)
    cold, warm, hot, after = (steps[name]["hybrid_bonds"] for name in ("to 150", "to 200", "to 250", "cold"))
    assert (cold["meet"], warm["meet"]) == (False, True)
    assert warm["closes_at_degc"] == pytest.approx(stated("hybrid_bond_panel", "gap closed at", "degC"), abs=0.5)
    assert cold["rise_nm"] < cold["confined_rise_nm"]  # copper yields
    assert hot["pressure_mpa"] == pytest.approx(stated("hybrid_bond_panel", "on each other,", "MPa as"), rel=1e-2)
    assert after["pressure_mpa"] == pytest.approx(
        -stated("hybrid_bond_panel", "pull on each other by", "MPa"), rel=1e-2
    )
    assert after["contact"]["joined_percent"] == hot["contact"]["met_percent"]
    table, bows = hybrid_bond_tables({"steps": list(steps.values())})
    assert [float(row[4]) > 1.9 for row in table.rows if row[0] in ("to 150", "to 200")] == [True, False]
    assert len(bows.rows) == len(cold["parts"])
    die = cold["parts"]["die"]
    assert die["greatest_spherical_bow_um"] == pytest.approx(stated("hybrid_bond_panel", "bowed by", "um"), abs=0.5)


def test_a_car_adds_up_weather_and_ignition(tmp_path):
    """Miner's sum by hand; the ignition's maximum is the mean temperature of the balls under power."""
    found = solve_case("automotive_mission", (), tmp_path, MPI.COMM_WORLD)
    last = found["steps"][-1]
    solder = last["life"]["parts"][0]["lives"][0]
    drive = solder["mission"][-1]
    assert (drive["name"], drive["minimum_degc"]) == ("drive", pytest.approx(20.0))
    assert drive["maximum_degc"] == pytest.approx(found["thermal"]["regions"]["balls/ball"]["mean_temperature_degc"])
    per_year = sum(one["count"] / one["cycles"] for one in solder["mission"])
    assert solder["years"] == pytest.approx(1.0 / per_year, rel=1e-9)
    assert solder["years"] == pytest.approx(stated("automotive_mission", "the solder lasts", "years"), rel=0.02)
    tables = {table.title.partition(",")[0]: table for table in life_tables(found)}
    assert tables["Life by mechanism"].rows[0][0] == "solder fatigue"
    damage = [float(row[-1]) for row in tables["Mission"].rows if row[0] == solder["model"]]
    assert sum(damage) == pytest.approx(1.0 / solder["years"], rel=1e-3)
    assert tables["Life of copper"].rows[0][6] == last["copper_life"]["parts"][0]["model"]
    assert len(tables["Life of joints"].rows) == sum(len(part["lives"]) for part in last["life"]["parts"])
    assert last["copper_life"]["parts"][0]["years"] > solder["years"]
