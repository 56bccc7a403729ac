"""Runs that are killed, told to stop or given more steps go on to the same numbers."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from mpi4py import MPI

from tests.builders import HIGH, LOW, TOP, sheet
from tests.commands import planish
from tests.killed import stopped
from tests.launching import python

ROOT = Path(__file__).parents[2]
CASE = sheet(
    LOW,
    HIGH,
    TOP,
    size=("200 mm", "200 mm"),
    cell="50 mm",
    process="""analysis: {deflection: large}
process:
  steps:
    - {name: low, build: [low], temperature: 125 degC}
    - {name: high, build: [high], temperature: 105 degC, birth: stress-free}
    - {name: top, build: [top], temperature: 85 degC, birth: pressed}
    - {name: cool, temperature: 45 degC}
    - {name: debond, remove: [low], temperature: 60 degC}
""",
)
MORE = "    - {name: heat, temperature: 85 degC}\n"

HOT = """title: a package that has warmed up, and its process
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  symmetry: quarter
  layers:
    - {name: board, thickness: 0.5 mm, material: board}
    - {name: die, thickness: 0.3 mm, material: die}
materials:
  board: {youngs_modulus: 22 GPa, poisson_ratio: 0.3, thermal_expansion: 15 ppm/K,
    thermal_conductivity: 1 W/m/K, density: 1900 kg/m^3, specific_heat: 900 J/kg/K}
  die: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.8 ppm/K,
    thermal_conductivity: 130 W/m/K, density: 2330 kg/m^3, specific_heat: 710 J/kg/K}
mesh: {in_plane_size: 2.5 mm}
thermal:
  power: [{layer: die, total: 2 W}]
  interfaces: [{between: [board, die], resistance: 50 mm^2 K/W}]
  boundaries: [{face: bottom, convection: 500 W/m^2/K, ambient: 25 degC}]
analysis: {transient: {duration: 5 s, start: 25 degC, times: [1 s]}, deflection: DEFLECTION}
process:
  steps:
    - {name: mount, build: [board, die], temperature: 150 degC}
    - {name: in use, temperature: thermal}
"""

CURING = """title: a panel whose compound gels and cools
geometry:
  outline: {shape: rectangle, size: [200 mm, 200 mm]}
  symmetry: quarter
  layers:
    - {name: carrier, thickness: 0.7 mm, material: glass-eagle-xg}
    - {name: mould, thickness: 0.4 mm, material: emc-granular-curing}
mesh: {in_plane_size: 50 mm}
analysis: {deflection: large, time_tolerance: 0.02}
process:
  stress_free_temperature: 150 degC
  steps:
    - {name: cure, temperature: 150 degC, duration: 10 min}
    - {name: cool, temperature: 25 degC, rate: 10 K/min}
"""

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def command(case: Path, *options: str, ranks: int = 1) -> list[str]:
    return [*python(ranks), "-m", "solver", "run", str(case), "--no-pictures", *options]


def finish(case: Path, *options: str, ranks: int = 1) -> dict:
    """Run a case to its end, on one rank in this process; its summary."""
    if ranks == 1:
        done = planish("run", case, "--no-pictures", *options)
    else:
        words = command(case, *options, ranks=ranks)
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((case / "results" / "summary.json").read_text(encoding="utf-8"))


def is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def interrupt(case: Path, increments: int, how: signal.Signals, ranks: int = 1, word: str = "increment") -> int:
    """Start a run and end it when its log shows so many increments, or another word; the exit code."""
    log = case / "results.partial" / "log.txt"
    run = subprocess.Popen(command(case, ranks=ranks), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
    while not log.is_file() or log.read_text(encoding="utf-8").count(word) < increments:
        assert run.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.01)
    if how is signal.SIGKILL:
        os.killpg(run.pid, how)
    else:
        run.send_signal(how)
    code = run.wait(timeout=120)
    until = time.monotonic() + 60.0
    running = True
    while running:  # by a moment ranks may outlive their mpirun, and their locks them
        assert time.monotonic() < until, "ranks outlive their mpirun"
        time.sleep(0.05)
        words = [word for one in psutil.process_iter(["cmdline"]) for word in one.info["cmdline"] or ()]
        running = any(str(case) in word for word in words) or is_held(case / "results.lock")
    return code


def written(directory: Path, text: str) -> Path:
    directory.mkdir()
    (directory / "case.yaml").write_text(text, encoding="utf-8")
    return directory


def same(one: dict, other: dict) -> None:
    assert [step["name"] for step in one["steps"]] == [step["name"] for step in other["steps"]]
    for a, b in zip(one["steps"], other["steps"], strict=True):
        for key in ("warpage_um", "corner_um", "curvature_x_per_m"):
            assert a[key] == pytest.approx(b[key], rel=1e-4, abs=1e-4), (a["name"], key)
        assert len(a["curve"]) == len(b["curve"]), a["name"]
        for layer, stress in a["layers"].items():
            assert stress == pytest.approx(b["layers"][layer], rel=1e-3, abs=1e-3), (a["name"], layer)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    case = written(tmp_path_factory.mktemp("cases") / "whole", CASE + MORE)
    return case, finish(case)


@pytest.mark.parametrize(("increments", "before", "after"), [(3, 1, 2), (11, 2, 1)])
def test_a_killed_run_goes_on(whole, tmp_path, increments, before, after):
    """In a ramp, and after a layer was pressed on; on one rank and two."""
    case = written(tmp_path / "case", CASE + MORE)
    assert interrupt(case, increments, signal.SIGKILL, before) != 0
    assert not (case / "results").exists()
    same(finish(case, "--resume", ranks=after), whole[1])


def test_a_run_that_is_killed_while_it_is_debonded_goes_on(whole, tmp_path, monkeypatch):
    kept = [sum(len(step["curve"]) for step in whole[1]["steps"][:number]) for number in (4, 5)]
    assert kept[1] - kept[0] > 3
    case = stopped(CASE + MORE, tmp_path / "case", MPI.COMM_WORLD, monkeypatch, sum(kept) // 2)
    last = max(int(path.name) for path in (case / "results.partial" / "checkpoint").iterdir() if path.is_dir())
    assert kept[0] < last < kept[1]
    same(finish(case, "--resume"), whole[1])


def test_a_run_that_is_killed_while_its_compound_cures_goes_on(tmp_path, monkeypatch):
    """About where it gels: what every point remembers is that of the last increment, and a hold stays a hold."""
    case = stopped(CURING, tmp_path / "case", MPI.COMM_WORLD, monkeypatch, 3)
    same(finish(case, "--resume"), finish(written(tmp_path / "whole", CURING)))


def test_sigterm_ends_a_run_after_its_increment(whole, tmp_path):
    case = written(tmp_path / "case", CASE + MORE)
    assert interrupt(case, 5, signal.SIGTERM) == 128 + signal.SIGTERM
    assert "SIGTERM: stops after this increment" in (case / "results.partial" / "log.txt").read_text(encoding="utf-8")
    same(finish(case, "--resume"), whole[1])


def test_a_finished_run_takes_more_steps(whole, tmp_path):
    case = written(tmp_path / "case", CASE)
    finish(case)
    (case / "case.yaml").write_text(CASE + MORE, encoding="utf-8")
    found = finish(case, "--resume")
    same(found, whole[1])
    assert found["unknowns"] == whole[1]["unknowns"]
    assert len(list((case / "results" / "fields").glob("*heat*.pvtu"))) == 1


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_after_a_field_a_finished_run_takes_more_steps_and_keeps_its_fields(deflection, tmp_path):
    """Heat is where it was, with a jump between the layers; what was written stays listed."""
    text = HOT.replace("DEFLECTION", deflection)
    more = text + "    - {name: again, temperature: thermal}\n    - {name: cold, temperature: 0 degC}\n"
    wanted, case = written(tmp_path / "whole", more), written(tmp_path / "case", text)
    finish(case)
    (case / "case.yaml").write_text(more, encoding="utf-8")
    found, at_once = finish(case, "--resume"), finish(wanted)
    same(found, at_once)
    assert found["thermal"]["max_temperature_degc"] == pytest.approx(at_once["thermal"]["max_temperature_degc"])
    for name in ("steps.pvd", "times.pvd"):
        one, other = ((place / "results" / "fields" / name).read_text(encoding="utf-8") for place in (case, wanted))
        assert one == other


def test_another_case_is_refused(whole, tmp_path):
    case = tmp_path / "case"
    shutil.copytree(whole[0], case)
    (case / "case.yaml").write_text(CASE.replace("thickness: 0.4 mm", "thickness: 0.5 mm") + MORE, encoding="utf-8")
    done = planish("run", case, "--no-pictures", "--resume")
    assert done.returncode == 2
    assert "geometry.layers.1.thickness is not what it was when" in done.stderr
    assert (case / "results" / "summary.json").is_file()
