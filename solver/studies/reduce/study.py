"""`planish reduce`: a reduced thermal model of a case, checked against the full one; files, table and one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mpi4py import MPI
from rich.table import Table

from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.case.yaml_text import Loc
from solver.errors import CaseError
from solver.materials import library
from solver.models.needs import HEAT
from solver.progress import Progress
from solver.simulation import Simulation
from solver.studies.reduce import export
from solver.studies.reduce.doubtful import doubtful
from solver.studies.reduce.reduction import Reduced, reduction
from solver.studies.study import Study, Variants, conduct, study_of
from solver.units import in_percent


class Reduction(Study[None, Reduced]):
    """The full model at points of its film coefficients, until a small one has the same temperatures."""

    needs = frozenset({HEAT})

    def plan(self, loaded: LoadedCase, variants: Variants) -> None:  # noqa: ARG002 (points are found as it goes)
        if loaded.case.thermal is None:
            raise CaseError(f"{loaded.source.path}: the case has no `thermal` section, so there is nothing to reduce")
        for i, layer in enumerate(loaded.case.geometry.layers):
            loc: Loc = ("geometry", "layers", i)
            _stores_heat(loaded, (*loc, "material"), layer.material)
            for j, region in enumerate(layer.regions):
                _stores_heat(loaded, (*loc, "regions", j, "material"), region.material)

    def title(self, plan: None) -> str:  # noqa: ARG002
        return "reduced thermal model"

    def solve(self, plan: None, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> Reduced:  # noqa: ARG002
        found = reduction(Simulation(loaded, comm, progress))
        for text in doubtful(found):
            progress.warn(text)
        return found

    def write(self, found: Reduced, known: dict[str, Any], results: Path) -> dict[str, Any]:
        from solver.report.pictures import reduced  # Matplotlib takes a second to import

        whole = export.write(found, known["case"], known["run"], known["warnings"], results / export.FOLDER)
        reduced.draw(whole, results / "pictures" / "reduced.png")
        return whole

    def table(self, found: Reduced, known: dict[str, Any]) -> Table:
        model, step = found.model, found.step
        table = Table(title=model.title, title_justify="left", show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        table.add_row("states", f"{model.order}, of {found.unknowns} unknowns")
        films = "; ".join(
            f"{n} {low:.4g} to {high:.4g}" for n, (low, high) in zip(model.films, model.ranges, strict=True)
        )
        table.add_row("films (W/m2/K)", films)
        table.add_row("times", f"from {model.shortest_time:.3g} s")
        table.add_row(
            "error, held out", f"{in_percent(known['held_out_error'])} of {len(known['held_out'])} points at random"
        )
        table.add_row("error, candidates", f"{in_percent(known['candidate_error'])} at the worst point left as it was")
        table.add_row("error, step of power", f"{in_percent(step.error)} of the rise, {len(step.times)} times")
        table.add_row("error, as it stands", f"{in_percent(known['as_it_stands']['error'])} of the largest rise")
        if found.network is not None:
            fit, out = found.network.training, found.network.held_out
            table.add_row(
                "network",
                f"{len(found.network.pairs)} resistances; junctions within {in_percent(fit.junction_max)} "
                f"({in_percent(out.junction_max)} held out), heat within {in_percent(fit.heat_max)} "
                f"({in_percent(out.heat_max)})",
            )
        return table

    def files(self, found: Reduced) -> str:
        network = ", network.json, network.cir" if found.network else ""
        return f"{export.FOLDER}/ (reduced.npz, .mat, .cir, .json{network}), pictures/reduced.png"


def study(path: Path, overrides: Sequence[str], comm: MPI.Intracomm, output: Path | None = None) -> dict[str, Any]:
    """Reduce a case; collective. Arguments, outcome and errors as of `conduct`."""
    return conduct(study_of("reduce"), path, overrides, comm, output)


def _stores_heat(loaded: LoadedCase, loc: Loc, choice: MaterialChoice | None) -> None:
    if choice is None:
        return
    material = library.resolve(choice, loaded.case.materials)
    missing = [key for key in ("density", "specific_heat") if not material.has(key)]
    if missing:
        rule = f"the material has no {', '.join(missing)}, which a reduced model needs; give it under `materials`"
        raise loaded.source.error(loc, rule)
