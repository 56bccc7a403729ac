"""The mesh for other programs, through meshio: Gmsh (.msh), VTK (.vtu), CalculiX and Abaqus (.inp)."""

from pathlib import Path

import meshio
import numpy as np

from meshes.extrude import blocks_of, levels
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.arrays import Array, Integers
from solver.case.stack import StackUp
from solver.errors import CaseError
from solver.files import whole

_ENTRIES = 16
_FORMATS = {".msh": "gmsh", ".vtu": "vtu", ".inp": "abaqus"}
_ABAQUS = {"hexahedron": "C3D8", "hexahedron20": "C3D20"}
# corners of the edges of a hexahedron in the order of VTK and Abaqus 20-node elements
_EDGES = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)]


def export(stack: StackUp, path: Path, degree: int = 1) -> str:
    """Mesh a stack and write it; lengths in mm.

    Args:
        stack: the stack-up.
        path: its suffix says the format: .msh, .vtu or .inp.
        degree: 1 for 8-node, 2 for 20-node hexahedra.

    Returns:
        A line on what was written.

    Raises:
        CaseError: an unknown suffix or degree.
        OutputError: the file could not be written.
    """
    if path.suffix not in _FORMATS:
        raise CaseError(f"{path}: the mesh is written as {', '.join(_FORMATS)}")
    if degree not in (1, 2):
        raise CaseError(f"--degree {degree}: 1 or 2")
    points, cells, block, names = hexahedra(stack, plane_mesh(stack))
    kind = "hexahedron"
    if degree == 2:
        points, cells = _with_edges(points, cells)
        kind = "hexahedron20"
    sets = {name.replace("/", "_"): [np.flatnonzero(block == index)] for index, name in enumerate(names)}
    data = (
        {"gmsh:physical": [block + 1], "gmsh:geometrical": [block + 1]} if path.suffix == ".msh" else {"block": [block]}
    )
    mesh = meshio.Mesh(
        1e3 * points,
        [(kind, cells)],
        cell_data={} if path.suffix == ".inp" else data,
        cell_sets=sets if path.suffix == ".inp" else {},
        field_data={name: np.array([index + 1, 3]) for index, name in enumerate(names)}
        if path.suffix == ".msh"
        else {},
    )
    with whole(path) as beside:
        if path.suffix == ".inp":
            _write_inp(beside, mesh)
        else:
            meshio.write(beside, mesh, file_format="gmsh22" if path.suffix == ".msh" else _FORMATS[path.suffix])
    return f"{path}: {len(points)} nodes, {len(cells)} {kind}s, {len(names)} blocks: {', '.join(names)}; lengths in mm"


def hexahedra(stack: StackUp, plane: PlaneMesh) -> tuple[Array, Integers, Integers, list[str]]:
    """Points (n, 3) in m, cells (m, 8) in VTK order, block of each cell and names of the blocks."""
    names = [layer.name for layer in stack.layers]
    heights, owner = levels(stack, names)
    blocks, table = blocks_of(stack, plane)
    interval, column = np.nonzero(plane.region[owner] != EMPTY)
    base = plane.quads[column] + interval[:, None] * len(plane.points)
    cells = np.concatenate([base, base + len(plane.points)], axis=1)
    used, renumbered = np.unique(cells, return_inverse=True)
    level, node = np.divmod(used, len(plane.points))
    points = np.column_stack([plane.points[node], heights[level]])
    layer = owner[interval]
    return (
        points,
        renumbered.reshape(cells.shape),
        table[layer, plane.region[layer, column]],
        [block.name for block in blocks],
    )


def _write_inp(path: Path, mesh: meshio.Mesh) -> None:
    """Abaqus input as CalculiX reads it: full integration, 20 characters a number, 16 entries a line."""
    meshio.abaqus.write(path, mesh, float_fmt=".12e", translate_cell_names=False)
    text = path.read_text(encoding="utf-8")
    for kind, element in _ABAQUS.items():
        text = text.replace(f"TYPE={kind}\n", f"TYPE={element}\n")
    path.write_text("\n".join(map(_broken, text.split("\n"))), encoding="utf-8")


def _broken(line: str) -> str:
    """A line of numbers, broken after 16 entries as the format wants; a comma at its end says that it goes on."""
    entries = line.split(",")
    if len(entries) <= _ENTRIES or not line[:1].isdigit():
        return line
    return ",\n".join(",".join(entries[start : start + _ENTRIES]) for start in range(0, len(entries), _ENTRIES))


def _with_edges(points: Array, cells: Integers) -> tuple[Array, Integers]:
    """Nodes in the middle of every edge appended."""
    ends = np.sort(cells[:, _EDGES], axis=2).reshape(-1, 2)
    edges, number = np.unique(ends, axis=0, return_inverse=True)
    middles = points[edges].mean(axis=1)
    return np.vstack([points, middles]), np.hstack([cells, len(points) + number.reshape(len(cells), 12)])
