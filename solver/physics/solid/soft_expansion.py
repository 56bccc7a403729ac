"""The energy along the softest mode of a shape that is unstable, or nearly so: where stable shapes are to be found.

Shapes u + a phi + a^2 psi: phi is the softest mode, and the second order psi relaxes the stretching it makes,
K psi = -[R(u + h phi) + R(u - h phi) - 2 R(u)] / (2 h^2), without its part along phi (W. T. Koiter, On the stability of
elastic equilibrium, Delft, 1945).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from mpi4py import MPI

from meshes.nodes import nodes_of
from solver import compat
from solver.arrays import Array
from solver.physics.solid.load import Diverged, Load, State
from solver.physics.solid.slender import Slender

T = TypeVar("T")

SIDES = 1.0, -1.0
_ACCURACY = 1e-4  # residual of the second order
_POWERS = np.arange(-3.0, 5.0, 0.5)  # of two, thicknesses the mode is tried at
_EQUAL = 1e-6  # difference of energies, as a part of them, of shapes that are mirror images
_LEVEL = 1e-6  # thicknesses a shape is curved by, that is flat


class SoftExpansion:
    """Shapes on both sides of the present one of a problem, which is not moved.

    The first side is that on which a bowl or dome bends more along x than along y, or turns its corners along x = y up.

    Args:
        problem: in the shape the mode is of.
        load: that acts on the shapes; None: that which acts on the present one.
    """

    def __init__(self, problem: Slender, load: Load | None = None) -> None:
        self._problem, before = problem, problem.state
        self.load, h = before.load if load is None else load, problem.thickness
        mode = problem.soft_mode()[0]
        self.mode = mode * _orientation(problem, mode)
        forces = []
        for place in (h, -h, 0.0):
            problem.displacement.x.array[:] = before.displacement + place * self.mode
            forces.append(problem.residual())
        problem.state = before
        self.second = self._across(-(forces[0] + forces[1] - 2.0 * forces[2]) / (2.0 * h**2))
        self.origin = before.displacement
        if load is not None:
            problem.state = State(before.displacement, load)
            further = -problem.residual()
            problem.state = before
            self.origin = before.displacement + self._across(further)

    def at(self, a: float) -> State:
        """The shape at an amplitude (m)."""
        return State(self.origin + a * self.mode + a**2 * self.second, self.load)

    def lowest(self, sides: Sequence[float] = SIDES) -> tuple[float, float]:
        """Amplitude (m) of least energy on some sides, and that energy (J).

        Raises:
            Diverged: none has a finite energy, after an estimate that broke down.
        """
        problem, before = self._problem, self._problem.state
        problem.state = self.at(0.0)
        h = problem.thickness
        places = [side * h * 2.0 ** float(power) for side in sides for power in _POWERS]
        energies = []
        for a in places:
            problem.displacement.x.array[:] = self.at(a).displacement
            energies.append(problem.energy())
        problem.state = before
        if not np.isfinite(energies).any():
            raise Diverged
        best = int(np.nanargmin(energies))
        return places[best], energies[best]

    def _across(self, load: Array) -> Array:
        """Answer (local unknowns,) of the present tangent to a load, without its part along the mode."""
        problem, answer = self._problem, compat.function_like(self._problem.displacement)
        problem.correct(load, answer, _ACCURACY, self.mode[: len(load)])
        return answer.x.array.copy()


def lowest(candidates: Sequence[T], energy: Callable[[T], float]) -> T:
    """The first one of least energy: between mirror images of a shape rounding must not choose.

    Raises:
        Diverged: none has a finite energy, after an estimate that broke down.
    """
    energies = [(candidate, energy(candidate)) for candidate in candidates]
    known = [(candidate, value) for candidate, value in energies if np.isfinite(value)]
    if not known:
        raise Diverged
    values = [value for _, value in known]
    enough = min(values) + _EQUAL * max(map(abs, values))
    return next(candidate for candidate, value in known if value <= enough)


def _orientation(problem: Slender, mode: Array) -> float:
    """1 or -1, to turn a mode as `SoftExpansion` has it; the same on any number of ranks."""
    xx, yy, xy = _bending(problem, mode)
    shape = _bending(problem, problem.displacement.x.array)
    along = shape[0] + shape[1]
    sense = np.copysign(1.0, along) if abs(along) > _LEVEL * problem.thickness else 1.0
    found = max((sense * (xx - yy), xy), key=abs)
    return float(np.copysign(1.0, found))


def _bending(problem: Slender, u: Array) -> tuple[float, float, float]:
    """How much a displacement (local unknowns, m) rises along x, along y and along x = y, in m."""
    owned, comm = 3 * problem.space.dofmap.index_map.size_local, problem.space.mesh.comm
    x = nodes_of(problem.space)[: owned // 3, :2]
    mirrored = [axis in problem.stack_mesh.stack.mirrors for axis in (0, 1)]
    centre = np.where(mirrored, 0.0, comm.allreduce(x.sum(axis=0)) / comm.allreduce(len(x)))
    x = (x - centre) / np.sqrt(comm.allreduce(float(((x - centre) ** 2).max(initial=0.0)), MPI.MAX))
    products = np.column_stack([x**2, x[:, 0] * x[:, 1]])
    mean = comm.allreduce(products.sum(axis=0)) / comm.allreduce(len(x))
    rise = comm.allreduce((products - mean).T @ u[2:owned:3]) / comm.allreduce(len(x))
    return float(rise[0]), float(rise[1]), float(rise[2])
