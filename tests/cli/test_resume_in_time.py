"""Runs of materials that remember, killed on a way through time, go on to the same numbers."""

import signal

import pytest

from tests.builders import LOW, Ply, sheet
from tests.cli.test_resume import finish, interrupt, same, written

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


@pytest.mark.parametrize(("increments", "before", "after"), [(6, 1, 2), (22, 2, 1)])
def test_a_run_killed_on_a_way_through_time_goes_on(whole, tmp_path, increments, before, after):
    """On a ramp, and in a hold after births; on one rank and two."""
    case = written(tmp_path / "case", CASE.replace("DEFLECTION", "large"))
    assert interrupt(case, increments, signal.SIGKILL, before) != 0
    same(finish(case, "--resume", ranks=after), whole)


def test_at_small_deflection_the_step_is_begun_again(tmp_path):
    text = CASE.replace("DEFLECTION", "small")
    known = finish(written(tmp_path / "whole", text))
    case = written(tmp_path / "case", text)
    assert interrupt(case, 3, signal.SIGKILL, word="warpage") != 0
    same(finish(case, "--resume"), known)
