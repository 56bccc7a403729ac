"""`report.html`: one self-contained page an engineer can forward."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from solver.case.loaded import LoadedCase
from solver.files import write_text
from solver.metrics.sign import SignedShape, sense
from solver.report import (
    current_tables,
    figure_tables,
    input_tables,
    life_tables,
    memory_tables,
    output_tables,
    reading_tables,
    run_tables,
    shape_tables,
    via_tables,
)
from solver.report.brittle_table import brittle_table
from solver.report.coupling_tables import coupling_tables
from solver.report.crack_tables import crack_tables
from solver.report.pictures.warpage import show_um
from solver.report.submodel_tables import submodel_tables
from solver.report.tables import Table, number

TEMPLATE = "report.html.j2"
_CAPTIONS = {
    "warpage": "warpage map and profiles",
    "deformed": "deformed shape",
    "stress": "stress of every layer",
    "die_shift": "shift of the dies, and what a correction of the panel leaves",
    "keep_out": "change of mobility around the vias",
    "hybrid_bond": "gap and pressure in the plane of the bond",
    "place": "stress on its section",
    "electromigration": "current density times length of every part against its threshold",
    "lithography": "flatness and overlay of exposure fields",
}
_SINGLE_CAPTIONS = {
    "stack": "Stack drawing",
    "curve": "Warpage against temperature",
    "vias": "Thermal vias: present array (open circles) and others",
    "over_time": "Warpage, temperature and stress against time",
    "warpage_in_time": "Warpage and temperature against time, increment by increment",
    "stress_in_time": "Mean stress of layers and regions with a memory, against time",
    "cure": "Degree of cure, glass transition and temperature against time",
    "hysteresis": "Stress against strain of what yields or creeps, by thermal cycle",
    "thermal_history": "Temperatures and heat flows against time",
    "impedance": "Thermal impedance and its time constants",
    "structure": "Structure functions",
    "influence": "Influence of the sources of heat on each other",
    "history": "Stress and strain energy of the layers, step by step",
    "temperature": "Temperature from above and in section",
    "temperature_3d": "Temperature, a quarter cut away",
    "current": "Current density of the layers that carry current",
    "life": "Median life of the layers that carry current",
}


@dataclass(frozen=True)
class Headline:
    """One number of the verdict box."""

    label: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as it stands in the report: caption, data URI, remark."""

    caption: str
    uri: str


def write_report(loaded: LoadedCase, summary: dict[str, Any], results: Path, since: Sequence[str] = ()) -> Path:
    """Write `results/report.html` from the summary and the pictures that are in `results/pictures`.

    Args:
        loaded: the case.
        summary: what `summary.json` holds; missing parts are left out of the report.
        results: the results folder.
        since: what is not as it was when the run was made.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = results / "pictures"
    page = environment.get_template(TEMPLATE).render(
        title=summary.get("title") or loaded.case.title,
        case=summary.get("case") or loaded.directory.name,
        run=run_tables.line(summary),
        overrides=(summary.get("run") or {}).get("overrides") or [],
        since=since,
        headlines=headlines(summary),
        warnings=summary.get("warnings") or [],
        sections=_sections(loaded, summary, pictures),
        sources=input_tables.source_tables(loaded),
        planish=number(summary.get("planish")),
    )
    path = results / "report.html"
    write_text(path, page, synced=False)
    return path


def headlines(summary: dict[str, Any]) -> list[Headline]:
    """The verdict: warpage of every step and the highest temperature."""
    found = []
    for step in summary.get("steps") or []:
        if step.get("warpage_um") is not None:
            temperature = step.get("temperature_degc")
            at = "" if step.get("thermal_time_s") is None else f" at {number(step['thermal_time_s'])} s"
            where = f"in the temperature field{at}" if temperature is None else f"at {number(temperature)} degC"
            words = f"{sense(SignedShape.of(step))}, {where}"
            found.append(Headline(f"Warpage: {step['name']}", show_um(step["warpage_um"]), words))
    found += [_limit(one) for one in summary.get("warpage_limits") or [] if one["passed"] is not None]
    thermal = summary.get("thermal") or {}
    if thermal.get("max_temperature_degc") is not None:
        power = thermal.get("power_w")
        remark = "" if power is None else f"at {number(power)} W"
        hottest = thermal["max_temperature_degc"]
        if "peak_temperature_degc" in thermal:
            hottest, when = thermal["peak_temperature_degc"], number(thermal.get("peak_time_s"))
            remark = f"at {when} s of {number(thermal.get('duration_s'))} s"
        found.append(Headline("Highest temperature", f"{number(hottest)} degC", remark))
    return found + [Headline(*words) for words in current_tables.headlines(summary)]


def _limit(one: dict[str, Any]) -> Headline:
    limit = one["concave_um" if one["worst_um"] < 0 else "convex_um"]
    verdict = "met" if one["passed"] else "exceeded"
    worst = f"{show_um(one['worst_um'])} at {number(one['worst_temperature_degc'])} degC, limit {show_um(limit)}"
    return Headline(f"Warpage limit, {one['standard']}", verdict, worst)


def _sections(loaded: LoadedCase, summary: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Title, tables and pictures of every section, empty ones left out."""
    sections = []
    for title, tables, paths in _parts(loaded, summary, folder):
        shown = [table for table in tables if table is not None]
        pictures = [Picture(_caption(path), _uri(path)) for path in paths if path.is_file()]
        if shown or pictures:
            sections.append({"title": title, "tables": shown, "pictures": pictures})
    return sections


def _parts(
    loaded: LoadedCase, summary: dict[str, Any], folder: Path
) -> list[tuple[str, list[Table | None], list[Path]]]:
    """Title, tables and files of pictures of every section, whether they are there or not."""
    shapes = sorted([*_of_kind(folder, "warpage"), *_of_kind(folder, "deformed")], key=_step_then_map)
    names = ("thermal_history", "temperature", "temperature_3d", "influence", "impedance", "structure", "vias")
    heat = [folder / f"{name}.png" for name in names]
    return [
        (
            "Inputs",
            [
                input_tables.stack_table(loaded),
                output_tables.array_table(summary),
                output_tables.copper_table(summary),
                input_tables.process_table(loaded),
            ],
            [folder / "stack.png", *_of_layers(folder)],
        ),
        (
            "Warpage",
            [
                output_tables.step_table(summary),
                *(shape_tables.form_table(summary), shape_tables.error_table(summary)),
                shape_tables.limit_table(summary),
                shape_tables.point_table(summary),
                output_tables.branch_table(summary),
                output_tables.birth_table(summary),
                *_of_supports(summary),
                output_tables.overlay_table(summary),
            ],
            shapes,
        ),
        ("Warpage against temperature", [*output_tables.curve_tables(summary)], [folder / "curve.png"]),
        (
            "Materials in time",
            [memory_tables.elastic_table(summary), memory_tables.memory_table(summary)],
            [folder / f"{name}.png" for name in ("warpage_in_time", "cure", "stress_in_time", "hysteresis")],
        ),
        ("Life and fracture", _of_life(summary), _pictures_of_life(folder)),
        ("Warpage against time", [output_tables.over_time_table(summary)], [folder / "over_time.png"]),
        ("Die shift", [*reading_tables.die_shift_tables(summary)], _of_kind(folder, "die_shift")),
        ("Lithography", _of_lithography(summary), _of_kind(folder, "lithography", "via_landing_*")),
        (
            "Stress",
            [
                reading_tables.history_table(summary),
                *output_tables.stress_tables(summary),
                *reading_tables.axes_tables(summary),
            ],
            [folder / "history.png", *_of_kind(folder, "stress")],
        ),
        (
            "Heat",
            [*output_tables.thermal_tables(summary), *figure_tables.tables(summary), *coupling_tables(summary)],
            heat,
        ),
        ("Current", _of_current(summary), _pictures_of_current(folder)),
        ("Checks", [output_tables.balance_table(summary), output_tables.mesh_table(summary)], []),
        ("Run", [run_tables.run_table(summary), run_tables.record_table(summary)], []),
    ]


def _of_supports(summary: dict[str, Any]) -> list[Table | None]:
    return [output_tables.contact_table(summary), reading_tables.prescribed_table(summary)]


def _of_lithography(summary: dict[str, Any]) -> list[Table | None]:
    return [reading_tables.lithography_table(summary), *reading_tables.via_landing_tables(summary)]


def _of_current(summary: dict[str, Any]) -> list[Table | None]:
    return [*current_tables.tables(summary), *current_tables.stressed_lines(summary)]


def _pictures_of_current(folder: Path) -> list[Path]:
    return [*(folder / f"{name}.png" for name in ("current", "life")), *_of_kind(folder, "electromigration")]


def _of_life(summary: dict[str, Any]) -> list[Table | None]:
    vias = [*via_tables.keep_out_tables(summary), *via_tables.hybrid_bond_tables(summary)]
    return [
        *crack_tables(summary),
        brittle_table(summary),
        *life_tables.life_tables(summary),
        *vias,
        *submodel_tables(summary),
    ]


def _pictures_of_life(folder: Path) -> list[Path]:
    return [
        *sorted(folder.glob("crack_*.png")),
        *sorted(folder.glob("joint_*life_*.png")),
        *_of_kind(folder, "keep_out"),
        *_of_kind(folder, "hybrid_bond"),
        *_of_kind(folder, "place"),
    ]


def _of_kind(folder: Path, *kinds: str) -> list[Path]:
    return [path for kind in kinds for path in sorted(folder.glob(f"*_{kind}.png"))]


def _of_layers(folder: Path) -> list[Path]:
    return sorted(folder.glob("copper_*.png"))


def _step_then_map(path: Path) -> tuple[str, bool]:
    """Sort by step, the map of a step before its deformed shape."""
    step, _, kind = path.stem.rpartition("_")
    return step, kind == "deformed"


def _caption(path: Path) -> str:
    if path.stem.startswith("copper_"):
        return "Copper map"
    if path.stem.startswith("joint_"):
        return "Life of every piece of copper" if "copper" in path.stem else "Life of every joint"
    if path.stem.startswith("crack_edge_"):
        return "Singular edge: stress against distance, and the singular and even stress that are fitted"
    if path.stem == "crack_cohesive":
        return "Cohesive interface: where it has parted, and the load over how far it moves"
    if path.stem.startswith("crack_"):
        return "Delamination: energy released along its front, and over the size of the starter crack"
    if "_via_landing_" in path.stem:
        step, _, name = path.stem.partition("_")[2].partition("_via_landing_")
        step, name = step.replace("-", " "), name.replace("-", " ")
        return f"Step {step}, vias {name}: ring of pad that is left, and pads for which all land"
    kind = next((kind for kind in _CAPTIONS if path.stem.endswith(f"_{kind}")), None)
    if kind is None:
        return _SINGLE_CAPTIONS.get(path.stem, path.stem.capitalize())
    step, _, of = path.stem.removesuffix(f"_{kind}").partition("_")[2].replace("-", " ").partition("_")
    return f"Step {step}{of and ', ' + of.replace('_', ' ')}: {_CAPTIONS[kind]}"


def _uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
