"""Where a plate is no model of a stack, and by how much: air between layers, short parts, soft layers they slide on."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import shapely
from mpi4py import MPI

from meshes.plane import EMPTY
from meshes.plate import PlateMesh
from solver.arrays import Array
from solver.materials.material import Material
from solver.stackup.stack import PlacedRegion
from solver.units import in_percent, to_celsius

_TOUCHING = 1e-9  # of the stack
_SMALL = 0.02  # error from which a part is told of
_SHEAR_LAG = 0.55  # error of the curvature over thickness / length, of stiff dies in compound on glass (docs/plate.md)
_THICK = 0.1  # thickness over the shorter side of the outline ...
_EDGES = (
    2.0  # ... and error of the warpage over its square, of silicon below a resin a hundred times softer (docs/plate.md)
)
_SLIDES = 0.5  # part of the length of a part within which a soft layer passes its stress on
_YZ = 3  # of the stiffness


def no_plate(
    plate: PlateMesh,
    materials: Mapping[str, Material],
    kelvin: float,
    repeating: Collection[str] = (),
    remembers: bool = False,
) -> Iterator[tuple[str, str]]:
    """What is left out of the layers present: what it is about, and in words. Collective.

    Args:
        plate: the layers present.
        materials: of its blocks, by name.
        kelvin: temperature.
        repeating: blocks that act as unit cells, in which layers shear.
        remembers: True if materials do.
    """
    moduli = [materials[block.name].stiffness(np.array([kelvin]))[0, 0, 0] for block in plate.blocks]
    air, stiffer = _air(plate, np.array([*moduli, 0.0]))
    if air > 0.0:
        part = f"on {in_percent(air)} of the area there is air between layers"
        tied = f"it is up to {stiffer:.3g} times as stiff there as layers that bend on their own"
        yield "air", f"plate: {part}, across which a plate holds them together: {tied}; use model `solid`"
    thickness, (x0, y0, x1, y1) = plate.top - plate.bottom, plate.stack.outline.bounds
    ratio = thickness / min(x1 - x0, y1 - y0)
    if ratio > _THICK:
        thick = f"the stack is {in_percent(ratio)} as thick as it is wide"
        edges = "its edges, about a thickness wide, are no plate, and its warpage may be off by up to"
        yield "thickness", f"plate: {thick}; {edges} {in_percent(_EDGES * ratio**2)}: use model `solid`"
    present = {block.name for block in plate.blocks}
    for layer in plate.stack.layers:
        for region in layer.regions:
            name, length = f"{layer.name}/{region.name}", _length(region)
            error = _SHEAR_LAG * thickness / length
            if error > _SMALL and name in present and name not in repeating:
                yield name, _short(name, length, thickness, error, remembers)


def sliding(
    plate: PlateMesh,
    materials: Mapping[str, Material],
    kelvin: float,
    repeating: Collection[str] = (),
    flat: bool = False,
) -> Iterator[tuple[str, str]]:
    """Layers so soft that what is above them moves on them, as of `no_plate`. Collective.

    Stress passes on within sqrt(h / G S_1 S_2 / (S_1 + S_2)), h and G thickness and shear modulus of the soft layer, S
    what layers below and above it resist in their plane (O. Volkersen, Luftfahrtforschung 15, 41, 1938). Where parts
    move by themselves, what is beside them strains in their place, and is born where a plate layer by layer does not
    have it. Where layers do, their outermost strip of that length hardly bends: with x = length / half span, a part
    2 x^2 (1 - 1 / cosh(1 / x)) of the sag is lost.

    Args:
        plate: the layers present.
        materials: of its blocks, by name.
        kelvin: temperature.
        repeating: blocks that act as unit cells, in which parts move.
        flat: True if it is held flat.
    """
    present = sorted((layer for layer in plate.stack.layers if layer.name in plate.layers), key=lambda one: one.bottom)
    resists = _resistances(plate, materials, kelvin)
    x0, y0, x1, y1 = plate.stack.outline.bounds
    for number, soft in enumerate(present[1:-1], 1):
        if soft.name not in materials:
            continue
        flexible = soft.thickness / materials[soft.name].stiffness(np.array([kelvin]))[0, _YZ, _YZ]
        above = present[number + 1]
        decks = [sum(resists[layer.name] for layer in part) for part in (present[:number], present[number + 1 :])]
        lag = float(np.sqrt(flexible * decks[0] * decks[1] / (decks[0] + decks[1])))
        part = 2.0 * lag / min(x1 - x0, y1 - y0)
        lost = 2.0 * part**2 * (1.0 - 1.0 / np.cosh(1.0 / max(part, 0.01)))
        if above.name in materials and lost > _SMALL:
            yield f"{soft.name} slides, {flat}", _strip(above.name, soft.name, lag, None if flat else lost, kelvin)
        for region in above.regions:
            name = f"{above.name}/{region.name}"
            if name in materials and name not in repeating:
                modulus = materials[name].stiffness(np.array([kelvin]))[0, 0, 0]
                own = float(np.sqrt(modulus * above.thickness * flexible))
                if own > _SLIDES * _length(region):
                    yield f"{name} slides", _slides(name, soft.name, own, _length(region))


def _resistances(plate: PlateMesh, materials: Mapping[str, Material], kelvin: float) -> dict[str, float]:
    """Modulus times thickness (N/m) of every layer, mean over its area. Collective."""
    area, found = plate.plane.areas[plate.cell[: plate.owned]], dict[str, float]()
    for index, layer in enumerate(plate.stack.layers):
        sums = np.zeros(2)
        for number, block in enumerate(plate.blocks):
            if block.layer == layer.name:
                here = area[plate.block[index, : plate.owned] == number].sum()
                modulus = materials[block.name].stiffness(np.array([kelvin]))[0, 0, 0]
                sums += here * np.array([modulus * layer.thickness, 1.0])
        total, there = plate.comm.allreduce(sums, MPI.SUM)
        found[layer.name] = float(total / there) if there else 0.0
    return found


def _strip(above: str, soft: str, lag: float, lost: float | None, kelvin: float) -> str:
    off = "" if lost is None else f"up to {in_percent(lost)} of its warpage is not there, and "
    return (
        f"plate: on '{soft}' layers from '{above}' on slide beside the outline, over {1e3 * lag:.3g} mm at "
        f"{to_celsius(kelvin):.4g} degC; a plate does not: {off}parts within that strip stand elsewhere; "
        "use model `solid`"
    )


def _slides(name: str, soft: str, lag: float, length: float) -> str:
    return (
        f"plate: '{name}', {1e3 * length:.3g} mm long, slides on '{soft}', which takes {1e3 * lag:.3g} mm to pass "
        "stress on; layer by layer a plate does not have it where it has moved to, but strained with what is below: "
        "curvatures may be off by half; unit cells have it (`die_field`), and model `solid`"
    )


def _short(name: str, length: float, thickness: float, error: float, remembers: bool) -> str:
    more = "" if not remembers else "; more where a mould that remembers is born around it (recipes: 8 to 58 %)"
    return (
        f"plate: '{name}' is {1e3 * length:.3g} mm long in a stack of {1e3 * thickness:.3g} mm: beside its edges "
        f"layers shear, which a plate does not, and curvatures may be off by up to "
        f"{in_percent(error)}{more}; model `solid` has it"
    )


def _air(plate: PlateMesh, moduli: Array) -> tuple[float, float]:
    """Part of the area where a layer stands above air, and how much stiffer the plate is there at most.

    Args:
        plate: the layers present.
        moduli: (blocks + 1,) of its blocks (Pa), and of nothing.
    """
    stack, block = plate.stack, plate.block[:, : plate.owned]
    order = np.array(sorted(range(len(stack.layers)), key=lambda index: stack.layers[index].bottom))
    columns, of = np.unique(block[order], axis=1, return_inverse=True)
    gap, stiffer = np.zeros(columns.shape[1], dtype=bool), 1.0
    for number, column in enumerate(columns.T):
        decks = list[list[Array]]()
        for index, one in zip(order[column != EMPTY], column[column != EMPTY], strict=True):
            layer = stack.layers[index]
            if not decks or layer.bottom - decks[-1][-1][2] > _TOUCHING * stack.thickness:
                decks.append([])
            decks[-1].append(np.array([moduli[one], layer.bottom, layer.top]))
        gap[number] = len(decks) > 1
        if gap[number]:
            tied = _bending(np.concatenate([np.array(deck) for deck in decks]))
            stiffer = max(stiffer, tied / sum(_bending(np.array(deck)) for deck in decks))
    area = plate.plane.areas[plate.cell[: plate.owned]]
    with_air, whole = plate.comm.allreduce(np.array([area[gap[of.ravel()]].sum(), area.sum()]), MPI.SUM)
    return float(with_air / whole), float(plate.comm.allreduce(stiffer, MPI.MAX))


def _bending(layers: Array) -> float:
    """Bending stiffness per width (N m) about its neutral axis of layers (n, 3): modulus, lower and upper face."""
    modulus, low, high = layers.T
    a, b, d = (float((modulus * (high**k - low**k)).sum()) / k for k in (1, 2, 3))
    return d - b * b / a


def _length(region: PlacedRegion) -> float:
    """Shorter side (m) of the smallest of its places."""
    bounds = shapely.bounds(np.array(region.polygons))
    return float((bounds[:, 2:] - bounds[:, :2]).min())
