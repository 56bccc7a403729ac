"""Thermal interfaces between layers as cells so thin that they have no height: a jump of temperature, exactly.

Across such a cell of height e with conductivity e / R through it and none along it, heat flux is (T_below - T_above) /
R in every point of the plane, whatever e. All layers keep their thickness; what lies above an interface is e higher.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meshes.extrude import StackMesh, inside
from meshes.plane import EMPTY, PlaneMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.geometry import MaterialChoice
from solver.errors import CaseError
from solver.stackup.fillets import PlacedFillet, layer_on
from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp

JOINED = "joined"  # where layers touch beside an interface of the same level
_HEIGHT = 1e-7  # of the stack
_NEAR = 1e-9  # of a height: the same


@dataclass(frozen=True)
class ThermalInterface:
    """What resists between two layers or regions that touch, in either order (W/m^2/K)."""

    between: tuple[str, str]
    conductance: float

    @property
    def name(self) -> str:
        """Both sides in words: `die | lid`."""
        return f"{self.between[0]} | {self.between[1]}"


def present(stack: StackUp, plane: PlaneMesh, parts: Collection[str] | None) -> tuple[StackUp, PlaneMesh]:
    """The stack and its plane mesh with what is present alone, in the order of heights.

    Args:
        stack: the stack-up.
        plane: its plane mesh.
        parts: names of the blocks present; None: all.
    """
    if parts is None:
        return stack, plane
    here = [i for i, layer in enumerate(stack.layers) if any(block in parts for block in layer.blocks)]
    here.sort(key=lambda index: stack.layers[index].bottom)
    region = plane.region.copy()
    for index in here:
        layer = stack.layers[index]
        own = [layer.name, *(f"{layer.name}/{one.name}" for one in layer.regions)]
        absent = [number for number, block in enumerate(own) if block not in parts]
        region[index, np.isin(region[index], absent)] = EMPTY
        if layer.name not in parts:
            region[index, region[index] > len(layer.regions)] = EMPTY  # classes of a copper map
    region[:, ~inside(stack, plane)] = EMPTY
    classes = tuple(plane.classes[index] for index in here) if plane.classes else ()
    layers = tuple(stack.layers[index] for index in here)
    return replace(stack, layers=layers), replace(plane, region=region[here], classes=classes)


def split(
    stack: StackUp, plane: PlaneMesh, interfaces: Sequence[ThermalInterface], section: str = "thermal.interfaces"
) -> tuple[StackUp, PlaneMesh]:
    """The stack with a layer of thin cells at every level that has an interface, and the plane mesh that knows it.

    Args:
        stack: the stack-up.
        plane: its mesh.
        interfaces: what resists.
        section: of the case file, for messages.

    Raises:
        CaseError: two that do not touch.
    """
    height = _HEIGHT * stack.thickness
    layers: list[PlacedLayer] = []
    regions: list[Integers] = []
    classes: list[tuple[MaterialChoice, ...]] = []
    found = np.zeros(len(interfaces), dtype=bool)
    for index, layer in enumerate(stack.layers):
        shift = len(layers) - index
        layers.append(replace(layer, bottom=layer.bottom + shift * height, top=layer.top + shift * height))
        regions.append(plane.region[index])
        classes.append(plane.classes[index] if plane.classes else ())
        if index + 1 == len(stack.layers):
            break
        both = (plane.region[index] != EMPTY) & (plane.region[index + 1] != EMPTY)
        number = np.where(both, 1, EMPTY).astype(np.int32)  # the first region: joined
        for place, interface in enumerate(interfaces):
            here = both & between(stack, plane, index, interface.between)
            _beside_fillets(stack, plane.centroids[here], layer.top, interface, section)
            number[here] = 2 + place
            found[place] |= here.any()
        if (number > 1).any():
            names = [JOINED, *(interface.name for interface in interfaces)]
            parts = tuple(PlacedRegion(name, name, ()) for name in names)
            bottom = layers[-1].top
            layers.append(
                PlacedLayer(f"interface on {layer.name}", bottom, bottom + height, 1, None, parts, interface=True)
            )
            regions.append(number)
            classes.append(())
    for place in np.flatnonzero(~found):
        one, other = interfaces[place].between
        raise CaseError(f"{section}: '{one}' and '{other}' do not touch anywhere")
    fillets = tuple(_raised(one, stack, layers) for one in stack.fillets)
    planes = replace(plane, region=np.array(regions), classes=tuple(classes))
    return replace(stack, layers=tuple(layers), fillets=fillets), planes


def _beside_fillets(stack: StackUp, middles: Array, level: float, interface: ThermalInterface, section: str) -> None:
    """Thin cells are as thin as others of their layer: not where a fillet slants them."""
    for one in stack.fillets:
        if one.bottom * (1 + _NEAR) < level < max(one.top, one.above) * (1 - _NEAR) and one.moves(middles).any():
            rule = (
                f"'{interface.name}' runs through fillet '{one.name}', which slants the layers: name the regions inside"
            )
            raise CaseError(f"{section}: {rule}")


def _raised(one: PlacedFillet, stack: StackUp, layers: Sequence[PlacedLayer]) -> PlacedFillet:
    """A fillet between the heights its layers have now."""
    now = {layer.name: layer for layer in layers}
    top = now[one.layers[-1]].top
    upper = None if one.above == one.top else layer_on(one, stack.layers)
    return replace(one, bottom=now[one.layers[0]].bottom, top=top, above=top if upper is None else now[upper.name].top)


def between(stack: StackUp, plane: PlaneMesh, index: int, names: tuple[str, str]) -> Mask:
    """(plane cells,) where a layer and the one above it are the two that are named."""
    one, other = names
    below, above = index, index + 1
    upright = _is(stack, plane, below, one) & _is(stack, plane, above, other)
    return upright | (_is(stack, plane, below, other) & _is(stack, plane, above, one))


def _is(stack: StackUp, plane: PlaneMesh, index: int, name: str) -> Mask:
    """(plane cells,) where a region of a layer has that name, or the layer, if no region of it has."""
    layer = stack.layers[index]
    numbers = [
        number
        for number, region in enumerate(layer.regions, start=1)
        if name in (region.name, f"{layer.name}/{region.name}")
    ]
    return np.isin(plane.region[index], numbers) if numbers else np.full(plane.region.shape[1], layer.name == name)


def same_cells(mesh: StackMesh, split_mesh: StackMesh) -> tuple[Integers, Integers]:
    """Owned cells of a mesh, and the same cells of the mesh of its split stack: both share columns alike."""
    names = [layer.name for layer in mesh.stack.layers]
    of_split = np.array([names.index(one.name) if not one.interface else -1 for one in split_mesh.stack.layers])
    layer = of_split[split_mesh.layer_of]
    kept = np.flatnonzero(layer >= 0)
    return _in_order(mesh, mesh.layer_of, np.arange(len(mesh.block))), _in_order(split_mesh, layer[kept], kept)


def original_keys(mesh: StackMesh) -> Integers:
    """(owned cells,) `keys` of the same cells in the mesh without interfaces; -1 for the cells of interfaces."""
    layers = mesh.stack.layers
    cells = np.array([layer.cells for layer in layers])
    kept = np.array([0 if layer.interface else layer.cells for layer in layers])
    place = mesh.interval - (np.cumsum(cells) - cells)[mesh.layer_of] + (np.cumsum(kept) - kept)[mesh.layer_of]
    keys = mesh.columns * int(kept.sum()) + place
    return np.where(kept[mesh.layer_of] > 0, keys, -1)


def _in_order(mesh: StackMesh, layer: Integers, cells: Integers) -> Integers:
    """Cells column by column, layer by layer, from the bottom up."""
    z = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[cells, 0], 2]
    return cells[np.lexsort((z, layer, mesh.column[cells]))]
