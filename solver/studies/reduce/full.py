"""The full model a reduced one is made from: heat with coefficients that do not change, for any films and any rate.

    (K + sum_i h_i M_i + s C) T = b

K is conduction, M_i the mass of the face of film i, C the heat capacity, s >= 0 a rate (1/s): the Laplace variable on
its real axis, where the matrix is symmetric and positive definite and every solver of the program serves.
"""

from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers
from solver.linalg.choose import Choice, linear_solver
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver
from solver.linalg.operator import FormOperator, matrix_free
from solver.linalg.shear_lag import HEAT, sliding
from solver.materials.material import Material
from solver.physics.coefficients import DX, Coefficients
from solver.physics.heat.conductivity import MASS, conductivities, law_values, tensor
from solver.studies.reduce.films import Film

_TOLERANCE = 1e-4  # of the preconditioned residual; what is solved for is a correction


class FullModel:
    """Products with K, M_i and C, and solves; arrays are of owned unknowns.

    Args:
        mesh: of heat.
        space: of the temperature.
        materials: one per block.
        films: faces with free film coefficients.
        fixed: local nodes where the temperature is held at 0.
        temperature: at which materials are taken (K).
        choice: which linear solver.
    """

    def __init__(
        self,
        mesh: StackMesh,
        space: fem.FunctionSpace,
        materials: Sequence[Material],
        films: Sequence[Film],
        fixed: Integers,
        temperature: float,
        choice: Choice,
    ) -> None:
        self.mesh, self.space, self.films, self.fixed, self._choice = mesh, space, films, fixed, choice
        self.owned = space.dofmap.index_map.size_local
        coefficients = Coefficients(mesh, materials, pointwise=False)

        def capacity(_: int, material: Material, t: Array) -> Array:
            return material.density * material.specific_heat(t)[:, None]

        self._values = conductivities(coefficients, temperature)
        self._values[..., MASS] = coefficients.values(capacity, 1, temperature)[..., 0]
        self._coefficients = coefficients
        self._law = fem.Function(coefficients.space(law_values(coefficients)))
        self._h = [fem.Constant(mesh.mesh, 1.0) for _ in films]
        self._rate = fem.Constant(mesh.mesh, 0.0)
        none = np.empty(0, dtype=np.int32)
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        self._faces = [FormOperator(film.shape * u * v * film.ds, space, none) for film in films]
        self._conduction = self._operator(1.0, 0.0, None)
        sinks = [film.capacity * u * v * film.ds for film in films if film.capacity]
        self._capacity = self._operator(0.0, 1.0, sum(sinks[1:], sinks[0]) if sinks else None)
        facets = [
            (h * film.shape + self._rate * film.capacity) * u * v * film.ds
            for h, film in zip(self._h, films, strict=True)
        ]
        self._form = _layered(space, self._law, sum(facets[1:], facets[0]))
        self._solver: KrylovSolver | None = None
        self._at: tuple[tuple[float, ...], float] | None = None
        self._found = fem.Function(space)

    @property
    def across(self) -> Array:
        """(owned cells,) conductivity along z (W/m/K)."""
        return np.asarray(self._values[..., 2].mean(axis=1))

    @property
    def heat_capacity(self) -> Array:
        """(owned cells,) per volume (J/m^3/K)."""
        return self._values[:, 0, MASS]

    # ---- products

    def conduction(self, x: Array) -> Array:
        """K x (W on the modelled part)."""
        return self._conduction.product(x).copy()

    def capacity(self, x: Array) -> Array:
        """C x, of the matrix of heat capacities: (unknowns,) J of a field x (K)."""
        return self._capacity.product(x).copy()

    def exchange(self, film: int, x: Array) -> Array:
        """M x of one film (K m^2)."""
        return self._faces[film].product(x).copy()

    def product(self, films: Sequence[float], rate: float, x: Array) -> Array:
        """(K + sum_i h_i M_i + s C) x."""
        y = self.conduction(x)
        for index, h in enumerate(films):
            y += h * self.exchange(index, x)
        return y + rate * self.capacity(x) if rate else y

    # ---- solves

    def solve(self, films: Sequence[float], rate: float, b: Array) -> Array:
        """The solution at film coefficients (W/m^2/K) and a rate (1/s). Collective.

        Raises:
            NotConvergedError: the solver gave up.
        """
        solver = self._prepared(tuple(films), rate)
        self._found.x.array[:] = 0.0
        solver.solve(b, self._found)
        return self._found.x.array[: self.owned].copy()

    def destroy(self) -> None:
        """Free the linear solver."""
        if self._solver is not None:
            self._solver.destroy()
            self._solver = None

    def _prepared(self, films: tuple[float, ...], rate: float) -> KrylovSolver:
        if self._solver is None or self._at != (films, rate):
            for constant, h in zip(self._h, films, strict=True):
                constant.value = h
            self._rate.value = rate
            self._coefficients.put(self._law, self._scaled(1.0, rate))
            if self._solver is None:
                self._solver = self._linear_solver()
            else:
                self._solver.renew()
            self._at = films, rate
        self._solver.tolerance = _TOLERANCE
        return self._solver

    def _linear_solver(self) -> KrylovSolver:
        mesh, k = self.mesh, self._values[..., :MASS].mean(axis=1)
        soft = sliding(mesh.column, mesh.layer_of, mesh.heights, k[:, 0], k[:, 2], mesh.sizes, HEAT)
        return linear_solver(self._choice, self._form, self.space, self.fixed, mesh, soft)

    def _scaled(self, conduction: float, mass: float) -> Array:
        """The law with its conductivities and its mass multiplied."""
        factor = np.full(self._values.shape[2], conduction)
        factor[MASS] = mass
        return self._values * factor

    def _operator(self, conduction: float, mass: float, facets: ufl.Form | None) -> FormOperator:
        law = fem.Function(self._coefficients.space(law_values(self._coefficients)))
        self._coefficients.put(law, self._scaled(conduction, mass))
        return matrix_free(_layered(self.space, law, facets), self.space, np.empty(0, dtype=np.int32))


def _layered(space: fem.FunctionSpace, law: fem.Function, facets: ufl.Form | None) -> LayeredForm:
    """int k grad u . grad v + m u v dx, and what there is on facets."""
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    cells = (ufl.inner(tensor(law) * ufl.grad(u), ufl.grad(v)) + law[MASS] * u * v) * ufl.dx(space.mesh, metadata=DX)
    return LayeredForm(cells if facets is None else cells + facets, law, facets)
