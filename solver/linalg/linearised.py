"""The tangent of large deflection as the hand-written kernels know it, on upright cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from solver.arrays import Array, Integers
from solver.linalg.elements import Elements
from solver.linalg.extruded_cells import Upright, lattice_nodes, upright
from solver.linalg.kernels import Kernels
from solver.linalg.operator import FormOperator

_STATE = 15  # slopes and stress of kernels/tangent.h


@dataclass(frozen=True)
class LayeredTangent:
    """int C dE(t) : dE(v) + S : grad t^T grad v + spring t . v dx.

    S = C : (E(u) - grad d^T grad d / 2 - E_free), with E_free of free strains and share E(b) as of
    `solver.physics.solid.kinematics.green_free`.

    Attributes:
        form: the same in UFL.
        law: nine moduli, as of `LayeredForm`.
        free_strain: three free strains, in the same places.
        anisotropy: (2,) by which the in-plane ones differ with direction (`physics.solid.load.Load`).
        displacement, last: u and d.
        birth: b, cell by cell, or None.
        share: of it.
        spring: N/m^4.
    """

    form: ufl.Form
    law: fem.Function
    free_strain: fem.Function
    anisotropy: fem.Constant
    displacement: fem.Function
    last: fem.Function
    birth: fem.Function | None
    share: fem.Constant
    spring: fem.Constant


class Linearised(Elements):
    """Slopes and stress at the Gauss points of all cells, made anew when what they come from has changed."""

    def __init__(self, tangent: LayeredTangent, cells: Upright, kernels: Kernels) -> None:
        self.tangent, self.cells, self._kernels = tangent, cells, kernels
        self._state = np.empty((len(cells.nodes), 27, _STATE))
        self._birth: tuple[Any, ...] = (None, None)
        if tangent.birth is not None:
            self._birth = lattice_nodes(tangent.birth.function_space), tangent.birth.x.array
        self._seen: list[Array] = []

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Shape, rows and values of the law, state and spring, as the kernels take them."""
        self._refresh()
        cells, spring = self.cells, np.array([float(self.tangent.spring.value)])
        return cells.shape, cells.where, cells.points, self.tangent.law.x.array, self._state, spring

    def _refresh(self) -> None:
        t = self.tangent
        share = np.array([float(t.share.value)])
        parts = t.law.x.array, t.free_strain.x.array, t.anisotropy.value, t.displacement.x.array, t.last.x.array, share
        if self._seen and all(np.array_equal(old, new) for old, new in zip(self._seen, parts, strict=True)):
            return
        self._seen = [part.copy() for part in parts]
        cells = self.cells
        shape = cells.nodes, cells.shape, cells.where, cells.points
        *fields, share = self._seen
        self._kernels.call("linearise", len(cells.nodes), *shape, *fields, *self._birth, share, self._state)

    def add(self, kernels: Kernels, which: Integers, target: Sequence[Any]) -> None:
        """Element matrices into bands and plates, as of `solver.linalg.elements.Elements.add`."""
        arrays = self.arrays
        kernels.call("add_tangent", len(self.cells.nodes), *arrays, self.cells.nodes, which, *target)


class LinearisedOperator(FormOperator):
    """The product by sum factorisation."""

    def __init__(self, known: Linearised, space: fem.FunctionSpace, constrained: Integers) -> None:
        super().__init__(None, space, constrained)
        self._kernels, self._known = Kernels(space.mesh.comm, 3), known

    def _add(self, x: Array, y: Array) -> None:
        cells = self._known.cells
        self._kernels.call("apply_tangent", len(cells.nodes), cells.nodes, *self._known.arrays, x, y)


def linearised(tangent: LayeredTangent, space: fem.FunctionSpace) -> Linearised | None:
    """What the kernels need, None if the cells do not stand upright. Collective."""
    cells = upright(space, tangent.law)
    kernels = Kernels(space.mesh.comm, 3)
    places = [part.function_space.dofmap.list for part in (tangent.law, tangent.free_strain)]
    if cells is None or not np.array_equal(*places):
        return None
    return Linearised(tangent, cells, kernels)
