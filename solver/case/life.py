"""`life`: how long joints last that a process takes through thermal cycles."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from solver.life.acceleration import ACCELERATIONS
from solver.life.fatigue import MODELS
from solver.life.missions import MISSIONS
from solver.section import Name, Reference, Section, nearest, wrong
from solver.units import Number, PositiveLength, PositiveTime, Temperature

Rows = Literal["bottom", "top", "whole"]


class CoffinManson(Section):
    """Cycles to failure = coefficient x strain^-exponent, of the inelastic strain summed over a cycle."""

    coefficient: Annotated[Number, Field(gt=0.0)]
    exponent: Annotated[Number, Field(gt=0.0)]
    source: str = Field(description="where the constants are from")


class DarveauxConstants(Section):
    """Cycles to failure = k1 W^k2 + crack / (k3 W^k4), in units of one's own; constants in psi and inch are common."""

    k1: Annotated[Number, Field(gt=0.0)]
    k2: Annotated[Number, Field(lt=0.0)]
    k3: Annotated[Number, Field(gt=0.0)]
    k4: Annotated[Number, Field(gt=0.0)]
    work: Literal["psi", "MPa"] = Field(description="unit of the work W per volume the constants hold for")
    length: Literal["in", "mm"] = Field(description="unit of the length of k3")
    slab: PositiveLength = Field(description="thickness of the averaged layer the constants hold for")
    source: str = Field(description="where the constants are from")


class Joints(Section):
    """Joints of one kind, such as the balls of a package: each polygon of a region, or a whole layer."""

    part: Reference = Field(description="LAYER/REGION, or LAYER, of a material that creeps or yields")
    average: list[Rows] = Field(
        ["bottom", "top"],
        min_length=1,
        description="rows of cells over which work and strain are averaged, each apart: the lowest, the highest of the "
        "layer, or `whole`; how thick a row is follows from `cells_per_layer`, or give thin layers of their own",
    )
    models: list[str] = Field(
        [], description=f"of fatigue; those of the solder's family if absent: {', '.join(MODELS)}"
    )
    coffin_manson: CoffinManson | None = Field(None, description="with constants of one's own, beside the models")
    darveaux: DarveauxConstants | None = Field(None, description="with constants of one's own, beside the models")
    crack: PositiveLength | None = Field(
        None, description="length at which a crack has opened a joint; the diameter of a circle of its area if absent"
    )
    weibull_slope: Annotated[Number, Field(gt=0.0)] = Field(
        6.0, description="beta of every joint, for the population of all joints of the package"
    )
    alloy: Literal["SnAgCu", "SnPb"] | None = Field(
        None, description="family of the solder; from the name of its material if absent"
    )

    @model_validator(mode="after")
    def _known(self) -> "Joints":
        for name in self.models:
            if name not in MODELS:
                raise wrong(f"no model of fatigue is called '{name}'; {nearest(name, MODELS)}", "models")
        return self


class Use(Section):
    """A thermal cycle of the field, or all of a standard by its name."""

    profile: str | None = Field(None, description=f"by name: {', '.join(MISSIONS)}")
    name: Name | None = Field(None, description="of a cycle of one's own")
    minimum: Temperature | None = None
    maximum: Temperature | None = None
    dwell: PositiveTime | None = Field(None, description="at the maximum")
    per_year: Annotated[Number, Field(gt=0.0)] | None = Field(None, description="how often it comes")

    @model_validator(mode="after")
    def _one_way(self) -> "Use":
        own = {key: getattr(self, key) for key in ("name", "minimum", "maximum", "dwell", "per_year")}
        if self.profile is not None:
            given = [key for key, value in own.items() if value is not None]
            if given:
                raise wrong("a profile says all of it; leave this out", given[0])
            if self.profile not in MISSIONS:
                raise wrong(f"no profile is called '{self.profile}'; {nearest(self.profile, MISSIONS)}", "profile")
            return self
        missing = [key for key, value in own.items() if value is None]
        if missing:
            raise wrong(f"give `profile`, or all of {', '.join(own)}; missing: {missing[0]}", "profile")
        assert self.minimum is not None and self.maximum is not None
        if self.minimum >= self.maximum:
            raise wrong("the maximum is above the minimum", "maximum")
        return self


class Life(Section):
    """Life of joints from the cycles of the process (`repeat`), and in the field."""

    joints: list[Joints] = Field(min_length=1)
    extrapolate: bool = Field(
        False, description="go on from the last three cycles to the settled one, with the error; else the last is taken"
    )
    mission: list[Use] = Field([], description="where it lives: damage of all its cycles is summed (Miner)")
    acceleration: str | None = Field(
        None,
        description="from the cycle of the process to those of the mission: "
        f"{', '.join(ACCELERATIONS)}; that of the solder's family if absent",
    )

    @model_validator(mode="after")
    def _known(self) -> "Life":
        if self.acceleration is not None and self.acceleration not in ACCELERATIONS:
            raise wrong(f"there is no such acceleration; {nearest(self.acceleration, ACCELERATIONS)}", "acceleration")
        return self
