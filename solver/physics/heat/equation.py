"""The heat equation on a stack: c(T) dT/dt - div(k(T) grad T) = q, and what its faces exchange, as a sum of terms."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import ufl
from dolfinx import fem, la
from mpi4py import MPI

from solver import compat
from solver.arrays import Array
from solver.linalg.extruded_cells import LayeredForm
from solver.parallel import combined
from solver.physics.coefficients import DX, Coefficients
from solver.physics.heat.conductivity import MASS
from solver.physics.heat.heat_flow import FaceHeat, Flows
from solver.physics.heat.storage import Storage
from solver.physics.heat.terms import (
    Conduction,
    FaceExchange,
    GivenHeat,
    GrowingHeat,
    HeatLaw,
    PrescribedTemperatures,
)
from solver.physics.heat.thermal_boundaries import Exchange
from solver.physics.sources import Sources


class HeatEquation:
    """Terms, their forms, and coefficients at the present temperature and rate.

    Attributes:
        temperature: the field (K).
        is_linear: True if no coefficient depends on temperature.
        symmetric: the tangent without what makes it unsymmetric.
        tangent: the whole of it, None if that is the same.
        storage: None if only steady states are wanted.
        growing: heat that grows with temperature, None if there is none.
        prescribed: fixed temperatures.
        changes: counts how often coefficients have changed.

    Args:
        coefficients: of the mesh and its materials.
        temperature: the field.
        faces: all boundaries of the case.
        sources: heat made whatever the temperature.
        growing: laws of heat that grows with temperature.
        storage: of heat in time, None for steady states alone.
        radiates: True if what a face exchanges is no linear function of temperature.
    """

    def __init__(
        self,
        coefficients: Coefficients,
        temperature: fem.Function,
        faces: Sequence[Exchange],
        sources: Sources,
        growing: Sequence[HeatLaw],
        storage: Storage | None,
        radiates: bool,
    ) -> None:
        self.stack_mesh, self.coefficients, self.temperature = coefficients.stack_mesh, coefficients, temperature
        self.is_linear = not (coefficients.in_field or radiates)
        self.storage, self._faces = storage, faces
        self.conduction = Conduction(coefficients, temperature)
        self._given = GivenHeat(self.stack_mesh, sources)
        self.growing = GrowingHeat(coefficients, growing) if growing else None
        self._exchange = FaceExchange(faces, temperature, storage)
        self.prescribed = PrescribedTemperatures(faces, temperature)
        self.changes = 0
        self._rate_of_law: float | None = None  # for which coefficients are as they are
        self._forms()

    @property
    def rate(self) -> float:
        """1/s; 0 in the steady state."""
        return 0.0 if self.storage is None else float(self.storage.rate.value)

    @property
    def is_steady(self) -> bool:
        """True if nothing stores heat now."""
        return self.rate == 0.0

    def set_time(self, time: float | None) -> None:
        """Take sources and surroundings as they are at a time (s); None: their means."""
        self._given.set_time(time)
        self.changes += self._exchange.set_time(time)
        self.prescribed.set_time(time)

    def scale_across(self, factor: Array) -> None:
        """Multiply the conductivity along z of every owned cell by a factor (cells,), from now on."""
        self.conduction.scale_across(factor)
        self._rate_of_law = None

    def update(self) -> None:
        """Take all coefficients at the present temperature and rate. Collective."""
        if self.is_linear and self._rate_of_law == self.rate:
            return
        points = self.points()
        values = self.conduction.values(points)
        if self.storage is not None:
            self.storage.update(points)
            if self.rate:
                values[..., MASS] += self.storage.mass(points)
        if self.growing is not None and isinstance(points, np.ndarray):
            self.growing.update(values, points)
        self.conduction.update(values, points)
        self._rate_of_law = self.rate
        self.changes += 1

    def points(self) -> float | Array:
        """Temperatures (K) that coefficients are taken at: (cells, points) if one depends on them, else any."""
        if self.coefficients.in_field:
            return self.coefficients.at_points(self.temperature)
        return float(self.temperature.x.array[0])

    def residual(self) -> Array:
        """(owned nodes,) heat that flows in too little (W), with coefficients as of the last `update`. Collective."""
        return self._assembled(self._residual)

    def stored(self) -> float:
        """Heat in the stack (J, of the modelled part), up to a constant. Collective."""
        self.update()
        return float(combined(self.stack_mesh.comm, fem.assemble_scalar(self._stored), MPI.SUM))

    def flows(self) -> Flows:
        """Heat made and exchanged at the present temperature. Collective."""
        self.update()
        reaction = self.residual() if self.prescribed else np.empty(0)
        here = [fem.assemble_scalar(self._made)]
        for number, form in enumerate(self._leaving):
            here.append(-self.prescribed.heat_into(number, reaction) if form is None else fem.assemble_scalar(form))
        made, *leaves = (float(heat) for heat in combined(self.stack_mesh.comm, np.array(here), MPI.SUM))
        outflow, into = [], made
        for one, heat in zip(self._faces, leaves, strict=True):
            if one.boundary.flux is not None:
                into -= heat
            else:
                outflow.append(FaceHeat(one.boundary.face, heat))
        return Flows(made, into, tuple(outflow))

    def masses(self) -> Array:
        """(owned nodes,) heat capacity lumped to them (J/K), as the storage has it now. Collective."""
        return self._assembled(self._lumped)

    def _forms(self) -> None:
        """The terms put together and compiled."""
        space = self.temperature.function_space
        dt, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        dx = ufl.dx(self.stack_mesh.mesh, metadata=DX)
        made = self._given.made if self.growing is None else self._given.made + self.growing.made
        residual = self.conduction.residual(v) - made * v * dx
        if self.storage is not None:
            residual += self.storage.residual(v)
            self._stored = compat.form(sum(self._exchange.stored(), self.storage.stored()))
        self._residual = compat.form(sum(self._exchange.residual(v), residual))
        films = self._exchange.tangent(dt, v)
        facets = sum(films[1:], films[0]) if films else None
        whole, law, drift = sum(films, self.conduction.tangent(dt, v)), self.conduction.law, self.conduction.drift
        self.symmetric = LayeredForm(whole, law, facets)
        self.tangent: LayeredForm | None = None
        if drift is not None:
            self.tangent = LayeredForm(whole + dt * ufl.inner(drift, ufl.grad(v)) * dx, law, facets, drift)
        self._made = compat.form(made * dx)
        self._leaving = [None if one.flux is None else compat.form(one.flux * one.ds) for one in self._faces]

    @cached_property
    def _lumped(self) -> fem.Form:
        assert self.storage is not None
        v = ufl.TestFunction(self.temperature.function_space)
        return compat.form(sum(self._exchange.capacities(v), self.storage.lumped(v)))

    def _assembled(self, form: fem.Form) -> Array:
        vector = compat.zeros_like(self.temperature.x)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.temperature.function_space.dofmap.index_map.size_local].copy()
