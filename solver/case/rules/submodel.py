"""What submodels must satisfy: names, places in the stack, and what cannot be handed to a place yet."""

import numpy as np
import shapely
from shapely.geometry import box

from solver.case.geometry import MaterialChoice
from solver.case.models import Case
from solver.case.process import Process
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.submodel import CORNER, Submodel
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.materials import library
from solver.materials.material import MaterialError
from solver.stackup.place import Spot, corner_of, folded, level_of
from solver.stackup.stack import StackUp

_ROUND = 1e-9


def check(case: Case, text: Source) -> None:
    """Rules that need no geometry.

    Raises:
        CaseError: the first rule that is broken.
    """
    if not case.submodels:
        return
    unique((one.name for one in case.submodels), ("submodels",), "submodel", text)
    if case.process is None:
        raise text.error(("submodels",), "a place is solved after steps; give the case a `process`")
    _steps(case.process, text)
    if any(case.geometry.initial_bow):
        raise text.error(("geometry", "initial_bow"), "submodels are of stacks that are born flat")
    if case.geometry.delaminations:
        raise text.error(("geometry", "delaminations"), "submodels are of stacks without starter cracks; use two cases")
    for number, one in enumerate(case.submodels):
        _one(case, one, number, text)


def _steps(process: Process, text: Source) -> None:
    for number, step in enumerate(process.steps):
        loc: Loc = ("process", "steps", number)
        if step.build and step.birth != "flat":
            rule = "submodels are of stacks whose layers are built `flat`: others are born in a shape of their own"
            raise text.error((*loc, "birth"), rule)
        if step.settles is not None and step.settles.jump:
            raise text.error(("submodels",), "places go through every cycle of the whole; `repeat` without `jump`")
        if step.loads:
            raise text.error((*loc, "loads"), "loads of a step are not handed to submodels; use two cases")


def _one(case: Case, one: Submodel, number: int, text: Source) -> None:
    loc: Loc = ("submodels", number)
    before = [other.name for other in case.submodels[:number]]
    if one.within is not None and one.within not in before:
        raise text.error((*loc, "within"), f"there is no such submodel before this one; {nearest(one.within, before)}")
    if one.within is not None and not one.layers:
        raise text.error((*loc, "layers"), "a place within another has layers of its own")
    _cracks(case, one, (*loc, "delaminations"), text)
    for i, layer in enumerate(one.layers):
        for key, rule in {
            "taper": "layers of a submodel are even",
            "copper_map": "layers of a submodel have a `material`; draw the lines as regions",
            "above": "layers of a submodel stand one on the other",
            "below": "layers of a submodel stand one on the other",
        }.items():
            if getattr(layer, key) is not None:
                raise text.error((*loc, "layers", i, key), rule)
        _straight(case, layer.material, (*loc, "layers", i, "material"), text)
        for j, region in enumerate(layer.regions):
            _straight(case, region.material, (*loc, "layers", i, "regions", j, "material"), text)


def _cracks(case: Case, one: Submodel, loc: Loc, text: Source) -> None:
    """Starter cracks of a place: elastic, at small deflection, as they are."""
    for i, crack in enumerate(one.delaminations):
        for key, given in {"grows": crack.grows, "cohesive": crack.cohesive is not None, "sizes": crack.sizes}.items():
            if given:
                raise text.error((*loc, i, key), "delaminations of a submodel stay as they are drawn; leave it out")
    if not one.delaminations:
        return
    if case.analysis.deflection != "small":
        rule = "what delaminations of a submodel release is read at small deflection: write `deflection: small`"
        raise text.error(loc, rule)
    own = [layer.material for layer in one.layers]
    own += [region.material for layer in one.layers for region in layer.regions]
    whole = [layer.material for layer in case.geometry.layers]
    whole += [region.material for layer in case.geometry.layers for region in layer.regions]
    for material in (library.resolve(choice, case.materials) for choice in (*own, *whole) if choice is not None):
        if material.law != "elastic":
            raise text.error(loc, f"delaminations of a submodel are of elastic stacks, and '{material.name}' remembers")


def _straight(case: Case, choice: MaterialChoice | None, loc: Loc, text: Source) -> None:
    if choice is None:
        return
    try:
        material = library.resolve(choice, case.materials)
    except MaterialError as error:
        raise text.error(loc, str(error)) from None
    if material.axes is not None and material.axes.centre is not None:
        raise text.error(loc, "its axes follow a radius about the origin of the whole; submodels take straight axes")


def check_place(case: Case, number: int, whole: StackUp, text: Source) -> None:
    """Rules about a place: faces and parts that are there, a cut inside of its whole.

    Args:
        case: validated.
        number: of the submodel.
        whole: the stack-up it is cut out of.
        text: for messages.

    Raises:
        CaseError: the first rule that is broken.
    """
    one, loc = case.submodels[number], ("submodels", number)
    for key in ("bottom", "top"):
        _face(getattr(one, key), whole, (*loc, key), text)
    _part(one, whole, loc, text)
    _fits(one, whole, loc, text)
    _beside_fillets(one, whole, loc, text)
    if not one.layers:
        _as_the_whole(case, one, whole, loc, text)


def check_height(number: int, own: StackUp, whole: StackUp, text: Source) -> None:
    """Layers of a submodel's own end where those of its whole do, or below.

    Raises:
        CaseError: they do not.
    """
    more = own.layers[-1].top - level_of(whole, None, True)
    if more > _ROUND * whole.thickness:
        raise text.error(("submodels", number, "layers"), f"they rise {1e6 * more:.6g} um above the whole")


def check_bump(one: Submodel, number: int, own: StackUp, text: Source) -> None:
    """Parts of a place that its bump names are there.

    Raises:
        CaseError: one is not.
    """
    parts = [name for layer in own.layers for name in layer.blocks]
    regions = [name for name in parts if "/" in name]
    for key, known in (("joint", regions), ("film", parts)):
        name = None if one.bump is None else getattr(one.bump, key)
        if name is not None and name not in known:
            rule = f"there is no {'region' if key == 'joint' else 'part'} '{name}' in the place; {nearest(name, known)}"
            raise text.error(("submodels", number, "bump", key), rule)


def _face(face: str | None, whole: StackUp, loc: Loc, text: Source) -> None:
    faces = [f"{layer.name}.{side}" for layer in whole.layers for side in ("bottom", "top")]
    if face is not None and face not in faces:
        raise text.error(loc, f"there is no face '{face}'; {nearest(face, faces)}")


def _part(one: Submodel, whole: StackUp, loc: Loc, text: Source) -> None:
    parts = [name for layer in whole.layers for name in layer.blocks if "/" in name]
    if one.of is not None and one.of not in parts:
        raise text.error((*loc, "of"), f"there is no region '{one.of}'; {nearest(one.of, parts)}")


def _fits(one: Submodel, whole: StackUp, loc: Loc, text: Source) -> None:
    x0, y0, x1, y1 = whole.outline.bounds
    if one.size[0] > (x1 - x0) * (1 + _ROUND) or one.size[1] > (y1 - y0) * (1 + _ROUND):
        raise text.error((*loc, "size"), "the place is larger than the whole")
    half, room = 0.5 * np.array(one.size), whole.modelled.buffer(_ROUND * whole.span)
    if isinstance(one.at, str):
        spots = _named(whole, one.at, one.of or "")
        if spots and not any(
            shapely.covers(room, box(*(np.array(spot) - half), *(np.array(spot) + half))) for spot in spots
        ):
            x, y = 1e3 * np.array(spots[0])
            where = f"a place of this size at {x:.4g}, {y:.4g} mm reaches outside the outline or across a mirror plane"
            raise text.error((*loc, "size"), f"{where}; make it smaller, or say `at: [x, y]`")
        return
    place = box(*(np.array(one.at) - half), *(np.array(one.at) + half))
    if not shapely.covers(whole.outline.buffer(_ROUND * whole.span), place):
        raise text.error((*loc, "at"), "the place reaches outside the outline of the whole")
    if not shapely.covers(whole.modelled.buffer(_ROUND * whole.span), place):
        rule = "the place crosses a mirror plane; shift it to one side, or give the case less `symmetry`"
        raise text.error((*loc, "at"), rule)


def _named(whole: StackUp, at: str, part: str) -> list[Spot]:
    """Where a named place may be (m): the corner, or any of the joints."""
    if at == CORNER:
        return [corner_of(whole, part)]
    return [folded(whole, np.array(polygon.centroid.coords[0])) for polygon in whole.polygons_of(part)]


def _beside_fillets(one: Submodel, whole: StackUp, loc: Loc, text: Source) -> None:
    """Layers of a place are even: it lies where no fillet moves those of the whole, wherever a name may put it."""
    low, high = level_of(whole, one.bottom, False), level_of(whole, one.top, True)
    spots = _named(whole, one.at, one.of or "") if isinstance(one.at, str) else [one.at]
    half = 0.5 * np.array(one.size)
    places = [box(*(np.array(spot) - half), *(np.array(spot) + half)) for spot in spots]
    for fillet in whole.fillets:
        if high <= fillet.bottom * (1 + _ROUND) or low >= max(fillet.top, fillet.above) * (1 - _ROUND):
            continue
        if any(fillet.meets(place) for place in places):
            rule = f"layers of a place are even, and fillet '{fillet.name}' slants those of the whole there"
            raise text.error((*loc, "at"), f"{rule}; shift it, or let it end below the fillet")


def _as_the_whole(case: Case, one: Submodel, stack: StackUp, loc: Loc, text: Source) -> None:
    """What of the layers of the whole may be cut out."""
    low, high = level_of(stack, one.bottom, False), level_of(stack, one.top, True)
    if high <= low:
        raise text.error((*loc, "top"), "it is not above `bottom`")
    for i, layer in enumerate(stack.layers):
        if layer.bottom < low - _ROUND * stack.thickness or layer.top > high + _ROUND * stack.thickness:
            continue
        if layer.taper is not None or layer.copper is not None:
            what = "tapers" if layer.taper is not None else "has a copper map"
            raise text.error(loc, f"layer '{layer.name}' of the whole {what}; give the submodel `layers` of its own")
        drawn = case.geometry.layers[i]
        _straight(case, drawn.material, ("geometry", "layers", i, "material"), text)
        for j, region in enumerate(drawn.regions):
            _straight(case, region.material, ("geometry", "layers", i, "regions", j, "material"), text)
