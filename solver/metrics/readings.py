"""What engineers read after a step, beyond warpage and stress: die shift, overlay and flatness of exposure fields."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import face_there
from solver.arrays import Array
from solver.case.models import Case
from solver.case.report import DESIGN, DieShift
from solver.files import whole
from solver.metrics import die_shift, lithography, points
from solver.metrics.evaluated import Evaluated
from solver.metrics.frame import Frame, frame
from solver.output import csv_files
from solver.parallel import on_root

_REFERENCE = "reference.npz"  # in the results: what a run that goes on compares with
_MOTION = ("centres", "whole", "gram", "size", "coefficients")
_SITES = ("centres", "xy", "u")
_MANY = 4  # dies from which on their shift is read without being asked for


@dataclass(frozen=True)
class Reading:
    """Of one step.

    Attributes:
        summary: entries of the step in the summary.
        tables: name of a CSV file -> column -> values.
        reference: arrays of what later steps are compared with, empty if this step is no reference.
    """

    summary: dict[str, Any]
    tables: dict[str, dict[str, Array]]
    reference: dict[str, Array]

    def write(self, directory: Path, stem: str) -> None:
        """Write the tables, such as `die_shift_01_cool.csv`; on one rank.

        Args:
            directory: the results folder.
            stem: of the files of the step.
        """
        for name, columns in self.tables.items():
            csv_files.write(directory / f"{name}_{stem}.csv", columns)
        if self.reference:
            path = directory / _REFERENCE
            known = _arrays(path)
            with whole(path) as beside:
                np.savez_compressed(beside, **(known | self.reference))  # type: ignore[arg-type]


class Readings:
    """Reads step after step; keeps what later steps are compared with.

    Args:
        case: validated.
    """

    def __init__(self, case: Case) -> None:
        self._report = case.report
        self._dies = case.report.die_shift or _usual_dies(case)
        self._layer = None if self._dies is None else _layer(case, self._dies)
        self._motion: die_shift.Motion | None = None
        self._sites: lithography.Sites | None = None

    def restore(self, directory: Path, comm: MPI.Intracomm) -> None:
        """Know again what an interrupted run had read for comparison. Collective.

        Args:
            directory: the results folder.
            comm: communicator.
        """
        arrays = on_root(comm, lambda: _arrays(directory / _REFERENCE))
        if "motion.centres" in arrays:
            parts = (arrays[f"motion.{name}"] for name in _MOTION)
            centres, whole, gram, size, coefficients = parts
            self._motion = die_shift.Motion(centres, whole.astype(bool), gram, float(size), coefficients)
        if "sites.centres" in arrays:
            self._sites = lithography.Sites(*(arrays[f"sites.{name}"] for name in _SITES))

    def read(self, step: str, stack_mesh: StackMesh, displacement: fem.Function) -> Reading:
        """Read a step; nothing of a package that was cut out. Collective.

        Args:
            step: its name.
            stack_mesh: the layers present.
            displacement: at its end (m), laid level if large.
        """
        summary: dict[str, Any] = {}
        tables: dict[str, dict[str, Array]] = {}
        if self._report.points:
            summary["points"] = points.read(Evaluated(stack_mesh, self._report), displacement, self._report.points)
        if not stack_mesh.stack.cut_out and (self._dies is not None or self._report.lithography is not None):
            at = frame(stack_mesh, displacement, face_there(stack_mesh, self._report.surface))
            shift = self._shift(step, stack_mesh, displacement, at)
            if shift is not None and self._dies is not None:
                summary["die_shift"] = {"reference": self._dies.reference, **shift.summary()}
                tables["die_shift"] = shift.table()
            exposure = self._exposure(step, stack_mesh, displacement, at)
            if exposure is not None and self._report.lithography is not None:
                summary["lithography"] = {"reference": self._report.lithography.reference, **exposure.summary()}
                tables |= {"lithography": exposure.table(), "lithography_points": exposure.points()}
        return Reading(summary, tables, self._reference(step))

    def _reference(self, step: str) -> dict[str, Array]:
        """Arrays of what is kept of a step."""
        kept: dict[str, Array] = {}
        if self._dies is not None and self._motion is not None and self._dies.reference == step:
            kept |= {f"motion.{name}": np.asarray(getattr(self._motion, name)) for name in _MOTION}
        wanted = self._report.lithography
        if wanted is not None and self._sites is not None and wanted.reference == step:
            kept |= {f"sites.{name}": np.asarray(getattr(self._sites, name)) for name in _SITES}
        return kept

    def _shift(
        self, step: str, stack_mesh: StackMesh, displacement: fem.Function, at: Frame
    ) -> die_shift.DieShift | None:
        wanted = self._dies
        if wanted is None or self._layer is None:
            return None
        found = die_shift.motion(stack_mesh, displacement, at, self._layer, wanted.region, wanted.face)
        if found is None or wanted.reference == DESIGN:
            return None if found is None else die_shift.evaluate(found)
        if step == wanted.reference:
            self._motion = found
            return None
        return None if self._motion is None else die_shift.evaluate(found.since(self._motion))

    def _exposure(
        self, step: str, stack_mesh: StackMesh, displacement: fem.Function, at: Frame
    ) -> lithography.Exposure | None:
        wanted = self._report.lithography
        if wanted is None:
            return None
        found = lithography.measure(stack_mesh, displacement, at, wanted)
        if found is not None and wanted.reference != DESIGN:
            if step == wanted.reference:
                self._sites = found
            found = None if self._sites is None or step == wanted.reference else found.since(self._sites)
        return None if found is None else lithography.evaluate(found, wanted.correction, wanted.depth_of_focus)


def _arrays(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path) as found:
        return {name: found[name] for name in found.files}


def _usual_dies(case: Case) -> DieShift | None:
    """A grid of regions called `die...`, in the highest layer that has one."""
    for layer in reversed(case.geometry.layers):
        for region in layer.regions:
            many = region.grid is not None and np.prod(region.grid.count) >= _MANY
            if many and region.name.lower().startswith("die"):
                return DieShift(region=region.name, layer=layer.name)
    return None


def _layer(case: Case, wanted: DieShift) -> str:
    return wanted.layer or next(
        layer.name for layer in case.geometry.layers if wanted.region in [region.name for region in layer.regions]
    )
