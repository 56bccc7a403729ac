"""The potential of a layered plate, its gradient and its tangent, over the functions a state is made of."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

import basix
import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.physics.plate.element import PENALTY, curvature, membrane
from solver.physics.plate.section import CORNERS
from solver.physics.plate.templates import FREE, HELD, MODULI, Kind, templates
from solver.physics.solid.change import largest, part_of
from solver.physics.solid.load import Load, State

DeadLoad: TypeAlias = Callable[[ufl.Argument], ufl.Form]

_GAUSS = 0.5 / np.sqrt(3.0)  # of the points where strains of degree 2 are best, from the middle of a cell
_BEST = np.array([[0.5 + i * _GAUSS, 0.5 + j * _GAUSS] for j in (-1, 1) for i in (-1, 1)])


class Beside:
    """What plates with one space of displacements have in common.

    Args:
        space: of them.

    Attributes:
        constant, linear: spaces of moduli and of free resultants.
        corners: (CORNERS, CORNERS) from values at the corners of a cell to those at its best points.
    """

    def __init__(self, space: fem.FunctionSpace) -> None:
        self.constant = fem.functionspace(space.mesh, ("DG", 0, (MODULI,)))
        self.linear = fem.functionspace(space.mesh, ("DG", 1, (FREE,)))
        line = basix.create_element(basix.ElementFamily.P, basix.CellType.quadrilateral, 1, discontinuous=True)
        self.corners: Array = line.tabulate(0, _BEST)[0, :, :, 0]
        self._seen = fem.Function(space)

    @cached_property
    def _shape(self) -> fem.Expression:
        found = ufl.as_vector([*membrane(self._seen), *curvature(self._seen)])
        return compat.expression(found, _BEST)

    def shape(self, displacement: Array) -> Array:
        """(local cells, CORNERS, 6) strain and curvature (1/m) at the best points, of a displacement (m)."""
        self._seen.x.array[:], domain = displacement, self._seen.function_space.mesh
        count = len(self._seen.function_space.dofmap.list)
        found = compat.evaluate(self._shape, domain, np.arange(count, dtype=np.int32))
        return found.reshape(count, CORNERS, 6)


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
        like: those of another plate, or None; with the same space they have further ones in common.

    Attributes:
        displacement: of the present state (m).
        last: the last correction of Newton's method (m), zero at an equilibrium.
        correction: the next one (m).
        beside: what others with the same space have in common with it.
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
        like: "PlateForms | None" = None,
    ) -> None:
        domain, self.plate, self.space = plate.mesh, plate, space
        degree: int = space.ufl_element().degree
        self.owned = 3 * self.space.dofmap.index_map.size_local
        self.displacement = fem.Function(self.space, name="displacement")
        self.last, self.correction, self.anchor = (fem.Function(self.space) for _ in range(3))
        known = None if like is None or like.space is not space else like.beside
        self.beside: Beside = Beside(space) if known is None else known
        self._moduli = fem.Function(self.beside.constant)
        self._free, self._old_free = (fem.Function(self.beside.linear) for _ in range(2))
        self._dead, self.spring = 0.0, fem.Constant(domain, 0.0)
        self.penalty = fem.Constant(domain, PENALTY[degree])
        self._anisotropy, self._old_anisotropy = (fem.Constant(domain, np.zeros(2)) for _ in range(2))
        self.held, self._held_share, self.answered = np.zeros(self.owned), 0.0, 0.0
        self._comm = domain.comm
        self._define(Kind(degree, smooth, held), dead_load, held_sides)
        self.to_corners = np.linalg.inv(self.beside.corners)

    def _define(self, kind: Kind, dead_load: DeadLoad | None, held_sides: Integers) -> None:
        made = templates(kind)
        s = made.symbols
        data = {
            s.displacement: self.displacement, s.last: self.last, s.anchor: self.anchor, s.moduli: self._moduli,
            s.free: self._free, s.old_free: self._old_free, s.spring: self.spring, s.penalty: self.penalty,
            s.anisotropy: self._anisotropy, s.old_anisotropy: self._old_anisotropy,
        }  # fmt: skip
        rim = compat.rim(self.space.mesh, HELD, held_sides)
        self._energy, self._residual, self.tangent, self.inertia = (
            one.on(self.space, data, rim) for one in (made.energy, made.residual, made.tangent, made.inertia)
        )
        self.weight = np.zeros(self.owned)
        if dead_load is not None:
            self.weight = self._assembled(compat.form(dead_load(ufl.TestFunction(self.space))))

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
        return self.beside.shape(self.displacement.x.array)

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
