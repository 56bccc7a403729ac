"""What engineers read after a step, beyond warpage and stress: the table of readings, and what is kept of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.case.models import Case
from solver.files import whole
from solver.metrics.reading import Kept, KeptValues, Reading, SolvedStep
from solver.metrics.reading_axes import AxesReading
from solver.metrics.reading_back_stress import BackStressReading
from solver.metrics.reading_brittle import BrittleReading
from solver.metrics.reading_cohesive import CohesiveReading
from solver.metrics.reading_copper_life import CopperLifeReading
from solver.metrics.reading_crack import CrackReading
from solver.metrics.reading_die_shift import DieShiftReading
from solver.metrics.reading_hybrid_bonds import HybridBondReading
from solver.metrics.reading_keep_out import KeepOutReading
from solver.metrics.reading_life import LifeReading
from solver.metrics.reading_lithography import LithographyReading
from solver.metrics.reading_points import PointReading
from solver.metrics.reading_prescribed import PrescribedReading
from solver.metrics.reading_singularity import SingularityReading
from solver.metrics.reading_submodel import SubmodelReading
from solver.metrics.reading_via_landing import ViaLandingReading
from solver.output import csv_files
from solver.parallel import on_root

if TYPE_CHECKING:
    from solver.metrics.current_summary import CurrentSummary
    from solver.metrics.heat_summary import HeatSummary

_REFERENCE = "reference.npz"  # in the results: what a run that goes on compares with

# entry of a step in the summary -> what reads it, None where the case does not ask for it
READINGS: dict[str, Callable[[Case], Reading | None]] = {
    "points": PointReading.wanted,
    "prescribed": PrescribedReading.wanted,
    "stress_along_axes_mpa": AxesReading.wanted,
    "die_shift": DieShiftReading.wanted,
    "lithography": LithographyReading.wanted,
    "via_landing": ViaLandingReading.wanted,
    "life": LifeReading.wanted,
    "copper_life": CopperLifeReading.wanted,
    "delaminations": CrackReading.wanted,
    "cohesive": CohesiveReading.wanted,
    "singularities": SingularityReading.wanted,
    "electromigration": BackStressReading.wanted,
    "brittle": BrittleReading.wanted,
    "hybrid_bonds": HybridBondReading.wanted,
    "keep_out": KeepOutReading.wanted,
    "submodels": SubmodelReading.wanted,
}


@dataclass(frozen=True)
class StepReading:
    """Of one step.

    Attributes:
        summary: entries of the step in the summary.
        tables: name of a CSV file -> column -> values.
        reference: arrays of what later steps are compared with, empty if this step is no reference.
        doubts: what makes them doubtful, a line each.
    """

    summary: Mapping[str, Any]
    tables: Mapping[str, dict[str, Array]]
    reference: Mapping[str, Array]
    doubts: tuple[str, ...] = ()

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
                np.savez_compressed(beside, **(known | dict(self.reference)))  # type: ignore[arg-type]


class Readings:
    """Reads step after step what a case asks for; keeps what later steps are compared with.

    Args:
        case: validated.
    """

    def __init__(self, case: Case) -> None:
        made = {name: wanted(case) for name, wanted in READINGS.items()}
        self._readings = {name: reading for name, reading in made.items() if reading is not None}

    def restore(self, directory: Path, comm: MPI.Intracomm) -> None:
        """Know again what an interrupted run had read for comparison. Collective.

        Args:
            directory: the results folder.
            comm: communicator.
        """
        arrays = on_root(comm, lambda: _arrays(directory / _REFERENCE))
        for reading in self._readings.values():
            reading.restore(arrays)

    def heated(self, found: "HeatSummary") -> None:
        """Know the heat problem of the case, before the first step."""
        for reading in self._readings.values():
            reading.heated(found)

    def carries(self, found: "CurrentSummary") -> None:
        """Know the circuit of the case, before the first step."""
        for reading in self._readings.values():
            reading.carries(found)

    def ended(self, cycle: int) -> list[str]:
        """What makes the last cycle doubtful, a line each, where the process ends with one that was not its last."""
        return [text for reading in self._readings.values() for text in reading.ended(cycle)]

    def kept(self) -> Kept | None:
        """What checkpoints keep of cells, as of `Reading.kept`. Collective."""
        found: Kept = {}
        for reading in self._readings.values():
            kept = reading.kept()
            if kept is None:
                return None
            found |= kept
        return found

    def resume(self, values: KeptValues, finished: Sequence[Mapping[str, Any]]) -> None:
        """Go on from what `kept` gave, as of `Reading.resume`."""
        for reading in self._readings.values():
            reading.resume(values, finished)

    def read(self, step: SolvedStep) -> StepReading:
        """Read a step. Collective."""
        summary: dict[str, Any] = {}
        tables: dict[str, dict[str, Array]] = {}
        reference: dict[str, Array] = {}
        doubts: list[str] = []
        for name, reading in self._readings.items():
            found = reading.read(step)
            if found is not None:
                summary[name] = found.entry
                tables |= found.tables
                doubts += found.doubts
            reference |= reading.reference(step.name)
        return StepReading(summary, tables, reference, tuple(doubts))


def _arrays(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path) as found:
        return {name: found[name] for name in found.files}
