"""Element matrices of a form, summed into the blocks of the column multigrid."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from solver import compat
from solver.arrays import Array, Integers
from solver.linalg.columns import Columns
from solver.linalg.extruded_cells import Bilinear, LayeredForm, Upright, upright
from solver.linalg.kernels import Kernels


class Elements(ABC):
    """A part of a form whose coefficients are read anew at every `add`.

    Attributes:
        law_values: of its law at a point, as of `Kernels`; 0: the fewest.
    """

    law_values = 0

    @abstractmethod
    def add(self, kernels: Kernels, which: Integers, target: Sequence[Any]) -> None:
        """Sum this rank's element matrices.

        Args:
            kernels: the compiled functions.
            which: (owned cells, 18) plates of each cell.
            target: what the kernels take after `which` (kernels/elements.c).
        """


class Tabulated(Elements):
    """All integrals of any form, by its own compiled element kernels."""

    def __init__(self, a: ufl.Form, space: fem.FunctionSpace, lines: Columns) -> None:
        self._form, self._lines, self._mesh = compat.form(a), lines, space.mesh

    def add(self, kernels: Kernels, which: Integers, target: Sequence[Any]) -> None:
        """Add the element matrices of some cells, as of `Elements.add`."""
        constants, geometry = compat.constants(self._form), compat.geometry_nodes(self._mesh)
        for integral in compat.integrals(self._form):
            cells = integral.cells
            kernels.call(
                "add_tabulated",
                len(cells),
                integral.kernel,
                integral.facets,
                integral.coefficients,
                integral.coefficients.shape[1],
                constants,
                self._mesh.geometry.x,
                np.ascontiguousarray(geometry[cells], dtype=np.int32),
                self._lines.order,
                np.ascontiguousarray(self._lines.cells[cells]),
                np.ascontiguousarray(which[cells]),
                *target,
            )


class Summed(Elements):
    """The cell integral of a `LayeredForm` on upright cells: integrals over plane and height, twenty times as fast."""

    def __init__(self, law: fem.Function, cells: Upright) -> None:
        self._law, self._cells, self.law_values = law, cells, law.function_space.dofmap.index_map_bs

    def add(self, kernels: Kernels, which: Integers, target: Sequence[Any]) -> None:
        """As `Elements.add`; a law that varies in a cell is averaged."""
        cells = self._cells
        law: Array = self._law.x.array
        arrays = cells.shape, cells.where, cells.points, law, cells.nodes, np.ascontiguousarray(which[cells.cells])
        kernels.call("add_upright", len(cells.nodes), *arrays, *target)

    def add_stacks(
        self, kernels: Kernels, first: Integers, order: Integers, which: Integers, target: Sequence[Any]
    ) -> None:
        """The same for the Kirchhoff space, a plane cell with all of its layers at a time.

        Args:
            kernels: the compiled functions.
            first: (plane cells + 1,) first entry of each plane cell in `order`.
            order: (owned cells,) cells, plane cell by plane cell.
            which: (owned cells, 18) plates of each cell.
            target: what the kernel takes after `which` (kernels/kirchhoff.c).
        """
        cells = self._cells
        law: Array = self._law.x.array
        arrays = cells.shape, cells.where, cells.points, law, cells.nodes, which
        kernels.call("add_splined", len(first) - 1, first, order, *arrays, *target)


def elements(a: Bilinear | Elements, space: fem.FunctionSpace, lines: Columns) -> list[Elements]:
    """The parts of a form, each by its fastest kernel."""
    if isinstance(a, Elements):
        return [a]
    if not isinstance(a, LayeredForm):
        return [Tabulated(a, space, lines)]
    cells = upright(space, a.law)
    if cells is None:
        return [Tabulated(a.form, space, lines)]
    rest = cells.rest(a)
    return [Summed(a.law, cells), *([] if rest is None else [Tabulated(rest, space, lines)])]
