"""The cells of conductors with what they hold at their points, and sums and extremes of it over sets of cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.materials.material import Material
from solver.physics.current.circuit import Circuit, Current

_TIED = 1e-9  # relative: values that are the same, of which the place with the lowest x, y, z is named

Place = list[float]


@dataclass(frozen=True)
class ConductorCells:
    """Owned cells of conductors, without those of contacts.

    Attributes:
        mesh: of the circuit.
        cells: (n,) their numbers.
        volume: (n, points) volume of each point (m^3).
        magnitude: (n, points) of the current density (A/m^2).
        heat: (n, points) in W/m^3.
        potential: (n, points) in V.
        lowest: (n,) potential of each cell (V).
        kelvin: (n, points) temperatures.
        part: (n,) index into `names`.
        names: of the parts: layers and regions.
        materials: one per part.
    """

    mesh: StackMesh
    cells: Integers
    volume: Array
    magnitude: Array
    heat: Array
    potential: Array
    lowest: Array
    kelvin: Array
    part: Integers
    names: tuple[str, ...]
    materials: tuple[Material, ...]

    def total(self, density: Array, label: Integers, count: int) -> Array:
        """(count,) integrals of a density (n, points) over the cells of each label, of all ranks."""
        mine = np.bincount(label, weights=(self.volume * density).sum(axis=1), minlength=count).astype(float)
        result = np.empty(count)
        self.mesh.comm.Allreduce(mine, result, MPI.SUM)
        return result

    def mean(self, values: Array, label: Integers, count: int) -> Array:
        """(count,) means of values (n, points) over the cells of each label, of all ranks."""
        volume = self.total(np.ones_like(values), label, count)
        return self.total(values, label, count) / np.where(volume > 0, volume, 1.0)

    def largest(self, values: Array, label: Integers, count: int) -> Array:
        """(count,) largest of values (n,) over the cells of each label, of all ranks."""
        mine, result = np.full(count, -np.inf), np.empty(count)
        np.maximum.at(mine, label, values)
        self.mesh.comm.Allreduce(mine, result, MPI.MAX)
        return result

    def first(self, values: Array, among: Integers) -> tuple[float, Place, int]:
        """Lowest of values (n,) among some of them, the middle (mm) of its cell, and its number on this rank or -1.

        The same on any number of ranks: the value, or one that differs by rounding only.
        """
        mine: tuple[float, Place] = np.inf, []
        cell = -1
        if len(among):
            least = values[among].min()
            ties = among[values[among] <= least + _TIED * abs(least)]
            domain = self.mesh.mesh
            corners = domain.geometry.x[compat.geometry_nodes(domain)[self.cells[ties]]]
            middles = np.round(1e3 * corners.mean(axis=1), 9).tolist()
            number = min(range(len(ties)), key=lambda k: middles[k])
            cell, mine = int(ties[number]), (float(least), middles[number])
        everyone = self.mesh.comm.allgather(mine)  # one place from each rank
        least = min(value for value, _ in everyone)
        near = [place for value, place in everyone if place and value <= least + _TIED * abs(least)]
        place = min(near) if near else []
        return least, place, cell if mine[1] == place else -1


def conductor_cells(circuit: Circuit, current: Current, kelvin: Array, materials: Sequence[Material]) -> ConductorCells:
    """What a circuit's cells hold.

    Args:
        circuit: the circuit.
        current: what it carries.
        kelvin: (owned cells, points) temperatures.
        materials: one per block.
    """
    mesh = circuit.stack_mesh
    contact = {layer.name for layer in mesh.stack.layers if layer.interface}
    of_part = {b.name: m for b, m in zip(mesh.blocks, materials, strict=True) if b.layer not in contact}
    names = tuple(of_part)
    number = np.array([names.index(block.name) if block.name in of_part else -1 for block in mesh.blocks])
    cells = np.flatnonzero(number[mesh.block] >= 0)
    return ConductorCells(
        mesh,
        cells,
        circuit.volumes[cells],
        np.linalg.norm(current.density[cells], axis=2),
        current.heat[cells],
        circuit.coefficients_at_points.at_points(current.potential)[cells],
        current.potential.x.array[circuit.space.dofmap.list[cells]].min(axis=1, initial=np.inf),
        kelvin[cells],
        number[mesh.block[cells]],
        names,
        tuple(of_part.values()),
    )
