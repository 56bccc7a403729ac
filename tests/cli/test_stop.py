"""Ctrl-C: one line, exit code 130, at once, and nothing lost. SIGTERM outside of an increment: the same with 143."""

import signal
import subprocess
import sys
import time

import pytest
from mpi4py import MPI

from tests.cli.test_resume import CASE, HOT, MORE, ROOT, command, finish, same, whole, written  # noqa: F401

pytestmark = [pytest.mark.serial, pytest.mark.slow]

# sum() of a range looks at no signal, as PETSc does not; it would take hours
SCRIPT = """
from mpi4py import MPI
from solver.interruption import listen, listen_in_c
listen("; words")
listen_in_c(MPI.COMM_WORLD, "; words")
print("now", flush=True)
sum(range(10**13))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_library_that_computes(number):
    run = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT, stdout=-1, stderr=-1, text=True)
    assert run.stdout.readline() == "now\n"
    run.send_signal(number)
    assert run.communicate(timeout=20)[1] == "planish: interrupted; words\n"
    assert run.returncode == 128 + number


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.04, 0.08])
def test_ctrl_c_while_python_starts_waits_until_it_is_heard(delay):
    """As ./planish starts it: the signal is blocked until there is a handler."""

    def block() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])

    start = [sys.executable, "-m", "solver", "materials"]
    run = subprocess.Popen(start, cwd=ROOT, stdout=-1, stderr=-1, text=True, preexec_fn=block)  # noqa: PLW1509
    time.sleep(delay)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=20)
    assert (run.returncode, said) == (130, "planish: interrupted\n")


@pytest.mark.parametrize("module", ["typer", "dolfinx", "vtkmodules"])
def test_ctrl_c_during_an_import(tmp_path, module):
    """The signal comes when a module begins to be imported."""
    case = written(tmp_path / "case", HOT.replace("DEFLECTION", "small"))
    code = "import runpy, signal, sys; from tests.killing import Killer; "
    code += f"Killer('import', \"('{module}'\", 1, signal.SIGINT); "
    code += f"sys.argv[1:] = {command(case)[3:]}; runpy.run_module('solver', run_name='__main__', alter_sys=True)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("planish: interrupted")


@pytest.mark.parametrize("launched", ["alone", "by planish", "by the user"])
def test_ctrl_c_ends_a_run_at_once_and_it_goes_on(whole, tmp_path, launched):  # noqa: F811
    """Open MPI's mpirun of the user has an exit code of its own for Ctrl-C."""
    case = written(tmp_path / "case", CASE + MORE)
    log = case / "results.partial" / "log.txt"
    start = [*command(case, ranks=2 if launched == "by the user" else 1), *(["-n", "2"] * (launched == "by planish"))]
    run = subprocess.Popen(start, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=-1, text=True)
    while not log.is_file() or log.read_text(encoding="utf-8").count("increment") < 5:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    open_mpi = "Open MPI" in MPI.Get_library_version()
    assert run.returncode == (1 if open_mpi and launched == "by the user" else 130)
    assert said == "planish: interrupted; `planish run CASE --resume` goes on from the last increment\n"
    same(finish(case, "--resume"), whole[1])
