"""Joule heat of a circuit in the heat problem, and the temperatures of that problem in the circuit.

Both meshes have the same cells where there are conductors, with the same quadrature points, so every watt that the
circuit makes is in the heat problem. While temperatures are sought, either the current density J or the field E of the
circuit stays: heat is rho(T) J^2, which grows with temperature, or E^2 / rho(T), which falls. The first is exact where
a given current has one way to go, the second where a voltage drives it; otherwise both are solved in turn until the
temperature stays.
"""

from collections.abc import Sequence

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.field_transfer import carried
from meshes.interfaces import original_keys
from solver.arrays import Array, Integers
from solver.materials.material import Material
from solver.physics.current.circuit import Circuit, Current
from solver.signals import Constant, Signal

_POINTS = 27
_ROOM = 298.15  # K, in the cells of contacts, whose resistance does not depend on it


class JouleHeat:
    """The circuit as the heat problem sees it.

    Args:
        circuit: the circuit.
        heat_mesh: the mesh of the heat problem.
        materials: one per block of it.
        course: factor of all voltages and currents over time.

    Attributes:
        square: of the factor, now.
        has_currents: True if a terminal has a given current.
        keeps_current: True where heat is rho(T) J^2, False where it is E^2 / rho(T).
        current: of the circuit at the last temperatures, None before `follow`.
        temperature: of the conductors (K), on the mesh of the circuit, there.
        rounds: how often the circuit was solved.
    """

    def __init__(
        self, circuit: Circuit, heat_mesh: StackMesh, materials: Sequence[Material], course: Signal | None = None
    ) -> None:
        self.circuit, self._mesh, self._materials = circuit, heat_mesh, materials
        self.course: Signal = course or Constant(1.0)
        self.square = 1.0
        self.has_currents = any(one.terminal.current is not None for one in circuit.terminals)
        self.keeps_current = self.has_currents
        self._held: bool | None = None  # what was, when the circuit was solved
        self._cells: Integers = np.empty(0, dtype=np.int32)
        self._squares: Array = np.empty((0, _POINTS, 3))
        self._contact: Array = np.empty(0)
        self.current: Current | None = None
        self.rounds = 0
        mesh = circuit.stack_mesh
        self.temperature = fem.Function(fem.functionspace(mesh.mesh, ("DG", 2)), name="temperature")
        self.temperature.x.array[:] = _ROOM
        self._keys, self._heat_keys = original_keys(mesh), original_keys(heat_mesh)
        self._real, self._heat_real = np.flatnonzero(self._keys >= 0), np.flatnonzero(self._heat_keys >= 0)

    def follow(self, temperature: fem.Function) -> None:
        """Solve the circuit at the temperatures (K) of the heat problem. Collective."""
        comm = self._mesh.comm
        nodes = temperature.function_space.dofmap.list[self._heat_real]
        _, values = carried(comm, self._heat_keys[self._heat_real], temperature.x.array[nodes], self._keys[self._real])
        own = self.temperature.function_space.dofmap.list[self._real]
        self.temperature.x.array[own.ravel()] = values.ravel()
        self.temperature.x.scatter_forward()
        if self._held == self.keeps_current and not self.circuit.is_nonlinear:
            return  # the same current at any temperature
        self._held = self.keeps_current
        self.current = self.circuit.solve(self.temperature)
        self.rounds += 1
        field = self.current.density if self.keeps_current else self.current.field
        sent = np.concatenate([field, self._from_contacts()[:, None, None].repeat(_POINTS, axis=1)], axis=2)
        wanted = self._heat_keys[self._heat_real]
        here, got = carried(comm, self._keys[self._real], sent[self._real], wanted)
        self._cells = self._heat_real[here]
        self._squares, self._contact = got[here][..., :3] ** 2, got[here][:, 0, 3]

    def set_time(self, time: float | None) -> None:
        """Voltages and currents as they are at a time (s); None: as the case has them."""
        self.square = 1.0 if time is None else self.course.at(time) ** 2

    def at(self, temperature: Array) -> tuple[Array, Array]:
        """Heat (W/m^3) and its derivative (W/m^3/K) at temperatures (K), each of shape (cells, points)."""
        made, slope = np.zeros_like(temperature), np.zeros_like(temperature)
        block = self._mesh.block[self._cells]
        for number in np.unique(block):
            mine = block == number
            cells, squares = self._cells[mine], self._squares[mine]
            kelvin = temperature[cells]
            rho, rise = self._materials[number].resistivity(kelvin), self._materials[number].resistivity_slope(kelvin)
            factor, change = (rho, rise) if self.keeps_current else (1.0 / rho, -rise / rho**2)
            made[cells] = self.square * ((factor * squares).sum(axis=2) + self._contact[mine, None])
            slope[cells] = self.square * (change * squares).sum(axis=2)
        return made, slope

    def _from_contacts(self) -> Array:
        """(cells of the circuit,) heat of contacts (W/m^3), half of it in the cell below, half in the cell above."""
        mesh, result = self.circuit.stack_mesh, np.zeros(len(self._keys))
        thin = np.flatnonzero(self._keys < 0)
        assert self.current is not None
        watts = (self.circuit.volumes[thin] * self.current.heat[thin]).sum(axis=1)
        volume, order = self.circuit.volumes.sum(axis=1), np.argsort(mesh.keys)
        for side in (-1, 1):
            beside = order[np.searchsorted(mesh.keys, mesh.keys[thin] + side, sorter=order)]
            np.add.at(result, beside, 0.5 * watts / volume[beside])
        return result
