"""A vacuum under a stack: it presses the underside down, a load that keeps its size and direction."""

from collections.abc import Callable

import ufl

from meshes.extrude import StackMesh
from solver.physics.faces import tags_of


def vacuum(stack_mesh: StackMesh, pressure: float) -> Callable[[ufl.Argument], ufl.Form]:
    """-p int v_z ds over the underside, as a function of v.

    It acts on all of the underside, as if the rim were tight: no vacuum of that size presses harder. A pressure that
    turned with the face would differ by its slope, and push down with the same force per projected area.

    Args:
        stack_mesh: the layers present.
        pressure: below that of the air (Pa).
    """
    measure = ufl.Measure("ds", stack_mesh.mesh, subdomain_data=stack_mesh.facet_tags)
    ds = measure(tuple(tags_of(stack_mesh, "bottom")))
    return lambda v: -pressure * v[2] * ds
