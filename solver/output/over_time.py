"""Warpage and stress against the time of a transient: from the entries of summary.json alone."""

from typing import Any

from solver.output.summary import parts

_SHAPE = ("warpage_um", "signed_warpage_um", "bow_um", "corner_um", "curvature_x_per_m", "curvature_y_per_m")
_STRESS = ("max_von_mises_mpa", "max_principal_mpa", "min_principal_mpa", "strain_energy_mj")


def course(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of all steps of a summary, in order."""
    return [point for step in steps for point in step.get("over_time") or ()]


def columns(steps: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of `over_time.csv`; none where no step is in the field of a transient."""
    points = course(steps)
    if not points:
        return {}
    keys = ("thermal_time_s", "min_temperature_degc", "max_temperature_degc", *_SHAPE)
    table = {key: [point.get(key) for point in points] for key in keys}
    for block in parts(points[0]):
        table |= {f"{block} {key}": [parts(point).get(block, {}).get(key) for point in points] for key in _STRESS}
    return table
