"""Heat in time that is stopped goes on from its checkpoint to the same history, fields and balance."""

import pytest

from solver.heat.transient_run import run
from solver.output.summary import plain
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.power import heat_sources
from solver.process.checkpoint import Checkpoints, HeatPosition, latest
from tests.probing import simulate

CASE = """
title: warms up
geometry:
  outline: {shape: rectangle, size: [10 mm, 10 mm]}
  layers:
    - {name: board, thickness: 1 mm, material: board, cells: 2}
    - {name: die, thickness: 0.5 mm, material: die}
materials:
  board: {thermal_conductivity: 1 W/m/K, density: 1900 kg/m^3,
    specific_heat: {temperature: [0 degC, 200 degC], value: [800 J/kg/K, 1000 J/kg/K]}}
  die: {thermal_conductivity: 130 W/m/K, density: 2330 kg/m^3, specific_heat: 710 J/kg/K}
mesh: {in_plane_size: 4 mm}
thermal:
  power: [{layer: die, total: 5 W, waveform: {pulse: {period: 2 s, duty: 0.5}}}]
  interfaces: [{between: [board, die], resistance: 20 mm^2 K/W}]
  boundaries: [{face: bottom, temperature: 25 degC}, {face: top, convection: 100 W/m^2/K, ambient: 25 degC}]
analysis: {transient: {duration: 3 s, start: 25 degC, times: [0.5 s, 1.5 s]}}
"""


class Stopped(Exception):
    """Instead of a signal."""


@pytest.mark.parametrize("after", [3, 30])
@pytest.mark.slow
def test_a_course_goes_on_from_its_checkpoint(after, shared_path, comm):
    simulation = simulate(CASE, shared_path, comm)
    thin, settings = simulation.interfaces(), simulation.case.analysis.transient
    mesh, thermal = thin.split_mesh, simulation.case.thermal

    def problem():
        sources = heat_sources(mesh, thermal.power, simulation.loaded.files)
        return HeatProblem(mesh, thin.materials(simulation.material_of), thermal, sources, transient=True)

    checkpoints, count = Checkpoints(shared_path, simulation.loaded, comm, HeatPosition), 0

    def keep(kept, ends):
        nonlocal count
        count += 1
        if count == after:
            checkpoints.save(*kept())
            raise Stopped

    whole = run(problem(), settings, lambda *_: None)
    with pytest.raises(Stopped):
        run(problem(), settings, lambda *_: None, keep)
    saved = latest(shared_path, comm, HeatPosition)
    saved.check(simulation.loaded)
    again = run(problem(), settings, lambda *_: None, saved=saved)
    one, other = plain(whole.summary), plain(again.summary)
    assert other["history"]["time_s"] == pytest.approx(one["history"]["time_s"], rel=1e-6)
    assert other["history"]["max_temperature_degc"] == pytest.approx(one["history"]["max_temperature_degc"], abs=1e-6)
    assert other["time_steps"] == one["time_steps"]
    assert again.solution.balance_error < 1e-8
    assert [time for time, _ in again.snapshots] == [0.5, 1.5, 3.0]
    for (_, field), (_, expected) in zip(again.snapshots, whole.snapshots, strict=True):
        assert field.x.array == pytest.approx(expected.x.array, abs=1e-6)
