"""What the case file calls a face, as tagged facets of the mesh."""

from collections.abc import Sequence

import numpy as np
import shapely
import ufl
from dolfinx import mesh
from mpi4py import MPI

from meshes.extrude import BOTTOM, SIDE, TOP, StackMesh, facet_tag
from solver.arrays import Integers
from solver.case.thermal import Boundary
from solver.errors import CaseError

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
    """Local facets of each boundary: its face, or a patch, which takes the place of what holds around it.

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
    patches = [part for part, patch in zip(chosen, stack_mesh.stack.patches, strict=True) if patch]
    for index, boundary in enumerate(boundaries):
        if not stack_mesh.stack.patches[index]:
            for part in patches:
                chosen[index] = chosen[index] & ~part
        if stack_mesh.comm.allreduce(int(chosen[index].sum()), MPI.SUM) == 0:
            place = "the patch on face" if stack_mesh.stack.patches[index] else "face"
            raise CaseError(f"thermal.boundaries: {place} '{boundary.face}' has no exposed area in this stack")
    return [tags.indices[part] for part in chosen]


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
