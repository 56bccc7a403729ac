"""Tables of the report on delaminations: what their fronts release, the worst first, and over the size of a starter."""

from typing import Any

from solver.report.tables import ABSENT, Table, number

Summary = dict[str, Any]
Front = tuple[str, str, dict[str, Any]]  # step, delamination, its entry
_ROUND = 1e-6


def crack_tables(summary: Summary) -> list[Table | None]:
    """What fronts release, how far they grow, and what other sizes would release."""
    of_fronts = [delamination_table(summary), growth_table(summary), size_table(summary)]
    return [*of_fronts, cohesive_table(summary), edge_table(summary)]


def edge_table(summary: Summary) -> Table | None:
    """How singular the stress is at edges and corners, and how large."""
    rows = [
        [
            step["name"],
            name,
            ", ".join(f"{part} {number(angle)} deg" for part, angle in one["wedges"]),
            number(one["exponent"]) + (f" + {number(one['oscillates'])} i" if one["oscillates"] else ""),
            number(one["peel_intensity"]),
            number(one["shear_intensity"]),
            "; ".join(
                f"{number(term['exponent'])}: {number(term['peel_intensity'])}, {number(term['shear_intensity'])}"
                for term in one.get("further") or []
            )
            or ABSENT,
            _along(one.get("along")),
            number(one["even_mpa"]),
            f"{number(one['window_um'][0])} to {number(one['window_um'][1])}",
            f"{number(100.0 * one['misfit'])} %",
        ]
        for step in summary.get("steps") or []
        for name, one in (step.get("singularities") or {}).items()
    ]
    columns = (
        "step", "edge", "materials around it", "lambda", "K across (MPa mm^(1 - lambda))", "K of the shear",
        "further terms: lambda, K across, K of the shear", "shear along the edge: lambda, K",
        "even stress across (MPa)", "fitted at (um)", "not met",
    )  # fmt: skip
    note = (
        "Stress across a ray at a distance r: K r^(lambda - 1) of every term + even stress; its largest value in any "
        "mesh says nothing. Lambda of bonded wedges (Williams 1952, Bogy 1971); fields fitted to stress around it. "
        "Stress along the ray: edge_NAME_STEP.csv. At a vertex angles are in plan, above and below the plane."
    )
    return Table("Singular stress at edges and corners", columns, rows, note) if rows else None


def _along(shear: dict[str, Any] | None) -> str:
    """Terms of the shear along an edge, with what is not met of it."""
    if shear is None:
        return ABSENT
    terms = "; ".join(f"{number(exponent)}: {number(intensity)}" for exponent, intensity in shear["terms"])
    return f"{terms} ({number(100.0 * shear['misfit'])} % not met)"


def growth_table(summary: Summary) -> Table | None:
    """How far delaminations have grown after every step."""
    rows = [
        [
            step["name"],
            number(step.get("temperature_degc")),
            name,
            f"{number(one['starter_area_mm2'])}, {number(one['area_mm2'])}",
            number(one["reach_um"]),
            str(one["moves"]),
            f"{number(one['states'][0]['utilisation'])}, {number(one['utilisation'])}",
            number(one["energy_release_j_per_m2"]),
            f"{number(one['states'][0]['strain_energy_mj'])}, {number(one['states'][-1]['strain_energy_mj'])}",
            "stands" if one["arrested"] else "goes on",
        ]
        for step in summary.get("steps") or []
        for name, found in (step.get("delaminations") or {}).items()
        if (one := found.get("growth")) is not None
    ]
    columns = (
        "step", "temperature (degC)", "delamination", "modelled area: starter, now (mm2)", "farthest from it (um)",
        "moves", "G over toughness: before, now", "G, largest (J/m2)", "strain energy: before, now (mJ)", "verdict",
    )  # fmt: skip
    note = (
        "At the end of every step a front goes on by a cell where it releases what the interface takes, until it "
        "stands; all else of the step is of the stack with that crack. Every state: crack_growth_NAME_STEP.csv."
    )
    return Table("Growth of delaminations", columns, rows, note) if rows else None


def cohesive_table(summary: Summary) -> Table | None:
    """What has become of a cohesive interface after every step."""
    there = [(step["name"], step["cohesive"]) for step in summary.get("steps") or [] if step.get("cohesive")]
    rows = [
        [
            name,
            one["name"],
            number(one["damaged_area_mm2"]),
            number(one["parted_area_mm2"]),
            number(one["parted_length_um"]),
            number(one["largest_opening_um"]),
            number(one["largest_slide_um"]),
            f"{number(one['normal_traction_mpa'])}, {number(one['shear_traction_mpa'])}",
            number(one["dissipated_uj"]),
            number(one["fracture_energy_uj"]),
            number(one.get("load_n")),
        ]
        for name, one in there
    ]
    columns = (
        "step", "interface", "damaged (mm2)", "parted (mm2)", "length parted (um)", "opening (um)", "slide (um)",
        "largest traction across, along (MPa)", "dissipated (uJ)", "of it by the law (uJ)", "load (N)",
    )  # fmt: skip
    note = (
        "Of the whole stack; the length is that of the part that is modelled. Dissipated: work of the faces on each "
        "other that does not come back; by the law: what the damage takes at the mode of every place. They differ by "
        "what lags behind (viscosity) and by modes that turn. Load: the largest force, where the step says how far the "
        "loads move (`opens`). Every node: cohesive_STEP.csv."
    )
    return Table("Cohesive interface", columns, rows, note) if rows else None


def _fronts(summary: Summary) -> list[Front]:
    """Nearest to growing first; those without a toughness by what they release."""
    found = [
        (step["name"], name, one)
        for step in summary.get("steps") or []
        for name, one in [*(step.get("delaminations") or {}).items(), *_in_places(step)]
    ]
    return sorted(found, key=lambda front: (-_utilisation(front[2]), -front[2]["energy_release_j_per_m2"]))


def _in_places(step: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Those of submodels, under the name of the place."""
    return [
        (f"{name} in place {place}", one)
        for place, entry in (step.get("submodels") or {}).items()
        for name, one in (entry.get("delaminations") or {}).items()
    ]


def _utilisation(one: dict[str, Any]) -> float:
    return float((one.get("critical") or {"utilisation": 0.0})["utilisation"])


def delamination_table(summary: Summary) -> Table | None:
    """Energy release rate of every delamination after every step."""
    rows = [
        [
            step,
            name,
            *_verdict(found.get("critical")),
            number(found["energy_release_j_per_m2"]),
            f"{number(found['at_x_mm'])}, {number(found['at_y_mm'])}",
            number(round(found["mode_mixity_deg"], 3)),
            ", ".join(number(_some(found, f"mode_{mode}_j_per_m2")) for mode in (1, 2, 3)),
            number(found["mean_j_per_m2"]),
            number(found["closure_j_per_m2"]),
            number(found["growth_um"]),
        ]
        for step, name, found in _fronts(summary)
    ]
    columns = (
        "step", "delamination", "G over toughness", "verdict", "G, largest (J/m2)", "at x, y (mm)",
        "mode mixity (deg)", "G I, II, III there (J/m2)", "G, mean (J/m2)", "by crack closure (J/m2)",
        "cell ahead (um)",
    )  # fmt: skip
    note = (
        "Energy released per area if the front grows, nearest to growing first: by the domain integral where one stack "
        "of materials surrounds the front, else by crack closure, which also tells the modes apart. Mixity: 0 is "
        "opening, 90 shear; between materials it belongs to the length of the cell ahead. G over toughness: "
        "the largest along the front, each edge at its own mixity. Every edge of a front: crack_NAME_STEP.csv, of a "
        "place submodel_PLACE_crack_NAME_STEP.csv, about its middle."
    )
    return Table("Delaminations", columns, rows, note) if rows else None


def _some(found: dict[str, Any], key: str) -> float:
    """A part of what is released, zero where it is rounding."""
    return float(found[key]) if abs(found[key]) > _ROUND * abs(found["energy_release_j_per_m2"]) else 0.0


def _verdict(critical: dict[str, Any] | None) -> tuple[str, str]:
    if critical is None:
        return ABSENT, "no toughness given"
    ratio = critical["utilisation"]
    return number(ratio), "grows" if ratio >= 1.0 else "stays"


def size_table(summary: Summary) -> Table | None:
    """What starter cracks of other sizes release."""
    rows = [
        [
            step,
            name,
            number(size["factor"]),
            number(size["area_mm2"]),
            number(size["energy_release_j_per_m2"]),
            number(size["mean_j_per_m2"]),
            number(size["mode_mixity_deg"]),
            ABSENT if size["utilisation"] is None else number(size["utilisation"]),
        ]
        for step, name, found in _fronts(summary)
        for size in found.get("over_size") or []
    ]
    columns = (
        "step", "delamination", "factor of its shape", "modelled area (mm2)", "G, largest (J/m2)", "G, mean (J/m2)",
        "mode mixity (deg)", "G over toughness",
    )  # fmt: skip
    return Table("Starter cracks of other sizes", columns, rows) if rows else None
