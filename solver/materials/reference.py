"""The library as a page: `python -m solver.materials.reference > docs/materials.md`."""

from solver.materials.describe import at_room, rows
from solver.materials.library import load, names
from solver.materials.mix.rules import CONDUCTIVITIES, RULES
from solver.materials.spec import MaterialSpec

INTRODUCTION = """\
# Materials

Made from `solver/materials/library/` by `python -m solver.materials.reference > docs/materials.md`.

A layer names a material: `material: emc-generic`. The section `materials` of a case adds new ones or changes library
ones: `emc-stiff: {base: emc-generic, youngs_modulus: 25 GPa}`; what is not written stays as in the base, and a table
that is replaced by one value becomes constant.

A value is a quantity (`22 GPa`), a list of three (x y z; then `shear_modulus` and `poisson_ratio` are `[xy, yz, zx]`,
and `poisson_ratio` xy is -eps_y / eps_x under sigma_x), or a table, linear between its points and constant outside:
`{temperature: [25 degC, 150 degC], value: [22 GPa, 9 GPa]}`. `thermal_expansion` is the tangent coefficient;
`{below_tg: 8 ppm/K, above_tg: 30 ppm/K}` steps at `glass_transition`, and a table with
`kind: secant, reference: 20 degC` holds mean coefficients from that temperature, one with `kind: strain` the measured
change of length. `{below_tg: 40 ppm/K, mean: 140 ppm/K, from: 50 degC, to: 260 degC}` has a mean across the transition.
`orientation: 30 deg` or `radial` turns an orthotropic material about z. `electrical_resistivity` makes a
conductor: `{value: 1.72e-8 ohm m, temperature_coefficient: 0.0039 1/K, reference: 20 degC}` is a line in temperature,
and a table that rises at its end goes on rising. `electromigration` holds the constants of Black's equation.

Materials are linear elastic unless they have a section `viscoelastic`, `cure`, `structural_relaxation`, `plastic`,
`creep` or `anand` ([case file](case-file.md#materialspec), [polymers](polymers.md)); entries with one have names of
their own, such as `emc-granular-curing` or `sac305-anand`, beside the elastic ones. `strength` (brittle: the largest
principal stress) and `yield_stress` (ductile: von Mises stress) change no solution; a step whose stress is beyond them
is a warning, of `yield_stress` where nothing flows.
An elastic modulus that changes with temperature has a `form`: `total`, stress is the modulus there times elastic
strain, or `incremental`, every increment of strain gets the modulus of its temperature ([why](decisions.md)). Elastic
solder above 0.4 of its `melting_point` is a warning. `planish materials fit FILE.csv` makes an entry of your own
measurements ([columns](../cases/fitted_compound/README.md)).
Where the source says "typical", the number is the middle of what published datasheets
show and the range is given: use the data of your own grade before you trust a prediction to better than that range.
Other numbers are nominal values of the source named, as known from the literature; most were not read again in the
source when they were entered: check them against its current edition.
"""

KEYS = {
    "youngs_modulus": "E",
    "poisson_ratio": "nu",
    "thermal_expansion": "expansion",
    "thermal_conductivity": "conductivity",
    "density": "density",
    "specific_heat": "specific heat",
    "glass_transition": "Tg",
}


def markdown() -> str:
    """The page docs/materials.md: every material of the library with its sources."""
    specs = {name: load(name) for name in names()}
    parts = [INTRODUCTION, _mixtures(), _overview(specs)]
    parts += [_section(name, spec) for name, spec in specs.items()]
    return "\n".join(parts)


def _mixtures() -> str:
    lines = [
        "## Mixtures",
        "",
        "A patterned layer is smeared out by",
        "`material: {mix: laminate, metal: copper, dielectric: polyimide, metal_fraction: 0.35}`.",
        "Vias, pillars and bumps: `{mix: via, metal: sac305, dielectric: underfill-capillary, metal_fraction: 0.2}`.",
        "`expansion` and `conductivity` may be chosen; the defaults belong to the same picture as the stiffness.",
        "",
        "| mix | picture | expansion (first is the default) | default conductivity |",
        "|---|---|---|---|",
    ]
    for name, rule in RULES.items():
        lines.append(f"| `{name}` | {rule.title} | {', '.join(rule.expansions)} | {rule.conductivity} |")
    return "\n".join([*lines, "", "Conductivity rules: " + ", ".join(f"`{name}`" for name in CONDUCTIVITIES) + ".", ""])


def _overview(specs: dict[str, MaterialSpec]) -> str:
    lines = [
        "## Values at 25 degC",
        "",
        "| material | " + " | ".join(KEYS.values()) + " |",
        "|---" * (len(KEYS) + 1) + "|",
    ]
    for name, spec in specs.items():
        lines.append(f"| [{name}](#{name}) | " + " | ".join(at_room(spec, key) for key in KEYS) + " |")
    return "\n".join([*lines, ""])


def _section(name: str, spec: MaterialSpec) -> str:
    lines = [
        f"## {name}",
        "",
        f"{spec.title} ({spec.category}).",
        "",
        "| key | value | valid | source |",
        "|---|---|---|---|",
    ]
    for row in rows(spec):
        note = f" ({row.note})" if row.note else ""
        lines.append(f"| {row.key} | {row.value}{note} | {row.valid} | {row.source} |")
    lines += ["", *(f"- {key}: {text}." for key, text in spec.sources.items()), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown(), end="")
