"""Layered sheets, for tests: the case up to its mesh; the test says what is done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Ply:
    """A layer and its material, both called `name`.

    Attributes:
        name: of both.
        thickness: with its unit.
        modulus: Young's, with its unit.
        expansion: with its unit, or along x, y and z.
        poisson: ratio.
        more: other properties of the material.
    """

    name: str
    thickness: str
    modulus: Any
    expansion: str | Sequence[str]
    poisson: float = 0.3
    more: tuple[tuple[str, Any], ...] = ()

    def material(self) -> dict[str, Any]:
        """As the case file has it."""
        expansion = self.expansion if isinstance(self.expansion, str) else list(self.expansion)
        given = {"youngs_modulus": self.modulus, "poisson_ratio": self.poisson, "thermal_expansion": expansion}
        return given | dict(self.more)


# a glass carrier, a mould compound and copper
LOW = Ply("low", "0.7 mm", "73 GPa", "3.8 ppm/K")
HIGH = Ply("high", "0.4 mm", "22 GPa", "8 ppm/K")
TOP = Ply("top", "0.2 mm", "110 GPa", "17 ppm/K")
# a strip whose ends bend up when it warms up: of no Poisson ratio, and expanding along x only
BAR = tuple(
    Ply(name, "0.25 mm", "70 GPa", (along, "0 ppm/K", "0 ppm/K"), 0)
    for name, along in (("low", "10 ppm/K"), ("high", "8 ppm/K"))
)


def sheet(*plies: Ply, size: Sequence[str], cell: str, symmetry: str = "quarter", process: str = "") -> str:
    """YAML of a rectangular sheet of plies, bottom to top.

    Args:
        plies: of the sheet.
        size: of the whole rectangle, with units.
        cell: size of a cell in the plane, with its unit.
        symmetry: as of the case file.
        process: text of that section and of others.
    """
    case = {
        "title": "layered sheet",
        "geometry": {
            "outline": {"shape": "rectangle", "size": list(size)},
            "symmetry": symmetry,
            "layers": [{"name": ply.name, "thickness": ply.thickness, "material": ply.name} for ply in plies],
        },
        "materials": {ply.name: ply.material() for ply in plies},
        "mesh": {"in_plane_size": cell},
    }
    return yaml.safe_dump(case, sort_keys=False, default_flow_style=None, width=1000) + process
