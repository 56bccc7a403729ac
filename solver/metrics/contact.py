"""What a plane under a stack carries, where it touches and how far the stack is off it."""

from dataclasses import dataclass

import numpy as np
import shapely
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array
from solver.case import support as case
from solver.physics.solid.solid import Balance, Solid
from solver.physics.solid.vacuum import vacuum

_ROUNDING = 1e-12
_NEAR = 1e-4  # thicknesses off the plane up to which a node counts as in contact: not all nodes of a flat part push
FLAT = 1.0  # um of gap up to which a stack counts as flat on its chuck


@dataclass(frozen=True)
class ContactSummary:
    """A stack on a plane that holds it, or that it may lift off; forces of the whole stack.

    Attributes:
        contact_fraction: part of the carrying area that touches, by the area of the nodes within 1e-4 thicknesses.
        contact_area_mm2: that area.
        max_gap_um: largest gap between the underside and the plane, at the nodes.
        rim_gap_um: the same at the outline, where a vacuum leaks.
        residual_gap_um: `max_gap_um` of a vacuum chuck, None of others.
        flat: whether the residual gap is below 1 um; None without a vacuum.
        contact_force_n: with which the plane pushes up.
        weight_n: of the layers.
        vacuum_n: with which the vacuum presses down.
        force_balance_error: contact force minus weight and vacuum, as a part of them or, if that is more, of all forces
            between plane and stack, pushing and pulling; None if a chuck carries nothing.
        pull_n: with which a plane that holds the stack pulls in places, together.
        pull_kpa: that, over the underside.
    """

    contact_fraction: float
    contact_area_mm2: float
    max_gap_um: float
    rim_gap_um: float
    residual_gap_um: float | None
    flat: bool | None
    contact_force_n: float
    weight_n: float
    vacuum_n: float
    force_balance_error: float | None
    pull_n: float
    pull_kpa: float


def contact_summary(support: case.Support, solution: Solid, balance: Balance) -> ContactSummary | None:
    """Of a solved step; None if its support neither holds the whole underside nor lets go. Collective.

    Args:
        support: of the step.
        solution: at the end of the step; its displacement is not laid level.
        balance: of it.
    """
    if support != "chuck" and not case.lets_go(support):
        return None
    stack_mesh, space = solution.stack_mesh, solution.space
    comm, whole = stack_mesh.comm, stack_mesh.stack.multiplicity
    carrying = np.union1d(solution.support.rests, solution.support.touches)
    carrying = carrying[carrying < 3 * space.dofmap.index_map.size_local]
    area = stack_mesh.of_nodes("areas of the underside", space, lambda: nodal_areas(stack_mesh, space))
    gap = solution.displacement.x.array[: len(area)]
    touching = carrying[gap[carrying] <= _NEAR * (stack_mesh.top - stack_mesh.bottom)]
    touched, carried, under = whole * comm.allreduce(
        np.array([area[touching].sum(), area[carrying].sum(), area.sum()]), MPI.SUM
    )
    everywhere = np.flatnonzero(area)
    at = shapely.points(nodes_of(space)[everywhere // 3, :2])
    rim = everywhere[shapely.distance(stack_mesh.stack.outline.exterior, at) < 1e-9 * stack_mesh.stack.span]
    highest, at_rim = (comm.allreduce(gap[part].max(initial=0.0), MPI.MAX) for part in (everywhere, rim))
    pressed = case.vacuum(support) * under
    load = balance.dead_force_n
    weight = load - pressed if abs(load - pressed) > _ROUNDING * load else 0.0
    return ContactSummary(
        contact_fraction=float(touched / carried),
        contact_area_mm2=float(1e6 * touched),
        max_gap_um=1e6 * highest,
        rim_gap_um=1e6 * at_rim,
        residual_gap_um=1e6 * highest if pressed else None,
        flat=bool(1e6 * highest < FLAT) if pressed else None,
        contact_force_n=balance.support_force_n,
        weight_n=weight,
        vacuum_n=pressed,
        force_balance_error=balance.force_error,
        pull_n=balance.pull_n,
        pull_kpa=1e-3 * balance.pull_n / under,
    )


def nodal_areas(stack_mesh: StackMesh, space: fem.FunctionSpace) -> Array:
    """(owned unknowns,) area of the underside that belongs to each of its nodes (m^2), at the unknowns in z.

    It is the nodal force of a unit pressure, positive at all nodes.
    """
    form = compat.form(vacuum(stack_mesh, -1.0)(ufl.TestFunction(space)))
    vector = la.vector(space.dofmap.index_map, 3)
    fem.assemble_vector(vector.array, form)
    vector.scatter_reverse(la.InsertMode.add)
    return vector.array[: 3 * space.dofmap.index_map.size_local].copy()
