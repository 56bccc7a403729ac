"""Tables of resistances that follow the mechanics."""

from typing import Any

from solver.report.tables import Table, number

_NOTE = (
    "Heat and mechanics were solved in turn until resistances reproduced themselves: a bond line conducts in inverse "
    "proportion to its thickness since birth, a contact by its table over the pressure."
)


def coupling_tables(summary: dict[str, Any]) -> list[Table]:
    """Stretch of the bond lines, pressure on the contacts, and how the turns went."""
    found = (summary.get("thermal") or {}).get("coupling")
    if not found:
        return []
    lines = [
        [line["name"], *(number(line[f"{key}_stretch"]) for key in ("mean", "min", "max"))]
        for line in found["bond_lines"]
    ]
    contacts = [
        [" | ".join(contact["between"]), *(number(contact[f"{key}_pressure_kpa"]) for key in ("mean", "min", "max"))]
        for contact in found["contacts"]
    ]
    turns = [
        [str(count), number(turn["max_temperature_degc"], 6), number(100 * turn["largest_change"], 2)]
        for count, turn in enumerate(found["course"], start=1)
    ]
    tables = [
        Table("Bond lines", ("bond line", "mean stretch", "least", "greatest"), lines, _NOTE),
        Table("Contacts", ("contact", "mean pressure (kPa)", "least", "greatest"), contacts, "Positive presses."),
        Table("Heat and mechanics in turn", ("turn", "highest (degC)", "change of resistances (%)"), turns),
    ]
    return [table for table in tables if table.rows]
