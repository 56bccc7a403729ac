"""Geometry of the case file: outline, symmetry and the stack of layers, bottom to top."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import shapely
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from solver.case.fracture import CohesiveSpec, ToughnessSpec
from solver.layout.copper import CopperMap
from solver.materials.cell.spec import AnyCell, CellSpec
from solver.materials.mix.spec import MixSpec
from solver.section import PartName, Reference, References, Section, WholeNumber, wrong
from solver.units import (
    LENGTH,
    Angle,
    FilmStress,
    Length,
    PositiveLength,
    PositiveNumber,
    Temperature,
    one_or_each,
)

# mm: diameters of wafers and lengths of their primary flats, SEMI M1 (wafers of 200 mm and more have notches)
FLATS = {50.8: 15.88, 76.2: 22.22, 100.0: 32.5, 125.0: 42.5, 150.0: 57.5}
_STEEPEST = 1.9  # of a thickness, from end to end: a twentieth is left at the thinnest corner

Pair = Annotated[tuple[Length, Length], Field(description="x and y")]
Sizes = Annotated[tuple[PositiveLength, PositiveLength], Field(description="along x and y")]


def _simple(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Refused at once: what is drawn of a polygon that goes round thousands of times takes minutes."""
    if not shapely.Polygon(points).is_valid:
        raise wrong("the polygon crosses itself or has no area")
    return points


Points = Annotated[list[Pair], Field(min_length=3), AfterValidator(_simple)]


def _kind_of_material(value: Any) -> str:
    if isinstance(value, CellSpec) or (isinstance(value, dict) and "unit_cell" in value):
        return "cell"
    return "mixture" if isinstance(value, dict | MixSpec) else "name"


MaterialChoice = Annotated[
    Annotated[Reference, Tag("name")] | Annotated[MixSpec, Tag("mixture")] | Annotated[AnyCell, Tag("cell")],
    Discriminator(_kind_of_material),
]


class Shape(Section):
    """The outline of one region: exactly one of rectangle, circle, ellipse, polygon, rim."""

    rectangle: Sizes | None = Field(None, description="lengths along x and y")
    circle: PositiveLength | None = Field(None, description="diameter")
    ellipse: Sizes | None = Field(None, description="lengths of the axes along x and y")
    polygon: Points | None = Field(None, description="corners in order, relative to the place of the region")
    rim: PositiveLength | None = Field(
        None, description="width of a strip along the whole outline of the stack: a shield on its sides, a seal ring"
    )
    hole: Sizes | None = Field(None, description="concentric rectangular hole: the foot of a lid, a stiffener ring")

    bore: PositiveLength | None = Field(
        None, description="diameter of a concentric round hole in a circle: a plated barrel"
    )
    rotation: Angle = Field(0.0, description="about its place, from x towards y; of every part of a grid")

    @model_validator(mode="after")
    def _exactly_one(self) -> "Shape":
        if sum(value is not None for value in (self.rectangle, self.circle, self.ellipse, self.polygon, self.rim)) != 1:
            raise wrong("a shape is exactly one of rectangle, circle, ellipse, polygon, rim")
        if self.rim is not None and self.rotation:
            raise wrong("a rim lies along the outline; it takes no `rotation`", "rotation")
        if self.rim is not None and self.hole is not None:
            raise wrong("a rim is hollow already; it takes no `hole`", "hole")
        if self.bore is not None and (self.circle is None or self.bore >= self.circle):
            raise wrong("a bore is a round hole in a circle, smaller than it", "bore")
        return self


class Notch(Section):
    """The notch of a wafer, at -y."""

    depth: PositiveLength = Field(1e-3, description="from the circle inwards")
    angle: Angle = Field(np.pi / 2, description="between its sides")

    @model_validator(mode="after")
    def _sharp(self) -> "Notch":
        if not 0 < self.angle < np.pi:
            raise wrong("a notch has an angle between 0 and 180 deg", "angle")
        return self


class Hole(Section):
    """What is cut out of the outline; it may reach the edge, as a slot does."""

    shape: Shape
    at: Pair = Field((0.0, 0.0), description="centre")

    @model_validator(mode="after")
    def _whole(self) -> "Hole":
        if self.shape.rim is not None:
            raise wrong("a rim lies along the outline and is no hole", "shape")
        return self


def _notch(value: Any) -> Any:
    return ({} if value else None) if isinstance(value, bool) else value


class Outline(Section):
    """The outline every layer is cut to, centred on the origin (a polygon stands where its points say)."""

    shape: Literal["rectangle", "disc", "ellipse", "polygon"]
    size: Sizes | None = Field(None, description="rectangle, ellipse: lengths along x and y")
    diameter: PositiveLength | None = Field(None, description="disc: diameter")
    points: Points | None = Field(None, description="polygon: corners in order")
    notch: Annotated[Notch | None, BeforeValidator(_notch)] = Field(
        None, description="disc: `true` for the notch of SEMI M1 (1 mm deep, 90 deg), or its `depth` and `angle`; at -y"
    )
    flat: PositiveLength | None = Field(
        None, description="disc: `true` for the length of the primary flat of SEMI M1, or a length; at -y"
    )
    holes: list[Hole] = Field([], description="cut out of every layer")

    @model_validator(mode="before")
    @classmethod
    def _flat_of_the_standard(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("flat"), bool):
            return data
        if not data["flat"]:
            return {key: value for key, value in data.items() if key != "flat"}
        length = FLATS.get(round(1e3 * LENGTH.parse(data.get("diameter")), 1))
        if length is None:
            sizes = ", ".join(f"{diameter:g}" for diameter in FLATS)
            raise wrong(f"SEMI M1 has flats for wafers of {sizes} mm; give the length of this one", "flat")
        return data | {"flat": f"{length} mm"}

    @model_validator(mode="after")
    def _complete(self) -> "Outline":
        needed = {"rectangle": "size", "ellipse": "size", "disc": "diameter", "polygon": "points"}[self.shape]
        for key in ("size", "diameter", "points"):
            given = getattr(self, key) is not None
            if key == needed and not given:
                raise wrong(f"shape '{self.shape}' needs the key '{needed}'")
            if key != needed and given:
                raise wrong(f"shape '{self.shape}' has no '{key}'; it takes '{needed}'", key)
        marks = [key for key in ("notch", "flat") if getattr(self, key) is not None]
        if marks and self.diameter is None:
            raise wrong(f"shape '{self.shape}' has no '{marks[0]}'; a disc has", marks[0])
        if len(marks) == 2:
            raise wrong("a wafer has a notch or a flat, not both", "flat")
        if (
            self.diameter is not None
            and max(self.flat or 0.0, 2 * self.notch.depth if self.notch else 0.0) >= self.diameter
        ):
            raise wrong("it is as large as the disc", marks[0])
        return self


class Grid(Section):
    """A regular array of equal regions, centred on `origin`."""

    count: tuple[WholeNumber, WholeNumber] = Field(description="columns and rows")
    pitch: Sizes = Field(description="distance of neighbours along x and y")
    origin: Pair = Field((0.0, 0.0), description="centre of the array")
    edge_exclusion: Length | None = Field(
        None, description="keep only the places at least this far inside the outline (dies on a wafer)"
    )


STRESS_AT_BIRTH = "in the plane of the film when it is born, held at its size: `250 MPa`, or along x and y"
FREE_OF_STRESS = "at which it is free of thermal stress; absent: its layer's, its material's, or where it is built"


class Region(Section):
    """A part of a layer with a material of its own: one place, or a grid of them."""

    name: PartName
    shape: Shape
    material: MaterialChoice
    stress: FilmStress = Field(None, description=STRESS_AT_BIRTH)
    stress_free_temperature: Temperature | None = Field(None, description=FREE_OF_STRESS)
    at: Pair | None = Field(None, description="centre; the origin if neither `at` nor `grid` is given")
    grid: Grid | None = None
    fill: bool = Field(
        False,
        description="what the other regions of the layer leave of the shape (mould around dies); of several that fill, "
        "the later ones leave out the earlier",
    )

    @model_validator(mode="after")
    def _one_placement(self) -> "Region":
        if self.at is not None and self.grid is not None:
            raise wrong("give `at` or `grid`, not both", "at")
        if self.shape.rim is not None and (self.at is not None or self.grid is not None):
            raise wrong("a rim lies along the outline; it takes neither `at` nor `grid`")
        return self


class Taper(Section):
    """How much thicker a layer is at one end of the outline than at the other, evenly in between."""

    x: Length = Field(0.0, description="at its end at +x more than at that at -x")
    y: Length = Field(0.0, description="at its end at +y more than at that at -y")


class Layer(Section):
    """One layer of the stack. Without `material` it is empty outside its regions."""

    synonyms: ClassVar[dict[str, str]] = {"height": "thickness", "t": "thickness", "region": "regions"}

    name: PartName
    thickness: PositiveLength
    taper: Taper | None = Field(
        None, description="of a wedge, whose `thickness` is that in the middle of the outline; layers above lie on it"
    )
    material: MaterialChoice | None = None
    stress: FilmStress = Field(None, description=STRESS_AT_BIRTH)
    stress_free_temperature: Temperature | None = Field(None, description=FREE_OF_STRESS)
    copper_map: CopperMap | None = Field(None, description="in place of `material`: metal that varies over the plane")
    regions: list[Region] = []
    cells: WholeNumber | None = Field(None, description="cells through the thickness; `mesh.cells_per_layer` if absent")
    above: Reference | None = Field(
        None, description="the layer it stands on, where layers that were removed have been"
    )
    below: Reference | None = Field(
        None, description="the layer it hangs from, where layers that were removed have been"
    )

    @model_validator(mode="after")
    def _not_empty(self) -> "Layer":
        if self.material is not None and self.copper_map is not None:
            raise wrong("give `material` or `copper_map`, not both", "copper_map")
        if self.material is None and self.copper_map is None and not self.regions:
            raise wrong("a layer needs a material, a copper map or regions")
        if self.above is not None and self.below is not None:
            raise wrong("give `above` or `below`, not both", "below")
        if self.taper is not None and abs(self.taper.x) + abs(self.taper.y) > _STEEPEST * self.thickness:
            words = f"x and y are together {_STEEPEST:g} times the thickness at most"
            raise wrong(f"next to nothing is left of the layer at its thinnest corner; {words}", "taper")
        return self

    @property
    def instead(self) -> str:
        """Where it takes the place of others, in words."""
        return f"above {self.above}" if self.above else f"below {self.below}" if self.below else ""


def places(layers: Sequence[Layer]) -> dict[str, tuple[float, float]]:
    """Bottom and top of every layer (m): one on the other, or above or below the one it names.

    Raises:
        KeyError: the name of a layer that stands on one that is not there, or on itself.
    """
    height, found = 0.0, dict[str, tuple[float, float]]()
    for layer in layers:
        if layer.above is None and layer.below is None:
            found[layer.name] = height, height + layer.thickness
            height += layer.thickness
    left = [layer for layer in layers if layer.name not in found]
    while left:
        ready = [layer for layer in left if (layer.above or layer.below) in found]
        if not ready:
            raise KeyError(left[0].name)
        for layer in ready:
            bottom = found[layer.above][1] if layer.above else found[layer.below or ""][0] - layer.thickness
            found[layer.name] = bottom, bottom + layer.thickness
        left = [layer for layer in left if layer not in ready]
    return found


class Delamination(Section):
    """Where two layers that touch are apart from the start, or from when both are there: a starter crack."""

    name: PartName
    between: tuple[Reference, Reference] = Field(description="the two layers, in either order")
    shape: Shape
    at: Pair | None = Field(None, description="centre of the shape; the origin if neither `at` nor `grid` is given")
    grid: Grid | None = Field(None, description="many of them, such as one at every corner of a die")
    toughness: ToughnessSpec | None = Field(
        None, description="energy per area the interface takes to part; what is released is then held against it"
    )
    grows: bool = Field(
        False,
        description="at the end of every step it goes on where it releases what its `toughness` takes, cell by cell "
        "until it stands, and stays apart; each move is a solve of the step; of elastic materials at small deflection",
    )
    cohesive: CohesiveSpec | None = Field(
        None,
        description="the interface holds here until it parts, instead of being apart from the start; at small "
        "or large deflection (`analysis`), materials may have a memory, a starter crack may lie beside it",
    )
    sizes: list[PositiveNumber] = Field(
        [],
        description="factors of the shape, each about its own centre: what starter cracks of other sizes release "
        "is read beside that of this one, each a solve of the step",
    )

    @model_validator(mode="after")
    def _a_patch(self) -> "Delamination":
        if self.shape.rim is not None:
            raise wrong("give a rectangle, a circle or a polygon", "shape")
        if self.grows and self.toughness is None:
            raise wrong("what grows needs a `toughness`", "grows")
        if self.grows and self.sizes:
            raise wrong("one that grows has the size it comes to; give `sizes` to another", "sizes")
        if self.at is not None and self.grid is not None:
            raise wrong("give `at` or `grid`, not both", "at")
        for key, given in {"toughness": self.toughness, "grows": self.grows, "sizes": self.sizes}.items():
            if self.cohesive is not None and given:
                raise wrong(f"a cohesive interface parts by itself; leave `{key}` out", key)
        return self


class Fillet(Section):
    """A bead of underfill or adhesive along the side walls of a region, whose free surface slopes to the board."""

    name: PartName
    around: References = Field(min_length=1, description="LAYER/REGION whose walls it wets, or several of one height")
    layers: list[Reference] = Field(
        min_length=1, description="that it reaches over, from the one that stands on the board to the one it ends with"
    )
    material: MaterialChoice
    width: PositiveLength = Field(description="from the walls to its toe, in the plane; round the corners an arc")
    profile: Literal["straight", "concave", "convex"] = Field(
        "straight", description="of its surface; concave is level at the toe, convex at the wall: parabolas"
    )
    toe: PositiveLength | None = Field(None, description="thickness left at the toe; a 20th of the height if absent")
    cells: WholeNumber = Field(4, description="across its width")
    comes_with: Reference | None = Field(
        None, description="LAYER or LAYER/REGION it is built and removed with; the first of `layers` if absent"
    )
    stress_free_temperature: Temperature | None = Field(None, description=FREE_OF_STRESS)


class FilletRegion(Region):
    """What of a fillet lies in one layer; its place is found in the stack."""

    fillet: Fillet

    @classmethod
    def of(cls, one: Fillet) -> "FilletRegion":
        """The region of a fillet."""
        shared: Any = {key: getattr(one, key) for key in ("name", "material", "stress_free_temperature")}
        return cls.model_construct(**shared, shape=Shape.model_construct(rim=one.width), fillet=one)

    @property
    def comes_with(self) -> str:
        """LAYER or LAYER/REGION it is built and removed with."""
        return self.fillet.comes_with or self.fillet.layers[0]


Symmetry = Literal["none", "half-x", "half-y", "quarter"]


def _rises(value: Any) -> tuple[float, float]:
    pair = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
    return LENGTH.parse(pair[0]), LENGTH.parse(pair[1])


Rises = Annotated[tuple[float, float], BeforeValidator(_rises), LENGTH, one_or_each(LENGTH, 2)]


class Geometry(Section):
    """Everything with a shape."""

    synonyms: ClassVar[dict[str, str]] = {"stack": "layers", "stackup": "layers", "size": "outline"}

    outline: Outline
    symmetry: Symmetry = Field(
        "none",
        description="half-x keeps x >= 0 (mirror plane x = 0), half-y keeps y >= 0, quarter both",
    )
    initial_bow: Rises = Field(
        (0.0, 0.0),
        description="of what is there first, free of stress: rise of the middle above the edges along x and y, or one "
        "for both; positive: convex",
    )
    layers: list[Layer] = Field(min_length=1, description="bottom to top")
    delaminations: list[Delamination] = Field(
        [],
        description="starter cracks between layers; the energy release rate along their fronts is read in every step",
    )
    fillets: list[Fillet] = Field([], description="beads around dies; each is the region of its name in its layers")

    @model_validator(mode="after")
    def _with_fillets(self) -> "Geometry":
        for one in self.fillets:
            part = FilletRegion.of(one)
            for layer in self.layers:
                if layer.name in one.layers and part not in layer.regions:
                    layer.regions.append(part)
        return self
