"""Rounds end with the first that has settled; a run that goes on does as one that was never stopped."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from solver.case import resolved
from solver.errors import CaseError
from solver.life.settled import approach
from solver.metrics import settling
from solver.parallel import on_root
from solver.process.checkpoint import Checkpoints, Position
from solver.process.rounds import Rounds
from solver.progress import Progress
from solver.run import run
from tests.solving import load_case, solve_case
from tests.validation.test_settled_solder import CASE as WRITTEN
from tests.validation.test_settled_solder import cycles

CASE = WRITTEN.replace("times: 4", "times: 12\n        until: settled\n        tolerance: 0.002").replace(
    "extrapolate: true", "extrapolate: false"
)
CASE = CASE.replace("life:\n", "    - {name: rest, duration: 1 h}\nlife:\n")


def test_changes_that_halve_leave_as_much_to_go_as_the_last_was():
    found = approach(np.array([4.0, 3.0, 2.5, 2.25]), 0.0)
    assert (found.change, found.remaining) == pytest.approx((0.25 / 2.25, 0.25 / 2.25))


def test_changes_that_do_not_shrink_settle_nowhere():
    assert approach(np.array([1.0, 1.001, 1.002]), 0.0).remaining > 0.09


def test_what_has_died_out_has_settled():
    """Shakedown: a part that yielded in the first cycle alone."""
    found = approach(np.array([1.0, 1e-5, 1e-5]), 0.01)
    assert max(found.change, found.remaining) == 0.0


@pytest.mark.parametrize(("small", "settled"), [(0.0008, True), (0.08, False)])
def test_a_part_that_hardly_strains_decides_nothing(small, settled):
    """The feet of solder balls have settled; their middles change by a tenth a cycle, of next to nothing or of much."""
    rounds = {number: np.array([small * 0.9**number, 0.281 * (1 + 0.01 * 0.3**number)]) for number in (1, 2, 3)}
    done = settling._Done((1, 2, 3), rounds, rounds, (("balls", "strain"), ("feet", "strain")))
    _, way = settling._worst(done)
    assert (way.change < 0.03) == settled


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("until: settled", "until: stable", "until = 'stable': must be 'settled'"),
        ("until: settled", "", "tolerance = '0.002': is that of `until: settled`"),
        ("tolerance: 0.002", "tolerance: 2", "tolerance = '2': must be a number from 0 to 0.5"),
        ("times: 12", "times: 2", "times = '2': fewer than 3 rounds"),
        ("material: solder", "material: stiff", "nothing of the case has `plastic`, `creep` or `anand`"),
        ("analysis: {deflection: small}", "analysis: {model: laminate}", "goes through all rounds"),
    ],
)
@pytest.mark.serial
def test_what_cannot_settle_is_refused(tmp_path, comm, old, new, rule):
    text = CASE[: CASE.index("life:")] if "laminate" in new or "stiff" in new else CASE
    with pytest.raises(CaseError, match=rule):
        load_case(text.replace(old, new), (), tmp_path, comm)


@pytest.mark.serial
def test_the_case_as_it_was_solved_says_when_rounds_end(tmp_path, comm):
    loaded = load_case(CASE, (), tmp_path, comm)
    assert load_case(resolved.text(loaded), (), tmp_path, comm).case.process == loaded.case.process


@pytest.mark.serial
@pytest.mark.parametrize(("step", "left"), [(10, ["other"]), (48, ["cycles 1 to 2 have not settled: x", "other"])])
def test_a_run_that_goes_on_with_more_rounds_no_longer_says_they_have_not_settled(tmp_path, comm, step, left):
    """Of twelve rounds of four steps; it stays where they are at their end."""
    loaded = load_case(CASE, (), tmp_path, comm)
    said = ["cycles 1 to 2 have not settled: x", "other"]
    position = Position(step, None, 298.15, True, None, {}, [], False, said)
    rounds = Rounds(loaded, [SimpleNamespace(name=str(k), counted=0.0) for k in range(49)], None, Progress(comm))
    rounds._back(SimpleNamespace(restore=lambda *_: None), SimpleNamespace(position=position))
    assert position.warnings == left


@pytest.mark.serial
@pytest.mark.slow
def test_settled_cycle_is_that_of_the_point(shared_path, comm):
    """The change that is told holds against a point of Anand's law through a dozen cycles, finely integrated.

    The work of the last cycle is off by what is told to remain, increments of time (0.5 %) and plates that give.
    """
    found = solve_case(CASE, (), shared_path, comm)
    steps = found["steps"]
    ends = [step for step in steps if step["name"].startswith("cold")]
    point = cycles(12)
    assert steps[-1]["name"] == "rest"
    assert 3 <= len(ends) < 12
    assert steps[-1]["time_s"] == pytest.approx(2400.0 * len(ends) + 3600.0)
    (part,) = ends[-1]["life"]["parts"]
    assert 1e6 * part["work_per_cycle_mpa"] == pytest.approx(point[-1, 0], rel=0.002 + 0.01)
    assert part["strain_per_cycle"] == pytest.approx(point[-1, 1], rel=0.002 + 0.01)


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


@pytest.mark.slow
def test_a_run_that_was_killed_settles_after_the_same_cycle(shared_path, comm, monkeypatch):
    case = CASE.replace("tolerance: 0.002", "tolerance: 0.02").replace("small}", "small, time_tolerance: 0.02}")
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(case, encoding="utf-8"))
    comm.barrier()
    whole = json.loads(
        (run(shared_path, (), comm, pictures=False, output=shared_path / "whole") / "summary.json").read_text()
    )
    (settled,) = whole["settled_cycles"]
    assert settled["settled"]
    assert max(settled["change"], settled["remaining"]) <= 0.02
    assert settled["not_solved"] == 4 * (12 - settled["cycles"])
    save, last = Checkpoints.save, 4 * settled["cycles"]
    for moment in (5, last)[comm.size > 1 :]:  # within a cycle (on one rank), and at the end of the last
        made: list[int] = []

        def kill(self, position, fields, made=made, moment=moment):
            save(self, position, fields)
            made.append(position.step)
            if len(made) == moment:
                raise Killed

        output = shared_path / f"killed {moment}"
        with monkeypatch.context() as patched:
            patched.setattr(Checkpoints, "save", kill)
            with pytest.raises(Killed):
                run(shared_path, (), comm, pictures=False, output=output)
        comm.barrier()
        again = json.loads(
            (run(shared_path, (), comm, pictures=False, output=output, resume=True) / "summary.json").read_text()
        )
        assert [step["name"] for step in again["steps"]] == [step["name"] for step in whole["steps"]]
        assert [step["time_s"] for step in again["steps"]] == [step["time_s"] for step in whole["steps"]]
        assert again["settled_cycles"][0]["change"] == pytest.approx(settled["change"], abs=5e-4)  # of increments
        assert again["warnings"] == whole["warnings"]
