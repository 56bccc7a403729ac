"""Displacements imposed on the mesh of a case, for tests of what is read from them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from tests.probing import mesh_of

Array = np.ndarray
Motion = Callable[[Array], tuple]


def impose(case: str, directory: Path, comm: MPI.Comm, motion: Motion) -> tuple[StackMesh, fem.Function]:
    """The mesh of a case and the displacement `motion` of (3, n) places gives, components in m."""
    stack_mesh = mesh_of(case, directory, comm)
    u = fem.Function(fem.functionspace(stack_mesh.mesh, ("Lagrange", 2, (3,))))
    u.interpolate(lambda x: np.stack([part + 0.0 * x[0] for part in motion(x)]))
    return stack_mesh, u
