"""Vertices, in which edges of materials meet: exponents of three dimensions, and intensities that no mesh changes."""

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.case.singularity import Singularity
from solver.errors import CaseError
from solver.life.singularity import Fit, Samples
from solver.life.vertices import Vertex
from solver.life.wedges import ANTIPLANE, Junction, Wedge
from solver.metrics.singular_vertices import singular_vertex
from solver.parallel import on_root
from tests.fracture.strips import COOLED
from tests.solving import load_case, solve_case

SILICON, MOULD = (Wedge(1.0, *one).stiffness for one in ((131e9, 0.28), (22e9, 0.3)))
CORNER = np.array([0.0, 0.5 * np.pi, 2.0 * np.pi])
CASE = (
    """title: the end of a die in mould
geometry:
  outline: {{shape: rectangle, size: [0.28 mm, 0.28 mm]}}
  symmetry: quarter
  layers:
    - {{name: foot, thickness: 36 um, material: soft, regions: [&die {{name: die, shape: {{rectangle: [0.16 mm, 0.16 mm]}}, material: stiff}}]}}
    - {{name: head, thickness: 24 um, material: soft, cells: {rows}, regions: [*die]}}
    - {{name: cover, thickness: 24 um, material: soft, cells: {rows}}}
    - {{name: top, thickness: 36 um, material: soft}}
mesh: {{in_plane_size: 40 um, edge_refinement: {{size: {size}, distance: 20 um}}}}
"""  # noqa: E501  a line of YAML
    + COOLED
    + """report:
  singularities: [{{name: vertex, between: [head, cover], of: head/die, near: [0.08 mm, 0.08 mm], vertex: true, window: [12 um, 22 um]}}]
"""  # noqa: E501  a line of YAML
)


def _exponents(vertex):
    return np.array([mode.exponent for mode in vertex.modes])


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.parametrize(("poisson", "opening"), [(0.15, 0.5164), (0.3, 0.5477), (0.4, 0.5868)])
def test_a_crack_meets_a_free_face_with_the_exponent_of_benthem(poisson, opening):
    """J. P. Benthem, Int. J. Solids Struct. 13 (1977) 479; Z. P. Bazant, L. F. Estenssoro, the same 15 (1979) 405."""
    half = Vertex(np.array([-np.pi, np.pi]), [None], [Wedge(1.0, 1.0, poisson).stiffness], closed=False)
    assert np.abs(_exponents(half) - opening).min() < 3e-4


@pytest.mark.serial
@pytest.mark.slow
def test_an_edge_that_goes_straight_through_has_its_exponents_and_those_one_above():
    """Fields that do not change along it, in the plane and along it, and integrals of these along it."""
    found = _exponents(Vertex(CORNER, [SILICON, MOULD], [SILICON, MOULD], closed=True))
    wedges = [Wedge(0.5 * np.pi, 131e9, 0.28), Wedge(1.5 * np.pi, 22e9, 0.3)]
    known = [
        mode.exponent
        for junction in (Junction(wedges, closed=True), Junction(wedges, closed=True, kind=ANTIPLANE))
        for mode in junction.modes
        if mode.exponent != 1.0
    ]
    for exponent in [*known, *(one + 1.0 for one in known if one.real < 0.9)]:
        assert np.abs(found - exponent).min() < 1e-4
    assert (found.real < 1.0 - 1e-3).sum() == sum(one.real < 1.0 for one in known)


@pytest.mark.serial
@pytest.mark.slow
def test_where_nothing_is_singular_stress_is_even():
    """One material all around has the six even stresses, half of it the three without traction on its face."""
    whole = Vertex(CORNER, [MOULD, MOULD], [MOULD, MOULD], closed=True)
    half = Vertex(CORNER, [None, None], [MOULD, MOULD], closed=True)
    for vertex, count in ((whole, 6), (half, 3)):
        found = _exponents(vertex)
        assert (np.abs(found - 1.0) < 1e-9).sum() == count and found.real.min() > 1.0 - 1e-9
    with pytest.raises(ValueError, match="not singular there"):
        Fit(whole, np.zeros((4, 6)), 0.0, Samples(np.ones(1), np.eye(3)[:1], np.zeros(1, dtype=int), np.ones((1, 6))))


@pytest.mark.serial
@pytest.mark.slow
def test_the_even_stress_of_two_layers_has_their_mismatch_between_them():
    """Strain in the plane and traction across it are those of both: all that even stresses of a whole interface are."""
    layers = Vertex(np.array([0.0, np.pi, 2.0 * np.pi]), [MOULD] * 2, [SILICON] * 2, closed=True)
    above, below = 8e-3, 2.8e-3
    free = -np.outer([above, above, below, below], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    place = np.array([[0.6, 0.0, 0.8], [0.0, 0.6, 0.8], [0.6, 0.0, -0.8]])
    part = layers.part_at(place)
    stress = layers.stress(layers.even(free), place, part, free).real
    assert stress[0] == pytest.approx(stress[1], abs=1e-6 * abs(stress).max())  # no sector has a stress of its own
    assert stress[0, 2:5] == pytest.approx(stress[2, 2:5], abs=1e-6 * abs(stress).max())
    strain = [np.linalg.solve(c, stress[k]) + free[part[k]] for k, c in ((0, MOULD), (2, SILICON))]
    assert strain[0][[0, 1, 5]] == pytest.approx(strain[1][[0, 1, 5]], abs=1e-6 * above)


@pytest.mark.serial
@pytest.mark.slow
def test_fields_of_known_intensity_are_found_among_their_samples():
    vertex = Vertex(CORNER, [MOULD, MOULD], [SILICON, MOULD], closed=True)
    free = -np.outer([8e-3, 8e-3, 2.8e-3, 8e-3], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    draw = np.random.default_rng(3)
    direction = draw.standard_normal((200, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    r, part = draw.uniform(5e-6, 2e-5, 200), vertex.part_at(direction)
    first, last = vertex.modes[0], vertex.modes[-1]
    stress = vertex.stress(vertex.even(free), direction, part, free)
    for mode, size in ((first, 3e-3), (last, 40.0)):
        stress = stress + size * vertex.stress(mode, direction, part) * r[:, None] ** (mode.exponent - 1.0)
    fit = Fit(vertex, free, 0.0, Samples(r, direction, part, stress.real))
    assert fit.misfit < 1e-8
    ray = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0])
    there = vertex.part_at(ray[None])
    assert first.exponent.real == pytest.approx(0.69842, abs=1e-4)  # of finer patches, 0.698422
    field = 3e-3 * vertex.stress(first, ray[None], there)[0].real * 1e-3 ** (first.exponent.real - 1.0)
    assert fit.at_unit(ray, int(there[0]), 1e-3)[0] == pytest.approx(field, rel=1e-6)


@pytest.mark.slow
def test_the_intensity_at_the_vertex_of_a_die_is_that_of_another_mesh(tmp_path, comm):
    """Within 3 %: with 2 um it is 0.5 % less than with 3 um."""
    coarse, fine = (
        solve_case(CASE.format(size=size, rows=rows), (), tmp_path, comm)["steps"][0]["singularities"]["vertex"]
        for size, rows in (("4.5 um", 6), ("3 um", 8))
    )
    assert fine["exponent"] == pytest.approx(0.69842, abs=1e-4) and fine["misfit"] < 0.03
    size = np.hypot(fine["peel_intensity"], fine["shear_intensity"])
    for key in ("peel_intensity", "shear_intensity"):
        assert coarse[key] == pytest.approx(fine[key], abs=0.03 * size)
    assert sorted(angle for _, angle in fine["wedges"]) == pytest.approx([90.0, 90.0, 270.0, 270.0])


def _drawn(tmp_path, comm):
    loaded = load_case(CASE.format(size="20 um", rows=2), (), tmp_path, comm)
    mesh = extrude(comm, loaded.stack, on_root(comm, lambda: plane_mesh(loaded.stack)))
    return mesh, [str(block.material) for block in mesh.blocks]


def test_the_sectors_are_those_of_the_stack(tmp_path, comm):
    mesh, kinds = _drawn(tmp_path, comm)
    wanted = {"name": "one", "of": "head/die", "near": ("0.08 mm", "0.08 mm"), "vertex": True}
    found = singular_vertex(mesh, Singularity.model_validate({**wanted, "between": ("head", "cover")}), kinds)
    assert found is not None and found.closed
    assert found.origin == pytest.approx([80e-6, 80e-6, 60e-6], abs=1e-12)
    assert found.ray == pytest.approx([-np.sqrt(0.5), -np.sqrt(0.5), 0.0], abs=1e-9)
    assert found.reach == pytest.approx(60e-6, abs=1e-9)  # cover and top, of one material; as much is below
    with pytest.raises(ValueError, match="upright edge"):
        singular_vertex(mesh, Singularity.model_validate({**wanted, "between": ("foot", "head")}), kinds)
    assert singular_vertex(mesh, Singularity.model_validate({**wanted, "between": ("head", "top")}), kinds) is None


@pytest.mark.serial
@pytest.mark.parametrize("old", ["between: [head, cover], ", "of: head/die, near: [0.08 mm, 0.08 mm], "])
def test_a_vertex_names_its_layers_and_its_region(tmp_path, comm, old):
    text = CASE.format(size="20 um", rows=2)
    assert old in text
    with pytest.raises(CaseError, match=r"a vertex is a corner `of` a region|give `side`"):
        load_case(text.replace(old, ""), (), tmp_path, comm)
