"""What a drawing says, whichever format it is of."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing in its own coordinates (m).

    Attributes:
        metal: what it draws.
        box: its bounding box, (x0, y0, x1, y1); of a GDSII file that of all layers.
        negative: True if it draws what is not metal.
    """

    metal: Any
    box: Box
    negative: bool = False
