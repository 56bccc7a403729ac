"""Direct current: div(sigma grad phi) = 0 in the conductors, driven by voltages and total currents of terminals.

A terminal with a current is a face at one voltage, as an ideal electrode is. The potential is that of the given
voltages plus, for each such terminal, a multiple of the potential of one volt there and none elsewhere; the multiples
follow from the currents these potentials drive, a small system that is symmetric and positive definite.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.conductors import Conductors
from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array
from solver.case.electric import Terminal
from solver.linalg.choose import Choice, decide_nets
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients
from solver.physics.current.terminals import located
from solver.physics.faces import measures
from solver.physics.scalar import scalar_solver

_IN_TURN = 1e-12  # of the residual, where heat follows: near a runaway what is left moves temperatures a thousandfold


@dataclass(frozen=True)
class TerminalFlow:
    """What passes a terminal, of the whole stack: voltage (V; a mean where a current is spread evenly), current (A)."""

    name: str
    voltage: float
    current: float

    @property
    def power(self) -> float:
        """Into the conductors (W)."""
        return self.voltage * self.current


@dataclass(frozen=True)
class Current:
    """What the circuit carries at one temperature.

    Attributes:
        potential: in V.
        field: (owned cells, 27, 3) electric field (V/m) at the quadrature points.
        density: the same of the current density (A/m^2).
        heat: (owned cells, 27) Joule heat (W/m^3).
        power: of all heat (W, of the whole stack).
        terminals: of the case, in its order.
        record: of the last linear solve.
    """

    potential: fem.Function
    field: Array
    density: Array
    heat: Array
    power: float
    terminals: tuple[TerminalFlow, ...]
    record: SolveRecord

    @property
    def balance_error(self) -> float:
        """|Sum of all currents| over the largest."""
        currents = [one.current for one in self.terminals]
        most = max(map(abs, currents))
        return abs(sum(currents)) / most if most else 0.0

    @property
    def energy_error(self) -> float:
        """|Power of the terminals less heat made| over the larger; a current out of balance counts at no voltage."""
        zero = sum(one.voltage for one in self.terminals) / len(self.terminals)
        supplied = sum(one.power - zero * one.current for one in self.terminals)
        most = max(abs(supplied), self.power)
        return abs(supplied - self.power) / most if most else 0.0


class Circuit:
    """The conductors of a stack with their terminals.

    Args:
        stack_mesh: the mesh of the conductors.
        materials: one per block.
        terminals: of the case.
        found: what the conductors of the mesh were found from.
        solver: which linear solver.
        varies: True if the temperature will differ from point to point.

    Attributes:
        is_nonlinear: True if conductivities change from point to point.
        volumes: (owned cells, 27) volume of each quadrature point (m^3).

    Raises:
        CaseError: as of `located`.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        terminals: Sequence[Terminal],
        found: Conductors,
        solver: Choice = "auto",
        varies: bool = False,
    ) -> None:
        self.stack_mesh, self.materials, self._choice = stack_mesh, list(materials), solver
        self.is_nonlinear = varies and any(one.is_temperature_dependent_resistivity for one in materials)
        self.space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2))
        self.terminals, dead = located(stack_mesh, self.space, terminals, found)
        held = [one.nodes for one in self.terminals if not one.is_even]
        self._fixed = np.unique(np.concatenate([dead, *held])).astype(np.int32)
        self.coefficients = Coefficients(stack_mesh, materials, pointwise=self.is_nonlinear)
        self.coefficients_at_points = Coefficients(stack_mesh, materials, pointwise=True)
        self.law = fem.Function(self.coefficients.space(4))
        self.volumes = self.coefficients_at_points.volumes()
        dphi, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        sigma = ufl.diag(ufl.as_vector([self.law[i] for i in range(3)]))
        whole = ufl.inner(sigma * ufl.grad(dphi), ufl.grad(v)) * ufl.dx(stack_mesh.mesh, metadata=DX)
        self._a = LayeredForm(whole, self.law)
        self._even()
        self._solver: KrylovSolver | None = None
        self._record: SolveRecord | None = None

    def solve(self, temperature: float | fem.Function) -> Current:
        """The current at a temperature (K), uniform or a field on this mesh, continuous or not. Collective.

        Raises:
            NotConvergedError: the linear solver did not get there.
        """
        self._conduct(temperature)
        driven = [one for one in self.terminals if one.terminal.voltage is None and not one.is_even]
        given = {one.terminal.name: one.terminal.voltage or 0.0 for one in self.terminals}
        base = self._potential(given, with_load=True)
        units = [self._potential({one.terminal.name: 1.0}, with_load=False) for one in driven]
        if driven:
            wanted = np.array([one.terminal.current or 0.0 for one in driven])
            index = [self.terminals.index(one) for one in driven]
            known = self._currents(base, with_load=True)[index]
            conductance = np.array([self._currents(unit, with_load=False)[index] for unit in units])
            voltages = np.linalg.solve(0.5 * (conductance + conductance.T), wanted - known)
            base = base + voltages @ np.array(units)
        return self._measured(base)

    def destroy(self) -> None:
        """Free the linear solver."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    # ---- the parts of a solve

    def _conduct(self, temperature: float | fem.Function) -> None:
        """Conductivities at a temperature."""
        points: float | Array = temperature if isinstance(temperature, float) else 0.0
        if isinstance(temperature, fem.Function):
            points = self.coefficients_at_points.at_points(temperature)
            self._sigma = self.coefficients_at_points.values(_conductivity, 3, points)
        else:
            self._sigma = self.coefficients.values(_conductivity, 3, points)
        values = self._sigma
        if not self.coefficients.pointwise:
            values = values[:, :1]  # the same in all points of a cell
        self.coefficients.put(self.law, np.concatenate([values, np.zeros_like(values[..., :1])], axis=2))
        if self._solver is None:
            self._solver = self._prepared()
        elif self.is_nonlinear:
            self._solver.update()

    def _prepared(self) -> KrylovSolver:
        """The linear solver for the conductivities as they are."""
        mesh, unknowns = self.stack_mesh, self.space.dofmap.index_map.size_global
        decision = decide_nets(self._choice, unknowns, mesh.plane, mesh.top - mesh.bottom)
        factorised = decision.method == "direct"
        choice: Choice = "direct" if factorised else self._choice
        solver = scalar_solver(mesh, self._a, self.space, self._fixed, choice)
        if factorised:
            solver.why = decision.why
        if self.is_nonlinear:
            solver.tolerance = _IN_TURN
        return solver

    def _potential(self, voltages: dict[str, float], with_load: bool) -> Array:
        """(local nodes,) potential with terminals at some voltages, the others at none."""
        solver = self._solver
        assert solver is not None
        held, free = fem.Function(self.space), fem.Function(self.space)
        for one in self.terminals:
            if not one.is_even:
                held.x.array[one.nodes] = voltages.get(one.terminal.name, 0.0)
        held.x.scatter_forward()
        owned = self.space.dofmap.index_map.size_local
        load = self._load if with_load else np.zeros(owned)
        self._record = solver.solve(load - solver.operator.product(held.x.array[:owned]), free)
        return held.x.array + free.x.array

    def _currents(self, potential: Array, with_load: bool) -> Array:
        """(terminals,) current (A, of the whole stack) into the conductors; zero where it is spread evenly."""
        assert self._solver is not None
        owned = self.space.dofmap.index_map.size_local
        reaction = self._solver.operator.product(potential[:owned]) - (self._load if with_load else 0.0)
        mine = [0.0 if one.is_even else reaction[one.nodes[one.nodes < owned]].sum() for one in self.terminals]
        total = np.empty(len(mine))
        self.stack_mesh.comm.Allreduce(np.array(mine, dtype=float), total, MPI.SUM)
        return total * self.stack_mesh.stack.multiplicity

    def _measured(self, values: Array) -> Current:
        """Everything that follows from a potential."""
        comm, whole = self.stack_mesh.comm, self.stack_mesh.stack.multiplicity
        potential = fem.Function(self.space, name="potential")
        potential.x.array[:] = values
        potential.x.scatter_forward()
        field = -self.coefficients_at_points.slopes_at_points(potential)
        density = self._sigma * field
        heat = (density * field).sum(axis=2)
        power = comm.allreduce(float((self.volumes * heat).sum()), MPI.SUM) * whole
        flows = []
        for one, current in zip(self.terminals, self._currents(values, with_load=True), strict=True):
            if one.is_even:
                total, voltage = one.terminal.current or 0.0, self._mean(potential, one.terminal.name)
            else:
                most = comm.allreduce(float(values[one.nodes].max(initial=-np.inf)), MPI.MAX)
                total, voltage = float(current), most
            flows.append(TerminalFlow(one.terminal.name, voltage, total))
        assert self._record is not None
        return Current(potential, field, density, heat, power, tuple(flows), self._record)

    # ---- currents that are spread evenly

    def _even(self) -> None:
        """The load of currents that are spread evenly, and the means over their faces."""
        even = [one for one in self.terminals if one.is_even]
        index_map = self.space.dofmap.index_map
        self._load = np.zeros(index_map.size_local)
        self._face: dict[str, tuple[ufl.Measure, float]] = {}
        if not even:
            return
        domain, comm = self.stack_mesh.mesh, self.stack_mesh.comm
        v, load = ufl.TestFunction(self.space), la.vector(index_map, 1)
        for one, ds in zip(even, measures(self.stack_mesh, [one.facets for one in even], 4), strict=True):
            one_everywhere = fem.Constant(domain, 1.0)
            area = comm.allreduce(fem.assemble_scalar(compat.form(one_everywhere * ds)), MPI.SUM)
            density = (one.terminal.current or 0.0) / (area * self.stack_mesh.stack.multiplicity)
            fem.assemble_vector(load.array, compat.form(fem.Constant(domain, density) * v * ds))
            self._face[one.terminal.name] = ds, area
        load.scatter_reverse(la.InsertMode.add)
        self._load = load.array[: index_map.size_local].copy()

    def _mean(self, potential: fem.Function, name: str) -> float:
        ds, area = self._face[name]
        total = fem.assemble_scalar(compat.form(potential * ds))
        return float(self.stack_mesh.comm.allreduce(total, MPI.SUM)) / area


def _conductivity(_: int, material: Material, temperature: Array) -> Array:
    """Conductivities along x, y, z (S/m), shape (n, 3)."""
    return 1.0 / material.resistivity(temperature)
