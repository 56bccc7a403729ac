"""The mesh for other programs, through meshio: Gmsh (.msh), VTK (.vtu), CalculiX and Abaqus (.inp)."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import meshio
import numpy as np

from meshes import calculix
from meshes.calculix import Deck
from meshes.cracks import DoubledNodes, cracks
from meshes.extrude import Block, blocks_of, levels
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.arrays import Array, Integers
from solver.errors import CaseError
from solver.files import whole
from solver.stackup.stack import StackUp

_FORMATS = {".msh": "gmsh22", ".vtu": "vtu", ".inp": "abaqus"}
DeckOf = Callable[[Sequence[Block]], Deck]
# corners of the edges of a hexahedron in the order of VTK and Abaqus 20-node elements
_EDGES = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)]


def export(
    stack: StackUp,
    path: Path,
    degree: int | None = None,
    parts: Collection[str] | None = None,
    deck: DeckOf | None = None,
) -> str:
    """Mesh a stack and write it; lengths in mm.

    Args:
        stack: the stack-up.
        path: its suffix says the format: .msh, .vtu or .inp.
        degree: 1 for 8-node, 2 for 20-node hexahedra; None: as solved (2) for .inp, 1 for others.
        parts: names of the blocks present; all by default.
        deck: of .inp, what there is besides the mesh, from the blocks present; None for the mesh alone.

    Returns:
        A line on what was written.

    Raises:
        CaseError: an unknown suffix or degree, or a material that cannot be written.
        OutputError: the file could not be written.
    """
    if path.suffix not in _FORMATS:
        raise CaseError(f"{path}: the mesh is written as {', '.join(_FORMATS)}")
    degree = degree or (2 if path.suffix == ".inp" else 1)
    if degree not in (1, 2):
        raise CaseError(f"--degree {degree}: 1 or 2")
    plane = plane_mesh(stack)
    points, cells, block, blocks = hexahedra(stack, plane, parts)
    names = [one.name for one in blocks]
    kind = "hexahedron"
    if degree == 2:
        points, cells = _with_edges(points, cells)
        kind = "hexahedron20"
    with whole(path) as beside:
        if path.suffix == ".inp":
            sets = calculix.names(names)
            lines = [*calculix.mesh_lines(points, cells, block, sets)]
            if deck is not None:
                rest = deck(blocks)
                lines = [f"** {rest.title}", *lines, *calculix.deck_lines(rest, points, sets)]
            beside.write_text("\n".join(lines) + "\n", encoding="ascii")
        else:
            meshio.write(beside, _mesh(path, kind, points, cells, block, names), file_format=_FORMATS[path.suffix])
    return f"{path}: {len(points)} nodes, {len(cells)} {kind}s, {len(names)} blocks: {', '.join(names)}; lengths in mm"


def _mesh(path: Path, kind: str, points: Array, cells: Integers, block: Integers, names: list[str]) -> meshio.Mesh:
    gmsh = path.suffix == ".msh"
    data = {"gmsh:physical": [block + 1], "gmsh:geometrical": [block + 1]} if gmsh else {"block": [block]}
    named = {name: np.array([index + 1, 3]) for index, name in enumerate(names)} if gmsh else {}
    return meshio.Mesh(1e3 * points, [(kind, cells)], cell_data=data, field_data=named)


def hexahedra(
    stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None = None
) -> tuple[Array, Integers, Integers, tuple[Block, ...]]:
    """Points (n, 3) in m, cells (m, 8) in VTK order, block of each cell and the blocks present."""
    blocks, table = blocks_of(stack, plane, parts)
    heights, owner = levels(stack, [block.layer for block in blocks])
    of_cell = table[owner[:, None], plane.region[owner]]
    of_cell[(plane.region[owner] == EMPTY) | (owner == EMPTY)[:, None]] = EMPTY
    interval, column = np.nonzero(of_cell != EMPTY)
    base = plane.quads[column] + interval[:, None] * len(plane.points)
    once = len(heights) * len(plane.points)
    doubled = DoubledNodes(cracks(stack, plane, owner, of_cell != EMPTY), once)
    lower = doubled.above(interval, plane.quads[column], base)
    cells = np.concatenate([lower, base + len(plane.points)], axis=1)
    used, renumbered = np.unique(cells, return_inverse=True)
    level, node = np.divmod(used, len(plane.points))
    second = used[used >= once] - once
    level[used >= once], node[used >= once] = doubled.levels[second], doubled.points[second]
    points = np.column_stack([plane.points[node], stack.heights(plane.points[node], heights[level])])
    return points, renumbered.reshape(cells.shape), of_cell[interval, column], blocks


def _with_edges(points: Array, cells: Integers) -> tuple[Array, Integers]:
    """Nodes in the middle of every edge appended."""
    ends = np.sort(cells[:, _EDGES], axis=2).reshape(-1, 2)
    edges, number = np.unique(ends, axis=0, return_inverse=True)
    middles = points[edges].mean(axis=1)
    return np.vstack([points, middles]), np.hstack([cells, len(points) + number.reshape(len(cells), 12)])
