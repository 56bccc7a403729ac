"""What solves the steps of one set of layers on one support: small deflection, and a way at large deflection."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case.support import Acceleration, Support, lets_go
from solver.linalg.choose import Choice
from solver.materials.material import Material
from solver.physics.elasticity import ThermoElasticity
from solver.physics.large_deflection import LargeDeflection
from solver.physics.supports import determinate
from solver.process.support import dead_load, supports
from solver.process.way import Way


class Models:
    """The problems of a stack.

    Args:
        stack_mesh, materials, references, pointwise: as of `ThermoElasticity`.
        solver: which linear solver, at small deflection.
        gravity: acceleration along x, y, z (m/s^2), or None.
        support: as the case has it.

    Attributes:
        small: at small deflection; of a support that lets go, free and without weight.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        materials: Sequence[Material],
        references: Array,
        pointwise: bool,
        solver: Choice,
        gravity: Acceleration | None,
        support: Support,
    ) -> None:
        load, held = dead_load(stack_mesh, materials, gravity, support), supports(support)
        stack = stack_mesh, materials, references, pointwise
        self.small = ThermoElasticity(*stack, solver, *((None, determinate) if lets_go(support) else (load, held)))
        self._large = partial(LargeDeflection, *stack, load, held)
        self._start = float(references[0]) if np.ptp(references) == 0.0 and not pointwise else None
        self._weightless = load is None
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
