"""Tables of the report on the life of joints: what fails first stands first."""

from collections.abc import Iterator
from typing import Any

from solver.report.current_tables import mortal_links
from solver.report.tables import ABSENT, Table, number
from solver.units import in_percent

Summary = dict[str, Any]
_HOURS = 8766.0  # of a year

_NOTE = (
    "Cycles of the process until the weakest joint fails, by published models of fatigue, each with the alloy, the "
    "creep law and the averaged layer of its authors: between two models a factor of two or three is usual. 1 % and "
    "63 % of packages: after these cycles a share of packages has lost its first joint, if joints fail apart from each "
    "other. Years: damage of all cycles of the mission summed (Miner)."
)


def last_life(summary: Summary) -> Summary | None:
    """The entry of the last cycle, None of a run without one."""
    return next((step["life"] for step in reversed(summary.get("steps") or []) if step.get("life")), None)


def mechanism_table(summary: Summary) -> Table | None:
    """Shortest life of every mechanism that the run knows of, that which fails first in front."""
    rows = [*_mechanisms(summary)]
    if len({row[0] for row in rows}) < 2:
        return None
    rows.sort(key=lambda row: (row[3] is None, row[3] or 0.0, row[2] or 0.0))
    shown = [[mechanism, part, number(cycles), number(years), model] for mechanism, part, cycles, years, model in rows]
    note = (
        "Years: damage of all cycles of the mission summed (Miner); of currents the median life without a pause. A "
        "mechanism without years stands by its cycles, behind those with years."
    )
    columns = ("mechanism", "part", "cycles of the process", "years", "model")
    return Table("Life by mechanism, the first to fail in front", columns, shown, note)


def _mechanisms(summary: Summary) -> Iterator[tuple[str, str, float | None, float | None, str]]:
    """Mechanism, part, cycles, years and model, the shortest life of each part."""
    for part in (last_life(summary) or {"parts": []})["parts"]:
        if part["lives"]:
            life = part["lives"][0]
            yield "solder fatigue", f"{part['part']}, {part['row']}", life["cycles"], life["years"], life["model"]
    for part in (_last_copper(summary) or {"parts": []})["parts"]:
        name = f"{part['part']}, {part['row']}"
        yield "copper fatigue", name, part["cycles"], part.get("years"), part["model"]
    for link in mortal_links(summary):
        by = "Black, median life" + ("" if link["mortal"] else "; its stress takes it over Blech's threshold")
        yield "electromigration", link["part"], None, link["median_life_h"] / _HOURS, by


def _last_copper(summary: Summary) -> Summary | None:
    return next((step["copper_life"] for step in reversed(summary.get("steps") or []) if step.get("copper_life")), None)


def copper_table(summary: Summary) -> Table | None:
    """Life of copper after the last cycle."""
    last = _last_copper(summary)
    if last is None:
        return None
    rows = [
        [
            f"{part['part'].replace('/', ' / ')}, {part['row']}",
            number(part["averaged_over_um"]),
            number(part["pieces"]),
            f"{number(part['weakest_x_mm'])}, {number(part['weakest_y_mm'])}",
            number(100.0 * part["plastic_range"]),
            number(100.0 * part["total_range"]),
            part["model"],
            number(part["cycles"]),
            number(part.get("years")),
            part["source"],
        ]
        for part in last["parts"]
    ]
    columns = (
        "copper", "averaged over (um)", "pieces", "weakest at x, y (mm)", "plastic range (%)", "total range (%)",
        "model", "cycles", "years of the mission", "source",
    )  # fmt: skip
    between = f"{number(last['minimum_degc'])} to {number(last['maximum_degc'])} degC"
    note = (
        "Plastic range: half of the equivalent plastic strain along its path in the cycle, mean over the row of cells "
        "of a piece; total: with the equivalent range of stress over the modulus. Years: swings of the mission to the "
        "power of the ductility law, damage summed (Miner). Every piece: copper_life_PART_STEP.csv."
    )
    return Table(f"Life of copper, cycles of {between}", columns, rows, note)


def _jump(one: dict[str, Any]) -> str:
    errors = f"{in_percent(one['error_estimate'])} estimated, {in_percent(one['error_found'])} found"
    return f"{one['cycles']} after {one['after_cycle']} ({errors})"


def settling_table(summary: Summary) -> Table | None:
    """What rounds of the process came to that end once they have settled."""
    rows = [
        [
            f"{one['first_cycle']} to {one['last_cycle']}",
            f"{one['solved']} of at most {one['at_most']}",
            "; ".join(_jump(jump) for jump in one.get("jumps") or []) or ABSENT,
            "yes" if one["settled"] else "no",
            ABSENT if one.get("part") is None else f"{one['of']} of {one['part'].replace('/', ' / ')}",
            ABSENT if one["change"] is None else in_percent(one["change"]),
            ABSENT if one["remaining"] is None else in_percent(one["remaining"]),
            in_percent(one["tolerance"]),
        ]
        for one in summary.get("settled_cycles") or []
    ]
    columns = (
        "cycles",
        "solved",
        "left out",
        "settled",
        "changes most",
        "from the cycle before",
        "still to come",
        "tolerance",
    )
    note = (
        "Inelastic work and strain of a cycle, means over layers and regions: their change from the cycle before, and "
        "what all cycles that would follow still change, if changes go on shrinking as they do. Rounds that have "
        "settled end; the steps left out are not in this report. Left out: as if they did what the cycle before "
        "them did, with the error of what has gathered at their end, as estimated and as the first cycle after tells."
    )
    return Table("Cycles until they settle", columns, rows, note) if rows else None


def life_tables(summary: Summary) -> list[Table]:
    """Life by mechanism, of copper, by model of solder, what each cycle does, and the mission."""
    whole = [
        table
        for table in (settling_table(summary), mechanism_table(summary), copper_table(summary))
        if table is not None
    ]
    return whole + _solder_tables(summary)


def _solder_tables(summary: Summary) -> list[Table]:
    entries = [step["life"] for step in summary.get("steps") or [] if step.get("life")]
    if not entries:
        return []
    last = entries[-1]
    dwell = "no hold" if last.get("dwell_s") is None else f"{number(last['dwell_s'] / 60.0)} min"
    between = f"{number(last['minimum_degc'])} to {number(last['maximum_degc'])} degC, {dwell} at the maximum"
    found = [_lives(last, between), _cycles(entries)]
    return found + [table for table in (_mission(last), _doubts(last)) if table is not None]


def _lives(last: Summary, between: str) -> Table:
    rows = [
        [
            f"{part['part'].replace('/', ' / ')}, {part['row']}",
            life["model"],
            life["gives"],
            f"{life['weakest_joint']} at {number(life['weakest_x_mm'])}, {number(life['weakest_y_mm'])}",
            number(life["cycles"]),
            number(life["package_cycles_1_percent"]),
            number(life["package_cycles_63_percent"]),
            number(life["years"]),
            life["source"],
        ]
        for part in last["parts"]
        for life in part["lives"]
    ]
    rows.sort(key=lambda row: float(row[4]) if row[4] != ABSENT else float("inf"))
    columns = (
        "joints", "model", "life", "weakest joint at x, y (mm)", "cycles", "1 % of packages", "63 % of packages",
        "years of the mission", "source",
    )  # fmt: skip
    return Table(f"Life of joints, cycles of {between}", columns, rows, _NOTE)


def _share(part: float | None) -> str:
    return ABSENT if part is None else f"{100.0 * part:.2g} %"


def _cycles(entries: list[Summary]) -> Table:
    rows = [
        [
            number(entry["cycle"]),
            f"{part['part'].replace('/', ' / ')}, {part['row']}",
            number(part["averaged_over_um"]),
            number(part["work_per_cycle_mpa"]),
            number(100.0 * part["strain_per_cycle"]),
            _share(part["change_from_cycle_before"]),
            _share(part["remaining_change"]),
            _share(part["extrapolated_by"] or None),
        ]
        for entry in entries
        for part in entry["parts"]
    ]
    columns = (
        "cycle", "joints", "averaged over (um)", "work (MJ/m3)", "inelastic strain (%)", "change", "to go",
        "extrapolated by",
    )  # fmt: skip
    note = (
        "Of the joint with most work. Change: largest from the cycle before of those that do the same; the first is "
        "never the settled one. To go: what all cycles that would follow change, if changes go on shrinking as they do."
    )
    return Table("What a cycle does to joints", columns, rows, note)


def _mission(last: Summary) -> Table | None:
    weakest: dict[str, Summary] = {}
    for life in (life for part in last["parts"] for life in part["lives"] if life["mission"]):
        known = weakest.setdefault(life["model"], life)
        if life["cycles"] is not None and (known["cycles"] is None or life["cycles"] < known["cycles"]):
            weakest[life["model"]] = life
    rows = [
        [
            name,
            one["name"],
            f"{number(one['minimum_degc'])} to {number(one['maximum_degc'])}",
            number(one["dwell_s"] / 60.0),
            number(one["count"]),
            number(one["acceleration_factor"]),
            number(one["cycles"]),
            number(one["damage"]),
        ]
        for name, life in weakest.items()
        for one in life["mission"]
    ]
    if not rows:
        return None
    columns = (
        "model", "cycle", "degC", "dwell (min)", "cycles a year (test: all)", "acceleration factor", 
        "cycles to failure", "damage a year (test: all)",
    )  # fmt: skip
    note = (
        "Of the weakest part by each model. Acceleration: cycles there over cycles of the process. Failure at damage 1."
    )
    return Table("Mission", columns, rows, note)


def _doubts(last: Summary) -> Table | None:
    rows = [
        [f"{part['part'].replace('/', ' / ')}, {part['row']}", life["model"], text]
        for part in last["parts"]
        for life in part["lives"]
        for text in life["doubts"]
    ]
    return Table("What makes a life doubtful", ("joints", "model", "why"), rows) if rows else None
