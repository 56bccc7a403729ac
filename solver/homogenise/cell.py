"""What all unit cells have in common: phases in a rectangle that repeats, cut to what its mirror planes leave."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from dolfinx import mesh
from mpi4py import MPI

from solver import compat
from solver.arrays import Array, Integers


@dataclass(frozen=True, eq=False)
class CellMesh:
    """The part of a cell between its mirror planes, in units of the pitch.

    Attributes:
        mesh: on this rank alone; two-dimensional where the cell does not change along z.
        phase: (cells,) phase of each cell.
        size: lengths of the part modelled along x, y (and z), whose mirror planes are at 0 and at `size`.
        volume: area or volume of the part modelled, voids included.
        tied: True if the face z = `size` is bonded to a plate that is much stiffer and conducts much better.
    """

    mesh: mesh.Mesh
    phase: Integers
    size: tuple[float, ...]
    volume: float
    tied: bool = False


class Cell(ABC):
    """A unit cell; phases are numbered from the inside out, the matrix is the last."""

    @property
    @abstractmethod
    def fractions(self) -> Array:
        """Volume fractions of the phases, shape (phases,); they sum to 1."""

    @abstractmethod
    def mesh(self, voids: frozenset[int]) -> CellMesh:
        """The mesh without some of the phases.

        Raises:
            PlanishError: the cell cannot be meshed.
        """


def cell_mesh(
    kind: str, points: Array, cells: Integers, phase: Integers, size: tuple[float, ...], tied: bool = False
) -> CellMesh:
    """Curved cells of degree 2 as a mesh of this rank.

    Args:
        kind: triangle or hexahedron.
        points: (n, dim) coordinates.
        cells: (m, nodes) nodes in the order of DOLFINx.
        phase: (m,) phase of each cell.
        size: sides of the part modelled.
        tied: as of `CellMesh`.
    """
    domain = compat.domain(kind, 2, points.shape[1])
    used, renumbered = np.unique(cells, return_inverse=True)
    owner: list[Integers] = [np.zeros(1, dtype=np.int32)] * len(cells)
    made = compat.create_mesh(MPI.COMM_SELF, renumbered.reshape(cells.shape), points[used], domain, owner)
    return CellMesh(made, phase[made.topology.original_cell_index], size, float(np.prod(size)), tied)
