"""Terms of the heat equation: each one adds its part to the residual, and keeps its coefficients up to date.

The volume part of the tangent is one law in all of them (`solver.physics.heat.conductivity`): conductivities, and what
multiplies the temperature (heat capacity over time less the slopes of heat that grows).
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.physics.coefficients import DX, Coefficients
from solver.physics.heat.conductivity import MASS, conductivities, flux, law_values, slopes, tensor
from solver.physics.heat.storage import Storage
from solver.physics.heat.thermal_boundaries import Exchange
from solver.physics.sources import Sources
from solver.signals import Signal

Temperatures = float | Array  # uniform, or (cells, points) in K


class HeatLaw(Protocol):
    """Heat that follows the temperature: leakage, Joule heat."""

    def at(self, temperature: Array) -> tuple[Array, Array]:
        """Heat (W/m^3) and its derivative (W/m^3/K) at temperatures (K), each of shape (cells, points)."""


class Conduction:
    """- div(k(T) grad T).

    Attributes:
        law: takes the law of the tangent, see above.
        drift: dk/dT grad T (W/m^2/K), which makes the tangent unsymmetric; None where no conductivity depends on T.

    Args:
        coefficients: of the mesh and its materials.
        temperature: the field.
    """

    def __init__(self, coefficients: Coefficients, temperature: fem.Function) -> None:
        self._coefficients, self._temperature = coefficients, temperature
        self.law = fem.Function(coefficients.space(law_values(coefficients)))
        depends = any(material.is_temperature_dependent_conductivity for material in coefficients.materials)
        self.drift = fem.Function(coefficients.space(3)) if depends else None
        self._across: Array | None = None

    def residual(self, v: ufl.Argument) -> ufl.Form:
        """Its part of the residual: T as a gradient only, so constants drop out exactly."""
        return self._flux(self._temperature, v)

    def tangent(self, dt: ufl.Argument, v: ufl.Argument) -> ufl.Form:
        """The symmetric tangent of all that happens in the volume, by the law."""
        return self._flux(dt, v) + self.law[MASS] * dt * v * _dx(v)

    def values(self, points: Temperatures) -> Array:
        """(cells, points, 4 or 5) the law at temperatures, with nothing in the place of the mass."""
        values = conductivities(self._coefficients, points)
        if self._across is not None:
            values[..., 2] *= self._across
        return values

    def update(self, values: Array, points: Temperatures) -> None:
        """Take the values of the law (cells, points, 4 or 5), and the drift at these temperatures."""
        self._coefficients.put(self.law, values)
        if self.drift is not None:
            slope = slopes(self._coefficients, points)
            if self._across is not None:
                slope[..., 2] *= self._across
            self._coefficients.put(self.drift, flux(slope, self._coefficients.slopes_at_points(self._temperature)))

    def scale_across(self, factor: Array) -> None:
        """Multiply the conductivity along z of every owned cell by a factor (cells,)."""
        self._across = factor[:, None]

    def _flux(self, t: ufl.core.expr.Expr, v: ufl.Argument) -> ufl.Form:
        return ufl.inner(tensor(self.law) * ufl.grad(t), ufl.grad(v)) * _dx(v)


class GivenHeat:
    """Heat made in cells whatever their temperature.

    Args:
        stack_mesh: the mesh.
        sources: heat made in each cell over time.
    """

    def __init__(self, stack_mesh: StackMesh, sources: Sources) -> None:
        self._sources = sources
        self.density = fem.Function(fem.functionspace(stack_mesh.mesh, ("DG", 0)))

    @property
    def made(self) -> ufl.core.expr.Expr:
        """Heat per volume (W/m^3)."""
        return self.density

    def set_time(self, time: float | None) -> None:
        """Take the sources as they are at a time (s); None: their means."""
        density = self._sources.steady() if time is None else self._sources.at(time)
        self.density.x.array[: len(density)] = density
        self.density.x.scatter_forward()


class GrowingHeat:
    """Heat that follows the temperature of its place, as several laws have it.

    Args:
        coefficients: of the mesh, at points.
        laws: at least one.
    """

    def __init__(self, coefficients: Coefficients, laws: Sequence[HeatLaw]) -> None:
        self._coefficients, self._laws = coefficients, laws
        self._density = fem.Function(coefficients.space(1))

    @property
    def made(self) -> ufl.core.expr.Expr:
        """Heat per volume (W/m^3)."""
        return self._density[0]

    def update(self, values: Array, points: Array) -> None:
        """Take the heat at temperatures (cells, points), and its slope off the law (cells, points, 4)."""
        made, slope = self._laws[0].at(points)
        for law in self._laws[1:]:
            more, rise = law.at(points)
            made, slope = made + more, slope + rise
        self._coefficients.put(self._density, made[..., None])
        values[..., MASS] -= slope


class FaceExchange:
    """What faces exchange with their surroundings, where their temperature is not fixed.

    Args:
        faces: all boundaries of the case.
        temperature: the field.
        storage: of the problem, which heat sinks add to; None if it is steady.
    """

    def __init__(self, faces: Sequence[Exchange], temperature: fem.Function, storage: Storage | None) -> None:
        self._faces, self._temperature, self._storage = faces, temperature, storage
        self._open = [one for one in faces if one.flux is not None]

    def residual(self, v: ufl.Argument) -> list[ufl.Form]:
        """Its parts of the residual."""
        found = []
        for one in self._open:
            found.append(one.flux * v * one.ds)
            if self._storage is not None and one.capacity:
                found.append(self._storage.on_face(one.capacity, self._temperature - self._storage.base, v) * one.ds)
        return found

    def tangent(self, dt: ufl.Argument, v: ufl.Argument) -> list[ufl.Form]:
        """Its parts of the tangent."""
        found = []
        for one in self._open:
            if one.boundary.flux is None:
                found.append(ufl.derivative(one.flux, self._temperature, dt) * v * one.ds)
            if self._storage is not None and one.capacity:
                found.append(self._storage.on_face(one.capacity, dt, v) * one.ds)
        return found

    def stored(self) -> list[ufl.Form]:
        """Heat in the heat sinks (J), up to a constant."""
        return [one.capacity * self._temperature * one.ds for one in self._open if one.capacity]

    def capacities(self, v: ufl.Argument) -> list[ufl.Form]:
        """Heat capacity of the heat sinks (J/K), lumped to the nodes."""
        return [one.capacity * v * one.ds for one in self._faces if one.capacity]

    def set_time(self, time: float | None) -> bool:
        """Take surroundings and films as they are at a time (s), None: their means; True if a film has changed."""
        changed = False
        for one in self._faces:
            if one.ambient is not None and one.surroundings is not None:
                one.ambient.value = _at(one.surroundings, time)
            if one.film is not None:
                constant, course = one.film
                before = float(constant.value)
                constant.value = _at(course, time)
                changed |= float(constant.value) != before
        return changed


class PrescribedTemperatures:
    """Temperatures of faces that are fixed.

    Attributes:
        nodes: local nodes of fixed temperature.

    Args:
        faces: all boundaries of the case; where two meet, the later one rules.
        temperature: the field.
    """

    def __init__(self, faces: Sequence[Exchange], temperature: fem.Function) -> None:
        self._temperature, self._space = temperature, temperature.function_space
        self._courses: list[Signal] = []
        self._of_face: dict[int, Integers] = {}
        ruler: dict[int, int] = {}
        for number, one in enumerate(faces):
            if one.flux is None and one.surroundings is not None:
                nodes = self._of_face[number] = self._nodes_of(one.facets)
                ruler.update(dict.fromkeys(map(int, nodes), len(self._courses)))
                self._courses.append(one.surroundings)
        self.nodes = np.array(sorted(ruler), dtype=np.int32)
        self._course_of = np.array([ruler[int(dof)] for dof in self.nodes], dtype=np.int32)
        self._values: Array = np.zeros(len(self._courses))

    def __bool__(self) -> bool:
        return bool(self._courses)

    def set_time(self, time: float | None) -> None:
        """Take the temperatures at a time (s), None: their means."""
        self._values = np.array([_at(course, time) for course in self._courses])

    def impose(self) -> None:
        """Set the field where it is fixed."""
        self._temperature.x.array[self.nodes] = self._values[self._course_of]

    def heat_into(self, face: int, residual: Array) -> float:
        """Heat entering through a face on this rank (W): the nodal reactions on it.

        Args:
            face: number among all boundaries, one of fixed temperature.
            residual: (owned nodes,) of all terms together (W).
        """
        nodes = self._of_face[face]
        return float(residual[nodes[nodes < len(residual)]].sum())

    def _nodes_of(self, facets: Integers) -> Integers:
        return np.asarray(fem.locate_dofs_topological(self._space, 2, facets), dtype=np.int32)


def _at(course: Signal, time: float | None) -> float:
    return course.mean() if time is None else course.at(time)


def _dx(v: ufl.Argument) -> ufl.Measure:
    return ufl.dx(v.ufl_function_space().mesh, metadata=DX)
