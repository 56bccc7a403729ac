"""Temperatures of places the case file names: regions, layers, points on faces."""

from collections.abc import Sequence

import numpy as np
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import Block, StackMesh
from solver import compat
from solver.arrays import Array, Integers, Mask
from solver.case.figures import Point

_NEAR = 1e-9  # of the span: a point on an edge belongs to the cells on both sides


def blocks_named(blocks: Sequence[Block], name: str | None) -> list[int]:
    """Blocks of a name: LAYER/REGION, a region in whatever layers, or a whole layer; all for None."""
    if name is None:
        return list(range(len(blocks)))
    regions = [index for index, block in enumerate(blocks) if name in (block.name, block.region) and block.region]
    return regions or [index for index, block in enumerate(blocks) if block.layer == name]


class Temperatures:
    """Means and highest values of a field of temperature (K) over blocks. Collective.

    Args:
        stack_mesh: the mesh.
        temperature: of degree 2, continuous or not.
    """

    def __init__(self, stack_mesh: StackMesh, temperature: fem.Function) -> None:
        test = ufl.TestFunction(fem.functionspace(stack_mesh.mesh, ("DG", 0)))
        dx, count = ufl.dx(stack_mesh.mesh), len(stack_mesh.block)
        self._mesh, self._values = stack_mesh, temperature.x.array
        self._heat, self._volume = (_cellwise(form)[:count] for form in (temperature * test * dx, test * dx))
        self._dofs: Integers = temperature.function_space.dofmap.list[:count]

    def mean(self, blocks: Sequence[int]) -> float:
        """Over the volume (K)."""
        here = self._cells(blocks)
        parts = self._mesh.comm.allreduce(np.array([self._heat[here].sum(), self._volume[here].sum()]), MPI.SUM)
        return float(parts[0] / parts[1])

    def highest(self, blocks: Sequence[int]) -> float:
        """Of all nodes (K)."""
        highest = self._values[self._dofs[self._cells(blocks)]].max(initial=-np.inf)
        return float(self._mesh.comm.allreduce(float(highest), MPI.MAX))

    @property
    def volumes(self) -> Array:
        """(local cells,) in m^3."""
        return self._volume

    @property
    def means(self) -> Array:
        """(local cells,) in K."""
        return self._heat / self._volume

    def values_in(self, cells: Integers) -> Array:
        """At the nodes of some local cells (K)."""
        return self._values[self._dofs[cells]].ravel()

    def _cells(self, blocks: Sequence[int]) -> Mask:
        return np.isin(self._mesh.block, blocks)


def at_point(stack_mesh: StackMesh, temperature: fem.Function, point: Point) -> float:
    """Temperature (K) of a point on a face; one beyond a mirror plane is the same as its image. Collective."""
    stack, plane = stack_mesh.stack, stack_mesh.plane
    layer, on_top = stack.layer_of(point.face), point.face.endswith("top")
    x, y = (abs(value) if axis in stack.mirrors else value for axis, value in enumerate(point.at))
    height = stack.heights(np.array([[x, y]]), layer.top if on_top else layer.bottom)
    place = np.array([x, y, *height])
    below = sum(one.cells for one in stack.layers[: stack.layers.index(layer)])
    interval = below + (layer.cells - 1 if on_top else 0)
    quads = shapely.polygons(plane.points[plane.quads])
    near = np.flatnonzero(shapely.dwithin(quads, shapely.Point(x, y), _NEAR * stack.span))
    cells = np.flatnonzero((stack_mesh.interval == interval) & np.isin(stack_mesh.column, near)).astype(np.int32)
    found = float(temperature.eval(place, cells[:1])[0]) if len(cells) else np.inf
    return float(stack_mesh.comm.allreduce(found, MPI.MIN))


def _cellwise(form: ufl.Form) -> Array:
    return np.asarray(fem.assemble_vector(compat.form(form)).array)
