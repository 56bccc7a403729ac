"""Table of the report on brittle parts, the most likely to break first."""

from typing import Any

from solver.report.tables import Table, number


def brittle_table(summary: dict[str, Any]) -> Table | None:
    """Probability of breaking of every brittle part after every step, and whether its flaw runs."""
    found = [(step["name"], one) for step in summary.get("steps") or [] for one in step.get("brittle") or []]
    found.sort(key=lambda item: (-(item[1]["probability"] or 0.0), -_ratio(item[1])))
    rows = [
        [
            step,
            one["part"],
            f"edges of its {one['face']}" if one["edges"] else one["face"],
            number(one["largest_principal_mpa"]),
            *_chance(one),
            number(one["pieces"]),
            *_flaw(one.get("flaw")),
        ]
        for step, one in found
    ]
    columns = (
        "step", "part", "flaws of", "largest principal stress there (MPa)", "breaks (%), worst piece", "at x, y (mm)",
        "expected of all pieces", "of its risk at its border (%)", "pieces", "flaw", "K_I / K_Ic", "at x, y (mm) ",
        "critical depth (um)",
    )  # fmt: skip
    note = (
        "Weakest link (Weibull 1939): 1 - exp(-int (s / s0)^m dA / A0) of the largest principal stress over the face "
        "or along the edges. Risk in the cells at the border grows as the mesh is refined where stress is singular. "
        "Flaws: K_I = Y s sqrt(pi a), Y 1.1215 of a scratch (Koiter 1965), 0.729 of a half-penny (Newman, Raju 1981); "
        "from K_I = K_Ic on they run."
    )
    return Table("Brittle parts", columns, rows, note) if rows else None


def _ratio(one: dict[str, Any]) -> float:
    return one["flaw"]["intensity_ratio"] if one.get("flaw") else 0.0


def _chance(one: dict[str, Any]) -> list[str]:
    """Cells on the weakest link; dashes where no strength was given."""
    if one["probability"] is None:
        return ["-"] * 4
    place = f"{number(one['at_x_mm'])}, {number(one['at_y_mm'])}"
    shares = number(100.0 * one["probability"]), number(one["expected_broken"]), number(100.0 * one["border_share"])
    return [shares[0], place, *shares[1:]]


def _flaw(one: dict[str, Any] | None) -> list[str]:
    """Cells on the flaw; dashes without one."""
    if one is None:
        return ["-"] * 4
    place = f"{number(one['at_x_mm'])}, {number(one['at_y_mm'])}" + (" (border)" if one["at_border"] else "")
    depth = "-" if one["critical_depth_um"] is None else number(one["critical_depth_um"])
    return [f"{one['shape']} of {number(one['depth_um'])} um", number(one["intensity_ratio"]), place, depth]
