"""Material points led along paths, for tests of laws: strains given, or stresses, which Newton's method finds."""

from collections.abc import Sequence

import numpy as np

from solver.materials.elasticity import MODULI
from solver.materials.laws.response import MaterialLaw, Response


def stiffness_of(found: Response, points: int) -> np.ndarray:
    """(n, 6, 6) tangent as a matrix."""
    result = np.zeros((points, 6, 6))
    for place, (i, j) in enumerate(MODULI):
        result[:, i, j] = result[:, j, i] = found.tangent.moduli[:, place]
    if found.tangent.softening is not None:
        b, v = found.tangent.softening[:, 0], found.tangent.softening[:, 1:]
        result -= b[:, None, None] * v[:, :, None] * v[:, None, :]
    return result


class Point:
    """One point that remembers.

    Args:
        law: of it.
        kelvin: temperature at its birth.
    """

    def __init__(self, law: MaterialLaw, kelvin: float = 300.0) -> None:
        self.law, self.kelvin = law, np.array([kelvin])
        self.state, self.strain = law.initial(1), np.zeros((1, 6))
        self.heat = 0.0

    def strained(self, strain: Sequence[float], seconds: float, kelvin: float | None = None) -> np.ndarray:
        """(6,) stress after an increment to a strain."""
        self.strain = np.array([strain], dtype=float)
        to = self.kelvin if kelvin is None else np.array([kelvin])
        found = self.law.respond(self.strain, to, self.kelvin, seconds, self.state)
        self.state, self.kelvin = found.new, to
        self.heat += float(found.dissipated[0])
        return found.stress[0]

    def loaded(
        self, stress: Sequence[float], free: Sequence[int], seconds: float, kelvin: float | None = None
    ) -> np.ndarray:
        """(6,) strain after an increment in which the components `free` of the strain find their stresses."""
        to = self.kelvin if kelvin is None else np.array([kelvin])
        free, strain = list(free), self.strain.copy()
        for _ in range(40):
            found = self.law.respond(strain, to, self.kelvin, seconds, self.state)
            missing = (np.array(stress) - found.stress[0])[free]
            tangent = stiffness_of(found, 1)[0][np.ix_(free, free)]
            strain[0, free] += np.linalg.solve(tangent, missing)
            if self.law.linear or np.abs(missing).max() < 1.0:
                break
        self.strained(strain[0], seconds, float(to[0]))
        return strain[0]
