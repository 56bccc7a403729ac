"""Tables of the report on what is read after a step: die shift, exposure fields, history of the layers."""

from typing import Any

from solver.output.summary import parts
from solver.report.tables import ABSENT, Table, number, percent

Summary = dict[str, Any]

_TERMS = (
    "translation_x_um",
    "translation_y_um",
    "rotation_urad",
    "magnification_x_ppm",
    "magnification_y_ppm",
    "orthogonality_urad",
)
_TERM_COLUMNS = (
    "translation x, y (um)", "rotation (urad)", "magnification x, y (ppm)", "orthogonality (urad)",
)  # fmt: skip
_SIGMA = ("three_sigma_x_um", "three_sigma_y_um")
_NOISE = 1e-9  # um, urad, ppm: rounding of the sums


def die_shift_tables(summary: Summary) -> list[Table]:
    """The dies of every step, and what a stepper can correct of them."""
    steps = [step for step in summary.get("steps") or [] if step.get("die_shift")]
    if not steps:
        return []
    dies, panel = [], []
    for step in steps:
        found = step["die_shift"]
        keys = ("max_shift_um", "max_rotation_urad", "mean_magnification_ppm", "max_residual_um")
        dies.append(
            [step["name"], found["reference"], number(found["dies"]), *(_value(found.get(key)) for key in keys)]
        )
        if found.get("panel"):
            panel.append([step["name"], *_terms(found["panel"]), *_rest(found["panel_residual"])])
    columns = (
        "step", "relative to", "dies", "largest shift (um)", "largest rotation (urad)", "mean magnification (ppm)",
        "largest residual in a die (um)",
    )  # fmt: skip
    note = (
        "In the plane of the levelled panel, its rigid motion taken away. Residual in a die: root mean square of what "
        "shift, rotation and magnification leave. Every die: die_shift_STEP.csv."
    )
    found = [Table("Die shift", columns, dies, note)]
    if panel:
        note = (
            "Least squares over the dies: what a stepper can correct for the whole panel; then what is left of the "
            "shifts. Orthogonality: by how much the angle between the axes exceeds 90 degrees."
        )
        head = ("step", *_TERM_COLUMNS, "left: mean (um)", "3 sigma x, y (um)", "max. (um)")
        found.append(Table("Panel as a whole", head, panel, note))
    return found


def axes_tables(summary: Summary) -> list[Table]:
    """Stress along the axes of materials that lie turned, a table per step."""
    names = ("11", "22", "33", "23", "13", "12")
    columns = ("layer / region", *(f"{name} (MPa)" for name in names))
    note = "Lowest and highest, along the first axis of the material (11), across it (22), along z (33), and shears."
    return [
        Table(
            f"Stress along the axes of the material: {step['name']}",
            columns,
            [
                [name.replace("/", " / "), *(_range(found.get(one)) for one in names)]
                for name, found in reversed(step["stress_along_axes_mpa"].items())
            ],
            note,
        )
        for step in summary.get("steps") or []
        if step.get("stress_along_axes_mpa")
    ]


def _range(pair: list[float] | None) -> str:
    return ABSENT if pair is None else f"{number(pair[0])} to {number(pair[1])}"


def lithography_table(summary: Summary) -> Table | None:
    """Exposure fields of every step."""
    rows = []
    for step in summary.get("steps") or []:
        found = step.get("lithography")
        if found:
            over = ABSENT
            if found.get("fields_over_budget") is not None:
                over = f"{found['fields_over_budget']} ({percent(found['share_over_budget']).lstrip('+')})"
            keys = ("mean_flatness_um", "max_flatness_um", "depth_of_focus_um")
            flatness = [_value(found.get(key)) for key in keys]
            rows.append(
                [step["name"], found["reference"], number(found["fields"]), *_rest(found["overlay"]), *flatness, over]
            )
    columns = (
        "step", "overlay relative to", "fields", "overlay: mean (um)", "3 sigma x, y (um)", "max. (um)",
        "flatness: mean (um)", "max. (um)", "depth of focus (um)", "fields over it",
    )  # fmt: skip
    note = (
        "Overlay: what the correction of every field leaves. Flatness: range of height in a field about its own "
        "least-squares plane (as SFQR of SEMI M1, of the stack as it lies). Every field: lithography_STEP.csv."
    )
    return Table("Exposure fields", columns, rows, note) if rows else None


def via_landing_tables(summary: Summary) -> list[Table]:
    """Do vias land on their pads: a table per step, a row per layer of vias and correction."""
    keys = (
        "vias", "known_max_um", "random_um", "misalignment_max_um", "least_ring_um", "pad_for_all_um"
    )  # fmt: skip
    columns = (
        "vias", "correction", "looked at", "known, at most (um)", "errors (um)", "together (um)", "least ring (um)",
        "pad for all (um)", "they land", "by chance",
    )  # fmt: skip
    note = (
        "Known: displacement of the pads that the correction leaves. Errors: placement and overlay, 3 sigma, together "
        "by the root of the sum of squares or as a sum. They land: share of vias with known and errors within the "
        "pad. By chance: mean probability with normal errors along x and y. Judged: *. Every pad: via_landing_*.csv."
    )
    found = []
    for step in summary.get("steps") or []:
        rows = []
        for name, entry in (step.get("via_landing") or {}).items():
            for correction, left in entry["corrections"].items():
                judged = f"{correction}{' *' if correction == entry['correction'] else ''}"
                shares = (_share(left.get(key)) for key in ("share_landing", "probability_of_landing"))
                sizes = f"{name}: via {number(entry['via_um'])} um on {number(entry['pad_um'])} um"
                rows.append([sizes, judged, *(number(_rounded(left.get(key))) for key in keys), *shares])
        if rows:
            found.append(Table(f"Vias on their pads: {step['name']}", columns, rows, note))
    return found


def _share(part: float | None) -> str:
    return ABSENT if part is None else f"{100 * part:.4g} %"


def prescribed_table(summary: Summary) -> Table | None:
    """What it takes to displace places."""
    rows = []
    for step in summary.get("steps") or []:
        for found in step.get("prescribed") or []:
            cells = (
                ", ".join(number(_rounded(value)) for value in found.get(key) or [])
                for key in ("displacement_um", "force_n", "moment_nmm")
            )
            given, *loads = cells
            turned = f"; turned {number(found['turn_deg'])} deg" if found.get("turn_deg") else ""
            rows.append([step["name"], found["place"], given + turned, *loads])
    columns = ("step", "place", "displacement x, y, z (um)", "force x, y, z (N)", "moment x, y, z (N mm)")
    note = "Forces of the place on the stack, and their moment about its middle as drawn. Not given: free."
    return Table("Displaced places", columns, rows, note) if rows else None


def _rounded(value: float | None) -> float | None:
    """Zero where rounding is all there is."""
    return 0.0 if value is not None and abs(value) < _NOISE else value


def history_table(summary: Summary) -> Table | None:
    """Largest stress and strain energy, a row per block, top to bottom, and a column per step, of two steps or more."""
    steps = [step for step in summary.get("steps") or [] if _energies(step)]
    if len(steps) < 2:
        return None
    blocks = list(dict.fromkeys(name for step in sorted(steps, key=_count) for name in parts(step)))
    rows = []
    for name in reversed(blocks):
        of_steps = [parts(step).get(name) for step in steps]
        rows.append([name.replace("/", " / "), *("" if part is None else _cell(part) for part in of_steps)])
    rows.append(["all: energy (mJ)", *(number(sum(_energies(step).values())) for step in steps)])
    note = (
        "Largest von Mises stress (MPa), and elastic energy (mJ) of the whole stack, of each region and of each layer "
        "outside its regions; no entry where it is not there."
    )
    return Table("History: largest stress and strain energy", ("", *(step["name"] for step in steps)), rows, note)


def _energies(step: Summary) -> dict[str, float]:
    blocks = parts(step).items()
    return {name: part["strain_energy_mj"] for name, part in blocks if part.get("strain_energy_mj") is not None}


def _count(step: Summary) -> int:
    return -len(parts(step))


def _cell(part: Summary) -> str:
    return f"{number(part.get('max_von_mises_mpa'))}, {number(part.get('strain_energy_mj'))}"


def _terms(panel: Summary) -> list[str]:
    x, y, turn, grown_x, grown_y, askew = (_value(panel.get(key)) for key in _TERMS)
    return [f"{x}, {y}", turn, f"{grown_x}, {grown_y}", askew]


def _rest(left: Summary) -> list[str]:
    sigma = ", ".join(_value(left.get(key)) for key in _SIGMA)
    return [_value(left.get("mean_um")), sigma, _value(left.get("max_um"))]


def _value(value: float | None) -> str:
    """A rounded number, zero where rounding is all there is."""
    return number(0.0 if value is not None and abs(value) < _NOISE else value)
