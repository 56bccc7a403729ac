"""Means of a nodal field over the regions of a stack, as a matrix that is made once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def region_means(mesh: StackMesh, space: fem.FunctionSpace, blocks: Sequence[int]) -> "csr_matrix":
    """(blocks, local nodes): this rank's part of the mean over each block; products add up over ranks. Collective."""
    from scipy import sparse  # 20 MB on every rank, which most runs do without

    domain = mesh.mesh
    indicator = fem.Function(fem.functionspace(domain, ("DG", 0)))
    form = compat.form(indicator * ufl.TestFunction(space) * ufl.dx(domain))
    rows = []
    for index in blocks:
        indicator.x.array[:] = 0.0
        indicator.x.array[: len(mesh.block)] = mesh.block == index
        weights = np.asarray(fem.assemble_vector(form).array).copy()
        volume = domain.comm.allreduce(float(weights.sum()), MPI.SUM)
        rows.append(sparse.csr_matrix(weights / volume))
    return sparse.vstack(rows, format="csr")
