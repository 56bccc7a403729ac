"""The panel every program solves: a quarter of 510 x 510 mm glass, redistribution layer and mould, 150 K cooler."""

from dataclasses import dataclass, replace
from pathlib import Path

QUARTER = 255.0  # mm
KELVIN = -150.0
_STRESS_FREE = 175.0  # degC


@dataclass(frozen=True)
class Layer:
    """One isotropic layer: mm, MPa, 1/K."""

    name: str
    thickness: float
    youngs_modulus: float
    poisson_ratio: float
    expansion: float


LAYERS = (
    Layer("glass", 0.7, 74e3, 0.2, 3.3e-6),
    Layer("rdl", 0.03, 3e3, 0.3, 35e-6),
    Layer("mould", 0.47, 20e3, 0.3, 9e-6),
)


def write_case(directory: Path, n: int, rdl: float = LAYERS[1].thickness) -> Path:
    """The panel with n x n x 3 cells and a redistribution layer of `rdl` mm as a case file."""
    stack = [replace(layer, thickness=rdl) if layer.name == "rdl" else layer for layer in LAYERS]
    layers = "".join(
        f"    - {{name: {layer.name}, thickness: {layer.thickness} mm, material: bench-{layer.name}}}\n"
        for layer in stack
    )
    materials = "".join(
        f"  bench-{layer.name}: {{youngs_modulus: {layer.youngs_modulus} MPa, poisson_ratio: {layer.poisson_ratio}, "
        f"thermal_expansion: {layer.expansion} 1/K}}\n"
        for layer in LAYERS
    )
    path = directory / "case.yaml"
    path.write_text(
        f"title: benchmark panel\n"
        f"geometry:\n  outline: {{shape: rectangle, size: [{2 * QUARTER} mm, {2 * QUARTER} mm]}}\n  symmetry: quarter\n"
        f"  layers:\n{layers}materials:\n{materials}mesh: {{in_plane_size: {QUARTER / n!r} mm}}\n"
        f"process:\n  stress_free_temperature: {_STRESS_FREE} degC\n"
        f"  steps:\n    - {{name: cool, temperature: {_STRESS_FREE + KELVIN} degC}}\n",
        encoding="utf-8",
    )
    return path
