"""What a run goes on from, and what keeps where it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solver.metrics.step_result import StepResult
from solver.process.checkpoint import HeatPosition, Position, Saved
from solver.process.history import SaveCheckpoint

if TYPE_CHECKING:
    from solver.heat.transient_run import SaveHeat


class Savers(NamedTuple):
    """What keeps the position of the process, and that of heat in time, so that a run can go on; None: nothing does."""

    process: SaveCheckpoint | None = None
    heat: "SaveHeat | None" = None


@dataclass(frozen=True)
class Before:
    """Checkpoints of a run before this one, of its process and of its heat in time, and the folder they are in."""

    process: Saved[Position] | None = None
    heat: Saved[HeatPosition] | None = None
    place: Path | None = None

    @property
    def finished(self) -> list[dict[str, Any]]:
        """Entries of `steps` in the summary of the steps that were solved."""
        return [] if self.process is None else self.process.position.finished

    @property
    def steps(self) -> list[StepResult]:
        """The same as values."""
        return [StepResult.read(entry) for entry in self.finished]

    def __bool__(self) -> bool:
        return self.process is not None or self.heat is not None

    def __str__(self) -> str:
        if self.process is None:
            if self.heat is None:
                return "starts from the beginning"
            return f"goes on with heat at {self.heat.position.state['time']:.6g} s"
        position = self.process.position
        where = "before step" if position.stage is None else "in step"
        return f"goes on {where} {position.step + 1}, from increment {len(position.course.get('curve', []))}"
