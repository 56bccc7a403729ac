"""Tables of the thermal figures of merit: resistances, points, margins, influence of the sources on each other."""

from typing import Any

from solver.report.tables import ABSENT, Table, number
from solver.units import in_percent

Summary = dict[str, Any]

_MOST = 12  # sources whose matrix a page has room for
_GREEK = {"theta": "θ", "psi": "ψ"}
_SHARE_NOTE = (
    "A theta takes all the power to flow to its reference, a psi does not. Heat there: the part of the power that does."
)
_MARGIN_NOTE = (
    "Power at the limit: of all sources, each scaled alike, by a linear estimate with conductivities as they are and "
    "radiation and leakage at their present slopes."
)
_NETWORK_NOTE = (
    "Rise of the mean of the junction, each place weighed by its power, per watt. Foster: terms R (1 - exp(-t / tau)), "
    "no places of the package; Cauer: a ladder from the junction to the surroundings, each C before its R. Fit: within "
    "{error} of the curve."
)
_INFLUENCE_NOTE = (
    "Rise of the source of a row per watt in the source of a column (K/W): mean, each place weighed by its power / at "
    "the hottest place. Conductivities stay as they are at the operating point, radiation and leakage have their "
    "slopes there: the matrix of the means is symmetric. K_ij and K_ji differ by {asymmetry} of the largest."
)


def tables(summary: Summary) -> list[Table]:
    """All that the summary has."""
    thermal = summary.get("thermal") or {}
    found = (_resistances(thermal), _points(thermal), _margins(thermal), _influence(thermal), _networks(thermal))
    return [table for table in found if table is not None]


def symbol(key: str) -> str:
    """`theta_ja_k_per_w` as θ JA; other names as they are."""
    name = key.removesuffix("_k_per_w")
    kind, _, rest = name.partition("_")
    return f"{_GREEK[kind]} {rest.replace('_', ' ').upper()}" if kind in _GREEK else name.replace("_", " ")


def _resistances(thermal: Summary) -> Table | None:
    rows = []
    for key, item in (thermal.get("resistances") or {}).items():
        share = item.get("heat_share")
        heat = ABSENT if share is None else f"{100 * share:.4g} %"
        rows.append([symbol(key), number(item.get("value")), heat, item.get("definition", "")])
    columns = ("", "value (K/W)", "heat there", "definition")
    return Table("Thermal resistances", columns, rows, _SHARE_NOTE) if rows else None


def _points(thermal: Summary) -> Table | None:
    rows = [
        [name, point["face"], f"{number(point['x_mm'])}, {number(point['y_mm'])}", number(point["temperature_degc"])]
        for name, point in (thermal.get("points") or {}).items()
    ]
    return Table("Points", ("", "face", "x, y (mm)", "temperature (degC)"), rows) if rows else None


def _margins(thermal: Summary) -> Table | None:
    keys = ("temperature_degc", "limit_degc", "margin_k", "power_at_limit_w")
    rows = [
        [one["region"], *(number(one.get(key)) for key in keys), "limits" if one["limiting"] else ""]
        for one in thermal.get("margins") or []
    ]
    columns = ("region", "hottest (degC)", "limit (degC)", "margin (K)", "power at the limit (W)", "")
    return Table("Margins", columns, rows, _MARGIN_NOTE) if rows else None


def _influence(thermal: Summary) -> Table | None:
    found = thermal.get("influence")
    if not found or not found["sources"]:
        return None
    names = found["sources"][:_MOST]
    rows = [
        [name, number(watts), *(f"{number(mean)} / {number(hot)}" for mean, hot in zip(row, hottest, strict=True))]
        for name, watts, row, hottest in zip(
            names,
            found["power_w"][:_MOST],
            [row[:_MOST] for row in found["mean_k_per_w"][:_MOST]],
            [row[:_MOST] for row in found["hottest_k_per_w"][:_MOST]],
            strict=True,
        )
    ]
    note = _INFLUENCE_NOTE.format(asymmetry=number(found["asymmetry"], 2))
    if len(found["sources"]) > _MOST:
        note += f" The first {_MOST} of {len(found['sources'])} sources; all are in influence.csv."
    return Table("Influence of the sources on each other", ("warmed", "its power (W)", *names), rows, note)


def _networks(thermal: Summary) -> Table | None:
    found = thermal.get("impedance")
    if not found:
        return None
    foster, cauer = found["foster"], found["cauer"]
    values = zip(
        foster["time_constant_s"],
        foster["resistance_k_per_w"],
        cauer["capacitance_j_per_k"],
        cauer["resistance_k_per_w"],
        strict=True,
    )
    rows = [[str(place), *(number(float(value)) for value in row)] for place, row in enumerate(values, start=1)]
    columns = ("", "Foster: tau (s)", "Foster: R (K/W)", "Cauer: C (J/K)", "Cauer: R (K/W)")
    note = _NETWORK_NOTE.format(error=f"{in_percent(found['fit_error'])}")
    return Table("Thermal impedance: networks", columns, rows, note)
