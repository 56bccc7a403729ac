"""A board with copper above in two opposite quadrants and below in the other two twists: its mean curvatures are zero.

The second discretisation is a Ritz solution of von Karman's laminated plate. Turned by 180 degrees about the x or y
axis through its middle the board is itself, so one quadrant is enough: u = x P(x, y), v = y P(x, y), w = x y P(x, y)
with polynomials P, and nothing else is to be met at x = 0 or y = 0. Edges are free.
"""

import numpy as np
import pytest
from numpy.polynomial.legendre import Legendre, leggauss

from tests.process.test_decision import TWIST

SIDE = 0.05  # of a quadrant (m)
RESIN, COPPER = (22e9, 0.2, 14e-6), (110e9, 0.34, 17e-6)  # Young's modulus (Pa), Poisson's ratio, expansion (1/K)
PLIES = [(*RESIN, -170e-6, 100e-6), (*COPPER, 100e-6, 170e-6)]  # with bottom and top (m)
TERMS = 12  # of P along x and along y


def laminate() -> tuple[np.ndarray, np.ndarray]:
    """(6, 6) stiffness of forces and moments (N/m, N, N m), and (6,) what they are at one kelvin without strain."""
    stiffness, thermal = np.zeros((6, 6)), np.zeros(6)
    for modulus, poisson, expansion, low, high in PLIES:
        q = modulus / (1 - poisson**2) * np.array([[1, poisson, 0], [poisson, 1, 0], [0, 0, (1 - poisson) / 2]])
        moments = [(high**k - low**k) / k for k in (1, 2, 3)]
        stiffness += np.kron([moments[:2], moments[1:]], q)
        thermal += np.kron(moments[:2], q @ [expansion, expansion, 0])
    return stiffness, thermal


def families(at: np.ndarray, times_x: bool) -> list[np.ndarray]:
    """(TERMS, points) Legendre polynomials of [0, 1], or x times them, and their first and second derivatives."""
    p = [Legendre.basis(k, domain=[0, 1]) for k in range(TERMS)]
    p = [one * Legendre([0.5, 0.5], domain=[0, 1]) for one in p] if times_x else p
    return [np.array([(one.deriv(order) if order else one)(at) for one in p]) for order in range(3)]


def ritz(kelvin: list[float]) -> tuple[float, list[float]]:
    """Warpage (m) of von Karman's plate: per kelvin at small deflection, and at large after these temperatures."""
    points, weights = leggauss(TERMS + 4)
    points, weights = (points + 1) / 2, np.outer(weights, weights).ravel() * SIDE**2 / 4
    p, xp = families(points, False), families(points, True)

    def product(fx, fy, orders):
        return np.einsum("ai,bj->abij", fx, fy).reshape(TERMS**2, -1) / SIDE**orders

    def rows(**parts):
        zero = np.zeros_like(product(p[0], p[0], 0))
        return np.vstack([parts.get(name, zero) for name in "uvw"])

    strain = [
        rows(u=product(xp[1], p[0], 1)),
        rows(v=product(p[0], xp[1], 1)),
        rows(u=product(xp[0], p[1], 1), v=product(p[1], xp[0], 1)),
        -rows(w=product(xp[2], xp[0], 2)),
        -rows(w=product(xp[0], xp[2], 2)),
        -2 * rows(w=product(xp[1], xp[1], 2)),
    ]
    slope_x, slope_y = rows(w=product(xp[1], xp[0], 1)), rows(w=product(xp[0], xp[1], 1))
    stiffness, thermal = laminate()
    (grid,) = families(np.linspace(0, 1, 41), True)[:1]

    def warpage(q):
        return 2 * np.abs(grid.T @ q[2 * TERMS**2 :].reshape(TERMS, TERMS) @ grid).max()

    def linear_part(along):
        return np.einsum("adq,ac,ceq,q->de", along, stiffness, along, weights, optimize=True)

    load = np.einsum("adq,a,q->d", np.array(strain), thermal, weights)
    small = warpage(np.linalg.solve(linear_part(np.array(strain)), load))
    q, large = np.zeros(3 * TERMS**2), []
    for change in kelvin:
        for _ in range(40):
            x, y = q @ slope_x, q @ slope_y
            along = np.array(strain)
            along[:3] += [x * slope_x, y * slope_y, x * slope_y + y * slope_x]
            reached = np.einsum("adq,d->aq", strain, q)
            reached[:3] += [x * x / 2, y * y / 2, x * y]
            force = (stiffness @ reached - change * thermal[:, None]) * weights
            mixed = (slope_x * force[2]) @ slope_y.T
            tangent = linear_part(along) + (slope_x * force[0]) @ slope_x.T + (slope_y * force[1]) @ slope_y.T
            correction = np.linalg.solve(tangent + mixed + mixed.T, -np.einsum("adq,aq->d", along, force))
            q = q + correction
            if warpage(correction) < 1e-9 * warpage(q):
                break
        large.append(warpage(q))
    return small, large


def test_auto_goes_large_and_agrees_with_a_ritz_solution(solve):
    """252 and 929 um by solids on cells of 6 mm; Ritz is within 0.2 % of its limit, thin plates within 1 %."""
    small, (warm, _, _, cold) = ritz([-25.0, -60.0, -100.0, -150.0])
    text = TWIST.replace("steps: [", "steps: [{name: warm, temperature: 150 degC}, ")
    first, last = solve(text, "mesh.in_plane_size=6.25 mm")["steps"]
    assert (first["deflection"], last["deflection"], first["shape"]) == ("large", "large", "twist")
    assert first["warpage_um"] == pytest.approx(1e6 * warm, rel=0.01)
    assert last["warpage_um"] == pytest.approx(1e6 * cold, rel=0.01)
    for step, kelvin in ((first, 25.0), (last, 150.0)):
        assert step["small_deflection"]["warpage_um"] == pytest.approx(1e6 * small * kelvin, rel=0.01)
        assert step["small_deflection"]["shape"] == "twist"


def test_auto_and_large_are_the_same(solve):
    auto, large = (solve(TWIST, f"analysis.deflection={kind}")["steps"][0] for kind in ("auto", "large"))
    assert (auto["deflection"], auto["stable"]) == ("large", True)
    assert auto["warpage_um"] == pytest.approx(large["warpage_um"], rel=1e-6)
