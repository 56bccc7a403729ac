"""Keep-out zones of vias through silicon: coefficients, places, and copper that stands out."""

from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver.case.load import load
from solver.errors import CaseError
from solver.materials.piezoresistance import SMITH, mobility_change
from solver.metrics import keep_out
from tests.metrics.imposed import impose

CASE = """
title: two vias
geometry:
  outline: {shape: rectangle, size: [80 um, 40 um]}
  symmetry: half-x
  layers:
    - name: silicon
      thickness: 20 um
      material: silicon
      regions:
        - {name: via, shape: {rectangle: [8 um, 8 um]}, grid: {count: [2, 1], pitch: [40 um, 40 um]}, material: copper}
mesh: {in_plane_size: 4 um}
process:
  stress_free_temperature: 250 degC
  steps: [{name: cool, temperature: 25 degC}, {name: heat, temperature: 125 degC}]
report: {keep_out: {vias: silicon/via}}
"""


@pytest.mark.parametrize(
    ("carriers", "channel", "percent"),
    [
        ("n", "<110>", (31.2, 17.6)),
        ("p", "<110>", (-71.8, 66.3)),
        ("n", "<100>", (102.2, -53.4)),
        ("p", "<100>", (-6.6, 1.1)),
    ],
)
def test_coefficients_along_and_across_are_those_of_the_table_of_smith(carriers, channel, percent):
    """Change of mobility (%) by 1 GPa along and across; Kanda (1982) and every book on strained silicon have them."""
    stress = 1e9 * np.eye(6)[:2]
    found = 100.0 * mobility_change(SMITH[carriers], channel, 0.0, stress)
    assert found == pytest.approx(percent, abs=0.06)


def test_a_channel_at_90_degrees_swaps_along_and_across():
    stress = np.array([3e8, -1e8, 5e7, 0.0, 0.0, 4e7])
    swapped = stress[[1, 0, 2, 3, 4, 5]] * np.array([1, 1, 1, 1, 1, -1])
    for one in SMITH.values():
        turned = mobility_change(one, "<110>", np.pi / 2, stress)
        assert turned == pytest.approx(mobility_change(one, "<110>", 0.0, swapped))


def test_copper_that_rises_stands_out_by_its_rise(tmp_path):
    """0.1 um of the vias over silicon that is tilted, read on both vias of which one is a mirror image."""
    comm = MPI.COMM_WORLD

    def motion(x):
        inside = (np.abs(np.abs(x[0]) - 20e-6) < 4.01e-6) & (np.abs(x[1]) < 4.01e-6)
        return 0.0, 0.0, 1e-3 * x[1] + 1e-7 * inside

    mesh, u = impose(CASE, comm.bcast(tmp_path), comm, motion)
    step = SimpleNamespace(stack_mesh=mesh, displacement=u)
    vias = keep_out.vias_of(mesh, "silicon/via")
    mean, top = keep_out.standing_out(step, "silicon/via", vias)
    assert mean == pytest.approx([1e-7] * 2, rel=1e-3)  # a ring of points of cells is not quite round
    assert top == pytest.approx([1e-7 + 4e-9] * 2, rel=1e-3)


@pytest.mark.serial
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vias": "silicon/vias"}, "did you mean 'silicon/via'"),
        ({"silicon": ["die"]}, "no silicon beside the vias"),
        ({"polished": "polish"}, "there is no such step"),
        ({"devices": [{"name": "a", "carriers": "n", "channel": "<111>"}]}, "<110>"),
    ],
)
def test_what_is_not_there_is_refused_by_name(tmp_path, change, words):
    case = yaml.safe_load(CASE)
    case["report"]["keep_out"] |= change
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert words in str(error.value)
