"""What a solved stack answers, whatever its kinematics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.materials.material import Material
from solver.physics.solid.load import State
from solver.physics.solid.supports import Support

DeadLoad: TypeAlias = Callable[[ufl.Argument], ufl.Form]
Supports: TypeAlias = Callable[[StackMesh, fem.FunctionSpace], Support]


@dataclass(frozen=True)
class Balance:
    """Checks on an equilibrium.

    Attributes:
        pin_reaction: largest force in a point support, as a part of the sum of all nodal thermal forces.
        energy_error: |a(u, u) - L(u)| / |L(u)|.
        support_force_n: what the supports that carry the whole stack push up with, together (N).
        pull_n: what those of them that hold it down pull with, together (N).
        dead_force_n: what dead loads press the whole stack down with (N).
        force_error: `support_force_n` less `dead_force_n`, as a part of it or, if that is more, of all forces of the
            supports; None if there is no such load.
    """

    pin_reaction: float
    energy_error: float
    support_force_n: float = 0.0
    pull_n: float = 0.0
    dead_force_n: float = 0.0
    force_error: float | None = None


@runtime_checkable
class Solid(Protocol):
    """A stack in equilibrium: what metrics and the process read, at small and at large deflection.

    Attributes:
        stack_mesh: the layers present.
        materials: one per block of the mesh.
        references: (blocks,) temperature at which each block is free of stress (K).
        space, support: of the displacement.
        displacement: of the present state (m).
        birth: displacement every cell was born at (m), cell by cell; None: at zero.
        state: the present one, copied; setting it goes there.
    """

    stack_mesh: StackMesh
    materials: tuple[Material, ...]
    references: Array
    space: fem.FunctionSpace
    support: Support
    displacement: fem.Function
    birth: fem.Function | None

    @property
    def state(self) -> State:
        """Displacement and the load it answers."""

    @state.setter
    def state(self, state: State) -> None: ...

    def stress(self, temperature: float | fem.Function, points: Array | None = None) -> Array:
        """Stress along the axes of the material, shape (local cells, points, 6), Voigt order xx yy zz yz xz xy, Pa.

        Args:
            temperature: of the present state: uniform (K) or a field.
            points: (n, 3) reference points of a cell; None: its eight corners.
        """

    def strain_energy(self) -> Array:
        """Elastic energy of every owned cell (J), shape (cells,)."""

    def balance(self) -> Balance:
        """Checks on the present equilibrium. Collective."""

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
