"""The potential of a layered plate, its gradient and its tangent, over the functions a state is made of."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

import basix
import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI
from petsc4py import PETSc

from meshes.plate import PlateMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.physics.plate.element import PENALTY, curvature, membrane
from solver.physics.plate.rectangles import Data, Rectangles, are_rectangles
from solver.physics.plate.section import CORNERS
from solver.physics.plate.templates import FREE, HELD, MODULI, Kind, templates
from solver.physics.solid.change import largest, part_of
from solver.physics.solid.load import Load, State

DeadLoad: TypeAlias = Callable[["PlateForms"], Array]  # (owned unknowns,) nodal forces (N) on a plate

_GAUSS = 0.5 / np.sqrt(3.0)  # of the points where strains of degree 2 are best, from the middle of a cell
_BEST = np.array([[0.5 + i * _GAUSS, 0.5 + j * _GAUSS] for j in (-1, 1) for i in (-1, 1)])


class Beside:
    """What plates with one space of displacements have in common.

    Args:
        plate: the mesh.
        space: of them.

    Attributes:
        displacement, moduli, free, force: zeros that functions of plates are made like.
        corners: (CORNERS, CORNERS) from values at the corners of a cell to those at its best points.
        cells: of a plate of degree 2 whose cells are rectangles along the axes, else None.
        functions: unknowns that are held, and the displacements there are then, as of `smooth.smooth`.
    """

    def __init__(self, plate: PlateMesh, space: fem.FunctionSpace) -> None:
        self.displacement = fem.Function(space, name="displacement")
        self.moduli = fem.Function(fem.functionspace(space.mesh, ("DG", 0, (MODULI,))))
        self.free = fem.Function(fem.functionspace(space.mesh, ("DG", 1, (FREE,))))
        self.force = fem.Function(fem.functionspace(space.mesh, ("DG", 0, (3,))))
        line = basix.create_element(basix.ElementFamily.P, basix.CellType.quadrilateral, 1, discontinuous=True)
        self.corners: Array = line.tabulate(0, _BEST)[0, :, :, 0]
        self._seen = compat.function_like(self.displacement)
        fast = space.ufl_element().degree == 2 and are_rectangles(plate)
        self.cells = Rectangles(plate, space, self.moduli, self.free) if fast else None
        self.functions: list[tuple[Integers, PETSc.Mat]] = []

    def keep(self, held: Integers, moves: PETSc.Mat | None) -> None:
        """Keep functions of plates, where there are some."""
        if moves is not None and all(moves is not known for _, known in self.functions):
            self.functions.append((held, moves))

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
        dead_load: gives the forces that keep their size and direction, or None.
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
        cells: the cells where the kernels of `rectangles` serve instead of compiled forms, else None.
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
        known = None if like is None or like.space is not space else like.beside
        self.beside: Beside = Beside(plate, space) if known is None else known
        kinds = self.beside.displacement, self.beside.moduli, self.beside.free
        self.displacement, self.last, self.correction, self.anchor = (compat.function_like(kinds[0]) for _ in range(4))
        self._moduli = compat.function_like(kinds[1])
        self._free, self._old_free = (compat.function_like(kinds[2]) for _ in range(2))
        self._dead, self.spring = 0.0, fem.Constant(domain, 0.0)
        self.penalty = fem.Constant(domain, PENALTY[degree])
        self._anisotropy, self._old_anisotropy = (fem.Constant(domain, np.zeros(2)) for _ in range(2))
        self.held, self._held_share, self.answered = np.zeros(self.owned), 0.0, 0.0
        self._comm = domain.comm
        self._define(Kind(degree, smooth, held), dead_load, held_sides)
        self.to_corners = np.linalg.inv(self.beside.corners)

    def _define(self, kind: Kind, dead_load: DeadLoad | None, held_sides: Integers) -> None:
        self._flat, self._made, self._rim = kind.flat, templates(kind), compat.rim(self.space.mesh, HELD, held_sides)
        self.cells = self.beside.cells if kind.smooth or kind.flat else None
        self._held_sides = None if self.cells is None else self.cells.sides(held_sides)
        self.weight = np.zeros(self.owned)
        if dead_load is not None:
            self.weight = dead_load(self)

    def _on(self, template: compat.Template) -> fem.Form:
        s = self._made.symbols
        data = {
            s.displacement: self.displacement, s.last: self.last, s.anchor: self.anchor, s.moduli: self._moduli,
            s.free: self._free, s.old_free: self._old_free, s.spring: self.spring, s.penalty: self.penalty,
            s.anisotropy: self._anisotropy, s.old_anisotropy: self._old_anisotropy,
        }  # fmt: skip
        return template.on(self.space, data, self._rim)

    @cached_property
    def _energy(self) -> fem.Form:
        return self._on(self._made.energy)

    @cached_property
    def _residual(self) -> fem.Form:
        return self._on(self._made.residual)

    @cached_property
    def tangent(self) -> fem.Form:
        """Compiled bilinear form of Newton's method at the present state."""
        return self._on(self._made.tangent)

    @cached_property
    def inertia(self) -> fem.Form:
        """Compiled bilinear form of unit density per area."""
        return self._made.inertia.on(self.space, {}, [])

    def of_area(self, force: Array) -> Array:
        """(owned unknowns,) nodal forces (N) of forces on cells (local cells, 3) (N/m^2). Collective."""
        f, template = compat.function_like(self.beside.force), self._made.area_load
        f.x.array.reshape(-1, 3)[f.function_space.dofmap.list[:, 0]] = force
        return self._assembled(template.on(self.space, {template.functions[0]: f}, []))

    def of_work(self, work: Callable[[ufl.Argument], ufl.Form]) -> Array:
        """(owned unknowns,) nodal forces (N) of a linear form of the displacement. Collective."""
        return self._assembled(compat.form(work(ufl.TestFunction(self.space))))

    @property
    def _data(self) -> Data:
        free, old = (
            _directed(function.x.array.reshape(-1, FREE), by.value)
            for function, by in ((self._free, self._anisotropy), (self._old_free, self._old_anisotropy))
        )
        numbers = (np.array([float(one.value)]) for one in (self.penalty, self.spring))
        return Data(
            self.displacement.x.array, self.last.x.array, self.anchor.x.array, self._moduli.x.array, free, old, *numbers
        )

    def add_tangent(self, function: Array | None, which: Integers, place: Integers, out: Array) -> None:
        """Add the tangent at the present state, as of `Rectangles.add_tangent`."""
        assert self.cells is not None and self._held_sides is not None
        self.cells.add_tangent(self._held_sides, self._data, function, which, place, out)

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
        for like, values in ((self._moduli, stiffness), (self._free, free)):
            target, dofmap = compat.zeros_like(like.x), like.function_space.dofmap
            rows = target.array.reshape(-1, dofmap.index_map_bs)
            rows[dofmap.list.ravel()] = values.reshape(-1, rows.shape[1])
            target.scatter_forward()
            found.append(target.array.copy())
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
        mine = (
            fem.assemble_scalar(self._energy)
            if self.cells is None or self._held_sides is None
            else self.cells.energy(self._held_sides, self._data)
        )
        own: float = self._comm.allreduce(mine, MPI.SUM)
        return own + self.dot(self._held_share * self.held - self.dead_share * self.weight, self.displacement.x.array)

    def forces(self, at_supports: bool = True) -> Array:
        """(owned unknowns,) forces out of balance (N).

        Args:
            at_supports: those that hold a plate flat are right too, which its kernels do not know.
        """
        if self.cells is None or self._held_sides is None or (at_supports and self._flat):
            found = self._assembled(self._residual)
        else:
            found = self._summed(self.cells.forces(self._held_sides, self._data))
        return found + self._held_share * self.held - self.dead_share * self.weight

    def _assembled(self, form: fem.Form) -> Array:
        """(owned unknowns,) of a linear form."""
        local: Array = np.zeros_like(self.displacement.x.array)
        fem.assemble_vector(local, form)
        return self._summed(local)

    def _summed(self, values: Array) -> Array:
        """(owned unknowns,) sums over all ranks of local ones."""
        vector = compat.zeros_like(self.displacement.x)
        vector.array[:] = values
        vector.scatter_reverse(la.InsertMode.add)
        return np.array(vector.array[: self.owned])

    def pressing(self) -> float:
        """Force (N) with which the dead loads press the modelled part down."""
        return float(self._comm.allreduce(-float(self.weight[2::3].sum())))

    def shape(self) -> Array:
        """(local cells, CORNERS, 6) strain and curvature (1/m) of the plate, bilinear through the best points."""
        return np.asarray(self.to_corners @ self.shape_at_points())

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


def _directed(free: Array, anisotropy: Array) -> Array:
    """(n, 6) free resultants made larger along a direction and smaller across it, as of `templates`."""
    if not anisotropy.any():
        return free
    found = free.copy()
    for first in (0, 3):
        mean = 0.25 * (free[:, first] + free[:, first + 1])
        found[:, first] += mean * anisotropy[0]
        found[:, first + 1] -= mean * anisotropy[0]
        found[:, first + 2] += mean * anisotropy[1]
    return found
