"""Growth of delaminations at the ends of steps: fronts move on where they release what the interface takes.

Every state is solved anew with the crack it has, its faces pressing on each other (E. F. Rybicki, M. F. Kanninen 1977:
crack closure; G >= Gamma(psi) edge by edge); materials are elastic, so it depends on the crack and the load alone. The
stack goes on with the crack that stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
import shapely
from mpi4py import MPI

from meshes.cracks import Crack
from meshes.front_moves import ahead, edge_codes, reach
from meshes.plane import PlaneMesh
from solver.arrays import Array, Integers
from solver.case.models import Case
from solver.errors import NotConvergedError
from solver.life.toughness import Toughness
from solver.metrics.crack_release import Growth, GrowthState, utilised
from solver.physics.solid.energy_release import energy_release
from solver.process.checkpoint import Cells, Position, Saved
from solver.process.kept_in_time import on_first
from solver.process.other_cracks import line_with, with_cracks
from solver.process.stage_model import SmallDeflection, StageModel
from solver.progress import Tell
from solver.stackup.cracks import PlacedCrack

_MOST = 400  # solves of a step
_FAR = 8  # cells of a move at most, where the energy is well above what the interface takes
_NONE: Integers = np.empty(0, dtype=np.int64)
_KEPT = "grown delamination "  # in front of the names of what checkpoints keep
_SO_FAR, _STATES = "growing delamination ", "moves of delamination "  # the same of a step that goes on
_PACE = "pace of delaminations"


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


@dataclass(frozen=True)
class _Look:
    """The front of a crack.

    Attributes:
        crack: on the mesh.
        state: in numbers.
        ratio: (n,) of every edge, energy release rate over toughness; None without a front.
    """

    crack: Crack
    state: GrowthState
    ratio: Array | None


class _Fronts:
    """A solved stack with the fronts of its cracks that grow. Making it is collective.

    Args:
        setting: of the stage.
        line: solved for it.
        grown: crack -> plane cells it has taken.
        toughness: entry of the case -> of its interface.
        names: of the cracks.

    Attributes:
        looks: at every front that is there.
    """

    def __init__(
        self,
        setting: StageModel,
        line: SmallDeflection,
        grown: Mapping[str, Integers],
        toughness: Mapping[str, Toughness],
        names: Sequence[str],
    ) -> None:
        self.setting, self.line, self.grown = setting, line, dict(grown)
        solid = line.problem
        energy = solid.stack_mesh.comm.allreduce(float(solid.strain_energy().sum()), MPI.SUM)
        self.looks: dict[str, _Look] = {}
        for crack in solid.stack_mesh.cracks:
            if crack.placed.name in names:
                front = energy_release(solid, crack)
                ratio = utilised(front, toughness[crack.placed.entry]) if len(front.middle) else None
                state = GrowthState(
                    1e6 * crack.area,
                    None if ratio is None else float(front.best.max()),
                    None if ratio is None else float(ratio.max()),
                    1e3 * energy,
                )
                self.looks[crack.placed.name] = _Look(crack, state, ratio)

    def reach(self, pace: int) -> dict[str, tuple[Integers, Integers]]:
        """Of those that release what the interface takes, and are not all but through, as of `front_moves.reach`."""
        found, plane = {}, self.line.problem.stack_mesh.cracked_plane
        for name, look in self.looks.items():
            if look.ratio is not None:
                cells = ahead(look.crack, plane, look.ratio >= 1.0)
                if len(cells) and not np.isin(np.flatnonzero(look.crack.joined), cells).all():
                    found[name] = reach(look.crack, plane, look.ratio, pace)
        return found

    def stops_short(self, name: str, ends: Integers) -> bool:
        """True if at one of some edges (m, 2) a front releases less than the interface takes: it stood before."""
        look = self.looks.get(name)
        if look is None or look.ratio is None or not len(ends):
            return False
        there = np.isin(edge_codes(look.crack.front), edge_codes(ends))
        return bool((look.ratio[there] < 1.0).any())


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
        self._so_far: Mapping[str, Sequence[GrowthState]] = {}  # of the moves of a step that goes on
        self._pace = 1, _FAR  # cells of the next move, and the most
        self._begins: tuple[dict[str, Integers], dict[str, list[GrowthState]]] | None = None  # the same, resumed

    @property
    def some(self) -> bool:
        """True if there are any."""
        return bool(self._toughness)

    def kept(self, comm: MPI.Intracomm) -> dict[str, Cells]:
        """What checkpoints keep between steps: plane cells, in the piece of rank 0."""
        return {f"{_KEPT}{name}": on_first(comm, cells.astype(np.float64)) for name, cells in self._grown.items()}

    def kept_so_far(self, comm: MPI.Intracomm) -> dict[str, Cells]:
        """What they keep besides of the moves of a step that goes on."""
        found = {_PACE: on_first(comm, np.array(self._pace, dtype=np.float64))} if self._so_far else {}
        for name, states in self._so_far.items():
            rows = np.array([[np.nan if one is None else one for one in astuple(state)] for state in states])
            found[f"{_STATES}{name}"] = on_first(comm, rows)
            found[f"{_SO_FAR}{name}"] = on_first(comm, self._grown.get(name, _NONE).astype(np.float64))
        return found

    def resume(self, saved: Saved[Position]) -> None:
        """Go on in the next step from the moves that a checkpoint has of it. Collective."""
        mine = [name.removeprefix(_STATES) for name in saved.fields if name.startswith(_STATES)]
        if mine:
            rows = {name: saved.rows(f"{_STATES}{name}").reshape(-1, 4) for name in mine}
            states = {name: [_state(row) for row in rows[name]] for name in mine}
            self._pace = int(saved.rows(_PACE)[0]), int(saved.rows(_PACE)[1])
            self._begins = {name: saved.rows(f"{_SO_FAR}{name}").astype(np.int64) for name in mine}, states

    def restored(self, saved: Saved[Position], setting: StageModel) -> StageModel:
        """A stage with the cracks of a checkpoint. Collective."""
        mine = [name for name in saved.fields if name.startswith(_KEPT)]
        if not mine or not setting.stack_mesh.cracks:
            return setting
        self._grown = {name.removeprefix(_KEPT): saved.rows(name).astype(np.int64) for name in mine}
        return with_cracks(self._case, setting, self._cracks(setting.stack_mesh.cracked_plane, self._grown))

    def follow(
        self, setting: StageModel, line: SmallDeflection, kelvin: float, tell: Tell, keep: Callable[[], None]
    ) -> Stands:
        """Let them grow at the end of a step. Collective.

        Args:
            setting: of its last stage.
            line: solved for it with the cracks as they are.
            kelvin: its uniform temperature.
            tell: told of every move.
            keep: called after every move, may raise.
        """
        mine = [crack for crack in setting.stack_mesh.cracks if crack.placed.entry in self._toughness]
        if not mine:
            return Stands(setting, line, {})
        here, states = self._begun(setting, line, kelvin, [crack.placed.name for crack in mine])
        (pace, most), tried = self._pace, 0
        while (goes_to := here.reach(pace)) and tried < _MOST:
            there = self._tried(here, goes_to, kelvin)
            tried += 1
            if there is None:
                if pace == 1:
                    break  # too little holds the layers together
                pace, most = 1, max(1, pace // 2)
                continue
            self._grown = there.grown
            for name, look in there.looks.items():
                if look.state.area_mm2 != states[name][-1].area_mm2:
                    states[name].append(look.state)
                else:
                    states[name][-1] = look.state
            pace = min(2 * pace, most)
            self._so_far, self._pace = states, (pace, most)
            tell(f"move {max(map(len, states.values())) - 1}, {', '.join(goes_to)}")
            if here.line is not line:
                here.line.destroy()
            here = there
            keep()
        self._so_far, self._pace = {}, (1, _FAR)
        starters = {placed.name: placed for placed in self._starters}
        growth = {name: self._growth(starters[name], here.setting, some) for name, some in states.items()}
        return Stands(here.setting, here.line, growth)

    def _begun(
        self, setting: StageModel, line: SmallDeflection, kelvin: float, names: Sequence[str]
    ) -> tuple["_Fronts", dict[str, list[GrowthState]]]:
        """Where the moves of a step begin, or went on to before the run was interrupted, and the states until there."""
        here = _Fronts(setting, line, self._grown, self._toughness, names)
        known, self._begins = self._begins, None
        if known is None:
            return here, {name: [look.state] for name, look in here.looks.items()}
        grown, states = known
        return self._moved(here, grown, kelvin), {name: list(some) for name, some in states.items()}

    def _tried(
        self, here: "_Fronts", goes_to: Mapping[str, tuple[Integers, Integers]], kelvin: float
    ) -> "_Fronts | None":
        """The stack after a move; None where one by several cells passes a place to stand, or nothing stands then."""
        try:
            there = self._moved(here, {name: cells for name, (cells, _) in goes_to.items()}, kelvin)
        except NotConvergedError:
            return None
        if any(there.stops_short(name, ends) for name, (_, ends) in goes_to.items()):
            there.line.destroy()
            return None
        return there

    def _moved(self, here: "_Fronts", cells: Mapping[str, Integers], kelvin: float) -> "_Fronts":
        """The stack solved with some plane cells apart, too."""
        before, plane = here.line.problem, here.setting.stack_mesh.cracked_plane
        grown = dict(here.grown)
        for name, some in cells.items():
            grown[name] = np.union1d(grown.get(name, some[:0]), some)
        setting = with_cracks(self._case, here.setting, self._cracks(plane, grown))
        line = line_with(self._case, setting, before)
        line.problem.presses_as(before)
        line.problem.solve(kelvin)
        return _Fronts(setting, line, grown, self._toughness, list(here.looks))

    def _cracks(self, plane: PlaneMesh, grown: Mapping[str, Integers]) -> tuple[PlacedCrack, ...]:
        """All cracks of the stack with the plane cells they have taken."""
        found = []
        for placed in self._starters:
            cells = grown.get(placed.name)
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


def _state(row: Array) -> GrowthState:
    """Of its numbers, NaN for None."""
    area, release, utilisation, energy = (float(one) for one in row)
    return GrowthState(
        area, None if np.isnan(release) else release, None if np.isnan(utilisation) else utilisation, energy
    )
