"""Thermal impedance: the response to a step of power."""

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from solver.section import Reference, Section
from solver.units import Time


class Impedance(Section):
    """Rise of the junction per watt after a step of power, from the steady state without it (JESD51-14)."""

    source: Reference | None = Field(
        None, description="region or layer whose power steps, the others staying on; all step if absent"
    )
    start: Time = Field("1 us", validate_default=True, description="first time of the curve")
    end: Time = Field("300 s", validate_default=True, description="last time: minutes on a board")
    per_decade: int = Field(10, ge=5, le=100, description="times of the curve in a decade")
    tolerance: float = Field(
        1e-3, gt=0, le=0.01, description="error of a step in time, as a part of the largest rise up to then"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "Impedance":
        if not 0 < self.start < self.end:
            message = "times are positive, and the end comes after the start"
            raise PydanticCustomError("times", "{message}", {"message": message, "key": "start"})
        return self
