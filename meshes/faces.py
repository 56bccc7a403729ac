"""Horizontal faces of a stack: what can be seen from above or below, or the top or bottom of a layer or a region."""

import numpy as np

from meshes.extrude import Block, StackMesh
from solver import compat
from solver.arrays import Array, Integers

_FACET = {"bottom": 0, "top": 5}  # of the reference hexahedron


def part_and_side(face: str) -> tuple[str, str]:
    """`layer`, `layer/region` or nothing, and the side, of a face such as `balls.bottom` or `bottom`."""
    part, _, side = face.rpartition(".")
    return part, side


def face_there(stack_mesh: StackMesh, wanted: str) -> str:
    """The wanted face, or all that can be seen from its side if its part is not there."""
    part, side = part_and_side(wanted)
    return wanted if any(_is_of(block, part) for block in stack_mesh.blocks) else side


def cells_at(stack_mesh: StackMesh, face: str) -> Integers:
    """Owned cells that have a face: of every column of cells the outermost.

    Args:
        stack_mesh: the layers present.
        face: `top`, `bottom`: what can be seen from that side, of whatever layers; `LAYER.top`, `LAYER/REGION.bottom`:
            of that part, covered or not.
    """
    if face not in stack_mesh.faces:
        part, side = part_and_side(face)
        numbers = [number for number, block in enumerate(stack_mesh.blocks) if _is_of(block, part)]
        cells = np.flatnonzero(np.isin(stack_mesh.block, numbers))
        z, column = heights_at(stack_mesh, cells, side), stack_mesh.column[cells]
        order = np.lexsort((z if side == "bottom" else -z, column))
        first = np.flatnonzero(np.diff(column[order], prepend=-1))
        stack_mesh.faces[face] = np.sort(cells[order[first]])
    return stack_mesh.faces[face]


def facets_at(stack_mesh: StackMesh, face: str) -> Integers:
    """Facets of the owned cells that make up a face."""
    topology = stack_mesh.mesh.topology
    topology.create_connectivity(2, 3)  # for those who look for the nodes of facets
    topology.create_connectivity(3, 2)
    facets = topology.connectivity(3, 2).array.reshape(-1, 6)
    return np.sort(facets[cells_at(stack_mesh, face), _FACET[part_and_side(face)[1]]])


def heights_at(stack_mesh: StackMesh, cells: Integers, side: str) -> Array:
    """(cells,) height (m) of the top or bottom of some cells."""
    z = stack_mesh.mesh.geometry.x[compat.geometry_nodes(stack_mesh.mesh)[cells], 2]
    return np.asarray(z.max(axis=1) if side == "top" else z.min(axis=1))


def names_at(stack_mesh: StackMesh, face: str) -> tuple[str, ...]:
    """Layers and regions (`layer/region`) a face is made of, bottom to top. Collective."""
    here = np.zeros(len(stack_mesh.blocks), dtype=np.int64)
    here[stack_mesh.block[cells_at(stack_mesh, face)]] = 1
    total = stack_mesh.comm.allreduce(here)
    return tuple(dict.fromkeys(block.name for block, count in zip(stack_mesh.blocks, total, strict=True) if count))


def _is_of(block: Block, part: str) -> bool:
    return not part or part in (block.layer, block.name)
