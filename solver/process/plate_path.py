"""The way of a plate that is held flat."""

from collections.abc import Iterator, Sequence

from dolfinx import fem

from solver.process.equilibrium_path import EquilibriumPath, PathPoint, stations


class FlatPath(EquilibriumPath):
    """A plate whose deflection is held: what it is at a temperature does not ask for the way there."""

    def to(
        self, end: float | fem.Function, through: Sequence[float] = (), ramp: tuple[float, float] | None = None
    ) -> Iterator[PathPoint]:
        """Stops at the temperatures (K) of `through` that lie on the way, and at its end, as of `EquilibriumPath`."""
        if isinstance(end, fem.Function) or self.temperature in (None, end):
            yield from super().to(end, through, ramp)
            return
        assert self.temperature is not None
        for goal in stations(self.temperature, end, through):
            yield self._stop(goal)
