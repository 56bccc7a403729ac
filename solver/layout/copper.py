"""A patterned copper layer as written in a case file."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt, model_validator
from pydantic_core import PydanticCustomError

from solver.layout.plating import Plating
from solver.materials.mix.spec import Along, MixSpec
from solver.section import Section
from solver.units import Length

FILES = ("image", "csv", "gds", "gerber")
_ONLY_OF = {  # keys that say nothing of other files
    "centre": ("gds", "gerber"),
    "crop": ("gds", "gerber"),
    "datatype": ("gds",),
    "top_cell": ("gds",),
    "invert": ("image",),
    "along": ("csv",),
    "cell": ("image", "gds", "gerber"),
}


def _error(message: str, key: str) -> PydanticCustomError:
    return PydanticCustomError("copper_map", "{message}", {"message": message, "key": key})


class CopperMap(Section):
    """One patterned metal layer over the bounding box of the outline: exactly one of image, csv, gds, gerber.

    The metal is as thick as the layer, or as `plating` says. Every window has the metal fraction of the map, and is
    orthotropic in the plane as far as its pattern has a direction.
    """

    synonyms: ClassVar[dict[str, str]] = {"window": "cell", "matrix": "dielectric", "picture": "image"}

    image: Path | None = Field(None, description="picture: white is metal, grey a part of it")
    csv: Path | None = Field(None, description="grid of metal fractions from 0 to 1, top row first")
    gds: Path | None = Field(None, description="GDSII layout")
    gerber: Path | None = Field(None, description="Gerber (RS-274X, X2) file of the layer")
    centre: tuple[Length, Length] | None = Field(
        None,
        description="gds, gerber: the point of the layout that lies in the middle of the outline; "
        "if absent, the middle of the box round all layouts of the case that are of this kind and have no `centre`",
    )
    crop: bool = Field(False, description="gds, gerber: metal outside the outline is cut away; it is refused otherwise")
    layer: int | None = Field(None, description="gds: layer number")
    datatype: int = Field(0, description="gds: data type")
    top_cell: str | None = Field(None, description="gds: the cell that is the layout, if several are in no other one")
    metal: str = Field("copper", description="name of a material")
    dielectric: str = Field(description="name of a material")
    cell: Length | None = Field(None, description="side of a window; a 64th of the longer side if absent")
    invert: bool = Field(False, description="image: black is metal")
    along: Annotated[Along, Field(description="csv: what a density does not say, see `along` of a mixture")] = (
        0.5,
        0.5,
    )
    plating: Plating | None = Field(
        None, description="thickness of the metal from the density of the pattern; as thick as the layer if absent"
    )
    levels: PositiveInt = Field(16, description="classes of metal fraction; each has the mean fraction of its cells")

    @model_validator(mode="after")
    def _one_file(self) -> "CopperMap":
        given = [key for key in FILES if getattr(self, key) is not None]
        if len(given) != 1:
            raise _error(f"give exactly one of {', '.join(FILES)}", given[-1] if given else "image")
        if (self.gds is not None) != (self.layer is not None):
            raise _error("a `layer` number goes with gds, and with nothing else", "layer")
        if self.cell is not None and self.cell <= 0:
            raise _error("the window must be positive", "cell")
        for key, kinds in _ONLY_OF.items():
            if key in self.model_fields_set and not any(getattr(self, kind) is not None for kind in kinds):
                raise _error(f"`{key}` goes with {' or '.join(kinds)}", key)
        return self

    @property
    def kind(self) -> str:
        """Of its file: one of `FILES`."""
        return next(key for key in FILES if getattr(self, key) is not None)

    @property
    def is_layout(self) -> bool:
        """True for polygons, False for pixels."""
        return self.kind in ("gds", "gerber")

    @property
    def file(self) -> Path:
        """The file of the map."""
        path: Path = getattr(self, self.kind)
        return path

    def mixture(self, fraction: float, along: tuple[float, float]) -> MixSpec:
        """The material of a window."""
        return MixSpec(mix="traces", metal=self.metal, dielectric=self.dielectric, metal_fraction=fraction, along=along)
