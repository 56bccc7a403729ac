"""What solves the steps of one set of layers on one support: small deflection, and a way at large deflection."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case import process
from solver.linalg.choose import Choice
from solver.materials.material import Material
from solver.physics.elasticity import Supports, ThermoElasticity
from solver.physics.large_deflection import LargeDeflection
from solver.physics.supports import determinate, on_edge, on_pins
from solver.physics.weight import weight
from solver.process.way import Way


class Models:
    """The problems of a stack.

    Args:
        stack_mesh, materials, references, pointwise: as of `ThermoElasticity`.
        solver: which linear solver, at small deflection.
        gravity: acceleration along x, y, z (m/s^2), or None.
        support: as the case has it.

    Attributes:
        small: at small deflection.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        references: Array,
        pointwise: bool,
        solver: Choice,
        gravity: tuple[float, float, float] | None,
        support: process.Support,
    ) -> None:
        dead_load = None if gravity is None else weight(stack_mesh, materials, gravity)
        stack = stack_mesh, materials, references, pointwise
        self.small = ThermoElasticity(*stack, solver, dead_load, _supports(support))
        self._large = partial(LargeDeflection, *stack, dead_load, _supports(support))
        self._start = float(references[0]) if np.ptp(references) == 0.0 and not pointwise else None
        self._weightless = dead_load is None
        self._way: Way | None = None

    @property
    def way(self) -> Way:
        """At large deflection; it starts at the temperature that leaves all layers without stress, if there is one."""
        if self._way is None:
            self._way = Way(self._large(), self._start, self._weightless)
        return self._way

    def destroy(self) -> None:
        """Free the factors."""
        self.small.destroy()
        if self._way is not None:
            self._way.destroy()


def _supports(support: process.Support) -> Supports:
    if isinstance(support, process.Pins):
        return partial(on_pins, places=support.pins)
    return on_edge if support == "edge" else determinate
