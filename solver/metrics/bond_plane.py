"""The plane in which a stack is bonded to its mirror image: gaps and tractions there, node by node."""

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import facets_at
from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array
from solver.physics.coefficients import QUADRATURE_DEGREE
from solver.physics.faces import measures
from solver.physics.solid.driven import Mirrored
from solver.physics.solid.small_deflection import SmallDeflectionSolid


@dataclass(frozen=True)
class PadContact:
    """Pads of one kind that may press on their mirror image.

    Attributes:
        met: part of their area, the nodes on their edges left out, that presses or is joined.
        joined: part of it that is joined.
        gap: between two pads, mean (m).
        pressure: of the plane on them, mean over the same area (Pa); negative where joined pads are pulled.
        peak: the largest of a node (Pa).
        nodes: that may press.
        highest: of the highest node, how far it is beyond the plane (m): less than nothing where none meets.
    """

    met: float
    joined: float
    gap: float
    pressure: float
    peak: float
    nodes: int
    highest: float


class BondPlane:
    """The plane after a solve. All methods are collective.

    Args:
        solid: bonded to its mirror image.
    """

    def __init__(self, solid: SmallDeflectionSolid) -> None:
        assert solid.facing is not None
        assert isinstance(solid.support.driven, Mirrored)
        mesh, space = solid.stack_mesh, solid.space
        self._comm, self._solid, self._facing = mesh.comm, solid, solid.facing
        self._owned = space.dofmap.index_map.size_local
        self._bonded = solid.support.driven.bonded // 3
        self._forces = solid.reactions()[2::3]  # on the modelled part (N)
        self._areas = _nodal_areas(mesh, space)

    def pads(self, number: int) -> PadContact:
        """The pads with a number in the case."""
        facing, solid = self._facing, self._solid
        mine = (facing.pad == number) & (facing.unknowns < 3 * self._owned)
        nodes = facing.unknowns[mine] // 3
        area, push = self._areas[nodes], -self._forces[nodes]
        gap = np.maximum(0.0, facing.gaps[mine] - solid.displacement.x.array[facing.unknowns[mine]])
        parts = [area, area * facing.active[mine], area * facing.joined[mine], area * gap, push, np.ones(len(nodes))]
        whole, met, joined, apart, force, count = self._comm.allreduce(
            np.array([float(part.sum()) for part in parts]), MPI.SUM
        )
        highest = float(facing.beyond(solid.displacement.x.array[facing.unknowns])[number])
        peak = self._comm.allreduce(float((push / area).max(initial=-np.inf)), MPI.MAX)
        of_area = met / whole, joined / whole, 2.0 * apart / whole, force / whole
        return PadContact(*of_area, float(peak), int(count), highest)

    @property
    def opening(self) -> float:
        """Tension across what is bonded, mean (Pa)."""
        nodes = self._bonded[self._bonded < self._owned]
        force, area = self._comm.allreduce(np.array([self._forces[nodes].sum(), self._areas[nodes].sum()]), MPI.SUM)
        return float(force / area)

    def table(self) -> dict[str, Array]:
        """Of every node of the plane: place, gap between the faces, and pressure across it (negative: tension)."""
        facing, x = self._facing, nodes_of(self._solid.space)
        gap = np.zeros(len(x))
        there = facing.unknowns // 3
        gap[there] = np.maximum(0.0, facing.gaps - self._solid.displacement.x.array[facing.unknowns])
        nodes = np.union1d(self._bonded, there)
        nodes = nodes[nodes < self._owned]
        columns = np.column_stack(
            [np.round(1e6 * x[nodes, :2], 9) + 0.0, 2e9 * gap[nodes], -1e-6 * self._forces[nodes] / self._areas[nodes]]
        )
        rows = np.concatenate(self._comm.allgather(columns))
        rows = rows[np.lexsort(np.round(rows[:, :2], 6).T)]
        return dict(zip(("x_um", "y_um", "gap_nm", "pressure_mpa"), rows.T, strict=True))


def _nodal_areas(mesh: StackMesh, space: fem.FunctionSpace) -> Array:
    """(owned nodes,) of the top (m^2): what a uniform pressure of 1 Pa presses each with. Collective."""
    (ds,) = measures(mesh, [facets_at(mesh, "top")], QUADRATURE_DEGREE)
    areas = la.vector(space.dofmap.index_map, 3)
    areas.array[:] = 0.0
    fem.assemble_vector(areas.array, compat.form(ufl.TestFunction(space)[2] * ds))
    areas.scatter_reverse(la.InsertMode.add)
    return areas.array[2 : 3 * space.dofmap.index_map.size_local : 3].copy()
