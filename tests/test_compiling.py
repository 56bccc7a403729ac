"""Forms are compiled once; a compile that was killed is done again, one that goes on is waited for."""

import errno
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import cffi
import pytest

from solver import cache
from solver.compiling import _compiling, once
from solver.errors import PlanishError
from tests.launching import python

ROOT = Path(__file__).parents[1]
SCRIPT = """
from dolfinx import fem, mesh
from mpi4py import MPI
from solver import compat
from tests.killing import Killer
Killer({event!r}, {text!r}, 1)
domain = mesh.create_unit_cube(MPI.COMM_WORLD, 2, 2, 2)
import ufl
form = compat.form(fem.Constant(domain, 3.0) * ufl.dx(domain))
print("volume", MPI.COMM_WORLD.allreduce(fem.assemble_scalar(form)))
"""

pytestmark = [pytest.mark.serial, pytest.mark.slow]


def compiled(place: Path, event: str = "none", text: str = "", ranks: int = 1) -> subprocess.CompletedProcess[str]:
    """Compile and use a form in a cache of its own, or be killed at a moment."""
    command = [*python(ranks), "-c", SCRIPT.format(event=event, text=text)]
    env = os.environ | {"XDG_CACHE_HOME": str(place)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize(
    ("event", "text", "ranks"),
    [("os.rename", ".c'", 1), ("subprocess.Popen", "libffcx", 1), ("open", ".c.cached', 'x'", 2)],
)
def test_a_killed_compile_is_done_again(tmp_path, event, text, ranks):
    """Killed before the source is written, before the compiler starts, before FFCx says that the form is there."""
    assert compiled(tmp_path, event, text).returncode == -signal.SIGKILL
    (begun,) = (tmp_path / "planish" / "forms").glob("*/*.c")
    assert not begun.with_suffix(".c.cached").exists()
    start = time.monotonic()
    again = compiled(tmp_path, ranks=ranks)
    assert "volume 3.0" in again.stdout, again.stderr
    assert time.monotonic() - start < 30  # FFCx alone waits for a minute, and fails
    assert begun.with_suffix(".c.cached").exists()


def test_a_form_that_failed_in_one_process_and_ended_in_another_is_made_again(tmp_path):
    for left in ("one.c.cached", "one.c.failed", "one.so", "two.c", "two.c.cached"):
        (tmp_path / left).touch()
    with _compiling(tmp_path, patient=True):
        pass
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["two.c", "two.c.cached"]


def test_what_another_process_compiles_stays(tmp_path):
    (tmp_path / "one.c").touch()
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with _compiling(tmp_path, patient=False):
            assert (tmp_path / "one.c").exists()
    with _compiling(tmp_path, patient=False):
        assert not (tmp_path / "one.c").exists()


def test_programs_are_loaded_only_from_folders_that_others_cannot_write(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    forms = cache.folder("forms")
    assert forms.stat().st_mode & 0o077 == 0
    for path in (forms, forms.parent):
        path.chmod(0o777)
        with pytest.raises(PlanishError, match=rf"others can write in {path}.*chmod -R go-w"):
            cache.folder("forms")
        path.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: forms.stat().st_uid + 1)
    with pytest.raises(PlanishError, match=r"belongs to another user.*XDG_CACHE_HOME"):
        cache.folder("forms")


def test_a_form_that_cannot_be_compiled_ends_in_one_line(tmp_path, comm):
    def fails() -> None:
        raise cffi.VerificationError("CompileError:\n  command 'cc'\n failed with exit code 1")

    with pytest.raises(PlanishError, match=r"^compiling a form failed: CompileError: command 'cc' failed with exit"):
        once(comm, tmp_path, fails)


def test_what_another_process_was_to_compile_and_did_not_is_compiled_here(tmp_path, comm):
    answers = [TimeoutError("JIT compilation timed out, probably due to a failed previous compile")]

    def waits() -> str:
        if answers:
            raise answers.pop()
        return "compiled"

    assert once(comm, tmp_path, waits) == "compiled"
    with pytest.raises(RuntimeError, match="of another kind"):
        once(comm, tmp_path, lambda: (_ for _ in ()).throw(RuntimeError("of another kind")))


def test_where_the_file_system_has_no_locks_what_is_old_was_given_up(tmp_path, monkeypatch):
    def none(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    for name, age in (("old", 3600.0), ("young", 0.0)):
        (tmp_path / f"{name}.c").touch()
        os.utime(tmp_path / f"{name}.c", (time.time() - age,) * 2)
    monkeypatch.setattr("fcntl.flock", none)
    with _compiling(tmp_path, patient=True):
        assert sorted(path.name for path in tmp_path.glob("*.c")) == ["young.c"]
