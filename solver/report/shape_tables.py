"""What was looked at after every step, the name of its shape, limits of its warpage, and named points."""

from typing import Any

from solver.metrics.evaluated_surface import EvaluatedSurface
from solver.report.tables import ABSENT, Table, number

Summary = dict[str, Any]

_FORM_NOTE = (
    "Shape: of the quadratic nearest to the surface; confidence: part of the variance of the heights that the best "
    "surface of exactly that name explains. Sign: JEDEC: of bow; JEITA ED-7306: of the extremes along both diagonals; "
    "none where they are under a twentieth of the warpage. Diagonals: highest / lowest above the plane. Bow and twist "
    "in per cent: IPC-TM-650 2.4.22."
)
_ERROR_NOTE = (
    "What displacements of degree 3 in the same cells add to those of degree 2: an estimate of what cells leave out."
)
_ERRORS = ("warpage_um", "curvature_x_per_m", "curvature_y_per_m")
_DIAGONALS = ("ab", "cd")
_VERDICTS = {True: "met", False: "exceeded", None: "no temperature that hot; see report.warpage_at"}
_SIGNS = {1: "convex", -1: "concave"}


def evaluated(step: Summary) -> EvaluatedSurface:
    """Where the warpage of a step was evaluated; laminates have no surface of their own."""
    return EvaluatedSurface(step.get("surface", ""), tuple(step.get("surface_parts") or ()), step.get("zone"))


def form_table(summary: Summary) -> Table | None:
    """What was looked at in every step, and the name of its shape."""
    rows = []
    for step in summary.get("steps") or []:
        if "shape" not in step:
            continue
        line = [
            " / ".join(number(step.get(f"diagonal_{name}_{end}_um")) for end in ("max", "min")) for name in _DIAGONALS
        ]
        signs = [_SIGNS.get(step.get(key), "none") for key in ("sign_jedec", "sign_jeita")]
        board = [number(step.get(key), 3) for key in ("bow_percent", "twist_percent")]
        shape = f"{step['shape']} ({100 * step['shape_confidence']:.0f} %)"
        surface = evaluated(step).words
        rows.append([step["name"], surface, shape, *signs, *line, *board, step.get("landmarks_instead") or ""])
    columns = (
        "step", "surface", "shape (confidence)", "sign: JEDEC", "sign: JEITA", "diagonal AB (um)", "diagonal CD (um)",
        "bow (%)", "twist (%)", "taken instead",
    )  # fmt: skip
    return Table("Surface and shape", columns, rows, _FORM_NOTE) if rows else None


def error_table(summary: Summary) -> Table | None:
    """What the cells of a plate leave out."""
    rows = []
    for step in summary.get("steps") or []:
        found = step.get("error_estimate")
        if found:
            part = f"{number(100 * found['warpage_part'], 2)} %"
            rows.append([step["name"], *(number(found[key]) for key in _ERRORS), part])
    columns = ("step", "warpage (um)", "curvature x (1/m)", "curvature y (1/m)", "of the warpage")
    return Table("Error of the cells", columns, rows, _ERROR_NOTE) if rows else None


def limit_table(summary: Summary) -> Table | None:
    """Verdicts on the warpage while the solder is soft."""
    rows = []
    for one in summary.get("warpage_limits") or []:
        verdict = _VERDICTS[one["passed"]]
        worst = ABSENT
        if one["worst_um"] is not None:
            worst = (
                f"{number(one['worst_um'])} um at {number(one['worst_temperature_degc'])} degC ({one['worst_step']})"
            )
        limits = [number(one[key]) for key in ("pitch_mm", "convex_um", "concave_um", "hot_from_degc")]
        rows.append([one["standard"], *limits, worst, verdict])
    columns = ("limit", "pitch (mm)", "convex (um)", "concave (um)", "from (degC)", "worst", "verdict")
    return Table("Limits of warpage", columns, rows) if rows else None


def point_table(summary: Summary) -> Table | None:
    """Displacement of the named points."""
    rows = []
    for step in summary.get("steps") or []:
        for name, found in (step.get("points") or {}).items():
            moved = [ABSENT] * 3 if found["displacement_um"] is None else [number(v) for v in found["displacement_um"]]
            rows.append([step["name"], name, found["face"], *moved, number(found["height_um"])])
    columns = ("step", "point", "face", "along x (um)", "along y (um)", "along z (um)", "above the mean plane (um)")
    note = (
        "Displacement from the drawing, where its supports leave the stack; at large deflection after it is laid level."
    )
    return Table("Points", columns, rows, note) if rows else None
