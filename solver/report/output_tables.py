"""What came out: steps, stresses, heat, and the checks on the numbers. Reads only what `summary.json` holds."""

from typing import Any

from solver.output.summary import parts
from solver.report.tables import ABSENT, Table, against, number

Summary = dict[str, Any]

_WARPAGE_NOTE = (
    "Warpage: highest minus lowest point of the surface (in its zone) after its least-squares plane is removed. "
    "Signed: positive = convex, centre above the edge, the stack on its bottom (JESD22-B112), none of a "
    "saddle or a twist. Bow: centre minus mean of the edge. Corner: mean of the corners minus centre. "
    "Curvatures: of the least-squares quadratic, positive = convex."
)
_ARRAY_NOTE = (
    "By finite elements on one cell of the array (closed forms where the case asks for them), at 25 degC; three values "
    "are x / y / z, of G xy / yz / zx. Stress inside a smeared array is the mean over metal and matrix."
)
_STRESS_NOTE = (
    "Extremes over the cells of each region, and of each layer outside its regions. At free edges and at corners "
    "between materials they grow as the mesh is refined (singular): compare them between variants on the same mesh, or "
    "take the stress away from edges, further than the layer is thick or `report: {stress_distance: ...}`, which "
    "converges. Used: largest principal stress over strength (brittle), or von Mises stress over yield stress "
    "(ductile), the larger; above 100 % the model, which is elastic, does not hold. No limit is known where there is a "
    "dash, and none of a mixture or an array, whose stress is a mean over its parts."
)


def array_table(summary: Summary) -> Table | None:
    """Arrays of vias, bumps and traces, and what each is as one material."""
    rows = []
    for entry in summary.get("arrays") or []:
        place = entry["layer"] if entry["region"] is None else f"{entry['layer']} / {entry['region']}"
        keys = ("conductivity_w_per_m_k", "youngs_modulus_gpa", "shear_modulus_xy_yz_zx_gpa", "expansion_ppm_per_k")
        values = [" / ".join(number(value) for value in entry[key]) if key in entry else ABSENT for key in keys]
        count = f"{entry['count']}, smeared out" if entry["smeared"] else "unit cell"
        rows.append([place, entry["array"], count, f"{100 * entry['metal_fraction']:.3g} %", *values])
    columns = ("layer / region", "array", "parts", "metal by volume", "k (W/m/K)", "E (GPa)", "G (GPa)", "CTE (ppm/K)")
    return Table("Arrays as one material", columns, rows, _ARRAY_NOTE) if rows else None


def copper_table(summary: Summary) -> Table | None:
    """Layers whose metal varies over the plane."""
    rows = [
        [
            entry["layer"],
            entry["file"],
            " x ".join(map(str, entry["windows"])),
            *(f"{100 * entry[f'{key}_metal_fraction']:.3g} %" for key in ("mean", "min", "max")),
            _plated(entry.get("plating")),
        ]
        for entry in summary.get("copper_maps") or []
    ]
    columns = ("layer", "file", "windows", "mean metal", "lowest", "highest", "plated")
    return Table("Copper maps", columns, rows) if rows else None


def _plated(found: Summary | None) -> str:
    """Thickness of plated metal, in words."""
    if found is None:
        return "as thick as the layer"
    span = f"{number(found['thinnest_um'])} to {number(found['thickest_um'])} um"
    return f"{span}, uneven by {number(found['nonuniformity_percent'], 3)} %"


def step_table(summary: Summary) -> Table | None:
    """One row per step."""
    rows = [[step.get("name", ABSENT), *_shape(step)] for step in summary.get("steps") or []]
    return Table("Warpage", ("step", *_SHAPE_COLUMNS), rows, _WARPAGE_NOTE) if rows else None


_SHAPE_COLUMNS = (
    "temperature (degC)",
    "warpage (um)",
    "signed (um)",
    "bow (um)",
    "corner (um)",
    "curvature x (1/m)",
    "curvature y (1/m)",
)


_SHAPE_KEYS = ("warpage_um", "signed_warpage_um", "bow_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m")


def _shape(entry: Summary) -> list[str]:
    temperature, time = entry.get("temperature_degc"), entry.get("thermal_time_s")
    where = "solved field" if time is None else f"solved field at {number(time)} s"
    values = (number(entry.get(key)) for key in _SHAPE_KEYS)
    return [where if temperature is None else number(temperature), *values]


def branch_table(summary: Summary) -> Table | None:
    """Deflection and stability of every step."""
    rows = []
    for step in summary.get("steps") or []:
        small = step.get("small_deflection") or {}
        rows.append(
            [
                step["name"],
                number(step.get("deflection")),
                step.get("branch") or ABSENT,
                {True: "yes", False: "no"}.get(step.get("stable"), ABSENT),
                number(step.get("bifurcation_temperature_degc")),
                number(small.get("signed_warpage_um")),
                ", ".join(number(step.get(key)) for key in ("increments", "newton_iterations", "linear_iterations")),
                number(step.get("peak_memory_gb"), 3),
            ]
        )
    columns = (
        "step", "deflection", "branch", "stable", "loses stability at (degC)", "at small deflection: signed (um)",
        "increments, Newton, linear iterations", "peak memory so far (GB)",
    )  # fmt: skip
    note = (
        "Large deflection follows the stable shape. Where the symmetric one loses its stability a part bends to a "
        "cylinder; a square or a disc may as well do so about the other axis."
    )
    return Table("Deflection and stability", columns, rows, note) if rows else None


def birth_table(summary: Summary) -> Table | None:
    """What was built, and on which shape."""
    keys = ("stress_free_temperature_degc", "on_warpage_um", "on_scale_x_ppm", "on_scale_y_ppm")
    rows = [
        [
            step["name"],
            ", ".join(birth["parts"]),
            birth["rule"],
            *(ABSENT if birth[key] is None else number(birth[key]) for key in keys),
        ]
        for step in summary.get("steps") or []
        for birth in step.get("births") or []
    ]
    columns = ("step", "built", "birth", "free of stress at (degC)", "on a warpage of (um)", "x (ppm)", "y (ppm)")
    note = (
        "Warpage and growth in plane, from the drawing, of the stack a layer was built on; pressed: while it was flat."
    )
    return Table("Births", columns, rows, note) if rows else None


def contact_table(summary: Summary) -> Table | None:
    """Steps on a table, a chuck or a ring that lets go."""
    keys = ("contact_fraction", "max_gap_um", "rim_gap_um", "contact_force_n", "weight_n", "vacuum_n", "pull_kpa")
    rows = [
        [step["name"], *(number(found.get(key)) for key in keys), number(found.get("force_balance_error"), 2)]
        for step in summary.get("steps") or []
        if (found := step.get("contact"))
    ]
    columns = (
        "step", "part in contact", "largest gap (um)", "gap at the rim (um)", "contact force (N)", "weight (N)",
        "vacuum (N)", "pull of the chuck (kPa)", "force balance (relative)",
    )  # fmt: skip
    note = (
        "Gaps between the underside and the rigid plane it lies on. Force balance: contact force minus weight and "
        "vacuum, near 0. A vacuum acts on the whole underside, as if the rim were tight: a real one does no better."
    )
    return Table("Contact with the support", columns, rows, note) if rows else None


def overlay_table(summary: Summary) -> Table | None:
    """In-plane distortion of every step."""
    keys = ("scale_x_ppm", "scale_y_ppm", "rotation_urad", "residual_um")
    rows = [
        [step["name"], *(number((step.get("in_plane") or {}).get(key)) for key in keys)]
        for step in summary.get("steps") or []
    ]
    columns = ("step", "scale x (ppm)", "scale y (ppm)", "rotation (urad)", "residual (um)")
    note = "Least-squares fit to the in-plane displacement of the surface (overlay); residual: the largest rest."
    return Table("In-plane distortion", columns, rows, note) if rows else None


def curve_tables(summary: Summary) -> list[Table]:
    """Warpage at the increments and the report temperatures, a table per step; the time of increments that have one."""
    found = []
    for step in summary.get("steps") or []:
        points = step.get("curve") or []
        columns, rows = [*_SHAPE_COLUMNS, "branch"], [[*_shape(one), one.get("branch") or ABSENT] for one in points]
        if any("time_s" in one for one in points):
            columns.insert(1, "time (s)")
            rows = [[row[0], number(one.get("time_s"), 6), *row[1:]] for one, row in zip(points, rows, strict=True)]
        if points:
            found.append(Table(f"Warpage against temperature: {step['name']}", columns, rows))
    return found


def over_time_table(summary: Summary) -> Table | None:
    """Temperature and warpage at the moments of a transient the process passes."""
    keys = ("thermal_time_s", "min_temperature_degc", "max_temperature_degc", *_SHAPE_KEYS)
    rows = [
        [step["name"] if point is step["over_time"][-1] else "", *(number(point.get(key)) for key in keys)]
        for step in summary.get("steps") or []
        for point in step.get("over_time") or ()
    ]
    columns = ("end of step", "time (s)", "lowest (degC)", "highest (degC)", *_SHAPE_COLUMNS[1:])
    note = "Stress of every layer and region at these times: over_time.csv."
    return Table("Warpage against time", columns, rows, note) if rows else None


def stress_tables(summary: Summary) -> list[Table]:
    """Extremes of every block, top to bottom, beside what its material bears; a table per step."""
    columns = (
        "layer / region", "max. von Mises (MPa)", "max. principal (MPa)", "min. principal (MPa)", "strength (MPa)",
        "yield stress (MPa)", "used", "beyond it, by volume", "von Mises away from edges (MPa)",
        "principal there (MPa)", "further than (um)", "strain energy (mJ)", "per volume (kJ/m3)",
    )  # fmt: skip
    return [
        Table(
            f"Stress: {step['name']}",
            columns,
            [[name.replace("/", " / "), *_stress(block)] for name, block in reversed(parts(step).items())],
            _STRESS_NOTE,
        )
        for step in summary.get("steps") or []
        if parts(step)
    ]


def _stress(block: Summary) -> list[str]:
    used, share = block.get("utilisation"), block.get("share_beyond")
    keys = ("max_von_mises_mpa", "max_principal_mpa", "min_principal_mpa", "strength_mpa", "yield_stress_mpa")
    shares = [ABSENT if part is None else f"{100 * part:.3g} %" for part in (used, share)]
    away = ("away_von_mises_mpa", "away_principal_mpa", "edge_distance_um")
    rest = (*away, "strain_energy_mj", "strain_energy_density_kj_per_m3")
    values = [number(block.get(key)) for key in keys]
    if block.get("singular"):
        values[0] += " (singular)"
    return [*values, *shares, *(number(block.get(key)) for key in rest)]


_MOST_BLOCKS = 40
_COURSE = {
    "duration_s": "duration (s)",
    "peak_temperature_degc": "highest temperature (degC)",
    "peak_time_s": "reached at (s)",
    "time_steps": "time steps",
    "rejected_time_steps": "steps taken again, shorter",
    "linear_iterations": "linear iterations",
}


def thermal_tables(summary: Summary) -> list[Table]:
    """Temperatures of the regions, and the heat through the faces."""
    thermal = summary.get("thermal") or {}
    tables = []
    if "time_steps" in thermal:
        rows = [[words, number(thermal.get(key))] for key, words in _COURSE.items()]
        note = "Below are temperatures and heat at the end; the course is in thermal_history.csv and summary.json."
        tables.append(Table("LoadStep", ("", ""), rows, note))
    if regions := thermal.get("regions"):
        rows = [
            [name, number(value.get("mean_temperature_degc")), number(value.get("max_temperature_degc"))]
            for name, value in reversed(regions.items())
        ]
        tables.append(Table("Temperatures", ("layer / region", "mean (degC)", "max. (degC)"), rows))
    if blocks := thermal.get("blocks"):
        hottest = sorted(blocks.items(), key=lambda one: -one[1]["max_temperature_degc"])
        rows = [[name, *(number(value) for value in block.values())] for name, block in hottest[:_MOST_BLOCKS]]
        note = (
            f"The hottest {_MOST_BLOCKS} of {len(blocks)}; all are in summary.json." if len(blocks) > len(rows) else ""
        )
        heads = ("block", "mean power (W)", "mean (degC)", "max. (degC)")
        tables.append(Table("Blocks of floorplans and places of grids", heads, rows, note))
    if interfaces := thermal.get("interfaces"):
        keys = ("resistance_mm2_k_per_w", "area_mm2", "heat_w", "mean_drop_k", "max_drop_k")
        rows = [[" | ".join(item["between"]), *(number(item.get(key)) for key in keys)] for item in interfaces]
        columns = (
            "interface",
            "resistance (mm2 K/W)",
            "area (mm2)",
            "heat upwards (W)",
            "mean drop (K)",
            "max. drop (K)",
        )
        tables.append(Table("Interfaces", columns, rows))
    if boundaries := thermal.get("boundaries"):
        power = thermal.get("power_w")
        rows = [["heat made", number(power)]]
        rows += [[f"out through {_boundary(item)}", number(item.get("heat_w"))] for item in boundaries]
        error = number(thermal.get("heat_balance_error"), 2)
        note = f"Made minus leaving: {error} of the power."
        if "time_steps" in thermal:
            note = f"Stored since the start, less what came in: {error} of the heat exchanged."
        tables.append(Table("Heat balance", ("", "W"), rows, note))
    return tables


def _boundary(item: Summary) -> str:
    return f"{item['name']} ({item.get('face')})" if "name" in item else str(item.get("face"))


def balance_table(summary: Summary) -> Table | None:
    """Equilibrium of every step, and laminate theory beside it."""
    rows = []
    for step in summary.get("steps") or []:
        balance, laminate = step.get("balance") or {}, step.get("laminate") or {}
        theory = laminate.get("signed_warpage_um")
        off = against(theory, step.get("signed_warpage_um"))
        slender = (laminate.get("slenderness") or {}).get("ratio")
        errors = (number(balance.get(key), 2) for key in ("energy_error", "pin_reaction"))
        carried = number(balance.get("support_force_n"))
        rows.append([step["name"], *errors, carried, number(theory), off, number(slender, 3)])
    columns = (
        "step", "energy balance (relative)", "support reaction (relative)", "weight carried (N)",
        "laminate theory: signed (um)", "laminate against this model", "curvature / critical",
    )  # fmt: skip
    note = (
        "Both relative errors should be near 0. Laminate theory smears the regions of a layer over its area, takes a "
        "wedge as even and knows neither edges nor weight; it is linear. Curvature / critical: at 1 and above the "
        "symmetric shape is unstable, and small deflection does not hold."
    )
    return Table("Equilibrium and comparison of models", columns, rows, note) if rows else None


def mesh_table(summary: Summary) -> Table | None:
    """Mesh quality as given."""
    mesh = summary.get("mesh") or {}
    rows = [[key.removesuffix("_deg").replace("_", " ") + (" (deg)" if key.endswith("_deg") else ""), number(value)]
            for key, value in mesh.items()]  # fmt: skip
    return Table("Mesh", ("", ""), rows) if rows else None
