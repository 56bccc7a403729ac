"""Small changes of a steady temperature field: what a watt somewhere does everywhere, the operator as it is now."""

from collections.abc import Callable

import ufl
from dolfinx import fem, la

from solver import compat
from solver.arrays import Array
from solver.physics.coefficients import DX
from solver.physics.heat.conduction import HeatProblem


def loads(space: fem.FunctionSpace) -> Callable[[Array], Array]:
    """What turns heat made in the local cells (W/m^3) to a load (W) on the owned nodes; collective."""
    domain = space.mesh
    density = fem.Function(fem.functionspace(domain, ("DG", 0)))
    form = compat.form(density * ufl.TestFunction(space) * ufl.dx(domain, metadata=DX))

    def load(made: Array) -> Array:
        density.x.array[: len(made)] = made
        density.x.scatter_forward()
        vector = la.vector(space.dofmap.index_map, 1)
        fem.assemble_vector(vector.array, form)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: space.dofmap.index_map.size_local].copy()

    return load


class Response:
    """Rise of temperature for heat made in cells, with all coefficients frozen at the present temperature.

    Conductivities stay as they are, radiation and leakage follow with their present slopes: the operator is symmetric,
    so what a watt here does there is what a watt there does here. One set-up serves any number of solves.

    Attributes:
        load: (local cells,) heat made (W/m^3) -> (owned nodes,) load (W); collective.

    Args:
        problem: solved and steady; it solves nothing else afterwards.
    """

    def __init__(self, problem: HeatProblem) -> None:
        self._solver, self.load = problem.frozen(), loads(problem.space)
        self._rise = fem.Function(problem.space)

    def rise(self, load: Array) -> Array:
        """(local nodes,) rise of temperature (K) under a load (W). Collective.

        Raises:
            NotConvergedError: the operator is not positive definite, as in a thermal runaway.
        """
        self._solver.solve(load, self._rise)
        return self._rise.x.array.copy()
