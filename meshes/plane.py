"""The in-plane mesh: quadrilaterals that follow every outline of every layer.

Axis-aligned rectangles in a rectangle give a tensor grid; anything else goes through Gmsh.
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from meshes import tensor
from meshes.copper import classes
from solver.arrays import Array, Integers
from solver.case.geometry import MaterialChoice
from solver.errors import PlanishError
from solver.stackup.repeats import fields
from solver.stackup.stack import StackUp

EMPTY = -1
_AREA_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PlaneMesh:
    """Quadrilaterals of the modelled part, and what each layer is made of there.

    Attributes:
        points: (n, 2) corners in m.
        quads: (m, 4) corners of each cell, counter-clockwise.
        region: (layers, m) region of each cell in each layer: EMPTY, 0 for the layer's own material, 1 + the index of
            the region otherwise; numbers after the regions are the classes of a copper map.
        classes: per layer the materials of these classes.
    """

    points: Array
    quads: Integers
    region: Integers
    classes: tuple[tuple[MaterialChoice, ...], ...] = ()

    @property
    def areas(self) -> Array:
        """(m,) area of each cell in m^2."""
        x, y = self.points[self.quads].transpose(2, 0, 1)
        return 0.5 * ((x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0]))

    @property
    def centroids(self) -> Array:
        """(m, 2) centre of area of each cell in m."""
        corners = self.points[self.quads]
        halves = corners[:, [[0, 1, 2], [0, 2, 3]]]  # two triangles
        a, b = halves[:, :, 1] - halves[:, :, 0], halves[:, :, 2] - halves[:, :, 0]
        weight = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
        return np.asarray((weight[..., None] * halves.mean(axis=2)).sum(axis=1) / weight.sum(axis=1)[:, None])

    @property
    def kinds(self) -> tuple[frozenset[int], ...]:
        """Per layer the numbers that cells have in `region`."""
        counts = (np.bincount(row - EMPTY) for row in self.region)
        return tuple(frozenset(int(number) + EMPTY for number in np.flatnonzero(count)) for count in counts)

    @property
    def width(self) -> float:
        """Edge of a square as large as the cells are in the mean (m)."""
        return float(np.sqrt(self.areas.mean()))


def plane_mesh(stack: StackUp) -> PlaneMesh:
    """Mesh the plane of a stack-up.

    Raises:
        PlanishError: the mesher left the outlines (areas of a region differ from the case).
    """
    outlines = _outlines(stack)
    grid = tensor.grid_lines(stack, outlines)
    if grid is None:
        from meshes import unstructured  # Gmsh takes a while to import

        points, quads = unstructured.quads(stack, outlines)
    else:
        points, quads = tensor.quads(*grid)
        inside = shapely.contains_xy(stack.modelled, *points[quads].mean(axis=1).T)
        quads = quads[inside]
    plane = PlaneMesh(points, quads, _regions(stack, points[quads].mean(axis=1)))
    _check_areas(stack, plane)
    return _with_copper(stack, plane)


def same_in_plane(one: StackUp, other: StackUp) -> bool:
    """Whether a plane mesh of one stack-up is that of another: they differ in heights and materials alone.

    Stack-ups with copper maps are never taken as the same: classes of their cells have materials.
    """
    if any(layer.copper is not None for layer in (*one.layers, *other.layers)):
        return False
    bare = [replace(stack, layers=(), bow=(0.0, 0.0)) for stack in (one, other)]
    patterns = [
        [(layer.material is None, [region.polygons for region in layer.regions]) for layer in stack.layers]
        for stack in (one, other)
    ]
    return bare[0] == bare[1] and patterns[0] == patterns[1]


def _with_copper(stack: StackUp, plane: PlaneMesh) -> PlaneMesh:
    """The cells of layers with a copper map sorted into classes."""
    region, found = plane.region.copy(), []
    for index, layer in enumerate(stack.layers):
        materials: tuple[MaterialChoice, ...] = ()
        here = np.flatnonzero(plane.region[index] == 0)
        if layer.copper is not None and len(here):
            made, member = classes(layer.copper, plane.points, plane.quads[here], plane.areas[here])
            materials = tuple(made)
            region[index, here] = 1 + len(layer.regions) + member
        found.append(materials)
    return replace(plane, region=region, classes=tuple(found))


def _outlines(stack: StackUp) -> list[shapely.Polygon]:
    """Outlines of regions, fields, patches, rings and the package, cut to the modelled part (no empty pieces), once."""
    regions = [p for layer in stack.layers for region in layer.regions for p in region.polygons]
    patches = [p for patch in stack.patches for p in patch]
    electrodes = [shapely.intersection(p, stack.outline) for p in stack.electrodes if p is not None]
    package = stack.package[:1] if stack.package else ()
    placed = [*stack.cracks, *(crack for other in stack.other_sizes for crack in other.cracks)]
    cracks = [shapely.intersection(crack.polygon, stack.outline) for crack in placed]
    beads = [shapely.intersection(line, stack.outline) for one in stack.fillets for line in one.lines()]
    repeats = [p for field in fields(stack) for p in field.outlines] if stack.cells else []
    found = [*regions, *patches, *electrodes, *stack.loaded, *package, *stack.rings, *cracks, *beads, *repeats]
    if not found:
        return []
    polygons = np.array(list(dict(zip(shapely.to_wkb(found), found, strict=True)).values()), dtype=object)  # each once
    pieces = shapely.get_parts(shapely.intersection(polygons, stack.window))
    pieces = pieces[(shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > 0)]
    keys = shapely.to_wkb(shapely.set_precision(shapely.normalize(pieces), 1e-9 * stack.span))
    return list(pieces[np.unique(keys, return_index=True)[1]])


def _regions(stack: StackUp, middles: Array) -> Integers:
    points = shapely.points(middles)
    region = np.empty((len(stack.layers), len(middles)), dtype=np.int32)
    for index, layer in enumerate(stack.layers):
        region[index] = EMPTY if layer.material is None else 0
        for number, part in enumerate(layer.regions, start=1):
            if part.polygons:
                cells, _ = shapely.STRtree(points).query(np.array(part.polygons), predicate="contains")[::-1]
                region[index, cells] = number
    return region


def _check_areas(stack: StackUp, plane: PlaneMesh) -> None:
    areas = plane.areas
    if areas.min() <= 0:
        raise PlanishError("the in-plane mesh has inverted cells; change mesh.in_plane_size")
    total = stack.modelled.area
    rounded = _AREA_TOLERANCE * stack.span * stack.modelled.length  # outlines are rounded to a grid as fine as that
    if abs(areas.sum() - total) > max(_AREA_TOLERANCE * total, rounded):
        raise PlanishError("the in-plane mesh does not fill the outline; change mesh.in_plane_size")
    for index, layer in enumerate(stack.layers):
        for number, part in enumerate(layer.regions, start=1):
            expected = shapely.area(shapely.intersection(np.array(part.polygons, dtype=object), stack.window)).sum()
            meshed = areas[plane.region[index] == number].sum()
            if abs(meshed - expected) > max(1e-6 * expected, _AREA_TOLERANCE * total * 1e-3):
                raise PlanishError(
                    f"the mesh of region '{part.name}' in layer '{layer.name}' has "
                    f"{meshed / max(expected, 1e-300):.6f} of its area; change mesh.in_plane_size"
                )
