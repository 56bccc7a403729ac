"""Keep-out zones of vias through silicon: coefficients, places, and copper that stands out."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely
import yaml
from mpi4py import MPI

from solver.case.load import load
from solver.errors import CaseError
from solver.materials.piezoresistance import SMITH, mobility_change
from solver.metrics import keep_out
from solver.metrics.joints import JointField
from solver.metrics.reading_keep_out import DeviceZone, KeepOutEntry, doubts
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
    """0.1 um over silicon that is tilted, which does not count, on both vias, of which one is a mirror image."""
    comm = MPI.COMM_WORLD

    def motion(x):
        inside = (np.abs(np.abs(x[0]) - 20e-6) < 4.01e-6) & (np.abs(x[1]) < 4.01e-6)
        return 0.0, 0.0, 0.02 * x[0] + 0.01 * x[1] + 1e-7 * inside

    mesh, u = impose(CASE, comm.bcast(tmp_path), comm, motion)
    step = SimpleNamespace(stack_mesh=mesh, displacement=u)
    vias = keep_out.vias_of(mesh, "silicon/via")
    mean, top = keep_out.standing_out(step, "silicon/via", vias)
    assert mean == pytest.approx([1e-7] * 2, rel=1e-3)  # cells at the wall reach into the ring
    assert top == pytest.approx([1e-7] * 2, rel=1e-3)  # cells at the wall reach into the ring


def test_an_image_has_the_largest_change_of_a_turned_device_where_the_modelled_half_has_the_least(tmp_path):
    """Shear of one sign in the modelled half is of the other in its image: a device at 45 degrees sees both."""
    comm = MPI.COMM_WORLD
    mesh, _ = impose(CASE, comm.bcast(tmp_path), comm, lambda x: (0.0, 0.0, 0.0))
    corners = np.tile(1e-6 * np.array([[20.0, 0.0], [24.0, 0.0], [20.0, 4.0], [24.0, 4.0]]), (1, 1, 1))
    plane = keep_out.Plane(corners, np.full((1, 4), 0.2), np.full((1, 4), -0.3))
    found = keep_out.zone(mesh, plane, keep_out.vias_of(mesh, "silicon/via"), 0.05)
    assert (found.least, found.most) == pytest.approx((-0.3, 0.2))
    assert len(found.radius) == 2 and np.all(found.radius > 0.0)


@pytest.mark.serial
def test_a_zone_that_reaches_the_outline_is_said_to():
    """One via 22 um from the nearest side of its silicon, and a zone that reaches 21 um."""
    side = shapely.box(-30e-6, -30e-6, 30e-6, 30e-6)
    vias = JointField(np.array([[8e-6, 0.0]]), np.array([8e-11]))
    zone = DeviceZone("p", "<110>", 0.0, -9.0, 9.0, 21.0, 0.008, 0.0, 900.0, 900.0, 0.3)
    entry = KeepOutEntry(5.0, 1, 10.0, {"pmos": zone}, None)
    step = SimpleNamespace(
        name="cool", temperature=298.0, stack_mesh=SimpleNamespace(stack=SimpleNamespace(outline=side))
    )
    (said,) = doubts(step, entry, vias)
    assert "reaches the outline" in said


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
