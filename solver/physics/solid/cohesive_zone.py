"""Crack planes whose faces hold together by a cohesive law, in an elastic stack at small deflection.

The stack enters by its compliance C between the faces alone (`face_compliance`), so that every increment is a Newton's
method on the jumps of the nodes, delta + C W T(delta) = lambda g, with the areas W of the nodes. Loads may be led by
the opening where they act instead of by their size, which follows a stack that gives way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from dolfinx import fem

from meshes.cracks import Crack
from meshes.extrude import StackMesh
from meshes.nodes import nodes_of
from solver.arrays import Array
from solver.errors import CaseError, NotConvergedError
from solver.linalg.direct import DirectSolver
from solver.linalg.krylov import KrylovSolver
from solver.physics.solid.cohesive import CohesiveLaw, CohesiveResponse
from solver.physics.solid.crack_faces import CrackFaces, FacePairs, global_pairs
from solver.physics.solid.face_compliance import FaceCompliance, MatrixCompliance, Respond, SolvedCompliance

_SIMPSON = np.array([1.0, 4.0, 1.0, 4.0, 16.0, 4.0, 1.0, 4.0, 1.0]) / 36.0  # of the area of a cell, x fastest
_ITERATIONS = 20
_SHORTEST, _LONGEST = 2.0**-12, 2.0**-5  # parts of a way that increments are
COLUMNS = 15  # of a state
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


class CohesiveFaces:
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
        pairs: of nodes.
        places: (n, 3) of them (m).
        areas: (n,) of the nodes (m^2).
        compliance: jumps per force.
        cell: length of a cell (m), the root of the mean area.

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
        found = [CrackFaces(stack_mesh, space, crack) for crack in cracks]
        self.pairs = FacePairs(stack_mesh, space, found)
        count = len(self.pairs.nodes)
        if count > _MOST and not isinstance(solver, DirectSolver):
            raise CaseError(
                f"a cohesive interface of {count} nodes, more than {_MOST}, takes `analysis: {{solver: direct}}`"
            )
        self.places, self.areas = _places(stack_mesh, space, found)
        self.cell = float(np.sqrt(np.concatenate([stack_mesh.cracked_plane.areas[one.apart] for one in cracks]).mean()))
        self.compliance: FaceCompliance
        if count > few and isinstance(solver, DirectSolver):
            self.compliance = SolvedCompliance(self.pairs, respond, solver, stiffness * self.areas)
        else:
            self.compliance = MatrixCompliance(self.pairs, respond)


def _places(stack_mesh: StackMesh, space: fem.FunctionSpace, found: Sequence[CrackFaces]) -> tuple[Array, Array]:
    """(n, 3) places (m) and (n,) areas (m^2) of the pairs of nodes, in their order. Collective."""
    comm = stack_mesh.comm
    own = np.concatenate([global_pairs(space, faces) for faces in found])
    area = stack_mesh.cracked_plane.areas
    local = np.concatenate([np.outer(area[faces.columns], _SIMPSON).ravel() for faces in found])
    x = np.concatenate([nodes_of(space)[faces.lower.ravel()] for faces in found])
    pairs, shares, places = (np.concatenate(comm.allgather(one)) for one in (own, local, x))
    held = pairs[:, 0] != pairs[:, 1]
    _, first, place = np.unique(pairs[held], axis=0, return_index=True, return_inverse=True)
    areas: Array = np.bincount(place.ravel(), weights=shares[held], minlength=len(first)).astype(np.float64)
    return places[held][first], areas


@dataclass
class ZoneState:
    """Where a cohesive zone is, of its n nodes.

    Attributes:
        damage: (n,) from 0 to 1.
        jumps: (n, 3) of the upper face from the lower, normal last as in space (m).
        forces: (n, 3) that hold the faces together (N).
        free: (n, 3) jumps if nothing held them (m), a led load left out.
        led: (n, 3) those of the led load (m), zero without one.
        work: (n,) done on the nodes so far (J).
        kept: (n,) of the work of the loads, less that on a stack whose faces nothing holds (J): -int free . d forces;
            NaN once the stiffness has changed.
    """

    damage: Array
    jumps: Array
    forces: Array
    free: Array
    led: Array
    work: Array
    kept: Array

    @staticmethod
    def sound(count: int) -> "ZoneState":
        """Of nodes that have not moved."""
        return ZoneState.of(np.zeros((count, COLUMNS)))

    @staticmethod
    def of(values: Array) -> "ZoneState":
        """From what `values` gave."""
        damage, jumps, forces, free, led, *sums = np.split(values, np.cumsum([1, 3, 3, 3, 3, 1]), axis=1)
        work, kept = (column[:, 0].copy() for column in sums)
        return ZoneState(damage[:, 0].copy(), jumps.copy(), forces.copy(), free.copy(), led.copy(), work, kept)

    @property
    def values(self) -> Array:
        """(n, 15) all of it."""
        return np.column_stack([getattr(self, one.name) for one in fields(self)])


class CohesiveZone:
    """What holds the faces together, increment after increment; the state is kept where one has converged.

    Args:
        faces: of the crack.
        law: of the interface.
        state: to go on from; sound if absent.

    Attributes:
        state: where it is.
        size: of the led load, 0 without one.
    """

    def __init__(self, faces: CohesiveFaces, law: CohesiveLaw, state: ZoneState | None = None) -> None:
        self._faces, self.law = faces, law
        self.state = ZoneState.sound(len(faces.areas)) if state is None else state
        self.size = 0.0

    @property
    def damage(self) -> Array:
        """(n,) from 0 to 1."""
        return self.state.damage

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

    def stored(self) -> float:
        """Energy (J) that the interface gives back."""
        jumps = self.state.jumps
        moved = np.column_stack([jumps[:, :2], np.maximum(jumps[:, 2], 0.0)])
        pressed = np.minimum(jumps[:, 2], 0.0)
        whole = (1.0 - self.state.damage) * (moved**2).sum(axis=1) + pressed**2
        return float(0.5 * self.law.stiffness * (self._faces.areas @ whole))

    def dissipated(self) -> float:
        """Work (J) that does not come back."""
        return float(self.state.work.sum()) - self.stored()

    def parted(self) -> Array:
        """(n,) share of the energy of each node that its damage has taken, at the mode it is in."""
        return self.law.parted(np.roll(self.state.jumps, 1, axis=1), self.state.damage)[0]

    def fracture_energy(self) -> float:
        """Energy (J) that the damage takes by the law alone, without what lags behind."""
        share, energy = self.law.parted(np.roll(self.state.jumps, 1, axis=1), self.state.damage)
        return float(self._faces.areas @ (share * energy))

    def cells_in_zone(self, modulus: float) -> float:
        """Length of the process zone of a thick body over that of a cell; below 3 a result is doubtful."""
        return self.law.process_zone(modulus) / self._faces.cell

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
        jumps, size, before = self.state.jumps.copy(), self.size if load is not None else 0.0, np.inf
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
            before = change
        raise NotConvergedError(f"the cohesive zone did not converge: its jumps still change by {before:.3g} m")

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
