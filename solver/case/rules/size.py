"""Sizes that cannot be: estimated from the case file alone, in microseconds, before anything is drawn or meshed."""

import math

from shapely.geometry import Polygon

from solver.case.geometry import Grid, Layer, Outline, Region, Shape
from solver.case.models import Case
from solver.case.source import Source
from solver.case.waveform import TemperatureCourse, Waveform
from solver.case.yaml_text import Loc
from solver.stackup.shapes import outline_of
from solver.stackup.smear import is_small, obstacle
from solver.stackup.stack import MIRRORS

# A hundred times the largest problems that have been solved, or what takes minutes for nothing.
_CELLS_IN_PLANE = 2_000_000
_CELLS = 50_000_000
_PARTS = 50_000  # drawn one by one
_SMEARED_PARTS = 10_000_000
_POINTS_OF_FIELDS = 10_000_000
_JUMPS = 1_000_000  # of a power in time, each at least a step
_DECADES = 20


def check(case: Case, text: Source) -> None:
    """Numbers of parts, of cells and of steps in time.

    Raises:
        CaseError: the first that is too large.
    """
    drawn = _parts(case, text)
    in_plane = _in_plane(case, drawn, text)
    _through(case, in_plane, text)
    _fields(case, text)
    _times(case, text)


def _parts(case: Case, text: Source) -> int:
    """Parts of regions that are drawn one by one."""
    drawn, smeared = 0, 0
    for i, layer in enumerate(case.geometry.layers):
        for j, region in enumerate(layer.regions):
            if region.grid is None:
                drawn += 1
                continue
            count = math.prod(region.grid.count)
            loc: Loc = ("geometry", "layers", i, "regions", j, "grid", "count")
            if _is_smeared(layer, region, region.grid, case.mesh.homogenise_below):
                smeared += count
                _limit(smeared, _SMEARED_PARTS, "parts of arrays", loc, text)
            else:
                drawn += count
                hint = "; `mesh: {homogenise_below: ...}` makes an array one region"
                _limit(drawn, _PARTS, "parts of regions", loc, text, hint)
    return drawn


def _is_smeared(layer: Layer, region: Region, grid: Grid, below: float | None) -> bool:
    return not region.fill and is_small(region, math.prod(grid.count), below) and obstacle(layer, region) is None


def _in_plane(case: Case, drawn: int, text: Source) -> float:
    """Cells in the plane: no fewer than these."""
    outline, mesh = case.geometry.outline, case.mesh
    area, around = _extent(outline)
    share = 2 ** len(MIRRORS[case.geometry.symmetry])
    longer = max(_sides(outline))
    size = mesh.in_plane_size or longer / 40
    cells = area / size**2 / share
    fitting = math.sqrt(area / share / _CELLS_IN_PLANE)
    hint = f"; cells of {1e3 * fitting:.2g} mm would do"
    _limit(cells, _CELLS_IN_PLANE, "cells in the plane", ("mesh", "in_plane_size"), text, hint)
    cells += drawn / share
    edge = mesh.edge_refinement
    if edge is not None:
        rows = max(1.0, min(edge.distance, longer) / (edge.size + size))
        cells += around / edge.size * rows / share
        _limit(cells, _CELLS_IN_PLANE, "cells in the plane", ("mesh", "edge_refinement", "size"), text)
    for i, step in enumerate(case.process.steps if case.process else ()):
        if step.singulate is not None and step.singulate.in_plane_size is not None:
            cells += min(area, _area(step.singulate.shape)) / step.singulate.in_plane_size**2 / share
            loc = ("process", "steps", i, "singulate", "in_plane_size")
            _limit(cells, _CELLS_IN_PLANE, "cells in the plane", loc, text)
    return cells


def _through(case: Case, in_plane: float, text: Source) -> None:
    """Cells of all layers."""
    total = 0.0
    for i, layer in enumerate(case.geometry.layers):
        total += in_plane * (layer.cells or case.mesh.cells_per_layer)
        loc: Loc = ("mesh", "cells_per_layer") if layer.cells is None else ("geometry", "layers", i, "cells")
        _limit(total, _CELLS, "cells", loc, text)


def _fields(case: Case, text: Source) -> None:
    """Points measured in exposure fields."""
    wanted = case.report.lithography
    if wanted is not None:
        area = math.prod(_sides(case.geometry.outline))
        points = area / math.prod(wanted.pitch or wanted.field) * wanted.points**2
        loc: Loc = ("report", "lithography", "pitch" if wanted.pitch else "field")
        _limit(points, _POINTS_OF_FIELDS, "points in exposure fields", loc, text)


def _times(case: Case, text: Source) -> None:
    """Steps that a course in time has at least."""
    impedance, transient = case.analysis.impedance, case.analysis.transient
    if impedance is not None:
        decades = math.log10(impedance.end / impedance.start)
        _limit(decades, _DECADES, "decades of time", ("analysis", "impedance", "start"), text)
    if transient is None or case.thermal is None:
        return
    step = transient.largest_step or transient.duration
    _limit(transient.duration / step, _JUMPS, "steps in time", ("analysis", "transient", "largest_step"), text)
    for i, source in enumerate(case.thermal.power):
        loc: Loc = ("thermal", "power", i)
        if source.waveform is not None:
            jumps = transient.duration / (_period(source.waveform) or transient.duration)
            _limit(jumps, _JUMPS, "periods of the waveform", (*loc, "waveform"), text)
        if source.interval is not None:
            _limit(transient.duration / source.interval, _JUMPS, "samples of power", (*loc, "interval"), text)
    for i, boundary in enumerate(case.thermal.boundaries):
        for key in ("ambient", "temperature"):
            course = getattr(boundary.heat_sink or boundary, key, None)
            if isinstance(course, TemperatureCourse):
                jumps = transient.duration / (_period(course) or transient.duration)
                _limit(jumps, _JUMPS, "periods of the temperature", ("thermal", "boundaries", i, key), text)


def _period(course: Waveform | TemperatureCourse) -> float | None:
    repeated = course.pulse if isinstance(course, Waveform) else course.sine
    return course.repeat if repeated is None else repeated.period


def _limit(count: float, most: float, what: str, loc: Loc, text: Source, hint: str = "") -> None:
    if count > most:
        raise text.error(loc, f"{count:.2g} {what} are more than the {most:.2g} that are possible{hint}")


def _extent(outline: Outline) -> tuple[float, float]:
    """Area and perimeter, holes left out of account."""
    whole = _whole(outline)
    return whole.area, whole.length


def _sides(outline: Outline) -> tuple[float, float]:
    """Of the bounding box."""
    x0, y0, x1, y1 = _whole(outline).bounds
    return x1 - x0, y1 - y0


def _whole(outline: Outline) -> Polygon:
    return outline_of(outline.model_copy(update={"holes": []}), None)


def _area(shape: Shape) -> float:
    if shape.circle is not None:
        return math.pi / 4 * shape.circle**2
    sides = shape.rectangle or shape.ellipse
    if sides is not None:
        return math.prod(sides)
    return Polygon(shape.polygon).area if shape.polygon is not None else math.inf
