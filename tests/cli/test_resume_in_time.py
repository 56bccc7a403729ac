"""Runs of materials that remember, killed on a way through time, go on to the same numbers."""

import signal

import pytest
from mpi4py import MPI

from tests.builders import LOW, Ply, sheet
from tests.cli.test_resume import finish, interrupt, same, written
from tests.killed import stopped

RELAXING = Ply(
    "high",
    "0.4 mm",
    "22 GPa",
    "10 ppm/K",
    more=(("viscoelastic", {"times": ["10 s", "300 s"], "shear": [0.5, 0.3], "shift": {"table": {
        "temperature": ["25 degC", "150 degC"], "log10": [1.0, -1.0]}}}),),
)  # fmt: skip
METAL = Ply(
    "top", "0.1 mm", "110 GPa", "17 ppm/K", 0.34, (("plastic", {"yield_stress": "40 MPa", "kinematic": "5 GPa"}),)
)
CASE = sheet(
    LOW,
    RELAXING,
    METAL,
    size=("100 mm", "100 mm"),
    cell="25 mm",
    process="""analysis: {deflection: DEFLECTION}
process:
  steps:
    - {name: low, build: [low, high], temperature: 125 degC}
    - {name: cool, temperature: 65 degC, rate: 20 K/min}
    - {name: top, build: [top], temperature: 65 degC, duration: 100 s, birth: stress-free}
    - {name: debond, remove: [low], temperature: 25 degC, duration: 100 s}
    - {name: shelf, duration: 1 h}
""",
)

pytestmark = [pytest.mark.serial, pytest.mark.slow]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return finish(written(tmp_path_factory.mktemp("cases") / "whole", CASE.replace("DEFLECTION", "large")))


def test_a_run_killed_on_a_ramp_goes_on_on_two_ranks(whole, tmp_path, monkeypatch):
    case = stopped(CASE.replace("DEFLECTION", "large"), tmp_path / "case", MPI.COMM_WORLD, monkeypatch, 6)
    same(finish(case, "--resume", ranks=2), whole)


def test_a_run_on_two_ranks_killed_in_a_hold_after_births_goes_on_on_one(whole, tmp_path):
    case = written(tmp_path / "case", CASE.replace("DEFLECTION", "large"))
    assert interrupt(case, 22, signal.SIGKILL, 2) != 0
    same(finish(case, "--resume"), whole)


def test_at_small_deflection_the_step_is_begun_again(tmp_path, monkeypatch):
    text = CASE.replace("DEFLECTION", "small")
    known = finish(written(tmp_path / "whole", text))
    case = stopped(text, tmp_path / "case", MPI.COMM_WORLD, monkeypatch, 3)
    same(finish(case, "--resume"), known)
