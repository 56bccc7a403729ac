"""Cohesive interfaces of a stack at small deflection: from one step of a process to the next."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case.fracture import CohesiveSpec
from solver.linalg.krylov import KrylovSolver
from solver.physics.solid.cohesive import CohesiveLaw
from solver.physics.solid.cohesive_zone import CohesiveFaces, CohesiveZone, LedLoad
from solver.physics.solid.zone_state import COLUMNS, ZoneState, at_places

Solve = Callable[[Array], Array]  # (owned unknowns,) forces -> (local unknowns,) displacement


@dataclass(frozen=True)
class Led:
    """How far the loads of a step move.

    Attributes:
        opening: their work over the largest force (m), of the part of the stack that is modelled.
        force: the largest of them (N).
    """

    opening: float
    force: float


def law_of(spec: CohesiveSpec) -> CohesiveLaw:
    """What a case says of an interface."""
    return CohesiveLaw(
        spec.stiffness,
        spec.normal_strength,
        spec.shear_strength or spec.normal_strength,
        spec.opening,
        spec.shear or spec.opening,
        spec.exponent,
        spec.viscosity or 0.0,
    )


class CohesiveCracks:
    """What holds the faces of some cracks together. All methods are collective.

    Args:
        stack_mesh: with such cracks, of one entry of the case.
        space: of the displacement.

    Attributes:
        seconds, led: of the way to the next equilibrium.
        size: of its loads over what the case says; 1 unless they are led.
        acting: (owned unknowns,) what `equilibrium` gave last.
        work: of all loads, temperature among them, since there were none (J); NaN once the stiffness has changed.
    """

    def __init__(self, stack_mesh: StackMesh, space: fem.FunctionSpace) -> None:
        self._mesh, self._space = stack_mesh, space
        self.cracks = [crack for crack in stack_mesh.cracks if crack.placed.cohesive is not None]
        spec = self.cracks[0].placed.cohesive
        assert spec is not None
        self.law = law_of(spec)
        self.seconds, self.size = 0.0, 1.0
        self.led: Led | None = None
        self.faces: CohesiveFaces | None = None
        self.zone: CohesiveZone | None = None
        self.acting: Array | None = None
        self.work = 0.0
        self._kept: tuple[Array, Array] | None = None  # places and state of a problem before this one

    def outdate(self, stiffness: bool = True) -> None:
        """Take note that the stiffness has changed, or only its factors are gone. Collective."""
        places, values = self.kept
        if stiffness and len(values):
            values = np.column_stack([values[:, :-1], np.full(len(values), np.nan)])
        self.kept = places, values
        if self.faces is not None:
            self.faces.compliance.destroy()
        self.faces = self.zone = None

    @property
    def kept(self) -> tuple[Array, Array]:
        """(n, 3) places and (n, 15) state of the nodes; nothing before the first solve."""
        if self.faces is None or self.zone is None:
            return (np.empty((0, 3)), np.empty((0, COLUMNS))) if self._kept is None else self._kept
        return self.faces.places, self.zone.state.values

    @kept.setter
    def kept(self, known: tuple[Array, Array]) -> None:
        self._kept = known

    @property
    def mark(self) -> tuple[tuple[Array, Array], float, float, Array | None]:
        """Where it is, to come back to; no part is ever changed."""
        return self.kept, self.size, self.work, self.acting

    @mark.setter
    def mark(self, known: tuple[tuple[Array, Array], float, float, Array | None]) -> None:
        self._kept, self.size, self.work, self.acting = known
        if self.faces is not None and self.zone is not None:
            self.zone.state = ZoneState.of(self._kept[1])

    def equilibrium(self, fixed: Array, loads: Array, solve: Solve, roughly: Solve, solver: KrylovSolver) -> Array:
        """(owned unknowns,) all forces on the stack, its loads and those of the faces, in equilibrium.

        Args:
            fixed: (owned unknowns,) what acts but for the loads of the step (N).
            loads: those, as the case has them.
            solve: displacement under forces.
            roughly: the same to nine digits, without a check.
            solver: that does both.

        Raises:
            NotConvergedError: there is none near.
        """
        if self.faces is None or self.zone is None:
            self.faces = CohesiveFaces(self._mesh, self._space, self.cracks, roughly, solver, self.law.stiffness)
            self.zone = CohesiveZone(self.faces, self.law, self._state(self.faces))
        faces, zone = self.faces, self.zone
        if self.led is None:
            self.size = 1.0
            free = solve(fixed + loads).copy()
            zone.advance(faces.pairs.jump(free), self.seconds)
        else:
            free = solve(fixed).copy()
            unit = loads / self.led.force
            u = solve(unit)
            motion = self._mesh.comm.allreduce(float(u[: len(unit)] @ unit))
            led = LedLoad(faces.pairs.jump(u), motion)
            size = zone.open_to(led, self.led.opening, self.seconds, faces.pairs.jump(free))
            self.size = size / self.led.force
            free += size * u
        whole = fixed + self.size * loads
        done = self._mesh.comm.allreduce(0.5 * float(whole @ free[: len(whole)]))
        self.work = done + float(zone.state.kept.sum())
        self.acting = np.asarray(whole + faces.pairs.spread(-zone.state.forces))
        return self.acting

    def _state(self, faces: CohesiveFaces) -> ZoneState | None:
        """What nodes were in that were there before; the others are sound."""
        return at_places(faces, *self.kept)
