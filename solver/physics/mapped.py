"""Maps and floorplans of power on a mesh: every watt is in it, and what cells too coarse for them lose is known."""

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from mpi4py import MPI
from numpy.typing import NDArray

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.thermal import PowerSource
from solver.errors import CaseError
from solver.layout.floorplans.block import placed
from solver.physics.overlap import Overlaps, overlaps, pixel_boxes
from solver.physics.sources import Channel, Coarse
from solver.signals import Constant, Product, Signal

_LOST = 1e-6  # part of a map's power that may lie outside the place it is for


def source_name(source: PowerSource) -> str:
    """`layer`, `region` or `layer/region`."""
    return "/".join(part for part in (source.layer, source.region) if part is not None)


def mapped(
    stack_mesh: StackMesh, source: PowerSource, files: SideFiles, here: Integers, volume: Array
) -> tuple[Array, Coarse]:
    """Density (W/m^3) of a map in some local cells, and what it loses within plane cells. Collective."""
    path, pixels = files.power_map(source)
    for axis in stack_mesh.stack.mirrors:
        if not np.allclose(pixels, np.flip(pixels, 1 - axis), rtol=1e-9, atol=1e-12 * pixels.max()):
            raise CaseError(
                f"{path}: the map is not symmetric about {'xy'[axis]} = 0, but the model is; use a symmetry it has"
            )
    places = _places(stack_mesh, source)
    if source.total is not None:
        pixels = pixels / len(places)
    found = overlaps(stack_mesh.plane, np.concatenate([pixel_boxes(place, pixels.shape) for place in places]))
    watts, owner = np.tile(pixels.ravel(), len(places)), np.zeros(len(found.sizes), dtype=np.int64)
    names = [str(path)]
    ((cells, values),) = _spread(stack_mesh, source, found, watts, owner, names, here, volume)
    density = np.zeros(len(volume))
    density[cells] = values
    coarse = Coarse(str(path), source.layer, source.region, found.within(watts, stack_mesh.plane.areas))
    return density[here], coarse


def planned(
    stack_mesh: StackMesh, source: PowerSource, files: SideFiles, here: Integers, volume: Array, factor: Signal
) -> tuple[list[Channel], Coarse]:
    """A channel for every block of a floorplan; each place of a region has the floorplan at its lower left corner.

    Collective.
    """
    path, blocks = files.floorplan(source)
    places = _places(stack_mesh, source)
    rectangles = placed(blocks, places)
    areas = [shapely.area(of_block) for of_block in rectangles]
    watts = np.concatenate([len(places) * area / area.sum() for area in areas])
    owner = np.repeat(np.arange(len(blocks)), [len(of_block) for of_block in rectangles])
    names = [f"{path}: block '{block.name}'" for block in blocks]
    found = overlaps(stack_mesh.plane, np.concatenate(rectangles))
    density = _spread(stack_mesh, source, found, watts, owner, names, here, volume)
    channels = [
        Channel(*part, Product(block.power, factor), f"{source_name(source)}/{block.name}", True)
        for block, part in zip(blocks, density, strict=True)
    ]
    means = watts * np.array([block.power.mean() for block in blocks])[owner]
    return channels, Coarse(str(path), source.layer, source.region, found.within(means, stack_mesh.plane.areas))


def per_place(
    stack_mesh: StackMesh, source: PowerSource, here: Integers, volume: Array, factor: Signal
) -> list[Channel]:
    """A channel for every place of a grid of regions: the cells follow their outlines. Collective."""
    assert source.each is not None
    powers = np.array(source.each)[::-1].T.ravel()  # places go up y, then along x; rows from the top
    plane, places = stack_mesh.plane, np.array(_places(stack_mesh, source), dtype=object)
    middles = shapely.points(plane.points[plane.quads].mean(axis=1))
    if len(places) != len(powers):
        raise CaseError(f"thermal.power: region '{source.region}' is smeared out; mesh its places to give each a power")
    place, cell = shapely.STRtree(middles).query(places, predicate="contains")
    of_column = np.full(len(middles), -1)
    of_column[cell] = place
    mine = of_column[stack_mesh.column[here]]
    volumes = stack_mesh.comm.allreduce(np.bincount(mine[mine >= 0], volume[here][mine >= 0], len(places)))
    names = [f"{source_name(source)} ({column}, {row})" for column in range(1, len(source.each[0]) + 1)
             for row in range(1, len(source.each) + 1)]  # fmt: skip
    cells = [here[mine == number] for number in range(len(places))]
    return [
        Channel(inside, np.full(len(inside), 1.0 / whole), Product(Constant(float(power)), factor), name, True)
        for inside, whole, power, name in zip(cells, volumes, powers, names, strict=True)
    ]


def _spread(
    stack_mesh: StackMesh,
    source: PowerSource,
    found: Overlaps,
    watts: Array,
    owner: Integers,
    names: Sequence[str],
    here: Integers,
    volume: Array,
) -> list[tuple[Integers, Array]]:
    """For every owner of boxes its local cells and their densities (W/m^3); above each plane cell shared by volume.

    Collective.

    Cells and places agree to the tolerance of the mesh, watts have to fully.

    Args:
        stack_mesh: the mesh.
        source: of the boxes.
        found: boxes on plane cells.
        watts: (boxes,) power of each.
        owner: (boxes,) whose it is.
        names: of the owners, for messages.
        here: local cells of the source.
        volume: (local cells,) in m^3.

    Raises:
        CaseError: power lies outside the place of the source.
    """
    from scipy.sparse import csr_array  # takes 20 MB, and most runs have neither maps nor floorplans

    count, power = len(names), found.part * watts[found.box]
    of = owner[found.box]
    wanted = np.bincount(owner, watts, count)
    inside = _plane_cells(stack_mesh, source)[found.cell] & (found.cell < stack_mesh.plane.owned)
    local = np.bincount(of[inside], power[inside], count)
    meshed = stack_mesh.comm.allreduce(local, MPI.SUM) * stack_mesh.stack.multiplicity
    for index in np.flatnonzero(np.abs(meshed - wanted) > _LOST * wanted):
        lost = f"{wanted[index] - meshed[index]:.4g} W of {wanted[index]:.4g} W lie outside the place they are for"
        raise CaseError(f"{names[index]}: {lost}")
    column = stack_mesh.column[here]
    height = np.bincount(column, volume[here], found.cells)  # volume of the source over each plane cell
    exact = np.divide(wanted, meshed, out=np.ones(count), where=meshed > 0)
    per_volume = np.divide(exact[of] * power, height[found.cell], out=np.zeros(len(of)), where=height[found.cell] > 0)
    above = csr_array((np.ones(len(here)), (column, here)), shape=(found.cells, len(volume)))
    spread = (csr_array((per_volume, (of, found.cell)), shape=(count, found.cells)) @ above).tocsr()
    spread.sort_indices()
    ends = itertools.pairwise(spread.indptr)
    return [(spread.indices[first:last], spread.data[first:last]) for first, last in ends]


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
