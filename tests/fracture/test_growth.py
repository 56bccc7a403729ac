"""A delamination grows where it releases what the interface takes, and stands where it does not."""

import json

import pytest

from solver.errors import CaseError
from solver.output import csv_files
from solver.parallel import on_root
from solver.run import run
from tests.fracture.strips import PLAIN, STRIP
from tests.solving import load_case

E, H, OPENING, TOUGHNESS = 10e9, 0.5e-3, 5e-6, 0.03  # Pa, m, m, J/m^2
WEDGE = """title: two beams with a wedge between them that grows as it is heated
geometry:
  outline: {shape: rectangle, size: [8 mm, 0.25 mm]}
  layers:
    - {name: lower, thickness: 0.45 mm, material: beam, cells: 2}
    - name: bond
      thickness: 0.05 mm
      material: beam
      cells: 1
      regions: [{name: wedge, shape: {rectangle: [0.5 mm, 0.25 mm]}, at: [3.75 mm, 0 mm], material: wedge}]
    - {name: upper, thickness: 0.5 mm, material: beam, cells: 2}
  delaminations:
    - name: crack
      between: [bond, upper]
      shape: {rectangle: [2 mm, 0.25 mm]}
      at: [3 mm, 0 mm]
      grows: true
      toughness: {opening: 0.03 J/m^2}
materials:
  beam: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: 0 ppm/K}
  wedge: {youngs_modulus: 10 GPa, poisson_ratio: 0, thermal_expansion: [0 ppm/K, 0 ppm/K, 1000 ppm/K]}
mesh: {in_plane_size: 0.25 mm}
analysis: {deflection: small}
process:
  stress_free_temperature: 25 degC
  steps: [{name: hot, temperature: 125 degC}, {name: back, temperature: 25 degC}]
"""


@pytest.mark.slow
def test_a_crack_driven_by_a_wedge_stands_where_beam_theory_has_it(shared_path, comm):
    """G = 3 E h^3 d^2 / (16 (a + 0.673 h)^4) of two beams an opening d apart (J. P. Berry, J. Appl. Phys. 34 (1963) 62,
    with the root of B. Gross, J. E. Srawley, NASA TN D-3295 (1966)): it stands within a cell of that length."""
    on_root(comm, lambda: (shared_path / "case.yaml").write_text(WEDGE, encoding="utf-8"))
    comm.barrier()
    results = run(shared_path, (), comm, pictures=False)
    comm.barrier()
    steps = json.loads((results / "summary.json").read_text(encoding="utf-8"))["steps"]
    hot, back = (step["delaminations"]["crack"]["growth"] for step in steps)
    stands = (3 * E * H**3 * OPENING**2 / (16 * TOUGHNESS)) ** 0.25 - 0.673 * H
    length = 1e-6 * hot["area_mm2"] / 0.25e-3 - 0.5e-3  # ahead of the wedge
    assert hot["arrested"] and hot["utilisation"] < 1.0 and hot["moves"] >= 2
    assert stands - 0.1e-3 < length < stands + 0.35e-3
    front = csv_files.read(results / "crack_grown_crack_01_hot.csv")  # where it stands
    assert front["x_mm"] == pytest.approx(2.0 - 1e-3 * hot["reach_um"], abs=1e-6)
    assert front["utilisation"].max() == pytest.approx(hot["utilisation"], rel=1e-6)
    assert back["area_mm2"] == hot["area_mm2"] and back["moves"] == 0  # what is apart stays apart


@pytest.mark.serial
def test_what_grows_needs_a_toughness(tmp_path, comm):
    with pytest.raises(CaseError) as error:
        load_case(STRIP.format(**PLAIN).replace("0 mm]}]", "0 mm], grows: true}]"), (), tmp_path, comm)
    assert "needs a `toughness`" in str(error.value)
