"""Where a plate is no model of a stack, and by how much: air between layers, parts not much longer than it is thick."""

from collections.abc import Collection, Iterator

import numpy as np
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.stackup.stack import PlacedRegion
from solver.units import in_percent

_TOUCHING = 1e-9  # of the stack
_SMALL = 0.02  # error from which a part is told of
_SHEAR_LAG = 0.55  # error of the curvature over thickness / length, of stiff dies in compound on glass (docs/plate.md)
_THICK = 0.1  # thickness over the shorter side of the outline


def no_plate(plate: PlateMesh, repeating: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """What is left out of the layers present: what it is about, and in words. Collective.

    Args:
        plate: the layers present.
        repeating: blocks that act as unit cells, in which layers shear.
    """
    air = _air(plate)
    if air > 0.0:
        part = f"on {in_percent(air)} of the area there is air between layers"
        yield "air", f"plate: {part}, across which a plate holds them together; use model `solid`"
    thickness, (x0, y0, x1, y1) = plate.top - plate.bottom, plate.stack.outline.bounds
    ratio = thickness / min(x1 - x0, y1 - y0)
    if ratio > _THICK:
        thick = f"the stack is {in_percent(ratio)} as thick as it is wide"
        yield "thickness", f"plate: {thick}; its edges, about a thickness wide, are no plate: use model `solid`"
    present = {block.name for block in plate.blocks}
    for layer in plate.stack.layers:
        for region in layer.regions:
            name, length = f"{layer.name}/{region.name}", _length(region)
            error = _SHEAR_LAG * thickness / length
            if error > _SMALL and name in present and name not in repeating:
                yield name, _short(name, length, thickness, error)


def _short(name: str, length: float, thickness: float, error: float) -> str:
    return (
        f"plate: '{name}' is {1e3 * length:.3g} mm long in a stack of {1e3 * thickness:.3g} mm: beside its edges "
        f"layers shear, which a plate does not, and curvatures may be off by up to "
        f"{in_percent(error)}; model `solid` has it"
    )


def _air(plate: PlateMesh) -> float:
    """Part of the area where a layer stands above air."""
    stack, block = plate.stack, plate.block[:, : plate.owned]
    order = sorted(range(len(stack.layers)), key=lambda index: stack.layers[index].bottom)
    top = np.full(plate.owned, np.nan)
    gap = np.zeros(plate.owned, dtype=bool)
    for index in order:
        there = block[index] != EMPTY
        gap |= there & (stack.layers[index].bottom - top > _TOUCHING * stack.thickness)
        top[there] = stack.layers[index].top
    area = plate.plane.areas[plate.keys]
    with_air, whole = plate.comm.allreduce(np.array([area[gap].sum(), area.sum()]), MPI.SUM)
    return float(with_air / whole)


def _length(region: PlacedRegion) -> float:
    """Shorter side (m) of the smallest of its places."""
    bounds = np.array([one.bounds for one in region.polygons])
    return float((bounds[:, 2:] - bounds[:, :2]).min())
