"""What fillets must satisfy: layers one on the other, walls beside them, and air or one filling in the room around."""

import itertools

import shapely

from solver.case.geometry import Fillet
from solver.case.models import Case
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.fillets import PlacedFillet, common, contents, layer_on, share_of
from solver.stackup.stack import PlacedLayer, StackUp

_TOUCHING = 1e-9  # of the stack
_CLOSE = 1e-6  # of the room around
_SLIVER = 1e-9  # of the ring: no area


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    layers = case.geometry.layers
    names = [layer.name for layer in layers]
    parts = [f"{layer.name}/{one.name}" for layer in layers for one in layer.regions]
    unique((one.name for one in case.geometry.fillets), ("geometry", "fillets"), "fillet", text)
    for number, one in enumerate(case.geometry.fillets):
        loc: Loc = ("geometry", "fillets", number)
        for place, name in enumerate(one.layers):
            if name not in names:
                raise text.error((*loc, "layers", place), f"there is no layer '{name}'; {nearest(name, names)}")
        own = {f"{name}/{one.name}" for name in one.layers}
        if len(own) < len(one.layers) or any(parts.count(part) > 1 for part in own):
            what = "layer is named twice" if len(own) < len(one.layers) else "region of one of its layers has that name"
            raise text.error((*loc, "name"), f"a {what}; a fillet is a region of every layer it reaches over")
        known = [part for part in parts if part not in own]
        for place, name in enumerate(one.around):
            if name not in known:
                raise text.error((*loc, "around", place), f"there is no region '{name}'; {nearest(name, known)}")
        if one.comes_with is not None and one.comes_with not in (*names, *known):
            rule = f"there is no layer or region '{one.comes_with}'; {nearest(one.comes_with, [*names, *known])}"
            raise text.error((*loc, "comes_with"), rule)
        _plain_layers(case, one, loc, text)


def _plain_layers(case: Case, one: Fillet, loc: Loc, text: Source) -> None:
    """Layers of a fillet are even but for it, and stand in their own place."""
    for place, layer in enumerate(layer for layer in case.geometry.layers if layer.name in one.layers):
        for key in ("taper", "copper_map", "above", "below"):
            if getattr(layer, key) is not None:
                raise text.error((*loc, "layers", place), f"'{layer.name}' has `{key}`: a fillet takes plain layers")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about shapes and what lies around.

    Raises:
        CaseError: the first rule that is broken.
    """
    for number, (one, placed) in enumerate(zip(case.geometry.fillets, stack.fillets, strict=True)):
        loc: Loc = ("geometry", "fillets", number)
        _stand(stack, placed, loc, text)
        _walls(stack, one, placed, loc, text)
        _room(stack, placed, loc, text)
        _others(case, stack, placed, text)


def _stand(stack: StackUp, placed: PlacedFillet, loc: Loc, text: Source) -> None:
    """Its layers touch, and its toe is less than its height."""
    mine = [stack.layer(name) for name in placed.layers]
    for low, high in itertools.pairwise(mine):
        if abs(high.bottom - low.top) > _TOUCHING * stack.thickness:
            raise text.error((*loc, "layers"), f"'{low.name}' and '{high.name}' do not touch")
    if placed.toe >= placed.height:
        height = f"{1e3 * placed.height:.6g} mm"
        rule = f"it is as thick as the fillet is high: {height}, of {', '.join(placed.layers)}"
        raise text.error((*loc, "toe"), rule)
    if not placed.ring:
        raise text.error((*loc, "around"), "nothing is left of it inside the outline: the walls are those of the stack")


def _walls(stack: StackUp, one: Fillet, placed: PlacedFillet, loc: Loc, text: Source) -> None:
    """The walls stand beside all of it, or over it, and are drawn one by one."""
    for place, name in enumerate(one.around):
        layer, _, part = name.partition("/")
        region = next(each for each in stack.layer(layer).regions if each.name == part)
        if region.smeared is not None or (region.parts is not None and not region.parts.drawn):
            rule = "its places are smeared out, below mesh.homogenise_below; a fillet lies around places that are drawn"
            raise text.error((*loc, "around", place), rule)
        if layer not in placed.layers:
            rule = f"'{layer}' is none of the layers of the fillet ({', '.join(placed.layers)})"
            raise text.error((*loc, "around", place), rule)
    ring = shapely.multipolygons(list(placed.ring))
    for held in placed.layers:
        for region in stack.layer(held).regions:
            if region.name != placed.name and common(region.polygons, ring) > _SLIVER * ring.area:
                rule = (
                    f"region '{held}/{region.name}' lies where the fillet is, up to {1e3 * placed.width:.6g} mm from "
                    f"'{one.around[0]}': end it at the walls, name it in `around`, or let it leave room by `fill: true`"
                )
                raise text.error((*loc, "around"), rule)


def _room(stack: StackUp, placed: PlacedFillet, loc: Loc, text: Source) -> None:
    """There is air around it, or one filling above it and outside of it."""
    ring = shapely.union_all([*placed.ring, *placed.walls])
    reach = shapely.union_all([wall.buffer(placed.reach, join_style="mitre") for wall in placed.walls])
    outside = shapely.intersection(shapely.difference(reach, ring), stack.outline)
    upper = layer_on(placed, stack.layers)
    over = {} if upper is None else contents(upper, shapely.union_all(list(placed.ring)))
    others = [part for one in stack.fillets for part in (f"{name}/{one.name}" for name in one.layers)]
    beside = {name: held for layer in _layers(stack, placed, over) for name, held in contents(layer, outside).items()}
    beside = {name: held for name, held in beside.items() if name not in others}
    if not over and beside:
        rule = (
            f"'{next(iter(beside))}' lies beside its toe, less than {1e3 * placed.reach:.6g} mm from the walls, and "
            "would be drawn down with it: leave room, or let one filling be above it, too"
        )
        raise text.error(loc, rule)
    kinds = {repr(held) for held in (*over.values(), *beside.values())}
    full = all(share_of(layer, outside) > 1.0 - _CLOSE for layer in _layers(stack, placed, over))
    if over and (len(kinds) > 1 or not full):
        rule = (
            f"what lies on it ({', '.join(over)}) follows its surface, so it has to be what fills the room beside it, "
            f"too, up to {1e3 * placed.reach:.6g} mm from the walls; there is {'' if full else 'air'}"
            f"{', '.join(beside) if full else ''}. "
            "Let it end lower, with a layer of the die between"
        )
        raise text.error(loc, rule)
    if upper is not None and over and upper.taper is not None:
        raise text.error(loc, f"'{upper.name}' on it has `taper`: what a fillet draws down is even but for it")


def _layers(stack: StackUp, placed: PlacedFillet, over: object) -> list[PlacedLayer]:
    """Those whose levels it moves."""
    mine = [stack.layer(name) for name in placed.layers]
    upper = layer_on(placed, stack.layers)
    return [*mine, upper] if over and upper is not None else mine


def _others(case: Case, stack: StackUp, placed: PlacedFillet, text: Source) -> None:
    """Delaminations whose faces it would bend, and layers in the place of others."""
    slack = _TOUCHING * stack.thickness
    for layer in stack.layers:
        if layer.instead and layer.bottom < placed.above - slack and layer.top > placed.bottom + slack:
            rule = f"layer '{layer.name}' takes the place of others where fillet '{placed.name}' moves the levels"
            raise text.error(("geometry", "fillets"), rule)
    moved = placed.around if stack.cracks else shapely.Polygon()
    for crack in stack.cracks:
        level = stack.layer(crack.lower).top
        inside = placed.bottom + slack < level < max(placed.above - slack, placed.top + slack)
        if inside and shapely.intersection(crack.polygon, moved).area > 1e-9 * crack.polygon.area:
            number = [one.name for one in case.geometry.delaminations].index(crack.entry)
            rule = f"it would run through fillet '{placed.name}', which is of one piece: end it at the wall"
            raise text.error(("geometry", "delaminations", number, "shape"), rule)
