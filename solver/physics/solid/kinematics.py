"""Strain and stress in Voigt order xx yy zz yz xz xy with engineering shear, for UFL."""

from collections.abc import Sequence

import ufl

from solver.materials.elasticity import ALL_MODULI


def voigt(e: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """A symmetric strain tensor as a Voigt vector."""
    return ufl.as_vector([e[0, 0], e[1, 1], e[2, 2], 2 * e[1, 2], 2 * e[0, 2], 2 * e[0, 1]])


def tensor(e: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """A Voigt vector of strain as a symmetric tensor."""
    xx, yy, zz, yz, xz, xy = e[0], e[1], e[2], 0.5 * e[3], 0.5 * e[4], 0.5 * e[5]
    return ufl.as_matrix([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def strain(u: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """Small strain of a displacement as a Voigt vector."""
    return voigt(ufl.sym(ufl.grad(u)))


def green_strain(u: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """Green's strain of a displacement; written with its gradient, as F^T F - I would cancel."""
    return strain(u) + 0.5 * green_curvature(u, u)


def green_variation(u: ufl.core.expr.Expr, v: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """Derivative of Green's strain at u in the direction v."""
    return strain(v) + green_curvature(u, v)


def green_curvature(u: ufl.core.expr.Expr, v: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """Second derivative of Green's strain in the directions u and v: sym(grad u^T grad v)."""
    return voigt(ufl.sym(ufl.grad(u).T * ufl.grad(v)))


def green_free(free: ufl.core.expr.Expr, birth: ufl.core.expr.Expr | float = 0.0) -> ufl.core.expr.Expr:
    """Green's strain of a cell that is free of stress: ((U_b + e)^2 - 1) / 2 = E_b + e + e^2 / 2 + sym(e (U_b - 1)).

    Stretches e and U_b are both parts of the drawn length, so they add, as at small deflection. U_b - 1 is taken as
    E_b, which leaves an error of third order.

    Args:
        free: free strains e, as changes of length: three, or six in Voigt order.
        birth: Green's strain E_b of the cell at its birth, in Voigt order.
    """
    if free.ufl_shape == (6,):
        e = tensor(free)
        grown = voigt(e + 0.5 * e * e)
        return grown if isinstance(birth, float) else grown + birth + voigt(ufl.sym(e * tensor(birth)))
    own = normal([e + 0.5 * e**2 for e in (free[0], free[1], free[2])])
    if isinstance(birth, float):
        return own
    pairs = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    return own + ufl.as_vector([birth[k] * (1.0 + 0.5 * (free[i] + free[j])) for k, (i, j) in enumerate(pairs)])


def stress(moduli: ufl.core.expr.Expr, epsilon: ufl.core.expr.Expr) -> ufl.core.expr.Expr:
    """sigma = C epsilon for nine or 21 moduli, stored in the order of `ALL_MODULI`."""
    sigma = [0] * 6
    for modulus, (i, j) in enumerate(ALL_MODULI[: moduli.ufl_shape[0]]):
        sigma[i] += moduli[modulus] * epsilon[j]
        if i != j:
            sigma[j] += moduli[modulus] * epsilon[i]
    return ufl.as_vector(sigma)


def normal(strains: ufl.core.expr.Expr | Sequence[ufl.core.expr.Expr]) -> ufl.core.expr.Expr:
    """Three normal strains as a Voigt vector with no shear; six strains are one already."""
    if not isinstance(strains, Sequence) and strains.ufl_shape == (6,):
        return strains
    return ufl.as_vector([strains[0], strains[1], strains[2], 0, 0, 0])
