"""`life`: how long joints last that a process takes through thermal cycles."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from solver.arrays import Array
from solver.errors import nearest
from solver.life.acceleration import ACCELERATIONS
from solver.life.copper import barrel_cycles, coffin_manson_basquin
from solver.life.fatigue import MODELS
from solver.life.missions import MISSIONS
from solver.section import Name, Reference, Section, wrong
from solver.units import Number, PositiveLength, PositiveNumber, PositiveStress, PositiveTime, Temperature

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


class CopperParts(Section):
    """Copper of one kind, such as barrels, vias or lines: each polygon of a region, or a whole layer.

    The plastic range of strain in a cycle is half of the equivalent plastic strain summed along its path; the total
    range adds the equivalent range of stress between ends of steps over the modulus. Both are means over a row of
    cells of every piece: the mean of a whole via hides what its corners do.
    """

    part: Reference = Field(description="LAYER/REGION, or LAYER, of a material that yields")
    average: Rows = Field("whole", description="row of cells the mean is taken over: the lowest, the highest, all")
    model: Literal["ipc-tr-579", "coffin-manson-basquin"] = Field(
        "ipc-tr-579", description="barrels of plated holes by their total range, or constants of one's own"
    )
    ductility: PositiveNumber = Field(
        0.30, description="ipc-tr-579: fracture strain D; coffin-manson-basquin: fatigue ductility coefficient"
    )
    strength: PositiveStress = Field(
        276e6, description="ipc-tr-579: tensile strength S; coffin-manson-basquin: fatigue strength coefficient"
    )
    modulus: PositiveStress | None = Field(None, description="Young's; 83 GPa (ipc-tr-579) or 110 GPa if absent")
    basquin: Annotated[Number, Field(lt=0.0)] | None = Field(None, description="b, exponent of strength, such as -0.1")
    coffin: Annotated[Number, Field(lt=0.0)] | None = Field(None, description="c, exponent of ductility, such as -0.6")
    source: str | None = Field(None, description="where the constants are from")

    @model_validator(mode="after")
    def _complete(self) -> "CopperParts":
        own = {"basquin": self.basquin, "coffin": self.coffin, "source": self.source}
        for key, value in own.items():
            if self.model == "coffin-manson-basquin" and value is None:
                raise wrong(f"coffin-manson-basquin needs `{key}`", key)
            if self.model == "ipc-tr-579" and value is not None and key != "source":
                raise wrong(f"ipc-tr-579 has no `{key}`; coffin-manson-basquin has", key)
        return self

    @property
    def elastic_modulus(self) -> float:
        """Young's modulus of the copper (Pa)."""
        return self.modulus or (83e9 if self.model == "ipc-tr-579" else 110e9)

    @property
    def swing_exponent(self) -> float:
        """Exponent of life over the swing of temperature: that of its ductility law."""
        return -1.0 / (self.coffin or -0.6)

    @property
    def words(self) -> str:
        """Where the constants are from."""
        return self.source or "IPC-TR-579 (1988), app. B"

    def cycles(self, total: Array) -> Array:
        """Cycles to failure (n,) by the total range of strain, nan where that is."""
        if self.model == "ipc-tr-579":
            lives = [barrel_cycles(one, self.ductility, self.strength, self.elastic_modulus) for one in total]
            return np.where(np.isnan(total), np.nan, lives)
        assert self.basquin is not None and self.coffin is not None
        found = coffin_manson_basquin(
            total, self.strength, self.elastic_modulus, self.basquin, self.ductility, self.coffin
        )
        return np.where(np.isnan(total), np.nan, found)


class Use(Section):
    """A thermal cycle of the field, or all of a standard by its name."""

    profile: str | None = Field(None, description=f"by name: {', '.join(MISSIONS)}")
    name: Name | None = Field(None, description="of a cycle of one's own")
    minimum: Temperature | None = None
    maximum: Temperature | None = None
    heated: Reference | None = Field(
        None,
        description="LAYER or LAYER/REGION whose mean temperature under the power of `thermal` is the maximum; over "
        "time (`transient`) its lowest is the minimum as well, unless that is given",
    )
    dwell: PositiveTime | None = Field(None, description="at the maximum")
    per_year: Annotated[Number, Field(gt=0.0)] | None = Field(None, description="how often it comes")

    @model_validator(mode="after")
    def _one_way(self) -> "Use":
        own = {key: getattr(self, key) for key in ("name", "minimum", "maximum", "dwell", "per_year")}
        if self.profile is not None:
            given = [key for key, value in {**own, "heated": self.heated}.items() if value is not None]
            if given:
                raise wrong("a profile says all of it; leave this out", given[0])
            if self.profile not in MISSIONS:
                raise wrong(f"no profile is called '{self.profile}'; {nearest(self.profile, MISSIONS)}", "profile")
            return self
        if self.heated is not None:
            if self.maximum is not None:
                raise wrong("the maximum is the temperature of the part that is `heated`; leave it out", "maximum")
            del own["minimum"], own["maximum"]  # known after the heat problem
        missing = [key for key, value in own.items() if value is None]
        if missing:
            raise wrong(f"give `profile`, or all of {', '.join(own)}; missing: {missing[0]}", "profile")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise wrong("the maximum is above the minimum", "maximum")
        return self


class Life(Section):
    """Life of joints and of copper from the cycles of the process (`repeat`), and in the field."""

    joints: list[Joints] = []
    copper: list[CopperParts] = Field([], description="barrels, vias and lines, by low-cycle fatigue")
    extrapolate: bool = Field(
        False,
        description="go on from the last three cycles that do the same to the settled one, and say how far; else the "
        "last is taken",
    )
    mission: list[Use] = Field([], description="where it lives: damage of all its cycles is summed (Miner)")
    acceleration: str | None = Field(
        None,
        description="from the cycle of the process to those of the mission: "
        f"{', '.join(ACCELERATIONS)}; that of the solder's family if absent",
    )

    @model_validator(mode="after")
    def _known(self) -> "Life":
        if not self.joints and not self.copper:
            raise wrong("give `joints` or `copper`", "joints")
        if self.acceleration is not None and self.acceleration not in ACCELERATIONS:
            raise wrong(f"there is no such acceleration; {nearest(self.acceleration, ACCELERATIONS)}", "acceleration")
        return self
