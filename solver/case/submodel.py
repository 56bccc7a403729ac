"""`submodels: [...]`: places of the stack solved finer, driven on their cut by the whole."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from solver.case.geometry import Delamination, Layer, Pair, Sizes
from solver.case.refinement import EdgeRefinement
from solver.errors import nearest
from solver.section import Name, PartName, Reference, Section, WholeNumber, wrong
from solver.units import LENGTH, PositiveLength, PositiveStress, each

WEAKEST, CORNER = "weakest joint", "die corner"


def _place(value: Any) -> Any:
    if isinstance(value, str) and value not in (WEAKEST, CORNER):
        raise wrong(f"a place is [x, y], or one of those by name; {nearest(value, (WEAKEST, CORNER))}")
    return value


def _kind_of_place(value: Any) -> str:
    return "named" if isinstance(value, str) else "point"


Spot = Annotated[
    Annotated[Literal["weakest joint", "die corner"], Tag("named")] | Annotated[Pair, Tag("point")],
    Discriminator(_kind_of_place),
    BeforeValidator(_place),
    WithJsonSchema({"anyOf": [each(LENGTH, 2), {"enum": [WEAKEST, CORNER]}]}),
]


class PlaceMesh(Section):
    """How finely a place is cut."""

    in_plane_size: PositiveLength | None = Field(
        None, description="largest cell edge in plane; a 20th of the place if absent"
    )
    cells_per_layer: WholeNumber = Field(
        1, description="of layers of its own; of layers of the whole as many times as they have there"
    )
    edge_refinement: EdgeRefinement | None = Field(None, description="as of the whole")


class FilmStrength(Section):
    """What a film bears that a bump pulls at, across it and along it."""

    opening: PositiveStress
    shear: PositiveStress


class Bump(Section):
    """A bump of the place, the piece of its part nearest to the middle: its force, and the film that it pulls at."""

    joint: Reference = Field(description="LAYER/REGION of the place: its shear and axial force are read")
    film: Reference | None = Field(
        None, description="LAYER or LAYER/REGION of the place: the film whose peel stress is read, such as low-k"
    )
    strength: FilmStrength | None = Field(None, description="of the film, for the white-bump index")
    over: PositiveLength = Field(
        5e-6, description="radius of the discs of the film over which stress is averaged, at every cell"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Bump":
        if self.strength is not None and self.film is None:
            raise wrong("`strength` is that of a `film`", "strength")
        return self


class Submodel(Section):
    """A rectangular place, solved with every step on a mesh of its own.

    Where the whole goes on behind a face of the place, that face is displaced as the whole is there: at the end of the
    step, or at every increment where something remembers; temperatures are those of the whole. Layers come and go with
    the part of the whole they lie in, and are free of stress at its temperature unless they say otherwise.
    """

    name: PartName
    at: Spot = Field(
        description="its middle, [x, y]; `weakest joint`: of the part `of`, the piece in which most inelastic work was "
        "done, or that stores most energy per volume; `die corner`: the corner of a piece of `of` farthest from the "
        "middle of the outline"
    )
    of: Reference | None = Field(None, description="LAYER/REGION, for places that are named")
    within: Name | None = Field(None, description="a submodel before it that is its whole; the stack if absent")
    size: Sizes
    bottom: Reference | None = Field(
        None, description="face of the whole that its lowest layer lies on, as `LAYER.bottom`; the lowest if absent"
    )
    top: Reference | None = Field(
        None,
        description="without `layers`: face of the whole it goes up to, as `LAYER.top`; the highest if absent",
    )
    layers: list[Layer] = Field(
        [], description="its stack, bottom to top, whose origin is its middle; absent: that of the whole, meshed finer"
    )
    delaminations: list[Delamination] = Field(
        [],
        description="where layers of the place are apart, though they hang together in the whole: starter cracks, "
        "about the middle of the place; elastic materials at small deflection",
    )
    mesh: PlaceMesh = PlaceMesh()
    bump: Bump | None = Field(None, description="forces of a bump in it, and the film that may come off under it")

    @model_validator(mode="after")
    def _consistent(self) -> "Submodel":
        if isinstance(self.at, str) and self.of is None:
            raise wrong(f"`{self.at}` needs `of`, the LAYER/REGION it is looked for in", "at")
        if not isinstance(self.at, str) and self.of is not None:
            raise wrong("`of` goes with a place by name, such as `at: die corner`", "of")
        if self.layers and self.top is not None:
            raise wrong("layers of its own say how high it is; `top` goes without them", "top")
        return self
