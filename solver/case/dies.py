"""Which regions of a case are its dies: those it names, or the usual ones."""

import numpy as np

from solver.case.models import Case
from solver.case.report import DieShift

_MANY = 4  # dies from which on their shift is read without being asked for


def dies_of(case: Case) -> DieShift | None:
    """The dies a case names, or a grid of regions called `die...` in the highest layer that has one; None: none."""
    if case.report.die_shift is not None:
        return case.report.die_shift
    for layer in reversed(case.geometry.layers):
        for region in layer.regions:
            many = region.grid is not None and np.prod(region.grid.count) >= _MANY
            if many and region.name.lower().startswith("die"):
                return DieShift(region=region.name, layer=layer.name)
    return None


def layer_of(case: Case, wanted: DieShift) -> str:
    """The layer they are in."""
    return wanted.layer or next(
        layer.name for layer in case.geometry.layers if wanted.region in [region.name for region in layer.regions]
    )
