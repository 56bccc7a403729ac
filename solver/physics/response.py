"""Small changes of a steady temperature field: what a watt somewhere does everywhere, the operator as it is now."""

import ufl
from dolfinx import fem, la

from solver import compat
from solver.arrays import Array
from solver.physics.coefficients import DX
from solver.physics.heat import HeatProblem


class Response:
    """Rise of temperature for heat made in cells, with all coefficients frozen at the present temperature.

    Conductivities stay as they are, radiation and leakage follow with their present slopes: the operator is symmetric,
    so what a watt here does there is what a watt there does here. One set-up serves any number of solves.

    Args:
        problem: solved and steady; it solves nothing else afterwards.
    """

    def __init__(self, problem: HeatProblem) -> None:
        self.space, self._solver = problem.space, problem.frozen()
        domain = problem.stack_mesh.mesh
        self._density = fem.Function(fem.functionspace(domain, ("DG", 0)))
        self._load = compat.form(self._density * ufl.TestFunction(self.space) * ufl.dx(domain, metadata=DX))
        self._rise = fem.Function(self.space)

    def load(self, density: Array) -> Array:
        """(owned nodes,) load (W) of heat made in the local cells (W/m^3). Collective."""
        self._density.x.array[: len(density)] = density
        self._density.x.scatter_forward()
        vector = la.vector(self.space.dofmap.index_map, 1)
        fem.assemble_vector(vector.array, self._load)
        vector.scatter_reverse(la.InsertMode.add)
        return vector.array[: self.space.dofmap.index_map.size_local].copy()

    def rise(self, load: Array) -> Array:
        """(local nodes,) rise of temperature (K) under a load (W). Collective.

        Raises:
            NotConvergedError: the operator is not positive definite, as in a thermal runaway.
        """
        self._solver.solve(load, self._rise)
        return self._rise.x.array.copy()
