"""New cells go along with the surface they are born on, and the first ones have the bow they are given."""

import numpy as np
import pytest
from dolfinx import fem
from scipy.spatial.transform import Rotation

from meshes.field_transfer import by_cell
from solver.process.birth import bowed, continued
from tests.probing import mesh_of

CASE = """title: three layers, two of them with a part
geometry:
  outline: {shape: rectangle, size: [8 mm, 6 mm]}
  layers:
    - {name: low, thickness: 0.5 mm, material: copper}
    - {name: middle, thickness: 0.3 mm, material: copper, cells: 2}
    - {name: top, thickness: 0.4 mm, material: copper}
mesh: {in_plane_size: 2 mm}
process: {stress_free_temperature: 25 degC, steps: [{name: rest, temperature: 25 degC}]}
"""
TURN = Rotation.from_rotvec([0.2, -0.3, 0.1]).as_matrix()
SMALL = np.array([[0.0, -1e-3, 2e-3], [1e-3, 0.0, 3e-3], [-2e-3, -3e-3, 0.0]])  # skew: a small turn


CRACK = "  delaminations: [{name: zone, between: [low, middle], shape: {rectangle: [SIZE]}}]\nmesh:"


@pytest.fixture(params=[None, "8 mm, 6 mm", "4 mm, 4 mm"], ids=["sound", "apart", "cracked"])
def stack(request, shared_path, comm):
    """Mesh, its space of displacements; a crack above the lowest layer makes no difference to what is born there."""
    text = CASE if request.param is None else CASE.replace("mesh:", CRACK.replace("SIZE", request.param))
    mesh = mesh_of(text, shared_path, comm)
    assert [block.name for block in mesh.blocks] == ["low", "middle", "top"]
    return mesh, fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))


def moved(space, shape):
    """The displacement `shape(x)`, x of shape (3, n)."""
    u = fem.Function(space)
    u.interpolate(shape)
    return u


@pytest.mark.parametrize("known", [[0], [2], [0, 2], [1]])
@pytest.mark.parametrize(("linear", "gradient"), [(True, SMALL), (False, TURN - np.eye(3))], ids=["small", "large"])
def test_a_stack_that_was_turned_is_continued_by_the_same_turn(known, linear, gradient, stack):
    """Up, down, both ways and between: a rigid motion is its own continuation."""
    mesh, space = stack
    u = moved(space, lambda x: gradient @ x + np.array([[1e-3], [2e-3], [-1e-3]]))
    there = np.isin(mesh.block, known)
    values = np.where(there[:, None, None], by_cell(mesh, u), np.nan)  # nothing of a cell that is new is read
    found = continued(mesh, space, there, values, linear)
    np.testing.assert_allclose(found.x.array, u.x.array, atol=1e-12)


def test_a_new_layer_keeps_its_thickness_on_a_bent_one(stack):
    """On a cylinder of radius R: nodes of the top stand on its normals, in their distance as drawn.

    The slope of a degree-2 surface is that of w to (size / R)^2.
    """
    mesh, space = stack
    radius = 0.1
    u = moved(space, lambda x: np.stack([0 * x[0], 0 * x[0], x[0] ** 2 / (2 * radius)]))
    found = continued(mesh, space, mesh.block == 0, by_cell(mesh, u), False)
    x, place = space.tabulate_dof_coordinates(), found.x.array.reshape(-1, 3)
    above = x[:, 2] > 0.5e-3 + 1e-9
    height = (x[above, 2] - 0.5e-3)[:, None]
    slope = x[above, 0] / radius
    normal = np.stack([-slope, 0 * slope, np.ones_like(slope)], axis=1) / np.sqrt(1 + slope**2)[:, None]
    expected = height * (normal - [0, 0, 1])
    expected[:, 2] += x[above, 0] ** 2 / (2 * radius)
    np.testing.assert_allclose(place[above], expected, atol=1e-12)


def test_a_layer_between_two_lies_between_them(stack):
    """The one below has shifted along x, the one above not: in between the shift falls from one to the other."""
    mesh, space = stack
    values = np.zeros((len(mesh.block), 27, 3))
    values[mesh.block == 0, :, 0] = 1e-6
    found = continued(mesh, space, mesh.block != 1, values, True).x.array.reshape(-1, 3)
    z = space.tabulate_dof_coordinates()[:, 2]
    np.testing.assert_allclose(found[:, 0], 1e-6 * np.clip((0.8e-3 - z) / 0.3e-3, 0, 1), atol=1e-15)
    np.testing.assert_allclose(found[:, 1:], 0.0, atol=1e-15)


def test_the_initial_bow_is_a_paraboloid_whose_normals_stay_normal(shared_path, comm):
    """Its middle rises over the ends of the sides, 8 and 6 mm long, by 0.1 and 0.05 mm: kappa = 8 rise / length^2."""
    text = CASE.replace("  layers:", "  initial_bow: [0.1 mm, 0.05 mm]\n  layers:", 1)
    mesh = mesh_of(text, shared_path, comm)
    u = bowed(mesh)
    curvature = 8 * np.array([0.1e-3 / 8e-3**2, 0.05e-3 / 6e-3**2])
    x, found = u.function_space.tabulate_dof_coordinates(), u.x.array.reshape(-1, 3)
    np.testing.assert_allclose(found[:, 2], -0.5 * x[:, :2] ** 2 @ curvature, atol=1e-15)
    middle = (x[:, 2] - 0.6e-3)[:, None]
    np.testing.assert_allclose(found[:, :2], middle * curvature * x[:, :2], atol=1e-15)


def test_without_a_bow_there_is_none(stack):
    assert bowed(stack[0]) is None
