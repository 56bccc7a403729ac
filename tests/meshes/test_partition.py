"""Ranks get whole columns, about equally many cells, and few faces in common."""

from functools import cache

import numpy as np
import pytest

from meshes import tensor
from meshes.extrude import levels
from meshes.partition import partition, shared_faces, shared_partition
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from tests.probing import mesh_of, stack_of

STACK = """
title: partition
geometry:
  outline: {shape: rectangle, size: [20 mm, 10 mm]}
  layers:
    - {name: base, thickness: 0.5 mm, material: silicon}
    - name: parts
      thickness: 0.2 mm
      cells: 6
      regions: [{name: part, shape: %s, material: copper, at: [-4 mm, 1 mm]}]
mesh: {in_plane_size: 1 mm, edge_refinement: {size: 0.1 mm, distance: 2 mm}}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
SHAPES = ["{rectangle: [4 mm, 3 mm]}", "{circle: 3 mm}"]


def square(n: int, height: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A plane of n x n cells under columns of equal height."""
    lines = np.linspace(0.0, 1.0, n + 1)
    return tensor.quads(lines, lines)[1], np.ones((height, n * n), dtype=bool)


@pytest.fixture(scope="module")
def columns_of(tmp_path_factory):
    """By shape: the plane of a stack with a refined tower of 7 cells beside columns of one, and what stands on it."""

    @cache
    def of(shape: str) -> tuple[PlaneMesh, np.ndarray]:
        stack = stack_of(STACK % shape, tmp_path_factory.mktemp("stack"))
        plane = plane_mesh(stack)
        _, owner = levels(stack, [layer.name for layer in stack.layers])
        return plane, plane.region[owner] != EMPTY

    return of


def cut(quads: np.ndarray, present: np.ndarray, part: np.ndarray) -> int:
    """Faces between parts."""
    faces = shared_faces(quads, present)
    column = np.repeat(np.arange(len(quads)), np.diff(faces.first))
    return int(faces.count[part[column] != part[faces.other]].sum()) // 2


@pytest.mark.serial
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parts", [2, 3, 8, 16])
@pytest.mark.slow
def test_parts_have_equally_many_cells_where_columns_differ(shape, parts, columns_of):
    plane, present = columns_of(shape)
    quads = plane.quads
    height = present.sum(axis=0)
    assert set(height) == {1, 7}
    load = np.bincount(partition(quads, present, parts), weights=height, minlength=parts)
    assert load.max() <= 1.01 * load.mean() + height.max()  # to within a column


@pytest.mark.serial
@pytest.mark.parametrize(("parts", "lines"), [(2, 1), (4, 2), (16, 6)])
def test_a_square_is_cut_nearly_as_well_as_by_straight_lines(parts, lines):
    quads, present = square(48)
    assert cut(quads, present, partition(quads, present, parts)) <= 1.2 * lines * 48 * len(present)


@pytest.mark.serial
@pytest.mark.parametrize("parts", [2, 4, 8])
def test_a_refined_circle_is_not_cut_through(parts, columns_of):
    """Bisection by coordinates goes through the small cells: twice the faces."""
    plane, present = columns_of(SHAPES[1])
    quads = plane.quads
    points = plane.points[quads].mean(axis=1)
    strips = np.empty(len(quads), dtype=int)
    load = np.cumsum(present.sum(axis=0)[np.argsort(points[:, 0])])
    strips[np.argsort(points[:, 0])] = np.minimum(load * parts // (load[-1] + 1), parts - 1)
    assert cut(quads, present, partition(quads, present, parts)) < 0.6 * cut(quads, present, strips)


@pytest.mark.parametrize("many", [10, 100, 10_000])
def test_a_plane_halved_by_all_ranks_is_cut_as_by_one(many, monkeypatch, comm):
    monkeypatch.setattr("meshes.partition._MANY", many)
    quads, present = square(20)
    found = comm.bcast(shared_partition(comm, *((quads, present) if comm.rank == 0 else (None, None))))
    assert np.array_equal(found, partition(quads, present, comm.size))


@pytest.mark.serial
@pytest.mark.parametrize(("parts", "lines"), [(2, 1), (3, 2), (4, 2), (6, 3), (16, 6)])
def test_a_halved_square_is_cut_nearly_as_well_as_by_straight_lines(parts, lines, monkeypatch):
    """Each cut once, pieces within a hundredth; three and six parts are no equal halves."""
    monkeypatch.setattr("meshes.partition._MANY", 100)
    quads, present = square(48)
    part = partition(quads, present, parts)
    load = np.bincount(part, weights=present.sum(axis=0), minlength=parts)
    assert load.max() <= 1.01 * load.mean() + len(present)
    assert cut(quads, present, part) <= 1.3 * lines * 48 * len(present)


@pytest.mark.serial
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_no_part_is_empty_however_few_the_columns(n):
    quads, present = square(n)
    for parts in range(1, n * n + 1):
        assert len(np.unique(partition(quads, present, parts))) == parts


@pytest.mark.serial
def test_the_faces_of_a_block_of_cells_are_counted():
    """2 x 2 columns, one of them lower: 3 + 3 + 1 + 1 faces."""
    quads, present = square(2)
    present[1:, 3] = False
    assert shared_faces(quads, present).count.sum() == 2 * 8


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.slow
def test_columns_are_whole_and_on_one_rank(shape, shared_path, comm):
    mesh = mesh_of(STACK % shape, shared_path, comm)
    standing = np.bincount(mesh.columns, minlength=mesh.plane.total)
    everywhere = np.array(comm.allgather(standing))
    _, owner = levels(mesh.stack, mesh.layers)
    height = np.zeros(mesh.plane.total, dtype=int)
    for cells, of_rank in comm.allgather((mesh.plane.cells, (mesh.plane.region[owner] != EMPTY).sum(axis=0))):
        height[cells] = of_rank
    assert np.array_equal(everywhere.max(axis=0), height)
    assert ((everywhere > 0).sum(axis=0) == 1).all()
    assert everywhere.sum(axis=1).max() <= 1.01 * everywhere.sum() / comm.size + height.max()
