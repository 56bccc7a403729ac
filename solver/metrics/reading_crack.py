"""Energy release rate of every delamination after every step, and of starter cracks of other sizes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from solver.arrays import Array
from solver.case.geometry import Delamination
from solver.case.models import Case
from solver.life.toughness import Toughness
from solver.metrics.crack_release import CrackRelease, Growth, GrowthState, SizeRelease, doubts, summary, table
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import entry
from solver.physics.solid.energy_release import energy_release
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.slug import slug
from solver.stackup.cracks import OtherSize

Fronts = dict[str, CrackRelease]


class CrackReading(Reading):
    """The delaminations of a case, at small deflection of elastic materials.

    Args:
        case: with delaminations.
    """

    def __init__(self, case: Case) -> None:
        self._toughness = toughnesses(case.geometry.delaminations)

    @staticmethod
    def wanted(case: Case) -> "CrackReading | None":
        """For a case with delaminations."""
        return CrackReading(case) if case.geometry.delaminations else None

    def read(self, step: SolvedStep) -> Found | None:
        """Of every delamination whose layers are there. Collective."""
        solid = step.solid
        if not step.stack_mesh.cracks or any(crack.placed.cohesive for crack in step.stack_mesh.cracks):
            return None
        if not isinstance(solid, SmallDeflectionSolid) or isinstance(solid, SmallDeflectionInTime):
            why = "elastic materials at small deflection"
            return Found(
                {}, {}, (f"step '{step.name}': the energy release rate of delaminations is known of {why} only",)
            )
        found, tables, said = fronts(f"step '{step.name}'", solid, self._toughness)
        over_size, refused = self._over_size(step, found)
        for name, sizes in over_size.items():
            found[name] = replace(found[name], over_size=sizes)
            tables[f"crack_sizes_{slug(name)}"] = _columns(sizes)
        for name, growth in step.growth.items():
            if name in found:
                found[name] = replace(found[name], growth=growth)
            if growth.moves:
                tables[f"crack_growth_{slug(name)}"] = _columns(growth.states)
            said += _grown(f"step '{step.name}', delamination '{name}'", growth)
        return Found({name: entry(one) for name, one in found.items()}, tables, (*said, *refused))

    def _over_size(self, step: SolvedStep, found: Fronts) -> tuple[dict[str, tuple[SizeRelease, ...]], list[str]]:
        """Of every delamination that is asked for in other sizes."""
        others = step.stack_mesh.stack.other_sizes
        if others and step.with_cracks is None:
            return {}, [f"step '{step.name}': other sizes of delaminations are known at uniform temperatures only"]
        area = {crack.placed.name: crack.area for crack in step.stack_mesh.cracks}
        mine = {other.entry for other in others}
        sizes = {
            crack.name: [_of_size(1.0, area[crack.name], found[crack.name])]
            for crack in step.stack_mesh.stack.cracks
            if crack.entry in mine and crack.name in found
        }
        for other in others:
            for name, one in self._of_other(step, other):
                sizes.setdefault(name, []).append(one)
        return {
            name: tuple(sorted(some, key=lambda one: one.factor)) for name, some in sizes.items() if name in found
        }, []

    def _of_other(self, step: SolvedStep, other: OtherSize) -> Iterator[tuple[str, SizeRelease]]:
        assert step.with_cracks is not None
        now = {crack.name: crack for crack in step.stack_mesh.stack.cracks}  # others may have grown
        solid = step.with_cracks(
            tuple(crack if crack.entry == other.entry else now[crack.name] for crack in other.cracks)
        )
        toughness = self._toughness.get(other.entry)
        for crack in solid.stack_mesh.cracks:
            if crack.placed.entry == other.entry:
                release = energy_release(solid, crack)
                if len(release.middle):
                    yield crack.placed.name, _of_size(other.factor, crack.area, summary(release, toughness))
        solid.destroy()


def fronts(
    where: str, solid: SmallDeflectionSolid, toughness: Mapping[str, Toughness]
) -> tuple[Fronts, dict[str, dict[str, Array]], list[str]]:
    """The starter cracks of a stack: entries by name, tables by name, and what makes them doubtful. Collective.

    Args:
        where: it is, for messages.
        solid: in equilibrium, elastic.
        toughness: of interfaces by name of the delamination, as far as it is known.
    """
    found, tables, said = Fronts(), {}, list[str]()
    for number, crack in enumerate(solid.stack_mesh.cracks, start=1):
        release, bears = energy_release(solid, crack), toughness.get(crack.placed.entry)
        if not len(release.middle):
            continue
        found[crack.placed.name] = one = summary(release, bears)
        name = "_".join(word for word in ("crack", str(number), slug(crack.placed.name)) if word)
        tables[name] = table(release, bears)
        said += doubts(f"{where}, delamination '{crack.placed.name}'", one, release)
    return found, tables, said


def toughnesses(given: Sequence[Delamination]) -> dict[str, Toughness]:
    """Laws of interfaces by name of the delamination, of those that have one."""
    return {one.name: one.toughness.law for one in given if one.toughness is not None}


def _grown(where: str, growth: Growth) -> Iterator[str]:
    if not growth.arrested:
        yield f"{where}: it does not stand before the layers are apart altogether"
    elif growth.moves:
        stands = "" if growth.utilisation is None else f", where it releases {growth.utilisation:.3g} of its toughness"
        yield f"{where}: it has grown by {growth.reach_um:.4g} um to {growth.area_mm2:.4g} mm2{stands}"


def _of_size(factor: float, area: float, one: CrackRelease) -> SizeRelease:
    return SizeRelease(
        factor,
        1e6 * area,
        one.energy_release_j_per_m2,
        one.mean_j_per_m2,
        one.mode_mixity_deg,
        None if one.critical is None else one.critical.utilisation,
    )


def _columns(found: Sequence[SizeRelease | GrowthState]) -> dict[str, Array]:
    rows = [entry(one) for one in found]
    return {key: np.array([float("nan") if row[key] is None else row[key] for row in rows]) for key in rows[0]}


def in_words(found: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The delaminations after a step, for the log."""
    for name, one in found.items():
        place = f"{one['at_x_mm']:.4g}, {one['at_y_mm']:.4g} mm"
        words = f"{name}: {one['energy_release_j_per_m2']:.4g} J/m2 at {place}, "
        words += f"mode mixity {one['mode_mixity_deg']:.3g} deg"
        if critical := one.get("critical"):
            words += f", {critical['utilisation']:.3g} of its toughness"
        yield words
