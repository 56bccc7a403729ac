"""Tables of the report on vias in silicon: keep-out zones and the rise of their copper."""

from typing import Any

from solver.report.tables import Table, number

Summary = dict[str, Any]

_NOTE = (
    "Change of mobility at the top of the silicon by piezoresistance (C. S. Smith, Phys. Rev. 94 (1954) 42, unless the "
    "case has coefficients of its own). Radius: farthest from the middle of a via that the limit is exceeded; area: of "
    "silicon, via by via. Every via: keep_out_vias_STEP.csv."
)


def keep_out_tables(summary: Summary) -> list[Table]:
    """Zones by device, and copper above the silicon, of every step."""
    found = [(step["name"], step["keep_out"]) for step in summary.get("steps") or [] if step.get("keep_out")]
    if not found:
        return []
    zones = [
        [
            step,
            name,
            f"{one['carriers']}, {one['channel']} at {number(one['angle_deg'])} deg",
            f"{number(one['least_change_percent'])} to {number(one['most_change_percent'])}",
            number(one["radius_um"]),
            f"{number(one['area_um2'])}, {number(one['worst_area_um2'])}",
            number(100.0 * one["part_lost"]),
        ]
        for step, entry in found
        for name, one in entry["devices"].items()
    ]
    columns = (
        "step", "device", "channel", "change of mobility (%)", "radius (um)", "area a via: mean, worst (um2)",
        "silicon lost (%)",
    )  # fmt: skip
    tables = [Table(f"Keep-out zones, limit {number(found[0][1]['limit_percent'])} %", columns, zones, _NOTE)]
    heights = [
        [step, copper["since"], *(number(copper[key]) for key in ("mean_um", "highest_um", "all_mean_um"))]
        for step, entry in found
        if (copper := entry.get("copper"))
    ]
    head = ("step", "flush at", "mean of the worst (um)", "its highest point (um)", "mean of all (um)")
    note = "Top of the copper over the silicon between two and three radii from the middle of the via."
    return tables + ([Table("Copper above the silicon", head, heights, note)] if heights else [])
