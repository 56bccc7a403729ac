"""A submodel: one place of a stack solved finer, its cut faces displaced as the whole stack is there.

u = g + w, where g is the displacement of the whole, interpolated by its finite elements, and w vanishes on the cut
(cut-boundary displacement method: N. G. Cormier et al., Finite Elements in Analysis and Design 32 (1999) 1).
"""

from dataclasses import replace

import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.errors import CaseError
from solver.linalg.choose import Choice
from solver.physics.solid.cut import NEAR, SIDES, Cut
from solver.physics.solid.cut_out import CutOut, Place
from solver.physics.solid.driven import Put
from solver.physics.solid.kinematics import green_strain, strain, stress
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.physics.solid.newton import FINAL
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Balance
from solver.physics.solid.supports import Support
from solver.physics.solid.weight import weight


class Submodel(CutOut):
    """A place of elastic materials, at one displacement of the whole.

    Args:
        place: what it is made of.
        whole: displacement of the whole stack (m), degree 2, on any partition of the same communicator.
        cut: where it is cut out; `turned` for large deflection.
        solver: which linear solver, at small deflection.

    Attributes:
        solid: as of `CutOut`; its displacement is w, or at large deflection and with starter cracks g + w.

    Raises:
        CaseError: as of `CutOut`; a starter crack reaches the cut.
    """

    solid: SmallDeflectionSolid | LargeDeflectionSolid

    def __init__(self, place: Place, whole: fem.Function, cut: Cut, solver: Choice = "auto") -> None:
        super().__init__(place, whole.function_space, cut)
        self._choice: Choice = solver
        self._total = cut.turned or bool(place.stack_mesh.cracks)
        _check_cracks(place.stack_mesh, self.space, cut)
        self.drive(whole)
        self.solid = self._large(place) if cut.turned else self._small(place)

    def _small(self, place: Place) -> SmallDeflectionSolid:
        born = fem.Function(self.driven.function_space)
        born.x.array[:] = -self.driven.x.array
        stack = place.stack_mesh, place.materials, place.references, place.pointwise
        load = None if place.gravity is None else weight(place.stack_mesh, place.materials, place.gravity)
        if self._total:
            return SmallDeflectionSolid(*stack, solver=self._choice, dead_load=load, supports=self._put)
        return SmallDeflectionSolid(*stack, solver=self._choice, dead_load=load, supports=self.cut, birth=born)

    def _put(self, stack_mesh: StackMesh, space: fem.FunctionSpace) -> Support:
        """The cut, held where the whole is: what energy release asks for is the displacement g + w itself."""
        support = self.cut(stack_mesh, space)
        return replace(support, driven=Put(support.clamped, self.driven.x.array[support.clamped]))

    def _large(self, place: Place) -> LargeDeflectionSolid:
        stack = place.stack_mesh, place.materials, place.references, place.pointwise
        load = None
        if place.gravity is not None:
            load = weight(place.stack_mesh, place.materials, self._turned_back(place.gravity))
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

    def _relative(self) -> Array:
        u = self.solid.displacement.x.array
        return np.asarray(u if self._total else u + self.driven.x.array)

    @property
    def refined_stress(self) -> ufl.core.expr.Expr:
        """Stress of the displacement w alone."""
        if isinstance(self.solid, SmallDeflectionSolid):
            total = strain(self.solid.displacement)
            return stress(self.solid.moduli, total - strain(self.driven) if self._total else total)
        change = green_strain(self.solid.displacement) - green_strain(self.driven)
        return stress(self.solid.forms.moduli, change)

    @property
    def linear_stress(self) -> ufl.core.expr.Expr:
        """Stress of the place, in Voigt order."""
        if isinstance(self.solid, SmallDeflectionSolid):
            return self.solid.linear_stress(strain(self.solid.displacement))
        return stress(self.solid.forms.moduli, self.solid.forms.elastic)


def _check_cracks(place: StackMesh, space: fem.FunctionSpace, cut: Cut) -> None:
    """Starter cracks end before the faces that are driven, whose displacement knows nothing of them. Collective.

    Raises:
        CaseError: one does not.
    """
    if not place.cracks:
        return
    x, bounds = nodes_of(space), place.stack.outline.bounds
    faces, near = cut.driven(place, x), NEAR * place.stack.span
    for crack in place.cracks:
        for name, (axis, end) in SIDES.items():
            beyond = crack.placed.polygon.bounds[axis + 2 * end] - bounds[axis + 2 * end]
            if name in faces and (beyond if end else -beyond) > -near:
                raise CaseError(f"submodel: delamination '{crack.placed.name}' reaches its cut {name}; give it room")
