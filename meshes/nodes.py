"""Where the unknowns of a function space are: asked of DOLFINx once for each space."""

from dolfinx import fem

from solver.arrays import Array

_KEY = "_nodes_of_planish"


def nodes_of(space: fem.FunctionSpace) -> Array:
    """(local nodes, 3) places (m) of the nodes of a space, in the order of its blocks; not to be written to."""
    known = vars(space)
    if _KEY not in known:
        x = space.tabulate_dof_coordinates()
        x.flags.writeable = False
        known[_KEY] = x
    found: Array = known[_KEY]
    return found
