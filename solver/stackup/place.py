"""The stack-up of a submodel: layers of its own, or those of the whole cut out of it, at the heights of the whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import Polygon, box

from solver.arrays import Array
from solver.case.geometry import Geometry, Outline
from solver.case.models import Analysis, Case, Mesh, Report
from solver.case.process import Process, Step
from solver.case.submodel import Submodel
from solver.stackup.cracks import placed_cracks
from solver.stackup.stack import PlacedLayer, PlacedRegion, StackUp, stack_up

_CELLS = 20  # along the longer side of a place
_ROUND = 1e-9  # of the thickness of the whole
_DIGITS = 12  # of a place in m that are kept
_ROOM = 293.15  # K, of the step that stands for those of the whole

Spot = tuple[float, float]


def case_of(case: Case, submodel: Submodel) -> Case:
    """A submodel with layers of its own as a case: what checks and places those of a case does so with it."""
    outline = Outline.model_construct(shape="rectangle", size=submodel.size)
    process = Process.model_construct(
        stress_free_temperature=_ROOM, steps=[Step.model_construct(name="cool", temperature=_ROOM)]
    )
    return Case.model_construct(
        title=case.title,
        geometry=Geometry.model_construct(
            outline=outline, layers=list(submodel.layers), delaminations=list(submodel.delaminations)
        ),
        materials=case.materials,
        mesh=Mesh.model_construct(
            in_plane_size=cell_size(submodel),
            cells_per_layer=submodel.mesh.cells_per_layer,
            edge_refinement=submodel.mesh.edge_refinement,
        ),
        process=process,
        analysis=Analysis.model_construct(solver=case.analysis.solver),
        report=Report.model_construct(),
    )


def cell_size(submodel: Submodel) -> float:
    """Largest cell edge in plane (m)."""
    return submodel.mesh.in_plane_size or max(submodel.size) / _CELLS


def level_of(stack: StackUp, face: str | None, top: bool) -> float:
    """Height (m) of a face such as `die.bottom`; of the lowest or highest face if None."""
    if face is None:
        return max(one.top for one in stack.layers) if top else min(one.bottom for one in stack.layers)
    name, _, side = face.rpartition(".")
    layer = stack.layer(name)
    return layer.top if side == "top" else layer.bottom


def own_stack(case: Case, submodel: Submodel, whole: StackUp) -> StackUp:
    """The stack-up of a submodel with layers of its own."""
    found = stack_up(case_of(case, submodel), Path())
    up = level_of(whole, submodel.bottom, False)
    return replace(found, layers=tuple(replace(one, bottom=one.bottom + up, top=one.top + up) for one in found.layers))


def cut_stack(submodel: Submodel, whole: StackUp, at: tuple[float, float]) -> StackUp:
    """The stack-up of a place (m) of the whole, as it is there."""
    half = 0.5 * np.array(submodel.size)
    outline, near = box(*-half, *half), _ROUND * whole.thickness
    low, high = level_of(whole, submodel.bottom, False), level_of(whole, submodel.top, True)
    layers = [one for one in whole.layers if one.bottom > low - near and one.top < high + near]
    edge, size = submodel.mesh.edge_refinement, cell_size(submodel)
    return StackUp(
        outline=outline,
        disc=False,
        symmetry="none",
        layers=tuple(_cut(one, outline, at, submodel.mesh.cells_per_layer) for one in layers),
        size=size,
        edge_size=edge.size if edge else None,
        edge_distance=edge.distance if edge else None,
        cracks=placed_cracks(submodel.delaminations, {one.name: one.bottom for one in layers}, size, outline),
    )


def _cut(layer: PlacedLayer, outline: Polygon, at: tuple[float, float], cells: int) -> PlacedLayer:
    moved = (_moved(region, outline, at) for region in layer.regions)
    return replace(
        layer, regions=tuple(region for region in moved if region.polygons), cells=layer.cells * cells, instead=""
    )


def _moved(region: PlacedRegion, outline: Polygon, at: tuple[float, float]) -> PlacedRegion:
    """What of a region lies in the place, about its middle."""
    there = shapely.transform(np.array(region.polygons, dtype=object), lambda xy: xy - np.array(at))
    pieces = shapely.get_parts(shapely.intersection(there, outline))
    whole = shapely.get_type_id(pieces) == 3
    kept = tuple(pieces[whole & (shapely.area(pieces) > 1e-12 * outline.area)])
    return replace(region, polygons=kept, parts=None, places=None)


def corner_of(stack: StackUp, part: str) -> Spot:
    """The corner (m) of a piece of a part that is farthest from the middle of the outline, or its image."""
    corners = np.concatenate([np.asarray(one.exterior.coords) for one in stack.polygons_of(part)])
    middle = shapely.get_coordinates(stack.outline.centroid)[0]
    far = np.linalg.norm(corners - middle, axis=1)
    images = np.array([folded(stack, one) for one in corners[far > far.max() * (1.0 - 1e-9)]])
    x, y = images[np.lexsort(np.round(images, _DIGITS).T[::-1])[-1]]
    return float(x), float(y)


def folded(stack: StackUp, place: Array) -> Spot:
    """The image of a place (2,) in the modelled part."""
    x, y = (round(float(one), _DIGITS) + 0.0 for one in place)  # no -0
    return (abs(x) if 0 in stack.mirrors else x), (abs(y) if 1 in stack.mirrors else y)
