"""What a law is asked, and what it answers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.materials.elasticity import moduli
from solver.materials.material import Material

_PASSED = 1e-9  # of a way: what happens sooner has happened


class LawNotConverged(NotConvergedError):
    """A point of a law found no stress: the increment is too large, or its strain is not a number.

    Nothing was changed. Whoever asked cuts the increment and asks again, on all ranks alike: it is raised on the rank
    that has the point and on no other.

    Args:
        material: its name.
    """

    def __init__(self, material: str) -> None:
        super().__init__(f"material '{material}': no stress was found at a point")
        self.material = material

    def __reduce__(self) -> tuple[type["LawNotConverged"], tuple[str]]:
        return type(self), (self.material,)


@dataclass(frozen=True)
class Tangent:
    """Derivative of stress with respect to strain: orthotropic moduli, less a rank-one term.

    Attributes:
        moduli: (n, 9) in the order of `elasticity.MODULI` (Pa), or (1, 9) if they are the same at all points.
        softening: (n, 7) b (Pa) and the Voigt vector v of -b v (x) v, or None.
    """

    moduli: Array
    softening: Array | None = None


@dataclass(frozen=True)
class Response:
    """Of n points.

    Attributes:
        stress: (n, 6) in Voigt order xx yy zz yz xz xy (Pa).
        tangent: at this strain.
        new: (n, k) what the points remember if the increment is accepted.
        dissipated: (n,) energy per volume that became heat in the increment (J/m^3).
        error: (n,) estimate of what the increment's length has spoilt in the equivalent stress (Pa), or None if the
            law is exact for a strain and a temperature linear in time.
    """

    stress: Array
    tangent: Tangent
    new: Array
    dissipated: Array
    error: Array | None = None


@dataclass(frozen=True)
class MaterialLaw(ABC):
    """The law of one block: of a material that is free of stress at one temperature.

    Strain and temperature go linearly in time over an increment. An increment of 0 s is an instantaneous answer.
    Strain, stress and moduli are along the axes of the material; those who ask turn them (`solver.materials.axes`).
    What is here is that of a law without memory; a law with one says how it differs.

    Args:
        material: whose stiffness and free strain it takes.
        reference: temperature at which it is free of thermal stress (K).
        green: True for Green's strains: a change of length e is the strain e + e^2 / 2.
    """

    material: Material
    reference: float
    green: bool = False

    @property
    def memory(self) -> int:
        """How many values a point remembers."""
        return 0

    @property
    def linear(self) -> bool:
        """True if within an increment stress is affine in the strain: the tangent is that of any strain."""
        return True

    @property
    def jumps(self) -> bool:
        """True if rates may jump within an increment, at times that `moments` tells: where something gels."""
        return False

    def initial(self, count: int) -> Array:
        """(count, k) what points remember at their birth."""
        return np.zeros((count, self.memory))

    def moduli(self, kelvin: Array) -> Array:
        """(n, 9) instantaneous moduli (Pa) at temperatures (n,), in the order of `elasticity.MODULI`."""
        return moduli(self.material.stiffness(kelvin))

    def free_strain(self, kelvin: Array) -> Array:
        """(n, 3) thermal changes of length xx, yy, zz without stress at temperatures (n,)."""
        return self.material.free_strain(kelvin, self.reference)

    def strain_of(self, change: Array) -> Array:
        """(..., 6) strain in Voigt order, of the kind `green` says, of changes of length (..., 3)."""
        return np.concatenate([change + 0.5 * change**2 if self.green else change, np.zeros_like(change)], axis=-1)

    @abstractmethod
    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:
        """Stress at the end of an increment. No argument is changed.

        Args:
            strain: (n, 6) since birth, in Voigt order with engineering shear, at the end of the increment.
            kelvin: (n,) temperature (K) at the end; (1,) if it is the same at all points.
            kelvin_before: (n,) or (1,) at its start.
            seconds: it takes.
            old: (n, k) what the points remember of its start.

        Raises:
            LawNotConverged: a point has no solution; no unconverged stress is ever returned.
        """

    def readings(self, state: Array) -> dict[str, Array]:  # noqa: ARG002  laws with memory need it
        """What an engineer reads of points that remember `state` (n, k): (n,) each.

        `degree_of_cure` (1), `glass_transition` (K), `equivalent_inelastic_strain` (1) and `inelastic_work` (J/m^3),
        those of them the law has.
        """
        return {}

    def moments(self, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Array:  # noqa: ARG002  `jumps`
        """(m, events) times (s) in an increment at which rates of points jump; m is n, or 1 if all points are alike.

        0 where it has happened, infinity where it does not.

        Args:
            kelvin: (n,) temperature (K) at its end.
            kelvin_before: (n,) at its start.
            seconds: it takes.
            old: (n, k) what the points remember of its start.
        """
        return np.empty((1, 0))


def moments_of(law: MaterialLaw, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> list[float]:
    """Times (s) within an increment at which rates jump, of the first and of the last point of a law.

    Arguments as of `MaterialLaw.moments`.
    """
    if not law.jumps:
        return []
    times = law.moments(kelvin, kelvin_before, seconds, old)
    ends = {float(end) for column in times.T for end in (column.min(), column.max())}
    return sorted(end for end in ends if _PASSED * seconds < end < seconds)
