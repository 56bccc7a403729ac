"""Die shift after every step, against the drawing or a step before."""

from collections.abc import Mapping

import numpy as np

from solver.arrays import Array
from solver.case.dies import dies_of, layer_of
from solver.case.models import Case
from solver.case.report import DESIGN, DieShift
from solver.metrics import die_shift
from solver.metrics.reading import Found, Reading, SolvedStep

_MOTION = ("centres", "whole", "gram", "size", "coefficients")


class DieShiftReading(Reading):
    """Of the dies of one layer; nothing of a package that was cut out.

    Args:
        wanted: which dies, and against what.
        layer: that they are in.
    """

    def __init__(self, wanted: DieShift, layer: str) -> None:
        self._wanted, self._layer = wanted, layer
        self._motion: die_shift.Motion | None = None

    @staticmethod
    def wanted(case: Case) -> "DieShiftReading | None":
        """For the dies a case names, or for the usual ones."""
        dies = dies_of(case)
        return None if dies is None else DieShiftReading(dies, layer_of(case, dies))

    def read(self, step: SolvedStep) -> Found | None:
        """Shift of every die of a step. Collective."""
        if step.stack_mesh.stack.cut_out:
            return None
        wanted = self._wanted
        found = die_shift.motion(
            step.stack_mesh, step.displacement, step.frame, self._layer, wanted.region, wanted.face
        )
        if found is not None and wanted.reference != DESIGN:
            if step.name == wanted.reference:
                self._motion = found
            found = None if self._motion is None or step.name == wanted.reference else found.since(self._motion)
        if found is None:
            return None
        shift = die_shift.evaluate(found)
        if shift is None:
            return None
        return Found({"reference": wanted.reference, **shift.summary()}, {"die_shift": shift.table()})

    def reference(self, step: str) -> dict[str, Array]:
        """Motion of the dies in the step that others are compared with."""
        if self._motion is None or self._wanted.reference != step:
            return {}
        return {f"motion.{name}": np.asarray(getattr(self._motion, name)) for name in _MOTION}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `reference` gave."""
        if "motion.centres" in arrays:
            centres, whole, gram, size, coefficients = (arrays[f"motion.{name}"] for name in _MOTION)
            self._motion = die_shift.Motion(centres, whole.astype(bool), gram, float(size), coefficients)
