"""What the `electric` section must satisfy: names that exist, a ground, currents that can return."""

import shapely

from solver.case.electric import Electric
from solver.case.models import Case
from solver.case.rules.process import unique
from solver.case.source import Source
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.stackup.stack import StackUp, mirrors_itself

_FACES = ("top", "bottom", "sides")


def check(case: Case, text: Source) -> None:
    """Rules on terminals and contacts.

    Raises:
        CaseError: the first rule that is broken.
    """
    electric = case.electric
    if electric is None:
        return
    unique((terminal.name for terminal in electric.terminals), ("electric", "terminals"), "terminal", text)
    if all(terminal.voltage is None for terminal in electric.terminals):
        raise text.error(("electric", "terminals"), "no ground: give one terminal a voltage, such as `voltage: 0 V`")
    _places(case, electric, text)
    if case.thermal is not None and electric.temperature is not None:
        raise text.error(("electric", "temperature"), "the heat problem gives the temperature; remove this key")
    if case.thermal is None and electric.temperature is None:
        raise text.error(("electric",), "give `temperature`, or a `thermal` section that is solved for it")
    transient = case.analysis.transient
    if electric.waveform is not None and (case.thermal is None or transient is None or transient.start is None):
        message = "currents that change with time need `thermal` and `analysis: {transient: {start: ...}}`"
        raise text.error(("electric", "waveform"), message)


def _places(case: Case, electric: Electric, text: Source) -> None:
    """Faces, layers and regions of terminals and contacts exist."""
    layers = {layer.name: layer for layer in case.geometry.layers}
    regions = sorted({region.name for layer in layers.values() for region in layer.regions})
    faces = [*_FACES, *(f"{layer}.{face}" for layer in layers for face in _FACES)]
    for i, terminal in enumerate(electric.terminals):
        loc: Loc = ("electric", "terminals", i)
        inside = layers.get(terminal.layer or (terminal.face or "").rpartition(".")[0])
        known = regions if inside is None else sorted(region.name for region in inside.regions)
        for key, what, valid in (
            ("face", "face", faces),
            ("layer", "layer", list(layers)),
            ("region", "region", known),
        ):
            value = getattr(terminal, key)
            if value is not None and value not in valid:
                raise text.error((*loc, key), f"there is no {what} '{value}'; {nearest(value, valid)}")
    names = [
        *layers,
        *regions,
        *(f"{layer.name}/{region.name}" for layer in layers.values() for region in layer.regions),
    ]
    for i, contact in enumerate(electric.contacts):
        for j, name in enumerate(contact.between):
            if name not in names:
                where: Loc = ("electric", "contacts", i, "between", j)
                raise text.error(where, f"there is no layer or region '{name}'; {nearest(name, names)}")


def check_stack(case: Case, stack: StackUp, text: Source) -> None:
    """Rules about shapes: terminals inside the outline (those on top and bottom faces), and as symmetric as the model.

    Raises:
        CaseError: the first rule that is broken.
    """
    for i, (terminal, outline) in enumerate(
        zip(case.electric.terminals if case.electric else (), stack.electrodes, strict=True)
    ):
        loc: Loc = ("electric", "terminals", i)
        if outline is not None and not shapely.intersects(outline, stack.outline):
            raise text.error((*loc, "shape"), "the shape lies outside the outline")
        layers = [layer for layer in stack.layers if terminal.layer in (None, layer.name)]
        named = [part for layer in layers for part in layer.regions if part.name == terminal.region]
        shapes = [] if outline is None else [outline]
        shapes += [shapely.unary_union(list(part.polygons)) for part in named if part.polygons]
        for axis in stack.mirrors:
            for shape in shapes:
                if not mirrors_itself([shape], axis, 1e-9 * stack.outline.area):
                    raise text.error(
                        loc, f"the terminal is not symmetric about {'xy'[axis]} = 0; use a symmetry it has"
                    )
