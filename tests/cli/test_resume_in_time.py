"""Runs of materials that remember, killed on a way through time, go on to the same numbers."""

import json

import pytest
from mpi4py import MPI

from solver.parallel import on_root
from solver.process.checkpoint import Position, latest
from solver.run import run
from tests.builders import LOW, Ply, sheet
from tests.cli.test_resume import same
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

COMM = MPI.COMM_WORLD

pytestmark = pytest.mark.slow


def ended(directory, text=None, comm=COMM):
    """Run a case, anew (YAML text, in a new directory) or from where it was killed, to its end: its summary."""
    if text is not None:
        on_root(comm, directory.mkdir)
        on_root(comm, lambda: (directory / "case.yaml").write_text(text, encoding="utf-8"))
    results = run(directory, (), comm, resume=text is None, pictures=False)
    return on_root(comm, lambda: json.loads((results / "summary.json").read_text(encoding="utf-8")))


def on_first_rank(work):
    """What `work` of a communicator finds on one rank, while the others wait."""
    return COMM.bcast(work(MPI.COMM_SELF) if COMM.rank == 0 else None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return ended(COMM.bcast(tmp_path_factory.mktemp("cases")) / "whole", CASE.replace("DEFLECTION", "large"))


def middle(whole, number):
    """Checkpoints until the middle of a step, which are of the points of its curve."""
    lengths = [len(step["curve"]) for step in whole["steps"]]
    return sum(lengths[:number]) + lengths[number] // 2


def test_a_run_killed_on_a_ramp_goes_on_on_all_ranks(whole, shared_path, monkeypatch):
    text, case = CASE.replace("DEFLECTION", "large"), shared_path / "case"
    on_first_rank(lambda comm: stopped(text, case, comm, monkeypatch, middle(whole, 1)))
    position = latest(case / "results.partial", COMM, Position).position
    assert (position.step, position.ramp is not None or position.clock is not None) == (1, True)
    same(ended(case), whole)


def test_a_run_on_all_ranks_killed_in_a_hold_after_births_goes_on_on_one(whole, shared_path, monkeypatch):
    text, case = CASE.replace("DEFLECTION", "large"), shared_path / "case"
    stopped(text, case, COMM, monkeypatch, middle(whole, 2))
    position = latest(case / "results.partial", COMM, Position).position
    assert (position.step, position.clock is not None) == (2, True)
    same(on_first_rank(lambda comm: ended(case, comm=comm)), whole)


def test_at_small_deflection_the_step_is_begun_again(shared_path, monkeypatch):
    text = CASE.replace("DEFLECTION", "small")
    known = ended(shared_path / "whole", text)
    case = stopped(text, shared_path / "case", COMM, monkeypatch, 3)
    same(ended(case), known)
