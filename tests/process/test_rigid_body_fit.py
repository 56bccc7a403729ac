"""A stack is put on other supports by a rigid motion where one does."""

import numpy as np
import pytest
from dolfinx import fem
from scipy.spatial.transform import Rotation

from solver.physics.solid.supports import Support, determinate
from solver.process.rigid_body_fit import placed
from tests.probing import mesh_of

CASE = """title: a plate
geometry:
  outline: {shape: rectangle, size: [8 mm, 6 mm]}
  symmetry: SYMMETRY
  layers: [{name: plate, thickness: 0.5 mm, material: copper}]
mesh: {in_plane_size: 2 mm}
process: {stress_free_temperature: 25 degC, steps: [{name: rest, temperature: 25 degC}]}
"""
THICKNESS = 0.5e-3
NOBODY = np.empty(0, dtype=np.int32)


def plate(path, comm, symmetry="none"):
    mesh = mesh_of(CASE.replace("SYMMETRY", symmetry), path, comm)
    return mesh, fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))


def displacement(space, shape):
    u = fem.Function(space)
    u.interpolate(shape)
    return u.x.array


def corners(space):
    """Unknowns in z of the four lower corners, local ones."""
    x = space.tabulate_dof_coordinates()
    there = (np.abs(np.abs(x[:, 0]) - 4e-3) < 1e-9) & (np.abs(np.abs(x[:, 1]) - 3e-3) < 1e-9) & (x[:, 2] < 1e-9)
    return (3 * np.flatnonzero(there) + 2).astype(np.int32)


def largest(comm, values):
    from mpi4py import MPI

    return comm.allreduce(np.abs(values).max(initial=0.0), MPI.MAX)


def test_a_stack_that_was_turned_and_shifted_comes_back_to_its_pins(shared_path, comm):
    """By 0.3 rad and 5 mm: what is left is nothing."""
    mesh, space = plate(shared_path, comm)
    turn = Rotation.from_rotvec([0.1, -0.2, 0.2]).as_matrix() - np.eye(3)
    u = displacement(space, lambda x: turn @ x + np.array([[5e-3], [1e-3], [-2e-3]]))
    assert placed(mesh, space, determinate(mesh, space), u, THICKNESS)
    assert largest(comm, u) < 1e-12


def test_a_bent_plate_on_four_corners_keeps_its_shape(shared_path, comm):
    """A paraboloid has its corners in a plane: it is put on them, and its middle is as high over them as before."""
    mesh, space = plate(shared_path, comm)
    u = displacement(space, lambda x: np.stack([0 * x[0], 0 * x[0], 10 * (x[0] ** 2 + x[1] ** 2) + 0.01 * x[0] + 1e-3]))
    support = Support(NOBODY, NOBODY, rests=corners(space))
    x = space.tabulate_dof_coordinates()
    assert placed(mesh, space, support, u, THICKNESS)
    assert largest(comm, u[corners(space)]) < 1e-12
    middle = np.linalg.norm(x, axis=1) < 1e-9
    low = -10 * (4e-3**2 + 3e-3**2) / np.sqrt(1 + 1e-4)
    assert largest(comm, u.reshape(-1, 3)[middle, 2]) == pytest.approx(-low, rel=1e-3)


def test_a_twisted_plate_is_not_met_by_four_corners(shared_path, comm):
    """Its corners are not in a plane: the supports bend it."""
    mesh, space = plate(shared_path, comm)
    u = displacement(space, lambda x: np.stack([0 * x[0], 0 * x[0], 20 * x[0] * x[1]]))
    assert not placed(mesh, space, Support(NOBODY, NOBODY, rests=corners(space)), u, THICKNESS)


def test_on_a_plane_it_lies_with_its_lowest_node(shared_path, comm):
    """It may lift off, so it is put down level, wherever it was."""
    mesh, space = plate(shared_path, comm)
    z = np.arange(2, 3 * len(space.tabulate_dof_coordinates()), 3)
    bottom = space.tabulate_dof_coordinates()[:, 2] < 1e-9
    u = displacement(space, lambda x: np.stack([0 * x[0], 0 * x[0], 10 * x[0] ** 2 + 7e-3]))
    support = Support(NOBODY, NOBODY, touches=z[bottom].astype(np.int32))
    assert placed(mesh, space, support, u, THICKNESS)
    expected = 10 * space.tabulate_dof_coordinates()[:, 0] ** 2
    np.testing.assert_allclose(u.reshape(-1, 3)[:, 2], expected, atol=1e-12)


def test_mirror_planes_stay_where_they_are(shared_path, comm):
    """Of a quarter only the shift along z is free."""
    mesh, space = plate(shared_path, comm, "quarter")
    u = displacement(space, lambda x: np.stack([1e-3 * x[0], 0 * x[0], 0 * x[0] + 2e-3]))
    assert placed(mesh, space, determinate(mesh, space), u, THICKNESS)
    expected = displacement(space, lambda x: np.stack([1e-3 * x[0], 0 * x[0], 0 * x[0]]))
    np.testing.assert_allclose(u, expected, atol=1e-12)
