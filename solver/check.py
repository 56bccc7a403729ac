"""`planish check`: everything that can be known of a case before it is solved."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from meshes.plane import plane_mesh
from meshes.quality import quality
from solver import doubts, loose
from solver.case import fine
from solver.case.load import load
from solver.case.suspicious import suspicious
from solver.forecast import fitting, forecast, largest
from solver.linalg.estimate import available_memory
from solver.materials import library
from solver.process import ladder
from solver.process.plan import plan
from solver.results.tables import material_name


def check(path: Path, overrides: Sequence[str], ranks: int = 1) -> Table:
    """A table of what a run on some ranks would be, with what will hurt.

    Raises:
        CaseError: the case is wrong.
    """
    loaded = load(path, overrides)
    case, stack = loaded.case, loaded.stack
    table = Table(title=f"{case.title}: valid", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    hurts = list(suspicious(loaded.source))
    solid = case.analysis.model == "solid"
    if solid:
        plane = loose.checked(loaded, plane_mesh(stack))
        found = quality(stack, plane)
        table.add_row("cells", f"{found.cells} hexahedra, {len(plane.quads)} in plane")
        problems = forecast(loaded, plane, ranks)
        for problem in problems:
            table.add_row(
                problem.what,
                f"{problem.size.unknowns} unknowns, {problem.work}, {problem.cost.memory / 1e9:.2g} GB, "
                f"{_seconds(problem.seconds)}; {problem.decision}",
            )
        worst, available = largest(problems), available_memory()
        table.add_row("memory", f"about {worst.cost.memory / 1e9:.1f} GB of {available / 1e9:.1f} GB free")
        table.add_row("time", f"about {_seconds(sum(one.seconds for one in problems))} of solving on {_cores(ranks)}")
        angles = f"angles {found.smallest_angle_deg:.0f} to {found.largest_angle_deg:.0f} deg"
        table.add_row(
            "mesh",
            f"{angles}, Jacobian from {found.smallest_jacobian:.2f}, aspect ratio to {found.largest_aspect_ratio:.0f}",
        )
        if worst.cost.memory > available:
            hurts.append(f"the mesh will not fit; {fitting(loaded, worst, ranks, available)}")
        hurts += [*doubts.poor_mesh(found), *fine.coarse(stack)]
    for layer in stack.layers:
        for region in layer.regions:
            if region.smeared is not None:
                words = f"{region.smeared.count} parts smeared out: {material_name(region.material)}"
                table.add_row(f"{layer.name} / {region.name}", words)
    if case.process is not None:
        steps = plan(case.process, stack.layers)
        laminates = ladder.laminates(stack, steps, lambda choice: library.resolve(choice, case.materials))
        for step, of_stages in zip(steps, laminates, strict=True):
            comparison = ladder.compare(step, of_stages[-1])
            if comparison is not None:
                shape = "convex" if comparison.signed_warpage_um > 0 else "concave"
                large = solid and ladder.is_large(case.analysis.deflection, comparison.slenderness.overestimate)
                table.add_row(f"step '{step.name}'", f"laminate theory: {comparison.warpage_um:.4g} um, {shape}")
                if not large:
                    hurts += doubts.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin)
    for text in hurts:
        table.add_row("[yellow]will hurt[/]", text)
    return table


def _cores(ranks: int) -> str:
    return "one core" if ranks == 1 else f"{ranks} cores"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"
