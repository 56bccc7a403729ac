"""Messages and bytes that ranks exchange, counted from the index map of a space."""

from dataclasses import dataclass

import numpy as np
from dolfinx import fem

_DOUBLE = 8


@dataclass(frozen=True)
class Scatter:
    """What this rank sends when the values of one unknown per node are scattered.

    A forward scatter sends owned values to the ranks that see them as ghosts, a reverse one ghost values to their
    owners. DOLFINx sends one message to each such rank (`MPI_Ineighbor_alltoallv`).

    Attributes:
        forward_messages, reverse_messages: ranks sent to.
        forward_bytes, reverse_bytes: of one unknown per node.
    """

    forward_messages: int
    reverse_messages: int
    forward_bytes: int
    reverse_bytes: int


def of_space(space: fem.FunctionSpace) -> Scatter:
    """Messages and bytes of one unknown per node of a space; collective."""
    index_map = space.dofmap.index_map
    ghosts = np.bincount(index_map.owners, minlength=space.mesh.comm.size)  # by owner
    seen = np.array(space.mesh.comm.alltoall(ghosts.tolist()))  # owned by this rank, by the rank that sees them
    return Scatter(
        forward_messages=int(np.count_nonzero(seen)),
        reverse_messages=int(np.count_nonzero(ghosts)),
        forward_bytes=_DOUBLE * int(seen.sum()),
        reverse_bytes=_DOUBLE * int(ghosts.sum()),
    )
