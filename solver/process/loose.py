"""Parts that nothing holds, or that heat cannot leave: found on the plane mesh, before anything is solved."""

from collections.abc import Iterator

import numpy as np
import shapely

from meshes.pieces import Pieces, neighbours, pieces, touching
from meshes.plane import EMPTY, PlaneMesh, plane_mesh
from solver.arrays import Array, Mask
from solver.case.displaced import Displaced
from solver.case.loaded import LoadedCase
from solver.case.mirror import Mirror
from solver.case.support import OnRing, Pins, lets_go
from solver.case.thermal import Boundary
from solver.errors import PlanishError
from solver.process import standing
from solver.process.plan import Stage, heated, plan

_NAMED = 3  # blocks of a piece in a message
_EDGE = 1e-6  # of the span: what stands on an edge tips


def check(loaded: LoadedCase, plane: PlaneMesh) -> None:
    """Every stage of the process hangs together or is held, and heat can leave every piece.

    Args:
        loaded: the case.
        plane: its plane mesh.

    Raises:
        CaseError: names the part.
    """
    case, stack = loaded.case, loaded.stack
    if case.process is not None:
        seen: list[Stage] = []
        for index, step in enumerate(plan(case.process, stack.layers)):
            for stage in step.stages:
                if not any(_alike(stage, one) for one in seen):
                    seen.append(stage)
                    for words in _unheld(loaded, _pieces(loaded, plane, stage), stage):
                        raise loaded.source.error(("process", "steps", index), words)
    settings = case.analysis.transient
    if case.thermal is not None and (settings is None or settings.start is None):
        found = _pieces(loaded, plane, heated(case.process, stack.layers))
        for words in _shut_in(found, case.thermal.boundaries):
            raise loaded.source.error(("thermal", "boundaries"), words)


def _alike(one: Stage, other: Stage) -> bool:
    return (one.parts, one.cut_out, one.held_by) == (other.parts, other.cut_out, other.held_by)


def _pieces(loaded: LoadedCase, plane: PlaneMesh, stage: Stage | None) -> Pieces:
    stack = loaded.stack.singulated() if stage is not None and stage.cut_out else loaded.stack
    return pieces(stack, plane, None if stage is None else stage.parts)


def _unheld(loaded: LoadedCase, found: Pieces, stage: Stage) -> Iterator[str]:
    """Pieces that may move as rigid bodies, in words."""
    support = stage.held_by
    if support == "free" or isinstance(support, Displaced | Mirror):
        if found.count > 1:
            yield f"{_name(found, found.count - 1)} {_alone(found, found.count - 1)}, and nothing holds it"
        return
    if lets_go(support):
        yield from _tipping(loaded, found, stage)
        return
    bottom, places = underside(found, stage), _held(found, stage)
    if isinstance(support, Pins):
        on = _on(found, bottom != EMPTY, places)
        for place in places[~on]:
            yield f"nothing is above the pin at {_place(place)}: the lowest layer is empty there"
    for piece in range(found.count):
        under = bottom == piece
        mine = places[np.unique(found.plane.quads[under]) if support == "chuck" else _on(found, under, places)]
        if not _levelled(mine, found, piece):
            part = f"{_name(found, piece)} {_alone(found, piece)}" if found.count > 1 else _name(found, piece)
            yield f"{part}, and what supports it leaves it free to tilt or fall"


def _tipping(loaded: LoadedCase, found: Pieces, stage: Stage) -> Iterator[str]:
    """Pieces on a plane they may lift off that do not stand there, in words."""
    bottom = underside(found, stage)
    for piece in range(found.count):
        part = f"{_name(found, piece)} {_alone(found, piece)}, and" if found.count > 1 else _name(found, piece)
        if found.count > 1 and found.meets(piece):
            yield f"{part} nothing holds it"
            continue
        under = standing.area(found, piece, bottom == piece, stage.held_by)
        if under.is_empty:
            yield f"{part} {'it ' * (found.count > 1)}stands on nothing"
            continue
        if stage.loads:
            continue  # they may hold it
        centre = standing.centre(loaded, found, piece, bottom == piece, stage)
        if not under.buffer(-_EDGE * found.stack.span).contains(shapely.Point(centre)):
            yield f"{part}{' it' * (found.count > 1)} tips: its weight acts at {_place(centre)}, beside what carries it"


def underside(found: Pieces, stage: Stage) -> Array:
    """(plane cells,) piece of the cells of the lowest layers of a stage, EMPTY where there are none."""
    layers = [found.stack.layer(name) for name in stage.layers]
    low = min(layer.bottom for layer in layers)
    near = [layer.bottom - low < 1e-9 * found.stack.thickness for layer in found.stack.layers]
    return np.asarray(found.number[near].max(axis=0))


def _held(found: Pieces, stage: Stage) -> Array:
    """(n, 2) points of the underside held in z (m), of the modelled part."""
    support, stack, points = stage.held_by, found.stack, found.plane.points
    if isinstance(support, Pins):
        places = np.array(support.pins)
        mirrors = list(stack.mirrors)
        places[:, mirrors] = np.abs(places[:, mirrors])
        return np.unique(places, axis=0)
    if support == "chuck":
        return points
    width = support.ring.width if isinstance(support, OnRing) else 0.0
    inward = shapely.distance(stack.outline.exterior, shapely.points(points))
    return points[inward <= width + 1e-6 * stack.span]


def _on(found: Pieces, cells: Mask, places: Array) -> Mask:
    """(places,) True on one of some plane cells."""
    quads = shapely.polygons(found.plane.points[found.plane.quads[cells]])
    near = shapely.STRtree(quads).query(shapely.points(places), predicate="dwithin", distance=1e-6 * found.stack.span)
    return np.isin(np.arange(len(places)), near[0])


def _levelled(places: Array, found: Pieces, piece: int) -> bool:
    """True if points held in z, with the mirror planes a piece meets, stop it from falling and tilting."""
    x0, y0, x1, y1 = found.bounds(piece)
    free = [0] + [1 + axis for axis in (0, 1) if axis not in found.mirrors(piece)]  # rise, and slopes along x and y
    size = max(x1 - x0, y1 - y0, 1e-300)
    rows = np.column_stack([np.ones(len(places)), places / size])[:, free]
    return bool(np.linalg.matrix_rank(rows, tol=1e-6) == len(free)) if len(places) else False


def _shut_in(found: Pieces, boundaries: list[Boundary]) -> Iterator[str]:
    """Pieces without a face that a boundary cools, in words."""
    cooled = np.zeros(found.number.shape, dtype=bool)
    for index, boundary in enumerate(boundaries):
        if boundary.flux is None:
            cooled |= _exposed(found, boundary.face, found.stack.patches[index])
    open_ = np.unique(found.number[cooled])
    for piece in range(found.count):
        if piece not in open_:
            alone = f" {_alone(found, piece)};" if found.count > 1 else ":"
            yield f"no path for heat to leave {_name(found, piece)}{alone} no boundary cools a face of it"


def _exposed(found: Pieces, face: str, patch: tuple[shapely.Polygon, ...]) -> Mask:
    """(layers, plane cells) that have a part of a face of the case file."""
    stack, there = found.stack, found.number != EMPTY
    layer, _, kind = face.rpartition(".")
    present = [index for index in range(len(stack.layers)) if there[index].any()]
    height = {"top": lambda i: -stack.layers[i].top, "bottom": lambda i: stack.layers[i].bottom}
    chosen = [i for i in present if not layer or stack.layers[i].name == layer]
    if not layer and kind in height:
        chosen = [min(present, key=height[kind])]
    shown = np.zeros_like(there)
    shown[chosen] = there[chosen]
    if kind == "sides":
        return shown & _on_rim(found, there)
    for low, high in touching(stack):
        if kind == "top":
            shown[low] &= ~there[high]
        else:
            shown[high] &= ~there[low]
    if patch:
        middles = found.plane.points[found.plane.quads].mean(axis=1)
        shown &= np.any([shapely.contains_xy(one, *middles.T) for one in patch], axis=0)
    return shown


def _on_rim(found: Pieces, there: Mask) -> Mask:
    """(layers, plane cells) with an upright face that is no mirror plane and has no cell beside it."""
    quads, points, span = found.plane.quads, found.plane.points, found.stack.span
    beside = np.zeros_like(there, dtype=np.int32)
    sides = neighbours(found.plane)
    one, other = np.concatenate([sides, sides[:, ::-1]]).T
    for index in range(len(there)):
        beside[index] = np.bincount(one, there[index, other], there.shape[1])
    ends = points[np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1)]  # (cells, sides, ends, 2)
    mirrored = np.zeros(quads.shape, dtype=bool)
    for axis in found.stack.mirrors:
        mirrored |= np.abs(ends[..., axis]).max(axis=-1) < 1e-9 * span
    return np.asarray(there & (beside + mirrored.sum(axis=1) < 4))


def _name(found: Pieces, piece: int) -> str:
    names = found.names(piece)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(repr(name) for name in names[:_NAMED])}{more} at {_place(found.middle(piece))}"


def _place(xy: Array) -> str:
    return "({:.6g}, {:.6g}) mm".format(*(np.round(1e3 * xy, 6) + 0.0))


def _alone(found: Pieces, piece: int) -> str:
    return "touches the rest only along edges or at corners" if found.meets(piece) else "touches nothing else"


def meshed(loaded: LoadedCase) -> PlaneMesh:
    """The plane mesh of a case, checked.

    Raises:
        CaseError: a loose part, or an outline that cannot be meshed with cells of this size.
    """
    try:
        plane = plane_mesh(loaded.stack)
    except PlanishError as error:
        raise loaded.source.error(("mesh", "in_plane_size"), str(error)) from None
    check(loaded, plane)
    return plane
