"""Figures of merit of a heat problem that need solves of their own: influence of the sources, power at the limits."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from solver.case.models import Case
from solver.heat.transient_run import TransientRun
from solver.metrics import block_temperatures, margins, resistances, thermal_plausibility
from solver.output import csv_files
from solver.physics.heat.conduction import HeatProblem
from solver.physics.heat.influence import influence
from solver.physics.heat.response import Response


def figures(
    problem: HeatProblem, case: Case, course: TransientRun | None, log: Callable[[str], None]
) -> dict[str, Any]:
    """`blocks`, `influence`, `margins` of the `thermal` part of summary.json, as far as a case wants them. Collective.

    Args:
        problem: solved; it solves nothing else afterwards.
        case: what is wanted.
        course: of a transient, None for a steady state.
        log: takes a line on how far it is.
    """
    report, found = case.report, dict[str, Any]()
    if of_blocks := block_temperatures.blocks(problem):
        found["blocks"] = of_blocks
    if course is not None:
        if report.limits:
            found["margins"] = margins.in_time(course.summary["history"], problem.stack_mesh, report.limits)
        return found
    if not (report.influence or report.limits):
        return found
    response = Response(problem)
    if report.influence:
        matrix = influence(problem, response, log)
        found["influence"] = {
            "sources": list(matrix.names),
            "power_w": matrix.power.tolist(),
            "mean_k_per_w": matrix.mean.tolist(),
            "hottest_k_per_w": matrix.hottest.tolist(),
            "asymmetry": matrix.asymmetry if matrix.names else 0.0,
        }
    if report.limits:
        found["margins"] = margins.steady(problem, response, report.limits)
    return found


def doubts(thermal: Mapping[str, Any]) -> Iterator[str]:
    """What is doubtful about the figures in the `thermal` part of summary.json."""
    yield from thermal_plausibility.side_paths(thermal.get("resistances", {}))
    if "influence" in thermal:
        yield from thermal_plausibility.asymmetric(thermal["influence"])
    yield from thermal_plausibility.misnamed(thermal.get("resistances", {}))
    yield from thermal_plausibility.too_hot(thermal.get("margins", []))
    if "impedance" in thermal:
        yield from thermal_plausibility.impedance(thermal["impedance"])


def lines(thermal: Mapping[str, Any]) -> Iterator[str]:
    """What the terminal shows of them."""
    yield from resistances.lines(thermal.get("resistances", {}))
    for one in thermal.get("margins", []):
        if one["limiting"]:
            power = one["power_at_limit_w"]
            at = "" if power is None else f", reached at {power:.4g} W (linear estimate)"
            yield f"{one['region']} limits: {one['margin_k']:.4g} K below {one['limit_degc']:.4g} degC{at}"


def write(thermal: Mapping[str, Any], results: Path) -> None:
    """The CSV files of the figures, beside summary.json; on one rank."""
    if "influence" in thermal:
        csv_files.write(results / "influence.csv", _influence_columns(thermal["influence"]))
    if "impedance" in thermal:
        found = thermal["impedance"]
        curve = {key: found[key] for key in ("time_s", "mean_k_per_w", "max_k_per_w")}
        curve |= {f"{name} k_per_w": values for name, values in found["transfer_k_per_w"].items()}
        csv_files.write(results / "thermal_impedance.csv", curve)
        path = found["structure"]
        cumulative = {key: path[key] for key in ("resistance_k_per_w", "capacitance_j_per_k")}
        csv_files.write(results / "structure_cumulative.csv", cumulative)
        differential = {key: path[key] for key in ("node_resistance_k_per_w", "differential_j_w_per_k2")}
        csv_files.write(results / "structure_differential.csv", differential)


def _influence_columns(found: Mapping[str, Any]) -> dict[str, list[Any]]:
    """A row for each source that is warmed: its mean, then its hottest place; a column for each that makes a watt."""
    names = found["sources"]
    columns: dict[str, list[Any]] = {"source": names * 2, "reading": ["mean"] * len(names) + ["hottest"] * len(names)}
    rows = [*found["mean_k_per_w"], *found["hottest_k_per_w"]]
    return columns | {f"{name} k_per_w": [row[j] for row in rows] for j, name in enumerate(names)}
