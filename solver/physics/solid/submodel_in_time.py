"""A submodel of materials with a memory: driven by the whole in every increment of it.

Within an increment of the whole the displacement of the cut goes evenly, and so does the temperature. Where a law of
the place finds no answer, or spoils more of its stress than the increment may, the increment is halved.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import basix.ufl
import numpy as np
import ufl
from basix import LagrangeVariant
from dolfinx import fem, la

from meshes.cell_fields import CellFields
from meshes.field_transfer import by_cell
from solver import compat
from solver.arrays import Array, Integers
from solver.errors import NotConvergedError
from solver.linalg.choose import Choice
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.physics.coefficients import DX
from solver.physics.solid.answers import Kelvin
from solver.physics.solid.course import Passed
from solver.physics.solid.cut import Cut
from solver.physics.solid.cut_out import CutOut, Place
from solver.physics.solid.flatness import Flatness
from solver.physics.solid.kinematics import green_strain, strain, stress
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Diverged
from solver.physics.solid.newton import FINAL
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.physics.solid.weight import weight

_LEAST = 1 / 64  # of an increment of the whole: smaller ones are taken as they are, or given up


class DrivenSmall(SmallDeflectionInTime):
    """At small deflection, what is held stands where it was put: u = g + w, w = 0 there.

    Attributes:
        put: g (m); what it is elsewhere does not matter.
    """

    def _coefficients_made(self) -> None:
        super()._coefficients_made()
        self.put, self._within = fem.Function(self.space), fem.Function(self.space)
        form = ufl.inner(stress(self.moduli, strain(self.put)), strain(ufl.TestFunction(self.space)))
        self._pulled = compat.form(form * ufl.dx(self.stack_mesh.mesh, metadata=DX))

    def _solved(self, solver: KrylovSolver, load: Array, flatness: Flatness | None) -> SolveRecord:
        del flatness  # a place is not looked at for its warpage
        pulled = compat.zeros_like(self.put.x)
        fem.assemble_vector(pulled.array, self._pulled)
        pulled.scatter_reverse(la.InsertMode.add)
        record = solver.solve(load - pulled.array[: len(load)], self._within)
        self.displacement.x.array[:] = self.put.x.array + self._within.x.array
        return record


@dataclass(frozen=True)
class _Reached:
    """Where a place stands: displacement of the whole there, without its rigid motion, and temperature."""

    driven: Array
    kelvin: Kelvin

    def towards(self, other: "_Reached", share: float) -> "_Reached":
        """A share of the way to another."""
        if share == 1.0:
            return other
        return _Reached(
            self.driven + share * (other.driven - self.driven), self.kelvin + share * (other.kelvin - self.kelvin)
        )


class SubmodelInTime(CutOut):
    """A place from increment to increment of the whole.

    Args:
        place: what it is made of.
        source: space of the displacement of the whole.
        cut: where it is cut out; `turned` for large deflection.
        tolerance: part of the stress of a block that the length of an increment may spoil.
        solver: which linear solver, at small deflection.
        before: the place as it was, before parts of it came or went; None at its beginning.

    Attributes:
        solid: as of `CutOut`; its displacement is g + w.
        course: increments it went through, as the whole counts its displacement; None: they are not noted.

    Raises:
        CaseError: as of `CutOut`.
    """

    solid: DrivenSmall | LargeDeflectionInTime

    def __init__(
        self,
        place: Place,
        source: fem.FunctionSpace,
        cut: Cut,
        tolerance: float,
        solver: Choice = "auto",
        before: "SubmodelInTime | None" = None,
    ) -> None:
        super().__init__(place, source, cut)
        self._tolerance = tolerance
        self.course: list[Passed] | None = None
        mesh = place.stack_mesh
        self._gravity, load = place.gravity, None
        if place.gravity is not None:
            self._down = fem.Constant(mesh.mesh, np.array(place.gravity))
            load = weight(mesh, place.materials, self._down)
        stack = mesh, place.materials, place.references, True
        if cut.turned:
            self.solid = LargeDeflectionInTime(*stack, dead_load=load, supports=cut)
        else:
            self.solid = DrivenSmall(*stack, solver=solver, dead_load=load, supports=cut)
        self._reached: _Reached | None = None
        self._left = np.zeros_like(self.driven.x.array)  # w, where the place is taken over
        if before is not None:
            self.solid.memory.inherit(before.solid.memory)
            self._left = _carried_on(before, mesh.keys, self.space)

    @property
    def within(self) -> Array:
        """(local unknowns,) w (m)."""
        return np.asarray(self.solid.displacement.x.array - self.driven.x.array)

    def go(self, whole: fem.Function, kelvin: Kelvin, seconds: float, least: float = 0.0) -> None:
        """Go with the whole through an increment. Collective.

        Args:
            whole: its displacement at the end (m).
            kelvin: temperature at the end, uniform (K) or (owned cells, points) of the place.
            seconds: it takes.
            least: seconds below which increments are taken as they are, as the whole takes them.

        Raises:
            NotConvergedError: the place finds no equilibrium.
        """
        before = self._reached
        self.drive(whole)
        end = _Reached(self.driven.x.array.copy(), kelvin)
        if self._gravity is not None:
            self._down.value[:] = self._turned_back(self._gravity)
        if before is None:  # where it is taken over it has w already
            self.solid.displacement.x.array[:] = end.driven + self._left
            self._put(end)
            self._attempt(end, seconds)
            self.solid.accept()
        else:
            self._through(before, end, seconds, least)
        self._reached = end
        if self.course is not None:
            self.course.append(Passed(kelvin, seconds, self.displacement().x.array.copy()))

    @cached_property
    def temperature_space(self) -> fem.FunctionSpace:
        """Quadratic in every cell, by values at points inside of it."""
        domain = self.solid.stack_mesh.mesh
        inside = basix.ufl.element(
            "DG", domain.basix_cell(), 2, lagrange_variant=LagrangeVariant.gl_warped, discontinuous=True
        )
        return fem.functionspace(domain, inside)

    def take_back(self, driven: Array, total: Array) -> None:
        """Be at displacements (owned cells, 27, 3) of the whole, without its rigid motion, and of the place (m)."""
        for function, values in ((self.driven, driven), (self.solid.displacement, total)):
            function.x.array.reshape(-1, 3)[self.space.dofmap.list[: len(values)]] = values
            function.x.scatter_forward()
        self._reached = _Reached(self.driven.x.array.copy(), self.solid.memory.kelvin)
        self._put(self._reached)
        self.solid.settle()

    def _through(self, start: _Reached, end: _Reached, seconds: float, least: float) -> None:
        share, stride = 0.0, 1.0
        before = start
        while share < 1.0:
            stride = min(stride, 1.0 - share)
            there, kept = start.towards(end, share + stride), self.solid.snapshot
            try:
                self.solid.displacement.x.array[:] += there.driven - before.driven
                self._put(there)
                self._attempt(there, stride * seconds)
                self.solid.confirm()
            except (Diverged, NotConvergedError) as error:
                self._return(kept)
                if not seconds or stride <= _LEAST:
                    raise NotConvergedError("a submodel finds no equilibrium where the whole has one") from error
                stride *= 0.5
                continue
            if self.solid.memory.spoilt > self._tolerance and stride > _LEAST and stride * seconds > least:
                self._return(kept)
                stride *= 0.5
                continue
            self.solid.accept()
            share, before = share + stride, there

    def _put(self, there: _Reached) -> None:
        if isinstance(self.solid, DrivenSmall):
            self.solid.put.x.array[:] = there.driven

    def _attempt(self, there: _Reached, seconds: float) -> None:
        solid = self.solid
        if isinstance(solid, DrivenSmall):
            solid.advance(there.kelvin, seconds)
            return
        load = solid.load_after(there.kelvin, seconds)
        solid.take_over(solid.displacement.x.array.copy(), load)
        solid.follow(replace(load, held=0.0), FINAL)

    def _return(self, kept: object) -> None:
        self.solid.snapshot = kept  # type: ignore[assignment]  # of the same solid
        self.solid.destroy()

    def _relative(self) -> Array:
        return np.asarray(self.solid.displacement.x.array)

    @property
    def refined_stress(self) -> ufl.core.expr.Expr:
        """By the tangent of what yields or creeps."""
        measure: Callable[[fem.Function], ufl.core.expr.Expr] = green_strain if self.cut.turned else strain
        return stress(self._moduli, measure(self.solid.displacement) - measure(self.driven))

    @property
    def linear_stress(self) -> ufl.core.expr.Expr:
        """Stress of the place by its affine answer, in Voigt order."""
        if isinstance(self.solid, DrivenSmall):
            return self.solid.linear_stress(strain(self.solid.displacement))
        return stress(self._moduli, self.solid.forms.elastic) + self.solid.forms.free_strain

    @property
    def _moduli(self) -> fem.Function:
        return self.solid.moduli if isinstance(self.solid, DrivenSmall) else self.solid.forms.moduli


def _carried_on(before: SubmodelInTime, keys: Integers, space: fem.FunctionSpace) -> Array:
    """What a place had beside the displacement of the whole, (local unknowns,) of other cells; zero of new ones."""
    own = fem.Function(before.space)
    own.x.array[:] = before.within
    mesh = before.solid.stack_mesh
    known, values = CellFields(mesh.comm, mesh.keys, {"w": by_cell(mesh, own)}).transferred(keys)
    result = fem.Function(space)
    nodes = space.dofmap.list[: len(known)]
    result.x.array.reshape(-1, 3)[nodes[known]] = values["w"][known]
    result.x.scatter_forward()
    return np.asarray(result.x.array)
