"""What solving a stage or a step leaves, before it is judged and told."""

from collections.abc import Sequence
from dataclasses import dataclass

from dolfinx import fem

from solver.linalg.krylov import SolveRecord
from solver.metrics.step_result import CurvePoint, Moment, PathResult
from solver.metrics.warpage import Warpage
from solver.physics.solid.course import Leg
from solver.physics.solid.solid import Balance, Solid


@dataclass(frozen=True)
class SmallStage:
    """A stage at small deflection: linear solve, balance, the shape at each temperature and time, what it passed."""

    record: SolveRecord
    balance: Balance
    shape: Warpage
    curve: tuple[CurvePoint, ...]
    over_time: tuple[Moment, ...]
    leg: Leg


@dataclass(frozen=True)
class SolvedEnd:
    """The end of a step, as it is solved: displacement laid level, shapes and legs of its stages."""

    solution: Solid
    displacement: fem.Function
    balance: Balance
    path: PathResult
    shapes: Sequence[Warpage]
    legs: tuple[Leg, ...]
