"""C0 interior penalty for layered von Karman plates on quadrilaterals.

    Pi(u, w) = int 1/2 e.A e + e.B k + 1/2 k.D k - N_f.e - M_f.k
             + sum over inner sides of  {M_nn} J + 1/2 eta g J^2,   J = jump of dw/dn,
    e = sym(grad u) + 1/2 grad w (x) grad w,   k = -grad grad w,   M = B e + D k - M_f

(S. C. Brenner, L.-Y. Sung, J. Sci. Comput. 22-23, 83, 2005; S. C. Brenner, M. Neilan, A. Reiser, L.-Y. Sung, Ann. Mat.
Pura Appl. 196, 2017, for von Karman plates). u and w are continuous, of degree 2: a free edge needs no term, and
nothing locks, as no thickness is in the shear. Along a line no slope may cross (a mirror plane, a clamped side) the
side is one half of a pair of mirror images.

Stiffness jumps where materials end. The mean {M_nn} weighs each side by the stiffness of the other, and the penalty
goes with the harmonic mean g of the two D_nn / h, so that neither side bends because its neighbour is stiff (A. Ern,
A. F. Stephansen, P. Zunino, IMA J. Numer. Anal. 29, 235, 2009). D_nn = nn.D nn of the section as it is, not that of
bending with the middle free to stretch: by Cauchy and Schwarz M_nn^2 <= D_nn (e.A e + 2 e.B k + k.D k) for every e and
k, whatever B and the directions of anisotropy. On grids of rectangles see `smooth`.
"""

from dataclasses import dataclass

import ufl
from ufl.core.expr import Expr

PENALTY = {2: 16.0, 3: 40.0}  # eta by degree


@dataclass(frozen=True)
class Plate:
    """The functions a plate is made of, as UFL.

    Attributes:
        displacement: u_x, u_y, w of the reference plane (m).
        stiffness: A, B, D, six moduli each, in the order of `section.Resultants`.
        force, moment: N_f (N/m) and M_f (N).
    """

    displacement: Expr
    stiffness: tuple[Expr, Expr, Expr]
    force: Expr
    moment: Expr

    @property
    def slope(self) -> Expr:
        """grad w, in x and y."""
        return ufl.grad(self.displacement[2])

    @property
    def strain(self) -> Expr:
        """Membrane strain e of the reference plane, of von Karman: xx, yy and engineering shear xy."""
        return membrane(self.displacement)

    @property
    def curvature(self) -> Expr:
        """Curvature k = -grad grad w: xx, yy and twice xy (1/m)."""
        return curvature(self.displacement)

    @property
    def density(self) -> Expr:
        """Elastic energy per area, less the part without e and k (J/m^2)."""
        e, k, (a, b, d) = self.strain, self.curvature, self.stiffness
        quadratic = 0.5 * ufl.dot(e, a * e) + ufl.dot(e, b * k) + 0.5 * ufl.dot(k, d * k)
        return quadratic - ufl.dot(self.force, e) - ufl.dot(self.moment, k)

    @property
    def bending(self) -> Expr:
        """M, as xx, yy, xy (N)."""
        return self.stiffness[1] * self.strain + self.stiffness[2] * self.curvature - self.moment


def energy(
    plate: Plate, domain: ufl.Mesh, dx: ufl.Measure, inner: ufl.Measure | None, held: ufl.Measure, eta: Expr
) -> ufl.Form:
    """The potential Pi.

    Args:
        plate: the functions.
        domain: of the mesh.
        dx: over cells.
        inner: over inner sides; None if slopes do not jump there.
        held: over the sides across which no slope may change.
        eta: penalty.
    """
    n, slope = ufl.FacetNormal(domain), plate.slope
    size = abs(ufl.classes.JacobianDeterminant(domain)), abs(ufl.classes.FacetJacobianDeterminant(domain))
    normal = ufl.as_vector([n[0] ** 2, n[1] ** 2, 2 * n[0] * n[1]])
    stiff = ufl.dot(normal, plate.stiffness[2] * normal)
    bend = ufl.dot(normal, plate.bending)
    turn = ufl.dot(slope, n)
    along = bend * turn + 0.5 * eta * stiff * size[1] / size[0] * turn**2
    if inner is None:
        return plate.density * dx + along * held
    a, b = (stiff(side) * size[1](side) / size[0](side) for side in ("+", "-"))
    jump = ufl.jump(slope, n)
    across = (b * bend("+") + a * bend("-")) / (a + b) * jump + 0.5 * eta * a * b / (a + b) * jump**2
    return plate.density * dx + across * inner + along * held


def membrane(displacement: Expr) -> Expr:
    """Membrane strain of von Karman of a displacement u_x, u_y, w: xx, yy and engineering shear xy."""
    slope = ufl.grad(displacement[2])
    return voigt(ufl.sym(ufl.grad(ufl.as_vector([displacement[0], displacement[1]]))) + 0.5 * ufl.outer(slope, slope))


def curvature(displacement: Expr) -> Expr:
    """-grad grad w of a displacement u_x, u_y, w: xx, yy and twice xy (1/m)."""
    return -voigt(ufl.grad(ufl.grad(displacement[2])))


def voigt(t: Expr) -> Expr:
    """A symmetric strain as a vector xx, yy, 2 xy."""
    return ufl.as_vector([t[0, 0], t[1, 1], 2 * t[0, 1]])


def symmetric(moduli: Expr, first: int) -> Expr:
    """The 3 x 3 matrix of six of the moduli."""
    a, b, c, d, e, f = (moduli[first + k] for k in range(6))
    return ufl.as_matrix([[a, b, c], [b, d, e], [c, e, f]])
