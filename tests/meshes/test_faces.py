"""Faces of a stack: what can be seen from below and above, and the faces of layers and regions."""

import numpy as np
import pytest
from mpi4py import MPI

from meshes.extrude import extrude
from meshes.faces import cells_at, face_there, heights_at, names_at
from meshes.plane import plane_mesh
from solver.parallel import on_root
from tests.probing import mesh_of, stack_of

LIDDED = """
title: balls, a substrate, a die, a lid on a foot
geometry:
  outline: {shape: rectangle, size: [12 mm, 12 mm]}
  layers:
    - name: balls
      thickness: 0.3 mm
      regions:
        - {name: ball, shape: {rectangle: [1 mm, 1 mm]}, material: sac305, grid: {count: [3, 3], pitch: [3 mm, 3 mm]}}
    - {name: substrate, thickness: 0.5 mm, material: bt-core}
    - name: gap
      thickness: 0.8 mm
      regions:
        - {name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon}
        - {name: foot, shape: {rim: 1 mm}, material: copper}
    - name: lid
      thickness: 1 mm
      cells: 2
      regions: [{name: plate, shape: {rectangle: [12 mm, 12 mm], hole: [2 mm, 2 mm]}, material: copper}]
mesh: {in_plane_size: 1 mm}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def areas(stack_mesh, face: str) -> dict[float, float]:
    """Area (mm^2) of a face at each height (mm). Collective."""
    cells = cells_at(stack_mesh, face)
    z = np.round(1e3 * heights_at(stack_mesh, cells, face.rpartition(".")[2]), 6)
    area = 1e6 * stack_mesh.plane.areas[stack_mesh.column[cells]]
    mine = {float(height): float(area[z == height].sum()) for height in np.unique(z)}
    total: dict[float, float] = {}
    for part in stack_mesh.comm.allgather(mine):
        for height, value in part.items():
            total[height] = total.get(height, 0.0) + value
    return total


@pytest.mark.parametrize(
    ("face", "seen"),
    [
        ("bottom", {0.0: 9.0, 0.3: 135.0}),  # nine balls, and the substrate between them; the lid hides behind it
        ("top", {2.6: 140.0, 1.6: 4.0}),  # the lid, and the die through its hole
        ("substrate.bottom", {0.3: 144.0}),  # covered or not
        ("gap.top", {1.6: 60.0}),
        ("gap/die.bottom", {0.8: 16.0}),
        ("balls.bottom", {0.0: 9.0}),
    ],
)
def test_faces_have_the_area_that_is_there(shared_path, comm, face, seen):
    found = areas(mesh_of(LIDDED, shared_path, comm), face)
    assert sorted(found) == pytest.approx(sorted(seen))
    assert [found[z] for z in sorted(found)] == pytest.approx([seen[z] for z in sorted(seen)], rel=1e-9)


def test_a_face_is_named_by_what_it_is_made_of(shared_path, comm):
    stack_mesh = mesh_of(LIDDED, shared_path, comm)
    assert names_at(stack_mesh, "bottom") == ("balls/ball", "substrate")
    assert names_at(stack_mesh, "top") == ("gap/die", "lid/plate")


def test_the_whole_side_stands_in_for_a_part_that_is_not_there(shared_path, comm):
    stack = comm.bcast(stack_of(LIDDED, shared_path) if comm.rank == 0 else None)
    bare = extrude(comm, stack, on_root(comm, lambda: plane_mesh(stack)), ["substrate", "gap/die"])
    assert face_there(bare, "balls.bottom") == "bottom"
    assert face_there(bare, "gap/foot.top") == "top"
    assert face_there(bare, "gap/die.top") == "gap/die.top"
    assert areas(bare, "bottom") == pytest.approx({0.3: 144.0})


def test_a_column_has_one_face_on_any_rank(shared_path, comm):
    stack_mesh = mesh_of(LIDDED, shared_path, comm)
    columns = stack_mesh.column[cells_at(stack_mesh, "bottom")]
    assert len(np.unique(columns)) == len(columns)
    assert comm.allreduce(len(columns), MPI.SUM) == stack_mesh.plane.total
