"""A whole run as values; summary.json is their entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from meshes.quality import Quality
from solver.linalg.krylov import SolveRecord
from solver.metrics.limits import Verdict
from solver.metrics.settling import SettledCycles
from solver.metrics.step_result import StepNumbers
from solver.output.from_entry import from_entry
from solver.output.summary import IF_ANY, entry

if TYPE_CHECKING:
    from solver.metrics.current_summary import CurrentSummary
    from solver.metrics.heat_summary import HeatSummary


@dataclass(frozen=True)
class SolverSummary:
    """The linear solve of the largest problem; attributes as of `SolveRecord`."""

    name: str
    why: str
    end: str
    iterations: int
    residual: float
    error: float
    condition: float | None

    @staticmethod
    def of(solve: SolveRecord) -> "SolverSummary":
        """What a run says of a solve."""
        numbers = solve.iterations, solve.residual, solve.error, solve.condition
        return SolverSummary(solve.name, solve.why, solve.end, *numbers)


@dataclass
class Summary:
    """What is known of a run; it grows while the run goes on. Keys of summary.json are these fields, in their order.

    Attributes:
        case: name of its directory.
        title: of the case.
        planish, dolfinx, petsc: versions.
        ranks: of the run.
        model, deflection: as of `analysis`.
        unknowns: of the largest linear solve.
        cells: of the whole stack.
        solver: of the largest linear solve; None of a model without one.
        wall_seconds: kind of work -> seconds so far.
        peak_memory_gb: of all ranks.
        warnings: what is doubtful, a line each; once the run is over.
        steps: of the process that are solved.
        run: date, host, commit, versions, overrides and files, as of `solver.output.record`.
        arrays, copper_maps: parts made of unit cells or maps, as of `solver.metrics.arrays`.
        mesh: its quality.
        thermal, electric: what is read of heat and current.
        settled_cycles: what rounds of the process came to that end once they have settled.
        warpage_limits: verdicts on the warpage while the solder is soft; once the run is over.
    """

    case: str
    title: str
    planish: str
    dolfinx: str
    petsc: str
    ranks: int
    model: str
    deflection: str
    unknowns: int = 0
    cells: int = 0
    solver: SolverSummary | None = None
    wall_seconds: Mapping[str, float] = field(default_factory=dict)
    peak_memory_gb: float = 0.0
    warnings: Sequence[str] = ()
    steps: list[StepNumbers] = field(default_factory=list)
    run: Mapping[str, Any] = field(default_factory=dict)
    arrays: Sequence[Mapping[str, Any]] = ()
    copper_maps: Sequence[Mapping[str, Any]] = ()
    mesh: Quality | None = field(default=None, metadata=IF_ANY)
    thermal: "HeatSummary | None" = field(default=None, metadata=IF_ANY)
    electric: "CurrentSummary | None" = field(default=None, metadata=IF_ANY)
    settled_cycles: Sequence[SettledCycles] | None = field(default=None, metadata=IF_ANY)
    warpage_limits: Sequence[Verdict] | None = field(default=None, metadata=IF_ANY)

    def entry(self) -> dict[str, Any]:
        """As summary.json has it."""
        return self.but_for_steps() | {"steps": [step.summary() for step in self.steps]}

    def but_for_steps(self) -> dict[str, Any]:
        """The same without any step."""
        found: dict[str, Any] = entry(replace(self, steps=[]))
        return found | ({"solver": {"name": self.model}} if self.solver is None else {})

    def note(self, solve: SolveRecord) -> None:
        """Keep the record of a solve that is as large as any before."""
        if solve.unknowns >= self.unknowns:
            self.unknowns, self.solver = solve.unknowns, SolverSummary.of(solve)

    def go_on(self, known: Mapping[str, Any]) -> None:
        """Take over what a run before this one has noted.

        Args:
            known: its summary.json, nothing if that is not there.
        """
        self.unknowns = known.get("unknowns", self.unknowns)
        if "why" in known.get("solver", {}):
            self.solver = from_entry(SolverSummary, known["solver"])
