"""What a case must satisfy beyond the types of its keys: names that exist, layers that are built, regions that fit."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from shapely.affinity import scale

from solver.case.geometry import MaterialChoice
from solver.case.models import Case
from solver.case.process import Pins
from solver.case.section import nearest
from solver.case.source import Loc, Source
from solver.case.stack import PlacedLayer, StackUp
from solver.case.thermal import FilmMap
from solver.case.waveform import TemperatureCourse
from solver.materials import library
from solver.materials.material import MaterialError

_REPEATED_AREA = 1e-9  # of the smaller region: what rounding leaves where two regions touch


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    _unique((layer.name for layer in case.geometry.layers), ("geometry", "layers"), "layer", text)
    for i, layer in enumerate(case.geometry.layers):
        _unique((r.name for r in layer.regions), ("geometry", "layers", i, "regions"), "region", text)
    _materials(case, text)
    _process(case, text)
    _weight(case, text)
    _thermal(case, text)
    if case.analysis.model == "laminate":
        _laminate(case, text)


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
    for i, layer in enumerate(stack.layers):
        _regions_fit(stack, layer, ("geometry", "layers", i, "regions"), text)
    _supported(case, stack, text)
    _patches_fit(stack, text)
    for axis in stack.mirrors:
        _symmetric(case, stack, axis, text)


def _unique(names: Iterable[str], loc: Loc, what: str, text: Source) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise text.error((*loc, index, "name"), f"two {what}s are called '{name}'; names must differ")
        seen.add(name)


def _materials(case: Case, text: Source) -> None:
    for name in case.materials:
        _resolve(name, ("materials", name), case, text)
    for i, layer in enumerate(case.geometry.layers):
        _known(layer.material, ("geometry", "layers", i, "material"), case, text)
        for j, region in enumerate(layer.regions):
            _known(region.material, ("geometry", "layers", i, "regions", j, "material"), case, text)


def _known(choice: MaterialChoice | None, loc: Loc, case: Case, text: Source) -> None:
    if choice is not None:
        _resolve(choice, loc, case, text)


def _resolve(choice: Any, loc: Loc, case: Case, text: Source) -> None:
    try:
        material = library.resolve(choice, case.materials)
    except MaterialError as error:
        key = (error.key,) if error.key and loc[0] == "materials" else ()
        raise text.error((*loc, *key), error.rule if key else str(error)) from None
    in_time = case.thermal is not None and case.analysis.transient is not None
    needed = (
        (["thermal_conductivity"] if case.thermal else [])
        + (["specific_heat"] if in_time else [])
        + (["youngs_modulus", "poisson_ratio", "thermal_expansion"] if case.process else [])
    )
    if in_time or (case.process is not None and case.process.gravity is not None):
        needed.append("density")
    missing = [key for key in needed if not material.has(key)]
    if missing and loc[0] != "materials":
        raise text.error(
            loc, f"the material has no {', '.join(missing)}, which this case needs; give it under `materials`"
        )


def _process(case: Case, text: Source) -> None:
    if case.process is None:
        return
    names = [layer.name for layer in case.geometry.layers]
    steps = case.process.steps
    _unique((step.name for step in steps), ("process", "steps"), "step", text)
    built_ever = {name for step in steps for name in step.build}
    present = {name for name in names if name not in built_ever}
    if not built_ever:
        present = set(names)
    elif present and case.process.stress_free_temperature is None:
        loc: Loc = ("geometry", "layers", names.index(min(present, key=names.index)), "name")
        message = (
            "the layer is never built: name it in the `build` of a step, "
            "or give process.stress_free_temperature for it to exist from the start"
        )
        raise text.error(loc, message)
    if not built_ever and case.process.stress_free_temperature is None:
        raise text.error(
            ("process", "stress_free_temperature"),
            "needed: no step builds the layers, so nothing says at which temperature they are free of stress",
        )
    removed: set[str] = set()
    for i, step in enumerate(steps):
        for j, name in enumerate(step.build):
            loc = ("process", "steps", i, "build", j)
            _is_layer(name, names, loc, text)
            if name in present or name in removed:
                raise text.error(loc, f"layer '{name}' is built twice")
            present.add(name)
        for j, name in enumerate(step.remove):
            loc = ("process", "steps", i, "remove", j)
            _is_layer(name, names, loc, text)
            if name in removed:
                raise text.error(loc, f"layer '{name}' was removed before")
            if name not in present:
                raise text.error(loc, f"layer '{name}' is removed before it is built")
            present.remove(name)
            removed.add(name)
        here = [index for index, name in enumerate(names) if name in present]
        if not here:
            raise text.error(("process", "steps", i), "no layer is left at the end of this step")
        gap = next((a + 1 for a, b in itertools.pairwise(here) if b != a + 1), None)
        if gap is not None:
            raise text.error(
                ("process", "steps", i),
                f"the stack falls in two: layer '{names[gap]}' is absent between layers that are present",
            )
        if step.temperature is None and case.thermal is None:
            raise text.error(
                ("process", "steps", i, "temperature"),
                "`thermal` takes the field of the thermal section, and there is none",
            )
    if any(step.temperature is None for step in steps) and removed | (set(names) - present):
        raise text.error(
            ("process",), "a step in the thermal field needs the whole stack; removed layers have no temperature"
        )


def _is_layer(name: str, names: list[str], loc: Loc, text: Source) -> None:
    if name not in names:
        raise text.error(loc, f"there is no layer '{name}'; {nearest(name, names)}")


def _thermal(case: Case, text: Source) -> None:
    if case.thermal is None:
        if case.analysis.transient is not None:
            raise text.error(("analysis", "transient"), "heat in time needs a `thermal` section")
        return
    layers = {layer.name: layer for layer in case.geometry.layers}
    regions = {region.name for layer in layers.values() for region in layer.regions}
    for i, source in enumerate(case.thermal.power):
        loc: Loc = ("thermal", "power", i)
        if source.layer is not None:
            _is_layer(source.layer, list(layers), (*loc, "layer"), text)
        if source.region is not None:
            known = {r.name for r in layers[source.layer].regions} if source.layer else regions
            if source.region not in known:
                raise text.error(
                    (*loc, "region"), f"there is no region '{source.region}'; {nearest(source.region, sorted(known))}"
                )
        for key in ("map", "floorplan", "trace"):
            file = getattr(source, key)
            if file is not None and not (text.path.parent / file).is_file():
                raise text.error((*loc, key), f"there is no file {text.path.parent / file}")
        if source.floorplan is not None and case.geometry.symmetry != "none":
            raise text.error(("geometry", "symmetry"), "a floorplan has no symmetry: model the whole, `none`")
    touching = [*layers, *sorted(regions), *(f"{a.name}/{r.name}" for a in layers.values() for r in a.regions)]
    for i, interface in enumerate(case.thermal.interfaces):
        for j, name in enumerate(interface.between):
            if name not in touching:
                rule = f"there is no layer or region '{name}'; {nearest(name, touching)}"
                raise text.error(("thermal", "interfaces", i, "between", j), rule)
        if interface.between[0] == interface.between[1]:
            raise text.error(("thermal", "interfaces", i, "between"), "an interface lies between two different ones")
        if sorted(interface.between) in [sorted(other.between) for other in case.thermal.interfaces[:i]]:
            raise text.error(("thermal", "interfaces", i, "between"), "these two have an interface already")
    faces = ["top", "bottom", "sides"]
    valid = faces + [f"{layer}.{face}" for layer in layers for face in faces]
    for i, boundary in enumerate(case.thermal.boundaries):
        if boundary.face not in valid:
            raise text.error(
                ("thermal", "boundaries", i, "face"),
                f"there is no face '{boundary.face}'; {nearest(boundary.face, valid)}",
            )
        if boundary.region is not None and boundary.region not in regions:
            rule = f"there is no region '{boundary.region}'; {nearest(boundary.region, sorted(regions))}"
            raise text.error(("thermal", "boundaries", i, "region"), rule)
        film = boundary.convection
        if isinstance(film, FilmMap) and not (text.path.parent / film.map).is_file():
            rule = f"there is no file {text.path.parent / film.map}"
            raise text.error(("thermal", "boundaries", i, "convection", "map"), rule)
        for key in ("ambient", "temperature"):
            given = getattr(boundary.heat_sink or boundary, key, None)
            if isinstance(given, TemperatureCourse) and case.analysis.transient is None:
                rule = "a temperature that changes with time needs `analysis: {transient: ...}`"
                raise text.error(("thermal", "boundaries", i, key), rule)
    starts_steady = case.analysis.transient is None or case.analysis.transient.start is None
    if starts_steady and all(boundary.flux is not None for boundary in case.thermal.boundaries):
        raise text.error(
            ("thermal", "boundaries"),
            "no path for heat to leave: give one face a temperature, convection or emissivity",
        )


def _weight(case: Case, text: Source) -> None:
    """Gravity and supports go together, in z."""
    if case.process is None:
        return
    if case.process.gravity is not None and any(case.process.gravity[:2]):
        raise text.error(("process", "gravity"), "supports carry a stack along z only; write [0 m/s^2, 0 m/s^2, ...]")
    for i, step in enumerate(case.process.steps):
        loc: Loc = ("process", "steps", i, "support")
        if case.process.gravity is not None and step.support == "free":
            raise text.error(loc, "a stack under gravity needs a support: `edge` or `{pins: [[x, y], ...]}`")
        if case.process.gravity is None and step.support != "free":
            raise text.error(loc, "this support carries weight: give `process: {gravity: true}`, or use `free`")


def _supported(case: Case, stack: StackUp, text: Source) -> None:
    """Pins under the stack, not in a line, as symmetric as the case."""
    if case.process is None:
        return
    slack = 1e-9 * stack.span
    for i, step in enumerate(case.process.steps):
        if not isinstance(step.support, Pins):
            continue
        loc: Loc = ("process", "steps", i, "support", "pins")
        places = np.array(step.support.pins)
        outside = ~shapely.covers(stack.outline.buffer(slack), shapely.points(places))
        for index in np.flatnonzero(outside):
            raise text.error((*loc, int(index)), "the pin is not under the stack")
        if np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[-1] < 1e-6 * stack.span:
            raise text.error(loc, "pins in a line do not hold a stack; give three that form a triangle")
        for axis in stack.mirrors:
            images = places * np.where(np.arange(2) == axis, -1.0, 1.0)
            apart = np.linalg.norm(places[:, None] - images, axis=2).min(axis=1)
            for index in np.flatnonzero(apart > 1e-6 * stack.span):
                raise text.error((*loc, int(index)), f"the pin has no mirror image about {'xy'[axis]} = 0")


def _laminate(case: Case, text: Source) -> None:
    if case.process is None or case.thermal is not None:
        raise text.error(
            ("analysis", "model"),
            "the laminate model bends stacks at uniform temperature: it needs a process and no thermal section",
        )
    if case.analysis.deflection == "large":
        raise text.error(
            ("analysis", "deflection"), "the laminate model bends stacks by small amounts; use model `solid`"
        )
    if case.process.gravity is not None:
        raise text.error(("process", "gravity"), "the laminate model has no weight; use model `solid`")
    for i, layer in enumerate(case.geometry.layers):
        if layer.regions:
            raise text.error(
                ("geometry", "layers", i, "regions"), "the laminate model takes uniform layers; use model `solid`"
            )


def _regions_fit(stack: StackUp, layer: PlacedLayer, loc: Loc, text: Source) -> None:
    if not layer.regions:
        return
    room = stack.outline.buffer(1e-9 * stack.span)
    polygons = np.array([polygon for region in layer.regions for polygon in region.polygons])
    owner = np.repeat(np.arange(len(layer.regions)), [len(region.polygons) for region in layer.regions])
    for index in np.flatnonzero(~shapely.is_valid(polygons)):
        raise text.error((*loc, int(owner[index]), "shape"), "the polygon crosses itself")
    for index in np.flatnonzero(shapely.get_type_id(polygons) != 3):
        raise text.error((*loc, int(owner[index]), "shape"), "the hole cuts the shape in two")
    for index in np.flatnonzero(~shapely.covers(room, polygons)):
        message = f"the region at {_place(polygons[index])} reaches outside the outline"
        raise text.error((*loc, int(owner[index])), message)
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.area(shapely.intersection(polygons[one], polygons[other]))
    smaller = np.minimum(shapely.area(polygons[one]), shapely.area(polygons[other]))
    for pair in np.flatnonzero(common > _REPEATED_AREA * smaller):
        first, second = layer.regions[owner[one[pair]]].name, layer.regions[owner[other[pair]]].name
        message = f"region '{second}' at {_place(polygons[other[pair]])} overlaps region '{first}'"
        raise text.error((*loc, int(owner[other[pair]])), message)


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
            if not _mirrors_itself(union, axis, 1e-9 * stack.outline.area):
                raise text.error(loc, f"the patch is not symmetric about {'xy'[axis]} = 0; use a symmetry it has")


def _place(polygon: shapely.Polygon) -> str:
    x, y = np.round(1e3 * np.asarray(polygon.centroid.coords[0]), 6) + 0.0
    return f"({x:.6g}, {y:.6g}) mm"


def _symmetric(case: Case, stack: StackUp, axis: int, text: Source) -> None:
    loc: Loc = ("geometry", "symmetry")
    plane = "xy"[axis]
    tolerance = 1e-9 * stack.outline.area
    if not _mirrors_itself(stack.outline, axis, tolerance):
        raise text.error(loc, f"the outline is not symmetric about {plane} = 0")
    sourced = {(s.layer, s.region) for s in (case.thermal.power if case.thermal else []) if s.region}
    for layer in stack.layers:
        by_material: dict[str, list[Any]] = {}
        for region in layer.regions:
            by_material.setdefault(repr(region.material), []).append(region)
        for group in by_material.values():
            union = shapely.unary_union([polygon for region in group for polygon in region.polygons])
            if not _mirrors_itself(union, axis, tolerance):
                names = ", ".join(f"'{region.name}'" for region in group)
                raise text.error(
                    loc,
                    f"region {names} of layer '{layer.name}' is not symmetric about {plane} = 0; use a symmetry it has",
                )
        for region in layer.regions:
            heated = (layer.name, region.name) in sourced or (None, region.name) in sourced
            if heated and not _mirrors_itself(shapely.unary_union(region.polygons), axis, tolerance):
                raise text.error(loc, f"the power of region '{region.name}' is not symmetric about {plane} = 0")


def _mirrors_itself(shape: Any, axis: int, tolerance: float) -> bool:
    mirrored = scale(shape, xfact=-1.0 if axis == 0 else 1.0, yfact=-1.0 if axis == 1 else 1.0, origin=(0, 0))
    return bool(shape.symmetric_difference(mirrored).area <= tolerance)
