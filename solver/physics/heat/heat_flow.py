"""What heat problems give: heat made and exchanged, and the field with its balance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem

from solver.linalg.krylov import SolveRecord


@dataclass(frozen=True)
class FaceHeat:
    """Heat that leaves through one boundary of the case (W, of the modelled part)."""

    face: str
    heat: float


@dataclass(frozen=True)
class Flows:
    """Heat made and heat exchanged at one instant (W, of the modelled part).

    Attributes:
        made: inside.
        into: made inside plus prescribed flux into the stack.
        outflow: leaving through each boundary that is not a flux.
    """

    made: float
    into: float
    outflow: tuple[FaceHeat, ...]

    @property
    def out(self) -> float:
        """Leaving through all of them."""
        return sum(face.heat for face in self.outflow)


def flows_of(entry: Mapping[str, Any]) -> Flows:
    """From what `dataclasses.asdict` made of them."""
    outflow = tuple(
        FaceHeat(face["face"], np.nan if face["heat"] is None else face["heat"]) for face in entry["outflow"]
    )
    return Flows(entry["made"], entry["into"], outflow)


@dataclass(frozen=True)
class HeatSolution:
    """What the heat problem gave.

    Attributes:
        temperature: the field (K); in time the last one.
        power: heat made inside plus prescribed flux into the stack (W, of the modelled part).
        outflow: heat leaving through each boundary that is not a flux.
        balance_error: steady: |power - outflow| over the larger of the heat made and the heat exchanged; in time the
            same of what was stored, made and exchanged since the start.
        newton_iterations: of the nonlinear solve; 1 if the problem is linear.
        record: of the last linear solve.
    """

    temperature: fem.Function
    power: float
    outflow: tuple[FaceHeat, ...]
    balance_error: float
    newton_iterations: int
    record: SolveRecord
