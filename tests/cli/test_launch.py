"""Ranks are started as asked or not at all; single runs that a launcher takes for ranks of one do not begin."""

import os
import sys

import pytest

from solver import interruption, launch
from solver.launch import LaunchError

pytestmark = [pytest.mark.serial, pytest.mark.slow]

STEP = {"SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for tasks, task, _ in launch._LAUNCHERS.values():
        monkeypatch.delenv(tasks, raising=False)
        monkeypatch.delenv(task, raising=False)
    monkeypatch.delenv("SLURM_STEP_ID", raising=False)


def having(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_srun_without_pmix_is_told_how(monkeypatch):
    """Each of four tasks sees a world of one."""
    having(monkeypatch, STEP)
    with pytest.raises(LaunchError, match=r"^srun has started 4 tasks that do not know of each other.*--mpi=pmix"):
        launch.check(1)
    launch.check(4)
    monkeypatch.setenv("SLURM_PROCID", "3")
    with pytest.raises(SystemExit) as ended:  # without a word: the first one has said it
        launch.check(1)
    assert ended.value.code == 2


@pytest.mark.parametrize("step", [4294967290, 4294967291])
def test_a_single_run_of_a_batch_script_or_an_interactive_shell_is_meant(monkeypatch, step):
    having(monkeypatch, STEP | {"SLURM_STEP_ID": str(step), "SLURM_NTASKS": "32"})
    launch.check(1)


@pytest.mark.parametrize(("name", "value"), [("OMPI_COMM_WORLD_SIZE", "2"), ("PMI_SIZE", "3"), ("FLUX_JOB_SIZE", "2")])
def test_the_mpirun_of_another_mpi_is_told_too(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(LaunchError, match=f"has started {value} tasks"):
        launch.check(1)


def test_more_ranks_than_cores_need_force(monkeypatch):
    monkeypatch.setattr(launch, "cores", lambda: 3)
    with pytest.raises(LaunchError, match=r"^-n 4: there are 3 cores"):
        launch.start(4, False, "")
    started = []
    monkeypatch.setattr(launch, "_watched", lambda *what: started.append(what) or 0)
    monkeypatch.setattr(sys, "argv", ["planish", "run", "case", "-n", "4", "--force"])
    assert launch.start(4, True, "") == 0
    command, environment, _ = started[0]
    assert command[1:3] == ["-n", "4"]
    assert command[-3:] == ["run", "case", "--force"]
    assert environment["OMPI_MCA_mpi_yield_when_idle"] == "1"
    monkeypatch.setattr(sys, "argv", ["planish", "run", "case", "-n3"])
    assert launch.start(3, False, "") == 0
    assert "PRTE_MCA_rmaps_default_mapping_policy" not in started[1][1].keys() - os.environ.keys()


def test_inside_a_launcher_no_other_is_started(monkeypatch):
    having(monkeypatch, STEP)
    assert launch.start(4, False, "") is None
    assert launch.start(1, False, "") is None


def test_ranks_that_share_cores_yield(monkeypatch):
    monkeypatch.setattr(launch, "cores", lambda: 2)
    for local, yields in (("2", False), ("3", True)):
        monkeypatch.setattr(os, "environ", {"OMPI_COMM_WORLD_LOCAL_SIZE": local})
        launch.yield_if_crowded()
        assert ("OMPI_MCA_mpi_yield_when_idle" in os.environ) == yields


def test_a_word_of_mpirun_on_ranks_that_have_said_why_is_left_out(capfdbinary):
    rule = b"-" * 74 + b"\n"
    known = [rule, b"prterun detected that one or more processes exited with non-zero status,\n", b"\n", rule]
    other = [rule, b"There are not enough slots available\n", rule]
    launch._relay([b"planish: disk full\n", *known, *other, b"last\n", rule])
    assert capfdbinary.readouterr().err == b"".join([b"planish: disk full\n", *other, b"last\n", rule])


@pytest.mark.parametrize("said", [["-n", "4"], ["-n4"], ["--ranks", "4"], ["--ranks=4"]])
def test_ranks_are_started_before_the_arguments_are_looked_at(monkeypatch, said):
    asked = []
    monkeypatch.setattr(launch, "start", lambda *what: asked.append(what))
    for command in ("run", "vias", "check"):
        launch.started([command, "case", *said, "--force"])
    launch.started(["run", "case"])
    assert asked == [(4, True, interruption.GOES_ON), (4, True, ""), (1, False, interruption.GOES_ON)]


@pytest.mark.parametrize("words", [["-n", "two"], ["-n", "0"], ["-n"], ["-n", "4", "--help"]])
def test_what_is_no_number_of_ranks_starts_none(monkeypatch, words):
    monkeypatch.setattr(launch, "cores", lambda: 1)
    assert launch.started(["run", "case", *words]) is None
