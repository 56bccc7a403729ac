"""A submodel: one place of a stack solved finer, its cut faces displaced as the whole stack is there.

u = g + w, where g is the displacement of the whole, interpolated by its finite elements, and w vanishes on the cut
(cut-boundary displacement method: N. G. Cormier et al., Finite Elements in Analysis and Design 32 (1999) 1).
"""

from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.errors import CaseError
from solver.linalg.choose import Choice
from solver.linalg.krylov import SolveRecord
from solver.materials.material import Material
from solver.physics.coefficients import DX
from solver.physics.solid.kinematics import strain, stress
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Balance
from solver.physics.solid.supports import Support

_NEAR = 1e-6  # of the span of the submodel: points that near to the whole are in it
_TRACTION = ((0, 5, 4), (5, 1, 3))  # Voigt components of stress on a face across x, and across y
_NONE = np.empty(0, dtype=np.int32)


class Submodel:
    """A rectangular place of a stack, at small deflection, elastic, its four sides driven by the whole.

    Args:
        stack_mesh: of the place, without mirror planes; its origin is at `at` of the whole, at the same height.
        materials: one per block of the mesh.
        references: (blocks,) temperature at which each block is free of stress (K).
        whole: displacement of the whole stack (m), degree 2, on any partition of the same communicator.
        at: centre of the place in the whole (m).
        solver: which linear solver.

    Attributes:
        solid: the problem of w; its stress and energy are those of the submodel.
        driven: g on the mesh of the place (m).

    Raises:
        CaseError: the cut leaves the whole, or the place has mirror planes. On all ranks.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        references: Array,
        whole: fem.Function,
        at: tuple[float, float],
        solver: Choice = "auto",
    ) -> None:
        if stack_mesh.stack.mirrors:
            raise CaseError("submodel: symmetry: a place that is driven on all four sides has no mirror planes")
        space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2, (3,)))
        self.driven = carried_over(whole, space, at, on_sides(stack_mesh, space).clamped[::3] // 3)
        against = fem.Function(space)
        against.x.array[:] = -self.driven.x.array
        self.solid = SmallDeflectionSolid(
            stack_mesh, materials, references, solver=solver, supports=on_sides, birth=against
        )

    def solve(self, temperature: float) -> tuple[SolveRecord, Balance]:
        """Equilibrium at a temperature (K), that of the whole. Collective; NotConvergedError as of the solid."""
        return self.solid.solve(temperature)

    def displacement(self) -> fem.Function:
        """Displacement of the place (m), as the whole counts it."""
        total = fem.Function(self.driven.function_space, name="displacement")
        total.x.array[:] = self.driven.x.array + self.solid.displacement.x.array
        return total

    def mismatch(self) -> dict[str, float]:
        """How far traction on each side is from that of the whole's displacement, over the largest side's. Collective.

        Both in the materials of the place and in the norm of L2, at `-x`, `+x`, `-y`, `+y`; zero where the cut feels
        nothing of what was refined. The worst side is the one to move outwards.
        """
        domain, (x0, y0, x1, y1) = self.solid.stack_mesh.mesh, self.solid.stack_mesh.stack.outline.bounds
        ours = self.solid.linear_stress(strain(self.solid.displacement))
        off = stress(self.solid.moduli, strain(self.solid.displacement))
        near, found = _NEAR * self.solid.stack_mesh.stack.span, {}
        for name, axis, end in (("-x", 0, x0), ("+x", 0, x1), ("-y", 1, y0), ("+y", 1, y1)):
            facets = mesh.locate_entities_boundary(
                domain, 2, lambda x, axis=axis, end=end: np.abs(x[axis] - end) < near
            )
            tags = mesh.meshtags(domain, 2, facets, np.ones(len(facets), dtype=np.int32))
            side = ufl.ds(domain, subdomain_data=tags, metadata=DX)(1)
            squares = [sum(field[i] ** 2 for i in _TRACTION[axis]) * side for field in (off, ours)]
            found[name] = np.sqrt([domain.comm.allreduce(fem.assemble_scalar(compat.form(one))) for one in squares])
        largest = max(whole for _, whole in found.values())
        return {name: float(part / largest) for name, (part, _) in found.items()}


def on_sides(stack_mesh: StackMesh, space: fem.FunctionSpace) -> Support:
    """Every point of the four sides of a rectangular stack is held in x, y and z."""
    x, (x0, y0, x1, y1) = space.tabulate_dof_coordinates(), stack_mesh.stack.outline.bounds
    near = _NEAR * stack_mesh.stack.span
    off = np.min([x[:, 0] - x0, x1 - x[:, 0], x[:, 1] - y0, y1 - x[:, 1]], axis=0)
    nodes = np.flatnonzero(off < near)
    return Support(_NONE, _NONE, clamped=(3 * nodes[:, None] + np.arange(3)).ravel().astype(np.int32))


def carried_over(
    whole: fem.Function, space: fem.FunctionSpace, at: tuple[float, float], needed: Integers
) -> fem.Function:
    """Displacement of the whole at the nodes of a place, by finite elements, wherever they are owned. Collective.

    Args:
        whole: displacement (m).
        space: of the place, degree 2, three components.
        at: centre of the place in the whole (m).
        needed: local nodes of the place that have to lie in the whole; others outside of it get zero.

    Raises:
        CaseError: a needed node lies outside of the whole.
    """
    domain, shift = space.mesh, np.array([*at, 0.0])
    cells_map = domain.topology.index_map(domain.topology.dim)
    cells = np.arange(cells_map.size_local + cells_map.num_ghosts, dtype=np.int32)
    where = fem.Function(whole.function_space)
    where.interpolate(lambda x: x)
    found, place = fem.Function(space), fem.Function(space)
    domain.geometry.x[:] += shift
    try:
        span = domain.comm.allreduce(np.ptp(domain.geometry.x, axis=0).max(initial=0.0), MPI.MAX)
        points = fem.create_interpolation_data(space, whole.function_space, cells, padding=_NEAR * span)
        found.interpolate_nonmatching(whole, cells, points)
        place.interpolate_nonmatching(where, cells, points)
    finally:
        domain.geometry.x[:] -= shift
    found.x.scatter_forward()
    place.x.scatter_forward()
    off = np.abs(place.x.array.reshape(-1, 3) - space.tabulate_dof_coordinates() - shift).max(axis=1)[needed]
    if domain.comm.allreduce(int((off > 1e1 * _NEAR * span).sum())):
        raise CaseError(f"submodel: its cut at [{at[0]:.6g} m, {at[1]:.6g} m] leaves the stack it is a part of")
    return found
