"""A submodel: one place of a stack solved finer, its cut faces displaced as the whole stack is there.

u = g + w, where g is the displacement of the whole, interpolated by its finite elements, and w vanishes on the cut
(cut-boundary displacement method: N. G. Cormier et al., Finite Elements in Analysis and Design 32 (1999) 1). The rigid
motion of the place in the whole is taken away first: a small place goes far with the whole, and strains little.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.errors import CaseError
from solver.linalg.choose import Choice
from solver.materials.material import Material
from solver.physics.solid.carried import carried, rigid_part
from solver.physics.solid.cut import Cut
from solver.physics.solid.kinematics import green_strain, strain, stress
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.newton import FINAL
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Balance
from solver.physics.solid.weight import weight


@dataclass(frozen=True)
class Place:
    """What a submodel is made of.

    Attributes:
        stack_mesh: of the place, without mirror planes; its origin is at `at` of the cut, its heights are those of the
            whole.
        materials: one per block of the mesh.
        references: (blocks,) temperature at which each block is free of stress (K).
        gravity: acceleration (m/s^2), or None.
        pointwise: True to take a temperature field.
    """

    stack_mesh: StackMesh
    materials: Sequence[Material]
    references: Array
    gravity: tuple[float, float, float] | None = None
    pointwise: bool = False


class Submodel:
    """A rectangular place of a stack, of elastic materials, driven on its cut by the whole.

    Args:
        place: what it is made of.
        whole: displacement of the whole stack (m), degree 2, on any partition of the same communicator.
        cut: where it is cut out; `turned` for large deflection.
        solver: which linear solver, at small deflection.

    Attributes:
        solid: the problem of the place; its stress and energy are those of the submodel, its displacement w, or
            at large deflection g + w.
        driven: g on the mesh of the place, without its rigid motion (m).

    Raises:
        CaseError: the cut leaves the whole, or the place has mirror planes. On all ranks.
    """

    solid: SmallDeflectionSolid | LargeDeflectionSolid

    def __init__(self, place: Place, whole: fem.Function, cut: Cut, solver: Choice = "auto") -> None:
        mesh = place.stack_mesh
        if mesh.stack.mirrors:
            raise CaseError("submodel: symmetry: a place that is driven on all four sides has no mirror planes")
        space = fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
        self.cut, self._choice = cut, solver
        self.driven, inside = carried(whole, space, cut.at)
        held = np.unique(cut(mesh, space).clamped // 3)
        if mesh.comm.allreduce(int((~inside[held]).sum()), MPI.SUM):
            there = f"[{1e3 * cut.at[0]:.6g} mm, {1e3 * cut.at[1]:.6g} mm]"
            raise CaseError(f"submodel: its cut at {there} leaves the stack it is a part of, as that is here")
        self._rigid = rigid_part(space, self.driven.x.array.reshape(-1, 3))
        self._take_rigid_motion()
        self.solid = self._large(place) if cut.turned else self._small(place)

    def _take_rigid_motion(self) -> None:
        turn, middle, moved = self._rigid
        x, u = self.driven.function_space.tabulate_dof_coordinates(), self.driven.x.array.reshape(-1, 3)
        if self.cut.turned:
            u[:] = (x + u - moved) @ turn - (x - middle)
        else:
            u -= moved - middle + (x - middle) @ (0.5 * (turn - turn.T)).T

    def _small(self, place: Place) -> SmallDeflectionSolid:
        born = fem.Function(self.driven.function_space)
        born.x.array[:] = -self.driven.x.array
        stack = place.stack_mesh, place.materials, place.references, place.pointwise
        load = None if place.gravity is None else weight(place.stack_mesh, place.materials, place.gravity)
        return SmallDeflectionSolid(*stack, solver=self._choice, dead_load=load, supports=self.cut, birth=born)

    def _large(self, place: Place) -> LargeDeflectionSolid:
        stack = place.stack_mesh, place.materials, place.references, place.pointwise
        load = None
        if place.gravity is not None:
            x, y, z = (float(part) for part in np.array(place.gravity) @ self._rigid[0])
            load = weight(place.stack_mesh, place.materials, (x, y, z))
        return LargeDeflectionSolid(*stack, dead_load=load, supports=self.cut)

    def solve(self, temperature: float | fem.Function) -> Balance:
        """Equilibrium at a temperature (K), uniform or a field on the mesh of the place. Collective.

        Raises:
            NotConvergedError: as of the solid.
        """
        if isinstance(self.solid, SmallDeflectionSolid):
            return self.solid.solve(temperature)[1]
        load = self.solid.load_at(temperature)
        self.solid.take_over(self.driven.x.array.copy(), load)
        self.solid.follow(replace(load, held=0.0), FINAL)
        return self.solid.balance()

    def displacement(self) -> fem.Function:
        """Displacement of the place (m), as the whole counts it."""
        turn, middle, moved = self._rigid
        total = fem.Function(self.driven.function_space, name="displacement")
        total.x.array[:] = self.solid.displacement.x.array
        x, u = total.function_space.tabulate_dof_coordinates(), total.x.array.reshape(-1, 3)
        if self.cut.turned:
            u[:] = moved + (x + u - middle) @ turn.T - x
        else:
            u += self.driven.x.array.reshape(-1, 3) + moved - middle + (x - middle) @ (0.5 * (turn - turn.T)).T
        return total

    @property
    def refined_stress(self) -> ufl.core.expr.Expr:
        """Stress by what was refined: that of the place less that of the displacement g, both in its materials."""
        if isinstance(self.solid, SmallDeflectionSolid):
            return stress(self.solid.moduli, strain(self.solid.displacement))
        change = green_strain(self.solid.displacement) - green_strain(self.driven)
        return stress(self.solid.forms.moduli, change)

    @property
    def linear_stress(self) -> ufl.core.expr.Expr:
        """Stress of the place, in Voigt order."""
        if isinstance(self.solid, SmallDeflectionSolid):
            return self.solid.linear_stress(strain(self.solid.displacement))
        return stress(self.solid.forms.moduli, self.solid.forms.elastic)
