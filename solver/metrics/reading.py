"""What a reading is: it looks at every solved step, and may compare it with one before."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from dolfinx import fem

from meshes.extrude import StackMesh
from meshes.faces import face_there
from solver.arrays import Array, Integers
from solver.case.models import Report
from solver.metrics.crack_release import Growth
from solver.metrics.frame import Frame, frame
from solver.physics.solid.course import Leg
from solver.physics.solid.cut import Cut
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.solid import Solid
from solver.stackup.cracks import PlacedCrack

if TYPE_CHECKING:
    from solver.metrics.current_summary import CurrentSummary
    from solver.metrics.heat_summary import HeatSummary

Kept: TypeAlias = dict[str, tuple[Integers, Array]]
KeptValues: TypeAlias = Callable[[str, Integers], Array | None]


@dataclass(frozen=True)
class SolvedStep:
    """The end of a step, as a reading finds it.

    Attributes:
        name: of the step.
        solid: in equilibrium.
        displacement: of it (m), laid level if large.
        temperature: uniform (K) or the field.
        report: what the case asks for.
        with_cracks: solves it again with other cracks, of an elastic stack at small deflection and one temperature;
            None of others.
        legs: stages of the step with their increments, of a stack in time whose places follow it.
        cut: of a place; None of a whole stack.
        growth: of the delaminations that are followed, by name.
    """

    name: str
    solid: Solid
    displacement: fem.Function
    temperature: float | fem.Function
    report: Report
    with_cracks: Callable[[tuple[PlacedCrack, ...]], SmallDeflectionSolid] | None = None
    legs: tuple[Leg, ...] = ()
    cut: Cut | None = None
    growth: Mapping[str, Growth] = field(default_factory=dict)

    @property
    def stack_mesh(self) -> StackMesh:
        """Mesh of the layers that are there in this step."""
        return self.solid.stack_mesh

    @cached_property
    def frame(self) -> Frame:
        """The place of the stack as a rigid body. Collective, the first time."""
        return frame(self.stack_mesh, self.displacement, face_there(self.stack_mesh, self.report.surface))


@dataclass(frozen=True)
class Found:
    """What is read of a step.

    Attributes:
        entry: of the summary.
        tables: name of a CSV file -> column -> values.
        doubts: what makes it doubtful, a line each.
    """

    entry: Any
    tables: Mapping[str, dict[str, Array]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


class Reading(ABC):
    """Reads step after step of one case."""

    @abstractmethod
    def read(self, step: SolvedStep) -> Found | None:
        """Read a step; None if there is nothing to say. Collective."""

    def heated(self, found: "HeatSummary") -> None:  # noqa: B027 - most readings look at solids alone
        """Know the heat problem of the case, before the first step."""

    def carries(self, found: "CurrentSummary") -> None:  # noqa: B027 - the same
        """Know the circuit of the case, before the first step."""

    def ended(self, cycle: int) -> Iterable[str]:
        """What makes the last cycle doubtful, a line each, where the process ends with one that was not its last."""
        del cycle  # most readings know of no cycles
        return ()

    def reference(self, step: str) -> dict[str, Array]:
        """Arrays of what later steps are compared with, if the step (its name) is a reference; else none."""
        del step  # most readings compare nothing
        return {}

    def kept(self) -> Kept | None:
        """Values of cells that checkpoints keep, by name; None where a run cannot go on from here. Collective."""
        return {}

    def resume(self, values: KeptValues, finished: Sequence[Mapping[str, Any]]) -> None:  # noqa: B027 - few keep some
        """Go on from what `kept` gave.

        Args:
            values: of cells by the name they were kept under and their numbers, None if there are none.
            finished: entries of the summary of the steps so far.
        """

    def restore(self, arrays: Mapping[str, Array]) -> None:  # noqa: B027 - the same
        """Know again what `reference` gave in a run before; other arrays may be among them."""
