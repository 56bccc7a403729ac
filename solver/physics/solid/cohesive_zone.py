"""Crack planes whose faces hold together by a cohesive law, in an elastic stack at small deflection.

The stack enters by its compliance C between the faces alone (`face_compliance`), so that every increment is a Newton's
method on the jumps of the nodes, delta + C W T(delta) = lambda g, with the areas W of the nodes. Loads may be led by
the opening where they act instead of by their size, which follows a stack that gives way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.errors import CaseError, NotConvergedError
from solver.linalg.direct import DirectSolver
from solver.linalg.krylov import KrylovSolver
from solver.physics.solid.cohesive import CohesiveLaw, CohesiveResponse
from solver.physics.solid.face_compliance import FaceCompliance, MatrixCompliance, Respond, SolvedCompliance
from solver.physics.solid.zone_state import Zone, ZoneFaces, ZoneState

_ITERATIONS, PATIENCE = 20, 4  # of an increment, and of them that may not have halved the change of the jumps
_SHORTEST, _LONGEST = 2.0**-12, 2.0**-5  # parts of a way that increments are
_FEW = 300  # nodes whose compliance is a matrix
_MOST = 1500  # the same where the stack is not factorised
_NOTHING = 1e-300
_DONE = 1e-7  # of the largest jump


@dataclass(frozen=True)
class LedLoad:
    """A load of unknown size.

    Attributes:
        jumps: (n, 3) it makes per unit where nothing holds the faces (m).
        motion: of itself per unit: its work per unit squared (m).
    """

    jumps: Array
    motion: float


class CohesiveFaces(ZoneFaces):
    """The nodes of crack planes with their areas and their compliance. Making it is collective.

    Args:
        stack_mesh: the mesh.
        space: of the displacement.
        cracks: whose faces hold together.
        respond: (owned unknowns,) forces -> (local unknowns,) displacement of the stack.
        solver: of the stack.
        stiffness: of the sound interface (Pa/m).
        few: nodes up to which the compliance is a matrix.

    Attributes:
        compliance: jumps per force.

    Raises:
        CaseError: there are too many nodes for a stack that is not factorised. On all ranks.
    """

    def __init__(
        self,
        stack_mesh: StackMesh,
        space: fem.FunctionSpace,
        cracks: Sequence[Crack],
        respond: Respond,
        solver: KrylovSolver,
        stiffness: float,
        few: int = _FEW,
    ) -> None:
        super().__init__(stack_mesh, space, cracks)
        count = len(self.pairs.nodes)
        if count > _MOST and not isinstance(solver, DirectSolver):
            raise CaseError(
                f"a cohesive interface of {count} nodes, more than {_MOST}, takes `analysis: {{solver: direct}}`"
            )
        self.compliance: FaceCompliance
        if count > few and isinstance(solver, DirectSolver):
            self.compliance = SolvedCompliance(self.pairs, respond, solver, stiffness * self.areas)
        else:
            self.compliance = MatrixCompliance(self.pairs, respond)


class CohesiveZone(Zone):
    """What holds the faces together, increment after increment; arguments and state as of `Zone`.

    Attributes:
        size: of the led load, 0 without one.
    """

    def __init__(self, faces: CohesiveFaces, law: CohesiveLaw, state: ZoneState | None = None) -> None:
        super().__init__(faces, law, state)
        self._faces = faces
        self.size = 0.0

    def advance(self, free: Array, seconds: float = 0.0) -> Array:
        """Jumps (n, 3) under a load that would open the faces to `free` (n, 3) if nothing held them (m).

        Raises:
            NotConvergedError: there is no equilibrium near; a viscosity may lead past it.
        """
        self._go(self.state.free + self.state.led, free, None, (0.0, 0.0), seconds)
        return self.state.jumps

    def open_to(self, load: LedLoad, opening: float, seconds: float = 0.0, free: Array | None = None) -> float:
        """Size of a load at a motion of its own (m), reached in as many increments as it takes.

        Args:
            load: of unknown size; that of the last way, if it was led.
            opening: its motion, without that of the sound stack under `free`.
            seconds: it takes.
            free: as of `advance`, of what acts beside it; as before if absent.

        Raises:
            NotConvergedError: however short the increments are.
        """
        state, goes_on = self.state, bool(np.any(self.state.led))
        base = state.free if goes_on else state.free + state.led
        now = self._scale(load) * load.motion - float(load.jumps.ravel() @ state.forces.ravel())
        self._go(base, state.free if free is None else free, load, (now, opening), seconds)
        return self.size

    def _scale(self, load: LedLoad) -> float:
        """Size that a led load has now."""
        along = load.jumps.ravel()
        self.size = float(along @ self.state.led.ravel()) / max(float(along @ along), _NOTHING)
        return self.size

    def _go(self, start: Array, end: Array, load: LedLoad | None, opening: tuple[float, float], seconds: float) -> None:
        """All the way, increment after increment, shorter ones where they do not converge."""
        part, step = 0.0, _LONGEST
        while part < 1.0:
            step = min(step, _LONGEST, 1.0 - part)
            now = part + step
            free, motion = start + now * (end - start), opening[0] + now * (opening[1] - opening[0])
            try:
                self._newton(free, load, motion, step * seconds)
            except NotConvergedError:
                step *= 0.5
                if step < _SHORTEST:
                    raise
                continue
            part = now
            step *= 2.0

    def _newton(self, free: Array, load: LedLoad | None, opening: float, seconds: float) -> None:
        compliance, areas = self._faces.compliance, self._faces.areas
        jumps, size = self.state.jumps.copy(), self.size if load is not None else 0.0
        change = least = np.inf
        waits = 0
        for _ in range(_ITERATIONS):
            found = self._respond(jumps, seconds)
            forces: Array = areas[:, None] * found.traction
            left, border = jumps - free + compliance.jumps(forces), None
            if load is not None:
                left = left - size * load.jumps
                wanted = opening + float((load.jumps * forces).sum()) - size * load.motion
                border = load.jumps, load.motion, wanted
            step, more = compliance.newton(areas[:, None, None] * found.tangent, -left, border)
            size += more
            jumps = np.asarray(jumps + step)
            change = float(np.abs(step).max(initial=0.0))
            if change <= _DONE * max(float(np.abs(jumps).max(initial=0.0)), 1e-15):
                self._accept(free, load, size, jumps, seconds)
                return
            waits, least = (0, change) if change < 0.5 * least else (waits + 1, least)
            if waits >= PATIENCE:
                break  # nodes go from loading to unloading and back
        raise NotConvergedError(f"the cohesive zone did not converge: its jumps still change by {change:.3g} m")

    def _accept(self, free: Array, load: LedLoad | None, size: float, jumps: Array, seconds: float) -> None:
        found, old = self._respond(jumps, seconds), self.state
        forces = self._faces.areas[:, None] * found.traction
        work = old.work + 0.5 * ((old.forces + forces) * (jumps - old.jumps)).sum(axis=1)
        led = np.zeros_like(jumps) if load is None else size * load.jumps
        loose = 0.5 * (old.free + old.led + free + led)
        kept = old.kept - (loose * (forces - old.forces)).sum(axis=1)
        self.state, self.size = ZoneState(found.damage, jumps, forces, free, led, work, kept), size
        self._faces.compliance.stiffens((1.0 - found.damage) * self.law.stiffness * self._faces.areas)

    def _respond(self, jumps: Array, seconds: float) -> CohesiveResponse:
        found = self.law.respond(np.roll(jumps, 1, axis=1), self.state.damage, seconds)
        tangent = np.roll(found.tangent, (-1, -1), axis=(1, 2))
        return CohesiveResponse(np.roll(found.traction, -1, axis=1), tangent, found.damage)
