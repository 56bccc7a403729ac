"""`planish vias`: solve heat for the present array and for each other one; table, `vias.json` and one picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI
from rich.table import Table

from solver.case.loaded import LoadedCase
from solver.errors import CaseError
from solver.files import write_text
from solver.models.needs import HEAT
from solver.models.planes import Planes
from solver.output.summary import plain
from solver.parallel import on_root
from solver.progress import Progress
from solver.simulation import Simulation
from solver.studies.study import Study, Variants, conduct, study_of
from solver.studies.vias.array import ViaArray, find, sweeps
from solver.studies.vias.performance import Performance, performance

COLUMNS = ("", "pitch (um)", "diameter (um)", "wall (um)", "vias", "junction (degC)", "to the sink (K/W)",
           "array (K/W)", "as heat flows (K/W)", "spreading", "heat through it")  # fmt: skip


@dataclass(frozen=True)
class ViaPlan:
    """Arrays to try.

    Attributes:
        array: the present one.
        tried: for each parameter that is varied, ascending.
        variants: of the case.
    """

    array: ViaArray
    tried: dict[str, list[ViaArray]]
    variants: Variants


@dataclass(frozen=True)
class ViaFindings:
    """The plan, and what each array does."""

    plan: ViaPlan
    of_array: dict[ViaArray, Performance]


class ViaStudy(Study[ViaPlan, ViaFindings]):
    """Every array is smeared out to its unit cell; the constriction of the heat in a plane at each via is left out."""

    needs = frozenset({HEAT})

    def plan(self, loaded: LoadedCase, variants: Variants) -> ViaPlan:
        if loaded.case.thermal is None:
            raise CaseError(
                f"{loaded.source.path}: the case has no `thermal` section, and vias are looked at by their heat"
            )
        array = find(loaded)
        tried = sweeps(loaded, array)
        kept = {key: [one for one in some if variants.possible(one.overrides())] for key, some in tried.items()}
        return ViaPlan(array, {key: some for key, some in kept.items() if len(some) > 1}, variants)

    def title(self, plan: ViaPlan) -> str:
        return f"vias of {plan.array.block}"

    def solve(self, plan: ViaPlan, loaded: LoadedCase, comm: MPI.Intracomm, progress: Progress) -> ViaFindings:  # noqa: ARG002
        planes, found = Planes(), dict[ViaArray, Performance]()
        for one in [plan.array, *(one for some in plan.tried.values() for one in some)]:
            if one not in found:
                with progress.stage("solve", words(one)):
                    found[one] = _solve(plan.variants, one, comm, planes)
        return ViaFindings(plan, found)

    def write(self, found: ViaFindings, known: dict[str, Any], results: Path) -> dict[str, Any]:
        from solver.report.pictures import vias  # Matplotlib takes a second to import

        plan = found.plan

        def entry(array: ViaArray) -> dict[str, Any]:
            return _entry(array, found.of_array[array])

        whole = {
            **{key: known[key] for key in ("run", "case", "title")},
            "array": plan.array.block,
            "present": entry(plan.array),
            "sweeps": {key: [entry(one) for one in some] for key, some in plan.tried.items()},
        }
        write_text(results / "vias.json", json.dumps(plain(whole), indent=2) + "\n")
        vias.draw(whole, results / "pictures" / "vias.png")
        return whole

    def table(self, found: ViaFindings, known: dict[str, Any]) -> Table:
        plan = found.plan
        table = Table(*COLUMNS, title=f"{known['title']}: {plan.array.block}", title_justify="left")
        present = _cells(plan.array, found.of_array[plan.array])
        table.add_row("present", *present, style="bold")
        for key, some in plan.tried.items():
            table.add_section()
            for one in some:
                style = "bold" if one == plan.array else ""
                table.add_row(key, *_cells(one, found.of_array[one]), style=style)
        return table

    def files(self, found: ViaFindings) -> str:  # noqa: ARG002
        return "vias.json, pictures/vias.png"


def study(path: Path, overrides: Sequence[str], comm: MPI.Intracomm, output: Path | None = None) -> dict[str, Any]:
    """Run the study of a case; collective. Arguments, outcome and errors as of `conduct`."""
    return conduct(study_of("vias"), path, overrides, comm, output)


def words(array: ViaArray) -> str:
    """An array in words."""
    shape = f"{1e6 * array.diameter:.4g} um"
    if array.plating is not None:
        shape = f"{1e6 * array.diameter:.4g}/{1e6 * array.diameter - 2e6 * array.plating:.4g} um"
    count = f"{array.count[0]} x {array.count[1]} vias of " if array.count is not None else "vias of "
    return f"{count}{shape} at {' x '.join(f'{1e6 * p:.4g}' for p in dict.fromkeys(array.pitch))} um"


def _solve(variants: Variants, array: ViaArray, comm: MPI.Intracomm, planes: Planes) -> Performance:
    loaded = on_root(comm, lambda: variants.load(array.overrides()))
    simulation = Simulation(loaded, comm, Progress(comm, quiet=True))
    planes.give(simulation)
    heat = simulation.heat()
    assert heat is not None  # the plan asks for it
    return performance(loaded, array, heat)


def _entry(array: ViaArray, found: Performance) -> dict[str, Any]:
    """Of `vias.json`."""
    return {
        "pitch_um": [1e6 * p for p in array.pitch],
        "diameter_um": 1e6 * array.diameter,
        "plating_um": None if array.plating is None else 1e6 * array.plating,
        "count": None if array.count is None else array.count[0] * array.count[1],
        "columns_and_rows": None if array.count is None else list(array.count),
        **asdict(found),
    }


def _cells(array: ViaArray, found: Performance) -> list[str]:
    theta, count = found.theta_k_per_w, array.count
    return [
        " x ".join(f"{1e6 * p:.4g}" for p in dict.fromkeys(array.pitch)),
        f"{1e6 * array.diameter:.4g}",
        "solid" if array.plating is None else f"{1e6 * array.plating:.4g}",
        "" if count is None else str(count[0] * count[1]),
        f"{found.junction_temperature_degc:.2f}",
        "" if theta is None else f"{theta:.4g}",
        f"{found.array_k_per_w:.4g}",
        f"{found.effective_k_per_w:.4g}",
        f"{100 * found.spreading_share:.0f} %",
        f"{100 * found.heat_share:.0f} %",
    ]
