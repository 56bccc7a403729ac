"""How new cells join a stack that has moved: where its surface has gone they go along, so nothing overlaps."""

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.linalg.columns import Columns, columns, over_ranks
from solver.physics.solid.crack_faces import CrackFaces

_ON_PLANE = 1e-9  # of the span
_TREND = 12  # terms of the trend: a quadratic in plane times a line in z


def continued(
    stack_mesh: StackMesh, space: fem.FunctionSpace, known: Mask, values: Array, linear: bool
) -> fem.Function:
    """The displacement of a stack continued into cells that are new. Collective.

    New nodes stand on the normal of the deformed surface below them (or hang from the one above), as far from it as
    they are drawn, so a new layer has its thickness and fits; nodes between two surfaces lie between them. Columns that
    touch nothing (a lid over a cavity) follow the trend of the stack, a least-squares quadratic. What is on a mirror
    plane stays on it.

    Args:
        stack_mesh: with the new cells.
        space: degree-2 displacements on it.
        known: (owned cells,) True for cells that were there.
        values: (owned cells, 27, 3) displacement of their nodes (m).
        linear: True for small rotations.
    """
    local = space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts
    nodes = space.dofmap.list[: len(known)]
    sums: Array = np.zeros((local, 4))
    np.add.at(sums, nodes[known], np.concatenate([values[known], np.ones((*values[known].shape[:2], 1))], axis=2))
    sums = over_ranks(space, sums)
    there = sums[:, 3] > 0
    u = np.where(there[:, None], sums[:, :3] / np.maximum(sums[:, 3:], 1.0), 0.0)
    if stack_mesh.comm.allreduce(bool(there.all()), MPI.LAND):
        return _function(space, u)
    new = np.zeros(local, dtype=bool)
    new[nodes[~known]] = True
    old, born = _across_cracks(stack_mesh, space, there)
    beside = new.copy()
    beside[old] = True
    rim = known & beside[nodes].any(axis=1)
    rise = _normals(stack_mesh, space, rim, values, linear) - np.array([0.0, 0.0, 1.0])
    u[born], rise[born], there = u[old], rise[old], there.copy()
    there[born] = True
    u, there = _along_columns(columns(space), u, rise, there)
    if not stack_mesh.comm.allreduce(bool(there.all()), MPI.LAND):
        u[~there] = _trend(space, u, sums[:, 3] > 0)[~there]
    x, span = nodes_of(space), stack_mesh.stack.span
    for axis in stack_mesh.stack.mirrors:  # normals from one side of the plane are not quite in it
        u[np.abs(x[:, axis]) < _ON_PLANE * span, axis] = 0.0
    return _function(space, u)


def _across_cracks(stack_mesh: StackMesh, space: fem.FunctionSpace, there: Mask) -> tuple[Integers, Integers]:
    """Nodes that are there at the faces of cracks, and new ones at the other face, which are born where those are."""
    old: list[Integers] = [np.empty(0, dtype=np.int64)]
    born = old.copy()
    for crack in stack_mesh.cracks:
        faces = CrackFaces(stack_mesh, space, crack)
        for here, other in ((faces.lower, faces.upper), (faces.upper, faces.lower)):
            fits = there[here] & ~there[other]
            old.append(here[fits])
            born.append(other[fits])
    return np.concatenate(old), np.concatenate(born)


def bowed(stack_mesh: StackMesh) -> fem.Function | None:
    """The displacement (m) of the initial bow, in which the first parts are born; None without one.

    w = -(kx x^2 + ky y^2) / 2 about the middle of the outline, with normals that stay normal to its middle.
    """
    curvature = np.array(stack_mesh.stack.bow)
    if not curvature.any():
        return None
    space = fem.functionspace(stack_mesh.mesh, ("DG", 2, (3,)))
    x0, y0, x1, y1 = stack_mesh.stack.outline.bounds
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])[:, None]
    height = 0.5 * (stack_mesh.bottom + stack_mesh.top)

    def shape(x: Array) -> Array:
        xy = x[:2] - middle
        along = (x[2] - height) * curvature[:, None] * xy
        return np.vstack([along, -0.5 * (curvature[:, None] * xy**2).sum(axis=0)[None]])

    result = fem.Function(space)
    result.interpolate(shape)
    result.x.scatter_forward()
    return result


def _function(space: fem.FunctionSpace, u: Array) -> fem.Function:
    result = fem.Function(space)
    result.x.array[:] = u.ravel()
    result.x.scatter_forward()
    return result


def _normals(stack_mesh: StackMesh, space: fem.FunctionSpace, cells: Mask, values: Array, linear: bool) -> Array:
    """(local nodes, 3) unit normals of the deformed levels of nodes, mean over some cells; e_z elsewhere.

    t_1 x t_2 with the tangents t = e + du/dx of a level; to first order in the slopes if linear.
    """
    domain = stack_mesh.mesh
    cell = domain.basix_cell()
    element = basix.create_element(basix.ElementFamily.P, cell, 2, basix.LagrangeVariant.gll_warped)
    line = basix.create_element(basix.ElementFamily.P, cell, 1)
    slope, shape = (part.tabulate(1, element.points)[1:, :, :, 0] for part in (element, line))
    corners = domain.geometry.x[compat.geometry_nodes(domain)[: len(cells)][cells]]
    jacobian = np.einsum("dpk,ckx->cpdx", shape, corners)
    gradient = np.linalg.solve(jacobian, np.einsum("dpk,ckx->cpdx", slope, values[cells]))  # d u_x / d x_d
    if linear:
        normal = np.stack([-gradient[..., 0, 2], -gradient[..., 1, 2], np.ones(gradient.shape[:2])], axis=-1)
    else:
        axes = np.eye(3)
        normal = np.cross(axes[0] + gradient[..., 0, :], axes[1] + gradient[..., 1, :])
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    local = space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts
    sums: Array = np.zeros((local, 4))
    weight = np.ones((*normal.shape[:2], 1))
    np.add.at(sums, space.dofmap.list[: len(cells)][cells], np.concatenate([normal, weight], axis=2))
    sums = over_ranks(space, sums)
    mean = np.where(sums[:, 3:] > 0, sums[:, :3] / np.maximum(sums[:, 3:], 1.0), [0.0, 0.0, 1.0])
    return mean if linear else mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _along_columns(lines: Columns, u: Array, rise: Array, there: Mask) -> tuple[Array, Mask]:
    """Displacements continued up and down every column, and where that gave one."""
    lengths = np.diff(lines.offsets)
    table = np.full((lines.count, lines.longest), -1)
    column = np.repeat(np.arange(lines.count), lengths)
    table[column, np.arange(len(lines.nodes)) - lines.offsets[column]] = lines.nodes
    up, far_up = _swept(table, lines.height, u, rise, there)
    down, far_down = _swept(table[:, ::-1], lines.height, u, rise, there)
    between = np.isfinite(far_up) & np.isfinite(far_down)
    share = np.where(between, far_up / np.where(between, np.maximum(far_up + far_down, 1e-300), 1.0), 0.0)
    share[~between & np.isfinite(far_down)] = 1.0
    reached = there | np.isfinite(far_up) | np.isfinite(far_down)
    new = (1.0 - share)[:, None] * np.where(np.isfinite(far_up)[:, None], up, 0.0)
    new += share[:, None] * np.where(np.isfinite(far_down)[:, None], down, 0.0)
    return np.where(there[:, None], u, new), reached


def _swept(table: Integers, height: Array, u: Array, rise: Array, there: Mask) -> tuple[Array, Array]:
    """Displacements (nodes, 3) continued along the table's columns, and how far (nodes,) from a known node."""
    result, far = u.copy(), np.where(there, 0.0, np.inf)
    base: Integers = np.full(len(table), -1)
    for nodes in table.T:
        valid = nodes >= 0
        known = valid & there[nodes]
        base = np.where(known, nodes, base)
        reach = valid & ~known & (base >= 0)
        at, of = nodes[reach], base[reach]
        step = height[at] - height[of]
        result[at] = u[of] + step[:, None] * rise[of]
        far[at] = np.abs(step)
    return result, far


def _trend(space: fem.FunctionSpace, u: Array, known: Mask) -> Array:
    """(local nodes, 3) least-squares trend of known displacements. Collective."""
    comm = space.mesh.comm
    x = nodes_of(space)
    size = comm.allreduce(np.abs(x).max(initial=0.0), MPI.MAX)
    height = comm.allreduce(np.abs(x[:, 2]).max(initial=0.0), MPI.MAX)
    a, b, c = x[:, 0] / size, x[:, 1] / size, x[:, 2] / height
    plane = np.stack([np.ones_like(a), a, b, a * a, a * b, b * b], axis=1)
    terms = np.hstack([plane, c[:, None] * plane])
    mine = known[: space.dofmap.index_map.size_local].nonzero()[0]
    sums = np.hstack([terms[mine].T @ terms[mine], terms[mine].T @ u[mine]])
    sums = comm.allreduce(sums, MPI.SUM)
    return np.asarray(terms @ np.linalg.lstsq(sums[:, :_TREND], sums[:, _TREND:], rcond=1e-10)[0])
