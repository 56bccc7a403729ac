"""The surface warpage is evaluated on, in the words of the summary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluatedSurface:
    """Where warpage is evaluated: a face such as `bottom`, the parts it is made of, and the zone, in words."""

    surface: str
    surface_parts: tuple[str, ...]
    zone: str | None

    @property
    def words(self) -> str:
        """`bottom: balls/ball, substrate; zone: 3 x 3 mm`."""
        part, _, side = self.surface.rpartition(".")
        parts = ", ".join(self.surface_parts)
        what = f"{side} of {part}" if part else f"{self.surface}: {parts}" if parts else self.surface
        return f"{what}; zone: {self.zone}" if self.zone else what
