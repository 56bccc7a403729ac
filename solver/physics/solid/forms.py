"""Potential energy of a stack at large deflection, its gradient and its tangent: total Lagrangian, St Venant-Kirchhoff.

    Pi(u) = int 1/2 (E(u) - E_free) : C : (E(u) - E_free) dx - L(u),
    E(u) = sym(grad u) + 1/2 grad u^T grad u,   E_free = ((U_b + e)^2 - 1) / 2

is stationary. Strains are those of the material, a few 1e-3; rotations may be of any size. The free strain e (thermal)
is a change of length, so a sheet that nothing holds changes its length by e. A layer born onto a warped stack is free
of stress at the displacement b it was born at, of stretch U_b; the exact elastic strain from there differs from the
difference above by a turn of its axes, which are taken along, and by a part of the order of the strain.

Newton's method takes the stress in the geometric stiffness from strains linearised about the last iterate (D. Magisano,
L. Leonetti, G. Garcea, Comput. Methods Appl. Mech. Eng. 313, 986, 2017): the full Green strain of an iterate holds a
membrane stress of the order of its rotation squared that the next iteration takes away, and that stress would hold the
steps back. For the same reason new loads enter that stress only after the first iteration has answered them.
"""

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.linalg.linearised import FreeStrain, LayeredTangent
from solver.parallel import combined
from solver.physics.coefficients import DX, Coefficients
from solver.physics.solid.change import largest, part_of
from solver.physics.solid.constitutive import components
from solver.physics.solid.kinematics import green_curvature, green_free, green_strain, green_variation, stress
from solver.physics.solid.load import Load, State
from solver.physics.solid.solid import DeadLoad


class LargeDeflectionForms:
    """The functions a state is made of, and the forms over them. It starts flat, without stress and load.

    Args:
        coefficients: of the stack.
        dead_load: linear form, in its argument, of forces that keep their size and direction (weight), or None.
        birth: displacement every cell was born at (m), cell by cell; None: at zero, flat.

    Attributes:
        space: of the displacement.
        displacement, moduli, free_strain: of the present state (m, Pa, 1).
        components: of the latter two.
        last: the last correction of Newton's method (m), zero at an equilibrium.
        correction: the next one (m).
        spring: stiffness per volume (N/m^4) towards `anchor`, a displacement (m).
        stressed: 0 to leave the stress out of the tangent: at a displacement that is a guess it says nothing.
        held: (owned unknowns,) forces (N) that act by the share `held` of a load.
        answered, driven: as of `Load`.
        elastic: Green's elastic strain in Voigt order.
        tangent: the bilinear form of Newton's method at the present state.
        layered: the same as the kernels know it.
    """

    def __init__(self, coefficients: Coefficients, dead_load: DeadLoad | None, birth: fem.Function | None) -> None:
        domain = coefficients.stack_mesh.mesh
        self.space = fem.functionspace(domain, ("Lagrange", 2, (3,)))
        self.coefficients = coefficients
        self.components = self._counts(coefficients)
        self.moduli, self.free_strain = (fem.Function(coefficients.space(count)) for count in self.components)
        self.displacement = fem.Function(self.space, name="displacement")
        self.birth = birth
        self.owned = 3 * self.space.dofmap.index_map.size_local
        self.held, self._held_share, self.answered = np.zeros(self.owned), 0.0, 0.0
        self.driven: Array = np.zeros(0)
        self._comm = domain.comm
        self._dead = fem.Constant(domain, 0.0)
        self._anisotropy, self._old_anisotropy = (fem.Constant(domain, np.zeros(2)) for _ in range(2))
        self._old_strain = fem.Function(self.free_strain.function_space)
        self._born, self._old_born = fem.Constant(domain, 0.0), fem.Constant(domain, 0.0)
        self.last, self.correction = (compat.function_like(self.displacement) for _ in range(2))
        self.spring, self.anchor = fem.Constant(domain, 0.0), compat.function_like(self.displacement)
        self.stressed = fem.Constant(domain, 1.0)
        self._define(dead_load)

    def _counts(self, coefficients: Coefficients) -> tuple[int, int]:
        """Of moduli and free strains."""
        return components(coefficients)

    def _define(self, dead_load: DeadLoad | None) -> None:
        domain, u = self.space.mesh, self.displacement
        t, v, dx = ufl.TrialFunction(self.space), ufl.TestFunction(self.space), ufl.dx(domain, metadata=DX)
        density, pulled, geometric = self._stress()
        energy = density * dx
        residual = ufl.inner(pulled, green_variation(u, v)) * dx
        residual += self.spring * ufl.inner(u - self.anchor, v) * dx
        if dead_load is not None:
            work = dead_load(v)
            energy -= self._dead * ufl.replace(work, {v: u})
            residual -= self._dead * work
        self.tangent = (
            ufl.inner(stress(self.moduli, green_variation(u, t)), green_variation(u, v))
            + self.stressed * ufl.inner(geometric, green_curvature(t, v))
            + self.spring * ufl.inner(t, v)
        ) * dx
        self.layered = self._layered()
        self._energy, self._residual = compat.form(energy), compat.form(residual)
        self._mass = compat.form(ufl.inner(self.correction, self.correction) * dx)

    def _stress(self) -> tuple[ufl.core.expr.Expr, ufl.core.expr.Expr, ufl.core.expr.Expr]:
        """Energy per volume, stress, and that of the geometric stiffness; the latter two in Voigt order."""
        u = self.displacement
        self.elastic = green_strain(u) - self._free(self.free_strain, self._born, self._anisotropy)
        linearised = green_strain(u) - 0.5 * green_curvature(self.last, self.last)
        linearised -= self._free(self._old_strain, self._old_born, self._old_anisotropy)
        pulled = stress(self.moduli, self.elastic)
        return 0.5 * ufl.inner(pulled, self.elastic), pulled, stress(self.moduli, linearised)

    def _layered(self) -> LayeredTangent:
        """The tangent as the kernels know it."""
        free = FreeStrain(self._old_strain, self._old_anisotropy, self.birth, self._old_born)
        known = self.displacement, self.last, self.spring, free
        return LayeredTangent(self.tangent, self.moduli, *known, stressed=self.stressed)

    def _free(self, strains: fem.Function, born: fem.Constant, anisotropy: fem.Constant) -> ufl.core.expr.Expr:
        """Green's strain of a cell free of stress, in Voigt order."""
        part = 0.5 * (strains[0] + strains[1])
        along, sheared = part * anisotropy[0], part * anisotropy[1]
        free = green_free(strains, 0.0 if self.birth is None else born * green_strain(self.birth))
        return free + ufl.as_vector([along, -along, 0, 0, 0, 2 * sheared])

    # ---- state

    @property
    def state(self) -> State:
        """Displacement and load, copied."""
        fields = self.moduli.x.array.copy(), self.free_strain.x.array.copy()
        shares = self.dead_share, float(self._born.value), self._held_share
        load = Load(*fields, *shares, self._anisotropy.value.copy(), self.answered, self.driven)
        return State(self.displacement.x.array.copy(), load)

    @state.setter
    def state(self, state: State) -> None:
        self.displacement.x.array[:] = state.displacement
        self.last.x.array[:] = 0.0
        self.apply(state.load)
        self.lag(state.load)

    @property
    def lagged(self) -> tuple[Array, Array]:
        """Free strains, and factors on others, that the stress of the geometric stiffness comes from."""
        return self._old_strain.x.array, np.append(self._old_anisotropy.value, self._old_born.value)

    @property
    def dead_share(self) -> float:
        """Factor on the dead loads."""
        return float(self._dead.value)

    def apply(self, load: Load) -> None:
        """Let a load act."""
        self.moduli.x.array[:], self.free_strain.x.array[:] = load.moduli, load.free_strain
        self._dead.value, self._anisotropy.value[:] = load.dead, load.anisotropy
        self._born.value, self._held_share, self.answered = load.birth, load.held, load.answered
        self.driven = load.driven

    def lag(self, load: Load) -> None:
        """Let the stress of the geometric stiffness be that under a load."""
        self._old_strain.x.array[:], self._old_anisotropy.value[:] = load.free_strain, load.anisotropy
        self._old_born.value = load.birth

    # ---- values, all of them collective

    def energy(self) -> float:
        """Potential energy Pi of the modelled part (J), springs left out."""
        own: float = combined(self._comm, fem.assemble_scalar(self._energy), MPI.SUM)
        return own + self._held_share * self.dot(self.held, self.displacement.x.array)

    def forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N), those of the supports included."""
        vector = compat.zeros_like(self.displacement.x)
        fem.assemble_vector(vector.array, self._residual)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.owned] + self._held_share * self.held

    def mass(self) -> float:
        """Of the motion in `correction`, at unit density: int d . d dx (m^5)."""
        return float(combined(self._comm, fem.assemble_scalar(self._mass), MPI.SUM))

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""
        return float(combined(self._comm, float(a[: self.owned] @ b[: self.owned]), MPI.SUM))

    def largest(self, values: Array) -> float:
        """Largest size of local values over all ranks."""
        return largest(self._comm, values)

    def part_of_displacement(self, change: Array) -> float:
        """Largest size of a change (local unknowns, m) over that of the displacement."""
        return part_of(self._comm, change, self.displacement.x.array)
