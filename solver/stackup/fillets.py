"""Fillets: beads along the walls of dies, and where their slanted surface leaves the levels of the stack.

In a ring around a die the layers a fillet reaches over are pressed together, the more the farther from the wall, so
that the top of the highest is the surface of the fillet. What fills the room above it is drawn down with it, and
outside of the ring rises to its own level again over a distance of the same size.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
import shapely
from shapely.geometry import Polygon

from solver.arrays import Array, Mask
from solver.case.geometry import Fillet, MaterialChoice
from solver.stackup.shapes import packed, unpacked

# height above the toe as a part of that at the wall, over the distance as a part of the width
PROFILES: dict[str, Callable[[Array], Array]] = {
    "straight": lambda t: 1.0 - t,
    "concave": lambda t: (1.0 - t) ** 2,
    "convex": lambda t: 1.0 - t**2,
}
_STEEPEST = {"straight": 1.0, "concave": 2.0, "convex": 2.0}  # of these anywhere
TOE = 0.05  # of the height, where the case does not say
_NEAR = 1e-6  # of the width: the same place
_END = 1.05  # of the width: corners of an outline that stands for a circle are a little farther away
_ARC = 4  # sides of a quarter of a circle around a corner
_CORNER = np.pi / 6  # an outline that turns by less at every corner stands for something round
_TOUCHING = 1e-6  # of the height
_SLIVER = 1e-9  # of the ring: no area


@dataclass(frozen=True)
class PlacedFillet:
    """A fillet between two heights (m).

    Attributes:
        name: of the fillet, and of the regions it is.
        layers: it reaches over, from below.
        walls: outlines it lies around (m).
        ring: what it covers in the plane (m), inside the outline of the stack.
        bottom, top: of its layers.
        above: height up to which what fills the room above it is drawn down; `top` where there is air.
        toe: thickness at its end.
        width: from the walls to its end.
        fade: distance over which what lies outside rises to its own level; 0 where there is air.
        profile: one of `PROFILES`.
        cells: across its width.
    """

    name: str
    layers: tuple[str, ...]
    walls: tuple[Polygon, ...]
    ring: tuple[Polygon, ...]
    bottom: float
    top: float
    above: float
    toe: float
    width: float
    fade: float
    profile: str
    cells: int

    def __getstate__(self) -> dict[str, Any]:
        kept = {key: value for key, value in self.__dict__.items() if key not in ("_tree", "around")}
        return kept | {key: packed(getattr(self, key)) for key in ("walls", "ring")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {key: unpacked(state[key]) for key in ("walls", "ring")})

    @property
    def height(self) -> float:
        """At the wall (m)."""
        return self.top - self.bottom

    @property
    def steepest(self) -> float:
        """Largest slope of a level in it, or outside of it (m/m)."""
        rise = self.height - self.toe
        inside = _STEEPEST[self.profile] * rise / self.width
        return max(inside, rise / self.fade) if self.fade else inside

    @property
    def reach(self) -> float:
        """Distance from the walls beyond which nothing is moved (m)."""
        return self.width + self.fade if self.fade else self.width * _END

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(np.array(self.walls, dtype=object))

    def distance(self, places: Array) -> Array:
        """(n,) from the walls (m), 0 inside of them, at places (n, 2); infinite beyond `reach`."""
        found = np.full(len(places), np.inf)
        points = shapely.points(places)
        (index, _), away = self._tree.query_nearest(
            points, max_distance=self.reach * (1.0 + _NEAR), return_distance=True, all_matches=False
        )
        found[index] = away
        return found

    def surface(self, distance: Array) -> Array:
        """(n,) height of the surface above its bottom (m) at distances from the walls (m), its own height beyond."""
        part = PROFILES[self.profile](np.minimum(distance / self.width, 1.0))
        if self.fade:
            part = np.where(distance > self.width, np.clip((distance - self.width) / self.fade, 0.0, 1.0), part)
        else:
            part = np.where(distance > self.width * _END, 1.0, part)
        return np.asarray(self.toe + (self.height - self.toe) * part)

    def drop(self, places: Array, heights: Array) -> Array:
        """(n,) how far levels at heights (n,) in m are moved down (m) at places (n, 2)."""
        drop = np.zeros(len(places))
        inside = (heights > self.bottom) & (heights < max(self.above, self.top + _NEAR * self.height))
        if not inside.any():
            return drop
        unique, back = np.unique(places[inside], axis=0, return_inverse=True)
        down = (self.height - self.surface(self.distance(unique)))[back.ravel()]
        below = (heights[inside] - self.bottom) / self.height
        above = (self.above - heights[inside]) / (self.above - self.top) if self.above > self.top else 1.0
        drop[inside] = down * np.minimum(np.minimum(below, 1.0), above)
        return drop

    def moves(self, places: Array) -> Mask:
        """(n,) True where levels are moved at places (n, 2)."""
        away = self.distance(places)
        return np.asarray((away > _NEAR * self.width) & (self.surface(away) < self.height * (1.0 - _NEAR)))

    @cached_property
    def around(self) -> shapely.Geometry:
        """Where levels are moved, in the plane."""
        return shapely.difference(_grown(self.walls, self.reach), shapely.union_all(list(self.walls)))

    def meets(self, place: Polygon) -> bool:
        """True if levels are moved somewhere in a place (m)."""
        return bool(shapely.intersection(self.around, place).area > _SLIVER * place.area)

    def away_from(self, place: Array) -> float:
        """Distance (m) from a place (3,) to where levels are moved."""
        aside = shapely.distance(self.around, shapely.Point(place[:2]))
        top = max(self.top, self.above)
        return float(np.hypot(aside, max(self.bottom - place[2], place[2] - top, 0.0)))

    def lines(self) -> list[Polygon]:
        """Outlines (m) that the mesh follows, not cut to the stack: at even distances from the walls."""
        fading = max(1, self.cells // 2)
        inner = self.width * np.arange(1, self.cells + 1) / self.cells
        beyond = self.width + self.fade * np.arange(1, fading + 1) / fading
        distances = np.concatenate([inner, beyond]) if self.fade else inner
        return [polygon for away in distances for polygon in _polygons(_grown(self.walls, away))]

    def spokes(self) -> list[shapely.LineString]:
        """Lines (m) from the corners of the walls to the toe, which cut the mesh into quadrilaterals there."""
        ring, corners = shapely.union_all(list(self.ring)), shapely.get_coordinates(self.lines())
        distances = self.width * np.arange(self.cells + 1) / self.cells
        found = [line for wall in self.walls for line in _spokes(wall, distances)]
        lines = shapely.snap(np.array(found, dtype=object), shapely.multipoints(corners), _NEAR * self.width)
        within = shapely.covers(ring.buffer(_NEAR * self.width), lines)  # others end where fillets meet, or outside
        return list(lines[within])

    def sizes(self) -> list[tuple[Polygon, float]]:
        """Where cells have to be small (m), and their largest edge there (m)."""
        size = self.width / self.cells
        found = [(polygon, size) for polygon in self.ring]
        if self.fade:
            near, far = (_grown(self.walls, away) for away in (self.width, self.reach))
            found += [(polygon, 2.0 * size) for polygon in _polygons(shapely.difference(far, near))]
        return found


def _grown(walls: Sequence[Polygon], away: float) -> shapely.Geometry:
    """What is nearer to the walls than a distance (m): round about corners, along what is round already as it is."""
    styles = ["mitre" if all(abs(turn) < _CORNER for turn in _corners(wall)[1]) else "round" for wall in walls]
    return shapely.union_all(
        [wall.buffer(away, quad_segs=_ARC, join_style=style) for wall, style in zip(walls, styles, strict=True)]
    )


def _corners(wall: Polygon) -> tuple[Array, Array, Array]:
    """Corners (n, 2) of an outline (m), the turn at each, and the direction across the side before it (rad)."""
    ring = shapely.get_coordinates(shapely.geometry.polygon.orient(wall).exterior)[:-1]
    sides = np.roll(ring, -1, axis=0) - ring
    heading = np.arctan2(sides[:, 1], sides[:, 0])
    before = np.roll(heading, 1)
    return ring, np.mod(heading - before + np.pi, 2 * np.pi) - np.pi, before - np.pi / 2


def _spokes(wall: Polygon, distances: Array) -> Iterator[shapely.LineString]:
    """Lines from the corners of an outline to the corners of arcs around them, at distances (m) of which one is zero.

    As far as the first arc every second one: with two sides of the arc they are a quadrilateral.
    """
    for corner, turn, start in zip(*_corners(wall), strict=True):
        if turn < _CORNER:
            continue
        count = int(turn / (np.pi / 2 / _ARC) + 0.5)
        for number in range(count + 1):
            angle = start + turn * number / count
            first = 1 if number % 2 and count % 2 == 0 else 0
            if len(distances) > first + 1:
                yield shapely.LineString(corner + distances[first:, None] * [np.cos(angle), np.sin(angle)])


def _polygons(found: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(found) if part.geom_type == "Polygon" and part.area > 0.0]


def ring_of(walls: Sequence[Polygon], one: Fillet, outline: Polygon) -> tuple[Polygon, ...]:
    """What a fillet covers in the plane (m), inside the outline."""
    around = shapely.difference(_grown(walls, one.width), shapely.union_all(list(walls)))
    return tuple(_polygons(shapely.intersection(around, outline)))


class Part(Protocol):
    """What is asked of a region."""

    @property
    def name(self) -> str:
        """As the case has it."""

    @property
    def material(self) -> MaterialChoice:
        """What it is made of."""

    @property
    def polygons(self) -> tuple[Polygon, ...]:
        """Where it is (m)."""


class Filleted(Protocol):
    """What is asked of a layer."""

    @property
    def name(self) -> str:
        """As the case has it."""

    @property
    def bottom(self) -> float:
        """Its lower face (m)."""

    @property
    def top(self) -> float:
        """Its upper face (m)."""

    @property
    def material(self) -> MaterialChoice | None:
        """Outside its regions; None: nothing."""

    @property
    def regions(self) -> Sequence[Part]:
        """Its parts, in their order."""


Layered = TypeVar("Layered", bound=Filleted)


def placed_fillets(given: Iterable[Fillet], layers: Sequence[Filleted]) -> tuple[PlacedFillet, ...]:
    """Fillets of the case in place, whose regions are in the layers already.

    Those of layers that are not there are left out: a rule of the case says so.
    """
    by_name = {layer.name: layer for layer in layers}
    return tuple(_placed(one, by_name) for one in given if all(name in by_name for name in one.layers))


def _placed(one: Fillet, layers: Mapping[str, Filleted]) -> PlacedFillet:
    mine = sorted((layers[name] for name in one.layers), key=lambda layer: layer.bottom)
    bottom, top = mine[0].bottom, mine[-1].top
    walls = walls_of(one.around, {name: layer.regions for name, layer in layers.items()})
    ring = next(part.polygons for part in mine[0].regions if part.name == one.name)
    toe = TOE * (top - bottom) if one.toe is None else one.toe
    names = tuple(layer.name for layer in mine)
    plain = PlacedFillet(one.name, names, walls, ring, bottom, top, top, toe, one.width, 0.0, one.profile, one.cells)
    upper = layer_on(plain, list(layers.values()))
    if upper is None or not contents(upper, shapely.union_all(list(ring))):
        return plain
    return replace(plain, above=upper.top, fade=one.width)


def layer_on(fillet: PlacedFillet, layers: Sequence[Layered]) -> Layered | None:
    """The layer whose underside is where a fillet ends at the wall, if there is one."""
    near = _TOUCHING * (fillet.top - fillet.bottom)
    return next((layer for layer in layers if abs(layer.bottom - fillet.top) <= near), None)


def walls_of(around: Sequence[str], regions: Mapping[str, Sequence[Part]]) -> tuple[Polygon, ...]:
    """Outlines (m) of the parts of layers of these names (LAYER/REGION)."""
    names = [name.partition("/") for name in around]
    found = [(one, part) for layer, _, part in names for one in regions.get(layer, ())]
    return tuple(polygon for one, part in found if one.name == part for polygon in one.polygons)


def common(polygons: Sequence[Polygon], zone: shapely.Geometry) -> float:
    """Area (m^2) that polygons that do not overlap have in common with a zone of the plane."""
    parts, others = shapely.get_parts(zone), np.array(polygons, dtype=object)
    one, other = shapely.STRtree(others).query(parts, predicate="intersects")
    return float(shapely.area(shapely.intersection(parts[one], others[other])).sum())


def contents(layer: Filleted, zone: shapely.Geometry) -> dict[str, MaterialChoice]:
    """What of a layer lies in a zone of the plane (m): name of the part -> its material."""
    found, left = dict[str, MaterialChoice](), zone.area
    for region in layer.regions:
        shared = common(region.polygons, zone)
        left -= shared
        if shared > _SLIVER * zone.area:
            found[f"{layer.name}/{region.name}"] = region.material
    if layer.material is not None and left > _SLIVER * zone.area:
        found[layer.name] = layer.material
    return found


def share_of(layer: Filleted, zone: shapely.Geometry) -> float:
    """Part of a zone of the plane (m) that a layer covers."""
    if layer.material is not None or zone.area == 0.0:
        return 1.0
    return sum(common(region.polygons, zone) for region in layer.regions) / zone.area


def meant_by(blocks: Mapping[str, Sequence[str]], comes_with: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What names of layers and of the first part of a fillet mean in steps that build and remove: it comes whole.

    Args:
        blocks: of every layer.
        comes_with: block of a fillet -> LAYER or LAYER/REGION it is built and removed with.

    Returns:
        name -> blocks; other names mean themselves.
    """
    found = {layer: [block for block in own if block not in comes_with] for layer, own in blocks.items()}
    first = dict[str, str]()
    for block, lead in comes_with.items():
        bead = first.setdefault(block.rpartition("/")[2], block)
        for name in dict.fromkeys((lead, lead.partition("/")[0], bead)):
            found.setdefault(name, [] if name == bead else [name]).append(block)
    return {name: tuple(parts) for name, parts in found.items()}
