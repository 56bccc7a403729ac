"""Direct current in the report: terminals, parts, contacts, and the weakest links. Reads only `summary.json`."""

from collections.abc import Iterator
from typing import Any

from solver.report.tables import ABSENT, Table, number

_PARTS_NOTE = (
    "Mean and largest magnitude; crowding: the largest over the mean. At inner corners the largest grows as the mesh "
    "is refined: compare it between variants on the same mesh, and take the mean for rules of current per width."
)
_WEAR_NOTE = (
    "Median life by Black's equation at the place where it is shortest, scaled from the test of the material; {known}"
    "at the mean density of the part beside it. Product: current density times length of the straight line whose "
    "cathode is under the same tension; below the threshold a part lasts for ever (Blech)."
)


def mortal_links(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Links of known life that do not last for ever: free of stress, or under the stress of any step."""
    steps = summary.get("steps") or []
    stressed = {part for step in steps for part, one in (step.get("electromigration") or {}).items() if one["mortal"]}
    links = (summary.get("electric") or {}).get("electromigration") or []
    return [one for one in links if (one["mortal"] or one["part"] in stressed) and one["median_life_h"] is not None]


def headlines(summary: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Label, value and remark of the verdict: resistance, and the weakest link."""
    found = summary.get("electric") or {}
    if found.get("resistance_ohm") is not None:
        currents = [abs(one["current_a"]) for one in found["terminals"]]
        yield "Resistance", _ohm(found["resistance_ohm"]), f"at {number(max(currents))} A"
    known = sorted(mortal_links(summary), key=lambda link: float(link["median_life_h"]))
    if known:
        yield "Shortest median life", _life(known[0]["median_life_h"]), f"{known[0]['part']}, electromigration"


def tables(summary: dict[str, Any]) -> Iterator[Table]:
    """All tables of the section, nothing if no current flows."""
    found = summary.get("electric")
    if not found:
        return
    rows = [
        [one["name"], *(number(one[key], 6) for key in ("voltage_v", "current_a", "power_w"))]
        for one in found["terminals"]
    ]
    errors = f"Currents: {number(found['current_balance_error'], 2)} of the largest. "
    errors += f"Power less Joule heat: {number(found['energy_error'], 2)}."
    if "heat_transfer_error" in found:
        errors += f" Joule heat in the heat problem: off by {number(found['heat_transfer_error'], 2)}, "
        errors += f"after {found['coupling_rounds']} rounds of current and heat."
    if found["resistance_ohm"] is not None:
        errors = f"Between the terminals: {_ohm(found['resistance_ohm'])}. " + errors
    yield Table("Terminals", ("terminal", "voltage (V)", "current in (A)", "power in (W)"), rows, errors)
    rows = [
        [
            name,
            *(number(_mega(part[f"{key}_current_density_a_per_m2"])) for key in ("mean", "max")),
            number(part["crowding"], 3),
            _place(part["max_at_mm"]),
            *(number(part[key]) for key in ("joule_power_w", "mean_temperature_degc", "max_temperature_degc")),
        ]
        for name, part in reversed(found["parts"].items())
    ]
    columns = (
        "layer / region", "mean (MA/cm2)", "largest (MA/cm2)", "crowding", "largest at (mm)", "heat (W)", "mean (degC)",
        "max. (degC)",
    )  # fmt: skip
    yield Table("Current density", columns, rows, _PARTS_NOTE)
    if contacts := found["contacts"]:
        keys = ("area_mm2", "current_upwards_a", "mean_drop_v", "max_drop_v", "joule_power_w")
        rows = [[" | ".join(one["between"]), *(number(one[key]) for key in keys)] for one in contacts]
        yield Table(
            "Contacts", ("contact", "area (mm2)", "upwards (A)", "mean drop (V)", "max. drop (V)", "heat (W)"), rows
        )
    if links := found["electromigration"]:
        steps = [step.get("electromigration") or {} for step in summary.get("steps") or []]
        yield _links(links, {part for step in steps for part, one in step.items() if one["mortal"]})


def _links(links: list[dict[str, Any]], stressed: set[str]) -> Table:
    """The links free of stress; `stressed`: parts that are mortal under the stress of a step."""
    rows = [
        [
            one["part"],
            _place(one["at_mm"]),
            number(_mega(one["current_density_a_per_m2"])),
            number(one["temperature_degc"]),
            _life(one["median_life_h"]),
            _life(one["median_life_at_mean_density_h"]),
            number(0.01 * one["blech_product_a_per_m"]),
            ABSENT if one["blech_threshold_a_per_m"] is None else number(0.01 * one["blech_threshold_a_per_m"]),
            _verdict(one["mortal"], one["part"] in stressed),
        ]
        for one in links
    ]
    columns = (
        "layer / region", "worst at (mm)", "there (MA/cm2)", "there (degC)", "median life", "at mean density",
        "product (A/cm)", "threshold (A/cm)", "",
    )  # fmt: skip
    unknown = any(one["median_life_h"] is None for one in links)
    note = _WEAR_NOTE.format(known="none where the material has no test; " if unknown else "")
    return Table("Electromigration, the weakest link first", columns, rows, note)


def stressed_lines(summary: dict[str, Any]) -> Iterator[Table]:
    """The same links under the stress of every step."""
    for step in summary.get("steps") or []:
        found = step.get("electromigration") or {}
        rows = [
            [
                part,
                number(one["temperature_degc"]),
                number(one["hydrostatic_mean_mpa"]),
                number(one["hydrostatic_there_mpa"]),
                f"{number(one['critical_stress_mpa'])}{'' if one['critical_stress_given'] else ' (of the threshold)'}",
                number(0.01 * one["blech_product_a_per_m"]),
                number(0.01 * one["threshold_free_of_stress_a_per_m"]),
                number(0.01 * one["threshold_a_per_m"]),
                "mortal" if one["mortal"] else "lasts for ever",
            ]
            for part, one in found.items()
        ]
        if rows:
            yield Table(f"Electromigration under stress: {step['name']}", _STRESSED, rows, _STRESSED_NOTE)


_STRESSED = (
    "layer / region", "there (degC)", "hydrostatic: mean (MPa)", "there (MPa)", "voids from (MPa)", "product (A/cm)",
    "threshold free of stress (A/cm)", "threshold (A/cm)", "",
)  # fmt: skip
_STRESSED_NOTE = (
    "Threshold 2 Omega (critical stress - stress) / (Z* e rho), by the more tensile of the two stresses; the mean is "
    "what is left once diffusion has evened it out (Korhonen et al., 1993)."
)


def _mega(density: float) -> float:
    """A/m^2 in MA/cm^2."""
    return 1e-10 * density


def _verdict(mortal: bool, stressed: bool) -> str:
    if mortal:
        return "mortal"
    return "mortal under stress, see below" if stressed else "lasts for ever"


def _place(place: list[float]) -> str:
    return ", ".join(number(value) for value in place)


def _ohm(value: float) -> str:
    for size, unit in ((1.0, "ohm"), (1e-3, "mohm"), (1e-6, "uohm")):
        if abs(value) >= size:
            return f"{number(value / size)} {unit}"
    return f"{number(value * 1e9)} nohm"


def _life(hours: float | None) -> str:
    if hours is None:
        return ABSENT
    return f"{number(hours / 8766)} years" if hours >= 8766 else f"{number(hours)} h"
