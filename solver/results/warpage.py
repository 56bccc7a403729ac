"""Warpage metrics of the evaluated surface.

Sign convention (JESD22-B112, JEITA ED-7306): positive is convex, the centre above the edge. Curvatures have the same
sign: kappa_x = -d2w/dx2.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.results.surface import Samples, Surface

_RIM_POINTS = 96

# powers of (x, y)
_PLANE = ((0, 0), (1, 0), (0, 1))
_QUADRATIC = (*_PLANE, (2, 0), (0, 2), (1, 1))


@dataclass(frozen=True)
class Overlay:
    """In-plane distortion of the surface: least squares of a shift, a scale in x and y and a rotation.

    Attributes:
        scale_x_ppm, scale_y_ppm: elongation along x and y.
        rotation_urad: rotation about z.
        residual_um: largest displacement the fit leaves.
    """

    scale_x_ppm: float
    scale_y_ppm: float
    rotation_urad: float
    residual_um: float


@dataclass(frozen=True)
class Warpage:
    """Shape of the surface.

    Attributes:
        warpage_um: highest minus lowest point after the least-squares plane is removed.
        signed_warpage_um: the same, negative if concave (centre below the edge).
        bow_um: centre minus mean of the edge (SEMI MF534 for a wafer), None if the surface has a hole there.
        corner_um: mean of the corners minus centre, None for a disc.
        curvature_x_per_m, curvature_y_per_m, twist_per_m: of the least-squares quadratic, positive if convex.
        in_plane: the overlay fit.
    """

    warpage_um: float
    signed_warpage_um: float
    bow_um: float | None
    corner_um: float | None
    curvature_x_per_m: float
    curvature_y_per_m: float
    twist_per_m: float
    in_plane: Overlay


def evaluate(surface: Surface) -> Warpage:
    """All metrics of a surface. Collective.

    Fits are by quadrature over the whole outline: terms odd about a mirror plane vanish and are left out.
    """
    length = surface.stack.span / 2
    plane = _fit(surface, surface.gauss, 2, _PLANE, length)
    lattice = surface.lattice
    height = lattice.u[:, 2] - _basis(lattice.xy / length, _even(surface, _PLANE)) @ plane
    low = surface.comm.allreduce(height.min(initial=np.inf), MPI.MIN)
    high = surface.comm.allreduce(height.max(initial=-np.inf), MPI.MAX)
    warpage = 1e6 * (high - low)

    terms = _even(surface, _QUADRATIC)
    quadratic = dict(zip(terms, _fit(surface, surface.gauss, 2, _QUADRATIC, length), strict=True))
    kx, ky = (-2 * quadratic[power] / length**2 for power in ((2, 0), (0, 2)))
    twist = -quadratic.get((1, 1), 0.0) / length**2

    centre, rim, corners = _points_of_interest(surface)
    w = surface.at(np.concatenate([centre, rim, corners]))[:, 2]
    tilt = _basis(np.concatenate([centre, rim, corners]) / length, _even(surface, _PLANE)) @ plane
    w_centre, w_rim, w_corners = np.split(w - tilt, [1, 1 + len(rim)])
    bow = _micrometres(w_centre[0] - w_rim.mean())
    corner = _micrometres(w_corners.mean() - w_centre[0]) if len(corners) else None
    concave = bow < 0 if bow is not None else kx + ky < 0
    return Warpage(warpage, -warpage if concave else warpage, bow, corner, kx, ky, twist, _overlay(surface, length))


def tilt(surface: Surface) -> tuple[float, float]:
    """Slopes along x and y of the least-squares plane. Collective."""
    length = surface.stack.span / 2
    slopes = dict(zip(_even(surface, _PLANE), _fit(surface, surface.gauss, 2, _PLANE, length) / length, strict=True))
    return float(slopes.get((1, 0), 0.0)), float(slopes.get((0, 1), 0.0))


def _micrometres(value: float) -> float | None:
    return None if np.isnan(value) else 1e6 * float(value)


def _even(surface: Surface, powers: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Powers that survive the mirror planes."""
    return [power for power in powers if all(power[axis] % 2 == 0 for axis in surface.stack.mirrors)]


def _basis(xy: Array, powers: list[tuple[int, int]]) -> Array:
    return np.stack([xy[:, 0] ** i * xy[:, 1] ** j for i, j in powers], axis=1)


def _fit(
    surface: Surface, samples: Samples, component: int, powers: tuple[tuple[int, int], ...], length: float
) -> Array:
    """Least-squares coefficients of a polynomial in (x, y) / length."""
    basis = _basis(samples.xy / length, _even(surface, powers))
    weighted = basis * samples.weight[:, None]
    return np.linalg.solve(surface.sum(weighted.T @ basis), surface.sum(weighted.T @ samples.u[:, component]))


def _points_of_interest(surface: Surface) -> tuple[Array, Array, Array]:
    """Centre, points along the edge and corners, in the modelled part."""
    stack = surface.stack
    x0, y0, x1, y1 = stack.outline.bounds
    centre = np.array([[0.0 if 0 in stack.mirrors else (x0 + x1) / 2, 0.0 if 1 in stack.mirrors else (y0 + y1) / 2]])
    ring = stack.outline.exterior
    rim = np.array([ring.interpolate(k / _RIM_POINTS, normalized=True).coords[0] for k in range(_RIM_POINTS)])
    corners = np.empty((0, 2)) if stack.disc else np.asarray(ring.coords)[:-1]
    for axis in stack.mirrors:  # every point has its mirror image in the modelled part
        rim[:, axis] = np.abs(rim[:, axis])
        corners = np.column_stack([np.abs(corners[:, k]) if k == axis else corners[:, k] for k in (0, 1)])
    return centre, rim, corners


def _overlay(surface: Surface, length: float) -> Overlay:
    """Fit u = (t_x + s_x x - r y, t_y + s_y y + r x)."""
    kept = [0 not in surface.stack.mirrors, 1 not in surface.stack.mirrors, True, True, not surface.stack.mirrors]

    def columns(xy: Array) -> Array:
        x, y = (xy / length).T
        one, zero = np.ones_like(x), np.zeros_like(x)
        full = np.array([[one, zero], [zero, one], [x, zero], [zero, y], [-y, x]])  # (5, 2, n)
        return np.concatenate(full[kept].transpose(1, 2, 0))  # (2 n, kept)

    gauss = surface.gauss
    a = columns(gauss.xy)
    weighted = a * np.tile(gauss.weight, 2)[:, None]
    fit = np.linalg.solve(surface.sum(weighted.T @ a), surface.sum(weighted.T @ gauss.u[:, :2].T.ravel()))
    left = surface.lattice.u[:, :2].T.ravel() - columns(surface.lattice.xy) @ fit
    largest = surface.comm.allreduce(np.hypot(*left.reshape(2, -1)).max(initial=0.0), MPI.MAX)
    full = np.zeros(5)
    full[kept] = fit
    scale = 1e6 / length
    return Overlay(float(full[2] * scale), float(full[3] * scale), float(full[4] * scale), float(1e6 * largest))
