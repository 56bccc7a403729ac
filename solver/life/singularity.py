"""Strength of the singularity of stress where wedges of elastic materials meet: sigma = K r^(lambda - 1).

M. L. Williams, J. Appl. Mech. 19 (1952) 526; D. B. Bogy, J. Appl. Mech. 38 (1971) 377. The wedges are solved in
`solver.life.wedges`; here their fields are fitted to stress at points around the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array, Integers
from solver.life.wedges import IN_PLANE, Complex, Junction, Kinematics, Mode, Sector, Wedge

__all__ = ["Fit", "Intensity", "Samples", "Wedge", "dundurs", "exponents", "intensity"]

_ONE = 1e-4  # exponents that near to 1 are those of an even stress


def exponents(wedges: Sequence[Sector], closed: bool = False, kind: Kinematics = IN_PLANE) -> list[complex]:
    """All lambda with a real part between 0 and 1, the most singular first; complex where stress oscillates.

    Args:
        wedges: in order around the line.
        closed: the last is bonded to the first; else there is nothing between them.
        kind: ANTIPLANE for shear along the line.
    """
    return [mode.exponent for mode in Junction(wedges, closed=closed, kind=kind).modes if _singular(mode)]


def dundurs(one: Wedge, two: Wedge) -> tuple[float, float]:
    """alpha and beta of two materials in plane strain: J. Dundurs, J. Appl. Mech. 36 (1969) 650."""
    (mu1, k1), (mu2, k2) = ((w.modulus / (2.0 * (1.0 + w.poisson)), 3.0 - 4.0 * w.poisson) for w in (one, two))
    below = mu1 * (k2 + 1) + mu2 * (k1 + 1)
    return (mu1 * (k2 + 1) - mu2 * (k1 + 1)) / below, (mu1 * (k2 - 1) - mu2 * (k1 - 1)) / below


def _singular(mode: Mode) -> bool:
    return mode.exponent.real < 1.0 - _ONE


class Fields(Protocol):
    """Displacements r^lambda phi of parts that meet in a line or in a point: a `Junction` or a `Vertex`."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Those without load, 0 < Re lambda < 2, ascending."""

    def even(self, free: Array, along: float) -> Mode:
        """That whose stress is the same at all distances, of parts that would not fit apart."""

    def stress(self, mode: Mode, theta: Array, wedge: Integers, free: Array | None, along: float) -> Complex:
        """(n, rows) stress (Pa) over r^(lambda - 1)."""


@dataclass(frozen=True)
class Samples:
    """Stress at n points around a line or a point.

    Attributes:
        distance: (n,) from it (m).
        theta: (n,) angle about a line, within the wedge (rad); (n, 3) direction from a point, of length 1.
        wedge: (n,) number of the wedge, or of the part.
        stress: (n, rows) 11, 22, 12; in antiplane shear 13, 23; around a point all six (Pa).
    """

    distance: Array
    theta: Array
    wedge: Integers
    stress: Array


class Fit:
    """Singular fields of a junction, an even stress and further fields (Re lambda below 2) that match stress at points.

    All components at all angles are matched at once, by least squares, each point weighed as the most singular field
    falls off (B. Gross, A. Mendelson, Int. J. Fract. Mech. 8 (1972) 267, with stress for displacement).

    Args:
        junction: of the wedges, or a vertex.
        free: (wedges, 4) as of `Junction.even`, (parts, 6) as of `Vertex.even`; None: there is no even stress, as in
            antiplane shear.
        along: strain along the line.
        samples: of stress.

    Attributes:
        misfit: root mean square of what is left, over that of the stress less the even one.

    Raises:
        ValueError: fewer values than fields, no field is singular, or there is no even stress.
    """

    def __init__(self, junction: Fields, free: Array | None, along: float, samples: Samples) -> None:
        self._junction, self._free, self._along = junction, free, along
        self._rows = samples.stress.shape[1]
        if not junction.modes or not _singular(junction.modes[0]):
            raise ValueError("the stress is not singular there")
        self._even = None if free is None else junction.even(free, along)
        self._unit = float(np.exp(np.mean(np.log(samples.distance)))) if len(samples.distance) else 1.0
        fields = [part for mode in junction.modes for part in self._parts(mode, samples)]
        if samples.stress.size < 2 * len(fields):
            raise ValueError("too few cells in its window; give smaller ones there, in the plane and across")
        weight = ((samples.distance / self._unit) ** (1.0 - junction.modes[0].exponent.real))[:, None]
        rest = samples.stress - self._of_even(samples.theta, samples.wedge)
        columns = np.stack([(weight * field).ravel() for field in fields], axis=1)
        right = (weight * rest).ravel()
        sizes: Array = np.linalg.norm(columns, axis=0)
        self._factors: Array = np.linalg.lstsq(columns / sizes, right, rcond=1e-9)[0] / sizes
        left, whole = (float(np.linalg.norm(one)) for one in (columns @ self._factors - right, right))
        self.misfit = left / max(whole, 1e-300)

    @property
    def singular(self) -> list[complex]:
        """Exponents below 1, the most singular first."""
        return [mode.exponent for mode in self._junction.modes if _singular(mode)]

    def stress(self, distance: Array, theta: Array, wedge: Integers) -> Array:
        """(n, rows) stress of all fields (Pa), arguments as of `Samples`."""
        there = Samples(distance, theta, wedge, np.empty((len(distance), 0)))
        parts = [part for mode in self._junction.modes for part in self._parts(mode, there)]
        return np.asarray(np.tensordot(self._factors, np.stack(parts), 1) + self._of_even(theta, wedge))

    def even(self, theta: ArrayLike, wedge: int) -> Array:
        """(rows,) stress at an angle, or in a direction, that is the same at all distances (Pa)."""
        at = np.asarray(theta)[None], np.array([wedge])
        found = self._of_even(*at)[0]
        for number, mode in self._numbered():
            if mode.exponent == 1.0:
                found = found + self._factors[number] * self._junction.stress(mode, *at, None, 0.0)[0].real
        return np.asarray(found)

    def at_unit(self, theta: ArrayLike, wedge: int, unit: float) -> list[Array]:
        """(rows,) stress of every singular field at an angle, as it goes on to a distance `unit` (m), in Pa."""
        there = Samples(np.array([unit]), np.asarray(theta)[None], np.array([wedge]), np.empty((1, 0)))
        found = list[Array]()
        for number, mode in self._numbered():
            if _singular(mode):
                parts = self._parts(mode, there)
                found.append(self._factors[number : number + len(parts)] @ np.concatenate(parts))
        return found

    def _numbered(self) -> list[tuple[int, Mode]]:
        """Modes with the number of the first factor of each."""
        found, number = [], 0
        for mode in self._junction.modes:
            found.append((number, mode))
            number += 2 if mode.exponent.imag else 1
        return found

    def _of_even(self, theta: Array, wedge: Integers) -> Array:
        if self._even is None:
            return np.zeros((len(theta), self._rows))
        return np.asarray(self._junction.stress(self._even, theta, wedge, self._free, self._along).real)

    def _parts(self, mode: Mode, there: Samples) -> list[Array]:
        """(n, rows) stress of a mode of size 1, of a complex one that of its real and its imaginary part."""
        form: Complex = self._junction.stress(mode, there.theta, there.wedge, None, 0.0)
        whole = form * ((there.distance / self._unit) ** (mode.exponent - 1.0))[:, None]
        return [whole.real, whole.imag] if mode.exponent.imag else [whole.real]


@dataclass(frozen=True)
class Intensity:
    """A fit of sigma = K r^(lambda - 1) over a window of distances.

    Attributes:
        factor: K (Pa m^(1 - lambda)), at the lambda given, or at that of the fit.
        exponent: lambda of the fit.
        scatter: standard deviation of log(sigma) about it.
    """

    factor: float
    exponent: float
    scatter: float


def intensity(distance: Array, stress: Array, window: tuple[float, float], exponent: float | None = None) -> Intensity:
    """Generalised stress intensity from stress of one sign along a ray.

    Args:
        distance: (n,) from the point (m).
        stress: (n,) there (Pa).
        window: least and largest distance that count (m).
        exponent: lambda, where it is known; else that of the fit.

    Raises:
        ValueError: fewer than three places in the window, or stress of both signs.
    """
    there = (distance >= window[0]) & (distance <= window[1])
    if there.sum() < 3:
        raise ValueError("a fit takes three places or more in its window")
    sign = np.sign(stress[there])
    if not (sign == sign[0]).all() or sign[0] == 0.0:
        raise ValueError("stress changes its sign in the window")
    r, s = np.log(distance[there]), np.log(np.abs(stress[there]))
    slope, height = np.polyfit(r, s, 1)
    scatter = float(np.std(s - slope * r - height))
    if exponent is not None:
        height = float(np.mean(s - (exponent - 1.0) * r))
    return Intensity(float(sign[0] * np.exp(height)), float(slope + 1.0), scatter)
