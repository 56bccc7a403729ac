"""Tests run on one rank and on two; under mpirun only rank 0 reports, other ranks speak up when they fail."""

import copy
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from solver.testing import SERIAL

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

# folders whose tests take seconds each
SLOW = ("benchmarks", "cases", "validation")


def _comm() -> Any:  # the launcher's tests run without MPI
    try:
        from mpi4py import MPI
    except ImportError:
        return None
    return MPI.COMM_WORLD


COMM = _comm()
_PATIENCE = 20.0  # seconds other ranks have to fail in the same test before they are ended


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes seconds; left out by `planish test --fast`")
    config.addinivalue_line("markers", "frees: what is solved in this test is freed in it")
    config.addinivalue_line("markers", "parallel: on several ranks only: on one it holds a run against itself")
    config.addinivalue_line("markers", "serial: on one rank only: nothing is parallel, or a smaller one is run on two")
    # programs that tests start find the modules of this tree; an installed planish has no `benchmarks`
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(config.rootpath), os.environ.get("PYTHONPATH")]))


def pytest_sessionstart(session: pytest.Session) -> None:
    if COMM is not None and COMM.rank > 0:
        session.config.get_terminal_writer()._file = Path(os.devnull).open("w")  # noqa: SIM115 (stays open)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if COMM is not None and COMM.size > 1 and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK  # all that was asked for is serial


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for marker, folders in (("serial", SERIAL), ("slow", SLOW)):
            if Path(item.fspath).parent.name in folders:
                item.add_marker(marker)
    if COMM is None or COMM.size == 1:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("parallel")])
        items[:] = [item for item in items if not item.get_closest_marker("parallel")]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed and COMM is not None and COMM.size > 1:
        if COMM.rank > 0:
            print(f"rank {COMM.rank}: {report.nodeid}\n{report.longreprtext}", file=sys.stderr, flush=True)
        _end_if_alone(report)


def _end_if_alone(report: pytest.TestReport) -> None:
    """End all ranks if a test fails on some of them only: the others would wait for ever."""
    barrier, deadline = COMM.Ibarrier(), time.monotonic() + _PATIENCE
    while not barrier.Test():
        if time.monotonic() > deadline:
            if COMM.rank == 0:
                print(f"rank 0: {report.nodeid}\n{report.longreprtext}", file=sys.stderr)
            print(f"rank {COMM.rank} failed alone in {report.nodeid}: all ranks are ended", file=sys.stderr, flush=True)
            COMM.Abort(1)
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def _solvers_freed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Free the solvers a test leaves: on several ranks PETSc keeps what Python lets go, and all it refers to."""
    if COMM is None or COMM.size == 1 or "frees" in request.keywords:
        yield
        return
    from solver.linalg.krylov import KrylovSolver
    from solver.linalg.tangent import TangentSolver

    made: list[KrylovSolver | TangentSolver] = []

    def noting(begin: Callable[..., None]) -> Callable[..., None]:
        def instead(self: Any, *args: Any, **kwargs: Any) -> None:
            begin(self, *args, **kwargs)
            made.append(self)

        return instead

    with pytest.MonkeyPatch.context() as patch:
        for kind in (KrylovSolver, TangentSolver):
            patch.setattr(kind, "__init__", noting(kind.__init__))
        yield
    for solver in made:
        if solver._ksp:
            solver.destroy()


@pytest.fixture
def comm() -> "Intracomm":
    """The communicator of all ranks."""
    from mpi4py import MPI

    return MPI.COMM_WORLD


@pytest.fixture
def shared_path(tmp_path: Path, comm: "Intracomm") -> Path:
    """A temporary directory that is the same on every rank."""
    return comm.bcast(tmp_path)


@pytest.fixture(scope="module")
def _solved() -> dict[tuple[str, ...], dict[str, Any]]:
    """What `solve` found in this module."""
    return {}


@pytest.fixture
def solve(
    request: pytest.FixtureRequest, shared_path: Path, comm: "Intracomm", _solved: dict[tuple[str, ...], dict[str, Any]]
) -> Callable[..., dict[str, Any]]:
    """Solve a case (YAML text, or the name of an example); returns heat, steps and warnings, writes nothing.

    What two tests of a module solve is solved once, unless a test patches something or has files beside its case.
    """
    from tests.solving import solve_case

    patched = "monkeypatch" in request.fixturenames

    def solved(case: str, *overrides: str) -> dict[str, Any]:
        files = {path.name for path in shared_path.iterdir()} - {"case.yaml"}
        if comm.allreduce(int(patched or bool(files))):
            return solve_case(case, overrides, shared_path, comm)
        if (case, *overrides) not in _solved:
            _solved[case, *overrides] = solve_case(case, overrides, shared_path, comm)
        return copy.deepcopy(_solved[case, *overrides])

    return solved
