"""What the `reduce` section must satisfy: layers, regions and faces that exist, each face once."""

from solver.case.models import Case
from solver.case.reduction import Place
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest

_FACES = ("top", "bottom", "sides")


def check(case: Case, text: Source) -> None:
    """Rules on names.

    Raises:
        CaseError: the first rule that is broken.
    """
    if case.reduce is None:
        return
    for key, places in (("inputs", case.reduce.inputs), ("outputs", case.reduce.outputs)):
        for i, place in enumerate(places):
            _place(case, place, ("reduce", key, i), text)
    valid = [*_FACES, *(f"{layer.name}.{face}" for layer in case.geometry.layers for face in _FACES)]
    seen: set[str] = set()
    for i, film in enumerate(case.reduce.films):
        loc: Loc = ("reduce", "films", i, "face")
        if film.face not in valid:
            raise text.error(loc, f"there is no face '{film.face}'; {nearest(film.face, valid)}")
        if film.face in seen:
            raise text.error(loc, "this face has a range already")
        seen.add(film.face)


def _place(case: Case, place: Place, loc: Loc, text: Source) -> None:
    layers = {layer.name: layer for layer in case.geometry.layers}
    if place.layer is not None and place.layer not in layers:
        raise text.error((*loc, "layer"), f"there is no layer '{place.layer}'; {nearest(place.layer, list(layers))}")
    chosen = [layers[place.layer]] if place.layer else list(layers.values())
    known = sorted({region.name for layer in chosen for region in layer.regions})
    if place.region is not None and place.region not in known:
        raise text.error((*loc, "region"), f"there is no region '{place.region}'; {nearest(place.region, known)}")
