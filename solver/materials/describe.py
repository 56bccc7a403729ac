"""A library material in words: rows of a table for the screen, and values as a reader expects them."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table
from rich.text import Text

from solver.arrays import Array
from solver.materials.curve import ROOM, Curve
from solver.materials.electromigration import WEAR
from solver.materials.inelastic.words import words
from solver.materials.library import load, names
from solver.materials.material import TRANSITIONS
from solver.materials.spec import MaterialSpec, Provenance
from solver.materials.values import GlassStep
from solver.units import to_celsius

DISPLAY = {  # key -> unit shown, SI value of one unit
    "youngs_modulus": ("GPa", 1e9),
    "poisson_ratio": ("", 1.0),
    "shear_modulus": ("GPa", 1e9),
    "thermal_expansion": ("ppm/K", 1e-6),
    "thermal_conductivity": ("W/m/K", 1.0),
    "density": ("kg/m^3", 1.0),
    "specific_heat": ("J/kg/K", 1.0),
    "electrical_resistivity": ("uohm cm", 1e-8),
    "strength": ("MPa", 1e6),
    "yield_stress": ("MPa", 1e6),
    "fracture_toughness": ("MPa sqrt(m)", 1e6),
}


@dataclass(frozen=True)
class Row:
    """One property of a material, as text; `source` is a key of the material's `sources`."""

    key: str
    value: str
    valid: str
    source: str
    note: str


def rows(spec: MaterialSpec) -> list[Row]:
    """The properties of a material in the order of the schema."""
    result = []
    given = {key: show(key, value) for key, value in spec.given().items()}
    if spec.electromigration is not None:
        given[WEAR] = _wear(spec)
    given |= words(spec)
    for key, text in given.items():
        provenance = spec.provenance.get(key)
        valid = source = note = ""
        if provenance is not None:
            source, note = provenance.source, provenance.note
            valid = ", ".join(_covered(provenance))
        result.append(Row(key, text, valid, source, note))
    return result


def _covered(provenance: Provenance) -> Iterator[str]:
    """What the data of a property cover."""
    if provenance.valid is not None:
        yield " to ".join(f"{to_celsius(end):.0f}" for end in provenance.valid) + " degC"
    if provenance.times is not None:
        yield " to ".join(f"{end:.2g}" for end in provenance.times) + " s (reduced)"
    if provenance.rates is not None:
        yield " to ".join(f"{end:.2g}" for end in provenance.rates) + " 1/s"


def _wear(spec: MaterialSpec) -> str:
    """Constants of electromigration in words."""
    found = spec.electromigration
    if found is None:
        return ""
    words = []
    if found.current_exponent is not None:
        words.append(f"n = {found.current_exponent:g}")
    if found.activation_energy is not None:
        words.append(f"Ea = {found.activation_energy:g} eV")
    if (test := found.reference) is not None:
        where = f"{1e-10 * test.current_density:.4g} MA/cm^2 and {to_celsius(test.temperature):.4g} degC"
        words.append(f"t50 = {test.life / 3600:.4g} h at {where}")
    if found.blech_product is not None:
        words.append(f"threshold {0.01 * found.blech_product:.4g} A/cm")
    if found.effective_charge is not None:
        words.append(f"Z* = {found.effective_charge:g}")
    if found.critical_stress is not None:
        words.append(f"voids from {1e-6 * found.critical_stress:.4g} MPa")
    return ", ".join(words)


def show(key: str, value: Curve | GlassStep) -> str:
    """A property with its unit: one number, three, below and above Tg, or the span of a table."""
    if isinstance(value, GlassStep):
        return f"{_numbers(key, value.below)} below Tg, {_numbers(key, value.above)} above"
    if key in TRANSITIONS:
        return f"{to_celsius(float(value.value[0, 0])):.4g} degC"
    if value.is_constant:
        return _numbers(key, value.value[0])
    if key == "electrical_resistivity":
        slope = value.slope(ROOM)[0] / value(ROOM)[0]
        return f"{_numbers(key, value(ROOM))} at 25 degC, rising by {100 * slope:.3g} % per K"
    ends = (f"{_numbers(key, value.value[i])} at {to_celsius(value.temperature[i]):.4g} degC" for i in (0, -1))
    return " to ".join(ends)


def at_room(spec: MaterialSpec, key: str) -> str:
    """A property at 25 degC, with its unit; "" when it is not given."""
    value = spec.given().get(key)
    if value is None:
        return ""
    if isinstance(value, GlassStep):
        return _numbers(key, value.below)
    return show(key, value) if key in TRANSITIONS else _numbers(key, value(ROOM))


def describe(name: str) -> Group:
    """What `planish materials NAME` prints.

    Raises:
        CaseError: no such material; the message has the nearest spellings.
    """
    spec = load(name)
    table = Table("key", "value", "valid", "source", "remark")
    for row in rows(spec):
        table.add_row(*(Text(text) for text in (row.key, row.value, row.valid, row.source, row.note)))
    sources = (Text(f"{key}: {text}") for key, text in spec.sources.items())
    return Group(Text(f"{name}: {spec.title}"), table, *sources)


def overview() -> Table:
    """What `planish materials` prints: every material at 25 degC."""
    table = Table("material", "category", "E", "nu", "expansion", "conductivity", "Tg")
    keys = ("youngs_modulus", "poisson_ratio", "thermal_expansion", "thermal_conductivity", "glass_transition")
    for name in names():
        spec = load(name)
        table.add_row(name, spec.category, *(Text(at_room(spec, key)) for key in keys))
    return table


def _numbers(key: str, values: Array) -> str:
    unit, size = DISPLAY[key]
    if unit == "GPa" and max(values) < 1e8:
        unit, size = ("MPa", 1e6) if max(values) >= 1e6 else ("kPa", 1e3)
    numbers = [f"{float(value) / size:.{5 if value / size >= 1e4 else 4}g}" for value in values]
    shown = numbers[0] if len(set(numbers)) == 1 else "[" + ", ".join(numbers) + "]"
    return f"{shown} {unit}".strip()
