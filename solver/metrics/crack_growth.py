"""Growth of delaminations step by step: fronts move on by a cell wherever they release what the interface takes.

Every state is solved anew with the crack it has (E. F. Rybicki, M. F. Kanninen 1977: crack closure; G >= Gamma(psi)
edge by edge); materials are elastic, so it depends on the crack and the load alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import shapely

from meshes.cracks import Crack
from solver.arrays import Array, Integers
from solver.life.toughness import Toughness
from solver.metrics.crack_release import Growth, utilised
from solver.physics.solid.energy_release import Release, energy_release
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.stackup.cracks import PlacedCrack

_MOST = 400  # moves of a front in a step


class GrowingCracks:
    """The cracks that grow, from step to step.

    Args:
        toughness: of the delaminations that grow, by their name in the case.
    """

    def __init__(self, toughness: Mapping[str, Toughness]) -> None:
        self._toughness = dict(toughness)
        self._grown: dict[str, Integers] = {}  # crack -> plane cells it has taken

    @property
    def state(self) -> dict[str, Array]:
        """What it has come to, by names of its own."""
        return {f"grown delamination {name}": cells.astype(np.float64) for name, cells in self._grown.items()}

    @state.setter
    def state(self, arrays: Mapping[str, Array]) -> None:
        start = "grown delamination "
        self._grown = {
            name.removeprefix(start): cells.astype(np.int64) for name, cells in arrays.items() if name.startswith(start)
        }

    def follow(
        self, solid: SmallDeflectionSolid, solve: Callable[[tuple[PlacedCrack, ...]], SmallDeflectionSolid]
    ) -> dict[str, tuple[Growth, Release]]:
        """Let them grow at the end of a step: how far they have, and the fronts where they stand. Collective.

        Args:
            solid: solved with the starter cracks.
            solve: solves it again with other cracks.
        """
        starters = {crack.placed.name: crack for crack in solid.stack_mesh.cracks}
        mine = {name: one for name, one in starters.items() if one.placed.entry in self._toughness}
        if not mine:
            return {}
        moves, through, now = dict.fromkeys(mine, 0), set[str](), solid
        if any(name in self._grown for name in mine):
            now = solve(self._cracks(solid, starters))
        for _ in range(_MOST):
            there = {crack.placed.name: crack for crack in now.stack_mesh.cracks if crack.placed.name in mine}
            fronts = {name: energy_release(now, crack) for name, crack in there.items()}
            ahead = {name: self._ahead(crack, fronts[name]) for name, crack in there.items() if name not in through}
            ahead = {name: cells for name, cells in ahead.items() if len(cells)}
            if not ahead:
                break
            for name, cells in ahead.items():
                if np.isin(np.flatnonzero(there[name].joined), cells).all():
                    through.add(name)
                    continue
                self._grown[name] = np.union1d(self._grown.get(name, cells[:0]), cells)
                moves[name] += 1
            if through >= ahead.keys():
                break
            if now is not solid:
                now.destroy()
            now = solve(self._cracks(solid, starters))
        else:
            through |= ahead.keys()
        found = {
            name: (self._growth(solid, (starters[name], crack), fronts[name], moves[name], name not in through), front)
            for (name, crack), front in zip(there.items(), fronts.values(), strict=True)
        }
        if now is not solid:
            now.destroy()
        return found

    def _ahead(self, crack: Crack, front: Release) -> Integers:
        """Plane cells ahead of the edges that move on."""
        if not len(front.middle):
            return np.empty(0, dtype=np.int64)
        return np.unique(crack.sides[utilised(front, self._toughness[crack.placed.entry]) >= 1.0, 1])

    def _cracks(self, solid: SmallDeflectionSolid, starters: Mapping[str, Crack]) -> tuple[PlacedCrack, ...]:
        """All cracks of the stack as they are now."""
        stack, plane, found = solid.stack_mesh.stack, solid.stack_mesh.cracked_plane, []
        for placed in stack.cracks:
            cells = self._grown.get(placed.name)
            if cells is None or placed.name not in starters:
                found.append(placed)
                continue
            quads = shapely.polygons(plane.points[plane.quads[cells]])
            found.append(replace(placed, polygon=shapely.union_all([placed.polygon, *quads])))
        return tuple(found)

    def _growth(
        self, solid: SmallDeflectionSolid, cracks: tuple[Crack, Crack], front: Release, moves: int, arrested: bool
    ) -> Growth:
        """Of the starter and what it has become."""
        (starter, crack), plane = cracks, solid.stack_mesh.cracked_plane
        corners = plane.points[plane.quads[self._grown.get(crack.placed.name, np.empty(0, dtype=np.int64))].ravel()]
        reach = float(shapely.distance(starter.placed.polygon, shapely.points(corners)).max(initial=0.0))
        ratio = utilised(front, self._toughness[crack.placed.entry]) if len(front.middle) else None
        return Growth(
            1e6 * crack.area,
            1e6 * starter.area,
            1e6 * reach,
            moves,
            arrested,
            None if ratio is None else float(front.best.max()),
            None if ratio is None else float(ratio.max()),
        )
