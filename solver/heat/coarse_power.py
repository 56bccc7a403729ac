"""Maps and floorplans finer than the mesh: how much hotter their blocks may be than the cells that smear them out."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from meshes.extrude import StackMesh, blocks_of
from meshes.plane import EMPTY
from solver.arrays import Array
from solver.case.thermal import Boundary
from solver.case.waveform import signal_of
from solver.materials.material import Material
from solver.physics.sources import Coarse

_NOTICED = 0.03  # of the rise of the hottest place


def doubts(
    stack_mesh: StackMesh,
    coarse: Sequence[Coarse],
    materials: Sequence[Material],
    boundaries: Sequence[Boundary],
    hottest: float,
) -> Iterator[str]:
    """Power that differs within cells by enough to show, in words. Collective.

    Args:
        stack_mesh: the mesh of heat.
        coarse: what maps and floorplans lose.
        materials: one per block of the mesh.
        boundaries: of the case; the rise is above the coldest of their surroundings.
        hottest: temperature (K).
    """
    met = [_surroundings(boundary) for boundary in boundaries]
    coldest = min((temperature for temperature in met if temperature is not None), default=hottest)
    names = {block.name: material for block, material in zip(stack_mesh.blocks, materials, strict=True)}
    kelvin = 0.5 * (coldest + hottest)
    conducts = {name: float(material.conductivity(np.array([kelvin]))[0, 0]) for name, material in names.items()}
    for one in coarse:
        swing, size, x, y = _worst(stack_mesh, ripple(stack_mesh, one, conducts))
        if swing > _NOTICED * (hottest - coldest):
            yield (
                f"heat: {one.file} is finer than the cells of {size:.3g} mm around ({x:.4g}, {y:.4g}) mm, which hide "
                f"some {swing:.2g} K of a rise of {hottest - coldest:.3g} K; choose a smaller mesh.in_plane_size"
            )


def _worst(stack_mesh: StackMesh, swing: Array) -> tuple[float, float, float, float]:
    """The largest of values (plane cells,) on any rank, and size and middle (mm) of its cell. Collective."""
    plane, own = stack_mesh.plane, swing[: stack_mesh.plane.owned]
    found = (-np.inf, 0.0, 0.0, 0.0, 0.0)
    if len(own):
        cell = int(np.argmax(own))
        x, y = 1e3 * plane.points[plane.quads[cell]].mean(axis=0) + 0.0
        first = -float(plane.cells[cell])  # of several the first
        found = float(own[cell]), first, 1e3 * float(np.sqrt(plane.areas[cell])), float(x), float(y)
    value, _, size, x, y = max(stack_mesh.comm.allgather(found))
    return value, size, x, y


def _surroundings(boundary: Boundary) -> float | None:
    """Temperature (K) of what a boundary meets, at first; None for a flux."""
    given = (boundary.heat_sink or boundary).ambient or boundary.temperature
    return None if given is None else signal_of(given).at(0.0)


def ripple(stack_mesh: StackMesh, coarse: Coarse, conducts: dict[str, Any]) -> Array:
    """(plane cells,) amplitude (K) of temperature under power that changes sign from half a cell to the next.

    Power of wave number kappa = pi / cell heats its layer by q / (kappa^2 int k exp(-kappa |z - z_power|) dz): that of
    half-spaces (q / (kappa k)) and of sheets (q / (kappa^2 k t)), H. S. Carslaw, J. C. Jaeger, Conduction of Heat in
    Solids, 1959, sections 5.1 and 4.4; an estimate between these.

    Args:
        stack_mesh: the mesh of heat.
        coarse: of one map or floorplan.
        conducts: conductivity in plane (W/m/K) of each block by name.
    """
    stack, plane = stack_mesh.stack, stack_mesh.plane
    blocks, table = blocks_of(stack, plane, set(conducts))
    of_block = np.array([conducts[block.name] for block in blocks] + [0.0])
    heated = [layer for layer in stack.layers if coarse.layer in (None, layer.name)]
    heated = [one for one in heated if coarse.region in (None, *(part.name for part in one.regions))]
    middle = 0.5 * (heated[0].bottom + heated[0].top)
    kappa = np.pi / np.sqrt(plane.areas)
    sheet = np.zeros(len(plane.quads))
    for index, layer in enumerate(stack.layers):
        region = plane.region[index]
        block = np.where(region == EMPTY, EMPTY, table[index, np.maximum(region, 0)])
        low, high = (np.sign(z - middle) * (1 - np.exp(-kappa * abs(z - middle))) for z in (layer.bottom, layer.top))
        sheet += of_block[block] * (high - low) / kappa
    peak = np.sqrt(2.0) * coarse.flux
    return np.divide(peak, kappa**2 * sheet, out=np.zeros_like(sheet), where=(sheet > 0) & (peak > 0))
