"""What a case must satisfy beyond the types of its keys: names that exist, layers that are built, regions that fit."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from solver.arrays import Array, Integers
from solver.case.geometry import MaterialChoice
from solver.case.models import Case
from solver.case.rules import brittle as brittle_rules
from solver.case.rules import cohesive as cohesive_rules
from solver.case.rules import delamination as delamination_rules
from solver.case.rules import displaced as displaced_rules
from solver.case.rules import electric as electric_rules
from solver.case.rules import figure as figure_rules
from solver.case.rules import fillets as fillet_rules
from solver.case.rules import force as force_rules
from solver.case.rules import heat as heat_rules
from solver.case.rules import hybrid_bonds as hybrid_bond_rules
from solver.case.rules import keep_out as keep_out_rules
from solver.case.rules import life as life_rules
from solver.case.rules import mirror as mirror_rules
from solver.case.rules import process as process_rules
from solver.case.rules import reduction as reduction_rules
from solver.case.rules import report as report_rules
from solver.case.rules import settling as settling_rules
from solver.case.rules import singularity as singularity_rules
from solver.case.rules import size as size_rules
from solver.case.rules import submodel as submodel_rules
from solver.case.rules import thermal as thermal_rules
from solver.case.rules import via_landing as via_landing_rules
from solver.case.rules.process import gravities, is_layer, unique
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.layout import side_file
from solver.materials import library
from solver.materials.curve import ROOM
from solver.materials.material import MaterialError
from solver.stackup.shapes import outline_of
from solver.stackup.stack import MIRRORS, PlacedLayer, StackUp, mirrors_itself
from solver.units import FilmStress

_REPEATED_AREA = 1e-9  # of the smaller region: what rounding leaves where two regions touch


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    unique((layer.name for layer in case.geometry.layers), ("geometry", "layers"), "layer", text)
    fillet_rules.check(case, text)
    for i, layer in enumerate(case.geometry.layers):
        unique((r.name for r in layer.regions), ("geometry", "layers", i, "regions"), "region", text)
    _in_one_piece(case, text)
    _tapers(case, text)
    _materials(case, text)
    delamination_rules.check(case, text)
    cohesive_rules.check(case, text)
    mirror_rules.check(case, text)
    process_rules.check(case, text)
    force_rules.check(case, text)
    displaced_rules.check(case, text)
    _vias(case, text)
    thermal_rules.check(case, text)
    _reaction(case, text)
    figure_rules.check(case, text)
    electric_rules.check(case, text)
    reduction_rules.check(case, text)
    report_rules.check(case, text)
    via_landing_rules.check(case, text)
    settling_rules.check(case, text)
    singularity_rules.check(case, text)
    life_rules.check(case, text)
    brittle_rules.check(case, text)
    keep_out_rules.check(case, text)
    hybrid_bond_rules.check(case, text)
    submodel_rules.check(case, text)
    size_rules.check(case, text)


def _tapers(case: Case, text: Source) -> None:
    """Layers that taper do so alike on both sides of a mirror plane, in a stack where none takes another's place."""
    mirrors, layers = MIRRORS[case.geometry.symmetry], case.geometry.layers
    instead = next((layer for layer in layers if layer.instead), None)
    for i, layer in enumerate(layers):
        if layer.taper is None:
            continue
        loc: Loc = ("geometry", "layers", i, "taper")
        for axis, rise in enumerate((layer.taper.x, layer.taper.y)):
            if axis in mirrors and rise:
                one = "xy"[axis]
                raise text.error((*loc, one), f"a wedge along {one} is not symmetric about {one} = 0; see `symmetry`")
        if instead is not None:
            raise text.error(loc, f"layer '{instead.name}' takes the place of others, which stands on even layers only")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about shapes: valid polygons, regions inside the outline, no overlap, true symmetry.

    Raises:
        CaseError: the first rule that is broken.
    """
    outline_loc: Loc = ("geometry", "outline")
    if not stack.outline.is_valid or stack.outline.area <= 0:
        raise text.error(outline_loc, "the outline crosses itself or has no area")
    if stack.modelled.geom_type != "Polygon" or stack.modelled.area * stack.multiplicity < 1e-6 * stack.outline.area:
        raise text.error(outline_loc, "the symmetry planes through the origin do not cut the outline into equal parts")
    fillet_rules.check_stack(case, stack, text)
    for i, layer in enumerate(stack.layers):
        _regions_fit(stack, layer, ("geometry", "layers", i, "regions"), text)
    process_rules.check_stack(case, stack, text)
    delamination_rules.check_stack(case, stack, text)
    force_rules.check_stack(case, stack, text)
    displaced_rules.check_stack(case, stack, text)
    _density_of_smeared(case, stack, text)
    _patches_fit(stack, text)
    heat_rules.check(case, stack, text)
    report_rules.check_stack(case, stack, text)
    figure_rules.check_stack(case, stack, text)
    electric_rules.check_stack(case, stack, text)
    for axis in stack.mirrors:
        _symmetric(case, stack, axis, text)
        _axes_are_symmetric(case, stack, axis, text)


def _in_one_piece(case: Case, text: Source) -> None:
    """Holes leave one piece of the outline."""
    left = outline_of(case.geometry.outline, None)
    if case.geometry.outline.holes and left.geom_type != "Polygon":
        raise text.error(("geometry", "outline", "holes"), "the holes cut the outline in pieces")
    if left.is_empty:
        raise text.error(("geometry", "outline", "holes"), "the holes leave nothing of the outline")


def _materials(case: Case, text: Source) -> None:
    for name in case.materials:
        _resolve(name, ("materials", name), case, text)
    for number, bead in enumerate(case.geometry.fillets):
        _known(bead.material, ("geometry", "fillets", number, "material"), case, text)
    for i, layer in enumerate(case.geometry.layers):
        _known(layer.material, ("geometry", "layers", i, "material"), case, text, layer.stress)
        if layer.copper_map is not None:
            loc: Loc = ("geometry", "layers", i, "copper_map")
            _known(layer.copper_map.mixture(0.5, layer.copper_map.along), loc, case, text)
            _readable(layer.copper_map.file, loc, text)
        for j, region in enumerate(layer.regions):
            loc = ("geometry", "layers", i, "regions", j, "material")
            _known(region.material, loc, case, text, region.stress)


def _reaction(case: Case, text: Source) -> None:
    """Where heat is to cure something, something cures."""
    if case.analysis.transient is None or not case.analysis.transient.reaction:
        return
    choices = [layer.material for layer in case.geometry.layers]
    choices += [region.material for layer in case.geometry.layers for region in layer.regions]
    memories = [library.resolve(one, case.materials).inelastic for one in choices if one is not None]
    if not any(memory is not None and memory.reaction is not None for memory in memories):
        rule = "no material of the stack has a heat of reaction: give one `cure: {enthalpy: ...}`"
        raise text.error(("analysis", "transient", "reaction"), rule)


def _readable(file: Path, loc: Loc, text: Source) -> None:
    reason = side_file.obstacle(text.directory, file)
    if reason is not None:
        raise text.error(loc, reason)


def _known(choice: MaterialChoice | None, loc: Loc, case: Case, text: Source, stress: FilmStress = None) -> None:
    if choice is not None:
        _resolve(choice, loc, case, text, stress)


def _resolve(choice: Any, loc: Loc, case: Case, text: Source, stress: FilmStress = None) -> None:
    try:
        material = library.resolve(choice, case.materials).with_stress(stress)
        if case.electric is not None and material.axes is not None and material.has("electrical_resistivity"):
            material.resistivity(ROOM)  # raises what no current flows through
    except MaterialError as error:
        key = (error.key,) if error.key and loc[0] == "materials" else ()
        hint = _hides(error.material if key else "", case)
        raise text.error((*loc, *key), f"{error.rule}{hint}" if key else str(error)) from None
    in_time = case.thermal is not None and bool(case.analysis.transient or case.analysis.impedance)
    needed = (
        (["thermal_conductivity"] if case.thermal else [])
        + (["specific_heat"] if in_time else [])
        + (["youngs_modulus", "poisson_ratio", "thermal_expansion"] if case.process else [])
    )
    if in_time or (case.process is not None and any(gravities(case.process))):
        needed.append("density")
    missing = [key for key in needed if not material.has(key)]
    if missing and loc[0] != "materials":
        lacks = f"the material has no {', '.join(missing)}, which this case needs; give it under `materials`"
        raise text.error(loc, lacks + _hides(choice, case))


def _hides(name: Any, case: Case) -> str:
    """What is said of a material that stands in front of one of the library, whose data it does not take over."""
    own = case.materials.get(name) if isinstance(name, str) else None
    if own is None or getattr(own, "base", name) is not None or name not in library.names():
        return ""
    return f"; `base: {name}` takes from the library what the case does not say"


def _vias(case: Case, text: Source) -> None:
    """The array that `vias` names is there."""
    if case.vias is None:
        return
    layers = {layer.name: layer for layer in case.geometry.layers}
    if case.vias.layer is not None:
        is_layer(case.vias.layer, list(layers), ("vias", "layer"), text)
    chosen = [layers[case.vias.layer]] if case.vias.layer is not None else list(layers.values())
    regions = sorted({region.name for layer in chosen for region in layer.regions})
    if case.vias.region is not None and case.vias.region not in regions:
        raise text.error(
            ("vias", "region"), f"there is no region '{case.vias.region}'; {nearest(case.vias.region, regions)}"
        )
    for key in ("pitch", "diameter", "plating"):
        for i, value in enumerate(getattr(case.vias, key)):
            if value <= 0:
                raise text.error(("vias", key, i), "lengths must be positive")


def _regions_fit(stack: StackUp, layer: PlacedLayer, loc: Loc, text: Source) -> None:
    if not layer.regions:
        return
    for j, region in enumerate(layer.regions):
        if not region.polygons:
            raise text.error((*loc, j), f"region '{region.name}' has no area: nothing is left of its shape")
    room = stack.outline.buffer(1e-9 * stack.span)
    shapely.prepare(room)
    polygons = np.array([polygon for region in layer.regions for polygon in region.polygons])
    owner = np.repeat(np.arange(len(layer.regions)), [len(region.polygons) for region in layer.regions])
    for index in np.flatnonzero(~shapely.is_valid(polygons)):
        raise text.error((*loc, int(owner[index]), "shape"), "the polygon crosses itself")
    for index in np.flatnonzero(shapely.get_type_id(polygons) != 3):
        raise text.error((*loc, int(owner[index]), "shape"), "the hole cuts the shape in two")
    for index in np.flatnonzero(~shapely.covers(room, polygons)):
        message = f"the region at {_place(polygons[index])} reaches outside the outline{_smeared(layer, owner[index])}"
        raise text.error((*loc, int(owner[index])), message)
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    least = _REPEATED_AREA * np.minimum(shapely.area(polygons[one]), shapely.area(polygons[other]))
    near = _boxes_share(polygons, one, other) > least
    one, other, least = one[near], other[near], least[near]
    common = shapely.area(shapely.intersection(polygons[one], polygons[other]))
    for pair in np.flatnonzero(common > least):
        first, second = layer.regions[owner[one[pair]]].name, layer.regions[owner[other[pair]]].name
        message = f"region '{second}' at {_place(polygons[other[pair]])} overlaps region '{first}'"
        message += _smeared(layer, owner[one[pair]], owner[other[pair]])
        message += "; `fill: true` makes a region leave room for the others"
        raise text.error((*loc, int(owner[other[pair]])), message)


def _boxes_share(polygons: Array, one: Integers, other: Integers) -> Array:
    """Area common to the boxes around pairs of polygons (m^2): they have no more, and it takes no time."""
    bounds = shapely.bounds(polygons)
    sides = np.minimum(bounds[one, 2:], bounds[other, 2:]) - np.maximum(bounds[one, :2], bounds[other, :2])
    return np.asarray(np.maximum(sides, 0.0).prod(axis=1))


def _smeared(layer: PlacedLayer, *numbers: int) -> str:
    if any(layer.regions[number].smeared for number in numbers):
        return "; an array below mesh.homogenise_below takes its pitch cells"
    return ""


def _density_of_smeared(case: Case, stack: StackUp, text: Source) -> None:
    """A density of power belongs to the parts of an array, not to its pitch cells."""
    smeared = {(layer.name, region.name) for layer in stack.layers for region in layer.regions if region.smeared}
    for i, source in enumerate(case.thermal.power if case.thermal else []):
        if source.density is not None and any(
            source.region == region and source.layer in (None, layer) for layer, region in smeared
        ):
            message = "the array is below mesh.homogenise_below and takes its pitch cells; give `total`"
            raise text.error(("thermal", "power", i, "density"), message)


def _patches_fit(stack: StackUp, text: Source) -> None:
    """Patches of boundaries inside the outline, and as symmetric as the model."""
    for i, patch in enumerate(stack.patches):
        loc: Loc = ("thermal", "boundaries", i, "shape")
        if not patch:
            continue
        union = shapely.unary_union(list(patch))
        if not shapely.covers(stack.outline.buffer(1e-9 * stack.span), union):
            raise text.error(loc, f"the patch at {_place(union)} reaches outside the outline")
        for axis in stack.mirrors:
            if not mirrors_itself(patch, axis, 1e-9 * stack.outline.area):
                raise text.error(loc, f"the patch is not symmetric about {'xy'[axis]} = 0; use a symmetry it has")


def _place(polygon: shapely.Polygon) -> str:
    x, y = np.round(1e3 * np.asarray(polygon.centroid.coords[0]), 6) + 0.0
    return f"({x:.6g}, {y:.6g}) mm"


def _symmetric(case: Case, stack: StackUp, axis: int, text: Source) -> None:
    loc: Loc = ("geometry", "symmetry")
    plane = "xy"[axis]
    tolerance = 1e-9 * stack.outline.area
    for i, layer in enumerate(stack.layers):
        if layer.copper is not None and not layer.copper.mirrors_itself(axis):
            message = f"the map is not symmetric about {plane} = 0, but the model is; use a symmetry it has"
            raise text.error(("geometry", "layers", i, "copper_map"), message)
    if not mirrors_itself([stack.outline], axis, tolerance):
        raise text.error(loc, f"the outline is not symmetric about {plane} = 0")
    sourced = {(s.layer, s.region) for s in (case.thermal.power if case.thermal else []) if s.region}
    for layer in stack.layers:
        by_material: dict[str, list[Any]] = {}
        for region in layer.regions:
            by_material.setdefault(repr(region.material), []).append(region)
        for group in by_material.values():
            if not mirrors_itself([polygon for region in group for polygon in region.polygons], axis, tolerance):
                names = ", ".join(f"'{region.name}'" for region in group)
                raise text.error(
                    loc,
                    f"region {names} of layer '{layer.name}' is not symmetric about {plane} = 0; use a symmetry it has",
                )
        for region in layer.regions:
            heated = (layer.name, region.name) in sourced or (None, region.name) in sourced
            if heated and not mirrors_itself(region.polygons, axis, tolerance):
                raise text.error(loc, f"the power of region '{region.name}' is not symmetric about {plane} = 0")


def _axes_are_symmetric(case: Case, stack: StackUp, axis: int, text: Source) -> None:
    """Materials that lie turned are twisted by what a mirror plane would hold."""
    for layer in stack.layers:
        for choice in (layer.material, *(region.material for region in layer.regions)):
            axes = None if choice is None else library.resolve(choice, case.materials).axes
            if axes is None or axes.mirrors_itself(axis):
                continue
            named = f"'{choice}'" if isinstance(choice, str) else f"of layer '{layer.name}'"
            message = (
                f"material {named} lies turned ({axes}), not symmetric about {'xy'[axis]} = 0; use a symmetry it has"
            )
            raise text.error(("geometry", "symmetry"), message)
