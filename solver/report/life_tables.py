"""Tables of the report on the life of joints: what fails first stands first."""

from typing import Any

from solver.report.tables import ABSENT, Table, number

Summary = dict[str, Any]

_NOTE = (
    "Cycles of the process until the weakest joint fails, by published models of fatigue, each with the alloy, the "
    "creep law and the averaged layer of its authors: between two models a factor of two or three is usual. 1 % and "
    "63 % of packages: after these cycles a share of packages has lost its first joint, if joints fail apart from each "
    "other. Years: damage of all cycles of the mission summed (Miner)."
)


def last_life(summary: Summary) -> Summary | None:
    """The entry of the last cycle, None of a run without one."""
    return next((step["life"] for step in reversed(summary.get("steps") or []) if step.get("life")), None)


def life_tables(summary: Summary) -> list[Table]:
    """Life by model, what each cycle does, and the mission."""
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


def _cycles(entries: list[Summary]) -> Table:
    rows = [
        [
            number(entry["cycle"]),
            f"{part['part'].replace('/', ' / ')}, {part['row']}",
            number(part["averaged_over_um"]),
            number(part["work_per_cycle_mpa"]),
            number(100.0 * part["strain_per_cycle"]),
            ABSENT if part["change_from_cycle_before"] is None else f"{100.0 * part['change_from_cycle_before']:.2g} %",
            f"{100.0 * part['extrapolated_by']:.2g} %" if part["extrapolated_by"] else ABSENT,
        ]
        for entry in entries
        for part in entry["parts"]
    ]
    columns = (
        "cycle", "joints", "averaged over (um)", "work (MJ/m3)", "inelastic strain (%)", "change", "extrapolated by",
    )  # fmt: skip
    note = (
        "Of the joint with most work. Change: largest from the cycle before; the first cycle is never the settled one."
    )
    return Table("What a cycle does to joints", columns, rows, note)


def _mission(last: Summary) -> Table | None:
    rows, seen = [], set()
    for part in last["parts"]:
        for life in part["lives"]:
            if not life["mission"] or life["model"] in seen:
                continue
            seen.add(life["model"])
            rows += [
                [
                    life["model"],
                    one["name"],
                    f"{number(one['minimum_degc'])} to {number(one['maximum_degc'])}",
                    number(one["dwell_s"] / 60.0),
                    number(one["count"]),
                    number(one["acceleration_factor"]),
                    number(one["cycles"]),
                    number(one["damage"]),
                ]
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
