"""What a support of the case file means to the solid model: unknowns that are held or touch, and dead loads."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from meshes.extrude import StackMesh
from solver.case import support as case
from solver.case.displaced import Displaced
from solver.case.forces import Load
from solver.case.mirror import Mirror
from solver.materials.material import Material
from solver.physics.solid.mirrored import on_mirror
from solver.physics.solid.places import on_places
from solver.physics.solid.solid import DeadLoad, Supports
from solver.physics.solid.supports import determinate, on_edge, on_ends, on_pins, on_plane, on_ring
from solver.physics.solid.tractions import tractions
from solver.physics.solid.vacuum import vacuum
from solver.physics.solid.weight import weight

Growth: TypeAlias = Callable[[float], float]


def supports(support: case.Support, exact: bool, growth: Growth | None = None) -> Supports:
    """Makes the support from mesh and displacement space.

    Args:
        support: of the case.
        exact: at large deflection.
        growth: strain of the sides of a stack on its mirror image, by temperature (K).
    """
    if isinstance(support, Mirror):
        assert growth is not None
        return partial(on_mirror, plane=support.plane, growth=growth)
    if isinstance(support, Displaced):
        return partial(on_places, moved=support.places, exact=exact)
    if isinstance(support, case.Pins):
        return partial(on_pins, places=support.pins)
    if isinstance(support, case.OnRing):
        return partial(on_ring, width=support.ring.width, lifts=not support.ring.hold)
    if support == "chuck" or case.lets_go(support):
        return partial(on_plane, lifts=support != "chuck")
    if isinstance(support, case.Clamp):
        return partial(on_ends, ends=support.ends, clamped=True)
    if isinstance(support, case.Edges):
        return partial(on_ends, ends=support.ends, clamped=False)
    return on_edge if support == "edge" else determinate


def dead_load(
    stack_mesh: StackMesh,
    materials: Sequence[Material],
    gravity: case.Acceleration | None,
    support: case.Support,
    loads: Sequence[Load] = (),
) -> DeadLoad | None:
    """Weight, vacuum and loads on faces together, None for none.

    Args:
        stack_mesh: the layers present.
        materials: one per block, with density if there is gravity.
        gravity: acceleration (m/s^2) in the step, or None.
        support: of the step.
        loads: of the step.

    Raises:
        CaseError: a load on nothing. Collective.
    """
    pressure = case.vacuum(support)
    forms = [] if gravity is None else [weight(stack_mesh, materials, gravity)]
    forms += [vacuum(stack_mesh, pressure)] if pressure else []
    forms += [tractions(stack_mesh, loads)] if loads else []
    return (lambda v: sum((form(v) for form in forms[1:]), forms[0](v))) if forms else None
