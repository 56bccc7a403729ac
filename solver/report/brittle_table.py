"""Table of the report on brittle parts, the most likely to break first."""

from typing import Any

from solver.report.tables import Table, number


def brittle_table(summary: dict[str, Any]) -> Table | None:
    """Probability of breaking of every brittle part after every step."""
    found = [(step["name"], one) for step in summary.get("steps") or [] for one in step.get("brittle") or []]
    found.sort(key=lambda item: -item[1]["probability"])
    rows = [
        [
            step,
            one["part"],
            f"edges of its {one['face']}" if one["edges"] else one["face"],
            number(one["largest_principal_mpa"]),
            number(100.0 * one["probability"]),
            f"{number(one['at_x_mm'])}, {number(one['at_y_mm'])}",
            number(one["expected_broken"]),
            number(one["pieces"]),
            number(100.0 * one["border_share"]),
        ]
        for step, one in found
    ]
    columns = (
        "step", "part", "flaws of", "largest principal stress there (MPa)", "breaks (%), worst piece", "at x, y (mm)",
        "expected of all pieces", "pieces", "of its risk at its border (%)",
    )  # fmt: skip
    note = (
        "Weakest link (Weibull 1939): 1 - exp(-int (s / s0)^m dA / A0) of the largest principal stress over the face "
        "or along the edges. Risk in the cells at the border grows as the mesh is refined where stress is singular."
    )
    return Table("Brittle parts", columns, rows, note) if rows else None
