"""Life of joints through the cycles of a process: what is read equals what the stack says it did."""

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.case.life import Joints, Life, Use
from solver.case.load import load
from solver.errors import CaseError
from solver.life import fatigue
from solver.life.acceleration import ThermalCycle
from solver.metrics.joint_life import PartCycles, evaluate
from solver.metrics.joints import JointField
from tests.solving import solve_case

CASE = """title: four joints
geometry:
  outline: {shape: rectangle, size: [3 mm, 3 mm]}
  symmetry: quarter
  layers:
    - {name: board, thickness: 0.8 mm, material: fr4}
    - name: joints
      thickness: 0.15 mm
      cells: 2
      regions:
        - name: ball
          shape: {rectangle: [0.6 mm, 0.6 mm]}
          grid: {count: [2, 2], pitch: [1.8 mm, 1.8 mm]}
          material: sac305-anand
    - {name: die, thickness: 0.4 mm, material: silicon}
mesh: {in_plane_size: 0.9 mm}
analysis: {deflection: small, time_tolerance: 0.1}
process:
  stress_free_temperature: 25 degC
  steps:
    - repeat:
        times: 2
        steps:
          - {name: hot, temperature: 125 degC, duration: 10 min}
          - {name: hold, duration: 15 min}
          - {name: cold, temperature: -40 degC, duration: 16 min}
life:
  joints: [{part: joints/ball, average: [bottom, top, whole]}]
  mission: [{profile: jesd22-a104-g}, {name: day, minimum: 20 degC, maximum: 60 degC, dwell: 1 h, per_year: 365}]
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joints") if MPI.COMM_WORLD.rank == 0 else None
    folder = MPI.COMM_WORLD.bcast(folder)
    return solve_case(CASE, (), folder, MPI.COMM_WORLD)["steps"]


@pytest.mark.slow
def test_work_of_the_whole_of_all_joints_is_that_of_their_block(steps):
    """All four joints are mirror images: each has the mean work of the block, summed over the steps of the cycle."""
    life = steps[-1]["life"]
    (whole,) = (part for part in life["parts"] if part["row"] == "whole")
    work = sum(step["blocks"]["joints/ball"]["inelastic_work_step_mpa"] for step in steps[3:])
    assert whole["work_per_cycle_mpa"] == pytest.approx(work, rel=1e-9)
    strain = [step["blocks"]["joints/ball"]["equivalent_inelastic_strain_mean"] for step in (steps[2], steps[5])]
    assert whole["strain_per_cycle"] == pytest.approx(strain[1] - strain[0], rel=1e-9)
    assert whole["averaged_over_um"] == pytest.approx(150.0)


@pytest.mark.slow
def test_rows_make_up_the_whole_and_the_weakest_stands_first(steps):
    life = steps[-1]["life"]
    of = {part["row"]: part for part in life["parts"]}
    assert 0.5 * (of["bottom"]["work_per_cycle_mpa"] + of["top"]["work_per_cycle_mpa"]) == pytest.approx(
        of["whole"]["work_per_cycle_mpa"], rel=1e-9
    )
    shortest = [part["lives"][0]["cycles"] for part in life["parts"]]
    assert shortest == sorted(shortest)
    assert (life["cycle"], life["minimum_degc"], life["maximum_degc"], life["dwell_s"]) == pytest.approx(
        (2, -40.0, 125.0, 900.0)
    )


@pytest.mark.slow
def test_life_and_mission_follow_from_the_work(steps):
    part = steps[-1]["life"]["parts"][0]
    lives = {one["model"]: one for one in part["lives"]}
    schubert = lives["schubert-2003-work"]
    assert schubert["cycles"] == pytest.approx(345.0 * part["work_per_cycle_mpa"] ** -1.02, rel=1e-9)
    assert lives["syed-2004-strain"]["cycles"] == pytest.approx(1.0 / (0.0513 * part["strain_per_cycle"]), rel=1e-9)
    test, day = schubert["mission"]
    assert test["acceleration_factor"] == pytest.approx(1.0, rel=1e-9)  # the cycle of the process is condition G
    assert schubert["years"] == pytest.approx(day["cycles"] / 365.0)
    assert schubert["package_cycles_1_percent"] < schubert["package_cycles_63_percent"] < schubert["cycles"] * 1.1


HEATED = {
    "power": [{"layer": "die", "total": "1 W"}],
    "boundaries": [{"face": "bottom", "convection": "100 W/m^2/K", "ambient": "25 degC"}],
}
POWERED = {
    "stress_free_temperature": "25 degC",
    "steps": [{"repeat": {"times": 2, "steps": [{"name": "on", "temperature": "thermal", "duration": "1 min"}]}}],
}


@pytest.mark.serial
def test_a_joint_that_the_outline_cuts_is_none():
    """It is not counted, is never the weakest, and has no numbers in the table."""
    found = np.array([np.nan, 1e5, 2e5])
    cycles = PartCycles(
        Joints(part="joints/ball"), "whole", "life_1", JointField(np.zeros((3, 2)), np.ones(3)), 1e-4,
        np.array([found]), np.array([found]), "SnAgCu", fatigue.ANAND,
    )  # fmt: skip
    part, table = evaluate(cycles, Life(joints=[Joints(part="joints/ball")]), ThermalCycle(273.0, 373.0, 600.0))
    assert (part.joints, part.lives[0].weakest_joint) == (2, 3)
    assert np.isnan(table["work_per_cycle_mpa"][0])
    assert all(np.isfinite([life.cycles, life.package_cycles_1_percent]).all() for life in part.lives)


@pytest.mark.serial
@pytest.mark.parametrize(("law", "says"), [("norris-landzberg-1969", True), ("norris-landzberg-pan-2005", False)])
def test_a_law_of_frequencies_says_that_times_stand_for_them(law, says):
    use = Use(name="day", minimum="20 degC", maximum="60 degC", dwell="1 h", per_year=365)
    life = Life(joints=[Joints(part="joints/ball")], mission=[use], acceleration=law)
    cycles = PartCycles(
        life.joints[0], "whole", "life_1", JointField(np.zeros((1, 2)), np.ones(1)), 1e-4,
        np.array([[1e5]]), np.array([[0.01]]), "SnAgCu", fatigue.ANAND,
    )  # fmt: skip
    part, _ = evaluate(cycles, life, ThermalCycle(273.0, 373.0, 600.0))
    assert any("goes by frequencies" in text for text in part.lives[0].doubts) == says


def refused(tmp_path, change):
    case = yaml.safe_load(CASE)
    change(case)
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    return str(error.value)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["life"]["joints"][0].update(part="joints/bal"), "did you mean 'joints/ball'"),
        (lambda c: c["life"]["joints"][0].update(part="board"), "neither creeps nor yields"),
        (lambda c: c["life"]["joints"][0].update(models=["syed-work"]), "no model of fatigue is called 'syed-work'"),
        (lambda c: c["life"]["mission"][0].update(profile="jesd22-a104-z"), "no profile is called 'jesd22-a104-z'"),
        (lambda c: c["life"]["mission"][1].pop("dwell"), "missing: dwell"),
        (lambda c: c["life"].update(acceleration="pan"), "norris-landzberg-pan-2005"),
        (
            lambda c: c["process"].update(steps=[{"name": "hot", "temperature": "125 degC", "duration": "1 min"}]),
            "repeat",
        ),
        (lambda c: c["process"]["steps"][0]["repeat"]["steps"][0].update(cycle=1), "number their cycles themselves"),
        (lambda c: c["analysis"].update(model="laminate"), "the laminate model"),
        (lambda c: c.update(thermal=HEATED, process=POWERED), "is in the field of `thermal`"),
    ],
)
def test_what_has_no_life_is_refused_by_name(tmp_path, change, words):
    assert words in refused(tmp_path, change)
