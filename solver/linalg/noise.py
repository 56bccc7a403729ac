"""Values without a pattern, to start iterations from."""

import numpy as np
from dolfinx import fem

from meshes.nodes import nodes_of
from solver.arrays import Array, Integers


def noise(space: fem.FunctionSpace, prescribed: Integers, which: int = 0) -> Array:
    """(owned unknowns,) values between -0.6 and 0.6, zero where prescribed, the same on any number of ranks.

    Args:
        space: of scalars or vectors.
        prescribed: local unknowns.
        which: others for another number.
    """
    components, owned = space.dofmap.index_map_bs, space.dofmap.index_map.size_local
    x = nodes_of(space)[:owned]
    values = np.abs(np.sin(1e4 * x @ np.array([12.9898, 78.233, 37.719]) + 1.0 + which) * 43758.5453) % 1.0 - 0.5
    result = np.repeat(values, components) * np.tile(1.0 + 0.1 * np.arange(components), owned)
    result[prescribed[prescribed < len(result)]] = 0.0
    return np.asarray(result)
