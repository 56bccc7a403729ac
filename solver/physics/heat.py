"""Steady heat conduction: -div(k(T) grad T) = q with convection, radiation, flux and fixed temperature on faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver import compat
from solver.arrays import Array, Integers
from solver.case.thermal import Boundary, Thermal
from solver.errors import NotConvergedError
from solver.linalg.choose import Choice, linear_solver
from solver.linalg.krylov import KrylovSolver, SolveRecord
from solver.linalg.shear_lag import HEAT, sliding
from solver.linalg.upright import LayeredForm
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients
from solver.physics.faces import facets_of, tags_of

STEFAN_BOLTZMANN = 5.670374419e-8  # W/m^2/K^4, CODATA 2018
_MOST_ITERATIONS = 40
_TOLERANCE = 1e-9  # K, largest change in the last Newton iteration, and of the largest temperature rise


@dataclass(frozen=True)
class FaceHeat:
    """Heat that leaves through one boundary of the case (W, of the modelled part)."""

    face: str
    heat: float


@dataclass(frozen=True)
class HeatSolution:
    """What the heat problem gave.

    Attributes:
        temperature: the field (K).
        power: heat made inside plus prescribed flux into the stack (W, of the modelled part).
        outflow: heat leaving through each boundary that is not a flux.
        balance_error: |power - outflow| over the larger of the heat made and the heat exchanged.
        newton_iterations: of the nonlinear solve; 1 if the problem is linear.
        record: of the last linear solve.
    """

    temperature: fem.Function
    power: float
    outflow: tuple[FaceHeat, ...]
    balance_error: float
    newton_iterations: int
    record: SolveRecord


class HeatProblem:
    """Heat conduction on a stack.

    Args:
        stack_mesh: the mesh.
        materials: one per block.
        thermal: boundaries of the case.
        power_density: (owned cells,) heat made in each cell (W/m^3).
        solver: which linear solver.

    Raises:
        CaseError: a boundary names a face with no exposed area.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        thermal: Thermal,
        power_density: Array,
        solver: Choice = "auto",
    ) -> None:
        domain = stack_mesh.mesh
        self.stack_mesh, self.thermal, self._choice = stack_mesh, thermal, solver
        self._nonlinear_k = any(material.is_temperature_dependent_conductivity for material in materials)
        self._radiates = any(boundary.emissivity is not None for boundary in thermal.boundaries)
        self.space = fem.functionspace(domain, ("Lagrange", 2))
        self.temperature = fem.Function(self.space, name="temperature")
        self.coefficients = Coefficients(stack_mesh, materials, pointwise=self._nonlinear_k)
        self.conductivity = fem.Function(self.coefficients.space(3))
        self.slope = fem.Function(self.coefficients.space(3)) if self._nonlinear_k else None
        self.source = fem.Function(fem.functionspace(domain, ("DG", 0)))
        self.source.x.array[: len(power_density)] = power_density
        self._forms()
        self._fixed, self._fixed_values = self._fixed_temperatures()

    def solve(self) -> HeatSolution:
        """Newton's method from the mean of the surroundings.

        Raises:
            NotConvergedError: with the iteration and the last change.
        """
        comm = self.stack_mesh.comm
        start = [
            b.ambient if b.ambient is not None else b.temperature for b in self.thermal.boundaries if b.flux is None
        ]
        self.temperature.x.array[:] = np.mean([value for value in start if value is not None])
        self.temperature.x.array[self._fixed] = self._fixed_values
        change = fem.Function(self.space)
        solver: KrylovSolver | None = None
        for iteration in range(1, _MOST_ITERATIONS + 1):
            self._update()
            residual = self._assembled(self._residual)
            if solver is None:
                solver = self._linear_solver()
            elif self._nonlinear_k or self._radiates:
                solver.update()
            record = solver.solve(-residual, change)
            self.temperature.x.array[:] += change.x.array
            largest = comm.allreduce(np.abs(change.x.array).max(initial=0.0), MPI.MAX)
            rise = comm.allreduce(np.ptp(self.temperature.x.array) if len(self.temperature.x.array) else 0.0, MPI.MAX)
            linear = not (self._nonlinear_k or self._radiates)
            if linear or (iteration > 1 and largest < _TOLERANCE * max(1.0, rise)):
                solver.destroy()
                return self._solution(iteration, record)
            if not np.isfinite(largest):
                break
        raise NotConvergedError(
            f"heat: Newton's method stopped at a change of {largest:.2g} K after {iteration} iterations"
        )

    def _linear_solver(self) -> KrylovSolver:
        mesh = self.stack_mesh
        k = self.conductivity.x.array.reshape(-1, 3)[self.conductivity.function_space.dofmap.list[: len(mesh.block)]]
        k = k.reshape(len(mesh.block), -1, 3).mean(axis=1)
        soft = sliding(mesh.column, mesh.layer_of, mesh.heights, k[:, 0], k[:, 2], mesh.sizes, HEAT)
        tangent = self._tangent if self._nonlinear_k else None
        return linear_solver(self._choice, self._a, self.space, self._fixed, mesh, soft, tangent)

    def _forms(self) -> None:
        domain, t = self.stack_mesh.mesh, self.temperature
        dt, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        dx = ufl.dx(domain, metadata=DX)
        k = ufl.diag(self.conductivity)
        # T - T0 as a gradient only: constants drop out exactly
        inside = ufl.inner(k * ufl.grad(t), ufl.grad(v)) * dx
        source = self.source * v * dx
        conduction = ufl.inner(k * ufl.grad(dt), ufl.grad(v)) * dx
        films: list[ufl.Form] = []
        out = [self._outward(boundary, t) for boundary in self.thermal.boundaries]
        residual = inside - source
        for boundary, flux in zip(self.thermal.boundaries, out, strict=True):
            if flux is None:
                continue
            ds = self._ds(boundary.face)
            residual += flux * v * ds
            if boundary.flux is None:
                films.append(ufl.derivative(flux, t, dt) * v * ds)
        whole = sum(films, conduction)
        self._a = LayeredForm(whole, self.conductivity, sum(films[1:], films[0]) if films else None)
        self._tangent = whole
        if self.slope is not None:
            self._tangent = whole + ufl.inner(ufl.diag(self.slope) * ufl.grad(t), ufl.grad(v)) * dt * dx
        self._residual = compat.form(residual)
        self._made = compat.form(self.source * dx)
        self._leaving = [
            None if flux is None else compat.form(flux * self._ds(boundary.face))
            for boundary, flux in zip(self.thermal.boundaries, out, strict=True)
        ]

    def _outward(self, boundary: Boundary, t: fem.Function) -> ufl.core.expr.Expr | None:
        """Heat flux out of the face (W/m^2); None for a fixed temperature."""
        domain = self.stack_mesh.mesh
        if boundary.flux is not None:
            return fem.Constant(domain, -boundary.flux) * ufl.as_ufl(1.0)
        if boundary.temperature is not None:
            return None
        assert boundary.ambient is not None
        ambient = fem.Constant(domain, boundary.ambient)
        flux = ufl.as_ufl(0.0) * t
        if boundary.convection is not None:
            flux += fem.Constant(domain, boundary.convection) * (t - ambient)
        if boundary.emissivity is not None:
            flux += fem.Constant(domain, boundary.emissivity * STEFAN_BOLTZMANN) * (t**4 - ambient**4)
        return flux

    def _ds(self, face: str) -> ufl.Measure:
        metadata = {"quadrature_degree": 8 if self._radiates else 4}
        tags = tuple(tags_of(self.stack_mesh, face))
        return ufl.Measure("ds", self.stack_mesh.mesh, subdomain_data=self.stack_mesh.facet_tags, metadata=metadata)(
            tags
        )

    def _fixed_temperatures(self) -> tuple[Integers, Array]:
        values: dict[int, float] = {}
        for boundary in self.thermal.boundaries:
            held = boundary.temperature
            if held is not None:
                facets = facets_of(self.stack_mesh, boundary.face)
                dofs = np.asarray(fem.locate_dofs_topological(self.space, 2, facets), dtype=np.int32)
                values.update(dict.fromkeys([int(dof) for dof in dofs], held))
        fixed = np.array(sorted(values), dtype=np.int32)
        return fixed, np.array([values[int(dof)] for dof in fixed])

    def _update(self) -> None:
        """Conductivities at the present temperature."""
        points = (
            self.coefficients.at_points(self.temperature) if self._nonlinear_k else float(self.temperature.x.array[0])
        )
        self.coefficients.fill(self.conductivity, lambda _, material, t: material.conductivity(t), points)
        if self.slope is not None:
            self.coefficients.fill(self.slope, lambda _, material, t: material.conductivity_slope(t), points)

    def _assembled(self, form: fem.Form) -> Array:
        vector = la.vector(self.space.dofmap.index_map, 1)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local].copy()

    def _solution(self, iterations: int, record: SolveRecord) -> HeatSolution:
        comm = self.stack_mesh.comm
        self._update()
        residual = self._assembled(self._residual)
        made = comm.allreduce(fem.assemble_scalar(self._made), MPI.SUM)
        outflow, into = [], made
        for boundary, form in zip(self.thermal.boundaries, self._leaving, strict=True):
            if form is None:
                heat = -self._held_heat(boundary, residual)
            else:
                heat = comm.allreduce(fem.assemble_scalar(form), MPI.SUM)
            if boundary.flux is not None:
                into -= heat
            else:
                outflow.append(FaceHeat(boundary.face, float(heat)))
        leaving = sum(face.heat for face in outflow)
        scale = max([abs(into), abs(made), *(abs(face.heat) for face in outflow)])
        return HeatSolution(
            self.temperature,
            float(into),
            tuple(outflow),
            abs(into - leaving) / scale if scale else 0.0,
            iterations,
            record,
        )

    def _held_heat(self, boundary: Boundary, residual: Array) -> float:
        """Heat entering through a face of fixed temperature: the nodal reactions on it."""
        dofs = fem.locate_dofs_topological(self.space, 2, facets_of(self.stack_mesh, boundary.face))
        return float(self.stack_mesh.comm.allreduce(residual[dofs[dofs < len(residual)]].sum(), MPI.SUM))
