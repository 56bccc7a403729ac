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


def hybrid_bond_tables(summary: Summary) -> list[Table]:
    """Pads that meet, and the bow a bond can take."""
    found = [(step["name"], step["hybrid_bonds"]) for step in summary.get("steps") or [] if step.get("hybrid_bonds")]
    if not found:
        return []
    keys = (
        "rise_nm", "highest_rise_nm", "confined_rise_nm", "gap_nm", "closes_at_degc", "pressure_mpa",
        "oxide_opening_mpa", "oxide_edge_mpa", "thermal_run_out_nm",
    )  # fmt: skip
    solved = ("met_percent", "peak_mpa")
    rows = [
        [
            step,
            *(number(entry.get(key)) for key in keys),
            *(number((entry.get("contact") or {}).get(key)) for key in solved),
        ]
        for step, entry in found
    ]
    columns = (
        "step", "rise of the copper (nm)", "highest (nm)", "confined block (nm)", "gap (nm)", "closed at (degC)",
        "pressure (MPa)", "oxide opened by (MPa)", "oxide beside pads, principal (MPa)", "thermal run-out (nm)",
        "pads that meet (%)", "highest pressure (MPa)",
    )  # fmt: skip
    note = (
        "One face against its mirror image. Pressure and opening are means. Where no pads are said to meet contact is "
        "not solved: the pressure is the rise beyond the recess against the confined modulus, at most. Oxide beside "
        "pads: means over cells, singular at corners, so compare like meshes. Run-out: of the edge of the first part "
        "on the second."
    )
    tables = [Table(f"Hybrid bonds, recess {number(found[0][1]['recess_nm'])} nm", columns, rows, note)]
    bows = [
        [name, *(number(part.get(key)) for key in _BOWS), {True: "yes", False: "no"}.get(part.get("bonds"), "")]
        for name, part in found[-1][1]["parts"].items()
    ]
    head = ("part", "greatest bow, sphere (um)", "cylinder (um)", "energy (J/m2)", "run-out (nm)", "bonds")
    note = "Energy per area to bend a part flat against the work of adhesion (Turner and Spearing, 2002)."
    return tables + ([Table("Bow that the bond front can take", head, bows, note)] if bows else [])


_BOWS = ("greatest_spherical_bow_um", "greatest_cylindrical_bow_um", "energy_j_per_m2", "run_out_nm")
