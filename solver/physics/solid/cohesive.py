"""Bilinear cohesive law of an interface under mixed mode.

P. P. Camanho, C. G. Davila, M. F. de Moura, J. Compos. Mater. 37 (2003) 1415: stiffness K until a quadratic criterion
of the strengths is met, then a straight line down to nothing at the energy of M. L. Benzeggagh, M. Kenane, Compos. Sci.
Technol. 56 (1996) 439. Faces that are pressed together are stiff whatever the damage.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array

_TINY = 1e-30  # m: no motion at all


@dataclass(frozen=True)
class CohesiveResponse:
    """Of n points.

    Attributes:
        traction: (n, 3) normal, two shears (Pa).
        tangent: (n, 3, 3) d traction / d jump (Pa/m).
        damage: (n,) from 0 to 1.
    """

    traction: Array
    tangent: Array
    damage: Array


@dataclass(frozen=True)
class CohesiveLaw:
    """An interface that softens.

    Attributes:
        stiffness: K of the sound interface, along all axes (Pa/m).
        normal, shear: strengths (Pa).
        opening_energy, shear_energy: G_Ic and G_IIc (J/m^2).
        exponent: of Benzeggagh and Kenane.
        viscosity: time by which the jump that counts as reached lags behind (s); 0: none.
    """

    stiffness: float
    normal: float
    shear: float
    opening_energy: float
    shear_energy: float
    exponent: float
    viscosity: float = 0.0

    @property
    def onset(self) -> float:
        """Jump (m) at which the weaker of both ways begins to soften."""
        return min(self.normal, self.shear) / self.stiffness

    def respond(self, jump: Array, old: Array, seconds: float = 0.0) -> CohesiveResponse:
        """Traction at the end of an increment.

        Args:
            jump: (n, 3) of the upper face from the lower: normal, two shears (m).
            old: (n,) damage at the start, not changed.
            seconds: it takes, for the viscosity.
        """
        k = self.stiffness
        opened = np.maximum(jump[:, 0], 0.0)
        moved = np.concatenate([opened[:, None], jump[:, 1:]], axis=1)
        size = np.linalg.norm(moved, axis=1)
        follows = 1.0 if self.viscosity == 0.0 else seconds / (self.viscosity + seconds)
        damage, gradient = self._damage(opened, size, moved, old, follows)
        traction = (1.0 - damage)[:, None] * k * moved
        traction[:, 0] += k * np.minimum(jump[:, 0], 0.0)
        tangent = np.zeros((len(jump), 3, 3))
        tangent[:, range(3), range(3)] = ((1.0 - damage) * k)[:, None]
        tangent -= k * moved[:, :, None] * gradient[:, None, :]
        pressed = jump[:, 0] < 0.0
        tangent[pressed, 0], tangent[pressed, :, 0] = 0.0, 0.0
        tangent[pressed, 0, 0] = k
        return CohesiveResponse(traction, tangent, damage)

    def _damage(self, opened: Array, size: Array, moved: Array, old: Array, follows: float) -> tuple[Array, Array]:
        """(n,) damage at the end of an increment, and (n, 3) its derivative by the jump.

        What lags behind is the jump that counts as reached, by backward Euler, from the one that is as damaged at the
        mode there is: lags of the damage itself, which comes near 1 at once, would be traction many times the strength.
        """
        k, n0, s0 = self.stiffness, self.normal / self.stiffness, self.shear / self.stiffness
        safe = np.maximum(size, _TINY)
        part = np.clip(1.0 - (opened / safe) ** 2, 0.0, 1.0)  # of the energy that is shear
        q, slope = (1.0 - part) / n0**2 + part / s0**2, 1.0 / s0**2 - 1.0 / n0**2
        onset, d_onset = q**-0.5, -0.5 * q**-1.5 * slope
        more = self.shear_energy - self.opening_energy
        energy = self.opening_energy + more * part**self.exponent
        d_energy = more * self.exponent * np.maximum(part, _TINY) ** (self.exponent - 1.0)
        end = 2.0 * energy / (k * onset)
        d_end = 2.0 / k * (d_energy / onset - energy * d_onset / onset**2)
        left = end - old * (end - onset)
        before = onset * end / left
        d_before = ((1.0 - old) * end**2 * d_onset + old * onset**2 * d_end) / left**2
        reached = before + follows * np.maximum(size - before, 0.0)
        span = end - onset
        ratio, softens = end / span, 1.0 - onset / reached
        d_part = (-onset / span**2 * d_end + end / span**2 * d_onset) * softens - ratio * d_onset / reached
        d_reached = ratio * onset / reached**2
        value = ratio * softens
        direction = moved / safe[:, None]
        part_gradient = 2.0 * direction / safe[:, None] * (1.0 - part)[:, None]
        part_gradient[:, 0] = -2.0 * direction[:, 0] * part / safe
        d_part = d_part + d_reached * (1.0 - follows) * d_before
        grows = (size > before) & (value > old)
        between = (grows & (value < 1.0))[:, None]
        gradient = np.where(between, (follows * d_reached)[:, None] * direction + d_part[:, None] * part_gradient, 0.0)
        return np.where(grows, np.minimum(value, 1.0), old), gradient

    def parted(self, jump: Array, damage: Array) -> tuple[Array, Array]:
        """(n,) share of its energy that the damage of a point has taken, and (n,) that energy (J/m^2).

        Args:
            jump: (n, 3) whose mode it is, as of `respond`.
            damage: (n,) of the points.
        """
        opened = np.maximum(jump[:, 0], 0.0)
        size = np.sqrt(opened**2 + (jump[:, 1:] ** 2).sum(axis=1))
        part = np.clip(1.0 - (opened / np.maximum(size, _TINY)) ** 2, 0.0, 1.0)
        n0, s0 = self.normal / self.stiffness, self.shear / self.stiffness
        onset = ((1.0 - part) / n0**2 + part / s0**2) ** -0.5
        energy = self.opening_energy + (self.shear_energy - self.opening_energy) * part**self.exponent
        end = 2.0 * energy / (self.stiffness * onset)
        reached = onset * end / (end - damage * (end - onset))
        return np.clip((reached - onset) / (end - onset), 0.0, 1.0), energy

    def process_zone(self, modulus: float) -> float:
        """Length (m) over which a thick body softens: E G_Ic / N^2.

        A. Hillerborg, M. Modeer, P.-E. Petersson, Cem. Concr. Res. 6 (1976) 773.

        Args:
            modulus: of the bodies (Pa).
        """
        return modulus * self.opening_energy / self.normal**2
