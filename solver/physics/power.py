"""Heat sources: power per region, layer or map, spread over cells so that every watt of the case is in the mesh."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from PIL import Image

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.case.thermal import PowerSource
from solver.errors import CaseError

_LOST = 1e-6  # part of a map's power that may lie outside the place it is for


def power_density(stack_mesh: StackMesh, sources: Sequence[PowerSource], directory: Path) -> Array:
    """Heat made in each local cell (W/m^3). Collective.

    Args:
        stack_mesh: the mesh.
        sources: of the case; totals are of the whole stack.
        directory: where map files are.

    Raises:
        CaseError: a map that cannot be read, is not as symmetric as the model, or has power outside its place.
    """
    volume = cell_volumes(stack_mesh)
    density = np.zeros(len(volume))
    for source in sources:
        here = _cells_of(stack_mesh, source)
        if source.density is not None:
            density[here] += source.density
        elif source.map is not None:
            density += _mapped(stack_mesh, source, directory, here, volume)
        else:
            assert source.total is not None
            whole = stack_mesh.comm.allreduce(volume[here].sum(), MPI.SUM) * stack_mesh.stack.multiplicity
            density[here] += source.total / whole
    return density


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


def read_map(path: Path) -> tuple[Array, bool]:
    """Pixels of a power map, first row at the top, and whether they are watts (CSV) or only weights (picture).

    Raises:
        CaseError: not a grid of numbers, or negative power.
    """
    if path.suffix.lower() in (".csv", ".txt", ".dat"):
        try:
            pixels = np.atleast_2d(np.loadtxt(path, delimiter="," if "," in path.read_text(encoding="utf-8") else None))
        except ValueError as error:
            raise CaseError(f"{path}: not a grid of numbers: {error}") from None
        in_watts = True
    else:
        try:
            pixels = np.asarray(Image.open(path).convert("F"), dtype=np.float64)
        except OSError as error:
            raise CaseError(f"{path}: not a CSV file and not a picture: {error}") from None
        in_watts = False
    if not np.all(np.isfinite(pixels)) or pixels.min() < 0 or pixels.sum() <= 0:
        raise CaseError(f"{path}: a power map has no negative values and some positive ones")
    return pixels, in_watts


def _mapped(
    stack_mesh: StackMesh, source: PowerSource, directory: Path, here: NDArray[np.bool_], volume: Array
) -> Array:
    assert source.map is not None
    path = directory / source.map
    pixels, in_watts = read_map(path)
    if source.total is not None:
        pixels = pixels * (source.total / pixels.sum())
    elif not in_watts:
        raise CaseError(f"{path}: a picture says where the power is, not how much; give `total`")
    for axis in stack_mesh.stack.mirrors:
        if not np.allclose(pixels, np.flip(pixels, 1 - axis), rtol=1e-9, atol=1e-12 * pixels.max()):
            raise CaseError(
                f"{path}: the map is not symmetric about {'xy'[axis]} = 0, but the model is; use a symmetry it has"
            )
    places = _places(stack_mesh, source)
    if source.total is not None:
        pixels = pixels / len(places)
    watts = _plane_watts(stack_mesh, pixels, places)
    meshed = watts[_plane_cells(stack_mesh, source)].sum() * stack_mesh.stack.multiplicity
    wanted = pixels.sum() * len(places)
    if abs(meshed - wanted) > _LOST * wanted:
        raise CaseError(f"{path}: {wanted - meshed:.4g} W of {wanted:.4g} W lie outside the place the map is for")
    columns = stack_mesh.column
    height = np.zeros(len(watts))  # volume of the source over each plane cell
    np.add.at(height, columns[here], volume[here])
    share = np.zeros(len(here))
    exact = (
        wanted / meshed if meshed > 0 else 1.0
    )  # cells and places agree to the tolerance of the mesh, watts have to fully
    share[here] = exact * watts[columns[here]] / height[columns[here]]
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
        for polygon in region.polygons
    ]


def _plane_cells(stack_mesh: StackMesh, source: PowerSource) -> NDArray[np.bool_]:
    """Plane cells over which the source has volume."""
    plane, chosen = stack_mesh.plane, np.zeros(len(stack_mesh.plane.quads), dtype=bool)
    for index, layer in enumerate(stack_mesh.stack.layers):
        if source.layer in (None, layer.name):
            numbers = [k for k, region in enumerate(layer.regions, start=1) if region.name == source.region]
            chosen |= np.isin(plane.region[index], numbers) if source.region else plane.region[index] >= 0
    return chosen


def _plane_watts(stack_mesh: StackMesh, pixels: Array, places: list[shapely.Polygon]) -> Array:
    """Power over each plane cell: exact overlap of cells and pixels."""
    plane = stack_mesh.plane
    cells = shapely.polygons(plane.points[plane.quads])
    watts = np.zeros(len(cells))
    rows, columns = pixels.shape
    for place in places:
        x0, y0, x1, y1 = place.bounds
        x, y = np.linspace(x0, x1, columns + 1), np.linspace(y1, y0, rows + 1)
        boxes = shapely.box(*np.broadcast_arrays(x[None, :-1], y[1:, None], x[None, 1:], y[:-1, None])).ravel()
        pixel, cell = shapely.STRtree(cells).query(boxes, predicate="intersects")
        overlap = shapely.area(shapely.intersection(boxes[pixel], cells[cell])) / shapely.area(boxes[pixel])
        np.add.at(watts, cell, overlap * pixels.ravel()[pixel])
    return watts
