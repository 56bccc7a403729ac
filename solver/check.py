"""`planish check`: everything that can be known of a case before it is solved."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from meshes.quality import Quality, quality
from solver.case.load import LoadedCase, load
from solver.case.suspicious import suspicious
from solver.forecast import Problem, fitting, forecast, largest
from solver.linalg.estimate import available_memory
from solver.materials import library
from solver.metrics import plausibility
from solver.metrics.step_result import Comparison
from solver.output.summary import plain
from solver.process import laminate_estimate, loose
from solver.process.plan import plan
from solver.report.tables import material_name
from solver.stackup import fine


@dataclass(frozen=True)
class Mesh:
    """What a solid run would be.

    Attributes:
        plane_cells: cells of the plane mesh.
        quality: of the hexahedra over it.
        problems: solvers of the run.
        available: memory that is free (bytes).
    """

    plane_cells: int
    quality: Quality
    problems: list[Problem]
    available: float

    @property
    def memory(self) -> float:
        """Bytes the largest problem needs."""
        return largest(self.problems).cost.memory

    @property
    def seconds(self) -> float:
        """Of solving."""
        return sum(problem.seconds for problem in self.problems)


@dataclass(frozen=True)
class Examination:
    """What is known of a case.

    Attributes:
        title: of the case.
        model: `solid` or `laminate`.
        ranks: MPI ranks it would run on.
        mesh: of a solid run, None of a laminate.
        smeared: region -> the parts that become one, in words.
        laminates: step -> what laminate theory says of it.
        hurts: what will hurt, a line each.
    """

    title: str
    model: str
    ranks: int
    mesh: Mesh | None
    smeared: dict[str, str] = field(default_factory=dict)
    laminates: dict[str, Comparison] = field(default_factory=dict)
    hurts: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """False if the memory that is free will not do; a run is refused then."""
        return self.mesh is None or self.mesh.memory <= self.mesh.available

    def as_json(self) -> str:
        """For programs; keys carry their unit."""
        found: dict[str, Any] = {"title": self.title, "valid": True, "model": self.model, "ranks": self.ranks}
        if self.mesh is not None:
            found |= {
                "plane_cells": self.mesh.plane_cells,
                **asdict(self.mesh.quality),
                "problems": [_problem(problem) for problem in self.mesh.problems],
                "unknowns": max(problem.size.unknowns for problem in self.mesh.problems),
                "memory_gb": 1e-9 * self.mesh.memory,
                "available_memory_gb": 1e-9 * self.mesh.available,
                "seconds": self.mesh.seconds,
            }
        found |= {"fits": self.fits, "smeared": self.smeared, "laminate": self.laminates, "warnings": self.hurts}
        return json.dumps(plain(found), indent=2, ensure_ascii=False)

    def as_table(self) -> Table:
        """For people."""
        table = Table(title=f"{self.title}: valid", show_header=False, title_justify="left")
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        if self.mesh is not None:
            _mesh_rows(table, self.mesh, self.ranks)
        for place, words in self.smeared.items():
            table.add_row(place, words)
        for step, found in self.laminates.items():
            shape = "convex" if found.signed_warpage_um > 0 else "concave"
            table.add_row(f"step '{step}'", f"laminate theory: {found.warpage_um:.4g} um, {shape}")
        if self.laminates and self.mesh is not None:
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
    hurts = list(suspicious(loaded.source))
    mesh = _mesh(loaded, ranks, hurts) if case.analysis.model == "solid" else None
    smeared = {
        f"{layer.name} / {region.name}": f"{region.smeared.count} parts smeared out: {material_name(region.material)}"
        for layer in stack.layers
        for region in layer.regions
        if region.smeared is not None
    }
    laminates = _laminates(loaded, mesh is not None, hurts)
    return Examination(case.title, case.analysis.model, ranks, mesh, smeared, laminates, hurts)


def _mesh(loaded: LoadedCase, ranks: int, hurts: list[str]) -> Mesh:
    stack = loaded.stack
    plane = loose.meshed(loaded)
    found = Mesh(len(plane.quads), quality(stack, plane), forecast(loaded, plane, ranks), available_memory())
    if found.memory > found.available:
        hurts.append(f"the mesh will not fit; {fitting(loaded, largest(found.problems), ranks, found.available)}")
    hurts += [*plausibility.poor_mesh(found.quality), *fine.coarse(stack)]
    return found


def _laminates(loaded: LoadedCase, solid: bool, hurts: list[str]) -> dict[str, Comparison]:
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
        if not (solid and laminate_estimate.is_large(case.analysis.deflection, comparison.slenderness.overestimate)):
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


def _mesh_rows(table: Table, mesh: Mesh, ranks: int) -> None:
    found = mesh.quality
    table.add_row("cells", f"{found.cells} hexahedra, {mesh.plane_cells} in plane")
    for problem in mesh.problems:
        table.add_row(
            problem.what,
            f"{problem.size.unknowns} unknowns, {problem.work}, {problem.cost.memory / 1e9:.2g} GB, "
            f"{_seconds(problem.seconds)}; {problem.decision}",
        )
    table.add_row("memory", f"about {mesh.memory / 1e9:.1f} GB of {mesh.available / 1e9:.1f} GB free")
    table.add_row("time", f"about {_seconds(mesh.seconds)} of solving on {_cores(ranks)}")
    angles = f"angles {found.smallest_angle_deg:.0f} to {found.largest_angle_deg:.0f} deg"
    table.add_row(
        "mesh",
        f"{angles}, Jacobian from {found.smallest_jacobian:.2f}, aspect ratio to {found.largest_aspect_ratio:.0f}",
    )


def _cores(ranks: int) -> str:
    return "one core" if ranks == 1 else f"{ranks} cores"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"
