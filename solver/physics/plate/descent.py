"""Down the energy of a plate to a stable shape: Newton's method where it is convex, held back by springs elsewhere.

For increments that Newton's method alone fails on: thin parts that wrinkle on the way, shapes that snap. Every step
solves (K + s M) d = -R with s such that no pivot is negative (R. Fletcher, Practical Methods of Optimization, 2nd ed.,
1987, sect. 5.2: Levenberg's method with the inertia known) and goes along d to the least energy, which is a polynomial
of degree four there. Where the forces balance and the energy still falls somewhere, it goes along the softest mode.
"""

from typing import Protocol

import numpy as np

from solver.arrays import Array
from solver.physics.plate.contact import PlateContact
from solver.physics.plate.forms import PlateForms
from solver.physics.solid.load import Diverged, Load

_STEPS = 80
_STIFFER, _SOFTER = 4.0, 0.1  # change of the springs after a step cut short, and after one that was not
_FREE = 1e-4  # of the first springs, below which they are none
_SHORT, _WHOLE = 0.1, 0.5  # parts of a step, below and above which springs change
_STILL = 1e-2  # of the displacement: a step after which forces are next to balanced
_PLACES = np.array([0.0, 0.5, 1.0, 2.0])
_FARTHEST = 4.0
_FAR = 20.0  # thicknesses: a step of a plate that nothing holds
_HALVINGS = 12
_FALL = 1e-3  # of what the slope foresees, that the energy must fall
_ROUNDING = 1e-12  # of the energy


class Steps(Protocol):
    """What Newton's method on a plate offers.

    Attributes:
        forms: of the plate.
        thickness: of the layers present (m).
        contact: of its underside, or None.
    """

    forms: PlateForms
    thickness: float
    contact: PlateContact | None

    def held_back(self, spring: float) -> int:
        """Factorise K + spring M where the plate is: negative pivots."""

    def step(self, out: Array) -> Array:
        """(local unknowns,) correction by the last factor for forces out of balance (owned unknowns,)."""

    def energy(self) -> float:
        """Potential energy of the present state (J)."""

    def residual(self) -> Array:
        """(owned unknowns,) forces out of balance (N), zero at the supports."""

    def soft_mode(self) -> tuple[Array, float]:
        """Motion (local unknowns,) of largest value 1 that resists least, and its stiffness (N/m^3)."""


def descend(newton: Steps, load: Load, tolerance: float) -> int:
    """Go down from where the plate is to a stable equilibrium under a load: steps it took. Collective.

    Raises:
        Diverged: none was reached; the state is any.
    """
    forms = newton.forms
    forms.apply(load)
    forms.lag(load)
    forms.last.x.array[:] = 0.0
    first = 0.0 if newton.contact is None else newton.contact.falling
    in_air = newton.contact is not None and not newton.contact.count(forms.displacement.x.array)
    spring = first if in_air else 0.0
    for count in range(1, _STEPS + 1):
        negative = newton.held_back(spring)
        unstable = negative > 0 and spring == 0.0
        if unstable and not first:
            mode, stiffness = newton.soft_mode()
            first = abs(stiffness)
        while negative > 0:
            spring = max(_STIFFER * spring, 2.0 * first)
            negative = newton.held_back(spring)
        change = newton.step(newton.residual())
        size = forms.largest(change)
        if not np.isfinite(size) or (newton.contact is not None and size > _FAR * newton.thickness):
            spring = max(_STIFFER * spring, first)
            continue
        share = along(newton, change, 0.0)
        moved = forms.part_of_displacement(change)
        if moved <= tolerance and spring == 0.0:
            return count
        if unstable and moved < _STILL:
            newton.held_back(0.0)
            mode, stiffness = newton.soft_mode()
            first = abs(stiffness)
            along(newton, newton.thickness * mode, -_FARTHEST)
        if share < _SHORT:
            spring = max(_STIFFER * spring, first)
        elif share > _WHOLE:
            spring = _SOFTER * spring if spring > _FREE * first and moved > _STILL else 0.0
    raise Diverged


def along(newton: Steps, change: Array, least: float) -> float:
    """Go along a change (local unknowns,) to the least energy, and no less than a part `least` of it: that part."""
    forms = newton.forms
    origin, slopes = forms.displacement.x.array.copy(), []
    if newton.contact is not None:
        return _backwards(newton, origin, change)
    for place in _PLACES:
        forms.displacement.x.array[:] = origin + place * change
        slopes.append(forms.dot(newton.residual(), change))
    slope = np.polynomial.Polynomial.fit(_PLACES, slopes, 3)
    roots = [complex(root) for root in slope.roots()]
    flat = [root.real for root in roots if abs(root.imag) < 1e-9 and least <= root.real <= _FARTHEST]
    best = min([least, *flat, _FARTHEST], key=slope.integ())
    forms.displacement.x.array[:] = origin + best * change
    return best


def _backwards(newton: Steps, origin: Array, change: Array) -> float:
    """Go along a change, or a half, a quarter ... of it, where the energy falls: that part, 0 if nowhere.

    With contact the energy on a line is no polynomial (L. Armijo, Pac. J. Math. 16, 1, 1966).
    """
    forms = newton.forms
    slope, start = forms.dot(newton.residual(), change), newton.energy()
    for halving in range(_HALVINGS):
        share = 0.5**halving
        forms.displacement.x.array[:] = origin + share * change
        now = newton.energy()
        if now <= start + _FALL * share * slope + _ROUNDING * abs(start):
            return share
    forms.displacement.x.array[:] = origin
    return 0.0
