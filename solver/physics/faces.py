"""What the case file calls a face, as tagged facets of the mesh."""

from collections.abc import Sequence

import numpy as np
import shapely
import ufl
from dolfinx import mesh
from mpi4py import MPI

from meshes.extrude import BOTTOM, SIDE, TOP, StackMesh, facet_tag
from solver.arrays import Array, Integers, Mask
from solver.case.ends import Line, line
from solver.case.thermal import Boundary
from solver.errors import CaseError

_ON_LINE = 1e-6  # of the span: outlines are rounded to a grid
_KINDS = {"top": TOP, "bottom": BOTTOM, "sides": SIDE}


def tags_of(stack_mesh: StackMesh, face: str) -> list[int]:
    """Facet tags of `top`, `bottom`, `sides` or `LAYER.top` and so on.

    `top` and `bottom` are the exposed faces of the uppermost and the lowest layer; `sides` is every exposed upright
    face; with a layer's name, the exposed part of that layer.
    """
    layer, dot, kind = face.rpartition(".")
    names = [layer.name for layer in stack_mesh.stack.layers]
    if dot:
        return [facet_tag(names.index(layer), _KINDS[kind])]
    if kind == "top":
        return [facet_tag(names.index(stack_mesh.layers[-1]), TOP)]
    if kind == "bottom":
        return [facet_tag(names.index(stack_mesh.layers[0]), BOTTOM)]
    return [facet_tag(names.index(name), SIDE) for name in stack_mesh.layers]


def boundary_facets(stack_mesh: StackMesh, boundaries: Sequence[Boundary]) -> list[Integers]:
    """Local facets of each boundary: its face, or a patch or end, which takes the place of what holds around it.

    Raises:
        CaseError: naming a face or patch with no exposed area. Collective.
    """
    tags = stack_mesh.facet_tags
    middles = mesh.compute_midpoints(stack_mesh.mesh, 2, tags.indices)[:, :2]
    on_face = [np.isin(tags.values, tags_of(stack_mesh, boundary.face)) for boundary in boundaries]
    chosen = list(on_face)
    for index, patch in enumerate(stack_mesh.stack.patches):
        if patch:
            inside = np.any([shapely.contains_xy(polygon, *middles.T) for polygon in patch], axis=0)
            chosen[index] = on_face[index] & inside
    for index, boundary in enumerate(boundaries):
        if boundary.end is not None:
            chosen[index] = on_face[index] & on_ends(stack_mesh, boundary.end, middles)
    limited = [
        bool(patch) or one.end is not None for one, patch in zip(boundaries, stack_mesh.stack.patches, strict=True)
    ]
    for index, boundary in enumerate(boundaries):
        for part in () if limited[index] else (one for one, some in zip(chosen, limited, strict=True) if some):
            chosen[index] = chosen[index] & ~part
        if stack_mesh.comm.allreduce(int(chosen[index].sum()), MPI.SUM) == 0:
            place = "the patch or end on face" if limited[index] else "face"
            raise CaseError(f"thermal.boundaries: {place} '{boundary.face}' has no exposed area in this stack")
    return [tags.indices[part] for part in chosen]


def on_ends(stack_mesh: StackMesh, ends: Sequence[str | Line], points: Array) -> Mask:
    """(n,) which points (n, 2) of the plane (m) lie on one of some ends of the outline."""
    stack = stack_mesh.stack
    far = [shapely.distance(line(stack.outline, end), shapely.points(points)) for end in ends]
    return np.asarray(np.min(far, axis=0) < _ON_LINE * stack.span)


def measures(stack_mesh: StackMesh, facets: Sequence[Integers], degree: int) -> list[ufl.Measure]:
    """A measure for each set of facets; sets may overlap.

    Args:
        stack_mesh: the mesh.
        facets: local facets of each set.
        degree: of the quadrature.
    """
    known = stack_mesh.facet_tags.indices
    member = np.array([np.isin(known, part) for part in facets]).T  # (facets, sets)
    patterns = np.unique(np.concatenate(stack_mesh.comm.allgather(np.unique(member, axis=0))), axis=0)
    kind = {pattern.tobytes(): number for number, pattern in enumerate(patterns, start=1)}
    values = np.array([kind[row.tobytes()] for row in member], dtype=np.int32)
    marked = mesh.meshtags(stack_mesh.mesh, 2, known, values)
    ds = ufl.Measure("ds", stack_mesh.mesh, subdomain_data=marked, metadata={"quadrature_degree": degree})
    return [ds(tuple(int(number) for number in 1 + np.flatnonzero(patterns[:, index]))) for index in range(len(facets))]
