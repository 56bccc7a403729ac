"""Overlay and flatness of exposure fields after every step, against the drawing or a step before."""

from collections.abc import Mapping

import numpy as np

from solver.arrays import Array
from solver.case.models import Case
from solver.case.report import DESIGN, Lithography
from solver.metrics import lithography
from solver.metrics.reading import Found, Reading, SolvedStep

_SITES = ("centres", "xy", "u")


class LithographyReading(Reading):
    """Of the exposure fields of a case; nothing of a package that was cut out.

    Args:
        wanted: fields, correction and reference.
    """

    def __init__(self, wanted: Lithography) -> None:
        self._wanted = wanted
        self._sites: lithography.Sites | None = None

    @staticmethod
    def wanted(case: Case) -> "LithographyReading | None":
        """Where a case asks for it."""
        return None if case.report.lithography is None else LithographyReading(case.report.lithography)

    def read(self, step: SolvedStep) -> Found | None:
        """What an exposure of every field of a step leaves. Collective."""
        if step.stack_mesh.stack.cut_out:
            return None
        wanted = self._wanted
        found = lithography.measure(step.stack_mesh, step.displacement, step.frame, wanted)
        if found is not None and wanted.reference != DESIGN:
            if step.name == wanted.reference:
                self._sites = found
            found = None if self._sites is None or step.name == wanted.reference else found.since(self._sites)
        if found is None:
            return None
        exposure = lithography.evaluate(found, wanted.correction, wanted.depth_of_focus)
        if exposure is None:
            return None
        tables = {"lithography": exposure.table(), "lithography_points": exposure.points()}
        return Found({"reference": wanted.reference, **exposure.summary()}, tables)

    def reference(self, step: str) -> dict[str, Array]:
        """Places and displacements in the step that others are compared with."""
        if self._sites is None or self._wanted.reference != step:
            return {}
        return {f"sites.{name}": np.asarray(getattr(self._sites, name)) for name in _SITES}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        if "sites.centres" in arrays:
            self._sites = lithography.Sites(*(arrays[f"sites.{name}"] for name in _SITES))
