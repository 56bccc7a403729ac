"""A cohesive interface of a case: a double cantilever beam against linear fracture, resumed; and what is refused."""

import json

import numpy as np
import pytest

from solver.errors import CaseError, NotConvergedError
from solver.parallel import on_root
from solver.process.checkpoint import Checkpoints
from solver.run import run
from tests.fracture.test_cohesive import BEAM
from tests.solving import load_case, solve_case

OPENINGS = (20, 40, 60, 80, 100, 120)  # um
LAW = "{normal_strength: 20 MPa, opening: 20 J/m^2, exponent: 1, viscosity: 0.02 s}"
_HEAD = BEAM[: BEAM.index("process:")].replace("at: [-0.5 mm, 0 mm]", f"at: [-0.5 mm, 0 mm], cohesive: {LAW}")
_LOADS = BEAM[BEAM.index("      support: {clamp") :]
_STEPS = "".join(
    f"    - name: to {um} um\n      temperature: 25 degC\n      duration: 10 s\n      opens: {um} um\n{_LOADS}"
    for um in OPENINGS
)
CASE = f"{_HEAD}analysis: {{deflection: small}}\nprocess:\n  stress_free_temperature: 25 degC\n  steps:\n{_STEPS}"


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{deflection: small}", "{deflection: auto}", "it is solved at one deflection"),
        ("analysis:", "report: {warpage_at: [25 degC]}\nanalysis:", "it looks aside under loads of known size"),
        ("      duration: 10 s\n", "", "say how long the step takes"),
        ("cohesive: {", "grows: true, toughness: {opening: 1 J/m^2}, cohesive: {", "leave `toughness` out"),
        ("opening: 20 J/m^2", "opening: 1e-9 J/m^2", "too little energy to soften by"),
        (f", cohesive: {LAW}", "", "loads beside a `cohesive` delamination, and there is none"),
    ],
)
def test_what_a_cohesive_interface_cannot_be_in_is_refused(tmp_path, comm, old, new, rule):
    with pytest.raises(CaseError, match=rule):
        load_case(CASE.replace(old, new), (), tmp_path, comm)


class Killed(Exception):
    """In place of SIGKILL just after a checkpoint."""


@pytest.mark.slow
@pytest.mark.serial
def test_a_double_cantilever_beam_gives_way_as_linear_fracture_says(shared_path, comm, monkeypatch):
    """P = sqrt(8 A^3 / (v E b h^3)), A^2 = G E b^2 h^3 / 12, as in `test_cohesive`; what is dissipated is what the law
    takes, to the lag of its viscosity, and what the loads have done less what the beams give back."""

    def go(**how):
        results = run(shared_path, (), comm, pictures=False, **how)
        comm.barrier()
        return json.loads((results / "summary.json").read_text(encoding="utf-8"))

    on_root(comm, lambda: (shared_path / "case.yaml").write_text(CASE, encoding="utf-8"))
    comm.barrier()
    save, made = Checkpoints.save, list[int]()

    def kill(self, position, fields):
        save(self, position, fields)
        made.append(position.step)
        if position.step == 4:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Checkpoints, "save", kill)
        with pytest.raises(Killed):
            go()
    found = go(resume=True)
    states = [step["cohesive"] for step in found["steps"]]
    e, h, b, energy = 100e9, 0.5e-3, 0.2e-3, 20.0
    openings = 1e-6 * np.array(OPENINGS)
    loads = np.array([one["load_n"] for one in states])
    expected = np.sqrt(8 * np.sqrt(energy * e * b**2 * h**3 / 12) ** 3 / (openings * e * b * h**3))
    assert loads[-2:] == pytest.approx(expected[-2:], rel=0.02)
    assert loads[0] / openings[0] == pytest.approx(loads[1] / openings[1], rel=0.02)  # before anything has parted
    last = states[-1]
    assert last["dissipated_uj"] == pytest.approx(last["fracture_energy_uj"], rel=0.02)
    done = np.trapezoid(np.append(0.0, loads), np.append(0.0, openings)) - 0.5 * loads[-1] * openings[-1]
    assert 1e6 * done == pytest.approx(last["dissipated_uj"], rel=0.05)  # six points of a curve with a peak
    for one in states:  # where the work has gone, by the displacement of the stack and the state of the interface
        assert one["work_uj"] == pytest.approx(one["elastic_uj"] + one["held_uj"] + one["dissipated_uj"], rel=1e-4)
        assert one["balance_error"] < 1e-4
    by_load = np.trapezoid(np.append(0.0, loads), np.append(0.0, openings))
    assert last["work_uj"] == pytest.approx(1e6 * by_load, rel=0.05)
    assert last["parted_area_mm2"] < 1e-6 * last["dissipated_uj"] / energy * 1e6 < last["damaged_area_mm2"]
    assert last["parted_length_um"] == pytest.approx(1e3 * last["parted_area_mm2"] / 0.2, abs=100.0)
    assert last["cells_in_zone"] == pytest.approx(e * energy / 20e6**2 / 0.2e-3)
    assert found["warnings"] == []


@pytest.mark.slow
def test_loads_as_they_are_come_to_the_state_of_loads_that_are_led(tmp_path, comm):
    """Below the largest load a state of a way that is led is one of its load alone."""
    first = CASE[: CASE.index("    - name: to 40 um")].replace(
        "[3 mm, 0.2 mm]}, at: [-0.5", "[0.8 mm, 0.2 mm]}, at: [0.6"
    )
    first = first.replace("viscosity: 0.02 s", "viscosity: 1 ms")
    led = first.replace("opens: 20 um", "opens: 60 um")
    (step,) = solve_case(led, (), tmp_path, comm)["steps"]
    load = step["cohesive"]["load_n"]
    dead = first.replace("      opens: 20 um\n", "").replace("0 N, 1 N]", f"0 N, {load} N]")
    (other,) = solve_case(dead.replace("0 N, -1 N]", f"0 N, {-load} N]"), (), tmp_path, comm)["steps"]
    for key in ("damaged_area_mm2", "largest_opening_um", "dissipated_uj"):
        assert other["cohesive"][key] == pytest.approx(step["cohesive"][key], rel=0.01)
    assert "load_n" not in other["cohesive"]


WHOLE = """title: two layers with nothing but an interface between them
geometry:
  outline: {shape: rectangle, size: [4 mm, 4 mm]}
  symmetry: quarter
  layers:
    - {name: lower, thickness: 0.1 mm, material: copper}
    - {name: upper, thickness: 0.1 mm, material: silicon}
  delaminations: [{name: zone, between: [lower, upper], shape: {rectangle: [4 mm, 4 mm]},
    cohesive: {normal_strength: 20 MPa, opening: 20 J/m^2}}]
mesh: {in_plane_size: 0.5 mm}
analysis: {deflection: small}
process: {stress_free_temperature: 150 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


@pytest.mark.serial
def test_a_layer_that_hangs_on_by_its_interface_alone_is_refused_in_words(tmp_path, comm):
    """Of elastic materials at small deflection, which sees the layers apart."""
    with pytest.raises(NotConvergedError, match="hang on by its cohesive interface alone"):
        solve_case(WHOLE, (), tmp_path, comm)
