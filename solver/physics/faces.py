"""What the case file calls a face, as tagged facets of the mesh."""

import numpy as np
from mpi4py import MPI

from meshes.extrude import BOTTOM, SIDE, TOP, StackMesh, facet_tag
from solver.arrays import Integers
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


def facets_of(stack_mesh: StackMesh, face: str) -> Integers:
    """Local facets of a face."""
    tags = stack_mesh.facet_tags
    return tags.indices[np.isin(tags.values, tags_of(stack_mesh, face))]


def check_exposed(stack_mesh: StackMesh, face: str) -> None:
    """Refuse a face that has no facet.

    Raises:
        CaseError: naming the face. Collective.
    """
    if stack_mesh.comm.allreduce(len(facets_of(stack_mesh, face)), MPI.SUM) == 0:
        raise CaseError(f"thermal.boundaries: face '{face}' has no exposed area in this stack")
