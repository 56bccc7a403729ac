"""Resistances that follow the mechanics: bond lines their thickness, contacts the pressure on them.

Both are factors on the conductivity along z of the cells of the heat problem: a bond line of thickness t that is
squeezed to s t conducts 1 / s times as much per area.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.interfaces import same_cells
from solver.arrays import Array, Integers, Mask
from solver.case.thermal import Interface
from solver.physics.heat.interfaces import ThermalInterfaces
from solver.physics.solid.constitutive import stiffness_across
from solver.physics.solid.small_deflection import SmallDeflectionSolid

THINNEST = 0.05  # of the thickness a bond line was drawn with
_BOTTOM, _TOP = slice(0, 4), slice(4, 8)  # corners of a cell


@dataclass(frozen=True)
class BondLine:
    """Thickness of a bond line as a part of that it was drawn with.

    Attributes:
        name: of its layer or region.
        mean_stretch, min_stretch, max_stretch: over its area.
        closed: True if it is squeezed to less than a twentieth in places.
    """

    name: str
    mean_stretch: float
    min_stretch: float
    max_stretch: float
    closed: bool


@dataclass(frozen=True)
class ContactPressure:
    """Pressure on a contact over its area."""

    between: list[str]
    mean_pressure_kpa: float
    min_pressure_kpa: float
    max_pressure_kpa: float


@dataclass(frozen=True)
class _Contact:
    """A contact whose conductance follows the pressure: its thin cells, and the cells below and above each."""

    interface: Interface
    thin: Integers
    below: Integers
    above: Integers


class InterfaceConductance:
    """What the mechanics make of resistances.

    Args:
        thermal: meshes of heat and mechanics.
        interfaces: of the case, in the same order.
        bond_lines: names of layers or regions.
    """

    def __init__(self, thermal: ThermalInterfaces, interfaces: Sequence[Interface], bond_lines: Sequence[str]) -> None:
        self._mesh, self._split = thermal.mesh, thermal.split_mesh
        cells, split_cells = same_cells(self._mesh, self._split)
        self._heat_cell = np.empty(len(cells), dtype=np.int64)
        self._heat_cell[cells] = split_cells
        self._bond_lines = {name: _named(self._mesh, name) for name in bond_lines}
        self._contacts = [
            self._contact(interface, one.name)
            for interface, one in zip(interfaces, thermal.interfaces, strict=True)
            if interface.pressed is not None
        ]
        self._stretch: Array = np.ones(len(cells))
        self._pressures: list[Array] = []

    def drawn(self) -> Array:
        """(owned cells of the heat mesh,) factors for bond lines as drawn and contacts without pressure."""
        return np.ones(len(self._split.block))

    def factors(self, solved: SmallDeflectionSolid, temperature: fem.Function) -> Array:
        """(owned cells of the heat mesh,) factors in the state of the mechanics, which was solved in a field (K)."""
        result, self._stretch = self.drawn(), solved.stretch()
        for cells in self._bond_lines.values():
            result[self._heat_cell[cells]] = 1.0 / np.maximum(self._stretch[cells], THINNEST)
        if not self._contacts:
            return result
        pull, stiffness = solved.stress(temperature)[..., 2], stiffness_across(solved.stack_mesh, solved.moduli)
        self._pressures = []
        for contact in self._contacts:
            table = contact.interface.pressed
            assert table is not None
            # the softer side knows the traction better: what strain is off by counts by stiffness
            below, above = (1.0 / stiffness[cells] for cells in (contact.below, contact.above))
            pulled = below * pull[contact.below, _TOP].mean(axis=1) + above * pull[contact.above, _BOTTOM].mean(axis=1)
            pulled /= below + above
            self._pressures.append(-pulled)
            result[contact.thin] = np.interp(-pulled, table.pressure, table.value) / contact.interface.film
        return result

    def summary(self) -> tuple[list[BondLine], list[ContactPressure]]:
        """Thickness of the bond lines and pressure on the contacts, as they were last. Collective."""
        heights, areas = self._mesh.heights, self._mesh.sizes**2
        lines = []
        for name, cells in self._bond_lines.items():
            mean, low, high = self._range(self._stretch[cells], (areas * heights)[cells])
            lines.append(BondLine(name, mean, low, high, low < THINNEST))
        contacts = []
        for contact, pressure in zip(self._contacts, self._pressures, strict=True):
            mean, low, high = (1e-3 * value for value in self._range(pressure, areas[contact.below]))
            contacts.append(ContactPressure(list(contact.interface.between), mean, low, high))
        return lines, contacts

    def _range(self, values: Array, weights: Array) -> tuple[float, float, float]:
        """Mean, lowest and highest over all ranks."""
        comm = self._mesh.comm
        total, whole = comm.allreduce(np.array([values @ weights, weights.sum()]), MPI.SUM)
        low = comm.allreduce(float(values.min(initial=np.inf)), MPI.MIN)
        return float(total / whole), low, comm.allreduce(float(values.max(initial=-np.inf)), MPI.MAX)

    def _contact(self, interface: Interface, name: str) -> _Contact:
        mesh, split = self._mesh, self._split
        thin = np.flatnonzero(np.isin(split.block, [i for i, one in enumerate(split.blocks) if one.region == name]))
        plain = np.array([-1 if one.interface else _index(mesh, one.name) for one in split.stack.layers])
        below, above = (plain[split.layer_of[thin] + step] for step in (-1, 1))
        layers = len(mesh.stack.layers)
        key = mesh.columns * layers + mesh.layer_of
        order = np.lexsort((mesh.interval, key))
        wanted = split.columns[thin] * layers
        last = order[np.searchsorted(key[order], wanted + below, side="right") - 1]
        first = order[np.searchsorted(key[order], wanted + above, side="left")]
        return _Contact(interface, thin, last, first)


def _index(mesh: StackMesh, layer: str) -> int:
    return [one.name for one in mesh.stack.layers].index(layer)


def _named(mesh: StackMesh, name: str) -> Mask:
    """(owned cells,) True in a layer, in regions of that name, or in a region of a layer (LAYER/NAME)."""
    blocks = [i for i, one in enumerate(mesh.blocks) if name in (one.layer, one.region, one.name)]
    return np.isin(mesh.block, blocks)
