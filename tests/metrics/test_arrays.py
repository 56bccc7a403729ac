"""A run says in terminal, summary and report which arrays it smeared out, and what its copper maps hold."""

import json

import numpy as np
import pytest

from solver.parallel import on_root
from solver.run import run

CASE = """title: arrays
geometry:
  outline: {shape: rectangle, size: [8 mm, 8 mm]}
  symmetry: quarter
  layers:
    - name: board
      thickness: 0.8 mm
      material: fr4
      regions:
        - name: vias
          shape: {circle: 0.3 mm, bore: 0.25 mm}
          material: copper
          grid: {count: [4, 4], pitch: [1 mm, 1 mm]}
    - {name: rdl, thickness: 30 um, copper_map: {csv: map.csv, dielectric: abf}}
    - {name: die, thickness: 0.3 mm, material: silicon}
mesh: {in_plane_size: 1 mm, homogenise_below: 0.5 mm}
thermal:
  power: [{layer: die, total: 1 W}]
  boundaries: [{face: bottom, convection: 2000 W/m^2/K, ambient: 25 degC}]
"""


@pytest.mark.serial
@pytest.mark.slow
def test_arrays_and_maps_are_in_summary_report_and_pictures(shared_path, comm, capfd):
    def write():
        (shared_path / "case.yaml").write_text(CASE, encoding="utf-8")
        np.savetxt(shared_path / "map.csv", [[0.2, 0.6, 0.6, 0.2], [0.2, 0.6, 0.6, 0.2]], delimiter=",")

    on_root(comm, write)
    results = run(shared_path, [], comm)
    if comm.rank == 0:
        said = capfd.readouterr().out
        assert "board/vias: 16 parts smeared out" in said
        summary = json.loads((results / "summary.json").read_text(encoding="utf-8"))
        (array,) = summary["arrays"]
        assert (array["count"], array["feature_um"]) == (16, pytest.approx(300))
        (copper,) = summary["copper_maps"]
        assert copper["mean_metal_fraction"] == pytest.approx(0.4) and copper["windows"] == [4, 2]
        assert any("board/vias: the array ends at the bottom, in a film" in text for text in summary["warnings"])
        report = (results / "report.html").read_text(encoding="utf-8")
        assert "copper barrels 300/250 um at 1000 um in fr4" in report and "Copper maps" in report
        assert (results / "pictures" / "copper_1.png").is_file()
