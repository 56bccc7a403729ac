"""`planish check`: everything that can be known of a case before it is solved."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from meshes.count import nodes
from meshes.plane import plane_mesh
from meshes.quality import quality
from solver import doubts, ladder
from solver.case.load import load
from solver.linalg import choose, estimate
from solver.linalg.direct import DirectSolver
from solver.materials import library
from solver.process.plan import plan


def check(path: Path, overrides: Sequence[str]) -> Table:
    """A table of what a run would be, with what will hurt.

    Raises:
        CaseError: the case is wrong.
    """
    loaded = load(path, overrides)
    case, stack = loaded.case, loaded.stack
    table = Table(title=f"{case.title}: valid", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    hurts: list[str] = []
    if case.analysis.model == "solid":
        plane = plane_mesh(stack)
        found = quality(stack, plane)
        points = nodes(stack, plane)
        unknowns = points * (3 if case.process else 1)
        factorised = choose.factorises(case.analysis.solver, unknowns, plane, stack.thickness)
        model = estimate.direct if factorised else estimate.layered
        cost = model(unknowns, estimate.columns(plane))
        table.add_row("solver", DirectSolver.name if factorised else "conjugate gradients + column multigrid")
        table.add_row("cells", f"{found.cells} hexahedra, {len(plane.quads)} in plane")
        table.add_row(
            "unknowns", f"{unknowns}" + (f" and {points} temperatures" if case.process and case.thermal else "")
        )
        table.add_row("memory", f"about {cost.memory / 1e9:.1f} GB of {cost.available / 1e9:.1f} GB free")
        table.add_row("time", f"about {_seconds(cost.seconds)} for one solve on one core")
        angles = f"angles {found.smallest_angle_deg:.0f} to {found.largest_angle_deg:.0f} deg"
        table.add_row(
            "mesh",
            f"{angles}, Jacobian from {found.smallest_jacobian:.2f}, aspect ratio to {found.largest_aspect_ratio:.0f}",
        )
        if not cost.fits:
            largest = estimate.largest(model, unknowns, estimate.columns(plane))
            hurts.append(f"the mesh will not fit: about {largest:.0f} unknowns do; enlarge mesh.in_plane_size")
        hurts += doubts.poor_mesh(found)
    if case.process is not None:
        for step in plan(case.process, [layer.name for layer in stack.layers]):
            comparison = ladder.compare(stack, step, lambda choice: library.resolve(choice, case.materials))
            if comparison is not None:
                shape = "convex" if comparison.curvature_x_per_m + comparison.curvature_y_per_m > 0 else "concave"
                table.add_row(f"step '{step.name}'", f"laminate theory: {comparison.warpage_um:.4g} um, {shape}")
                hurts += doubts.slender(step.name, comparison.slenderness, comparison.bifurcation_kelvin)
    for text in hurts:
        table.add_row("[yellow]will hurt[/]", text)
    return table


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"
