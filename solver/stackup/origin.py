"""What a part of the stack is born with: the temperature at which it is free of stress, and the stress of a film."""

from dataclasses import dataclass

from solver.case.geometry import Layer, Region
from solver.case.models import Case
from solver.materials import library


@dataclass(frozen=True)
class Origin:
    """Of one block.

    Attributes:
        temperature: at which it is free of thermal stress (K); None: that of the step that builds it, or the process's.
        stress: xx and yy in the plane of a film at that temperature, held at its size (Pa), or None.
    """

    temperature: float | None = None
    stress: tuple[float, float] | None = None


PLAIN = Origin()


def origin(case: Case, layer: Layer, region: Region | None = None) -> Origin:
    """What the case says of a layer's own material, or of one of its regions: the part's word before its material's."""
    part = layer if region is None else region
    temperature = part.stress_free_temperature
    if temperature is None and region is not None:
        temperature = layer.stress_free_temperature
    if temperature is None and isinstance(part.material, str):
        temperature = library.resolve(part.material, case.materials).stress_free_temperature
    return Origin(temperature, part.stress)
