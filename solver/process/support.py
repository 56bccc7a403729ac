"""What a support of the case file means to the solid model: unknowns that are held or touch, and dead loads."""

from collections.abc import Sequence
from functools import partial

from meshes.extrude import StackMesh
from solver.case import support as case
from solver.materials.material import Material
from solver.physics.elasticity import DeadLoad, Supports
from solver.physics.supports import determinate, on_edge, on_pins, on_plane, on_ring
from solver.physics.vacuum import vacuum
from solver.physics.weight import weight


def supports(support: case.Support) -> Supports:
    """Makes the support from mesh and displacement space."""
    if isinstance(support, case.Pins):
        return partial(on_pins, places=support.pins)
    if isinstance(support, case.OnRing):
        return partial(on_ring, width=support.ring.width, lifts=not support.ring.hold)
    if support == "chuck" or case.lets_go(support):
        return partial(on_plane, lifts=support != "chuck")
    return on_edge if support == "edge" else determinate


def dead_load(
    stack_mesh: StackMesh, materials: Sequence[Material], gravity: case.Acceleration | None, support: case.Support
) -> DeadLoad | None:
    """Weight and vacuum together, None for neither.

    Args:
        stack_mesh: the layers present.
        materials: one per block, with density if there is gravity.
        gravity: acceleration (m/s^2) in the step, or None.
        support: of the step.
    """
    pressure = case.vacuum(support)
    loads = [] if gravity is None else [weight(stack_mesh, materials, gravity)]
    loads += [vacuum(stack_mesh, pressure)] if pressure else []
    return (lambda v: sum((load(v) for load in loads[1:]), loads[0](v))) if loads else None
