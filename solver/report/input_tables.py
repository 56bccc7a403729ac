"""What went in: the stack with its material data, and where those data come from."""

from typing import Any

from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.case.loaded import LoadedCase
from solver.case.models import Case
from solver.case.support import words
from solver.materials import library
from solver.materials.cell.spec import CellSpec
from solver.materials.describe import rows as property_rows
from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.materials.mix.spec import MixSpec
from solver.materials.spec import MaterialSpec
from solver.metrics.messages import show_length, thickness_words
from solver.report.tables import ABSENT, Table, material_name, number
from solver.units import ZERO_CELSIUS, to_celsius

_ROOM = ZERO_CELSIUS + 25.0
_WORDS = {"youngs_modulus": "Young's modulus", "poisson_ratio": "Poisson ratio"}
_ABOVE = 10.0  # K above the glass transition at which the rubbery expansion is read


def stack_table(loaded: LoadedCase) -> Table:
    """Layers from top to bottom, their regions below each."""
    rows = []
    for layer in reversed(loaded.stack.layers):
        thickness = thickness_words(layer)
        if layer.material is None:
            rows.append([layer.name, thickness, "(empty outside its regions)", *[ABSENT] * 4])
        else:
            rows.append([layer.name, thickness, *_data(loaded.case, layer.material)])
        rows += [
            [f"{layer.name} / {region.name}", thickness, *_data(loaded.case, region.material)]
            for region in layer.regions
        ]
    note = (
        "At 25 degC; three values are x / y / z, or along the axes of a material that lies turned. Data that change "
        "with temperature are used as given, see the sources."
    )
    columns = ("layer / region", "thickness", "material", "E (GPa)", "CTE (ppm/K)", "Tg (degC)", "k (W/m/K)")
    return Table(f"Stack, top to bottom (total {show_length(loaded.stack.thickness)})", columns, rows, note)


def _data(case: Case, choice: MaterialChoice) -> list[str]:
    material = library.resolve(choice, case.materials)
    lies = "" if material.axes is None else f", at {material.axes}"
    return [
        material_name(choice) + lies,
        _modulus(material),
        _expansion(material),
        _glass(material),
        _conductivity(material),
    ]


def _axes(values: Array) -> str:
    texts = [number(float(value)) for value in values]
    return texts[0] if len(set(texts)) == 1 else " / ".join(texts)


def _modulus(material: Material) -> str:
    if not material.has("youngs_modulus"):
        return ABSENT
    return _axes(1e-9 * material.engineering_constants(_ROOM)[0])


def _expansion(material: Material) -> str:
    if not material.has("thermal_expansion"):
        return ABSENT
    below = _axes(1e6 * material.mean_expansion(_ROOM + 1.0, _ROOM))
    transition = _transition(material)
    if transition is None or transition < _ROOM:
        return below
    above = _axes(1e6 * material.mean_expansion(transition + _ABOVE, transition + 1.0))
    return below if above == below else f"{below}, above Tg {above}"


def _transition(material: Material) -> float | None:
    """Glass transition in K."""
    if isinstance(material, Homogeneous) and material.has("glass_transition"):
        return float(material.curve("glass_transition").value[0, 0])
    return None


def _glass(material: Material) -> str:
    transition = _transition(material)
    return ABSENT if transition is None else number(to_celsius(transition))


def _conductivity(material: Material) -> str:
    return _axes(material.conductivity(_ROOM)) if material.has("thermal_conductivity") else ABSENT


_FIELD = "solved field"


def process_table(loaded: LoadedCase) -> Table | None:
    """The steps as the case file states them."""
    process = loaded.case.process
    if process is None:
        return None
    rows = []
    for count, step in enumerate(process.steps, start=1):
        kelvin = step.temperature
        there = "" if kelvin is None else _FIELD if isinstance(kelvin, str) else number(to_celsius(kelvin))
        if step.at is not None:
            there = f"{_FIELD} at {number(step.at)} s"
        rows.append(
            [
                str(count),
                step.name,
                there or ABSENT,
                f"{', '.join(step.build)} ({step.birth})" if step.build else ABSENT,
                ", ".join(step.remove) or ABSENT,
                "; ".join([words(step.support), *(load.words for load in step.loads)]),
            ]
        )
    note = ""
    if process.stress_free_temperature is not None:
        reference = to_celsius(process.stress_free_temperature)
        note = f"Layers that no step builds are free of stress at {number(reference)} degC. "
    if process.gravity is not None:
        note += f"Gravity along x, y, z: {', '.join(number(part) for part in process.gravity)} m/s^2."
    if any(step.settles is not None for step in process.steps):
        note += " Rounds of `until: settled` end once they have settled: not all of these steps were gone through."
    return Table("Process", ("", "step", "temperature (degC)", "build", "remove", "support and loads"), rows, note)


def source_tables(loaded: LoadedCase) -> list[Table]:
    """Every material used: its data, their range of validity and their source."""
    return [_source_table(name, spec) for name, spec in _specs(loaded).items()]


def _source_table(name: str, spec: MaterialSpec) -> Table:
    cited: dict[str, int] = {}
    rows = []
    for row in property_rows(spec):
        source = spec.sources.get(row.source, row.source)
        mark = f"[{cited.setdefault(source, len(cited) + 1)}]" if source else "case file"
        rows.append([_WORDS.get(row.key, row.key.replace("_", " ")), row.value, row.valid or ABSENT, mark, row.note])
    title = f"{name}: {spec.title}" if spec.title else name
    note = "   ".join(f"[{count}] {source.rstrip('.')}." for source, count in cited.items())
    return Table(title, ("property", "value", "valid", "source", "remark"), rows, note)


def _specs(loaded: LoadedCase) -> dict[str, MaterialSpec]:
    """Materials as written, in order of appearance.

    Of a mixture its constituents, of a material with a base both.
    """
    found: dict[str, MaterialSpec] = {}
    for layer in loaded.stack.layers:
        for choice in (layer.material, *(region.material for region in layer.regions)):
            if choice is not None:
                _collect(choice, loaded.case.materials, found)
    return found


def _collect(choice: Any, users: dict[str, Any], found: dict[str, MaterialSpec]) -> None:
    if isinstance(choice, MixSpec | CellSpec):
        for name in choice.constituents:
            _collect(name, users, found)
    elif choice in users and choice not in found:
        definition = users[choice]
        if isinstance(definition, MixSpec | CellSpec):
            _collect(definition, users, found)
            return
        found[choice] = definition
        if definition.base is not None and definition.base != choice:
            _collect(definition.base, users, found)
    elif choice not in users:
        found.setdefault(choice, library.load(choice))
