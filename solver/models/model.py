"""What a model of a case is: it checks the case, forecasts its cost, solves it and says what it provides."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from mpi4py import MPI

from meshes.quality import Quality
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.source import Source
from solver.metrics.step_result import StepNumbers
from solver.models.continuing import Before, Savers
from solver.models.forecast import Forecast
from solver.models.needs import Need
from solver.models.planes import Planes
from solver.process.history import StepOutcome
from solver.progress import Progress

if TYPE_CHECKING:
    from solver.heat.current import CurrentResult
    from solver.heat.heat_run import Heat


class Outcomes(Protocol):
    """Takes what a model solves, piece by piece. Every call is collective.

    Fields and meshes it is handed may change after the call: what is to stay is written or copied in it.
    """

    def mesh(self, quality: Quality) -> None:
        """The mesh of the whole stack is made."""

    def heat(self, heat: "Heat") -> None:
        """The heat problem is solved."""

    def current(self, current: "CurrentResult") -> None:
        """The circuit is solved."""

    def step(self, result: StepNumbers, outcome: StepOutcome | None) -> None:
        """A step of the process is solved: its numbers, and its fields, None of a model that has none."""


@dataclass(frozen=True)
class Task:
    """A case to be solved.

    Attributes:
        loaded: the case.
        comm: all ranks of it take part.
        progress: what the user sees.
        force: start even if the memory will not do.
        before: checkpoints to go on from.
        checkpointing: held while a model is solved whose position can be kept; gives what keeps it.
        planes: plane meshes of variants of the case that were solved before.
    """

    loaded: LoadedCase
    comm: MPI.Intracomm
    progress: Progress
    force: bool
    before: Before
    checkpointing: Callable[[], AbstractContextManager[Savers]]
    planes: Planes


class Model(ABC):
    """One way to solve a case: a file of this folder and a line of `MODELS`.

    Attributes:
        provides: what a case may ask of it; cases that ask for more are refused.
    """

    provides: ClassVar[frozenset[Need]]

    def check(self, case: Case, text: Source) -> None:  # noqa: B027 (most models have no more rules)
        """Rules beyond what the model does not provide.

        Args:
            case: valid in itself.
            text: what it was read from, for messages.

        Raises:
            CaseError: the first rule that is broken.
        """

    @abstractmethod
    def forecast(self, loaded: LoadedCase, ranks: int) -> Forecast | None:
        """What a run on some ranks will take; None if it takes next to nothing.

        Raises:
            CaseError: what is found wrong on the mesh.
        """

    @abstractmethod
    def solve(self, task: Task, outcomes: Outcomes) -> None:
        """Solve the case and hand over every outcome as soon as it is there. Collective.

        Raises:
            CaseError: the case needs more memory than there is.
            NotConvergedError: a solve did not converge.
        """
