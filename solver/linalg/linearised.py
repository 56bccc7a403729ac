"""The tangent of large deflection as the hand-written kernels know it, on upright cells."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from solver.arrays import Array, Integers
from solver.linalg.elements import Elements
from solver.linalg.extruded_cells import Upright, lattice_nodes, upright
from solver.linalg.kernels import LANES, Kernels
from solver.linalg.operator import FormOperator

_STATE, _SLOPES = 15, 9  # slopes and stress of kernels/tangent.h, and slopes alone


@dataclass(frozen=True)
class FreeStrain:
    """Green's strain of a cell without stress, of free strains and share E(b): `physics.solid.kinematics.green_free`.

    Attributes:
        strain: free strains in the places of the law: three, six in Voigt order beside 21 moduli.
        anisotropy: (2,) by which the in-plane ones differ with direction (`physics.solid.load.Load`).
        birth: b, cell by cell, or None.
        share: of E(b).
    """

    strain: fem.Function
    anisotropy: fem.Constant
    birth: fem.Function | None
    share: fem.Constant


@dataclass(frozen=True)
class LayeredTangent:
    """int C dE(t) : dE(v) + s S : grad t^T grad v + spring t . v dx.

    S = C : (E(u) - grad d^T grad d / 2 - E_free) + S_0.

    Attributes:
        form: the same in UFL.
        law: C by its moduli, as of `LayeredForm`.
        displacement, last: u and d.
        spring: N/m^4.
        free: E_free, or None.
        stress_at_rest: S_0 in Voigt order (Pa), in the places of the law, or None.
        stressed: s, 1 or 0; None: 1.
    """

    form: ufl.Form
    law: fem.Function
    displacement: fem.Function
    last: fem.Function
    spring: fem.Constant
    free: FreeStrain | None = None
    stress_at_rest: fem.Function | None = None
    stressed: fem.Constant | None = None

    @property
    def law_values(self) -> int:
        """Of the law at a point."""
        return int(self.law.function_space.dofmap.index_map_bs)


class Linearised(Elements):
    """Slopes and stress at the Gauss points of all cells, made anew when what they come from has changed."""

    def __init__(self, tangent: LayeredTangent, cells: Upright, kernels: Kernels) -> None:
        self.tangent, self.cells, self._kernels, self.law_values = tangent, cells, kernels, tangent.law_values
        self._state = np.empty((-(-len(cells.nodes) // LANES), 27, _STATE, LANES))
        self._birth: tuple[Any, ...] = (None, None)
        if tangent.free is not None and tangent.free.birth is not None:
            birth = tangent.free.birth
            self._birth = lattice_nodes(birth.function_space), birth.x.array
        self._seen: dict[str, Array] = {}
        self._held = False
        self._first = np.ascontiguousarray(cells.where[:, :1])
        self._even = False  # the law of each cell is the same at all its points

    @contextmanager
    def held(self) -> Iterator[None]:
        """What they come from is compared once, and does not change within."""
        self._refresh()
        self._held = True
        try:
            yield
        finally:
            self._held = False

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Shape, rows and values of the law, state and spring, as the kernels take them."""
        if not self._held:
            self._refresh()
        cells, spring = self.cells, np.array([float(self.tangent.spring.value)])
        where = (self._first, 1) if self._even else (cells.where, cells.points)
        return cells.shape, *where, self.tangent.law.x.array, self._state, spring

    def _refresh(self) -> None:
        parts = self._parts()
        if self._seen and all(np.array_equal(self._seen[name], part) for name, part in parts.items()):
            return
        if not self._seen or not np.array_equal(self._seen["law"], parts["law"]):
            self._even = self._is_even(parts["law"])
        self._seen = {name: part.copy() for name, part in parts.items()}
        cells, seen = self.cells, self._seen.get
        where = cells.nodes, cells.shape, cells.where, cells.points
        free, moved = (seen("strain"), seen("anisotropy")), (seen("displacement"), seen("last"))
        arrays = *where, seen("law"), *free, *moved, *self._birth, seen("share"), seen("rest"), self._state
        self._kernels.call("linearise", len(cells.nodes), *arrays)
        if "stressed" in parts and not parts["stressed"][0]:
            self._state[:, :, _SLOPES:] = 0.0  # the stress

    def _is_even(self, law: Array) -> bool:
        """True if its values are the same at all points of each cell: one row stands for them."""
        values, where = law.reshape(-1, self.law_values), self.cells.where
        first = values[where[:, 0]]
        return all(np.array_equal(values[rows], first) for rows in where.T[1:])

    def _parts(self) -> dict[str, Array]:
        """All that the state comes from."""
        t = self.tangent
        parts = {"law": t.law.x.array, "displacement": t.displacement.x.array, "last": t.last.x.array}
        if t.stressed is not None:
            parts["stressed"] = np.array([float(t.stressed.value)])
        if t.stress_at_rest is not None:
            parts["rest"] = t.stress_at_rest.x.array
        if t.free is not None:
            parts |= {"strain": t.free.strain.x.array, "anisotropy": t.free.anisotropy.value}
            parts["share"] = np.array([float(t.free.share.value)])
        return parts

    def add(self, kernels: Kernels, which: Integers, target: Sequence[Any]) -> None:
        """Element matrices into bands and plates, as of `solver.linalg.elements.Elements.add`."""
        arrays = self.arrays
        kernels.call("add_tangent", len(self.cells.nodes), *arrays, self.cells.nodes, which, *target)


class LinearisedOperator(FormOperator):
    """The product by sum factorisation."""

    def __init__(self, known: Linearised, space: fem.FunctionSpace, constrained: Integers) -> None:
        super().__init__(None, space, constrained)
        self._kernels, self._known = Kernels(space.mesh.comm, 3, known.law_values), known

    def _add(self, x: Array, y: Array) -> None:
        cells = self._known.cells
        self._kernels.call("apply_tangent", len(cells.nodes), cells.nodes, *self._known.arrays, x, y)


def linearised(tangent: LayeredTangent, space: fem.FunctionSpace) -> Linearised | None:
    """What the kernels need, None if not all cells stand upright. Collective."""
    cells = upright(space, tangent.law)
    kernels = Kernels(space.mesh.comm, 3, tangent.law_values)
    free = None if tangent.free is None else tangent.free.strain
    at_rest = [part.function_space.dofmap.list for part in (free, tangent.stress_at_rest) if part is not None]
    if (
        cells is None
        or not cells.all
        or not all(np.array_equal(tangent.law.function_space.dofmap.list, part) for part in at_rest)
    ):
        return None
    return Linearised(tangent, cells, kernels)
