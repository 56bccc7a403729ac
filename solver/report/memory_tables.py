"""Tables of the report on what materials remember: cure, inelastic strain and work, and the elastic answer beside."""

from typing import Any

from solver.output.in_time import HELD, remembers
from solver.output.summary import parts
from solver.report.tables import Table, against, number

Summary = dict[str, Any]

_READINGS = {  # key of a layer or block in the summary -> column
    "degree_of_cure_mean": "degree of cure",
    "glass_transition_degc": "glass transition (degC)",
    "equivalent_inelastic_strain_mean": "inelastic strain, mean (%)",
    "equivalent_inelastic_strain_max": "inelastic strain, max. (%)",
    "inelastic_work_step_mpa": "inelastic work, this step (MJ/m3)",
    "inelastic_work_mean_mpa": "inelastic work, since birth (MJ/m3)",
}
_NOTE = (
    "Means over the volume of each region, of each layer outside its regions, and of layers as a whole. Inelastic "
    "strain: equivalent plastic and creep strain, summed along its path. Work: plastic and creep work per volume, "
    "1 MJ/m3 = 1 MPa. Every increment is in history_in_time.csv."
)
_ELASTIC_NOTE = (
    "Elastic: laminate theory of the same layers with instantaneous moduli, free of stress at the same temperatures: "
    "nothing relaxes, yields, creeps, gels or shrinks as it cures. It is linear, makes layers with regions uniform and "
    "knows neither edges nor supports nor weight: part of the difference is that. At large deflection it is held "
    "against small deflection of the same materials in time; where a plane holds the stack flat it says what the free "
    "stack would do. There is none in a temperature field."
)


def memory_table(summary: Summary) -> Table | None:
    """What every layer and region remembers at the end of each step; columns that nothing has are left out."""
    steps = summary.get("steps") or []
    rows = [(step["name"], name, found) for step in steps for name, found in _remembering(step)]
    keys = [key for key in _READINGS if any(found.get(key) is not None for _, _, found in rows)]
    if not keys:
        return None
    shown = [[step, name, *(_value(key, found.get(key)) for key in keys)] for step, name, found in rows]
    return Table("What materials remember", ("step", "layer / region", *(_READINGS[key] for key in keys)), shown, _NOTE)


def elastic_table(summary: Summary) -> Table | None:
    """What elastic materials would give beside the warpage of steps in which something has a memory."""
    rows = []
    for step in summary.get("steps") or []:
        laminate = step.get("laminate")
        if not remembers(step) or laminate is None:
            continue
        elastic = laminate.get("signed_warpage_um")
        small = (step.get("small_deflection") or step).get("signed_warpage_um")
        signed = (step.get("signed_warpage_um"), None if small is step.get("signed_warpage_um") else small, elastic)
        held = ((step.get("contact") or {}).get("contact_fraction") or 0.0) > HELD
        off = "held flat" if held else against(elastic, small)
        rows.append([step["name"], number(step.get("time_s")), *map(number, signed), off])
    columns = (
        "step", "at its end (s)", "signed warpage (um)", "at small deflection (um)", "elastic would give (um)",
        "elastic off by",
    )  # fmt: skip
    return Table("Warpage beside that of elastic materials", columns, rows, _ELASTIC_NOTE) if rows else None


def _remembering(step: Summary) -> list[tuple[str, Summary]]:
    """Layers and regions with a reading, top to bottom; of a layer that has regions the whole of it too."""
    blocks, layers = parts(step), step.get("layers") or {}
    found = [(name.replace("/", " / "), block) for name, block in reversed(blocks.items())]
    whole = [name for name in layers if any(block.startswith(f"{name}/") for block in blocks)]
    found += [(f"{name}, whole layer", layers[name]) for name in reversed(whole)]
    return [(name, block) for name, block in found if any(block.get(key) is not None for key in _READINGS)]


def _value(key: str, value: float | None) -> str:
    if value is not None and "strain" in key:
        value = 100.0 * value
    return number(value)
