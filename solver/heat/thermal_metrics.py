"""Figures of merit of a heat problem that need solves of their own: influence of the sources, power at the limits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from solver.arrays import floats
from solver.case.models import Case
from solver.heat.transient_run import TransientRun
from solver.metrics import block_temperatures, margins, resistances, thermal_plausibility
from solver.metrics.heat_summary import Figures, HeatSummary, InfluenceSummary
from solver.output import csv_files
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.influence import influence
from solver.physics.heat.response import Response


def figures(problem: HeatProblem, case: Case, course: TransientRun | None, log: Callable[[str], None]) -> Figures:
    """Figures of merit, as far as a case wants them. Collective.

    Args:
        problem: solved; it solves nothing else afterwards.
        case: what is wanted.
        course: of a transient, None for a steady state.
        log: takes a line on how far it is.
    """
    report, blocks = case.report, block_temperatures.blocks(problem) or None
    if course is not None:
        history = course.summary.history
        return Figures(
            blocks, margins=margins.in_time(history, problem.stack_mesh, report.limits) if report.limits else None
        )
    if not (report.influence or report.limits):
        return Figures(blocks)
    response = Response(problem)
    return Figures(
        blocks,
        _influence(problem, response, log) if report.influence else None,
        margins.steady(problem, response, report.limits) if report.limits else None,
    )


def _influence(problem: HeatProblem, response: Response, log: Callable[[str], None]) -> InfluenceSummary:
    matrix = influence(problem, response, log)
    return InfluenceSummary(
        sources=list(matrix.names),
        power_w=floats(matrix.power),
        mean_k_per_w=[floats(row) for row in matrix.mean],
        hottest_k_per_w=[floats(row) for row in matrix.hottest],
        asymmetry=matrix.asymmetry if matrix.names else 0.0,
    )


def doubts(found: HeatSummary) -> Iterator[str]:
    """What is doubtful about the figures of a heat problem."""
    resistances_found, figures_found = found.readings.resistances, found.figures
    yield from thermal_plausibility.side_paths(resistances_found)
    if figures_found.influence is not None:
        yield from thermal_plausibility.asymmetric(figures_found.influence)
    yield from thermal_plausibility.misnamed(resistances_found)
    yield from thermal_plausibility.too_hot(figures_found.margins or ())
    if found.impedance is not None:
        yield from thermal_plausibility.impedance(found.impedance)


def lines(found: HeatSummary) -> Iterator[str]:
    """What the terminal shows of them."""
    yield from resistances.lines(found.readings.resistances)
    for one in found.figures.margins or ():
        if one.limiting:
            power = one.power_at_limit_w
            at = "" if power is None else f", reached at {power:.4g} W (linear estimate)"
            yield f"{one.region} limits: {one.margin_k:.4g} K below {one.limit_degc:.4g} degC{at}"


def write(found: HeatSummary, results: Path) -> None:
    """The CSV files of the figures, beside summary.json; on one rank."""
    if found.figures.influence is not None:
        csv_files.write(results / "influence.csv", _influence_columns(found.figures.influence))
    if found.impedance is not None:
        response = found.impedance
        curve = {key: getattr(response, key) for key in ("time_s", "mean_k_per_w", "max_k_per_w")}
        curve |= {f"{name} k_per_w": values for name, values in response.transfer_k_per_w.items()}
        csv_files.write(results / "thermal_impedance.csv", curve)
        path = response.networks.structure
        cumulative = {key: getattr(path, key) for key in ("resistance_k_per_w", "capacitance_j_per_k")}
        csv_files.write(results / "structure_cumulative.csv", cumulative)
        differential = {key: getattr(path, key) for key in ("node_resistance_k_per_w", "differential_j_w_per_k2")}
        csv_files.write(results / "structure_differential.csv", differential)


def _influence_columns(found: InfluenceSummary) -> dict[str, list[Any]]:
    """A row for each source that is warmed: its mean, then its hottest place; a column for each that makes a watt."""
    names = list(found.sources)
    columns: dict[str, list[Any]] = {"source": names * 2, "reading": ["mean"] * len(names) + ["hottest"] * len(names)}
    rows = [*found.mean_k_per_w, *found.hottest_k_per_w]
    return columns | {f"{name} k_per_w": [row[j] for row in rows] for j, name in enumerate(names)}
