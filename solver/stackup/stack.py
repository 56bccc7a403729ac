"""The stack-up in SI units: every layer between two heights, every region as placed polygons.

Circles become polygons with vertices on the axes and *the area of the circle*, so volumes, masses and powers are
those of the case whatever the mesh.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.affinity import scale
from shapely.geometry import Polygon, box

from solver.arrays import Array
from solver.case.geometry import Fillet, FilletRegion, Layer, MaterialChoice, Region, places
from solver.case.models import Case
from solver.case.process import Singulate
from solver.layout.density import Density, densities
from solver.materials.mix.spec import MixSpec
from solver.stackup.cracks import OtherSize, PlacedCrack, other_sizes, placed_cracks
from solver.stackup.fillets import PlacedFillet, placed_fillets, ring_of, walls_of
from solver.stackup.origin import PLAIN, Origin, origin
from solver.stackup.parts import Parts, is_flat, parts_of
from solver.stackup.patches import electrodes, loaded, patches
from solver.stackup.shapes import at_place, at_places, middles_of, outline_of, packed, shape_of, unpacked
from solver.stackup.smear import Smeared, cover, smear
from solver.stackup.support_marks import pins, ring_edges
from solver.stackup.taper import Taper, lifted, taper_of

MIRRORS = {"none": (), "half-x": (0,), "half-y": (1,), "quarter": (0, 1)}  # axes whose positive half is modelled
PIN_TOLERANCE = 1e-3  # of the cell size: a pin that near to an edge stands on it
_PACKAGE_CELLS = 8
_SEVERAL = "polygons", "places"  # of a region


@dataclass(frozen=True)
class PlacedRegion:
    """A region of a layer: equal polygons at one or many places (m), or the pitch cells of an array smeared out.

    Attributes:
        places: of the region as the case has it, where blocks of a floorplan are cut out of it; they are the polygons
            if None.
        parts: of a grid of rectangles along the axes, or None.
        comes_with: of a fillet, LAYER or LAYER/REGION it is built and removed with; "" of others.
    """

    name: str
    material: MaterialChoice
    polygons: tuple[Polygon, ...]
    smeared: Smeared | None = None
    origin: Origin = PLAIN
    places: tuple[Polygon, ...] | None = None
    parts: Parts | None = None
    comes_with: str = ""

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {key: packed(getattr(self, key)) for key in _SEVERAL}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {key: unpacked(state[key]) for key in _SEVERAL})

    @property
    def area(self) -> float:
        """What it covers as the case has it (m^2); of an array that is smeared out, its pitch cells."""
        if self.parts is not None:
            return len(self.polygons) * self.parts.size[0] * self.parts.size[1]
        return float(shapely.area(np.array(self.polygons, dtype=object)).sum()) if self.polygons else 0.0


@dataclass(frozen=True)
class PlacedLayer:
    """A layer between two heights (m). `material` is None where it is empty outside its regions.

    With a copper map `material` is its mean, which the mesh replaces by classes of cells. `instead` says where it
    stands if it takes the place of layers that were removed; `interface` is true for the thin cells of an interface
    (`meshes.interfaces`).
    """

    name: str
    bottom: float
    top: float
    cells: int
    material: MaterialChoice | None
    regions: tuple[PlacedRegion, ...]
    instead: str = ""
    copper: Density | None = None
    interface: bool = False
    origin: Origin = PLAIN
    taper: Taper | None = None

    @property
    def thickness(self) -> float:
        """Distance from bottom to top (m), in the middle of the outline if it tapers."""
        return self.top - self.bottom

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of its own material (`mould`) and of its regions (`mould/die`)."""
        own = () if self.material is None else (self.name,)
        return (*own, *dict.fromkeys(f"{self.name}/{region.name}" for region in self.regions))

    def origin_of(self, block: str) -> Origin:
        """What one of its blocks is born with."""
        return next((region.origin for region in self.regions if block == f"{self.name}/{region.name}"), self.origin)


@dataclass(frozen=True)
class StackUp:
    """What the mesh is made of.

    Attributes:
        outline: the whole outline (m), whatever the symmetry.
        disc: True if the outline is a disc or an ellipse.
        symmetry: as in the case file.
        layers: bottom to top, but for those that take the place of others.
        size: largest cell edge in plane (m).
        edge_size, edge_distance: refinement at edges (m), or None.
        patches: outlines (m) each thermal boundary is limited to, nothing where it covers its face.
        package: outline (m) of the part that is cut out at the end of the process, and its largest cell edge, or None.
        electrodes: outline (m) each electric terminal is limited to, None where there is none.
        loaded: outlines (m) of patches that loads of the process act on.
        bow: curvature along x and y (1/m) of what is there first, before anything acts on it.
        cut_out: True for that part alone.
        pins: points (m) of the modelled part that hold the stack in some step: nodes of the plane mesh.
        rings: outlines (m) of what lies inside ring supports.
        cracks: where layers are apart.
        cells: True if what repeats in the plane is to act as its unit cell (plates).
        other_sizes: of cracks, whose outlines the plane mesh has, too.
        fillets: beads around dies, which move levels.
    """

    outline: Polygon
    disc: bool
    symmetry: str
    layers: tuple[PlacedLayer, ...]
    size: float
    edge_size: float | None
    edge_distance: float | None
    patches: tuple[tuple[Polygon, ...], ...] = ()
    package: tuple[Polygon, float] | None = None
    electrodes: tuple[Polygon | None, ...] = ()
    loaded: tuple[Polygon, ...] = ()
    bow: tuple[float, float] = (0.0, 0.0)
    cut_out: bool = False
    pins: tuple[tuple[float, float], ...] = ()
    rings: tuple[Polygon, ...] = ()
    cracks: tuple[PlacedCrack, ...] = ()
    cells: bool = False
    other_sizes: tuple[OtherSize, ...] = ()
    fillets: tuple[PlacedFillet, ...] = ()

    @property
    def mirrors(self) -> tuple[int, ...]:
        """Axes normal to the mirror planes: 0 for x = 0, 1 for y = 0."""
        return MIRRORS[self.symmetry]

    @property
    def multiplicity(self) -> int:
        """How many times the modelled part makes the whole."""
        return 2 ** len(self.mirrors)

    @cached_property
    def window(self) -> Polygon:
        """The half planes kept, as a box around the modelled part."""
        x0, y0, x1, y1 = self.outline.bounds
        pad = max(x1 - x0, y1 - y0)
        return box(0.0 if 0 in self.mirrors else x0 - pad, 0.0 if 1 in self.mirrors else y0 - pad, x1 + pad, y1 + pad)

    @cached_property
    def modelled(self) -> Polygon:
        """The outline of the modelled part."""
        return self.outline.intersection(self.window)

    @property
    def thickness(self) -> float:
        """Thickness of the whole stack in m."""
        return max(layer.top for layer in self.layers) - min(layer.bottom for layer in self.layers)

    @property
    def span(self) -> float:
        """Longer side of the bounding box of the whole outline in m."""
        x0, y0, x1, y1 = self.outline.bounds
        return float(max(x1 - x0, y1 - y0))

    def singulated(self) -> "StackUp":
        """The package that is cut out: the same layers inside its outline, with the mirror planes that cross it."""
        assert self.package is not None
        outline, size = self.package
        crossed = tuple(axis for axis in self.mirrors if outline.bounds[axis] < 0.0)
        symmetry = next(name for name, axes in MIRRORS.items() if axes == crossed)
        layers = tuple(
            replace(layer, regions=tuple(_clipped(r, outline) for r in layer.regions)) for layer in self.layers
        )
        return replace(
            self,
            outline=outline,
            disc=False,
            symmetry=symmetry,
            layers=layers,
            size=size,
            edge_size=None,
            cut_out=True,
            cells=False,
        )

    def heights(self, places: Array, level: Array | float) -> Array:
        """(n,) true heights (m) at places (n, 2) of what is at a level, as the layers have it, if all were even."""
        found, levels = lifted(self.layers, places, level), np.broadcast_to(level, len(places))
        return found - sum(one.drop(places, levels) for one in self.fillets) if self.fillets else found

    @property
    def even(self) -> bool:
        """True if all levels are planes across z."""
        return not self.fillets and all(layer.taper is None for layer in self.layers)

    def layer(self, name: str) -> PlacedLayer:
        """The layer of that name."""
        return next(layer for layer in self.layers if layer.name == name)

    def polygons_of(self, part: str) -> Sequence[Polygon]:
        """Where the pieces of `LAYER/REGION` are; the outline of a `LAYER`."""
        name, _, region = part.partition("/")
        if not region:
            return [self.outline]
        return next(one for one in self.layer(name).regions if one.name == region).polygons

    def layer_of(self, face: str) -> PlacedLayer:
        """The layer of `top`, `bottom` or `LAYER.top` and so on."""
        name, _, side = face.rpartition(".")
        if name:
            return self.layer(name)
        return max(self.layers, key=lambda layer: layer.top if side == "top" else -layer.bottom)

    def is_solid(self, face: str, at: tuple[float, float]) -> bool:
        """True if the layer of a face is not empty at (x, y)."""
        layer = self.layer_of(face)
        solid = [self.outline] if layer.material is not None else [p for r in layer.regions for p in r.polygons]
        return bool(min(shapely.distance(shapely.Point(at), solid)) <= 1e-9 * self.span)


def _clipped(region: PlacedRegion, outline: Polygon) -> PlacedRegion:
    """The part of a region inside an outline; pieces of no area are none."""
    pieces = shapely.get_parts(shapely.intersection(np.array(region.polygons, dtype=object), outline))
    whole = shapely.get_type_id(pieces) == 3
    return replace(region, polygons=tuple(pieces[whole & (shapely.area(pieces) > 1e-12 * outline.area)]), parts=None)


def mirrors_itself(polygons: Sequence[shapely.Polygon], axis: int, tolerance: float) -> bool:
    """True if polygons that do not overlap are together symmetric about x = 0 (axis 0) or y = 0, up to an area."""
    turned = {"xfact": -1.0 if axis == 0 else 1.0, "yfact": -1.0 if axis == 1 else 1.0, "origin": (0, 0)}
    parts = shapely.MultiPolygon(polygons)
    if parts.normalize().equals_exact(scale(parts, **turned).normalize(), tolerance / parts.length):  # takes no memory
        return True
    union = shapely.unary_union(polygons)
    return bool(union.symmetric_difference(scale(union, **turned)).area <= tolerance)


def stack_up(case: Case, directory: Path) -> StackUp:
    """The stack-up of a validated case, whose maps are in a directory.

    Raises:
        CaseError: a map that cannot be read.
    """
    geometry, mesh = case.geometry, case.mesh
    cuts = [step.singulate for step in case.process.steps if step.singulate] if case.process else []
    x0, y0, x1, y1 = outline_of(geometry.outline, None).bounds
    size = mesh.in_plane_size or max(x1 - x0, y1 - y0) / 40
    layers, where = [], places(geometry.layers)
    edge = mesh.edge_refinement
    outline = outline_of(geometry.outline, edge.size if edge else size)
    maps = {layer.name: layer.copper_map for layer in geometry.layers if layer.copper_map is not None}
    windows = densities(maps, directory, outline)
    plate = case.analysis.model == "plate"
    drawn = {layer.name: _regions(case, layer, size, outline) for layer in geometry.layers}
    drawn = _with_rings(geometry.fillets, drawn, outline)
    for layer in geometry.layers:
        regions = _filled(layer, drawn[layer.name])
        cells = layer.cells or mesh.cells_per_layer
        copper = windows.get(layer.name)
        material = layer.material if copper is None else _mean(copper, outline)
        regions = tuple(
            replace(placed, origin=origin(case, layer, one)) for placed, one in zip(regions, layer.regions, strict=True)
        )
        own, place = origin(case, layer), where[layer.name]
        placed = PlacedLayer(layer.name, *place, cells, material, regions, layer.instead, copper, origin=own)
        layers.append(replace(placed, taper=taper_of(layer, geometry.outline, outline)))
    package = _package(cuts[0], size, outline) if cuts else None
    bottoms = {layer.name: layer.bottom for layer in layers}
    cracks = placed_cracks(geometry.delaminations, bottoms, size, outline)
    return StackUp(
        outline=outline,
        disc=geometry.outline.shape in ("disc", "ellipse"),
        symmetry=geometry.symmetry,
        layers=tuple(layers),
        size=size,
        edge_size=edge.size if edge else None,
        edge_distance=edge.distance if edge else None,
        patches=patches(case, [part for layer in layers for part in layer.regions], size, outline),
        package=package,
        electrodes=electrodes(case, size, outline),
        loaded=loaded(case, size, outline),
        bow=_curvatures(geometry.initial_bow, outline),
        pins=pins(case, MIRRORS[geometry.symmetry]),
        rings=ring_edges(case, outline, package[0] if package else None),
        cracks=cracks,
        other_sizes=other_sizes(geometry.delaminations, cracks),
        cells=plate and case.analysis.die_field == "unit-cell",
        fillets=placed_fillets(geometry.fillets, layers),
    )


def _curvatures(bow: tuple[float, float], outline: Polygon) -> tuple[float, float]:
    """Curvatures (1/m) whose rises over the outline are given (m)."""
    x0, y0, x1, y1 = outline.bounds
    return 8.0 * bow[0] / (x1 - x0) ** 2, 8.0 * bow[1] / (y1 - y0) ** 2


def _mean(copper: Density, outline: Polygon) -> MixSpec:
    fraction, along = copper.over(np.array([outline]))
    return copper.spec.mixture(float(fraction[0]), (float(along[0, 0]), float(along[0, 1])))


def _package(cut: Singulate, size: float, outline: Polygon) -> tuple[Polygon, float]:
    """Outline of the package and its largest cell edge: an eighth of its side if the case says nothing."""
    shape = shape_of(cut.shape, size, outline)
    x0, y0, x1, y1 = shape.bounds
    own = cut.in_plane_size or min(size, min(x1 - x0, y1 - y0) / _PACKAGE_CELLS)
    return at_place(shape, cut.at), own


def _regions(case: Case, layer: Layer, size: float, outline: Polygon) -> list[PlacedRegion]:
    """Parts of a layer as drawn; those of fillets, whose place others say, have none yet."""
    plate, below = case.analysis.model == "plate", case.mesh.homogenise_below
    return [
        PlacedRegion(one.name, one.material, (), comes_with=one.comes_with)
        if isinstance(one, FilletRegion)
        else _region(layer, one, None if plate and is_flat(one, layer.thickness) else below, size, outline)
        for one in layer.regions
    ]


def _with_rings(
    fillets: Sequence[Fillet], drawn: dict[str, list[PlacedRegion]], outline: Polygon
) -> dict[str, list[PlacedRegion]]:
    """Parts of the layers with the places of fillets."""
    rings = {one.name: ring_of(walls_of(one.around, drawn), one, outline) for one in fillets}
    layers = {one.name: one.layers for one in fillets}
    return {
        name: [replace(one, polygons=rings[one.name]) if name in layers.get(one.name, ()) else one for one in regions]
        for name, regions in drawn.items()
    }


def _region(layer: Layer, region: Region, below: float | None, size: float, outline: Polygon) -> PlacedRegion:
    shape, grid = shape_of(region.shape, size, outline), region.grid
    middles = np.array([region.at or (0.0, 0.0)]) if grid is None else middles_of(grid)
    if grid is not None and grid.edge_exclusion is not None:
        middles = middles[shapely.covers(outline.buffer(-grid.edge_exclusion), at_places(shape, middles))]
    smeared = None if region.fill else smear(layer, region, len(middles), below)
    if smeared is None or grid is None:
        return PlacedRegion(region.name, region.material, tuple(at_places(shape, middles)), parts=parts_of(region))
    whole = len(middles) == grid.count[0] * grid.count[1]
    return PlacedRegion(region.name, smeared.cell, cover(middles, grid.pitch, whole), smeared)


def _filled(layer: Layer, regions: Sequence[PlacedRegion]) -> tuple[PlacedRegion, ...]:
    """Regions that fill, without what lies in them: all others, and those that fill and come before."""
    taken = [
        polygon
        for one, region in zip(layer.regions, regions, strict=True)
        if not one.fill
        for polygon in region.polygons
    ]
    found = []
    for one, region in zip(layer.regions, regions, strict=True):
        if one.fill:
            _, near = shapely.STRtree(taken).query(np.array(region.polygons), predicate="intersects")
            others = shapely.unary_union([taken[index] for index in np.unique(near)])
            left = shapely.get_parts(shapely.difference(np.array(region.polygons), others))
            taken += region.polygons
            found.append(replace(region, polygons=tuple(left[shapely.area(left) > 0.0])))
        else:
            found.append(region)
    return tuple(found)
