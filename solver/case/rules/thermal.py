"""What the `thermal` section must satisfy: names and files that exist, interfaces given once, a path for the heat."""

from collections.abc import Collection, Iterator
from pathlib import Path

from solver.case.film import FilmCourse, FilmMap
from solver.case.models import Case
from solver.case.source import Source
from solver.case.thermal import Boundary, PowerSource, Thermal
from solver.case.waveform import TemperatureCourse
from solver.case.yaml_text import Loc
from solver.errors import nearest
from solver.layout.side_file import obstacle

_FACES = ("top", "bottom", "sides")


def check(case: Case, text: Source) -> None:
    """Rules on power, interfaces and boundaries.

    Raises:
        CaseError: the first rule that is broken.
    """
    if case.thermal is None:
        if case.analysis.transient is not None:
            raise text.error(("analysis", "transient"), "heat in time needs a `thermal` section")
        return
    for i, source in enumerate(case.thermal.power):
        _power(case, source, ("thermal", "power", i), text)
    _interfaces(case, text)
    _coupled(case, text)
    for i, boundary in enumerate(case.thermal.boundaries):
        _boundary(case, boundary, ("thermal", "boundaries", i), text)
    starts_steady = case.analysis.transient is None or case.analysis.transient.start is None
    if starts_steady and all(boundary.flux is not None for boundary in case.thermal.boundaries):
        raise text.error(
            ("thermal", "boundaries"),
            "no path for heat to leave: give one face a temperature, convection or emissivity",
        )


def check_present(case: Case, present: Collection[str], text: Source) -> None:
    """What heat names is there when it is solved.

    Args:
        case: the case.
        present: blocks (`layer`, `layer/region`) in the first step in the thermal field.
        text: of the case file.

    Raises:
        CaseError: a power, an interface, a bond line or a boundary of something that is absent then.
    """
    if case.thermal is None:
        return
    layers = {block.partition("/")[0] for block in present}
    regions = {block.partition("/")[2] for block in present} - {""}
    absent = set(_parts(case)) - {*present, *layers, *regions}  # a name that nobody knows is another rule's matter
    rule = "is not there in the first step in the thermal field, in which heat is solved"
    for loc, name in _wanted(case.thermal):
        if name in absent:
            what = "layer " if loc[-1] == "face" else ""
            raise text.error(loc, f"{what}'{name}' {rule}")


def _wanted(thermal: Thermal) -> Iterator[tuple[Loc, str | None]]:
    """All that heat names, and where."""
    for i, source in enumerate(thermal.power):
        both = source.layer and source.region
        yield ("thermal", "power", i), f"{source.layer}/{source.region}" if both else source.layer or source.region
    for i, interface in enumerate(thermal.interfaces):
        for j, name in enumerate(interface.between):
            yield ("thermal", "interfaces", i, "between", j), name
    for i, name in enumerate(thermal.bond_lines):
        yield ("thermal", "bond_lines", i), name
    for i, boundary in enumerate(thermal.boundaries):
        yield ("thermal", "boundaries", i, "face"), boundary.face.rpartition(".")[0]


def _power(case: Case, source: PowerSource, loc: Loc, text: Source) -> None:
    layers = {layer.name: layer for layer in case.geometry.layers}
    if source.layer is not None and source.layer not in layers:
        raise text.error((*loc, "layer"), f"there is no layer '{source.layer}'; {nearest(source.layer, list(layers))}")
    if source.region is not None:
        known = sorted({region.name for region in layers[source.layer].regions} if source.layer else _regions(case))
        if source.region not in known:
            raise text.error((*loc, "region"), f"there is no region '{source.region}'; {nearest(source.region, known)}")
    for key in ("map", "floorplan", "trace"):
        file = getattr(source, key)
        if file is not None:
            _readable(file, (*loc, key), text)
    turned = [
        region
        for layer in case.geometry.layers
        for region in layer.regions
        if region.name == source.region and source.layer in (None, layer.name) and region.shape.rotation
    ]
    if turned and (source.map is not None or source.floorplan is not None):
        raise text.error((*loc, "region"), "maps and floorplans lie along the axes, and this region is turned")
    if source.floorplan is not None and case.geometry.symmetry != "none":
        raise text.error(("geometry", "symmetry"), "a floorplan has no symmetry: model the whole, `none`")
    if source.each is not None:
        _each(case, source, (*loc, "each"), text)


def _each(case: Case, source: PowerSource, loc: Loc, text: Source) -> None:
    """A power for every place of one grid."""
    assert source.each is not None
    if case.geometry.symmetry != "none":
        raise text.error(("geometry", "symmetry"), "powers of places have no symmetry: model the whole, `none`")
    layers = [layer for layer in case.geometry.layers if source.layer in (None, layer.name)]
    named = [region for layer in layers for region in layer.regions if region.name == source.region]
    grids = [region.grid for region in named if region.grid is not None]
    if len(named) != 1 or not grids or grids[0].edge_exclusion is not None:
        raise text.error(
            loc, "goes with one region of one layer that is a grid without `edge_exclusion`; name its layer"
        )
    columns, rows = grids[0].count
    if (len(source.each[0]), len(source.each)) != (columns, rows):
        found = f"{len(source.each[0])} x {len(source.each)} powers"
        raise text.error(loc, f"{found} for a grid of {columns} x {rows} places")


def _coupled(case: Case, text: Source) -> None:
    """Where heat depends on the mechanics there are mechanics in that heat."""
    assert case.thermal is not None
    names = _parts(case)
    for i, name in enumerate(case.thermal.bond_lines):
        if name not in names:
            rule = f"there is no layer or region '{name}'; {nearest(name, names)}"
            raise text.error(("thermal", "bond_lines", i), rule)
    if not case.thermal.coupled:
        return
    loc: Loc = ("thermal", "bond_lines")
    if not case.thermal.bond_lines:
        pressed = next(i for i, interface in enumerate(case.thermal.interfaces) if interface.pressed is not None)
        loc = ("thermal", "interfaces", pressed, "conductance")
    if case.process is None or not any(step.in_field for step in case.process.steps):
        raise text.error(loc, "pressure and thickness come from a process step with `temperature: thermal`; give one")
    if case.analysis.transient is not None:
        raise text.error(loc, "resistances that follow the mechanics are for the steady state; leave `transient` out")


def _parts(case: Case) -> list[str]:
    """Names of layers and regions, and of regions with their layer."""
    layers = case.geometry.layers
    of_layers = [f"{layer.name}/{region.name}" for layer in layers for region in layer.regions]
    return [*(layer.name for layer in layers), *sorted(_regions(case)), *of_layers]


def _interfaces(case: Case, text: Source) -> None:
    assert case.thermal is not None
    names = _parts(case)
    seen: list[list[str]] = []
    for i, interface in enumerate(case.thermal.interfaces):
        loc: Loc = ("thermal", "interfaces", i, "between")
        for j, name in enumerate(interface.between):
            if name not in names:
                raise text.error((*loc, j), f"there is no layer or region '{name}'; {nearest(name, names)}")
        if interface.between[0] == interface.between[1]:
            raise text.error(loc, "an interface lies between two different ones")
        if sorted(interface.between) in seen:
            raise text.error(loc, "these two have an interface already")
        seen.append(sorted(interface.between))


def _boundary(case: Case, boundary: Boundary, loc: Loc, text: Source) -> None:
    valid = faces(case)
    if boundary.face not in valid:
        raise text.error((*loc, "face"), f"there is no face '{boundary.face}'; {nearest(boundary.face, valid)}")
    regions = _regions(case)
    if boundary.region is not None and boundary.region not in regions:
        rule = f"there is no region '{boundary.region}'; {nearest(boundary.region, sorted(regions))}"
        raise text.error((*loc, "region"), rule)
    if isinstance(boundary.convection, FilmMap):
        _readable(boundary.convection.map, (*loc, "convection", "map"), text)
    if isinstance(boundary.convection, FilmCourse) and case.analysis.transient is None:
        rule = "a film that changes with time needs `analysis: {transient: ...}`"
        raise text.error((*loc, "convection"), rule)
    for key in ("ambient", "temperature"):
        given = getattr(boundary.heat_sink or boundary, key, None)
        if isinstance(given, TemperatureCourse) and case.analysis.transient is None:
            rule = "a temperature that changes with time needs `analysis: {transient: ...}`"
            raise text.error((*loc, key), rule)


def faces(case: Case) -> list[str]:
    """Names of all faces."""
    return [*_FACES, *(f"{layer.name}.{face}" for layer in case.geometry.layers for face in _FACES)]


def _readable(file: Path, loc: Loc, text: Source) -> None:
    reason = obstacle(text.directory, file)
    if reason is not None:
        raise text.error(loc, reason)


def _regions(case: Case) -> set[str]:
    """Names of all regions."""
    return {region.name for layer in case.geometry.layers for region in layer.regions}
