"""Displacement of named points after every step."""

from solver.case.models import Case
from solver.metrics import points
from solver.metrics.evaluated import Evaluated
from solver.metrics.reading import Found, Reading, SolvedStep


class PointReading(Reading):
    """Of the points a case names."""

    @staticmethod
    def wanted(case: Case) -> "PointReading | None":
        """Where a case names some."""
        return PointReading() if case.report.points else None

    def read(self, step: SolvedStep) -> Found:
        """Displacement and height of every point. Collective."""
        evaluated = Evaluated(step.stack_mesh, step.report)
        return Found(points.read(evaluated, step.displacement, step.report.points))
