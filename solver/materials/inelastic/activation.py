"""Thermal activation of a flow: exp(-Q / (R T)), R = 8.314462618 J/mol/K (CODATA 2018).

Sources that took R = 8.314 or 8.3143 differ by up to 0.5 % in the rate at a high energy: a `q_over_r` is free of it.
"""

from typing import Any

from pydantic import Field, model_validator

from solver.section import Section, wrong
from solver.units import GAS_CONSTANT, Activation, MolarEnergy


class Activated(Section):
    """Keys of a flow that is thermally activated."""

    q_over_r: Activation | None = Field(
        None, description="Q / R of the rate's factor exp(-Q / (R T)); 0 K for a rate that knows no temperature"
    )
    activation_energy: MolarEnergy | None = Field(None, description="Q instead, with R = 8.314462618 J/mol/K")

    @model_validator(mode="after")
    def _one_energy(self) -> Any:
        given = {key: getattr(self, key) for key in ("q_over_r", "activation_energy")}
        stated = [key for key, value in given.items() if value is not None]
        if len(stated) != 1:
            raise wrong(
                "one of q_over_r and activation_energy is expected; 'q_over_r: 0 K' for constants of one temperature"
            )
        if given[stated[0]] < 0.0:
            raise wrong("a rate that falls with temperature; it is not negative", stated[0])
        return self

    @property
    def activation(self) -> float:
        """Q / R (K)."""
        return (self.activation_energy or 0.0) / GAS_CONSTANT if self.q_over_r is None else float(self.q_over_r)
