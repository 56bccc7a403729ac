"""What of a submodel is there, and free of stress at which temperature: as the part of the whole it mostly lies in."""

from dataclasses import dataclass

import numpy as np
import shapely
from mpi4py import MPI

from meshes.extrude import StackMesh, blocks_of
from meshes.plane import EMPTY, PlaneMesh
from solver.arrays import Array
from solver.stackup.stack import PlacedLayer, StackUp

_THIN = 1e-9  # of the thickness of the whole: layers that overlap by no more do not
_NOWHERE = ""


@dataclass(frozen=True)
class Owners:
    """Where a place lies in a whole: block of the place -> block of the whole that has most of it; "" where none has.

    Those that lie nowhere (what fills air of the whole) are always there.
    """

    of: dict[str, str]

    def present(self, whole: StackMesh) -> tuple[str, ...]:
        """Blocks of the place that are there."""
        there = {block.name for block in whole.blocks} | {_NOWHERE}
        return tuple(name for name, owner in self.of.items() if owner in there)

    def references(self, place: StackMesh, whole: StackMesh, references: Array) -> Array:
        """(blocks,) temperature at which each block of the place is free of stress (K).

        What it says of itself, or that of the part of the whole it lies in; of what lies nowhere the mean of the rest.
        """
        known = {block.name: float(kelvin) for block, kelvin in zip(whole.blocks, references, strict=True)}
        known[_NOWHERE] = float(np.mean(references))
        found = []
        for block in place.blocks:
            own = place.stack.layer(block.layer).origin_of(block.name).temperature
            found.append(known[self.of[block.name]] if own is None else own)
        return np.array(found)


def owners(place: StackUp, plane: PlaneMesh, whole: StackUp, at: tuple[float, float]) -> Owners:
    """The parts of a whole that the blocks of a place (m) lie in, by volume.

    Args:
        place: its stack-up.
        plane: its plane mesh.
        whole: the stack-up of the whole.
        at: where the middle of the place is in it (m).
    """
    blocks, table = blocks_of(place, plane)
    volumes: dict[str, dict[str, float]] = {block.name: {} for block in blocks}
    points = plane.centroids + np.array(at)
    for index, layer in enumerate(place.layers):
        number = np.where(plane.region[index] == EMPTY, EMPTY, table[index, plane.region[index]])
        for other in whole.layers:
            common = min(layer.top, other.top) - max(layer.bottom, other.bottom)
            if common <= _THIN * whole.thickness:
                continue
            names = np.array([*other_names(other), _NOWHERE], dtype=object)[_owner(other, points)]
            for cell in np.flatnonzero(number != EMPTY):
                of = volumes[blocks[number[cell]].name]
                of[names[cell]] = of.get(names[cell], 0.0) + common * plane.areas[cell]
    return Owners({name: max(of, key=lambda one: of[one]) if of else _NOWHERE for name, of in volumes.items()})


def other_names(layer: PlacedLayer) -> list[str]:
    """Names of the regions of a layer, then its own."""
    return [*(f"{layer.name}/{region.name}" for region in layer.regions), layer.name]


def _owner(layer: PlacedLayer, points: Array) -> Array:
    """(n,) number of the name, as of `other_names`, of what a layer has at points (n, 2); or one more."""
    count = len(layer.regions)
    found = np.full(len(points), count if layer.material is not None else count + 1)
    for number, region in enumerate(layer.regions):
        tree = shapely.STRtree(np.array(region.polygons, dtype=object))
        found[tree.query(shapely.points(points), predicate="within")[0]] = number
    return found


def energy_within(whole: StackMesh, energy: Array, bounds: Array, low: float, high: float) -> float:
    """Energy (J) of a whole inside a box; of cells it cuts, their part of it. Collective.

    Args:
        whole: its mesh.
        energy: (owned cells,) J.
        bounds: x0, y0, x1, y1 of the box (m).
        low: height of its bottom (m).
        high: of its top (m).
    """
    plane, stack = whole.plane, whole.stack
    columns, inverse = np.unique(whole.column, return_inverse=True)
    quads = shapely.polygons(plane.points[plane.quads[columns]])
    part = shapely.area(shapely.intersection(quads, shapely.box(*bounds))) / shapely.area(quads)
    first = np.cumsum([0, *(layer.cells for layer in stack.layers)])
    below = np.array([layer.bottom for layer in stack.layers])[whole.layer_of]
    bottom = below + (whole.interval - first[whole.layer_of]) * whole.heights
    inside = np.minimum(bottom + whole.heights, high) - np.maximum(bottom, low)
    share = np.clip(inside / whole.heights, 0.0, 1.0) * part[inverse]
    return float(whole.comm.allreduce(float(energy @ share), MPI.SUM))
