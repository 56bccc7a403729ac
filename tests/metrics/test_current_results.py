"""What a run with currents leaves: summary, fields of the conductors, pictures, report."""

import json

import numpy as np
import pytest

from solver.run import run

pytestmark = pytest.mark.slow  # a run with pictures and report

CASE = """
title: a trace and its via
geometry:
  outline: {shape: rectangle, size: [1 mm, 0.4 mm]}
  layers:
    - name: trace
      thickness: 10 um
      material: polyimide
      regions: [{name: line, shape: {rectangle: [0.8 mm, 0.1 mm]}, material: copper-plated}]
    - name: vias
      thickness: 10 um
      material: polyimide
      regions: [{name: via, shape: {rectangle: [0.1 mm, 0.1 mm]}, at: [0.35 mm, 0 mm], material: aluminium-alcu}]
    - name: mould
      thickness: 50 um
      material: {mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 0.1}
mesh: {in_plane_size: 0.1 mm}
thermal:
  boundaries: [{face: bottom, temperature: 100 degC}]
electric:
  terminals:
    - {name: in, face: vias.top, current: 0.5 A}
    - {name: out, face: trace.sides, end: -x, voltage: 0 V}
  contacts: [{between: [line, via], resistance: 1e-12 ohm m^2}]
"""


@pytest.fixture
def results(shared_path, comm):
    if comm.rank == 0:
        (shared_path / "case.yaml").write_text(CASE, encoding="utf-8")
    comm.barrier()
    return run(shared_path, [], comm)


@pytest.mark.serial
def test_a_run_with_currents_leaves_everything(results, comm):
    if comm.rank:
        return
    import pyvista as pv

    found = json.loads((results / "summary.json").read_text(encoding="utf-8"))
    assert found["electric"]["terminals"][0]["current_a"] == pytest.approx(0.5, rel=1e-9)
    assert [text for text in found["warnings"] if "mould is a mixture" in text]
    grid = pv.read(results / "fields" / "current" / "00_current.pvtu")
    assert set(grid.cell_data) >= {"current_density_a_per_m2", "crowding", "log10_median_life_h", "joule_heat_w_per_m3"}
    assert {"potential_v", "temperature_degc"} <= set(grid.point_data)
    sizes = grid.compute_cell_sizes(length=False, area=False)["Volume"] * 1e-9
    assert sizes @ grid["joule_heat_w_per_m3"] == pytest.approx(
        sum(part["joule_power_w"] for part in found["electric"]["parts"].values()), rel=1e-6
    )
    line = np.abs(grid.cell_centers().points[:, 0]) < 0.2
    assert grid["current_density_a_per_m2"][line, 0] == pytest.approx(-0.5 / (0.1e-3 * 10e-6), rel=0.02)
    assert {"current.png", "life.png"} <= {path.name for path in (results / "pictures").iterdir()}
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in ("Terminals", "Current density", "Contacts", "Electromigration, the weakest link first", "via"):
        assert words in page
