"""Life of copper through the cycles of a process: a constrained film by hand, and what has no life."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.case.load import load
from solver.case.rules.life import melting_of
from solver.errors import CaseError
from solver.life.copper import barrel_cycles
from solver.metrics.joint_life import melted
from solver.metrics.reading_copper_life import CopperLifeReading, equivalent_range
from solver.report.life_tables import life_tables, mechanism_table
from tests.solving import CASES, solve_case

CASE = """
title: copper between stiff plates
geometry:
  outline: {shape: rectangle, size: [2 mm, 2 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 1 mm, material: stiff}
    - name: lines
      thickness: 10 um
      material: metal
    - {name: cap, thickness: 1 mm, material: stiff}
materials:
  stiff: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 1 ppm/K}
  metal:
    youngs_modulus: 100 GPa
    poisson_ratio: 0.35
    thermal_expansion: 21 ppm/K
    plastic: {yield_stress: 100 MPa, kinematic: 1 MPa}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small, time_tolerance: 0.05}
process:
  stress_free_temperature: 25 degC
  steps:
    - repeat:
        times: 2
        steps:
          - {name: hot, temperature: 225 degC, duration: 10 min}
          - {name: cold, temperature: 25 degC, duration: 10 min}
life:
  copper: [{part: lines}]
  mission: [{name: day, minimum: 25 degC, maximum: 125 degC, dwell: 1 h, per_year: 365}]
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    comm = MPI.COMM_WORLD
    return solve_case(CASE, (), comm.bcast(tmp_path_factory.mktemp("copper")), comm)["steps"]


@pytest.mark.slow
def test_a_film_held_in_its_plane_flows_by_twice_its_mismatch_less_twice_its_yield(steps):
    """By hand: of the mismatch 4e-3 per half cycle, 2 s_y (1 - nu) / E is elastic.

    Equibiaxial: e_p equivalent = 2 x in-plane plastic strain; the path is there and back, its half one way.
    """
    (copper,) = steps[-1]["copper_life"]["parts"]
    one_way = 20e-6 * 200.0 - 2 * 100e6 * (1 - 0.35) / 100e9
    assert copper["plastic_range"] == pytest.approx(2.0 * one_way, rel=0.02)  # stiff plates give by h E / h E: 1 %
    assert copper["total_range"] == pytest.approx(copper["plastic_range"] + 2 * 100e6 / 83e9, rel=0.01)
    assert copper["cycles"] == pytest.approx(barrel_cycles(copper["total_range"]), rel=1e-9)
    assert copper["change_from_cycle_before"] is not None


@pytest.mark.slow
def test_half_the_swing_lasts_two_to_the_ductility_exponent_longer(steps):
    (copper,) = steps[-1]["copper_life"]["parts"]
    assert copper["years"] == pytest.approx(copper["cycles"] * 2.0 ** (1 / 0.6) / 365.0, rel=1e-9)
    assert "copper" in life_tables({"steps": steps})[0].title


@pytest.mark.slow
def test_cycles_are_told_from_what_lies_before_them(tmp_path):
    """Two hotter cycles, a year of storage with a hot day, and the test: by hand, each cycle by its own swing."""
    case = yaml.safe_load(CASE)
    ramp = [
        {"name": name, "temperature": f"{hot} degC", "duration": "10 min"} for name, hot in (("up", 325), ("dn", 25))
    ]
    case["process"]["steps"][:0] = [
        {"repeat": {"times": 2, "steps": ramp}},
        {"name": "day", "temperature": "325 degC", "duration": "1 day"},
        {"name": "year", "temperature": "25 degC", "duration": "1 year"},
    ]
    steps = solve_case(yaml.safe_dump(case), (), tmp_path, MPI.COMM_WORLD)["steps"]
    found = [step["copper_life"]["parts"][0] for step in steps if step.get("copper_life")]
    one_way = [20e-6 * swing - 2 * 100e6 * (1 - 0.35) / 100e9 for swing in (300.0, 200.0)]
    assert [one["plastic_range"] for one in found[1:]] == pytest.approx([2 * one_way[k] for k in (0, 1, 1)], rel=0.02)
    assert [one["change_from_cycle_before"] is None for one in found] == [True, False, True, False]


@pytest.mark.serial
def test_the_range_of_a_stress_that_turns_round_is_twice_it():
    states = [np.array([[1e8, 0, 0, 0, 0, 0]]), np.array([[-1e8, 0, 0, 0, 0, 0]]), np.zeros((1, 6))]
    assert equivalent_range(states) == pytest.approx([2e8])


@pytest.mark.serial
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"part": "line"}, "did you mean 'lines'"),
        ({"part": "cap"}, "neither creeps nor yields"),
        ({"model": "coffin-manson-basquin"}, "needs `basquin`"),
        ({"coffin": -0.6}, "has no `coffin`"),
    ],
)
def test_what_has_no_life_is_refused_by_name(tmp_path, change, words):
    case = yaml.safe_load(CASE)
    case["life"]["copper"][0] |= change
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert words in str(error.value)


@pytest.mark.serial
def test_the_first_to_fail_stands_first():
    """Electromigration of 43830 h is 5 years; solder of 3 years goes before it, copper without a mission behind."""
    solder = {"part": "balls/ball", "row": "top", "lives": [{"cycles": 900.0, "years": 3.0, "model": "syed-2004-work"}]}
    copper = {"part": "core/barrel", "row": "whole", "cycles": 50.0, "years": None, "model": "ipc-tr-579"}
    link = {"part": "rdl", "mortal": True, "median_life_h": 43830.0}
    summary = {
        "steps": [{"life": {"parts": [solder]}, "copper_life": {"parts": [copper]}}],
        "electric": {"electromigration": [link]},
    }
    table = mechanism_table(summary)
    assert [row[0] for row in table.rows] == ["solder fatigue", "electromigration", "copper fatigue"]
    assert [row[3] for row in table.rows][:2] == ["3", "5"]


@pytest.mark.serial
@pytest.mark.parametrize("mortal", [True, False])
def test_a_line_that_its_stress_makes_mortal_is_among_the_mechanisms(mortal):
    """Immortal by Blech's product of a line free of stress, and over the threshold under the tension of a step."""
    copper = {"part": "core/barrel", "row": "whole", "cycles": 50.0, "years": 9.0, "model": "ipc-tr-579"}
    link = {"part": "rdl", "mortal": False, "median_life_h": 43830.0}
    step = {"copper_life": {"parts": [copper]}, "electromigration": {"rdl": {"mortal": mortal}}}
    table = mechanism_table({"steps": [step], "electric": {"electromigration": [link]}})
    assert (table is not None) == mortal
    if table is not None:
        assert table.rows[0][:2] == ["electromigration", "rdl"] and "over Blech's threshold" in table.rows[0][4]


@pytest.mark.serial
@pytest.mark.parametrize(
    ("use", "words"),
    [
        ({"heated": "lines"}, "no power heats it"),
        ({"heated": "lines", "maximum": "90 degC"}, "leave it out"),
        ({"heated": "lines", "profile": "jesd22-a104-g"}, "a profile says all of it"),
    ],
)
def test_a_cycle_of_its_own_power_needs_that_power(tmp_path, use, words):
    case = yaml.safe_load(CASE)
    case["life"]["mission"] = [use if "profile" in use else {"name": "on", "dwell": "1 h", "per_year": 700} | use]
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert words in str(error.value)


@pytest.mark.serial
def test_a_use_that_swings_farther_than_the_process_is_told_of(tmp_path):
    """The day swings by 100 K."""
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    reading = CopperLifeReading.wanted(load(tmp_path).case)
    assert reading is not None
    assert not list(reading._wider(100.0))
    (line,) = reading._wider(60.0)
    assert "'day' swings by 100 K and the process by 60 K" in line


@pytest.mark.serial
def test_a_use_in_which_solder_melts_is_told_of():
    """SAC305 begins to melt at 217 degC."""
    case = load(CASES / "automotive_mission").case
    assert case.life is not None
    melting = melting_of(case, "balls/ball")
    assert melting == pytest.approx(490.15)
    assert melting_of(case, "mould/die") is None
    use = case.life.mission[1].model_copy(update={"heated": None, "maximum": 567.15})
    (line,) = melted("balls/ball", melting, [use])
    assert "'drive' reaches 294 degC, and it melts at 217 degC" in line
    assert not list(melted("balls/ball", melting, [use.model_copy(update={"maximum": 388.0})]))
