"""Strength of the singularity of stress where wedges of elastic materials meet in a point: sigma = K r^(lambda - 1).

Every wedge has the stress function r^(lambda + 1) F(theta) of M. L. Williams, J. Appl. Mech. 19 (1952) 526; outer faces
are free, inner ones bonded, so lambda makes a determinant vanish (n wedges: 4 n equations). Two wedges at a free edge:
D. B. Bogy, J. Appl. Mech. 38 (1971) 377.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Array

Complex = NDArray[np.complexfloating]

_STARTS = np.linspace(0.03, 0.99, 25)
_OSCILLATION = (0.0, 0.05, 0.15)  # imaginary parts to start from
_STEPS = 60
_ZERO = 1e-8  # of the largest determinant between 0 and 1
_DONE = 1e-12
_SAME = 1e-6  # roots that near are one
_TRIVIAL = 1e-4  # lambda of 1 is a rotation


@dataclass(frozen=True)
class Wedge:
    """A sector of one material, in plane strain.

    Attributes:
        angle: it spans (rad).
        modulus: of Young (Pa).
        poisson: its ratio.
    """

    angle: float
    modulus: float
    poisson: float


def exponents(wedges: Sequence[Wedge]) -> list[complex]:
    """All lambda with a real part between 0 and 1, the most singular first; complex where stress oscillates.

    Args:
        wedges: in order around the point; between the last and the first there is nothing.
    """
    from scipy.optimize import newton

    found: list[complex] = []
    largest = max(abs(_determinant(wedges, complex(start))) for start in _STARTS)
    for imaginary in _OSCILLATION:
        for start in _STARTS:
            try:
                root = complex(
                    newton(lambda at: _determinant(wedges, at), complex(start, imaginary), tol=_DONE, maxiter=_STEPS)
                )
            except RuntimeError:
                continue
            root = complex(root.real, abs(root.imag) if abs(root.imag) > _SAME else 0.0)
            inside = _TRIVIAL < root.real < 1.0 - _TRIVIAL
            inside = inside and abs(_determinant(wedges, root)) < _ZERO * largest
            if inside and all(abs(root - other) > _SAME for other in found):
                found.append(root)
    return sorted(found, key=lambda one: (one.real, one.imag))


def dundurs(one: Wedge, two: Wedge) -> tuple[float, float]:
    """alpha and beta of two materials in plane strain: J. Dundurs, J. Appl. Mech. 36 (1969) 650."""
    (mu1, k1), (mu2, k2) = (_constants(wedge) for wedge in (one, two))
    below = mu1 * (k2 + 1) + mu2 * (k1 + 1)
    return (mu1 * (k2 + 1) - mu2 * (k1 + 1)) / below, (mu1 * (k2 - 1) - mu2 * (k1 - 1)) / below


def _constants(wedge: Wedge) -> tuple[float, float]:
    return wedge.modulus / (2.0 * (1.0 + wedge.poisson)), 3.0 - 4.0 * wedge.poisson


def _determinant(wedges: Sequence[Wedge], at: complex) -> complex:
    count = len(wedges)
    matrix = np.zeros((4 * count, 4 * count), dtype=complex)
    softest = min(_constants(wedge)[0] for wedge in wedges)
    theta, row = 0.0, 0
    for number, wedge in enumerate(wedges):
        own = slice(4 * number, 4 * number + 4)
        here = _at_face(wedge, at, theta, softest)
        if number == 0:
            matrix[:2, own], row = here[:2], 2
        else:
            matrix[row : row + 4, own] = -here
            row += 4
        theta += wedge.angle
        there = _at_face(wedge, at, theta, softest)
        if number == count - 1:
            matrix[row:, own] = there[:2]
        else:
            matrix[row : row + 4, own] = there
    return complex(np.linalg.det(matrix))


def _at_face(wedge: Wedge, at: complex, theta: float, scale: float) -> Complex:
    """(4, 4) hoop and shear stress, displacements along and across r of the four terms of F, at an angle."""
    mu, kappa = _constants(wedge)
    up, down = at + 1.0, at - 1.0
    cu, su, cd, sd = np.cos(up * theta), np.sin(up * theta), np.cos(down * theta), np.sin(down * theta)
    form = np.array([cu, su, cd, sd])
    slope = np.array([-up * su, up * cu, -down * sd, down * cd])
    zero = 0.0 * at
    radial = -up * form + (kappa + 1.0) * np.array([zero, zero, cd, sd])
    hoop = -slope + (kappa + 1.0) * np.array([zero, zero, sd, -cd])
    return np.stack([up * form, -slope, scale / mu * radial, scale / mu * hoop])


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


def even_stress(one: Wedge, two: Wedge, free: tuple[Array, Array], along: float) -> float:
    """Stress across the interface (Pa) of two quarter planes that is even beside the singular one.

    D. Munz, Y. Y. Yang, J. Appl. Mech. 59 (1992) 857: with no stress along the ray the strains along it are the same in
    both, as the strain along the side is.

    Args:
        one: quarter plane on one side of the interface.
        two: that on the other.
        free: of each (2,) strain without stress along the ray and along the side.
        along: strain along the side.

    Raises:
        ValueError: both contract alike across: no even stress does it.
    """
    gives = [wedge.poisson * (1.0 + wedge.poisson) / wedge.modulus for wedge in (one, two)]
    if abs(gives[0] - gives[1]) <= _ZERO * max(map(abs, gives)):
        raise ValueError("both layers contract alike across: there is no even stress beside the singular one")
    first, second = (part[0] + wedge.poisson * (part[1] - along) for wedge, part in zip((one, two), free, strict=True))
    return float((first - second) / (gives[0] - gives[1]))


def factor_of(
    distance: Array, stress: Array, window: tuple[float, float], exponent: float, even: float
) -> tuple[float, float]:
    """K (Pa m^(1 - lambda)) of sigma = K r^(lambda - 1) + sigma0, and how far it drifts through the window, as a part.

    Args:
        distance: (n,) from the point (m).
        stress: (n,) there (Pa).
        window: least and largest distance that count (m).
        exponent: lambda.
        even: sigma0 (Pa).

    Raises:
        ValueError: fewer than three places in the window.
    """
    there = (distance >= window[0]) & (distance <= window[1])
    if there.sum() < 3:
        raise ValueError("a fit takes three places or more in its window")
    each = (stress[there] - even) * distance[there] ** (1.0 - exponent)
    factor = float(each.mean())
    return factor, float(np.ptp(each)) / max(abs(factor), 1e-300)


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
