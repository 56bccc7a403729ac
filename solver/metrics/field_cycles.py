"""Cycles of the field that a package makes itself: temperatures of its parts under its own power."""

from typing import TYPE_CHECKING

from solver.case.life import Life, Use
from solver.units import ZERO_CELSIUS

if TYPE_CHECKING:
    from solver.metrics.heat_summary import HeatSummary


def heated(life: Life, found: "HeatSummary") -> Life:
    """A life whose uses have the temperatures of the parts they name.

    In a steady state the part is at its mean temperature under power, and the use says how cold it gets without; over
    time it goes from its lowest to its highest mean temperature.

    Args:
        life: as the case has it.
        found: of the heat problem of the case.
    """
    return life.model_copy(update={"mission": [_heated(use, found) for use in life.mission]})


def _heated(use: Use, found: "HeatSummary") -> Use:
    if use.heated is None:
        return use
    course = [found.readings.regions[use.heated].mean_temperature_degc]
    if found.transient is not None:
        course = [*found.transient.history.regions[use.heated].mean_temperature_degc]
    lowest = use.minimum if use.minimum is not None else min(course) + ZERO_CELSIUS
    return use.model_copy(update={"minimum": lowest, "maximum": max(course) + ZERO_CELSIUS})
