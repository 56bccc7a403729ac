"""What a conversion gives, and words it is written in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Converted:
    """A case, the files it names (as the stack has them), and what was not converted."""

    case: dict[str, Any]
    files: list[Path]
    remarks: list[str]


def mm(metres: float) -> str:
    """A length (m) as a case file has it, in mm."""
    return f"{1e3 * metres:.9g} mm"


def material(conductivity: tuple[float, ...], capacity: float) -> dict[str, Any]:
    """Heat only: capacities per volume are those of a density of 1000 kg/m^3."""
    values = [f"{value:.9g} W/m/K" for value in conductivity]
    alike = len(set(values)) == 1
    return {
        "thermal_conductivity": values[0] if alike else values,
        "density": "1000 kg/m^3",
        "specific_heat": f"{capacity / 1000:.9g} J/kg/K",
    }
