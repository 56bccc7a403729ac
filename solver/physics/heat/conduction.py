"""Heat: c(T) dT/dt - div(k(T) grad T) = q with convection, radiation, flux and fixed temperature on faces."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.files import SideFiles
from solver.case.film import FilmTable
from solver.case.thermal import Thermal
from solver.errors import NotConvergedError
from solver.linalg.choose import Choice
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients
from solver.physics.current.joule import JouleHeat
from solver.physics.heat.current_in_turn import in_turn
from solver.physics.heat.heat_flow import FaceHeat, Flows, HeatSolution
from solver.physics.heat.thermal_boundaries import exchanges
from solver.physics.scalar import scalar_solver
from solver.physics.sources import Sources
from solver.signals import Signal
from solver.units import to_celsius

_MOST_ITERATIONS = 40
_TOLERANCE = 1e-9  # K, largest change in the last Newton iteration, and of the largest temperature rise
_STALE = 3.0  # ratio of mass terms up to which a preconditioner does for both
_INEXACT = 1e-6  # of the residual of a Newton iteration; the next one takes the rest
_MASS = 3  # place of the mass in the law, after three conductivities


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
    ) -> None:
        domain = stack_mesh.mesh
        self.stack_mesh, self.thermal, self.sources, self._choice = stack_mesh, thermal, sources, solver
        self._nonlinear_k = any(material.is_temperature_dependent_conductivity for material in materials)
        self.enthalpic = transient and any(material.is_temperature_dependent_specific_heat for material in materials)
        radiates = any(
            boundary.emissivity is not None or isinstance(boundary.convection, FilmTable)
            for boundary in thermal.boundaries
        )
        self.joule, self._grows = joule, bool(sources.leaks) or joule is not None
        pointwise = self._nonlinear_k or self.enthalpic or self._grows
        self.linear = not (pointwise or radiates)
        self.space = fem.functionspace(domain, ("Lagrange", 2))
        self.temperature = fem.Function(self.space, name="temperature")
        self.coefficients = Coefficients(stack_mesh, materials, pointwise=pointwise)
        self.law = fem.Function(self.coefficients.space(4))
        self.drift = fem.Function(self.coefficients.space(3)) if self._nonlinear_k else None  # dk/dT grad T
        self.source = fem.Function(fem.functionspace(domain, ("DG", 0)))
        self.leak = fem.Function(self.coefficients.space(1)) if self._grows else None  # heat that follows temperature
        self.transient = transient
        if transient:
            self.rate = fem.Constant(domain, 0.0)
            self.base = fem.Function(self.space)
            self.capacity = fem.Function(self.coefficients.space(1))
            self.enthalpy, self.base_enthalpy = (fem.Function(self.coefficients.space(1)) for _ in range(2))
        self.exchanges = exchanges(
            stack_mesh, thermal.boundaries, self.temperature, 8 if radiates else 4, files or SideFiles()
        )
        self._forms()
        self._fixed, self._holder, self._held = self._fixed_temperatures()
        self._change = fem.Function(self.space)
        self._across: Array | None = None
        self._farthest = 0.0  # largest change of temperature of any Newton iteration so far (K)
        self._solver: KrylovSolver | None = None
        self._known_rate: float | None = None
        self._films_changed = False
        self._fresh_rate = 0.0

    # ---- solving

    def solve(self) -> HeatSolution:
        """The steady state, by Newton's method from the mean of the surroundings.

        Raises:
            NotConvergedError: with the iteration and the last change.
        """
        self._set_time(None)
        surroundings = [one.surroundings for one in self.exchanges if one.surroundings is not None]
        self.temperature.x.array[:] = np.mean([course.mean() for course in surroundings])
        if self.transient:
            self.rate.value = 0.0
        iterations, _, record = self._found(_TOLERANCE)
        flows = self.flows()
        scale = max([abs(flows.into), abs(flows.made), *(abs(face.heat) for face in flows.outflow)])
        error = abs(flows.into - flows.out) / scale if scale else 0.0
        return HeatSolution(self.temperature, flows.into, flows.outflow, error, iterations, record)

    def stage(self, time: float, rate: float, base: Array, tolerance: float) -> tuple[int, int, SolveRecord]:
        """Solve for the temperature at `time`, from the temperature as it is.

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
        self.rate.value = rate
        nodes = len(self.base.x.array)
        self.base.x.array[:] = base[:nodes]
        if self.enthalpic:
            self.base_enthalpy.x.array[:] = base[nodes:]
        return self._found(tolerance)

    def frozen(self) -> KrylovSolver:
        """The solver of the symmetric operator with conductivities, films and leakage as they are now.

        Conductivities are those of the present temperature, radiation and leakage its slopes. It belongs to this
        problem, which needs no other one any more.
        """
        self._update()
        if self._solver is None or self._tangent is not None:
            self.destroy()
            self._solver = self._linear_solver(None)
        elif not self.linear:
            self._solver.renew()
        self._solver.tolerance = type(self._solver).tolerance
        return self._solver

    def scale_across(self, factor: Array) -> None:
        """Multiply the conductivity along z of every owned cell by a factor (cells,), in solves from now on."""
        self._across, self._known_rate = factor[:, None], None

    def destroy(self) -> None:
        """Free the linear solver."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    def _found(self, tolerance: float) -> tuple[int, int, SolveRecord]:
        """The temperature as it is solved for, with the circuit if there is one."""
        return self.newton(tolerance) if self.joule is None else in_turn(self, self.joule, tolerance)

    def newton(self, tolerance: float, last: bool = True) -> tuple[int, int, SolveRecord]:
        """Iterate until the temperature stays; `last`: until it is known to be stable, too."""
        comm, change, linear = self.stack_mesh.comm, self._change, 0
        self.temperature.x.array[self._fixed] = self._held[self._holder]
        settled = False
        for iteration in range(1, _MOST_ITERATIONS + 1):
            self._update()
            residual = self._assembled(self._residual)
            record = self._solved(residual, fresh=settled)
            linear += record.iterations
            self.temperature.x.array[:] += change.x.array
            largest = comm.allreduce(np.abs(change.x.array).max(initial=0.0), MPI.MAX)
            self._farthest = max(self._farthest, float(largest))
            rise = comm.allreduce(np.ptp(self.temperature.x.array) if len(self.temperature.x.array) else 0.0, MPI.MAX)
            limit = tolerance * max(1.0, rise) if self.is_steady else tolerance
            if self.linear or settled or not np.isfinite(largest):
                break
            small = largest < limit and (iteration > 1 or not self.is_steady)
            if small and not (last and self.is_steady and self._grows):
                break
            settled = small  # with leakage once more with factors of the end: they tell whether it is stable
        else:
            settled = False
        if self.linear or (np.isfinite(largest) and largest < limit):
            return iteration, linear, record.scaled(float(largest) / self._farthest if self._farthest else 1.0)
        reached = f"a change of {largest:.2g} K after {iteration} iterations"
        raise NotConvergedError(f"heat: Newton's method stopped at {reached}{self.runaway()}")

    def _solved(self, residual: Array, fresh: bool) -> SolveRecord:
        """One linear solve; the change of temperature is in `_change`."""
        try:
            solver = self._prepared()
            if fresh:
                solver.renew()
            return solver.solve(-residual, self._change)
        except NotConvergedError as error:
            if self._grows:
                raise NotConvergedError(f"heat{self.runaway()} ({error})") from None
            raise

    def runaway(self) -> str:
        """What it most likely means with heat that grows with temperature that none is found."""
        if not self._grows:
            return ""
        comm, values = self.stack_mesh.comm, self.temperature.x.array
        hottest = comm.allreduce(float(values.max(initial=-np.inf)), MPI.MAX)
        if self.joule is not None and not self.joule.has_currents:
            return f": the Joule heat would take conductors to {to_celsius(hottest):.4g} degC; lower the voltage"
        what = " or ".join(["Joule heat"] * (self.joule is not None) + ["leakage"] * bool(self.sources.leaks))
        return (
            f": thermal runaway: at {to_celsius(hottest):.4g} degC the {what} grows faster with temperature than the "
            f"heat can leave; cool better, or lower the {'current' if self.joule else 'power'}"
        )

    @property
    def held_nodes(self) -> Integers:
        """Local nodes of fixed temperature."""
        return self._fixed

    @property
    def is_steady(self) -> bool:
        return not self.transient or float(self.rate.value) == 0.0

    def _prepared(self) -> KrylovSolver:
        """The linear solver, told of new coefficients, its preconditioner renewed when the mass has changed much."""
        rate = float(self.rate.value) if self.transient else 0.0
        if self._solver is None:
            self._solver = self._linear_solver(self._tangent)
            self._fresh_rate = rate
        elif not 1.0 / _STALE <= (rate or 1e-300) / (self._fresh_rate or 1e-300) <= _STALE:
            self._solver.renew()
            self._fresh_rate = rate
        elif not self.linear or rate != self._known_rate or self._films_changed:
            self._solver.update()
        self._films_changed = False
        self._known_rate = rate
        self._solver.tolerance = type(self._solver).tolerance if self.linear else _INEXACT
        return self._solver

    def _linear_solver(self, tangent: LayeredForm | None) -> KrylovSolver:
        return scalar_solver(self.stack_mesh, self._a, self.space, self._fixed, self._choice, tangent)

    # ---- forms

    def _forms(self) -> None:
        domain, t = self.stack_mesh.mesh, self.temperature
        dt, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(domain, metadata=DX)
        k = ufl.diag(ufl.as_vector([self.law[i] for i in range(3)]))
        made = self.source if self.leak is None else self.source + self.leak[0]
        # T - T0 as a gradient only: constants drop out exactly
        residual = ufl.inner(k * ufl.grad(t), ufl.grad(v)) * dx - made * v * dx
        if self.transient:
            gain = self.enthalpy[0] - self.base_enthalpy[0] if self.enthalpic else self.capacity[0] * (t - self.base)
            residual += self.rate * gain * v * dx
            stored = (self.enthalpy[0] if self.enthalpic else self.capacity[0] * t) * dx
        whole = ufl.inner(k * ufl.grad(dt), ufl.grad(v)) * dx + self.law[_MASS] * dt * v * dx
        films: list[ufl.Form] = []
        for one in self.exchanges:
            if one.flux is None:
                continue
            residual += one.flux * v * one.ds
            if one.boundary.flux is None:
                films.append(ufl.derivative(one.flux, t, dt) * v * one.ds)
            if one.capacity and self.transient:
                residual += self.rate * one.capacity * (t - self.base) * v * one.ds
                films.append(self.rate * one.capacity * dt * v * one.ds)
                stored += one.capacity * t * one.ds
        whole = sum(films, whole)
        facets = sum(films[1:], films[0]) if films else None
        self._a = LayeredForm(whole, self.law, facets)
        self._tangent: LayeredForm | None = None
        if self.drift is not None:
            whole += dt * ufl.inner(self.drift, ufl.grad(v)) * dx
            self._tangent = LayeredForm(whole, self.law, facets, self.drift)
        self._residual = compat.form(residual)
        self._made = compat.form(made * dx)
        self._leaving = [None if one.flux is None else compat.form(one.flux * one.ds) for one in self.exchanges]
        if self.transient:
            self._stored = compat.form(stored)

    def _fixed_temperatures(self) -> tuple[Integers, Integers, Array]:
        """Local nodes of fixed temperature, which course each follows, and room for the courses' values."""
        holder: dict[int, int] = {}
        self._holding: list[Signal] = []
        for one in self.exchanges:
            if one.flux is None and one.surroundings is not None:
                dofs = np.asarray(fem.locate_dofs_topological(self.space, 2, one.facets), dtype=np.int32)
                holder.update(dict.fromkeys([int(dof) for dof in dofs], len(self._holding)))
                self._holding.append(one.surroundings)
        fixed = np.array(sorted(holder), dtype=np.int32)
        of = np.array([holder[int(dof)] for dof in fixed], dtype=np.int32)
        return fixed, of, np.zeros(len(self._holding))

    # ---- values

    def _set_time(self, time: float | None) -> None:
        """Sources and surroundings as they are at a time; None: their means."""
        if self.joule is not None:
            self.joule.set_time(time)
        density = self.sources.steady() if time is None else self.sources.at(time)
        self.source.x.array[: len(density)] = density
        self.source.x.scatter_forward()
        for one in self.exchanges:
            if one.ambient is not None and one.surroundings is not None:
                one.ambient.value = one.surroundings.mean() if time is None else one.surroundings.at(time)
            if one.film is not None:
                constant, course = one.film
                before = float(constant.value)
                constant.value = course.mean() if time is None else course.at(time)
                self._films_changed |= float(constant.value) != before
        self._held = np.array([s.mean() if time is None else s.at(time) for s in self._holding])

    def _update(self) -> None:
        """Coefficients at the present temperature and rate."""
        rate = float(self.rate.value) if self.transient else 0.0
        if self.linear and self._known_rate == rate:
            return
        points = (
            self.coefficients.at_points(self.temperature)
            if self.coefficients.pointwise
            else float(self.temperature.x.array[0])
        )

        def law(_: int, material: Material, t: Array) -> Array:
            mass = rate * _capacity(_, material, t) if rate else np.zeros((len(t), 1))
            return np.hstack([material.conductivity(t), mass])

        values = self.coefficients.values(law, 4, points)
        if self.leak is not None and isinstance(points, np.ndarray):
            made, slope = self.sources.leakage(points)
            if self.joule is not None:
                joule, rise = self.joule.at(points)
                made, slope = made + joule, slope + rise
            self.coefficients.put(self.leak, made[..., None])
            values[..., _MASS] -= slope
        if self._across is not None:
            values[..., 2] *= self._across
        self.coefficients.put(self.law, values)
        if self.drift is not None:
            slope = self.coefficients.values(lambda _, material, t: material.conductivity_slope(t), 3, points)
            if self._across is not None:
                slope[..., 2] *= self._across
            self.coefficients.put(self.drift, slope * self.coefficients.slopes_at_points(self.temperature))
        if self.enthalpic:
            self.coefficients.fill(self.enthalpy, lambda _, material, t: material.heat_content(t)[:, None], points)
        elif self.transient and self._known_rate is None:
            self.coefficients.fill(self.capacity, _capacity, points)

    def content(self) -> Array:
        """What a stage may be based on: the temperatures (K) and, if capacities vary, the enthalpies (J/m^3)."""
        if not self.enthalpic:
            return self.temperature.x.array.copy()
        self._update()
        return np.concatenate([self.temperature.x.array, self.enthalpy.x.array])

    def stored(self) -> float:
        """Heat in the stack (J, of the modelled part), up to a constant."""
        self._update()
        return float(self.stack_mesh.comm.allreduce(fem.assemble_scalar(self._stored), MPI.SUM))

    def flows(self) -> Flows:
        """Heat made and exchanged at the present temperature."""
        comm = self.stack_mesh.comm
        self._update()
        reaction = self._assembled(self._residual) if len(self._holding) else None
        made = comm.allreduce(fem.assemble_scalar(self._made), MPI.SUM)
        outflow, into = [], made
        for one, form in zip(self.exchanges, self._leaving, strict=True):
            if form is None:
                assert reaction is not None
                heat = -self._held_heat(one.facets, reaction)
            else:
                heat = comm.allreduce(fem.assemble_scalar(form), MPI.SUM)
            if one.boundary.flux is not None:
                into -= heat
            else:
                outflow.append(FaceHeat(one.boundary.face, float(heat)))
        return Flows(float(made), float(into), tuple(outflow))

    def flows_at(self, time: float) -> Flows:
        """The same with sources and surroundings as they are at a time, and nothing through fixed temperatures."""
        self._set_time(time)
        self.rate.value = 0.0
        if self.joule is not None:
            self.joule.follow(self.temperature)
        found = self.flows()
        held = [b.temperature is not None for b in self.thermal.boundaries if b.flux is None]
        faces = zip(held, found.outflow, strict=True)
        return replace(found, outflow=tuple(FaceHeat(face.face, np.nan) if fixed else face for fixed, face in faces))

    def slope_jump(self, time: float, soon: float) -> Array:
        """(local nodes,) in K/s: by how much dT/dt jumps where sources and surroundings do, at the present temperature.

        Heat capacities are lumped to the nodes: the integrals of quadratic shape functions of hexahedra are positive.

        Args:
            time, soon: just before and just after the jump (s).
        """
        if self.enthalpic:
            points = self.coefficients.at_points(self.temperature)
            self.coefficients.fill(self.capacity, _capacity, points)
        rate, self.rate.value = float(self.rate.value), 0.0
        needs = []
        for moment in (time, soon):
            self._set_time(moment)
            needs.append(self._assembled(self._residual))
        self.rate.value = rate
        jump, masses = fem.Function(self.space), self._assembled(self._lumped)
        stores = masses > 0.0  # interfaces do not
        jump.x.array[: len(masses)][stores] = (needs[0] - needs[1])[stores] / masses[stores]
        jump.x.scatter_forward()
        jump.x.array[self._fixed] = 0.0
        return jump.x.array.copy()

    @cached_property
    def _lumped(self) -> fem.Form:
        """Heat capacity of the nodes (J/K)."""
        v = ufl.TestFunction(self.space)
        form = self.capacity[0] * v * ufl.dx(self.stack_mesh.mesh, metadata=DX)
        return compat.form(sum((one.capacity * v * one.ds for one in self.exchanges if one.capacity), form))

    def joule_power(self) -> float:
        """Joule heat that the circuit gives at the present temperature (W, of the modelled part)."""
        assert self.joule is not None
        made, _ = self.joule.at(self.coefficients.at_points(self.temperature))
        return float(self.stack_mesh.comm.allreduce(float((self.coefficients.volumes() * made).sum()), MPI.SUM))

    def _assembled(self, form: fem.Form) -> Array:
        vector = la.vector(self.space.dofmap.index_map, 1)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local].copy()

    def _held_heat(self, facets: Integers, residual: Array) -> float:
        """Heat entering through facets of fixed temperature: the nodal reactions on them."""
        dofs = fem.locate_dofs_topological(self.space, 2, facets)
        return float(self.stack_mesh.comm.allreduce(residual[dofs[dofs < len(residual)]].sum(), MPI.SUM))


def _capacity(_: int, material: Material, temperature: Array) -> Array:
    """Heat capacity per volume (J/m^3/K), shape (n, 1)."""
    return material.density * material.specific_heat(temperature)[:, None]
