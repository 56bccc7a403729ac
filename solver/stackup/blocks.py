"""Blocks of floorplans that are of a material of their own: regions of the layers the floorplans lie in."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import shapely

from solver.case.files import SideFiles
from solver.case.geometry import MaterialChoice
from solver.case.models import Case
from solver.case.source import Source
from solver.case.thermal import PowerSource
from solver.case.yaml_text import Loc
from solver.errors import CaseError
from solver.layout.floorplans.block import Block, Properties, placed
from solver.materials import library
from solver.materials.material import MaterialError
from solver.materials.spec import MaterialSpec
from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp

_PRECISION = 1e-12  # m
_NOTHING = 1e-6  # of a block: what rounding leaves of what it covers
_POLYGON = 3  # type of geometry in Shapely


def with_materials(case: Case, files: SideFiles, text: Source) -> Case:
    """The case with the materials of blocks that are known by heat capacity and resistivity.

    Everything else of such a material is that of the layer or region around the block.

    Raises:
        CaseError: that is a mixture or has no density, or a block names a material that is not there.
    """
    added: dict[str, MaterialSpec] = {}
    for loc, source, around in _sources(case):
        for block in files.floorplan(source)[1]:
            try:
                if isinstance(block.material, Properties):
                    added[_name(block.material, around)] = _spec(case, block.material, around)
                elif block.material is not None:
                    library.resolve(block.material, case.materials)
            except MaterialError as error:
                raise text.error(loc, f"line {block.line}: block '{block.name}': {error}") from None
    return case.model_copy(update={"materials": {**case.materials, **added}}) if added else case


def cut(case: Case, stack: StackUp, files: SideFiles) -> StackUp:
    """The stack-up with the blocks that have a material of their own cut into its layers.

    Raises:
        CaseError: a layer with regions has such blocks all over it.
    """
    found = {layer.name: layer for layer in stack.layers}
    for _, source, _ in _sources(case):
        path, blocks = files.floorplan(source)
        own = [block for block in blocks if block.material is not None]
        for name in [name for name in found if source.layer in (None, name)] if own else ():
            layer = found[name]
            if source.region is not None:
                regions = [_in_region(one, own) if one.name == source.region else [one] for one in layer.regions]
                found[name] = replace(layer, regions=tuple(part for parts in regions for part in parts))
            elif layer.regions:
                raise CaseError(f"{path}: blocks with a material in layer '{name}', which has regions; name the region")
            else:
                found[name] = replace(layer, regions=_in_layer(layer, stack.outline, own))
    return replace(stack, layers=tuple(found.values()))


def _sources(case: Case) -> Iterator[tuple[Loc, PowerSource, MaterialChoice | None]]:
    """Floorplans, and the material each lies in."""
    for i, source in enumerate(case.thermal.power if case.thermal is not None else ()):
        if source.floorplan is None:
            continue
        layers = [layer for layer in case.geometry.layers if source.layer in (None, layer.name)]
        around = layers[0].material if source.region is None else None
        for layer in layers if source.region is not None else ():
            around = next((one.material for one in layer.regions if one.name == source.region), around)
        yield ("thermal", "power", i, "floorplan"), source, around


def _spec(case: Case, given: Properties, around: MaterialChoice | None) -> MaterialSpec:
    if not isinstance(around, str):
        raise MaterialError("the block", "", "its heat capacity and resistivity go with a plain material around it")
    base = library.resolve(around, case.materials)
    if not base.has("density"):
        raise MaterialError(around, "density", "has none, which the heat capacity of the block needs")
    return MaterialSpec.model_validate({
        "base": around, "thermal_conductivity": f"{given.conductivity!r} W/m/K",
        "specific_heat": f"{given.capacity / base.density!r} J/kg/K",
    })  # fmt: skip


def _name(given: Properties, around: MaterialChoice | None) -> str:
    return f"{around} with {given.conductivity:.6g} W/m/K, {given.capacity:.6g} J/m3/K"


def _choice(block: Block, around: MaterialChoice | None) -> MaterialChoice:
    assert block.material is not None
    return _name(block.material, around) if isinstance(block.material, Properties) else block.material


def _in_region(region: PlacedRegion, blocks: list[Block]) -> list[PlacedRegion]:
    """A region in parts that all have its name: what the blocks leave of it, then one for each of their materials."""
    by_material: dict[MaterialChoice, list[shapely.Polygon]] = {}
    for block, polygons in zip(blocks, placed(blocks, region.polygons), strict=True):
        by_material.setdefault(_choice(block, region.material), []).extend(polygons)
    left = _left(region.polygons, [one for polygons in by_material.values() for one in polygons])
    parts = [(region.material, left)] if left else []
    parts += [(material, _joined(polygons)) for material, polygons in by_material.items()]
    return [
        replace(region, material=material, polygons=polygons, places=() if number else region.polygons)
        for number, (material, polygons) in enumerate(parts)
    ]


def _in_layer(layer: PlacedLayer, outline: shapely.Polygon, blocks: list[Block]) -> tuple[PlacedRegion, ...]:
    """The blocks of a layer without regions, each a region with its name."""
    rectangles = placed(blocks, (outline,))
    return tuple(
        PlacedRegion(block.name, _choice(block, layer.material), _joined(polygons))
        for block, polygons in zip(blocks, rectangles, strict=True)
    )


def _joined(polygons: Iterable[shapely.Polygon]) -> tuple[shapely.Polygon, ...]:
    return tuple(shapely.get_parts(shapely.union_all(list(polygons), grid_size=_PRECISION)))


def _left(places: tuple[shapely.Polygon, ...], taken: list[shapely.Polygon]) -> tuple[shapely.Polygon, ...]:
    """What blocks leave of the places they lie in."""
    covered = shapely.union_all(taken, grid_size=_PRECISION)
    pieces = shapely.get_parts(shapely.difference(np.array(places, dtype=object), covered, grid_size=_PRECISION))
    pieces = pieces[shapely.get_type_id(pieces) == _POLYGON]
    return tuple(pieces[shapely.area(pieces) > _NOTHING * min(one.area for one in taken)])
