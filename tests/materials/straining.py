"""One point of a law, driven by strains in some directions and by stresses in the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from solver.materials.laws.response import MaterialLaw, Response
from tests.materials.points import stiffness_of

XX, YY, ZZ, YZ, XZ, XY = range(6)
_ENOUGH = 1e-3  # Pa


@dataclass
class Point:
    """A point and what it remembers.

    Args:
        law: of it.
        kelvin: temperature at birth.
    """

    law: MaterialLaw
    kelvin: float = 300.0

    def __post_init__(self) -> None:
        self.strain, self.state = np.zeros(6), self.law.initial(1)
        self.stress = np.zeros(6)

    def go(
        self,
        strain: Mapping[int, float],
        seconds: float = 1.0,
        kelvin: float | None = None,
        stress: Mapping[int, float] | None = None,
    ) -> Response:
        """One increment to strains of some components and stresses (0 if not given) of the others."""
        free = [component for component in range(6) if component not in strain]
        wanted = np.array([(stress or {}).get(component, 0.0) for component in free])
        after = self.kelvin if kelvin is None else kelvin
        for component, value in strain.items():
            self.strain[component] = value
        for _ in range(60):
            found = self.law.respond(self.strain[None], np.array([after]), np.array([self.kelvin]), seconds, self.state)
            off = found.stress[0, free] - wanted
            if not free or np.abs(off).max() < _ENOUGH:
                self.kelvin, self.state, self.stress = after, found.new, found.stress[0]
                return found
            self.strain[free] -= np.linalg.solve(stiffness_of(found, 1)[0][np.ix_(free, free)], off)
        raise AssertionError(f"the other strains were not found; {np.abs(off).max():g} Pa are left")
