"""NAFEMS LE10, thick elliptic plate under pressure: sigma_yy = -5.38 MPa at D.

NAFEMS, The Standard NAFEMS Benchmarks, TNSB Rev. 3 (1990). Quarter of a plate between two ellipses, 0.6 m thick, 1
MPa on the top; symmetric at x = 0 and y = 0; at the outer face no displacement in plane, and none across along its
middle line.
"""

import basix.ufl
import numpy as np
import pytest
import ufl
from dolfinx import fem, la, mesh
from mpi4py import MPI

from solver import compat
from solver.linalg.direct import DirectSolver
from solver.materials.elasticity import MODULI, isotropic
from solver.physics.solid.kinematics import strain, stress

YOUNG, NU, PRESSURE, THICKNESS = 210e9, 0.3, 1e6, 0.6
INNER, OUTER = np.array([2.0, 1.0]), np.array([3.25, 2.75])  # semi-axes in m
D = np.array([2.0, 0.0, THICKNESS])
CELLS = (8, 8, 12)  # across, around, through the thickness; finer meshes settle at -5.41 MPa

NAFEMS = 0.02


def ellipses(x):
    """Unit cube -> the plate; x across from the inner ellipse, y around from the x axis."""
    direction = np.stack([np.cos(np.pi / 2 * x[1]), np.sin(np.pi / 2 * x[1])])
    semi_axes = INNER[:, None] + x[0] * (OUTER - INNER)[:, None]
    return np.vstack([semi_axes * direction, THICKNESS * x[2]])


def plate(comm: MPI.Comm) -> mesh.Mesh:
    """Hexahedra with curved (degree-2) edges."""
    element = basix.ufl.element("Lagrange", "hexahedron", 2, shape=(3,))
    cube = mesh.create_box(comm, [(0, 0, 0), (1, 1, 1)], CELLS, mesh.CellType.hexahedron)
    space = fem.functionspace(cube, element)
    place = fem.Function(space)
    place.interpolate(ellipses)
    dofmap = space.dofmap
    local = cube.topology.index_map(3).size_local
    cells = dofmap.index_map.local_to_global(dofmap.list[:local].ravel()).reshape(local, -1)
    nodes = place.x.array[: 3 * dofmap.index_map.size_local].reshape(-1, 3)
    return compat.create_mesh(comm, cells, nodes, ufl.Mesh(element), [np.array([comm.rank])] * local)


def on_the_outer_ellipse(x):
    return np.isclose((x[0] / OUTER[0]) ** 2 + (x[1] / OUTER[1]) ** 2, 1.0)


@pytest.fixture
def sigma_yy_at_d(comm) -> float:
    domain = plate(comm)
    space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
    stiffness = isotropic(YOUNG / 3 / (1 - 2 * NU), YOUNG / 2 / (1 + NU))
    moduli = ufl.as_vector([float(stiffness[i, j]) for i, j in MODULI])
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    dx = ufl.dx(domain, metadata={"quadrature_degree": 6})

    top = mesh.locate_entities_boundary(domain, 2, lambda x: np.isclose(x[2], THICKNESS))
    tags = mesh.meshtags(domain, 2, np.sort(top), np.ones(len(top), dtype=np.int32))
    ds = ufl.Measure("ds", domain, subdomain_data=tags, metadata={"quadrature_degree": 6})(1)
    load = fem.assemble_vector(compat.form(fem.Constant(domain, -PRESSURE) * v[2] * ds))
    load.scatter_reverse(la.InsertMode.add)

    x = space.tabulate_dof_coordinates().T
    outer = on_the_outer_ellipse(x)
    held = [
        (0, np.isclose(x[0], 0.0, atol=1e-9) | outer),
        (1, np.isclose(x[1], 0.0, atol=1e-9) | outer),
        (2, np.isclose(x[2], THICKNESS / 2) & outer),
    ]
    constrained = np.sort(np.concatenate([3 * np.flatnonzero(where) + axis for axis, where in held])).astype(np.int32)
    displacement = fem.Function(space)
    solver = DirectSolver(ufl.inner(stress(moduli, strain(u)), strain(v)) * dx, space, constrained)
    solver.solve(load.array[: 3 * space.dofmap.index_map.size_local], displacement)
    solver.destroy()
    return _at_d(domain, stress(moduli, strain(displacement))[1])


def _at_d(domain: mesh.Mesh, sigma: ufl.core.expr.Expr) -> float:
    """Value at the corner D, in MPa."""
    corners = basix.geometry(domain.basix_cell())
    cells = np.arange(domain.topology.index_map(3).size_local, dtype=np.int32)
    values = compat.evaluate(compat.expression(sigma, corners), domain, cells)
    vertices = domain.geometry.x[compat.geometry_nodes(domain)[cells][:, :8]]  # of the degree-2 cell, vertices first
    here = np.linalg.norm(vertices - D, axis=2) < 1e-9
    total, count = domain.comm.allreduce(np.array([values[here].sum(), here.sum()]), MPI.SUM)
    return float(1e-6 * total / count)


def test_sigma_yy_at_d_is_minus_5_38_mpa(sigma_yy_at_d):
    assert sigma_yy_at_d == pytest.approx(-5.38, rel=NAFEMS)
