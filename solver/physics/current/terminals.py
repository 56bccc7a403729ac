"""Terminals of a circuit on its mesh: the facets and nodes of each, and the nets they hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from dolfinx import fem, la, mesh
from mpi4py import MPI

from meshes.conductors import Conductors
from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.electric import Terminal
from solver.errors import CaseError
from solver.physics.faces import tags_of

_EDGE = 1e-9  # of the stack: an outline holds its edge


@dataclass(frozen=True)
class Located:
    """A terminal on the mesh of the conductors.

    Attributes:
        terminal: as the case states it.
        facets: local facets, none where a whole region is one.
        nodes: local nodes, ghosts included; those of a current that is spread evenly are not held at one voltage.
    """

    terminal: Terminal
    facets: Integers
    nodes: Integers

    @property
    def is_even(self) -> bool:
        """True where the current density is given, not the voltage."""
        return self.terminal.spread == "even"


def located(
    stack_mesh: StackMesh, space: fem.FunctionSpace, terminals: Sequence[Terminal], found: Conductors
) -> tuple[list[Located], Integers]:
    """All terminals of a case, and the nodes (local, with ghosts) of nets that none of them touches. Collective.

    Raises:
        CaseError: a terminal is nowhere, touches another one, or its current cannot return.
    """
    comm = stack_mesh.comm
    cells, result = [], []
    for terminal, outline in zip(terminals, stack_mesh.stack.electrodes, strict=True):
        facets, of = _facets(stack_mesh, terminal, outline)
        if terminal.face is None:
            nodes = _nodes(space, of)
        else:
            nodes = np.asarray(fem.locate_dofs_topological(space, 2, facets), dtype=np.int32)
        if comm.allreduce(len(of), MPI.SUM) == 0:
            raise CaseError(f"electric.terminals: there is no conductor's face at terminal '{terminal.name}'")
        cells.append(of)
        result.append(Located(terminal, facets, nodes))
    _apart(comm, space, result)
    net = _nets(stack_mesh, found)
    count = found.nets
    touches = np.zeros((count, len(terminals)), dtype=bool)
    for number, of in enumerate(cells):
        touches[np.unique(net[of]), number] = True
    comm.Allreduce(MPI.IN_PLACE, touches, MPI.LOR)
    _grounded(terminals, touches)
    dead = np.isin(net, np.flatnonzero(~touches.any(axis=1)))
    return result, _nodes(space, np.flatnonzero(dead))  # nets share no nodes


def _nodes(space: fem.FunctionSpace, cells: Integers) -> Integers:
    """Local nodes, ghosts included, of owned cells of all ranks. Collective."""
    marked = fem.Function(space)
    marked.x.array[np.unique(space.dofmap.list[cells])] = 1.0
    marked.x.scatter_reverse(la.InsertMode.add)
    marked.x.scatter_forward()
    return np.flatnonzero(marked.x.array > 0.5).astype(np.int32)


def _facets(stack_mesh: StackMesh, terminal: Terminal, outline: shapely.Polygon | None) -> tuple[Integers, Integers]:
    """Local facets of a terminal, and the owned cells they belong to (or those of its layer or region)."""
    topology = stack_mesh.mesh.topology
    blocks = stack_mesh.blocks
    inside = [terminal.region in (None, block.region) and terminal.layer in (None, block.layer) for block in blocks]
    mine = np.isin(stack_mesh.block, np.flatnonzero(inside))
    nothing = np.empty(0, dtype=np.int32)
    if terminal.face is None:
        return nothing, np.flatnonzero(mine).astype(np.int32)
    tags = stack_mesh.facet_tags
    facets = tags.indices[np.isin(tags.values, tags_of(stack_mesh, terminal.face))]
    topology.create_connectivity(2, 3)
    owner = topology.connectivity(2, 3)
    cells = owner.array[owner.offsets[facets]]
    here: Mask = mine[cells]
    middles = mesh.compute_midpoints(stack_mesh.mesh, 2, facets)[:, :2]
    if outline is not None:
        here &= shapely.intersects_xy(outline.buffer(_EDGE * stack_mesh.stack.span), *middles.T)
    if terminal.end is not None:
        here &= _faces(stack_mesh, facets, middles - _middles(stack_mesh, cells), terminal.end)
        sign, axis = 1.0 if terminal.end[0] == "+" else -1.0, "xy".index(terminal.end[1])
        along = sign * middles[:, axis]
        last = stack_mesh.comm.allreduce(float(along[here].max(initial=-np.inf)), MPI.MAX)
        here &= along > last - _EDGE * stack_mesh.stack.span
    return facets[here].astype(np.int32), cells[here].astype(np.int32)


def _middles(stack_mesh: StackMesh, cells: Integers) -> Array:
    """(n, 2) x and y of the middles of cells."""
    domain = stack_mesh.mesh
    return np.asarray(domain.geometry.x[compat.geometry_nodes(domain)[cells]].mean(axis=1)[:, :2])


def _faces(stack_mesh: StackMesh, facets: Integers, outwards: Array, end: str) -> Mask:
    """(facets,) True where the normal of an upright facet is within 45 degrees of an axis."""
    if not len(facets):
        return np.empty(0, dtype=bool)
    corners = stack_mesh.mesh.geometry.x[mesh.entities_to_geometry(stack_mesh.mesh, 2, facets)][..., :2]
    along = corners[np.arange(len(facets)), np.abs(corners - corners[:, :1]).sum(axis=2).argmax(axis=1)] - corners[:, 0]
    normal = np.column_stack([along[:, 1], -along[:, 0]])
    normal *= np.sign((normal * outwards).sum(axis=1))[:, None]
    axis, sign = "xy".index(end[1]), 1.0 if end[0] == "+" else -1.0
    return np.asarray(sign * normal[:, axis] > np.abs(normal[:, 1 - axis]))


def _nets(stack_mesh: StackMesh, found: Conductors) -> Integers:
    """(owned cells,) net of each; cells of a contact belong to that of the cell below."""
    layer, row = [], -1
    for one in stack_mesh.stack.layers:
        row += not one.interface
        layer.append(row)
    return np.asarray(found.net[np.array(layer)[stack_mesh.layer_of], stack_mesh.column])


def _apart(comm: MPI.Intracomm, space: fem.FunctionSpace, terminals: Sequence[Located]) -> None:
    """No node is held at two voltages."""
    local = space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts
    holder = np.full(local, -1)
    clash = np.full(2, -1, dtype=np.int64)
    for number, one in enumerate(terminals):
        if one.is_even:
            continue
        taken = holder[one.nodes]
        if (taken >= 0).any():
            clash[:] = taken.max(), number
        holder[one.nodes] = number
    comm.Allreduce(MPI.IN_PLACE, clash, MPI.MAX)
    if clash[1] >= 0:
        first, second = (terminals[int(number)].terminal.name for number in clash)
        raise CaseError(f"electric.terminals: '{first}' and '{second}' touch; leave conductor between them")


def _grounded(terminals: Sequence[Terminal], touches: Mask) -> None:
    """Every current returns to a terminal with a voltage, through nets and terminals at one voltage."""
    ties: Mask = np.array([terminal.spread != "even" for terminal in terminals], dtype=bool)
    reached: Mask = np.array([terminal.voltage is not None for terminal in terminals], dtype=bool)
    nets: Mask = np.zeros(len(touches), dtype=bool)
    while True:
        new = touches[:, reached & ties].any(axis=1)
        reached = np.asarray(np.logical_or(reached, touches[new].any(axis=0)))
        if (new == nets).all():
            break
        nets = np.asarray(new)
    for number, terminal in enumerate(terminals):
        on = touches[:, number]
        alone = not (touches[on].sum(axis=1) > 1).any()
        if terminal.current is not None and (not reached[number] or (not ties[number] and not nets[on].all())):
            raise CaseError(
                f"electric.terminals: no conductor joins terminal '{terminal.name}' to a terminal with a voltage: its "
                "current cannot return"
            )
        if alone:
            raise CaseError(f"electric.terminals: no conductor joins terminal '{terminal.name}' to another terminal")
