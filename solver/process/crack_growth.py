"""Growth of delaminations at the ends of steps: fronts move on where they release what the interface takes.

Every state is solved anew with the crack it has, its faces pressing on each other (E. F. Rybicki, M. F. Kanninen 1977:
crack closure; G >= Gamma(psi) edge by edge); materials are elastic, so it depends on the crack and the load alone. The
stack goes on with the crack that stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.plane import PlaneMesh
from solver.arrays import Integers, Mask
from solver.case.models import Case
from solver.metrics.crack_release import Growth, GrowthState, utilised
from solver.physics.solid.energy_release import energy_release
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.kept_in_time import on_first
from solver.process.other_cracks import line_with, with_cracks
from solver.process.stage_model import SmallDeflection, StageModel
from solver.progress import Tell
from solver.stackup.cracks import PlacedCrack

_MOST = 400  # moves of a front in a step
_KEPT = "grown delamination "  # in front of the names of what checkpoints keep


@dataclass(frozen=True)
class Stands:
    """Where cracks stand at the end of a step.

    Attributes:
        setting: of the stage, with them.
        line: solved for it; that it began with if nothing has moved.
        growth: of each that is followed, by its name.
    """

    setting: StageModel
    line: SmallDeflection
    growth: Mapping[str, Growth]


class GrowingCracks:
    """The cracks that grow, from step to step.

    Args:
        case: with a process.
        starters: all cracks of its stack, as they begin.
    """

    def __init__(self, case: Case, starters: tuple[PlacedCrack, ...]) -> None:
        self._case, self._starters = case, starters
        given = case.geometry.delaminations
        self._toughness = {one.name: one.toughness.law for one in given if one.grows and one.toughness is not None}
        self._grown: dict[str, Integers] = {}  # crack -> plane cells it has taken

    @property
    def some(self) -> bool:
        """True if there are any."""
        return bool(self._toughness)

    def kept(self, comm: MPI.Intracomm) -> dict[str, Cells]:
        """What checkpoints keep: plane cells, in the piece of rank 0."""
        return {f"{_KEPT}{name}": on_first(comm, cells.astype(np.float64)) for name, cells in self._grown.items()}

    def restored(self, saved: Saved[Position], setting: StageModel) -> StageModel:
        """A stage with the cracks of a checkpoint. Collective."""
        mine = [name for name in saved.fields if name.startswith(_KEPT)]
        if not mine or not setting.stack_mesh.cracks:
            return setting
        self._grown = {name.removeprefix(_KEPT): saved.rows(name).astype(np.int64) for name in mine}
        return with_cracks(self._case, setting, self._cracks(setting.stack_mesh.cracked_plane))

    def follow(self, setting: StageModel, line: SmallDeflection, kelvin: float, tell: Tell) -> Stands:
        """Let them grow at the end of a step. Collective.

        Args:
            setting: of its last stage.
            line: solved for it with the cracks as they are.
            kelvin: its uniform temperature.
            tell: told of every move.
        """
        mine = [crack for crack in setting.stack_mesh.cracks if crack.placed.entry in self._toughness]
        if not mine:
            return Stands(setting, line, {})
        first, states = line, {crack.placed.name: list[GrowthState]() for crack in mine}
        for move in range(_MOST + 1):
            there = [one for one in line.problem.stack_mesh.cracks if one.placed.name in states]
            looked = {crack.placed.name: self._look(line.problem, crack, states[crack.placed.name]) for crack in there}
            goes_on = {name: cells for name, cells in looked.items() if len(cells)}
            if not goes_on or move == _MOST:
                break
            for name, cells in goes_on.items():
                self._grown[name] = np.union1d(self._grown.get(name, cells[:0]), cells)
            before, plane = line, setting.stack_mesh.cracked_plane
            setting = with_cracks(self._case, setting, self._cracks(plane))
            line = line_with(self._case, setting, before.problem)
            line.problem.solve(kelvin)
            tell(f"move {move + 1}, {', '.join(goes_on)}")
            if before is not first:
                before.destroy()
        starters = {placed.name: placed for placed in self._starters}
        return Stands(setting, line, {name: self._growth(starters[name], setting, states[name]) for name in states})

    def _look(self, solid: SmallDeflectionSolid, crack: Crack, states: list[GrowthState]) -> Integers:
        """Note the state of a crack; the plane cells it goes on to, none where it stands, or is all but through."""
        front = energy_release(solid, crack)
        energy = solid.stack_mesh.comm.allreduce(float(solid.strain_energy().sum()), MPI.SUM)
        ratio = utilised(front, self._toughness[crack.placed.entry]) if len(front.middle) else None
        state = GrowthState(
            1e6 * crack.area,
            None if ratio is None else float(front.best.max()),
            None if ratio is None else float(ratio.max()),
            1e3 * energy,
        )
        if states and states[-1].area_mm2 == state.area_mm2:
            states.pop()
        states.append(state)
        if ratio is None:
            return np.empty(0, dtype=np.int64)
        cells = ahead(crack, solid.stack_mesh.cracked_plane, ratio >= 1.0)
        return cells[:0] if np.isin(np.flatnonzero(crack.joined), cells).all() else cells

    def _cracks(self, plane: PlaneMesh) -> tuple[PlacedCrack, ...]:
        """All cracks of the stack as they are now."""
        found = []
        for placed in self._starters:
            cells = self._grown.get(placed.name)
            if cells is not None:
                quads = shapely.polygons(plane.points[plane.quads[cells]])
                found.append(replace(placed, polygon=shapely.union_all([placed.polygon, *quads])))
            else:
                found.append(placed)
        return tuple(found)

    def _growth(self, starter: PlacedCrack, setting: StageModel, states: list[GrowthState]) -> Growth:
        """Of a starter and what has become of it in a step."""
        plane = setting.stack_mesh.cracked_plane
        cells = self._grown.get(starter.name, np.empty(0, dtype=np.int64))
        corners = shapely.points(plane.points[plane.quads[cells].ravel()])
        last = states[-1]
        return Growth(
            last.area_mm2,
            last.area_mm2 - 1e6 * float(plane.areas[cells].sum()),
            1e6 * float(shapely.distance(starter.polygon, corners).max(initial=0.0)),
            len(states) - 1,
            last.utilisation is None or last.utilisation < 1.0,
            last.energy_release_j_per_m2,
            last.utilisation,
            tuple(states),
        )


def ahead(crack: Crack, plane: PlaneMesh, moves: Mask) -> Integers:
    """Plane cells ahead of the edges (n,) of a front that move on; one that moves alone takes those beside it along.

    A crack opens at nodes that nothing holds: a cell that goes ahead by itself has none.
    """
    cells = crack.sides[:, 1]
    alone = moves & np.isin(cells, _held(crack, plane, np.unique(cells[moves])))
    moves = moves | np.isin(crack.front, crack.front[alone]).any(axis=1)
    found = np.unique(cells[moves])
    return np.setdiff1d(found, _held(crack, plane, found))


def _held(crack: Crack, plane: PlaneMesh, cells: Integers) -> Integers:
    """Of plane cells that come apart those that cells beside them still hold at all corners."""
    joined = crack.joined.copy()
    joined[cells] = False
    touched = np.zeros(len(plane.points), dtype=bool)
    touched[plane.quads[joined].ravel()] = True
    return np.asarray(cells[touched[plane.quads[cells]].all(axis=1)])
