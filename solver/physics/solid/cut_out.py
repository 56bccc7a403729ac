"""A place of a stack whose cut goes along with the whole: which displacement the whole gives it.

The rigid motion of the place in the whole is taken away first: a small place goes far with it, and strains little.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.errors import CaseError
from solver.materials.material import Material
from solver.physics.solid.carried import Carrier, rigid_part
from solver.physics.solid.cut import Cut
from solver.physics.solid.solid import Solid


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


class CutOut(ABC):
    """A rectangular place of a stack, driven on its cut by the whole. Collective.

    Args:
        place: what it is made of.
        source: space of the displacement of the whole, degree 2, on any partition of the same communicator.
        cut: where it is cut out; `turned` for large deflection.

    Attributes:
        solid: the problem of the place; its stress and energy are those of the submodel.
        driven: displacement of the whole on the mesh of the place, without its rigid motion (m).

    Raises:
        CaseError: the cut leaves the whole, or the place has mirror planes. On all ranks.
    """

    solid: Solid

    def __init__(self, place: Place, source: fem.FunctionSpace, cut: Cut) -> None:
        mesh = place.stack_mesh
        if mesh.stack.mirrors:
            raise CaseError("submodel: symmetry: a place that is driven on all four sides has no mirror planes")
        self.cut, self.space = cut, fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
        self.driven = fem.Function(self.space)
        self._carrier = Carrier(source, self.space, cut.at)
        self._rigid: tuple[Array, Array, Array] = (np.eye(3), np.zeros(3), np.zeros(3))
        held = np.unique(cut(mesh, self.space).clamped // 3)
        if mesh.comm.allreduce(int((~self._carrier.inside[held]).sum()), MPI.SUM):
            there = f"[{1e3 * cut.at[0]:.6g} mm, {1e3 * cut.at[1]:.6g} mm]"
            raise CaseError(f"submodel: its cut at {there} leaves the stack it is a part of, as that is here")

    def drive(self, whole: fem.Function) -> None:
        """Take a displacement of the whole (m). Collective."""
        self.driven.x.array[:] = self._carrier(whole).x.array
        x, u = nodes_of(self.space), self.driven.x.array.reshape(-1, 3)
        self._rigid = turn, middle, moved = rigid_part(self.space, u)
        if self.cut.turned:
            u[:] = (x + u - moved) @ turn - (x - middle)
        else:
            u -= moved - middle + (x - middle) @ (0.5 * (turn - turn.T)).T

    def displacement(self) -> fem.Function:
        """Displacement of the place (m), as the whole counts it."""
        turn, middle, moved = self._rigid
        total = fem.Function(self.space, name="displacement")
        total.x.array[:] = self._relative()
        x, u = nodes_of(self.space), total.x.array.reshape(-1, 3)
        if self.cut.turned:
            u[:] = moved + (x + u - middle) @ turn.T - x
        else:
            u += moved - middle + (x - middle) @ (0.5 * (turn - turn.T)).T
        return total

    def _turned_back(self, vector: tuple[float, float, float]) -> tuple[float, float, float]:
        """A vector of the whole as the place has it."""
        if not self.cut.turned:
            return vector
        x, y, z = (float(part) for part in np.array(vector) @ self._rigid[0])
        return x, y, z

    @abstractmethod
    def _relative(self) -> Array:
        """(local unknowns,) displacement without the rigid motion (m)."""

    @property
    @abstractmethod
    def refined_stress(self) -> ufl.core.expr.Expr:
        """Stress by what was refined: that of the place less that of `driven`, both in its materials as they are."""

    @property
    @abstractmethod
    def linear_stress(self) -> ufl.core.expr.Expr:
        """Stress of the place, in Voigt order."""
