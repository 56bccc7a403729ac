"""Heat conduction on a stack: steady states and implicit stages in time, with the circuit that makes Joule heat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.film import FilmTable
from solver.case.thermal import Thermal
from solver.linalg.choose import Choice
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.materials.material import Material
from solver.physics.coefficients import Coefficients
from solver.physics.current.joule import JouleHeat
from solver.physics.heat.current_in_turn import in_turn
from solver.physics.heat.equation import HeatEquation
from solver.physics.heat.heat_flow import FaceHeat, Flows, HeatSolution
from solver.physics.heat.newton import Newton
from solver.physics.heat.reaction import Reaction
from solver.physics.heat.runaway import runaway
from solver.physics.heat.storage import Storage, storage
from solver.physics.heat.terms import HeatLaw
from solver.physics.heat.thermal_boundaries import exchanges
from solver.physics.sources import Sources

_TOLERANCE = 1e-9  # K, largest change in the last Newton iteration, and of the largest temperature rise


@dataclass(frozen=True)
class Leakage:
    """Heat that leaks in transistors, as a law of the temperature."""

    sources: Sources

    def at(self, temperature: Array) -> tuple[Array, Array]:
        """Heat (W/m^3) and its derivative (W/m^3/K) at temperatures (K), each of shape (cells, points)."""
        return self.sources.leakage(temperature)


class HeatProblem:
    """Heat conduction on a stack, steady or one implicit stage in time.

    A stage ends with rate (content - base) = heat that flows in per volume. It is based on temperatures where heat
    capacities do not depend on them, else on enthalpies too; a rate of 0 is the steady state.

    Args:
        stack_mesh: the mesh.
        materials: one per block.
        thermal: boundaries of the case.
        sources: heat made in each cell.
        solver: which linear solver.
        transient: True if stages are wanted, too.
        files: maps of film coefficients.
        joule: heat of currents, None if there are none.
        cures: True for resins that cure in stages, and give off their heat.

    Attributes:
        reaction: what cures, None if nothing does.

    Raises:
        CaseError: a boundary names a face with no exposed area.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        thermal: Thermal,
        sources: Sources,
        solver: Choice = "auto",
        transient: bool = False,
        files: SideFiles | None = None,
        joule: JouleHeat | None = None,
        cures: bool = False,
    ) -> None:
        self.stack_mesh, self.thermal, self.sources, self.joule = stack_mesh, thermal, sources, joule
        radiates = any(
            boundary.emissivity is not None or isinstance(boundary.convection, FilmTable)
            for boundary in thermal.boundaries
        )
        growing: list[HeatLaw] = [Leakage(sources)] if sources.leaks else []
        growing += [joule] if joule is not None else []
        varies = any(
            material.is_temperature_dependent_conductivity
            or (transient and material.is_temperature_dependent_specific_heat)
            for material in materials
        )
        self.coefficients = Coefficients(stack_mesh, materials, pointwise=varies or bool(growing) or cures)
        self.reaction = Reaction(self.coefficients) if cures else None
        growing += [self.reaction] if self.reaction is not None else []
        self.space = fem.functionspace(stack_mesh.mesh, ("Lagrange", 2))
        self.temperature = fem.Function(self.space, name="temperature")
        degree = 8 if radiates else 4
        self.exchanges = exchanges(stack_mesh, thermal.boundaries, self.temperature, degree, files or SideFiles())
        stores = storage(self.coefficients, self.temperature) if transient else None
        self.equation = HeatEquation(
            self.coefficients, self.temperature, self.exchanges, sources, growing, stores, radiates
        )
        self._newton = Newton(self.equation, solver, self.runaway)

    # ---- solving

    def solve(self) -> HeatSolution:
        """The steady state, by Newton's method from the mean of the surroundings. Collective.

        Raises:
            NotConvergedError: with the iteration and the last change.
        """
        self._set_time(None)
        surroundings = [one.surroundings for one in self.exchanges if one.surroundings is not None]
        self.temperature.x.array[:] = np.mean([course.mean() for course in surroundings])
        if self.equation.storage is not None:
            self.equation.storage.rate.value = 0.0
        if self.reaction is not None:
            self.reaction.rest()
        iterations, _, record = self._found(_TOLERANCE)
        flows = self.flows()
        scale = max([abs(flows.into), abs(flows.made), *(abs(face.heat) for face in flows.outflow)])
        error = abs(flows.into - flows.out) / scale if scale else 0.0
        return HeatSolution(self.temperature, flows.into, flows.outflow, error, iterations, record)

    def stage(self, time: float, rate: float, base: Array, tolerance: float) -> tuple[int, int, SolveRecord]:
        """Solve for the temperature at `time`, from the temperature as it is. Collective.

        Args:
            time: (s) at which sources and surroundings are taken.
            rate: (1/s).
            base: content, as `content` gives it.
            tolerance: of Newton's method (K).

        Returns:
            Newton iterations, linear iterations of all of them, and the record of the last linear solve.

        Raises:
            NotConvergedError: with the iteration and the last change.
        """
        self._set_time(time)
        self._storage.rate.value = rate
        stored = len(base) - (0 if self.reaction is None else len(self.reaction.content))
        self._storage.set_base(base[:stored])
        if self.reaction is not None:
            self.reaction.begin(base[stored:], rate)
        return self._found(tolerance)

    def newton(self, tolerance: float, last: bool = True) -> tuple[int, int, SolveRecord]:
        """As of `Newton.solve`, the circuit as it is."""
        return self._newton.solve(tolerance, last)

    def frozen(self) -> KrylovSolver:
        """The solver of the symmetric operator with conductivities, films and leakage as they are now.

        Conductivities are those of the present temperature, radiation and leakage its slopes. It belongs to this
        problem, which needs no other one any more.
        """
        return self._newton.frozen()

    def scale_across(self, factor: Array) -> None:
        """Multiply the conductivity along z of every owned cell by a factor (cells,), in solves from now on."""
        self.equation.scale_across(factor)

    def destroy(self) -> None:
        """Free the linear solver."""
        self._newton.destroy()

    def _found(self, tolerance: float) -> tuple[int, int, SolveRecord]:
        """The temperature as it is solved for, with the circuit if there is one."""
        return self.newton(tolerance) if self.joule is None else in_turn(self, self.joule, tolerance)

    def runaway(self) -> str:
        """What it most likely means with heat that grows with temperature that none is found. Collective."""
        return runaway(self.temperature, bool(self.sources.leaks), self.joule)

    # ---- values

    @property
    def is_linear(self) -> bool:
        """True if no coefficient depends on temperature."""
        return self.equation.is_linear

    @property
    def prescribed_nodes(self) -> Integers:
        """Local nodes of fixed temperature."""
        return self.equation.prescribed.nodes

    @property
    def is_steady(self) -> bool:
        """True if nothing stores heat now."""
        return self.equation.is_steady

    @property
    def _storage(self) -> Storage:
        assert self.equation.storage is not None, "made for steady states"
        return self.equation.storage

    def _set_time(self, time: float | None) -> None:
        """Sources and surroundings as they are at a time (s); None: their means."""
        if self.joule is not None:
            self.joule.set_time(time)
        self.equation.set_time(time)

    def content(self) -> Array:
        """What a stage may be based on: temperatures (K), enthalpies (J/m^3) if capacities vary, and what has cured."""
        self.equation.update()
        stored = self._storage.content()
        return stored if self.reaction is None else np.concatenate([stored, self.reaction.content])

    def stand(self, temperature: Array, cured: Array) -> None:
        """Take a state: temperatures (local nodes,), and v of what cures, as of `Reaction`."""
        self.temperature.x.array[:] = temperature
        if self.reaction is not None:
            self.reaction.stand(cured)

    def stored(self) -> float:
        """Heat in the stack (J, of the modelled part), up to a constant. Collective."""
        return self.equation.stored()

    def flows(self) -> Flows:
        """Heat made and exchanged at the present temperature. Collective."""
        return self.equation.flows()

    def flows_at(self, time: float) -> Flows:
        """The same with sources and surroundings as they are at a time (s), and nothing through fixed temperatures."""
        self._set_time(time)
        self._storage.rate.value = 0.0
        if self.joule is not None:
            self.joule.follow(self.temperature)
        found = self.flows()
        fixed = [b.temperature is not None for b in self.thermal.boundaries if b.flux is None]
        faces = zip(fixed, found.outflow, strict=True)
        return replace(found, outflow=tuple(FaceHeat(face.face, np.nan) if is_ else face for is_, face in faces))

    def slope_jump(self, time: float, soon: float) -> Array:
        """(local nodes,) in K/s: by how much dT/dt jumps where sources and surroundings do, at the present temperature.

        Heat capacities are lumped to the nodes: the integrals of quadratic shape functions of hexahedra are positive.

        Args:
            time: just before the jump (s).
            soon: just after it (s).
        """
        stores = self._storage
        stores.refresh_capacity(self.equation.points())
        rate, stores.rate.value = float(stores.rate.value), 0.0
        needs = []
        for moment in (time, soon):
            self._set_time(moment)
            needs.append(self.equation.residual())
        stores.rate.value = rate
        jump, masses = compat.function_like(self.temperature), self.equation.masses()
        stored = masses > 0.0  # interfaces store nothing
        jump.x.array[: len(masses)][stored] = (needs[0] - needs[1])[stored] / masses[stored]
        jump.x.scatter_forward()
        jump.x.array[self.prescribed_nodes] = 0.0
        return jump.x.array.copy()

    def joule_power(self) -> float:
        """Joule heat that the circuit gives at the present temperature (W, of the modelled part). Collective."""
        assert self.joule is not None
        made, _ = self.joule.at(self.coefficients.at_points(self.temperature))
        return float(self.stack_mesh.comm.allreduce(float((self.coefficients.volumes() * made).sum()), MPI.SUM))
