"""Warpage metrics of the evaluated surface.

Positive is convex: the centre above the edge, the stack on its bottom (JESD22-B112). Curvatures have the same sign:
kappa_x = -d2w/dx2. A sign that noise would decide (of a saddle, of a twist) is none.
"""

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.metrics.fit import PLANE, QUADRATIC, even, least_squares, plane_of
from solver.metrics.form import FLAT, Form, form
from solver.metrics.landmarks import Landmarks, landmarks
from solver.metrics.sign import NOTHING, sign_of, signed
from solver.metrics.surface import Surface
from solver.parallel import combined


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
        signed_warpage_um: the same, negative if `sign_jedec` is; None where that is, but 0 of a flat surface.
        shape: flat, dome, bowl, cylinder, saddle, twist or wavy: see `form`.
        shape_confidence: of that name, from 0 to 1.
        sign_jedec: 1 convex, -1 concave: of `bow_um`, None where it is less than a twentieth of the warpage.
        sign_jeita: of AB_max + AB_min + CD_max + CD_min over the two diagonals (JEITA ED-7306), heights counted
            downwards from the plane, as a package is measured on its back, terminals up: 1 convex, -1 concave, None as
            above and if round.
        bow_um: centre minus mean of the edge (SEMI MF534 for a wafer).
        corner_um: mean of the corners minus centre, None if round.
        landmarks_instead: where centre, edge or corners are not on the surface: what was taken, in words.
        diagonal_ab_max_um, ...: extremes along the diagonals above the plane, None if round.
        bow_percent: IPC-TM-650 2.4.22: largest distance of a side from its chord over its length, None if not a
            rectangle.
        twist_percent: the same: distance of a corner from the plane of the other three over twice the diagonal.
        curvature_x_per_m, curvature_y_per_m, twist_per_m: of the least-squares quadratic, positive if convex.
        in_plane: the overlay fit.
    """

    warpage_um: float
    signed_warpage_um: float | None
    shape: str
    shape_confidence: float
    sign_jedec: int | None
    sign_jeita: int | None
    bow_um: float
    corner_um: float | None
    landmarks_instead: str
    diagonal_ab_max_um: float | None
    diagonal_ab_min_um: float | None
    diagonal_cd_max_um: float | None
    diagonal_cd_min_um: float | None
    bow_percent: float | None
    twist_percent: float | None
    curvature_x_per_m: float
    curvature_y_per_m: float
    twist_per_m: float
    in_plane: Overlay


def evaluate(surface: Surface) -> Warpage:
    """All metrics of a surface. Collective."""
    length, level = surface.stack.span / 2, plane_of(surface)
    lattice = surface.lattice
    height = lattice.u[:, 2] - level(lattice.xy)
    most = combined(surface.comm, [height.max(initial=-np.inf), -height.min(initial=np.inf)], MPI.MAX)
    warpage = 1e6 * float(most.sum())
    curvature, found = _form(surface, surface.gauss.u[:, 2] - level(surface.gauss.xy), length)
    marks = landmarks(surface, level)
    bow = 1e6 * (marks.centre - marks.rim.mean())
    sign, diagonals = sign_of(bow, warpage), _diagonals(marks)
    return Warpage(
        warpage_um=warpage,
        signed_warpage_um=signed(warpage, sign),
        shape=found.name if warpage > NOTHING else FLAT,
        shape_confidence=found.confidence if warpage > NOTHING else 1.0,
        sign_jedec=sign,
        sign_jeita=sign_of(-sum(diagonals.values()), warpage) if diagonals else None,
        bow_um=bow,
        corner_um=1e6 * float(marks.corners.mean() - marks.centre) if len(marks.corners) else None,
        landmarks_instead=marks.instead,
        **{f"diagonal_{name}_um": diagonals.get(name) for name in ("ab_max", "ab_min", "cd_max", "cd_min")},
        **_board(marks),
        curvature_x_per_m=float(curvature[0]),
        curvature_y_per_m=float(curvature[1]),
        twist_per_m=float(curvature[2]),
        in_plane=_overlay(surface, length),
    )


def _form(surface: Surface, height: Array, length: float) -> tuple[Array, Form]:
    """Curvature (3,) of the least-squares quadratic (1/m), and the name of the shape. Collective.

    Args:
        surface: the surface.
        height: (n,) of its quadrature points above its plane (m).
        length: unit of the fit (m).
    """
    coefficients, gram = least_squares(surface, QUADRATIC, length)
    terms = even(surface, QUADRATIC)
    flat = [number for number, power in enumerate(terms) if power in PLANE]
    bent = [number for number, power in enumerate(terms) if power not in PLANE]
    rest = (
        gram[np.ix_(bent, bent)]
        - gram[np.ix_(bent, flat)] @ np.linalg.lstsq(gram[np.ix_(flat, flat)], gram[np.ix_(flat, bent)], rcond=None)[0]
    )
    scale = -np.array([2.0 if 2 in terms[number] else 1.0 for number in bent]) / length**2
    curvature, products = np.zeros(3), np.zeros((3, 3))
    curvature[: len(bent)] = coefficients[bent] * scale
    products[: len(bent), : len(bent)] = rest / np.outer(scale, scale) / gram[0, 0]
    variance = float(surface.sum(surface.gauss.weight @ height**2)) / gram[0, 0]
    return curvature, form(curvature, products, variance)


def _diagonals(marks: Landmarks) -> dict[str, float]:
    """Extremes along the diagonals (um); none where a diagonal misses the surface."""
    if not len(marks.diagonals) or np.isnan(marks.diagonals).all(axis=1).any():
        return {}
    extremes = 1e6 * np.stack([np.nanmax(marks.diagonals, axis=1), np.nanmin(marks.diagonals, axis=1)], axis=1)
    return dict(zip(("ab_max", "ab_min", "cd_max", "cd_min"), extremes.ravel().tolist(), strict=True))


def _board(marks: Landmarks) -> dict[str, float | None]:
    """Bow and twist in per cent (IPC-TM-650 2.4.22, revision C, 5.1 and 5.2)."""
    if not len(marks.sides) or np.isnan(marks.sides).any():
        return {"bow_percent": None, "twist_percent": None}
    part = np.linspace(0.0, 1.0, marks.sides.shape[1])
    chord = marks.sides[:, :1] * (1 - part) + marks.sides[:, -1:] * part
    bow = np.abs(marks.sides - chord).max(axis=1) / marks.lengths
    out_of_plane = abs(float(marks.sides[:, 0] @ [1.0, -1.0, 1.0, -1.0]))
    diagonal = float(np.hypot(*marks.lengths[:2]))
    return {"bow_percent": 100 * float(bow.max()), "twist_percent": 100 * out_of_plane / (2 * diagonal)}


def _overlay(surface: Surface, length: float) -> Overlay:
    """Fit u = (t_x + s_x x - r y, t_y + s_y y + r x)."""
    kept = [0 not in surface.stack.mirrors, 1 not in surface.stack.mirrors, True, True, not surface.stack.mirrors]

    def motions(xy: Array) -> Array:
        """(kept, 2, n) displacement of each of them at places (m)."""
        x, y = (xy / length).T
        one, zero = np.ones_like(x), np.zeros_like(x)
        return np.array([[one, zero], [zero, one], [x, zero], [zero, y], [-y, x]])[kept]

    gauss = surface.gauss
    a = motions(gauss.xy)
    weighted = a * gauss.weight
    flat, u = a.reshape(len(a), -1), gauss.u[:, :2].T
    gram, moved = weighted.reshape(flat.shape) @ flat.T, weighted.reshape(flat.shape) @ u.ravel()
    fit = np.linalg.solve(surface.sum(gram), surface.sum(moved))
    left = surface.lattice.u[:, :2].T - np.tensordot(fit, motions(surface.lattice.xy), axes=1)
    largest = combined(surface.comm, np.hypot(*left).max(initial=0.0), MPI.MAX)
    full = np.zeros(5)
    full[kept] = fit
    scale = 1e6 / length
    return Overlay(float(full[2] * scale), float(full[3] * scale), float(full[4] * scale), float(1e6 * largest))
