"""Edges of dies and pads and upright corners in a case: which wedges meet there, intensities that no mesh changes."""

import re

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.case.singularity import Singularity
from solver.errors import CaseError
from solver.metrics.singular_edges import singular_edge
from solver.parallel import on_root
from solver.report.crack_tables import edge_table
from solver.report.tables import ABSENT
from tests.fracture.strips import COOLED
from tests.solving import load_case, solve_case

BOARD = "  board: {{youngs_modulus: 5 GPa, poisson_ratio: 0.35, thermal_expansion: 14 ppm/K}}\n"
ON_BOARD = COOLED.replace("materials:\n", f"materials:\n{BOARD}")
CASE = (
    """title: a die in mould on a board
geometry:
  outline: {{shape: rectangle, size: [1.2 mm, 1.2 mm]}}
  symmetry: quarter
  layers:
    - {{name: base, thickness: 80 um, material: board}}
    - {{name: ground, thickness: 20 um, material: board, cells: {rows}}}
    - name: foot
      thickness: 20 um
      material: soft
      cells: {rows}
      regions: [&die {{name: die, shape: {{rectangle: [0.8 mm, 0.8 mm]}}, material: stiff}}]
    - {{name: dies, thickness: 80 um, material: soft, cells: 2, regions: [*die]}}
    - {{name: head, thickness: 20 um, material: soft, cells: {rows}, regions: [*die]}}
    - {{name: cover, thickness: 20 um, material: soft, cells: {rows}}}
    - {{name: top, thickness: 80 um, material: soft}}
mesh: {{in_plane_size: 100 um, edge_refinement: {{size: {size}, distance: 60 um}}}}
"""
    + ON_BOARD
    + """report:
  singularities:
    - {{name: top edge, between: [head, cover], of: head/die, near: [0.4 mm, 0.1 mm]}}
    - {{name: foot edge, between: [ground, foot], of: foot/die, near: [0.4 mm, 0.1 mm]}}
    - {{name: corner, of: dies/die, near: [0.4 mm, 0.4 mm], window: [13 um, 22 um]}}
    - {{name: side, between: [ground, foot], side: +x, at: 0.1 mm}}
"""
)
CORNER = (
    """title: a die in mould, as thick as that
geometry:
  outline: {{shape: rectangle, size: [0.48 mm, 0.48 mm]}}
  symmetry: quarter
  layers:
    - name: dies
      thickness: 150 um
      material: soft
      cells: 3
      regions: [{{name: die, shape: {{rectangle: [0.24 mm, 0.24 mm]}}, material: stiff}}]
mesh: {{in_plane_size: 40 um, edge_refinement: {{size: {size}, distance: 30 um}}}}
"""
    + COOLED
    + """report:
  singularities: [{{name: corner, of: dies/die, near: [0.12 mm, 0.12 mm], window: [12 um, 25 um]}}]
"""
)
ALONG = 0.7668443  # g tan(45 x) + G tan(135 x) = 0 of the moduli of both, as in `test_singularity`


STRIP = CASE.replace("[1.2 mm, 1.2 mm]", "[1.2 mm, 0.4 mm]").replace("[0.8 mm, 0.8 mm]", "[0.8 mm, 0.4 mm]")
STRIP = STRIP.replace("0.1 mm]", "40 um]").replace("distance: 60 um", "distance: 40 um")
STRIP = re.sub("    - .*name: corner.*\n", "", STRIP)
STRIP += (
    "    - {{name: near side, between: [head, cover], of: head/die, near: [0.4 mm, 0.1 mm], window: [7.5 um, 20 um]}}\n"
)


def _drawn(text, tmp_path, comm):
    """The mesh of a case without a solution, and the material of its blocks."""
    loaded = load_case(text.format(size="20 um", rows=2), (), tmp_path, comm)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    return mesh, [str(block.material) for block in mesh.blocks]


@pytest.fixture
def drawn(tmp_path, comm):
    return _drawn(CASE, tmp_path, comm)


@pytest.fixture
def drawn_strip(tmp_path, comm):
    return _drawn(STRIP, tmp_path, comm)


@pytest.mark.parametrize(
    ("what", "wedges", "closed"),
    [
        ({"between": ("head", "cover"), "of": "head/die", "near": ("0.4 mm", "0.1 mm")}, {"die": 90, "": 270}, True),
        ({"between": ("ground", "foot"), "side": "+x"}, {"foot": 90, "ground": 90}, False),
        ({"of": "dies/die", "near": ("0.4 mm", "0.4 mm")}, {"die": 90, "": 270}, True),
    ],
)
def test_the_wedges_are_those_of_the_stack(drawn, what, wedges, closed):
    """A die edge and a die corner in mould, a free edge, whose ray goes inwards, along a side of the die."""
    mesh, kinds = drawn
    edge = singular_edge(mesh, Singularity.model_validate({"name": "one", **what}), kinds)
    assert edge is not None and edge.closed is closed
    found = dict(zip([mesh.blocks[k].name for k in edge.blocks], np.degrees(np.diff(edge.ends)), strict=True))
    for part, angle in wedges.items():
        assert any(part in name and size == pytest.approx(angle, abs=1e-6) for name, size in found.items())
    assert edge.frame @ edge.frame.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(edge.frame) == pytest.approx(1.0)
    assert edge.frame[0] == pytest.approx([-1.0, 0.0, 0.0], abs=1e-12)


def test_the_ray_of_an_upright_free_edge_goes_along_the_interface(drawn_strip):
    """Where a die ends at the side of its strip its wedge has a free face; the ray goes between it and the mould."""
    mesh, kinds = drawn_strip
    edge = singular_edge(
        mesh, Singularity.model_validate({"name": "one", "of": "dies/die", "near": ("0.4 mm", "0.2 mm")}), kinds
    )
    assert edge is not None and not edge.closed
    assert np.degrees(np.diff(edge.ends)) == pytest.approx([90.0, 90.0])
    assert edge.frame[0] == pytest.approx([0.0, -1.0, 0.0], abs=1e-12)


def test_three_materials_meet_under_the_edge_of_a_die(drawn):
    """Die, mould and the board below both, 180 degrees; the nearest other material is the board's underside away."""
    mesh, kinds = drawn
    what = {"between": ("ground", "foot"), "of": "foot/die", "near": ("0.4 mm", "0.1 mm")}
    edge = singular_edge(mesh, Singularity.model_validate({"name": "one", **what}), kinds)
    assert edge is not None
    assert sorted(np.degrees(np.diff(edge.ends))) == pytest.approx([90.0, 90.0, 180.0])
    assert edge.reach == pytest.approx(100e-6)


@pytest.mark.slow
def test_intensities_at_edges_of_a_die_are_those_of_another_mesh(tmp_path, comm):
    """Of a strip; K within 1 %, while the largest stress grows."""
    coarse, fine = (
        solve_case(STRIP.format(size=size, rows=rows), (), tmp_path, comm)["steps"][0]
        for size, rows in (("5 um", 4), ("3.5 um", 6))
    )
    for name in ("top edge", "foot edge", "side"):
        one, other = (step["singularities"][name] for step in (coarse, fine))
        size = np.hypot(other["peel_intensity"], other["shear_intensity"])
        for key in ("peel_intensity", "shear_intensity"):
            assert one[key] == pytest.approx(other[key], abs=0.01 * size)
        assert other["misfit"] < 0.05
    assert len(fine["singularities"]["foot edge"]["wedges"]) == 3
    # near the free side there is shear along the edge, too
    one, other = (step["singularities"]["near side"]["along"] for step in (coarse, fine))
    (exponent, intensity), (_, of_coarse) = other["terms"][0], one["terms"][0]
    assert exponent == pytest.approx(ALONG, abs=1e-6)
    assert other["part"] > 0.1 and other["misfit"] < 0.1
    assert of_coarse == pytest.approx(intensity, rel=0.02)
    rows = {row[1]: row for row in edge_table({"steps": [fine]}).rows}
    assert rows["near side"][7].startswith("0.7668: ") and rows["side"][7] == ABSENT
    assert fine["singularities"]["top edge"]["exponent"] == pytest.approx(0.82294, abs=1e-5)  # of the closed form
    most = [step["blocks"]["head/die"]["max_von_mises_mpa"] for step in (coarse, fine)]
    assert most[1] > 1.03 * most[0]


@pytest.mark.slow
def test_the_intensity_at_the_corner_of_a_die_is_that_of_another_mesh(tmp_path, comm):
    """Within 3 %; about the bisector all is symmetric, so the field that is not has no part in it."""
    coarse, fine = (
        solve_case(CORNER.format(size=size), (), tmp_path, comm)["steps"][0]["singularities"]["corner"]
        for size in ("5 um", "3 um")
    )
    for key in ("peel_intensity", "shear_intensity"):
        assert coarse[key] == pytest.approx(fine[key], rel=0.03)
    (skew,) = fine["further"]
    assert abs(skew["peel_intensity"]) < 1e-6 * abs(fine["peel_intensity"])


@pytest.mark.serial
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("of: head/die", "of: head/dye", "there is no such region; did you mean 'head/die'"),
        ("[head, cover]", "[top, cover]", "'head/die' lies in neither; one of them is 'head'"),
        ("near: [0.4 mm, 0.1 mm]", "near: [-0.4 mm, 0.1 mm]", "not in the part that is modelled"),
        ("of: dies/die, near: [0.4 mm, 0.4 mm],", "of: dies/die,", "`of` and `near` go together"),
        ("side: +x, at: 0.1 mm", "at: 0.1 mm", "give `side`, of the outline, or `of` and `near`"),
        ("of: dies/die, near: [0.4 mm, 0.4 mm],", "side: +x,", "say `between` which layers"),
    ],
)
def test_what_names_no_edge_is_refused(tmp_path, comm, old, new, rule):
    text = CASE.format(size="20 um", rows=2)
    assert old in text
    with pytest.raises(CaseError, match=rule):
        load_case(text.replace(old, new), (), tmp_path, comm)
