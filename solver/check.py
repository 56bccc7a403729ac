"""`planish check`: everything that can be known of a case before it is solved."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from solver.case.load import load
from solver.case.loaded import LoadedCase
from solver.case.suspicious import suspicious
from solver.materials import library
from solver.metrics import plausibility
from solver.metrics.step_result import Comparison
from solver.models.forecast import Forecast, Problem
from solver.models.needs import LARGE_DEFLECTION
from solver.models.table import model_of
from solver.output.summary import plain
from solver.process import laminate_estimate
from solver.process.plan import plan
from solver.report.tables import material_name


@dataclass(frozen=True)
class Examination:
    """What is known of a case.

    Attributes:
        title: of the case.
        model: as of `analysis.model`.
        ranks: MPI ranks it would run on.
        forecast: what a run will take; None if that is next to nothing.
        smeared: region -> the parts that become one, in words.
        laminates: step -> what laminate theory says of it.
        hurts: what will hurt, a line each.
    """

    title: str
    model: str
    ranks: int
    forecast: Forecast | None
    smeared: dict[str, str] = field(default_factory=dict)
    laminates: dict[str, Comparison] = field(default_factory=dict)
    hurts: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """False if the memory that is free will not do; a run is refused then."""
        return self.forecast is None or self.forecast.fits

    def as_json(self) -> str:
        """For programs; keys carry their unit."""
        found: dict[str, Any] = {"title": self.title, "valid": True, "model": self.model, "ranks": self.ranks}
        if self.forecast is not None:
            found |= {
                "plane_cells": self.forecast.plane_cells,
                **asdict(self.forecast.quality),
                "problems": [_problem(problem) for problem in self.forecast.problems],
                "unknowns": max(problem.size.unknowns for problem in self.forecast.problems),
                "memory_gb": 1e-9 * self.forecast.memory,
                "available_memory_gb": 1e-9 * self.forecast.available,
                "seconds": self.forecast.seconds,
            }
        found |= {"fits": self.fits, "smeared": self.smeared, "laminate": self.laminates, "warnings": self.hurts}
        return json.dumps(plain(found), indent=2, ensure_ascii=False)

    def as_table(self) -> Table:
        """What is found as a table for the terminal."""
        table = Table(title=f"{self.title}: valid", show_header=False, title_justify="left")
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        if self.forecast is not None:
            _mesh_rows(table, self.forecast, self.ranks)
        for place, words in self.smeared.items():
            table.add_row(place, words)
        for step, found in self.laminates.items():
            shape = "convex" if found.signed_warpage_um > 0 else "concave"
            table.add_row(f"step '{step}'", f"laminate theory: {found.warpage_um:.4g} um, {shape}")
        if self.laminates and self.forecast is not None:
            table.add_row("deflection", f"with `auto`, small or large as the run finds: {plausibility.UNSEEN}")
        for text in self.hurts:
            table.add_row(Text("will hurt", style="yellow"), text)
        return table


def check(path: Path, overrides: Sequence[str], ranks: int = 1) -> Examination:
    """What a run on some ranks would be, with what will hurt.

    Raises:
        CaseError: the case is wrong.
    """
    loaded = load(path, overrides)
    case, stack = loaded.case, loaded.stack
    model = model_of(case)
    forecast = model.forecast(loaded, ranks)
    hurts = [*suspicious(loaded.source), *(forecast.hurts if forecast is not None else ())]
    smeared = {
        f"{layer.name} / {region.name}": f"{region.smeared.count} parts smeared out: {material_name(region.material)}"
        for layer in stack.layers
        for region in layer.regions
        if region.smeared is not None
    }
    laminates = _laminates(loaded, LARGE_DEFLECTION in model.provides, hurts)
    return Examination(case.title, case.analysis.model, ranks, forecast, smeared, laminates, hurts)


def _laminates(loaded: LoadedCase, bends_far: bool, hurts: list[str]) -> dict[str, Comparison]:
    case, found = loaded.case, dict[str, Comparison]()
    if case.process is None:
        return found
    steps = plan(case.process, loaded.stack.layers)
    laminates = laminate_estimate.laminates(loaded.stack, steps, lambda choice: library.resolve(choice, case.materials))
    for step, of_stages in zip(steps, laminates, strict=True):
        comparison = laminate_estimate.compare(step, of_stages[-1])
        if comparison is None:
            continue
        found[step.name] = comparison
        if not (
            bends_far and laminate_estimate.is_large(case.analysis.deflection, comparison.slenderness.overestimate)
        ):
            hurts += plausibility.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin)
    return found


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "what": problem.what,
        "unknowns": problem.size.unknowns,
        "method": problem.decision.method,
        "why": problem.decision.why,
        "increments": problem.increments,
        "solves": problem.solves,
        "setups": problem.setups,
        "contact": problem.contact,
        "memory_gb": 1e-9 * problem.cost.memory,
        "seconds": problem.seconds,
    }


def _mesh_rows(table: Table, forecast: Forecast, ranks: int) -> None:
    found = forecast.quality
    table.add_row("cells", f"{found.cells} hexahedra, {forecast.plane_cells} in plane")
    for problem in forecast.problems:
        table.add_row(
            problem.what,
            f"{problem.size.unknowns} unknowns, {problem.work}, {problem.cost.memory / 1e9:.2g} GB, "
            f"{_seconds(problem.seconds)}; {problem.decision}",
        )
    table.add_row("memory", f"about {forecast.memory / 1e9:.1f} GB of {forecast.available / 1e9:.1f} GB free")
    table.add_row("time", f"about {_seconds(forecast.seconds)} of solving on {_cores(ranks)}")
    angles = f"angles {found.smallest_angle_deg:.0f} to {found.largest_angle_deg:.0f} deg"
    table.add_row(
        "mesh",
        f"{angles}, Jacobian from {found.smallest_jacobian:.2f}, aspect ratio to {found.largest_aspect_ratio:.0f}",
    )


def _cores(ranks: int) -> str:
    return "one core" if ranks == 1 else f"{ranks} cores"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"
