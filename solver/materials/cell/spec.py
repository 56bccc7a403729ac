"""Unit cells as written in a case file."""

from abc import abstractmethod
from math import hypot, pi, sqrt
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from solver.section import Reference, Section, wrong
from solver.units import LENGTH, Length, one_or_each

Phase = tuple[str | None, float]  # a material (None: empty) and its volume fraction


def _pair(value: Any) -> tuple[float, float]:
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise wrong("expected one length, or two along x and y")
        return LENGTH.parse(value[0]), LENGTH.parse(value[1])
    return (LENGTH.parse(value),) * 2


Sides = Annotated[tuple[float, float], BeforeValidator(_pair), LENGTH, one_or_each(LENGTH, 2)]


class CellSpec(Section):
    """What all unit cells say."""

    unit_cell: str
    metal: Reference = Field(description="name of a material")
    matrix: Reference = Field(description="name of the material around it")
    conducts: bool = Field(False, description="it carries electric current, as its metal does; else it insulates")

    synonyms: ClassVar[dict[str, str]] = {"dielectric": "matrix", "fill": "matrix", "wall": "plating"}

    @property
    @abstractmethod
    def phases(self) -> list[Phase]:
        """Materials from the inside out with their volume fractions; the matrix is the last."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The array in words."""

    @property
    @abstractmethod
    def period(self) -> tuple[float, ...]:
        """Distances in the plane at which the array repeats (m)."""

    @property
    def constituents(self) -> list[str]:
        """Names of the materials in it."""
        return [name for name, _ in self.phases if name is not None]

    @property
    def metal_fraction(self) -> float:
        """Volume fraction of the metal."""
        return sum(fraction for name, fraction in self.phases if name == self.metal)


class RoundCell(CellSpec):
    """An array of round things: lengths in the plane."""

    diameter: Length
    pitch: Sides = Field(description="distance of neighbours; two lengths if it differs along x and y")
    arrangement: Literal["square", "staggered", "hexagonal"] = Field(
        "square",
        description="square: rows and columns; staggered: one more in the middle of every pitch cell; "
        "hexagonal: rows along x, each half a pitch off the last",
    )

    @property
    def sides(self) -> tuple[float, float]:
        """Sides of the rectangle that repeats (m)."""
        return (self.pitch[0], sqrt(3) * self.pitch[0]) if self.arrangement == "hexagonal" else self.pitch

    @property
    def period(self) -> tuple[float, ...]:
        return self.pitch

    @property
    def staggered(self) -> bool:
        """True if the rectangle has a second one in its middle."""
        return self.arrangement != "square"

    @property
    def density(self) -> float:
        """Number per area (1/m^2)."""
        return (1 + self.staggered) / (self.sides[0] * self.sides[1])

    @property
    def outer(self) -> float:
        """Largest diameter of the part (m)."""
        return self.diameter

    @model_validator(mode="after")
    def _fits(self) -> "RoundCell":
        if self.diameter <= 0:
            raise wrong("the diameter must be positive", "diameter")
        if self.arrangement == "hexagonal" and self.pitch[0] != self.pitch[1]:
            raise wrong("a hexagonal array has one pitch", "pitch")
        apart = min([*self.sides] + ([hypot(*self.sides) / 2] if self.staggered else []))
        if apart <= self.outer * (1 + 1e-3):
            raise wrong(
                f"neighbours {1e6 * apart:.4g} um apart touch: they are {1e6 * self.outer:.4g} um wide", "pitch"
            )
        return self

    def _words(self, what: str) -> str:
        x, y = (f"{1e6 * p:.4g}" for p in self.pitch)
        pitch = f"{x if x == y else f'{x} x {y}'} um{'' if self.arrangement == 'square' else f' ({self.arrangement})'}"
        return f"{self.metal} {what} um at {pitch} in {self.matrix}"


class Liner(Section):
    """A coat around the metal: the oxide of a through-silicon via, a barrier."""

    material: Reference
    thickness: Length

    @model_validator(mode="after")
    def _positive(self) -> "Liner":
        if self.thickness <= 0:
            raise wrong("the thickness must be positive", "thickness")
        return self


class ViaCell(RoundCell):
    """An array of cylinders through the layer: solid vias, plated barrels, pillars, through-silicon vias."""

    unit_cell: Literal["via"]
    diameter: Length = Field(description="outer diameter of the metal")
    plating: Length | None = Field(None, description="wall of a barrel; solid if absent")
    core: Reference | None = Field(None, description="material inside the wall; empty if absent")
    liner: Liner | None = Field(None, description="coat between metal and matrix")
    method: Literal["finite-elements", "closed-form"] = Field(
        "finite-elements",
        description="closed-form: Rayleigh's conductivity (composite cylinders if staggered), stiffness of the "
        "composite cylinder assemblage",
    )

    @property
    def radii(self) -> tuple[float, ...]:
        """Outer radii from the inside out (m)."""
        wall = () if self.plating is None else (self.diameter / 2 - self.plating,)
        coat = () if self.liner is None else (self.outer / 2,)
        return (*wall, self.diameter / 2, *coat)

    @property
    def outer(self) -> float:
        return self.diameter + (2 * self.liner.thickness if self.liner is not None else 0.0)

    @property
    def phases(self) -> list[Phase]:
        names = [self.metal, *([self.liner.material] if self.liner is not None else []), self.matrix]
        full: list[str | None] = [*([self.core] if self.plating is not None else []), *names]
        areas = [0.0, *(self.density * pi * radius**2 for radius in self.radii), 1.0]
        return [(name, b - a) for name, a, b in zip(full, areas, areas[1:], strict=False)]

    @property
    def metal_fraction(self) -> float:
        return self.phases[0 if self.plating is None else 1][1]

    @property
    def words(self) -> str:
        outer = f"{1e6 * self.diameter:.4g}"
        if self.plating is None:
            return self._words(f"vias {outer}")
        return self._words(f"barrels {outer}/{1e6 * (self.diameter - 2 * self.plating):.4g}")

    @model_validator(mode="after")
    def _barrel(self) -> "ViaCell":
        if self.plating is not None and not 0 < self.plating < self.diameter / 2:
            raise wrong("the wall lies between nothing and half the diameter; leave it out for a solid via", "plating")
        if self.core is not None and self.plating is None:
            raise wrong("a solid via has no core; give `plating`", "core")
        return self


class BumpCell(RoundCell):
    """An array of bumps or balls between two plates, which are rigid and isothermal where they meet the layer."""

    unit_cell: Literal["bump"]
    diameter: Length = Field(description="at mid-height")
    pad: Length | None = Field(None, description="diameter at both pads; that at mid-height (a pillar) if absent")
    height: Length = Field(description="from pad to pad: the thickness of the layer")

    @property
    def phases(self) -> list[Phase]:
        narrow = self.diameter if self.pad is None else self.pad
        metal = self.density * pi * (2 * self.diameter**2 + narrow**2) / 12
        return [(self.metal, metal), (self.matrix, 1 - metal)]

    @property
    def words(self) -> str:
        return self._words(f"bumps {1e6 * self.diameter:.4g}")

    @model_validator(mode="after")
    def _ball(self) -> "BumpCell":
        if self.pad is not None and not 0 < self.pad <= self.diameter:
            raise wrong("a pad is not wider than the bump", "pad")
        if self.height <= 0:
            raise wrong("the height must be positive", "height")
        return self


class PillarCell(CellSpec):
    """An array of rectangular pillars through the layer."""

    unit_cell: Literal["pillar"]
    size: Sides = Field(description="lengths along x and y; one for a square")
    pitch: Sides = Field(description="distance of neighbours; two lengths if it differs along x and y")

    @property
    def period(self) -> tuple[float, ...]:
        return self.pitch

    @property
    def phases(self) -> list[Phase]:
        metal = self.size[0] * self.size[1] / (self.pitch[0] * self.pitch[1])
        return [(self.metal, metal), (self.matrix, 1 - metal)]

    @property
    def words(self) -> str:
        size, pitch = (" x ".join(f"{1e6 * length:.4g}" for length in pair) for pair in (self.size, self.pitch))
        return f"{self.metal} pillars {size} um at {pitch} um in {self.matrix}"

    @model_validator(mode="after")
    def _fits(self) -> "PillarCell":
        if not all(0 < a < p for a, p in zip(self.size, self.pitch, strict=True)):
            raise wrong("the sides lie between nothing and the pitch", "size")
        return self


class TraceCell(CellSpec):
    """Parallel traces in a layer."""

    unit_cell: Literal["trace"]
    width: Length = Field(description="of a trace")
    pitch: Length = Field(description="from trace to trace")
    direction: Literal["x", "y"] = Field(description="axis the traces run along")
    height: Length | None = Field(None, description="of a trace, in the middle of the layer; the whole layer if absent")
    layer: Length | None = Field(None, description="thickness of the layer, needed with `height`")

    @property
    def period(self) -> tuple[float, ...]:
        return (self.pitch,)

    @property
    def phases(self) -> list[Phase]:
        part = 1.0 if self.height is None or self.layer is None else self.height / self.layer
        metal = self.width / self.pitch * part
        return [(self.metal, metal), (self.matrix, 1 - metal)]

    @property
    def words(self) -> str:
        width, pitch = 1e6 * self.width, 1e6 * self.pitch
        return f"{self.metal} traces along {self.direction}, {width:.4g} um at {pitch:.4g} um in {self.matrix}"

    @model_validator(mode="after")
    def _fits(self) -> "TraceCell":
        if not 0 < self.width < self.pitch:
            raise wrong("the width lies between nothing and the pitch", "width")
        if (self.height is None) != (self.layer is None):
            raise wrong("`height` of the trace and thickness of the `layer` go together", "height")
        if self.height is not None and self.layer is not None and not 0 < self.height <= self.layer:
            raise wrong("a trace is not higher than its layer", "height")
        return self


AnyCell = Annotated[ViaCell | BumpCell | PillarCell | TraceCell, Field(discriminator="unit_cell")]
