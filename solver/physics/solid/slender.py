"""What the ways through loads ask of a problem at large deflection, be it a solid or a plate."""

from typing import Any, Generic, Protocol, TypeVar

from dolfinx import fem

from solver.arrays import Array
from solver.linalg.tangent import Correction
from solver.physics.solid.load import Increment, Load, State


class Slender(Protocol):
    """A stack that finds its equilibria one after another.

    Attributes:
        stack_mesh: the layers present: a mesh with a `stack`.
        space: of the displacement.
        displacement: of the present state (m).
        thickness: of the layers present (m).
        newton_iterations, linear_iterations: so far.
        contact: of its underside, None if its support does not let go.
        state: the present one, copied; setting it goes there.
    """

    thickness: float

    @property
    def stack_mesh(self) -> Any:
        """Mesh of the layers present."""

    @property
    def space(self) -> fem.FunctionSpace:
        """Function space of the displacement."""

    @property
    def displacement(self) -> fem.Function:
        """Of the present state (m)."""

    @property
    def contact(self) -> object | None:
        """Contact of its underside, or None."""

    @property
    def state(self) -> State:
        """Displacement and the load it answers."""

    @state.setter
    def state(self, state: State) -> None: ...

    @property
    def newton_iterations(self) -> int:
        """Iterations of Newton's method so far."""

    @property
    def linear_iterations(self) -> int:
        """Iterations of linear solves so far."""

    def load_at(self, temperature: Any) -> Load:
        """The load at a uniform temperature (K) or in a temperature field."""

    def flat(self, load: Load) -> State:
        """Flat, without stress, the moduli as under a load."""

    def follow(self, target: Load, tolerance: float = ..., only_stable: bool = False) -> list[Increment]:
        """Go from the present state to an equilibrium under a load."""

    def newton(self, load: Load, tolerance: float, spring: float = 0.0) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment."""

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""

    def energy(self) -> float:
        """Potential energy of the present state (J)."""

    def correct(self, b: Array, x: fem.Function, tolerance: float, without: Array | None = None) -> Correction:
        """Answer x of the present tangent to a load b (owned unknowns,), without a motion of the same size."""

    def unstable(self) -> int:
        """Directions found in which the energy falls."""

    def soft_mode(self) -> tuple[Array, float]:
        """The motion (local unknowns,) that resists least, and its stiffness."""

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""

    def part_of_displacement(self, change: Array) -> float:
        """Largest size of a change over that of the displacement."""

    def destroy(self) -> None:
        """Free the factors; they are made again where they are needed."""


class Incremental(Protocol):
    """Newton's method on one of them.

    Attributes:
        iterations, linear_iterations: so far.
    """

    iterations: int
    linear_iterations: int

    @property
    def forms(self) -> Any:
        """The functions a state is made of; they have a `state`."""

    def solve(self, load: Load, tolerance: float, spring: float = 0.0, only_stable: bool = False) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment: iterations, and False if it is surely unstable.

        Raises:
            Lost: with `only_stable`, where the stack is near it and the energy falls in some direction.
        """

    def touch(self) -> None:
        """Hold the nodes that are on the plane."""

    def unstable(self) -> int:
        """Directions found in which the energy falls."""

    def soft_mode(self) -> tuple[Array, float]:
        """The motion (local unknowns,) that resists least, and its stiffness."""

    def destroy(self) -> None:
        """Free the factors; they are made again where they are needed."""


N = TypeVar("N", bound=Incremental)


class ByNewton(Generic[N]):
    """What solid and plate ask of their Newton's method and their forms alike."""

    _newton: N
    forms: Any

    def dot(self, a: Array, b: Array) -> float:
        """Product of owned values over all ranks."""
        return float(self.forms.dot(a, b))

    def part_of_displacement(self, change: Array) -> float:
        """Largest size of a change (local unknowns, m) over that of the displacement."""
        return float(self.forms.part_of_displacement(change))

    def newton(self, load: Load, tolerance: float, spring: float = 0.0) -> tuple[int, bool]:
        """Go to the equilibrium under a load in one increment, as of `Incremental.solve`."""
        return self._newton.solve(load, tolerance, spring)

    @property
    def newton_iterations(self) -> int:
        """Newton iterations of all equilibria so far."""
        return self._newton.iterations

    @property
    def linear_iterations(self) -> int:
        """Linear iterations of all equilibria so far; of a factorisation its solves."""
        return self._newton.linear_iterations

    def unstable(self) -> int:
        """Directions found in which the energy falls, of an equilibrium."""
        return self._newton.unstable()

    def soft_mode(self) -> tuple[Array, float]:
        """The motion that resists least, and its stiffness."""
        return self._newton.soft_mode()

    def destroy(self) -> None:
        """Free the factors of its linear solver; they are made again where they are needed."""
        self._newton.destroy()
