"""The potential of a layered plate, its gradient and its tangent, compiled once for all plates."""

from collections.abc import Callable
from typing import TypeAlias

import basix
import numpy as np
import ufl
from dolfinx import fem, la, mesh
from mpi4py import MPI

from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.physics.plate.element import PENALTY, Plate, energy, symmetric, voigt
from solver.physics.plate.section import CORNERS
from solver.physics.solid.change import largest, part_of
from solver.physics.solid.load import Load, State

DeadLoad: TypeAlias = Callable[[ufl.Argument], ufl.Form]

_HELD = 1  # tag of the sides across which no slope may change
_GAUSS = 0.5 / np.sqrt(3.0)  # of the points where strains of degree 2 are best, from the middle of a cell


class PlateForms:
    """The functions a state is made of, and the forms over them. It starts flat, without stress and load.

    Newton's method takes the force N of the geometric stiffness from strains linearised about the last iterate, and
    from the free forces of the load before: see `solver.physics.solid.forms`.

    Args:
        plate: the mesh.
        space: of the displacement u_x, u_y, w, blocked, of degree 2 or 3.
        held_sides: local facets across which no slope may change.
        dead_load: linear form, in its argument (3 components), of forces that keep their size and direction, or None.
        smooth: True if all deflections are without kinks.
        held: True if there are none: the tangent is that of the plane, the forces are those that hold it flat.

    Attributes:
        displacement: of the present state (m).
        last: the last correction of Newton's method (m), zero at an equilibrium.
        correction: the next one (m).
        spring: stiffness per area (N/m^3) towards `anchor`, a displacement (m).
        held: (owned unknowns,) forces (N) that act by the share `held` of a load.
        owned: unknowns of this rank.
        penalty: eta.
        weight: (owned unknowns,) the dead loads (N).
        to_corners: (CORNERS, CORNERS) from values at the best points of a cell to those at its corners.
        answered: as of `Load`.
        tangent: compiled bilinear form of Newton's method at the present state.
    """

    def __init__(
        self,
        plate: PlateMesh,
        space: fem.FunctionSpace,
        held_sides: Integers,
        dead_load: DeadLoad | None,
        smooth: bool = False,
        held: bool = False,
    ) -> None:
        domain, self.plate, self.space, self._smooth = plate.mesh, plate, space, smooth
        self._flat = held
        self._degree = space.ufl_element().degree
        self.owned = 3 * self.space.dofmap.index_map.size_local
        self.displacement = fem.Function(self.space, name="displacement")
        self.last, self.correction, self.anchor = (fem.Function(self.space) for _ in range(3))
        self._moduli = fem.Function(fem.functionspace(domain, ("DG", 0, (18,))))
        self._free, self._old_free = (fem.Function(fem.functionspace(domain, ("DG", 1, (6,)))) for _ in range(2))
        self._dead, self.spring = 0.0, fem.Constant(domain, 0.0)
        self._anisotropy, self._old_anisotropy = (fem.Constant(domain, np.zeros(2)) for _ in range(2))
        self.held, self._held_share, self.answered = np.zeros(self.owned), 0.0, 0.0
        self._comm = domain.comm
        self._define(dead_load, held_sides)

    def _define(self, dead_load: DeadLoad | None, held_sides: Integers) -> None:
        domain, z = self.space.mesh, self.displacement
        t, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        data = {"quadrature_degree": 2 * self._degree}
        dx, inner = ufl.dx(domain, metadata=data), None if self._smooth else ufl.dS(domain, metadata=data)
        sides = np.sort(held_sides).astype(np.int32)
        tags = mesh.meshtags(domain, 1, sides, np.full(len(sides), _HELD, dtype=np.int32))
        held = ufl.Measure("ds", domain, subdomain_data=tags, metadata=data)(_HELD)
        a, b, d = (symmetric(self._moduli, 6 * part) for part in range(3))
        free, old = _with(self._free, self._anisotropy), _with(self._old_free, self._old_anisotropy)
        force, moment = (ufl.as_vector([free[first + k] for k in range(3)]) for first in (0, 3))
        plate = self.as_ufl = Plate(z, (a, b, d), force, moment)
        self.penalty = fem.Constant(domain, PENALTY[self._degree])
        potential = energy(plate, domain.ufl_domain(), dx, inner, held, self.penalty)
        residual = ufl.derivative(potential, z, v)
        tangent = _membrane(a, t, v) * dx if self._flat else ufl.derivative(residual, z, t)
        slope = ufl.grad(self.last[2])
        shift = force - ufl.as_vector([old[k] for k in range(3)]) - 0.5 * a * voigt(ufl.outer(slope, slope))
        turn = ufl.sym(ufl.outer(ufl.grad(t[2]), ufl.grad(v[2])))
        tangent += self.spring * ufl.dot(t, v) * dx
        if not self._flat:
            tangent += ufl.dot(shift, voigt(turn)) * dx
        residual += self.spring * ufl.dot(z - self.anchor, v) * dx
        self.weight = np.zeros(self.owned) if dead_load is None else self._assembled(compat.form(dead_load(v)))
        self._energy, self._residual, self.tangent = (compat.form(one) for one in (potential, residual, tangent))
        self.inertia = compat.form(ufl.dot(t, v) * dx)
        points = np.array([[0.5 + i * _GAUSS, 0.5 + j * _GAUSS] for j in (-1, 1) for i in (-1, 1)])
        shape = ufl.as_vector([*plate.strain, *plate.curvature])
        self._shape = compat.expression(shape, points)
        line = basix.create_element(basix.ElementFamily.P, basix.CellType.quadrilateral, 1, discontinuous=True)
        self.to_corners = np.linalg.inv(line.tabulate(0, points)[0, :, :, 0])

    # ---- state

    @property
    def state(self) -> State:
        """Displacement and load, copied."""
        fields = self._moduli.x.array.copy(), self._free.x.array.copy()
        shares = self._dead, 1.0, self._held_share
        load = Load(*fields, *shares, self._anisotropy.value.copy(), self.answered)
        return State(self.displacement.x.array.copy(), load)

    @state.setter
    def state(self, state: State) -> None:
        self.displacement.x.array[:] = state.displacement
        self.last.x.array[:] = 0.0
        self.apply(state.load)
        self.lag(state.load)

    @property
    def dead_share(self) -> float:
        """Factor on the dead loads."""
        return self._dead

    def load(self, stiffness: Array, free: Array) -> Load:
        """The load of resultants (as of `section.Resultants`, right on owned cells), dead loads included."""
        found = []
        for space, values in ((self._moduli.function_space, stiffness), (self._free.function_space, free)):
            target = fem.Function(space)
            rows = target.x.array.reshape(-1, space.dofmap.index_map_bs)
            rows[space.dofmap.list.ravel()] = values.reshape(-1, rows.shape[1])
            target.x.scatter_forward()
            found.append(target.x.array.copy())
        return Load(found[0], found[1], 1.0, 1.0, 0.0, np.zeros(2))

    def apply(self, load: Load) -> None:
        """Let a load act."""
        self._moduli.x.array[:], self._free.x.array[:] = load.moduli, load.free_strain
        self._dead, self._anisotropy.value[:] = load.dead, load.anisotropy
        self._held_share, self.answered = load.held, load.answered

    def lag(self, load: Load) -> None:
        """Let the force of the geometric stiffness be that under a load."""
        self._old_free.x.array[:], self._old_anisotropy.value[:] = load.free_strain, load.anisotropy

    # ---- values, all of them collective

    def energy(self) -> float:
        """Potential energy Pi of the modelled part (J), springs left out."""
        own: float = self._comm.allreduce(fem.assemble_scalar(self._energy), MPI.SUM)
        return own + self.dot(self._held_share * self.held - self.dead_share * self.weight, self.displacement.x.array)

    def forces(self) -> Array:
        """(owned unknowns,) forces out of balance (N), those of the supports included."""
        return self._assembled(self._residual) + self._held_share * self.held - self.dead_share * self.weight

    def _assembled(self, form: fem.Form) -> Array:
        """(owned unknowns,) of a linear form."""
        vector = la.vector(self.space.dofmap.index_map, 3)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return np.array(vector.array[: self.owned])

    def pressing(self) -> float:
        """Force (N) with which the dead loads press the modelled part down."""
        return float(self._comm.allreduce(-float(self.weight[2::3].sum())))

    def shape(self) -> Array:
        """(local cells, CORNERS, 6) strain and curvature (1/m) of the plate, bilinear through the best points."""
        return np.asarray(np.einsum("pq,nqk->npk", self.to_corners, self.shape_at_points()))

    def shape_at_points(self) -> Array:
        """(local cells, CORNERS, 6) the same at the best points."""
        cells = np.arange(len(self.plate.cell), dtype=np.int32)
        return compat.evaluate(self._shape, self.space.mesh, cells).reshape(len(cells), CORNERS, 6)

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""
        return float(self._comm.allreduce(float(a[: self.owned] @ b[: self.owned]), MPI.SUM))

    def largest(self, values: Array) -> float:
        """Largest size of local values over all ranks."""
        return largest(self._comm, values)

    def lowest(self, values: Array) -> float:
        """Lowest deflection of a displacement (local unknowns, m) over all ranks."""
        return float(self._comm.allreduce(values[2::3].min(initial=np.inf), MPI.MIN))

    def part_of_displacement(self, change: Array) -> float:
        """Largest size of a change (local unknowns, m) over that of the displacement."""
        return part_of(self._comm, change, self.displacement.x.array)


def _membrane(stiffness: ufl.core.expr.Expr, t: ufl.Argument, v: ufl.Argument) -> ufl.core.expr.Expr:
    """e(v).A e(t) of displacements in the plane alone."""
    e, d = (voigt(ufl.sym(ufl.grad(ufl.as_vector([one[0], one[1]])))) for one in (v, t))
    return ufl.dot(e, stiffness * d)


def _with(free: fem.Function, anisotropy: fem.Constant) -> ufl.core.expr.Expr:
    """Free resultants, larger by a part of their mean along a direction and smaller across it."""
    parts = []
    for first in (0, 3):
        mean = 0.25 * (free[first] + free[first + 1])  # half of it: resultants of the strains, Poisson's ratio 1/3
        along, sheared = mean * anisotropy[0], mean * anisotropy[1]
        parts += [free[first] + along, free[first + 1] - along, free[first + 2] + sheared]
    return ufl.as_vector(parts)
