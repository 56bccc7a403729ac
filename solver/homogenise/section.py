"""Cells that do not change along one axis, meshed by Gmsh with curved triangles in the plane across it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Integers
from solver.errors import PlanishError
from solver.gmsh_library import gmsh
from solver.homogenise.cell import Cell, CellMesh, cell_mesh

# of 6-node triangles and 9-node quadrilaterals: type in Gmsh, and its nodes in the order of DOLFINx
_TRIANGLES = (9, [0, 1, 2, 4, 5, 3])
_QUADS = (10, [0, 1, 3, 2, 4, 7, 5, 6, 8])
_PER_QUARTER = 14  # cells along a quarter of a circle
_QUADS_PER_QUARTER = 3  # before each is cut into four
_PER_SIDE = 12  # cells along the shorter side of the part modelled
_PER_GAP = 1.5  # cells across the thinnest wall or gap
_QUADS_PER_SIDE = 3
_PER_BAR = 4  # cells across half a bar, or half a gap between bars
_FINEST = 1 / 500  # of the cell

Surface = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Section:
    """A plane section: points (n, 2), cells of degree 2 in the order of DOLFINx, the phase of each, its sides."""

    points: Array
    cells: Integers
    phase: Integers
    size: tuple[float, float]

    def without(self, voids: frozenset[int]) -> CellMesh:
        """The mesh of this rank, some phases left out."""
        kept = ~np.isin(self.phase, list(voids))
        return cell_mesh("triangle", self.points, self.cells[kept], self.phase[kept], self.size)


def nearest_neighbours(pitch: tuple[float, float], staggered: bool) -> float:
    """Distance of the centres of nearest neighbours."""
    return float(min([*pitch] + ([np.hypot(*pitch) / 2] if staggered else [])))


@dataclass(frozen=True)
class Via(Cell):
    """Concentric cylinders along z: via, plated barrel, pillar, through-silicon via with its liner.

    Args:
        pitch: sides of the cell along x and y (m).
        radii: outer radii of the phases from the inside out (m); the matrix is around the last.
        staggered: a second via in the middle of the cell (sides p and sqrt(3) p make a hexagonal array).
    """

    pitch: tuple[float, float]
    radii: tuple[float, ...]
    staggered: bool = False

    @property
    def fractions(self) -> Array:
        discs = (1 + self.staggered) * np.pi * np.array([0.0, *self.radii]) ** 2 / (self.pitch[0] * self.pitch[1])
        return np.diff([*discs, 1.0])

    @property
    def gap(self) -> float:
        """Matrix between neighbouring vias (m)."""
        return nearest_neighbours(self.pitch, self.staggered) - 2 * self.radii[-1]

    def mesh(self, voids: frozenset[int]) -> CellMesh:
        unit = self.pitch[0]
        radii = [radius / unit for radius in self.radii]
        walls = [*np.diff(radii), self.gap / unit]
        return disc_section((0.5, 0.5 * self.pitch[1] / unit), radii, walls, self.staggered).without(voids)


@dataclass(frozen=True)
class Bar(Cell):
    """A bar along z in the middle of its cell: a rectangular pillar, or a trace in the cross-section of its layer.

    Args:
        pitch: sides of the cell (m); of a trace the distance of the traces and the height of the layer.
        size: sides of the bar (m); a bar as high as its cell has nothing above and below it.
    """

    pitch: tuple[float, float]
    size: tuple[float, float]

    @property
    def fractions(self) -> Array:
        metal = self.size[0] * self.size[1] / (self.pitch[0] * self.pitch[1])
        return np.array([metal, 1.0 - metal])

    def mesh(self, voids: frozenset[int]) -> CellMesh:
        unit = self.pitch[0]
        a, b = 0.5, 0.5 * self.pitch[1] / unit
        half = np.minimum(np.array(self.size) / (2 * unit), (a, b))
        gaps = [value for value in (*half, *(np.array([a, b]) - half)) if value > 1e-9]

        def draw() -> list[list[Surface]]:
            return [[(2, gmsh.model.occ.addRectangle(0.0, 0.0, 0.0, *half))]]

        return _section((a, b), draw, max(min(gaps) / _PER_BAR, _FINEST)).without(voids)


def disc_section(
    size: tuple[float, float], radii: Sequence[float], walls: Sequence[float], staggered: bool, quads: bool = False
) -> Section:
    """Concentric discs at the origin (and, staggered, at the opposite corner) of a rectangle.

    Args:
        size: sides of the rectangle.
        radii: from the inside out.
        walls: thicknesses that cells have to resolve.
        staggered: True for discs at two corners.
        quads: quadrilaterals, coarser ones, to be drawn out to hexahedra; triangles otherwise.
    """
    corners = [(0.0, 0.0), size] if staggered else [(0.0, 0.0)]

    def draw() -> list[list[Surface]]:
        return [[(2, gmsh.model.occ.addDisk(*xy, 0.0, r, r)) for xy in corners] for r in radii]

    arc = radii[0] * np.pi / 2 / (_QUADS_PER_QUARTER if quads else _PER_QUARTER)
    return _section(size, draw, max(min(arc, *(wall / _PER_GAP for wall in walls)), _FINEST), quads)


def _section(
    size: tuple[float, float], draw: Callable[[], list[list[Surface]]], fine: float, quads: bool = False
) -> Section:
    """A rectangle at the origin with what `draw` puts into it: surfaces of each phase, the outer ones covering more."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        shapes = draw()
        surfaces = _phases(size, shapes)
        _sizes(
            [tag for phase in surfaces[:-1] for tag in phase],
            fine,
            min(size) / (_QUADS_PER_SIDE if quads else _PER_SIDE),
        )
        if quads:
            gmsh.option.setNumber("Mesh.RecombineAll", 1)
            gmsh.option.setNumber("Mesh.SubdivisionAlgorithm", 1)  # leaves quadrilaterals only, at half the size
        gmsh.model.mesh.generate(2)
        gmsh.model.mesh.setOrder(2)
        return _collect(surfaces, size, *(_QUADS if quads else _TRIANGLES))
    except Exception as error:
        raise PlanishError(f"Gmsh could not mesh the unit cell: {error}") from None
    finally:
        gmsh.finalize()


def _phases(size: tuple[float, float], shapes: list[list[Surface]]) -> list[list[int]]:
    """Gmsh surfaces of each phase after all outlines are cut with each other and with the rectangle."""
    occ = gmsh.model.occ
    frame = (2, occ.addRectangle(0.0, 0.0, 0.0, *size))
    flat = [surface for shape in shapes for surface in shape]
    _, parts = occ.fragment([frame], flat)
    occ.synchronize()
    inside = {tag for _, tag in parts[0]}
    owner, position = {tag: len(shapes) for tag in inside}, 1
    for phase, shape in enumerate(shapes):
        for _ in shape:
            for _, tag in parts[position]:
                owner[tag] = min(owner.get(tag, phase), phase)
            position += 1
    outside = [(2, tag) for tag in owner if tag not in inside]
    occ.remove(outside, recursive=True)
    occ.synchronize()
    return [sorted(tag for tag in inside if owner[tag] == phase) for phase in range(len(shapes) + 1)]


def _sizes(inclusions: Sequence[int], fine: float, coarse: float) -> None:
    """Cells of the fine size along the outlines of inclusions, growing to the coarse one."""
    curves = {abs(tag) for _, tag in gmsh.model.getBoundary([(2, tag) for tag in inclusions], combined=False)}
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "CurvesList", sorted(curves))
    field.setNumber(distance, "Sampling", 200)
    threshold = field.add("Threshold")
    for name, value in {
        "InField": distance,
        "SizeMin": min(fine, coarse),
        "SizeMax": coarse,
        "DistMin": fine,
        "DistMax": 4 * coarse,
    }.items():
        field.setNumber(threshold, name, value)
    field.setAsBackgroundMesh(threshold)
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
    gmsh.option.setNumber("Mesh.MeshSizeFromPoints", 0)


def _collect(surfaces: list[list[int]], size: tuple[float, float], kind: int, order: list[int]) -> Section:
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    cells, phases = [], []
    for phase, entities in enumerate(surfaces):
        for entity in entities:
            nodes = gmsh.model.mesh.getElementsByType(kind, entity)[1].reshape(-1, len(order))
            cells.append(nodes)
            phases.append(np.full(len(nodes), phase))
    used, renumbered = np.unique(np.concatenate(cells), return_inverse=True)
    place = np.empty(int(tags.max()) + 1, dtype=np.int64)
    place[tags] = np.arange(len(tags))
    points = coordinates.reshape(-1, 3)[place[used], :2]
    return Section(points, renumbered.reshape(-1, len(order))[:, order], np.concatenate(phases), size)
