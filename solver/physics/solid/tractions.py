"""Pressures and forces on faces: loads that keep their size and direction however far the stack deflects."""

from collections.abc import Callable, Sequence

import numpy as np
import shapely
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from meshes.extrude import SIDE, StackMesh, facet_tag
from solver import compat
from solver.arrays import Integers
from solver.case.displaced import Moved
from solver.case.ends import words
from solver.case.forces import Load
from solver.errors import CaseError
from solver.physics.coefficients import QUADRATURE_DEGREE
from solver.physics.faces import measures, on_ends, tags_of
from solver.stackup.patches import patch


def tractions(stack_mesh: StackMesh, loads: Sequence[Load]) -> Callable[[ufl.Argument], ufl.Form]:
    """sum of int t . v ds, as a function of v: t = -p n, or a force over the area it is spread over.

    Args:
        stack_mesh: the layers present.
        loads: of the step.

    Raises:
        CaseError: a load on nothing. Collective.
    """
    facets = [facets_of(stack_mesh, load) for load in loads]
    terms = []
    for load, ds in zip(loads, measures(stack_mesh, facets, QUADRATURE_DEGREE), strict=True):
        area = _area(stack_mesh, ds)
        if area == 0.0:
            on = f"face '{load.face}'" if load.end is None else f"end {words(load.end)}"
            raise CaseError(f"process: the load on {on} meets no exposed area of the layers present")
        if load.force is not None:
            share = 1.0 / (stack_mesh.stack.multiplicity * area)
            terms.append((ufl.as_vector([share * part for part in load.force]), ds))
        else:
            assert load.pressure is not None
            terms.append((-load.pressure * ufl.FacetNormal(stack_mesh.mesh), ds))
    return lambda v: sum((ufl.inner(t, v) * ds for t, ds in terms[1:]), ufl.inner(terms[0][0], v) * terms[0][1])


def facets_of(stack_mesh: StackMesh, load: Load | Moved) -> Integers:
    """Local facets of the face or end of a load, or of what is moved."""
    tags, stack = stack_mesh.facet_tags, stack_mesh.stack
    middles = mesh.compute_midpoints(stack_mesh.mesh, 2, tags.indices)[:, :2]
    if load.end is not None:
        upright = np.isin(tags.values, [facet_tag(index, SIDE) for index in range(len(stack.layers))])
        return np.asarray(tags.indices[upright & on_ends(stack_mesh, load.end, middles)])
    assert load.face is not None
    chosen = np.isin(tags.values, tags_of(stack_mesh, load.face))
    if load.shape is not None:
        chosen &= shapely.contains_xy(patch(load.shape, load.at, stack.size, stack.outline), *middles.T)
    return np.asarray(tags.indices[chosen])


def _area(stack_mesh: StackMesh, ds: ufl.Measure) -> float:
    """Of the modelled part (m^2), over all ranks."""
    one = fem.Constant(stack_mesh.mesh, 1.0)
    return float(stack_mesh.comm.allreduce(fem.assemble_scalar(compat.form(one * ds)), MPI.SUM))
