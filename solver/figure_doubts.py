"""What makes figures of merit doubtful, in words: heat that goes elsewhere, limits passed, reciprocity that is off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SHARE = 0.95  # of the power, for a theta to be what its name says
_RECIPROCITY = 1e-6


def side_paths(resistances: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A theta of which a part of the heat knows nothing."""
    for key, found in resistances.items():
        share = found.get("heat_share")
        if share is not None and not _SHARE <= share <= 2.0 - _SHARE:
            yield (
                f"{key.removesuffix('_k_per_w')}: {100 * share:.3g} % of the power leaves through "
                f"{found['heat_through']}; a resistance in this sense wants all of it there: insulate the other faces, "
                "or call it a psi"
            )


def too_hot(margins: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Limits that are passed."""
    for found in margins:
        if found["margin_k"] < 0:
            yield (
                f"{found['region']}: {found['temperature_degc']:.4g} degC is {-found['margin_k']:.3g} K above its "
                f"limit of {found['limit_degc']:.4g} degC"
            )


def asymmetric(influence: Mapping[str, Any]) -> Iterator[str]:
    """Influences that are not reciprocal."""
    if influence["asymmetry"] > _RECIPROCITY:
        yield (
            f"influence of the sources on each other: K_ij and K_ji differ by {influence['asymmetry']:.1e} of the "
            "largest K; the linear solves are not exact enough"
        )
