"""The package every program heats: a lidded flip-chip BGA, whole, 100 W in its bumps, all conductivities constant."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE, DIE, FOOT = 40.0, 20.0, 32.0  # mm, edges: of the outline, of the die, inside the foot of the lid
POWER, AMBIENT = 100.0, 35.0  # W, degC
TOP_FILM, BOTTOM_FILM = 5000.0, 20.0  # W/m^2/K


@dataclass(frozen=True)
class Part:
    """What fills the whole outline, the die's place or the foot: its conductivity in plane and across (W/m/K)."""

    name: str
    along: float
    across: float


@dataclass(frozen=True)
class Layer:
    """Thickness in mm, cells through it, and what lies in it; `whole` or `inner` and `foot`."""

    name: str
    thickness: float
    cells: int
    whole: Part | None = None
    inner: Part | None = None
    foot: Part | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is there."""
        return tuple(part for part in (self.whole, self.inner, self.foot) if part is not None)


_LID = Part("lid", 390.0, 390.0)
HEATED = "bumps"
LAYERS = (
    Layer("build_up_bottom", 0.15, 1, whole=Part("build-up", 160.0, 0.5)),
    Layer("core", 0.8, 1, whole=Part("core", 0.8, 0.4)),
    Layer("build_up_top", 0.15, 1, whole=Part("build-up", 160.0, 0.5)),
    Layer(HEATED, 0.07, 1, inner=Part("field", 1.0, 12.0), foot=Part("adhesive", 1.5, 1.5)),
    Layer("die", 0.78, 2, inner=Part("silicon", 120.0, 120.0), foot=_LID),
    Layer("tim", 0.06, 1, inner=Part("grease", 3.8, 3.8), foot=_LID),
    Layer("lid", 1.0, 2, whole=_LID),
)


def write_case(directory: Path, size: float) -> Path:
    """The package with cells `size` mm wide as a case file."""
    layers = "".join(_layer(layer) for layer in LAYERS)
    parts = {part.name: part for layer in LAYERS for part in layer.parts}
    materials = "".join(
        f"  bench-{part.name}: {{thermal_conductivity: [{2 * f'{part.along} W/m/K, '}{part.across} W/m/K]}}\n"
        for part in parts.values()
    )
    path = directory / "case.yaml"
    path.write_text(
        f"title: benchmark package\ngeometry:\n"
        f"  outline: {{shape: rectangle, size: [{PACKAGE} mm, {PACKAGE} mm]}}\n  layers:\n{layers}"
        f"materials:\n{materials}mesh: {{in_plane_size: {size} mm}}\n"
        f"thermal:\n  power: [{{layer: {HEATED}, region: inner, total: {POWER} W}}]\n  boundaries:\n"
        f"    - {{face: top, convection: {TOP_FILM} W/m^2/K, ambient: {AMBIENT} degC}}\n"
        f"    - {{face: bottom, convection: {BOTTOM_FILM} W/m^2/K, ambient: {AMBIENT} degC}}\n",
        encoding="utf-8",
    )
    return path


def _layer(layer: Layer) -> str:
    head = f"name: {layer.name}, thickness: {layer.thickness} mm, cells: {layer.cells}"
    if layer.whole is not None:
        return f"    - {{{head}, material: bench-{layer.whole.name}}}\n"
    shapes = {
        "inner": f"{{rectangle: [{DIE} mm, {DIE} mm]}}",
        "foot": f"{{rectangle: [{PACKAGE} mm, {PACKAGE} mm], hole: [{FOOT} mm, {FOOT} mm]}}",
    }
    found = [(name, getattr(layer, name)) for name in shapes]
    regions = ", ".join(
        f"{{name: {name}, shape: {shapes[name]}, material: bench-{part.name}}}" for name, part in found if part
    )
    return f"    - {{{head}, regions: [{regions}]}}\n"
