"""What makes figures of merit doubtful, in words: heat that goes elsewhere, limits passed, reciprocity that is off."""

from collections.abc import Iterator, Mapping, Sequence

from solver.metrics.heat_summary import ImpedanceSummary, InfluenceSummary, Margin, ResistanceReading
from solver.metrics.resistances import is_whole
from solver.units import in_percent

_RECIPROCITY = 1e-6
_FIT = 0.01  # relative
_SETTLED = 0.02  # of the resistance


def side_paths(resistances: Mapping[str, ResistanceReading]) -> Iterator[str]:
    """A theta of which a part of the heat knows nothing."""
    for key, found in resistances.items():
        share = found.heat_share
        if share is not None and found.kind.startswith("theta") and not is_whole(share):
            yield (
                f"{key.removesuffix('_k_per_w')}: {100 * share:.3g} % of the power leaves through "
                f"{found.heat_through}; a resistance in this sense wants all of it there: insulate the other faces, "
                "or call it a psi"
            )


def misnamed(resistances: Mapping[str, ResistanceReading]) -> Iterator[str]:
    """A name of a standard in an environment that is not its own."""
    for key, found in resistances.items():
        if found.departs:
            yield (
                f"{key.removesuffix('_k_per_w')}: {found.departs}; compare it with no datasheet, or ask for "
                "`kind: other` with a name of its own"
            )


def too_hot(margins: Sequence[Margin]) -> Iterator[str]:
    """Limits that are passed."""
    for found in margins:
        if found.margin_k < 0:
            yield (
                f"{found.region}: {found.temperature_degc:.4g} degC is {-found.margin_k:.3g} K above its "
                f"limit of {found.limit_degc:.4g} degC"
            )


def asymmetric(influence: InfluenceSummary) -> Iterator[str]:
    """Influences that are not reciprocal."""
    if influence.asymmetry > _RECIPROCITY:
        yield (
            f"influence of the sources on each other: K_ij and K_ji differ by {influence.asymmetry:.1e} of the "
            "largest K; the linear solves are not exact enough"
        )


def impedance(found: ImpedanceSummary) -> Iterator[str]:
    """A response that begins before the mesh can follow, ends before it has settled, or is that of no network."""
    first, last = found.time_s[0], found.time_s[-1]
    if found.resolved_from_s > 1.5 * first:
        yield (
            f"impedance: the cells beside the junction are too high for what happens before "
            f"{found.resolved_from_s:.2g} s, where the curve is too low; give their layers more `cells`, or split a "
            "thin layer off at the junction"
        )
    total = float(sum(found.networks.foster.resistance_k_per_w))
    left = 1.0 - found.mean_k_per_w[-1] / total
    if left > _SETTLED:
        yield (
            f"impedance: about {in_percent(left)} of the resistance are still to come after {last:.3g} s; a later "
            "`end` in analysis.impedance sees them"
        )
    if found.networks.fit_error > _FIT:
        off = in_percent(found.networks.fit_error)
        yield f"impedance: the Foster network is off by {off} somewhere; ask for more times"
