"""Misalignment of vias to pads: what a correction leaves of the pads' displacement, and what errors add to it.

Errors that are known add as vectors, independent ones by their squares: overlay as the mean and three standard
deviations (H. J. Levinson, Principles of Lithography, 4th ed., SPIE (2019), ch. 6). With errors of one sigma along both
axes the distance of a via from its pad has the distribution of S. O. Rice (Bell Syst. Tech. J. 24 (1945) 46).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.arrays import Array, Integers, Mask
from solver.case.via_landing import CORRECTIONS, Corrected, ViaLanding
from solver.metrics import alignment

_SIGMAS = 3.0  # that errors are given by
_GROWS = 1e-12  # m: rounding of a room that is just enough


@dataclass(frozen=True)
class Pads:
    """Where pads went.

    Attributes:
        xy: (n, 2) as drawn (m), on the whole panel.
        u: (n, 2) displacement in the plane (m).
        groups: correction -> (n,) number of the pattern that is corrected as one, -1 for pads it does not expose.
    """

    xy: Array
    u: Array
    groups: dict[Corrected, Integers]

    def left(self, correction: Corrected, wanted: ViaLanding) -> Array:
        """(n, 2) displacement that a correction leaves (m), NaN where it does not expose or not determine it."""
        if correction == "none":
            return self.u
        group = self.groups[correction]
        found = np.full_like(self.u, np.nan)
        order = np.argsort(group, kind="stable")
        first = np.flatnonzero(np.diff(group[order], prepend=-2))
        for mine in np.split(order, first[1:]) if len(order) else ():
            fitted = None if group[mine[0]] < 0 else alignment.fit(self.xy[mine], self.u[mine], wanted.terms)
            if fitted is not None:
                found[mine] = fitted[1]
        return found


@dataclass(frozen=True)
class Landing:
    """Vias of one layer after one correction.

    Attributes:
        left: (n, 2) known misalignment (m), NaN where no via is exposed.
        random: r, of errors that no model knows (m).
        wanted: sizes and rule.
    """

    left: Array
    random: float
    wanted: ViaLanding

    @property
    def off(self) -> Array:
        """(n,) misalignment that has to be reckoned with (m)."""
        return np.asarray(np.hypot(*self.left.T) + self.random)

    @property
    def lands(self) -> Mask:
        """(n,) True for vias on their pads, with the ring that is asked for."""
        return self.off <= self.wanted.room + _GROWS

    def summary(self) -> dict[str, Any]:
        """Entry of the summary of one correction."""
        there = ~np.isnan(self.off)
        off, wanted = self.off[there], self.wanted
        known = np.hypot(*self.left[there].T)
        if not len(off):
            return {"vias": 0}
        return {
            "vias": len(off),
            "not_exposed": int((~there).sum()),
            "known_mean_um": 1e6 * float(known.mean()),
            "known_max_um": 1e6 * float(known.max()),
            "random_um": 1e6 * self.random,
            "misalignment_max_um": 1e6 * float(off.max()),
            "least_ring_um": 1e6 * float((wanted.pad - wanted.via) / 2 - off.max()),
            "share_landing": float(self.lands[there].mean()),
            "probability_of_landing": self._probability(known),
            "pad_for_all_um": 1e6 * float(wanted.via + 2 * (wanted.annular_ring + off.max())),
        }

    def _probability(self, known: Array) -> float | None:
        """Mean over the vias of the probability that errors of one sigma along x and y leave them on their pads."""
        if self.wanted.combine != "rss":
            return None
        if self.random == 0.0:
            return float((known <= self.wanted.room + _GROWS).mean())
        from scipy.stats import ncx2  # SciPy takes its time to start, and most runs need none of it

        sigma = self.random / _SIGMAS
        return float(ncx2.cdf((self.wanted.room / sigma) ** 2, 2, (known / sigma) ** 2).mean())


def landings(pads: Pads, wanted: ViaLanding) -> Iterator[tuple[Corrected, Landing]]:
    """All corrections that apply to pads, with what they leave."""
    for correction in CORRECTIONS:
        if correction == "none" or correction in pads.groups:
            yield correction, Landing(pads.left(correction, wanted), wanted.random(correction), wanted)


def in_words(entries: dict[str, Any] | None) -> Iterator[str]:
    """What is said of the layers of vias of a step: their entries in the summary."""
    for name, found in (entries or {}).items():
        if found["vias"]:
            off, share = found["misalignment_max_um"], 100 * found["share_landing"]
            yield (
                f"vias '{name}' ({found['correction']} corrected): off by {off:.3g} um at most, {share:.4g} % land; "
                f"pads of {found['pad_for_all_um']:.3g} um would take all"
            )
