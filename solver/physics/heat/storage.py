"""Heat that is stored: by temperature where heat capacities are constant, else by enthalpy.

A stage in time ends with rate (content - base) = heat that flows in per volume; a rate of 0 is the steady state.
"""

import numpy as np
import ufl
from dolfinx import fem

from solver.arrays import Array
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients


class Storage:
    """c dT/dt with heat capacities that do not depend on temperature.

    Attributes:
        rate: 1/s.
        base: temperature a stage is based on (K).
        capacity: heat capacity per volume (J/m^3/K).

    Args:
        coefficients: of the mesh and its materials.
        temperature: the field.
    """

    def __init__(self, coefficients: Coefficients, temperature: fem.Function) -> None:
        self._coefficients, self._temperature = coefficients, temperature
        domain = coefficients.stack_mesh.mesh
        self._dx = ufl.dx(domain, metadata=DX)
        self.rate = fem.Constant(domain, 0.0)
        self.base = fem.Function(temperature.function_space)
        self.capacity = fem.Function(coefficients.space(1))
        self._filled = False

    def residual(self, v: ufl.Argument) -> ufl.Form:
        """Its part of the residual."""
        return self.rate * self.capacity[0] * (self._temperature - self.base) * v * self._dx

    def stored(self) -> ufl.Form:
        """Heat in the stack (J), up to a constant."""
        return self.capacity[0] * self._temperature * self._dx

    def lumped(self, v: ufl.Argument) -> ufl.Form:
        """Heat capacity of the nodes (J/K)."""
        return self.capacity[0] * v * self._dx

    def on_face(self, capacity: float, change: ufl.core.expr.Expr, v: ufl.Argument) -> ufl.core.expr.Expr:
        """Integrand of what a face stores whose capacity (J/m^2/K) is its own, for a change of temperature."""
        return self.rate * capacity * change * v

    def mass(self, points: float | Array) -> Array:
        """(cells, points) what storing adds to the slope of the residual (W/m^3/K), zero at a rate of zero."""
        rate = float(self.rate.value)
        return rate * self._coefficients.values(_capacity, 1, points)[..., 0]

    def update(self, points: float | Array) -> None:
        """Coefficients at temperatures (K), uniform or at points of cells; here they do not depend on them."""
        if not self._filled:
            self._fill_capacity(points)

    def refresh_capacity(self, points: float | Array) -> None:
        """Take the heat capacities at temperatures (K), uniform or at points of cells."""
        if not self._filled:
            self._fill_capacity(points)

    def _fill_capacity(self, points: float | Array) -> None:
        self._coefficients.fill(self.capacity, _capacity, points)
        self._filled = True

    def content(self) -> Array:
        """What a stage may be based on: the temperatures (K), here nothing else."""
        return self._temperature.x.array.copy()

    def set_base(self, content: Array) -> None:
        """Base the next stage on a content, or on a mean of such."""
        self.base.x.array[:] = content


class EnthalpyStorage(Storage):
    """dh(T)/dt, with heat capacities that depend on temperature: what goes in is stored exactly."""

    def __init__(self, coefficients: Coefficients, temperature: fem.Function) -> None:
        super().__init__(coefficients, temperature)
        self._enthalpy, self._base_enthalpy = (fem.Function(coefficients.space(1)) for _ in range(2))

    def residual(self, v: ufl.Argument) -> ufl.Form:
        """Its part of the residual."""
        return self.rate * (self._enthalpy[0] - self._base_enthalpy[0]) * v * self._dx

    def stored(self) -> ufl.Form:
        """Heat in the stack (J), up to a constant."""
        return self._enthalpy[0] * self._dx

    def update(self, points: float | Array) -> None:
        """Enthalpies at temperatures (K), uniform or at points of cells."""
        self._coefficients.fill(self._enthalpy, lambda _, material, t: material.heat_content(t)[:, None], points)

    def refresh_capacity(self, points: float | Array) -> None:
        """Take the heat capacities at temperatures (K), uniform or at points of cells."""
        self._fill_capacity(points)

    def content(self) -> Array:
        """What a stage may be based on: the temperatures (K), then the enthalpies (J/m^3), as of the last `update`."""
        return np.concatenate([self._temperature.x.array, self._enthalpy.x.array])

    def set_base(self, content: Array) -> None:
        """Base the next stage on a content, or on a mean of such."""
        nodes = len(self.base.x.array)
        self.base.x.array[:] = content[:nodes]
        self._base_enthalpy.x.array[:] = content[nodes:]


def storage(coefficients: Coefficients, temperature: fem.Function) -> Storage:
    """The kind of storage that materials want."""
    varies = any(material.is_temperature_dependent_specific_heat for material in coefficients.materials)
    return (EnthalpyStorage if varies else Storage)(coefficients, temperature)


def _capacity(_: int, material: Material, temperature: Array) -> Array:
    """Heat capacity per volume (J/m^3/K), shape (n, 1)."""
    return material.density * material.specific_heat(temperature)[:, None]
