"""Plane strain on triangles that follow slanted edges: a second discretisation of a slice of a stack, half of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy.sparse import csr_array
from scipy.sparse.linalg import spsolve

from solver import compat
from solver.gmsh_library import gmsh

Place = tuple[float, float]
_SPRING = 1e15  # Pa: of faces that press on each other


@dataclass(frozen=True)
class Piece:
    """A polygon (m) of a material: modulus (Pa), Poisson ratio, expansion (1/K). Neighbours share all corners."""

    corners: Sequence[Place]
    modulus: float
    poisson: float
    expansion: float


class Slice:
    """Pieces, free of stress at the start and cooled, held at x = 0 by symmetry.

    Args:
        pieces: that make it.
        rise: of the temperature (K).
        size: largest edge of triangles (m) at a corner.
        slit: where two pieces that share an edge are apart, but for their pressure: two places on it, at one height.
    """

    def __init__(
        self, pieces: Sequence[Piece], rise: float, size: Callable[[Place], float], slit: Sequence[Place] = ()
    ) -> None:
        points, cells, owner = _meshed(pieces, size, slit)
        domain = compat.create_mesh(
            MPI.COMM_SELF, cells, points, compat.domain("triangle", 1, 2), [np.array([0])] * len(cells)
        )
        of_cell = owner[domain.topology.original_cell_index]
        constant = fem.functionspace(domain, ("DG", 0))
        lame, shear, free = (fem.Function(constant) for _ in range(3))
        e, nu, alpha = np.array([(one.modulus, one.poisson, one.expansion) for one in pieces])[of_cell].T
        lame.x.array[:] = e * nu / ((1 + nu) * (1 - 2 * nu))
        shear.x.array[:] = e / (2 * (1 + nu))
        free.x.array[:] = alpha * rise
        space = fem.functionspace(domain, ("Lagrange", 2, (2,)))
        u, v, one = ufl.TrialFunction(space), ufl.TestFunction(space), ufl.Identity(2)

        def strain(w):
            return ufl.sym(ufl.grad(w))

        def bulk(w):
            return lame * ufl.tr(strain(w)) * one + 2 * shear * strain(w)

        matrix = fem.assemble_matrix(compat.form(ufl.inner(bulk(u), strain(v)) * ufl.dx)).to_scipy().tocsr()
        load = compat.form((3 * lame + 2 * shear) * free * ufl.tr(strain(v)) * ufl.dx)
        self.displacement = fem.Function(space)
        above, below = _faces(space, of_cell, slit)
        self.displacement.x.array[:] = _pressed(matrix, fem.assemble_vector(load).array, _held(space), above, below)
        elastic = strain(self.displacement) - free * one
        across = (ufl.tr(strain(self.displacement)) - 3 * free) ** 2
        density = 0.5 * lame * across + shear * (ufl.inner(elastic, elastic) + free**2)
        self.energy = float(fem.assemble_scalar(compat.form(density * ufl.dx)))  # J per m of width

    def at(self, place: Place) -> np.ndarray:
        """(2,) displacement (m)."""
        return evaluated(self.displacement, np.array([*place, 0.0]))


def evaluated(function: fem.Function, place: np.ndarray) -> np.ndarray:
    """Value of a function at one place (3,) of its mesh, which is whole on this rank."""
    from dolfinx import geometry

    domain = function.function_space.mesh
    tree = geometry.bb_tree(domain, domain.topology.dim)
    near = geometry.compute_collisions_points(tree, place[None, :])
    cell = geometry.compute_colliding_cells(domain, near, place[None, :]).links(0)[0]
    return np.asarray(function.eval(place[None, :], [cell])).ravel()


def _held(space: fem.FunctionSpace) -> np.ndarray:
    """x of all nodes at x = 0, and y of the lowest of them."""
    x = space.tabulate_dof_coordinates()
    middle = np.flatnonzero(np.abs(x[:, 0]) < 1e-12)
    return np.append(2 * middle, 2 * middle[np.argmin(x[middle, 1])] + 1)


def _faces(space: fem.FunctionSpace, of_cell: np.ndarray, slit: Sequence[Place]) -> tuple[np.ndarray, np.ndarray]:
    """Unknowns of y on the upper and the lower face of a slit, beside each other; the upper piece comes later."""
    if not slit:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    x = space.tabulate_dof_coordinates()
    (x0, y0), (x1, _) = sorted(slit)
    on = np.flatnonzero((np.abs(x[:, 1] - y0) < 1e-11) & (x[:, 0] > x0 + 1e-11) & (x[:, 0] < x1 - 1e-11))
    piece = np.full(len(x), -1)
    for cell, nodes in enumerate(space.dofmap.list):
        piece[nodes] = of_cell[cell]
    pairs = on[np.lexsort([piece[on], np.round(x[on, 0], 10)])].reshape(-1, 2)
    assert np.allclose(*x[pairs.T], atol=1e-10)
    return 2 * pairs[:, 1] + 1, 2 * pairs[:, 0] + 1


def _pressed(matrix, load, held, above, below):
    """Displacements where faces press on each other without friction, node on node, by stiff springs between those."""
    left = np.setdiff1d(np.arange(len(load)), held)
    found, closed = np.zeros(len(load)), np.ones(len(above), dtype=bool)
    for _ in range(30):
        rows = np.repeat(np.arange(closed.sum()), 2)
        columns = np.stack([above[closed], below[closed]], axis=1).ravel()
        gap = csr_array((np.tile([1.0, -1.0], closed.sum()), (rows, columns)), (closed.sum(), len(load)))
        whole = (matrix + _SPRING * (gap.T @ gap)).tocsr()
        found[left] = spsolve(whole[left][:, left].tocsc(), load[left])
        now = found[above] - found[below] < 0.0  # a spring that is pulled is a gap
        if np.array_equal(now, closed):
            return found
        closed = now
    raise AssertionError("contact does not settle")


def _meshed(pieces, size, slit):
    """Points (n, 2), triangles (m, 3), and the piece of each."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        geo, points, curves = gmsh.model.geo, {}, {}
        for number, piece in enumerate(pieces):
            loop, corners = [], [tuple(np.round(corner, 12)) for corner in piece.corners]
            for corner in corners:
                if corner not in points:
                    points[corner] = geo.addPoint(*corner, 0.0, size(corner))
            for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
                apart = number if {a, b} == {tuple(np.round(end, 12)) for end in slit} else None
                if (b, a, apart) in curves:
                    loop.append(-curves[b, a, apart])
                else:
                    curves[a, b, apart] = geo.addLine(points[a], points[b])
                    loop.append(curves[a, b, apart])
            geo.addPlaneSurface([geo.addCurveLoop(loop)], number + 1)
        geo.synchronize()
        gmsh.model.mesh.generate(2)
        tags, x, _ = gmsh.model.mesh.getNodes()
        place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
        place[tags.astype(int)] = np.arange(len(tags))
        found = [gmsh.model.mesh.getElementsByType(2, number + 1)[1].astype(int) for number in range(len(pieces))]
        cells = place[np.concatenate(found)].reshape(-1, 3)
        owner = np.repeat(np.arange(len(pieces)), [len(one) // 3 for one in found])
        used, cells = np.unique(cells, return_inverse=True)
        return np.ascontiguousarray(x.reshape(-1, 3)[used, :2]), cells.reshape(-1, 3), owner
    finally:
        gmsh.finalize()
