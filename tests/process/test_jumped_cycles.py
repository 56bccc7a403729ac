"""Rounds are jumped over where they change slowly: what gathers is that of all rounds, to the error that is told."""

import json

import pytest

from solver.errors import CaseError
from solver.parallel import on_root
from solver.process.checkpoint import Checkpoints
from solver.run import run
from tests.solving import load_case, solve_case

CASE = """
title: a film that hardens slowly between stiff plates
geometry:
  outline: {shape: rectangle, size: [2 mm, 2 mm]}
  symmetry: quarter
  layers:
    - {name: base, thickness: 1 mm, material: stiff}
    - {name: film, thickness: 10 um, material: metal}
    - {name: cap, thickness: 1 mm, material: stiff}
materials:
  stiff: {youngs_modulus: 1900 GPa, poisson_ratio: 0.2, thermal_expansion: 6 ppm/K}
  metal:
    youngs_modulus: 110 GPa
    poisson_ratio: 0.34
    thermal_expansion: 17 ppm/K
    plastic: {yield_stress: 60 MPa, voce: {saturation: 60 MPa, rate: 20}}
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps:
    - repeat:
        times: 24
        until: settled
        tolerance: 0.01
        jump: 8
        steps:
          - {name: hot, temperature: 225 degC, duration: 10 min}
          - {name: cold, temperature: 25 degC, duration: 10 min}
"""


def gathered(steps):
    """Inelastic work of the film (MPa) at the ends of cycles, by their number."""
    return {
        int(step["name"].split()[1]): step["layers"]["film"]["inelastic_work_mean_mpa"]
        for step in steps
        if step["name"].startswith("cold")
    }


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("jump: 8", "jump: 0", "jump = '0': must be a whole number of rounds"),
        ("until: settled\n        tolerance: 0.01\n        ", "", "jump = '8': is that of `until: settled`"),
        ("{deflection: small}", "{deflection: auto}", "carries the state of solids at small deflection on"),
        (
            "material: stiff}\nmat",
            "material: emc-generic-curing}\nmat",
            "'emc-generic-curing' of 'cap' on: its degree of cure",
        ),
    ],
)
@pytest.mark.serial
def test_what_cannot_be_carried_on_is_refused(tmp_path, comm, old, new, rule):
    with pytest.raises(CaseError, match=rule):
        load_case(CASE.replace(old, new), (), tmp_path, comm)


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


@pytest.mark.serial
@pytest.mark.slow
def test_what_gathers_is_that_of_all_rounds(shared_path, comm, monkeypatch):
    """Within the errors that are told of the jumps; so it is with a run that was killed after one and went on."""

    def go(name, **how):
        path = run(shared_path, (), comm, pictures=False, output=shared_path / name, **how)
        comm.barrier()
        return json.loads((path / "summary.json").read_text(encoding="utf-8"))

    every = gathered(solve_case(CASE.replace("        jump: 8\n", ""), (), shared_path, comm)["steps"])
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(CASE, encoding="utf-8"))
    comm.barrier()
    found = go("whole")
    (settled,), jumped = found["settled_cycles"], gathered(found["steps"])
    errors = sum(one["error_found"] for one in settled["jumps"])
    assert settled["solved"] == len(jumped) < 0.6 * len(every)
    assert sum(one["cycles"] for one in settled["jumps"]) == len(every) - len(jumped)
    assert all(one["error_found"] < one["error_estimate"] <= 0.01 for one in settled["jumps"])
    assert jumped[24] == pytest.approx(every[24], rel=errors)
    assert jumped[24] - jumped[23] == pytest.approx(every[24] - every[23], rel=errors)
    assert found["steps"][-1]["time_s"] == 24 * 1200.0
    (step,) = (one for one in found["steps"] if one["name"] == "hot 10")  # the first after a jump
    assert 0.0 < step["layers"]["film"]["inelastic_work_step_mpa"] < every[10] - every[9]

    save, made = Checkpoints.save, list[int]()

    def kill(self, position, fields):
        save(self, position, fields)
        made.append(position.step)
        if len(made) == 14:  # seven rounds, and a jump over two
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "save", kill)
        with pytest.raises(Killed):
            go("killed")
    again = go("killed", resume=True)
    assert made[-1] == 18
    assert [step["name"] for step in again["steps"]] == [step["name"] for step in found["steps"]]
    assert gathered(again["steps"])[24] == pytest.approx(jumped[24], rel=1e-3)
    (same,) = (one for one in again["steps"] if one["name"] == "hot 10")
    work = [one["layers"]["film"]["inelastic_work_step_mpa"] for one in (same, step)]
    assert work[0] == pytest.approx(work[1], rel=1e-3)
