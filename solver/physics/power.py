"""Heat sources: power per region, layer, map or floorplan, spread over cells so that every watt is in the mesh."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.files import SideFiles
from solver.case.signals import Constant, Product, Signal
from solver.case.thermal import PowerSource
from solver.errors import CaseError
from solver.floorplans.block import placed

_LOST = 1e-6  # part of a map's power that may lie outside the place it is for


@dataclass(frozen=True)
class Channel:
    """Heat made in some local cells: density (W/m^3) times a factor that changes with time, and whose heat it is."""

    cells: Integers
    density: Array
    factor: Signal
    name: str = ""


@dataclass(frozen=True)
class Leak:
    """Leakage of some local cells: density (W/m^3) times exp(exponent (T - reference)) at the local temperature."""

    cells: Integers
    density: Array
    reference: float
    exponent: float


@dataclass(frozen=True)
class Sources:
    """All that makes heat.

    Attributes:
        count: local cells.
        channels: independent of temperature.
        leaks: that grow with temperature.
    """

    count: int
    channels: tuple[Channel, ...]
    leaks: tuple[Leak, ...] = ()

    def at(self, time: float) -> Array:
        """(local cells,) W/m^3 at a time (s), without leakage."""
        return self._sum([channel.factor.at(time) for channel in self.channels])

    def steady(self) -> Array:
        """(local cells,) W/m^3, means over time, without leakage."""
        return self._sum([channel.factor.mean() for channel in self.channels])

    def next_break(self, time: float) -> float:
        """First time after `time` at which a source jumps or has a kink; inf if there is none."""
        return min((channel.factor.next_break(time) for channel in self.channels), default=np.inf)

    def leakage(self, temperature: Array) -> tuple[Array, Array]:
        """Leakage (W/m^3) and its derivative (W/m^3/K) at temperatures (K) of shape (cells, points)."""
        made, slope = np.zeros_like(temperature), np.zeros_like(temperature)
        for leak in self.leaks:
            with np.errstate(over="ignore"):  # a runaway is told by what follows
                growth = np.exp(leak.exponent * (temperature[leak.cells] - leak.reference))
            made[leak.cells] += leak.density[:, None] * growth
            slope[leak.cells] += leak.exponent * leak.density[:, None] * growth
        return made, slope

    def _sum(self, factors: list[float]) -> Array:
        density = np.zeros(self.count)
        for channel, factor in zip(self.channels, factors, strict=True):
            density[channel.cells] += factor * channel.density
        return density


def heat_sources(stack_mesh: StackMesh, sources: Sequence[PowerSource], files: SideFiles) -> Sources:
    """What makes heat in each local cell. Collective.

    Args:
        stack_mesh: the mesh.
        sources: of the case; totals are of the whole stack.
        files: maps and floorplans of the case.

    Raises:
        CaseError: a file is not as symmetric as the model, or has power outside its place.
    """
    volume = cell_volumes(stack_mesh)
    channels: list[Channel] = []
    leaks: list[Leak] = []
    for source in sources:
        here = _cells_of(stack_mesh, source)
        cells = np.flatnonzero(here)
        factor: Signal = Constant(1.0) if source.waveform is None else source.waveform.signal()
        whole = stack_mesh.comm.allreduce(volume[here].sum(), MPI.SUM) * stack_mesh.stack.multiplicity
        name = source_name(source)
        if source.density is not None:
            channels.append(Channel(cells, np.full(len(cells), source.density), factor, name))
        elif source.map is not None:
            channels.append(Channel(cells, _mapped(stack_mesh, source, files, here, volume)[here], factor, name))
        elif source.floorplan is not None:
            channels += _planned(stack_mesh, source, files, here, volume, factor)
        elif source.total is not None:
            channels.append(Channel(cells, np.full(len(cells), source.total / whole), factor, name))
        if source.leakage is not None:
            density = np.full(len(cells), source.leakage.reference / whole)
            leaks.append(Leak(cells, density, source.leakage.at, source.leakage.exponent))
    return Sources(len(volume), tuple(channels), tuple(leaks))


def source_name(source: PowerSource) -> str:
    """`layer`, `region` or `layer/region`."""
    return "/".join(part for part in (source.layer, source.region) if part is not None)


def cell_volumes(stack_mesh: StackMesh) -> Array:
    """(local cells,) volume in m^3, by the quadrature of the forms."""
    space = fem.functionspace(stack_mesh.mesh, ("DG", 0))
    form = compat.form(ufl.TestFunction(space) * ufl.dx(stack_mesh.mesh))
    vector = fem.assemble_vector(form)
    return np.asarray(vector.array)[: len(stack_mesh.block)].copy()


def _cells_of(stack_mesh: StackMesh, source: PowerSource) -> NDArray[np.bool_]:
    chosen = [
        index
        for index, block in enumerate(stack_mesh.blocks)
        if source.layer in (None, block.layer) and (source.region is None or source.region == block.region)
    ]
    return np.isin(stack_mesh.block, chosen)


def _mapped(stack_mesh: StackMesh, source: PowerSource, files: SideFiles, here: Mask, volume: Array) -> Array:
    path, pixels = files.power_map(source)
    for axis in stack_mesh.stack.mirrors:
        if not np.allclose(pixels, np.flip(pixels, 1 - axis), rtol=1e-9, atol=1e-12 * pixels.max()):
            raise CaseError(
                f"{path}: the map is not symmetric about {'xy'[axis]} = 0, but the model is; use a symmetry it has"
            )
    places = _places(stack_mesh, source)
    if source.total is not None:
        pixels = pixels / len(places)
    watts = sum(plane_overlap(stack_mesh, pixel_boxes(place, pixels.shape), pixels.ravel()) for place in places)
    return _over_cells(stack_mesh, source, np.asarray(watts), pixels.sum() * len(places), here, volume, str(path))


def _planned(
    stack_mesh: StackMesh, source: PowerSource, files: SideFiles, here: Mask, volume: Array, factor: Signal
) -> list[Channel]:
    """A channel for every block of a floorplan; each place of a region has the floorplan at its lower left corner."""
    path, found = files.floorplan(source)
    places = _places(stack_mesh, source)
    channels = []
    for block, rectangles in zip(found, placed(found, places), strict=True):
        area = shapely.area(rectangles)
        watts = plane_overlap(stack_mesh, rectangles, len(places) * area / area.sum())
        what = f"{path}: block '{block.name}'"
        density = _over_cells(stack_mesh, source, watts, float(len(places)), here, volume, what)
        cells = np.flatnonzero(density)
        name = f"{source_name(source)}/{block.name}"
        channels.append(Channel(cells, density[cells], Product(block.power, factor), name))
    return channels


def _over_cells(
    stack_mesh: StackMesh, source: PowerSource, watts: Array, wanted: float, here: Mask, volume: Array, what: str
) -> Array:
    """(local cells,) density of watts over the plane cells, shared among the cells above each by volume.

    Cells and places agree to the tolerance of the mesh, watts have to fully.
    """
    meshed = watts[_plane_cells(stack_mesh, source)].sum() * stack_mesh.stack.multiplicity
    if abs(meshed - wanted) > _LOST * wanted:
        raise CaseError(f"{what}: {wanted - meshed:.4g} W of {wanted:.4g} W lie outside the place they are for")
    columns = stack_mesh.column
    height = np.zeros(len(watts))  # volume of the source over each plane cell
    np.add.at(height, columns[here], volume[here])
    share = np.zeros(len(here))
    share[here] = (wanted / meshed if meshed > 0 else 1.0) * watts[columns[here]] / height[columns[here]]
    return share


def _places(stack_mesh: StackMesh, source: PowerSource) -> list[shapely.Polygon]:
    stack = stack_mesh.stack
    if source.region is None:
        return [stack.outline]
    layers = [layer for layer in stack.layers if source.layer in (None, layer.name)]
    return [
        polygon
        for layer in layers
        for region in layer.regions
        if region.name == source.region
        for polygon in (region.polygons if region.places is None else region.places)
    ]


def _plane_cells(stack_mesh: StackMesh, source: PowerSource) -> NDArray[np.bool_]:
    """Plane cells over which the source has volume."""
    plane, chosen = stack_mesh.plane, np.zeros(len(stack_mesh.plane.quads), dtype=bool)
    for index, layer in enumerate(stack_mesh.stack.layers):
        if source.layer in (None, layer.name):
            numbers = [k for k, region in enumerate(layer.regions, start=1) if region.name == source.region]
            chosen |= np.isin(plane.region[index], numbers) if source.region else plane.region[index] >= 0
    return chosen


def pixel_boxes(place: shapely.Polygon, shape: tuple[int, ...]) -> NDArray[np.object_]:
    """Boxes of the pixels of a map over the bounding box of a place, row by row from the top."""
    (rows, columns), (x0, y0, x1, y1) = shape, place.bounds
    x, y = np.linspace(x0, x1, columns + 1), np.linspace(y1, y0, rows + 1)
    boxes = shapely.box(*np.broadcast_arrays(x[None, :-1], y[1:, None], x[None, 1:], y[:-1, None]))
    return np.asarray(boxes).ravel()


def plane_overlap(stack_mesh: StackMesh, boxes: NDArray[np.object_], watts: Array) -> Array:
    """Power over each plane cell of boxes with power: by exact overlap of cells and boxes."""
    plane = stack_mesh.plane
    cells = shapely.polygons(plane.points[plane.quads])
    over = np.zeros(len(cells))
    box, cell = shapely.STRtree(cells).query(boxes, predicate="intersects")
    part = shapely.area(shapely.intersection(boxes[box], cells[cell])) / shapely.area(boxes[box])
    np.add.at(over, cell, part * watts[box])
    return over
