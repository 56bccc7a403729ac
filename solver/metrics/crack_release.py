"""The front of a delamination in numbers: what is released, by which modes, and how it stands against the toughness."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Array, Mask
from solver.life.toughness import Toughness
from solver.output.summary import IF_ANY
from solver.physics.solid.crack_front import RINGS
from solver.physics.solid.energy_release import Release
from solver.units import in_percent

_APART = 0.1  # part by which both ways may differ
_UNEVEN = 0.05  # the same of the cells ahead of and behind a front
_TOO_LARGE = 0.4  # closure goes with this power of the cells behind over those ahead: 0.12 to 0.4 on strips
_TURNS = 3.5  # degrees the mixity turns by for each e-fold of the same: 0 to 3.3 on strips of one and of two materials
_TURNED = 1.0  # degrees that it may be off unnoticed
_OVERLAP = 1e-3  # of the largest opening or sliding of its faces, that faces may overlap


@dataclass(frozen=True)
class Critical:
    """Where a front is nearest to growing.

    Attributes:
        utilisation: energy release rate over the toughness at the mode there; the front grows from 1 on.
        toughness_j_per_m2: there.
        at_x_mm, at_y_mm: the place.
        mode_mixity_deg: there.
    """

    utilisation: float
    toughness_j_per_m2: float
    at_x_mm: float
    at_y_mm: float
    mode_mixity_deg: float


@dataclass(frozen=True)
class SizeRelease:
    """What a starter crack of another size would release.

    Attributes:
        factor: of the shape in the case.
        area_mm2: of the part of the crack that is modelled.
        energy_release_j_per_m2: largest along the front.
        mean_j_per_m2: over the front.
        mode_mixity_deg: where it is largest.
        utilisation: as of `Critical`, None without a toughness.
    """

    factor: float
    area_mm2: float
    energy_release_j_per_m2: float
    mean_j_per_m2: float
    mode_mixity_deg: float
    utilisation: float | None


@dataclass(frozen=True)
class GrowthState:
    """A delamination on its way through a step, under the load of its end.

    Attributes:
        area_mm2: of the part of it that is modelled.
        energy_release_j_per_m2, utilisation: largest along the front, and over the toughness; None without a front.
        strain_energy_mj: of the part of the stack that is modelled.
    """

    area_mm2: float
    energy_release_j_per_m2: float | None
    utilisation: float | None
    strain_energy_mj: float


@dataclass(frozen=True)
class Growth:
    """How far a delamination has grown by the end of a step.

    Attributes:
        area_mm2: of the part of it that is modelled; `starter_area_mm2` of that it began as.
        reach_um: how far from the starter crack it has come.
        moves: of its front in this step, by a cell or by strips of several.
        arrested: False where it went on until the layers hung together no more, or beyond all bounds.
        energy_release_j_per_m2, utilisation: largest along the front where it stands, and over the toughness; None
            where there is no front any more.
        states: before the first of the moves and after each.
    """

    area_mm2: float
    starter_area_mm2: float
    reach_um: float
    moves: int
    arrested: bool
    energy_release_j_per_m2: float | None
    utilisation: float | None
    states: tuple[GrowthState, ...]


@dataclass(frozen=True)
class CrackRelease:
    """The front of a delamination after a step.

    Attributes:
        energy_release_j_per_m2: largest along the front: by the domain integral where it holds, else by crack closure.
        at_x_mm, at_y_mm: where that is.
        mean_j_per_m2: over the front, the same.
        closure_j_per_m2: mean over the front, by crack closure.
        mode_1_j_per_m2, mode_2_j_per_m2, mode_3_j_per_m2: of the largest, in the ratio crack closure tells: opening,
            shear along the growth, shear along the front.
        mode_mixity_deg: there, 0 for opening alone to 90 for shear alone.
        growth_um: length of the cell ahead there, which the mixity belongs to.
        domain_part: of the front, where the domain integral holds: one stack of materials within some cells of it.
        domain_j_per_m2: mean over that part, None if there is none.
        domain_closure_j_per_m2: the same by crack closure.
        spread: between domains of two to four rings of cells, mean over that part, as a part of it.
        overlap_um: most that the faces overlap: they press on each other, so next to nothing.
        critical: where the front is nearest to growing, if the toughness is known.
        over_size: the same of starter cracks of other sizes, ascending, this one among them.
        growth: how far it has grown, of one that is followed.
    """

    energy_release_j_per_m2: float
    at_x_mm: float
    at_y_mm: float
    mean_j_per_m2: float
    closure_j_per_m2: float
    mode_1_j_per_m2: float
    mode_2_j_per_m2: float
    mode_3_j_per_m2: float
    mode_mixity_deg: float
    growth_um: float
    domain_part: float
    domain_j_per_m2: float | None
    domain_closure_j_per_m2: float | None
    spread: float | None
    overlap_um: float
    critical: Critical | None = field(default=None, metadata=IF_ANY)
    over_size: tuple[SizeRelease, ...] | None = field(default=None, metadata=IF_ANY)
    growth: Growth | None = field(default=None, metadata=IF_ANY)


def summary(release: Release, toughness: Toughness | None) -> CrackRelease:
    """A front in numbers.

    Args:
        release: of its edges, one or more.
        toughness: of the interface, if it is known.
    """
    worst, clean = int(np.argmax(release.best)), release.clean

    def mean(values: Array, part: Mask | slice = slice(None)) -> float:
        return float((values * release.length)[part].sum() / release.length[part].sum())

    domain = mean(release.by_domain, clean) if clean.any() else None
    return CrackRelease(
        float(release.best[worst]),
        1e3 * float(release.middle[worst, 0]),
        1e3 * float(release.middle[worst, 1]),
        mean(release.best),
        mean(release.total),
        float(release.parts[worst, 0]),
        float(release.parts[worst, 1]),
        float(release.parts[worst, 2]),
        float(release.mixity[worst]),
        1e6 * float(release.growth[worst, 0]),
        mean(clean.astype(np.float64)),
        domain,
        mean(release.total, clean) if clean.any() else None,
        mean(release.spread, clean) / abs(domain) if domain else None,
        1e6 * release.overlap,
        None if toughness is None else _critical(release, toughness),
    )


def utilised(release: Release, toughness: Toughness) -> Array:
    """(n,) energy release rate of every edge over the toughness at its mode."""
    return np.asarray(release.best / toughness.at(np.radians(release.mixity)))


def _critical(release: Release, toughness: Toughness) -> Critical:
    ratio = utilised(release, toughness)
    worst = int(np.argmax(ratio))
    bears = float(toughness.at(np.radians(release.mixity[worst : worst + 1]))[0])
    x, y = 1e3 * release.middle[worst]
    return Critical(float(ratio[worst]), bears, float(x), float(y), float(release.mixity[worst]))


def table(release: Release, toughness: Toughness | None) -> dict[str, Array]:
    """Columns with a row for every edge of a front."""
    known = {} if toughness is None else {"utilisation": utilised(release, toughness)}
    return {
        "x_mm": 1e3 * release.middle[:, 0],
        "y_mm": 1e3 * release.middle[:, 1],
        "ahead_x": release.ahead[:, 0],
        "ahead_y": release.ahead[:, 1],
        "energy_release_j_per_m2": release.best,
        **known,
        "domain_holds": release.clean.astype(np.float64),
        "domain_j_per_m2": release.by_domain,
        "domain_spread_j_per_m2": release.spread,
        "closure_j_per_m2": release.total,
        **{f"mode_{k + 1}_j_per_m2": release.parts[:, k] for k in range(3)},
        "mode_mixity_deg": release.mixity,
        "growth_um": 1e6 * release.growth[:, 0],
        "behind_um": 1e6 * release.growth[:, 1],
    }


def doubts(where: str, found: CrackRelease, release: Release) -> Iterator[str]:
    """What makes a front doubtful, and that it grows, a line each."""
    critical = found.critical
    if critical is not None and critical.utilisation >= 1.0:
        yield (
            f"{where}: it grows: at {critical.at_x_mm:.4g}, {critical.at_y_mm:.4g} mm it releases "
            f"{critical.utilisation:.3g} times the {critical.toughness_j_per_m2:.3g} J/m2 the interface takes"
        )
    domain, closure = found.domain_j_per_m2, found.domain_closure_j_per_m2
    if domain is not None and closure is not None and abs(closure - domain) > _APART * max(abs(domain), abs(closure)):
        yield f"{where}: {domain:.3g} J/m2 by the domain integral, {closure:.3g} by crack closure: refine the front"
    if found.domain_part < 1.0:
        part = f"{100.0 * (1.0 - found.domain_part):.3g} % of its front"
        yield (
            f"{where}: within {max(RINGS)} cells of {part} a material changes, the stack ends or its cells are coarse: "
            "crack closure alone tells the energy there, which depends on the mesh where the front is an edge of a "
            "material"
        )
    yield from _uneven(where, release)
    yield from _at_its_end(where, release)
    if release.overlap > _OVERLAP * release.opening:
        yield f"{where}: its faces overlap by {found.overlap_um:.3g} um, their contact was not found: mode 1 is wrong"


def _at_its_end(where: str, release: Release) -> Iterator[str]:
    """The largest is where the front ends at a face, at an angle that is its own: three dimensional and singular."""
    best, inside = release.best, ~release.last
    if release.last[np.argmax(best)] and inside.any() and best.max() > (1.0 + _APART) * best[inside].max():
        yield (
            f"{where}: its largest, {best.max():.3g} J/m2, is within two cells of where its front ends at a face, and "
            f"depends on the mesh there; farther inside it is {best[inside].max():.3g} at most"
        )


def _uneven(where: str, release: Release) -> Iterator[str]:
    """Cells of another length behind a front than ahead of it: the energy is off if closure tells it, else its mode."""
    behind = release.growth[:, 1] / release.growth[:, 0]
    for holds in (False, True):
        some = behind[release.clean == holds]
        worst = float(some[np.argmax(np.abs(np.log(some)))]) if len(some) else 1.0
        says = f"{where}: cells behind its front are {worst:.3g} times as long as those ahead"
        turned = _TURNS * abs(np.log(worst))
        if not holds and abs(worst - 1.0) > _UNEVEN:
            off = in_percent(abs(worst**_TOO_LARGE - 1.0))
            yield f"{says}: crack closure and its modes are off by up to {off} where it alone tells the energy"
        elif holds and turned > _TURNED:
            yield f"{says}: its mode mixity is off by up to {turned:.2g} deg there"
