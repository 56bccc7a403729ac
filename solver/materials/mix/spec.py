"""A mixture as written in a case file."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from solver.errors import nearest, short
from solver.materials.mix.conductivity import RAYLEIGH_LIMIT
from solver.materials.mix.rules import CONDUCTIVITIES, EXPANSIONS, RULES
from solver.section import Reference, Section, wrong
from solver.units import NUMBER, each


def _one_of(table: dict[str, Any], what: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if value is not None and (not isinstance(value, str) or value not in table):
            raise wrong(f"unknown {what} '{short(value)}'; {nearest(str(value), table)}")
        return value

    return BeforeValidator(check, json_schema_input_type=Literal[*table] | None)


def _fraction(value: Any) -> float:
    fraction = NUMBER.parse(value)
    if not 0.0 <= fraction <= 1.0:
        raise wrong(f"{short(value)} is not physical; a volume fraction lies between 0 and 1")
    return fraction


def _along(value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise wrong("expected two numbers from 0 to 1, along x and y")
    return _fraction(value[0]), _fraction(value[1])


Fraction = Annotated[float, BeforeValidator(_fraction), WithJsonSchema(NUMBER.schema)]
Along = Annotated[tuple[float, float], BeforeValidator(_along), WithJsonSchema(each(NUMBER, 2))]


class MixSpec(Section):
    """A layer of metal in a dielectric, smeared out."""

    mix: Annotated[str, _one_of(RULES, "mix rule")] = Field(description="rule for stiffness: " + ", ".join(RULES))
    metal: Reference = Field(description="name of a material")
    dielectric: Reference = Field(description="name of a material")
    metal_fraction: Fraction = Field(description="by volume, 0 to 1")
    expansion: Annotated[str | None, _one_of(EXPANSIONS, "expansion rule")] = Field(
        None, description="rule for expansion, that of the mix if absent: " + ", ".join(EXPANSIONS)
    )
    conductivity: Annotated[str | None, _one_of(CONDUCTIVITIES, "conductivity rule")] = Field(
        None, description="rule for conductivity, that of the mix if absent: " + ", ".join(CONDUCTIVITIES)
    )

    along: Annotated[
        Along | None,
        Field(
            description="mix `traces`: how far the metal reaches along x and y, 0 for islands, 1 for traces or sheets; "
            "[1, 0] are traces along x, [0.5, 0.5] if absent"
        ),
    ] = None

    conducts: bool = Field(
        False,
        description="it carries electric current, as its metal does by the rule for conductivity; else it insulates",
    )

    synonyms = {
        "rule": "mix",
        "matrix": "dielectric",
        "fraction": "metal_fraction",
        "copper_fraction": "metal_fraction",
        "volume_fraction": "metal_fraction",
    }

    @property
    def constituents(self) -> list[str]:
        """Names of the materials mixed."""
        return [self.metal, self.dielectric]

    @property
    def words(self) -> str:
        """`35 % copper in polyimide`."""
        return f"{100 * self.metal_fraction:.3g} % {self.metal} in {self.dielectric}"

    @property
    def expansion_rule(self) -> str:
        """The expansion rule in use."""
        return self.expansion or RULES[self.mix].expansions[0]

    @property
    def conductivity_rule(self) -> str:
        """The conductivity rule in use."""
        return self.conductivity or RULES[self.mix].conductivity

    @model_validator(mode="after")
    def _rules_agree(self) -> "MixSpec":
        if self.along is not None and self.mix != "traces":
            raise wrong(f"does not go with mix '{self.mix}', only with 'traces'", "along")
        allowed = RULES[self.mix].expansions
        if self.expansion_rule not in allowed:
            raise wrong(f"does not go with mix '{self.mix}'; valid: {', '.join(allowed)}", "expansion")
        if self.conductivity_rule == "rayleigh" and self.metal_fraction >= RAYLEIGH_LIMIT:
            raise wrong(
                f"cylinders of a square array touch at {RAYLEIGH_LIMIT:.4f}; write 'conductivity: cylinders'",
                "metal_fraction",
            )
        return self
