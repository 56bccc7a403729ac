"""A run with a place that creeps goes on after it was killed, as if it had not been."""

import json

import pytest

from solver.parallel import on_root
from solver.process.checkpoint import Checkpoints
from solver.run import run
from tests.metrics.test_submodels import AS_IT_IS, in_time

pytestmark = pytest.mark.slow


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


def test_a_place_that_creeps_goes_on_where_it_was(shared_path, comm, monkeypatch):
    text = in_time(size="0.8 mm") + AS_IT_IS % "0.8 mm"
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(text, encoding="utf-8"))
    comm.barrier()
    saved = Checkpoints.save

    def results(output, resume=False):
        path = run(shared_path, (), comm, resume=resume, pictures=False, output=shared_path / output)
        comm.barrier()
        return json.loads((path / "summary.json").read_text(encoding="utf-8"))["steps"]

    def save(self, position, fields):
        saved(self, position, fields)
        if position.step == 2:
            raise Killed

    whole = results("whole")
    monkeypatch.setattr(Checkpoints, "save", save)
    with pytest.raises(Killed):
        results("killed")
    monkeypatch.setattr(Checkpoints, "save", saved)
    for one, other in zip(results("killed", resume=True), whole, strict=True):
        found, expected = (step["submodels"]["joint"]["blocks"]["balls/ball"] for step in (one, other))
        work, step_work = "inelastic_work_mean_mpa", "inelastic_work_step_mpa"  # increments are chosen anew
        assert found[work] == pytest.approx(expected[work], rel=1e-3)
        assert found[step_work] == pytest.approx(expected[step_work], abs=1e-3 * expected[work])
