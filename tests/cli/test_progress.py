"""What a run shows while it works: a bar, a percentage and the time left on a terminal, plain lines elsewhere."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mpi4py import MPI

from solver.driver import drive
from solver.progress import Progress
from solver.remaining import HEAT, Remaining, clock_text, of_step
from tests.builders import HIGH, LOW, sheet
from tests.solving import load_case

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]
STAGE = """
import sys, time
from mpi4py import MPI
from solver import progress
from solver.progress import Progress
progress._SILENCE = 0.05
told = Progress(MPI.COMM_WORLD)
told.remaining.expect({(0, 0): 1.0, (1, 0): 1.0})
told.remaining.begin((0, 0))
with told.stage("solve", "step 'cool [1]'") as tell:
    for share in (0.25, 0.5, 0.75):
        tell(f"increment {4 * share:.0f}", share)
        time.sleep(0.3)
told.say("done")
"""


class Clock:
    """Time as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def on_terminal(**variables: str) -> str:
    """What STAGE writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"TERM": "xterm", "COLUMNS": "100", **variables}
    run = subprocess.Popen([sys.executable, "-c", STAGE], cwd=ROOT, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    found = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        found += part
    os.close(ours)
    assert run.wait() == 0, found.decode()
    return found.decode()


@pytest.mark.slow
def test_a_terminal_gets_a_bar_with_percentage_and_time_left():
    found = on_terminal()
    assert "━" in found
    assert re.search(r"step 'cool \[1\]': increment 1 .*1[23] %, about 0:\d\d left", found)
    assert re.search(r"step 'cool \[1\]': increment 3 .*3[78] %, about 0:\d\d left", found)
    assert re.search(r"\d\.\d\d s  step 'cool \[1\]'\r\n(\x1b\[\?25h)?done\r\n$", found)


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"TERM": "dumb"}])
@pytest.mark.slow
def test_a_terminal_nobody_looks_at_gets_plain_lines(variables):
    found = on_terminal(**variables)
    assert "\x1b" not in found
    assert "step 'cool [1]': increment 3 (38 %, about 0:" in found


def test_a_pipe_gets_plain_lines_with_percentage_and_time_left():
    done = subprocess.run([sys.executable, "-c", STAGE], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert "\x1b" not in done.stdout
    assert re.fullmatch(r" +0 s  step 'cool \[1\]': increment 2 \(25 %, about 0:0\d left\)", lines[0])
    assert re.fullmatch(r" +\d\.\d\d s  step 'cool \[1\]'", lines[-2])
    assert lines[-1] == "done"


def test_time_left_follows_the_forecast_first_and_the_clock_later():
    """A machine half as fast as the forecast has it takes 200 s for what was to take 100."""
    clock = Clock()
    left = Remaining(clock)
    assert str(left) == ""
    left.expect({HEAT: 20.0, of_step(0, False): 30.0, of_step(0, True): 50.0})
    left.begin(HEAT)
    assert left.seconds == pytest.approx(100.0)
    clock.now = 100.0
    left.begin(of_step(0, True))
    assert left.share == pytest.approx(0.5)
    assert left.seconds == pytest.approx(100.0, rel=0.03)
    clock.now = 150.0
    left.reached(0.5)
    assert str(left) == "75 %, about 0:49 left"
    left.reached(0.2)  # it does not go back
    assert left.share == pytest.approx(0.75)


def test_what_was_done_before_a_run_that_goes_on_tells_nothing_of_its_speed():
    clock = Clock()
    left = Remaining(clock)
    left.expect({of_step(number, False): 10.0 for number in range(4)})
    left.begin(of_step(2, False))
    clock.now = 20.0
    left.begin(of_step(3, False))
    assert left.share == pytest.approx(0.75)
    assert left.seconds == pytest.approx(20.0, rel=0.1)


def test_times_are_written_as_on_a_clock():
    assert [clock_text(seconds) for seconds in (7.6, 754.0, 10800.0)] == ["0:08", "12:34", "3:00:00"]


@pytest.mark.slow
def test_a_run_tells_how_far_it_is_from_its_first_increment_to_its_last(tmp_path, monkeypatch):
    """Two steps, the first with a look at a temperature beside its way."""
    process = """analysis: {deflection: large}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 50 degC}, {name: more, temperature: 25 degC}]
report: {warpage_at: [100 degC, 200 degC]}
"""
    text = sheet(LOW, HIGH, size=("100 mm", "100 mm"), cell="25 mm", process=process)
    seen = list[float]()
    reached = Remaining.reached

    def note(self: Remaining, share: float) -> None:
        reached(self, share)
        seen.append(self.share or 0.0)

    monkeypatch.setattr(Remaining, "reached", note)
    comm = MPI.COMM_WORLD
    drive(load_case(text, [], tmp_path, comm), comm, Progress(comm, quiet=True), [])
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == pytest.approx(1.0)
    assert len(set(seen)) > 8
