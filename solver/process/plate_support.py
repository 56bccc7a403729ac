"""What a support of the case file means to the plate model: unknowns that are held or touch, and dead loads."""

from collections.abc import Sequence
from functools import partial

from meshes.plate import PlateMesh
from solver.case import support as case
from solver.case.forces import Load
from solver.physics.plate.dead_loads import pressure, together, weight
from solver.physics.plate.forms import DeadLoad
from solver.physics.plate.section import Section
from solver.physics.plate.supports import (
    PlateSupports,
    determinate,
    on_edge,
    on_ends,
    on_pins,
    on_plane,
    on_ring,
)
from solver.physics.plate.tractions import tractions


def plate_supports(support: case.Support) -> PlateSupports:
    """Makes the support from mesh and displacement space."""
    if isinstance(support, case.Pins):
        return partial(on_pins, places=support.pins)
    if isinstance(support, case.OnRing):
        return partial(on_ring, width=support.ring.width, lifts=not support.ring.hold)
    if support == "chuck" or case.lets_go(support):
        return partial(on_plane, lifts=support != "chuck")
    if isinstance(support, case.Clamp | case.Edges):
        return partial(on_ends, ends=support.ends, clamped=isinstance(support, case.Clamp))
    return on_edge if support == "edge" else determinate


def plate_dead_load(
    plate: PlateMesh,
    section: Section,
    gravity: case.Acceleration | None,
    support: case.Support,
    loads: Sequence[Load] = (),
) -> DeadLoad | None:
    """Weight, vacuum and loads on faces together, None for none.

    Args:
        plate: the layers present.
        section: of them, with densities if there is gravity, about the reference plane.
        gravity: acceleration (m/s^2) in the step, or None.
        support: of the step.
        loads: of the step.

    Raises:
        CaseError: a load on nothing. Collective.
    """
    vacuum = case.vacuum(support)
    found = [] if gravity is None else [weight(section, gravity)]
    found += [pressure(plate, -vacuum)] if vacuum else []
    found += tractions(plate, loads, section.height)
    return together(*found) if found else None
