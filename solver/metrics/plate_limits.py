"""Where a plate is no model of a stack, and by how much: air between layers, short parts, soft layers they slide on."""

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

import numpy as np
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.materials.material import Material
from solver.stackup.stack import PlacedRegion
from solver.units import in_percent

_TOUCHING = 1e-9  # of the stack
_SMALL = 0.02  # error from which a part is told of
_SHEAR_LAG = 0.55  # error of the curvature over thickness / length, of stiff dies in compound on glass (docs/plate.md)
_THICK = 0.1  # thickness over the shorter side of the outline
_SLIDES = 0.5  # part of the length of a part within which a soft layer passes its stress on
_YZ = 3  # of the stiffness


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


def sliding(plate: PlateMesh, materials: Mapping[str, Material], temperatures: Array) -> Iterator[tuple[str, str]]:
    """Parts on a layer so soft that they move apart on it, as of `no_plate`.

    Stress passes into a part within sqrt(E t h / G), E and t modulus and thickness of the part, G and h of the soft
    layer (O. Volkersen, Luftfahrtforschung 15, 41, 1938). What is born between such parts is born where a plate does
    not have it.

    Args:
        plate: the layers present.
        materials: of its blocks, by name.
        temperatures: at which moduli are looked at (K).
    """
    present = sorted((layer for layer in plate.stack.layers if layer.name in plate.layers), key=lambda one: one.bottom)
    for soft, layer in pairwise(present):
        if soft.name not in materials:
            continue
        shear = materials[soft.name].stiffness(temperatures)[..., _YZ, _YZ].min()
        for region in layer.regions:
            name = f"{layer.name}/{region.name}"
            if name not in materials:
                continue
            modulus = materials[name].stiffness(temperatures)[..., 0, 0].max()
            lag = float(np.sqrt(modulus * layer.thickness * soft.thickness / shear))
            if lag > _SLIDES * _length(region):
                yield f"{name} slides", _slides(name, soft.name, lag, _length(region))


def _slides(name: str, soft: str, lag: float, length: float) -> str:
    return (
        f"plate: '{name}', {1e3 * length:.3g} mm long, slides on '{soft}', which takes {1e3 * lag:.3g} mm to pass "
        "stress on; a plate does not have it where it has moved to, and what is born beside it bends the stack "
        "otherwise: use model `solid`"
    )


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
    area = plate.plane.areas[plate.cell[: plate.owned]]
    with_air, whole = plate.comm.allreduce(np.array([area[gap].sum(), area.sum()]), MPI.SUM)
    return float(with_air / whole)


def _length(region: PlacedRegion) -> float:
    """Shorter side (m) of the smallest of its places."""
    bounds = np.array([one.bounds for one in region.polygons])
    return float((bounds[:, 2:] - bounds[:, :2]).min())
