"""Small deflection of materials with a memory as Newton's method of stacks with an interface takes it.

It is that of large deflection (`forms`), on the linear strain: sigma = D : eps(u) + s.
"""

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.operator import matrix_free
from solver.parallel import combined
from solver.physics.coefficients import DX
from solver.physics.solid import change
from solver.physics.solid.kinematics import strain
from solver.physics.solid.load import Load, State


class SmallForms:
    """The functions a state is made of. All methods are collective.

    Args:
        displacement: of the present state (m).
        layered: the form of the stiffness; its law are the moduli.
        stress_at_rest: s, as of `Load.free_strain` (Pa).
        pull: (owned unknowns,) loads as the case has them (N).

    Attributes:
        last: the last correction of Newton's method (m), zero at an equilibrium; correction: the next one.
        held: (owned unknowns,) forces (N) that act by the share `held` of a load.
        answered: as of `Load`.
    """

    def __init__(
        self, displacement: fem.Function, layered: LayeredForm, stress_at_rest: fem.Function, pull: Array
    ) -> None:
        self.displacement, self.layered, self.moduli = displacement, layered, layered.law
        self.free_strain, self._pull = stress_at_rest, pull
        self.space = displacement.function_space
        self.owned = 3 * self.space.dofmap.index_map.size_local
        self.last, self.correction = (compat.function_like(displacement) for _ in range(2))
        self.held, self._held_share, self.answered, self.dead_share = np.zeros(self.owned), 0.0, 0.0, 0.0
        self._comm = self.space.mesh.comm
        self._product = matrix_free(layered, self.space, np.empty(0, dtype=np.int32))
        v, dx = ufl.TestFunction(self.space), ufl.dx(self.space.mesh, metadata=DX)
        self._rest = compat.form(ufl.inner(stress_at_rest, strain(v)) * dx)

    @property
    def state(self) -> State:
        """Displacement and load, copied."""
        fields = self.moduli.x.array.copy(), self.free_strain.x.array.copy()
        load = Load(*fields, self.dead_share, 1.0, self._held_share, np.zeros(2), self.answered)
        return State(self.displacement.x.array.copy(), load)

    @state.setter
    def state(self, state: State) -> None:
        self.displacement.x.array[:] = state.displacement
        self.last.x.array[:] = 0.0
        self.apply(state.load)

    def apply(self, load: Load) -> None:
        """Let a load act."""
        self.moduli.x.array[:], self.free_strain.x.array[:] = load.moduli, load.free_strain
        self.dead_share, self._held_share, self.answered = load.dead, load.held, load.answered

    def lag(self, load: Load) -> None:
        """Nothing: there is no geometric stiffness."""

    def product(self) -> Array:
        """(owned unknowns,) forces of the stack at its displacement, if there were no stress at rest (N)."""
        return np.array(self._product.product(self.displacement.x.array[: self.owned]))

    def load(self) -> Array:
        """(owned unknowns,) forces on the stack (N): its loads, and those of its stress at rest."""
        vector = compat.zeros_like(self.displacement.x)
        fem.assemble_vector(vector.array, self._rest)
        vector.scatter_reverse(la.InsertMode.add)
        return np.asarray(self.dead_share * self._pull - vector.array[: self.owned] - self._held_share * self.held)

    def forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N), those of the supports included, of the interface left out."""
        return self.product() - self.load()

    def dot(self, a: Array, b: Array) -> float:
        """Product of the owned values over all ranks."""
        return float(combined(self._comm, float(a[: self.owned] @ b[: self.owned]), MPI.SUM))

    def largest(self, values: Array) -> float:
        """Largest size of values (local unknowns,) over all ranks."""
        return change.largest(self._comm, values)

    def part_of_displacement(self, values: Array) -> float:
        """Largest size of a change (local unknowns, m) over that of the displacement."""
        return change.part_of(self._comm, values, self.displacement.x.array)
