"""Scatter under tests/benchmarks/spy.c, and compare what MPI was given with what the index map says."""

import ctypes

import numpy as np
from dolfinx import fem, la, mesh
from mpi4py import MPI

from benchmarks import traffic

comm = MPI.COMM_WORLD
spy = ctypes.CDLL(None)
domain = mesh.create_box(comm, [np.zeros(3), np.ones(3)], [6, 5, 3], mesh.CellType.hexahedron)
space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
vector = la.vector(space.dofmap.index_map, 3)
said = traffic.of_space(space)


def spied() -> tuple[int, int]:
    """Messages and bytes since the last call."""
    out = (ctypes.c_long * 2)()
    spy.spied(out)
    return out[0], out[1]


spied()
vector.scatter_forward()
assert spied() == (said.forward_messages, 3 * said.forward_bytes), "forward"
vector.scatter_reverse(la.InsertMode.add)
assert spied() == (said.reverse_messages, 3 * said.reverse_bytes), "reverse"
assert said.forward_messages > 0 or said.reverse_messages > 0
print("as counted", flush=True)
