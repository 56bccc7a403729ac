"""Supports take away rigid-body motion and nothing else."""

import numpy as np
import pytest
from dolfinx import fem

from solver.physics.solid.supports import determinate
from tests.probing import mesh_of

CASE = """
title: supports
geometry:
  outline: {shape: %s}
  symmetry: %s
  layers:
    - {name: low, thickness: 0.4 mm, material: silicon}
    - name: high
      thickness: 0.4 mm
      material: emc-generic
      regions: [{name: die, shape: {rectangle: [4 mm, 4 mm]}, material: silicon}]
mesh: {in_plane_size: 2 mm}
process:
  stress_free_temperature: 150 degC
  steps: [{name: cool, temperature: 25 degC}]
"""
RECTANGLE, DISC = "rectangle, size: [16 mm, 12 mm]", "disc, diameter: 16 mm"
SYMMETRIES = ("none", "half-x", "half-y", "quarter")


@pytest.mark.parametrize("symmetry", SYMMETRIES)
@pytest.mark.parametrize("outline", [RECTANGLE, DISC])
def test_point_supports_carry_nothing(outline, symmetry, solve):
    (step,) = solve(CASE % (outline, symmetry))["steps"]
    assert step["balance"]["pin_reaction"] < 1e-10
    assert step["balance"]["energy_error"] < 1e-9


@pytest.mark.parametrize("symmetry", SYMMETRIES[1:])
def test_a_part_cut_at_its_mirror_planes_warps_as_the_whole(symmetry, solve):
    (whole,), (part,) = (solve(CASE % (RECTANGLE, name))["steps"] for name in ("none", symmetry))
    for key in ("warpage_um", "signed_warpage_um", "bow_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m"):
        assert part[key] == pytest.approx(whole[key], rel=1e-6), key
    for key in ("scale_x_ppm", "scale_y_ppm", "residual_um"):
        assert part["in_plane"][key] == pytest.approx(whole["in_plane"][key], rel=1e-6), key
    for layer, stress in whole["layers"].items():
        assert part["layers"][layer] == pytest.approx(stress, rel=1e-6), layer


@pytest.mark.parametrize("unit", ["mm", "um"])
@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_point_supports_and_mirrors_stop_all_six_rigid_motions(symmetry, unit, shared_path, comm):
    """Of a panel, and of a stack of some micrometres, whose nodes near the middle lie at no round places."""
    off = {"none": "0.37 mm, 0.53 mm", "half-x": "0 mm, 0.53 mm", "half-y": "0.37 mm, 0 mm", "quarter": "0 mm, 0 mm"}
    text = (CASE % (RECTANGLE, symmetry)).replace(
        "[4 mm, 4 mm]}", f"[4.1234567 mm, 3.7654321 mm]}}, at: [{off[symmetry]}]"
    )
    mesh = mesh_of(text.replace(" mm", f" {unit}"), shared_path, comm)
    length = {"mm": 1e-3, "um": 1e-6}[unit]
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
    held = determinate(mesh, space).unknowns
    x, axis = space.tabulate_dof_coordinates()[held // 3], held % 3
    rotations = np.cross(np.eye(3)[:, None, :], x[None, :, :])  # (3, n, 3)
    motions = np.concatenate([np.eye(3)[:, axis], 0.1 / length * rotations[:, np.arange(len(held)), axis]])  # (6, held)
    gram = comm.allreduce(motions @ motions.T)
    assert np.linalg.matrix_rank(gram, tol=1e-6) == 6


def test_without_symmetry_there_are_six_point_supports(shared_path, comm):
    mesh = mesh_of(CASE % (RECTANGLE, "none"), shared_path, comm)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
    support = determinate(mesh, space)
    owned = support.pins[support.pins < 3 * space.dofmap.index_map.size_local]
    assert comm.allreduce(len(owned)) == 6
    assert comm.allreduce(len(support.mirrors)) == 0


# um, 1/m and MPa from one rank; runs on any number of ranks have to give them
WARPAGE, CURVATURE, STRESS = 22.20728945799906, -0.7344648069524536, 70.39395286997156


def test_numbers_do_not_depend_on_the_number_of_ranks(solve):
    (step,) = solve(CASE % (DISC, "quarter"))["steps"]
    assert step["warpage_um"] == pytest.approx(WARPAGE, rel=1e-6)
    assert step["curvature_x_per_m"] == pytest.approx(CURVATURE, rel=1e-6)
    assert step["layers"]["high"]["max_von_mises_mpa"] == pytest.approx(STRESS, rel=1e-6)
