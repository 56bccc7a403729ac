"""Energy release rate of every delamination after every step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array, Mask
from solver.case.models import Case
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.physics.solid.energy_release import RINGS, Release, energy_release
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.slug import slug

_APART = 0.1  # part by which both ways may differ
_UNEVEN = 0.2  # the same of the cells ahead of and behind a front
_OVERLAP = 1e-3  # of the largest opening or sliding of its faces, that faces may overlap


@dataclass(frozen=True)
class CrackRelease:
    """The front of a delamination after a step.

    Attributes:
        energy_release_j_per_m2: largest along the front: by the domain integral where it holds, else by crack closure.
        at_x_mm, at_y_mm: where that is.
        mean_j_per_m2: over the front, the same.
        closure_j_per_m2: mean over the front, by crack closure.
        mode_1_j_per_m2, mode_2_j_per_m2, mode_3_j_per_m2: where it is largest, by crack closure: opening, shear along
            the growth, shear along the front.
        mode_mixity_deg: there, 0 for opening alone to 90 for shear alone.
        growth_um: length of the cell ahead there, which the mixity belongs to.
        domain_part: of the front, where the domain integral holds: one stack of materials within some cells of it.
        domain_j_per_m2: mean over that part, None if there is none.
        domain_closure_j_per_m2: the same by crack closure.
        spread: between domains of two to four rings of cells, mean over that part, as a part of it.
        overlap_um: most that the faces overlap: nothing holds them apart.
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


class CrackReading(Reading):
    """The delaminations of a case, at small deflection of elastic materials."""

    @staticmethod
    def wanted(case: Case) -> "CrackReading | None":
        """For a case with delaminations."""
        return CrackReading() if case.geometry.delaminations else None

    def read(self, step: SolvedStep) -> Found | None:
        """Of every delamination whose layers are there. Collective."""
        solid, found, tables = step.solid, dict[str, CrackRelease](), {}
        if not step.stack_mesh.cracks:
            return None
        if not isinstance(solid, SmallDeflectionSolid) or isinstance(solid, SmallDeflectionInTime):
            why = "elastic materials at small deflection"
            return Found(
                {}, {}, (f"step '{step.name}': the energy release rate of delaminations is known of {why} only",)
            )
        doubts: list[str] = []
        for number, crack in enumerate(step.stack_mesh.cracks, start=1):
            release = energy_release(solid, crack)
            if not len(release.middle):
                continue
            one = _summary(release)
            found[crack.placed.name] = one
            tables["_".join(word for word in ("crack", str(number), slug(crack.placed.name)) if word)] = _table(release)
            doubts += _doubts(f"step '{step.name}', delamination '{crack.placed.name}'", one, release)
        return Found(found, tables, tuple(doubts))


def _summary(release: Release) -> CrackRelease:
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
        float(release.mode[worst, 0]),
        float(release.mode[worst, 1]),
        float(release.mode[worst, 2]),
        float(release.mixity[worst]),
        1e6 * float(release.growth[worst, 0]),
        mean(clean.astype(np.float64)),
        domain,
        mean(release.total, clean) if clean.any() else None,
        mean(release.spread, clean) / abs(domain) if domain else None,
        1e6 * release.overlap,
    )


def _table(release: Release) -> dict[str, Array]:
    return {
        "x_mm": 1e3 * release.middle[:, 0],
        "y_mm": 1e3 * release.middle[:, 1],
        "ahead_x": release.ahead[:, 0],
        "ahead_y": release.ahead[:, 1],
        "energy_release_j_per_m2": release.best,
        "domain_holds": release.clean.astype(np.float64),
        "domain_j_per_m2": release.by_domain,
        "domain_spread_j_per_m2": release.spread,
        **{f"mode_{k + 1}_j_per_m2": release.mode[:, k] for k in range(3)},
        "mode_mixity_deg": release.mixity,
        "growth_um": 1e6 * release.growth[:, 0],
        "behind_um": 1e6 * release.growth[:, 1],
    }


def _doubts(where: str, found: CrackRelease, release: Release) -> Iterator[str]:
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
    if (np.abs(release.growth[:, 0] / release.growth[:, 1] - 1.0) > _UNEVEN).any():
        yield f"{where}: cells ahead of and behind its front differ in length; the modes are rough"
    if release.overlap > _OVERLAP * release.opening:
        yield f"{where}: its faces overlap by {found.overlap_um:.3g} um; contact is not solved, mode 1 is not true"


def in_words(found: Mapping[str, CrackRelease]) -> Iterator[str]:
    """The delaminations after a step, for the log."""
    for name, one in found.items():
        place = f"{one.at_x_mm:.4g}, {one.at_y_mm:.4g} mm"
        yield f"{name}: {one.energy_release_j_per_m2:.4g} J/m2 at {place}, mode mixity {one.mode_mixity_deg:.3g} deg"
