"""What the `process` section must satisfy: layers that are built before they go, a stack in one piece that is held."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely

from solver.case.geometry import FilletRegion, Layer, Region, places
from solver.case.models import Case
from solver.case.process import Process
from solver.case.rules import mirror as mirror_rules
from solver.case.rules import thermal as thermal_rules
from solver.case.source import Source
from solver.case.support import VALID, Acceleration, OnChuck, OnRing, OnTable, Pins, Support, gravity_on, lets_go
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.fillets import meant_by
from solver.stackup.origin import origin
from solver.stackup.stack import StackUp, mirrors_itself

_APART = 0.05  # of the cell size: pins nearer to each other than that want smaller cells


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    _placed(case, text)
    _process(case, text)
    _weight(case, text)


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about pins, rings and packages.

    Raises:
        CaseError: the first rule that is broken.
    """
    _supported(case, stack, text)
    _package_fits(case, stack, text)


def unique(names: Iterable[str], loc: Loc, what: str, text: Source) -> None:
    """No two names of a list are the same."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise text.error((*loc, index, "name"), f"two {what}s are called '{name}'; names must differ")
        seen.add(name)


def _placed(case: Case, text: Source) -> None:
    """Layers that take the place of others name layers that are there."""
    layers = case.geometry.layers
    names = [layer.name for layer in layers]
    for i, layer in enumerate(layers):
        for key, other in (("above", layer.above), ("below", layer.below)):
            if other is not None:
                is_layer(other, [name for name in names if name != layer.name], ("geometry", "layers", i, key), text)
    try:
        places(layers)
    except KeyError as error:
        loc: Loc = ("geometry", "layers", names.index(error.args[0]))
        raise text.error(loc, "layers stand on each other in a circle; one of them needs a place of its own") from None
    moved = [layer.name for layer in layers if layer.above or layer.below]
    in_field = case.process is not None and any(step.in_field for step in case.process.steps)
    if moved and case.thermal is not None and not in_field:
        raise text.error(
            ("thermal",),
            f"'{moved[0]}' takes the place of others: a process step with `temperature: thermal` says which are there",
        )
    built = {block.partition("/")[0] for step in (case.process.steps if case.process else []) for block in step.build}
    for i, layer in enumerate(layers):
        if layer.name in moved and layer.name not in built:
            raise text.error(
                ("geometry", "layers", i, "name"), "a layer that takes the place of others is built by a step"
            )


def _process(case: Case, text: Source) -> None:
    if case.process is None:
        return
    steps = case.process.steps
    unique((step.name for step in steps), ("process", "steps"), "step", text)
    blocks = {layer.name: _blocks(layer) for layer in case.geometry.layers}
    order = [block for of_layer in blocks.values() for block in of_layer]
    beads = {
        f"{layer.name}/{one.name}": one.comes_with
        for layer in case.geometry.layers
        for one in layer.regions
        if isinstance(one, FilletRegion)
    }
    meant = meant_by(blocks, beads)
    for i, step in enumerate(steps):
        for key, names in (("build", step.build), ("remove", step.remove)):
            for j, name in enumerate(names):
                _is_part(name, blocks, ("process", "steps", i, key, j), text)
                if name in beads and name not in meant:
                    rule = f"a fillet is built and removed whole, with '{beads[name]}'"
                    raise text.error(("process", "steps", i, key, j), rule)
    built_ever = {block for step in steps for name in step.build for block in meant.get(name, (name,))}
    _from_the_start(case, order, built_ever, text)
    _presence(case, meant, {name for name in order if name not in built_ever}, text)
    _times(case, text)
    _one_package(case, text)


def _presence(case: Case, blocks: Mapping[str, Sequence[str]], present: set[str], text: Source) -> None:
    """Follow what is there from step to step: it can come and go, stands, and is the same in all steps with heat."""
    assert case.process is not None
    steps, removed = case.process.steps, set[str]()
    heated: set[str] | None = None
    for i, step in enumerate(steps):
        for key, names in (("remove", step.remove), ("build", step.build)):
            for j, name in enumerate(names):
                loc: Loc = ("process", "steps", i, key, j)
                meant = set(blocks.get(name, (name,)))
                if key == "build":
                    _can_come(name, meant, present, removed, loc, text)
                    present |= meant
                else:
                    _can_go(name, meant, present, removed, loc, text)
                    removed |= meant & present
                    present -= meant
        _stands(case, i, present, text)
        mirror_rules.check_present(case, i, present, text)
        _temperature(case, i, text)
        if step.in_field:
            cut = {"cut out"} if any(one.singulate for one in steps[:i]) else set()
            if heated is None:
                thermal_rules.check_present(case, present, text)
                heated = present | cut
            if heated != present | cut:
                rule = "heat is solved in what is there in the first step in the thermal field; it may not change later"
                raise text.error(("process", "steps", i, "temperature"), rule)


def _times(case: Case, text: Source) -> None:
    """Steps in the field of a transient are at times that are kept, and go forward."""
    assert case.process is not None
    transient, before = case.analysis.transient, 0.0
    for i, step in enumerate(case.process.steps):
        loc: Loc = ("process", "steps", i, "at")
        if not step.in_field or (transient is None and step.at is None):
            continue
        if transient is None:
            raise text.error(loc, "a steady state has no time; give `analysis: {transient: ...}`, or leave `at` out")
        time = transient.kept[-1] if step.at is None else step.at
        if time not in transient.kept:
            times = ", ".join(f"{kept:g} s" for kept in transient.kept)
            raise text.error(
                loc, f"no field is kept at {time:g} s; valid: {times}, or name it in analysis.transient.times"
            )
        if time < before:
            raise text.error(loc, f"time goes forward: a step before this one is at {before:g} s")
        before = time


def _blocks(layer: Layer) -> tuple[str, ...]:
    own = () if layer.material is None and layer.copper_map is None else (layer.name,)
    return (*own, *(f"{layer.name}/{region.name}" for region in layer.regions))


def _parts(layer: Layer) -> list[tuple[str, Region | None]]:
    """Its blocks, each with the region it is."""
    of = {f"{layer.name}/{region.name}": region for region in layer.regions}
    return [(block, of.get(block)) for block in _blocks(layer)]


def _from_the_start(case: Case, order: Sequence[str], built: set[str], text: Source) -> None:
    """What no step builds needs a temperature at which it is free of stress."""
    assert case.process is not None
    stated = {
        block
        for layer in case.geometry.layers
        for block, part in _parts(layer)
        if origin(case, layer, part).temperature is not None
    }
    if case.process.stress_free_temperature is not None or built | stated >= set(order):
        return
    if not built:
        raise text.error(
            ("process", "stress_free_temperature"),
            "needed: no step builds the layers, so nothing says at which temperature they are free of stress",
        )
    names = [layer.name for layer in case.geometry.layers]
    missing = next(block for block in order if block not in built | stated)
    message = (
        "the layer is never built: name it in the `build` of a step, "
        "or give process.stress_free_temperature, or its own, for it to exist from the start"
    )
    raise text.error(("geometry", "layers", names.index(missing.partition("/")[0]), "name"), message)


def _can_come(name: str, meant: set[str], present: set[str], removed: set[str], loc: Loc, text: Source) -> None:
    if meant <= present | removed or (meant & removed and "/" in name):
        raise text.error(loc, f"layer '{name}' is built twice")
    if meant & removed:
        raise text.error(loc, f"a part of layer '{name}' was removed before; name the regions to build")


def _can_go(name: str, meant: set[str], present: set[str], removed: set[str], loc: Loc, text: Source) -> None:
    if meant & present:
        return
    if meant <= removed:
        raise text.error(loc, f"layer '{name}' was removed before")
    raise text.error(loc, f"layer '{name}' is removed before it is built")


def _stands(case: Case, i: int, present: set[str], text: Source) -> None:
    """Something is left, in one piece, and nothing is in the place of something else."""
    where = places(case.geometry.layers)
    here = sorted({block.partition("/")[0] for block in present}, key=lambda name: where[name])
    loc: Loc = ("process", "steps", i)
    if not here:
        raise text.error(loc, "no layer is left at the end of this step")
    tolerance = 1e-9 * max(top for _, top in where.values())
    for under, over in itertools.pairwise(here):
        (_, top), (bottom, _) = where[under], where[over]
        if bottom < top - tolerance:
            raise text.error(loc, f"layers '{under}' and '{over}' are in the same place; remove one of them first")
        if bottom > top + tolerance:
            inside = (top - tolerance, bottom + tolerance)
            between = (name for name, (low, high) in where.items() if low >= inside[0] and high <= inside[1])
            absent = next(between, "between them")
            raise text.error(loc, f"the stack falls in two: layer '{absent}' is absent between layers that are present")


def _temperature(case: Case, i: int, text: Source) -> None:
    assert case.process is not None
    steps = case.process.steps
    loc: Loc = ("process", "steps", i, "temperature")
    if steps[i].in_field:
        if case.thermal is None:
            raise text.error(loc, "`thermal` takes the field of the thermal section, and there is none")
    elif steps[i].temperature is None:
        if i == 0 and (steps[0].build or case.process.stress_free_temperature is None):
            raise text.error(("process", "steps", 0), "the first step needs a `temperature`")
        if i > 0 and steps[i - 1].in_field:
            raise text.error(("process", "steps", i), "a step after one in the thermal field needs a `temperature`")


def _one_package(case: Case, text: Source) -> None:
    assert case.process is not None
    cuts = [i for i, step in enumerate(case.process.steps) if step.singulate]
    if len(cuts) > 1:
        raise text.error(("process", "steps", cuts[1], "singulate"), "one package is cut out, once")


def _is_part(name: str, blocks: dict[str, tuple[str, ...]], loc: Loc, text: Source) -> None:
    """A layer, or a region of one."""
    layer, slash, _ = name.partition("/")
    if slash and layer in blocks and name not in blocks[layer]:
        raise text.error(loc, f"there is no region '{name}'; {nearest(name, list(blocks[layer]))}")
    is_layer(layer, list(blocks), loc, text)


def is_layer(name: str, names: list[str], loc: Loc, text: Source) -> None:
    """A layer of that name is there."""
    if name not in names:
        raise text.error(loc, f"there is no layer '{name}'; {nearest(name, names)}")


def _weight(case: Case, text: Source) -> None:
    """Gravity and supports go together, in z."""
    if case.process is None:
        return
    process = case.process
    if process.gravity is not None and any(process.gravity[:2]):
        raise text.error(("process", "gravity"), "supports carry a stack along z only; write [0 m/s^2, 0 m/s^2, ...]")
    for i, (step, gravity) in enumerate(zip(process.steps, gravities(process), strict=True)):
        loc: Loc = ("process", "steps", i, "support")
        if gravity is not None and step.support == "free":
            raise text.error(loc, f"a stack under gravity needs a support: {VALID}")
        if lets_go(step.support):
            _pressed(step.support, gravity, case, loc, text)


def _pressed(support: Support, gravity: Acceleration | None, case: Case, loc: Loc, text: Source) -> None:
    """A stack that may lift off is pressed down, and deflects far enough for `large`."""
    if isinstance(support, OnTable) and (gravity is None or any(gravity[:2])):
        raise text.error((*loc, "table", "gravity"), "a table carries a stack along z: write `true`, or use `free`")
    if isinstance(support, OnRing) and gravity is None:
        raise text.error(loc, "nothing presses the stack on it: give `process: {gravity: true}`, or `hold: true`")
    if not isinstance(support, OnChuck) and gravity is not None and gravity[2] >= 0:
        raise text.error(loc, "gravity has to press the stack on its support: give it a negative z")
    if case.analysis.deflection == "small":
        message = "a stack that may lift off its support is solved at large deflection; write `auto` or `large`"
        raise text.error(("analysis", "deflection"), message)


def gravities(process: Process) -> list[Acceleration | None]:
    """Gravity (m/s^2) that acts in every step, None in those without."""
    return [gravity_on(step.support, process.gravity) for step in process.steps]


def _supported(case: Case, stack: StackUp, text: Source) -> None:
    """Pins under the stack, not in a line, as symmetric as the case; a ring with room inside."""
    if case.process is None:
        return
    slack = 1e-9 * stack.span
    for i, step in enumerate(case.process.steps):
        if isinstance(step.support, OnRing) and stack.outline.buffer(-step.support.ring.width).is_empty:
            where = ("process", "steps", i, "support", "ring", "width")
            raise text.error(where, "the ring is as wide as the stack; use `chuck` or `table`")
        if not isinstance(step.support, Pins):
            continue
        loc: Loc = ("process", "steps", i, "support", "pins")
        places = np.array(step.support.pins)
        outside = ~shapely.covers(stack.outline.buffer(slack), shapely.points(places))
        for index in np.flatnonzero(outside):
            raise text.error((*loc, int(index)), "the pin is not under the stack")
        if np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[-1] < 1e-6 * stack.span:
            raise text.error(loc, "pins in a line do not hold a stack; give three that form a triangle")
        near = np.linalg.norm(places[:, None] - places, axis=2) + np.diag(np.full(len(places), np.inf))
        if near.min() < _APART * stack.size:
            index = int(near.min(axis=1).argmin())
            room = f"{1e3 * near.min():.3g} mm beside another on cells of {1e3 * stack.size:.3g} mm"
            raise text.error((*loc, index), f"the pin is {room}; give one of them, or smaller cells")
        for axis in stack.mirrors:
            images = places * np.where(np.arange(2) == axis, -1.0, 1.0)
            apart = np.linalg.norm(places[:, None] - images, axis=2).min(axis=1)
            for index in np.flatnonzero(apart > 1e-6 * stack.span):
                raise text.error((*loc, int(index)), f"the pin has no mirror image about {'xy'[axis]} = 0")


def _package_fits(case: Case, stack: StackUp, text: Source) -> None:
    """The package lies in the panel, and is cut by a mirror plane in two equal halves or not at all."""
    if stack.package is None or case.process is None:
        return
    index = next(i for i, step in enumerate(case.process.steps) if step.singulate)
    loc: Loc = ("process", "steps", index, "singulate")
    outline, tolerance = stack.package[0], 1e-9 * stack.outline.area
    if not outline.is_valid or outline.area <= 0:
        raise text.error(loc, "the outline of the package crosses itself or has no area")
    if not shapely.covers(stack.outline.buffer(1e-9 * stack.span), outline):
        raise text.error(loc, "the package reaches outside the outline")
    for axis in stack.mirrors:
        low, high = outline.bounds[axis], outline.bounds[axis + 2]
        if high <= 0 or (low < 0 and not mirrors_itself([outline], axis, tolerance)):
            raise text.error(
                loc, f"the package must lie at {'xy'[axis]} > 0 or be symmetric about {'xy'[axis]} = 0, as the case is"
            )
