"""The forms of plates without their data, compiled once for all plates of a kind, whatever the mesh.

What UFL and FFCx take to recognise a form they have compiled is as much as ten solves of a small plate.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import basix.ufl
import ufl

from solver import compat
from solver.physics.plate.element import Plate, energy, symmetric, voigt

HELD = 1  # number of the sides across which no slope may change
MODULI, FREE = 18, 6  # components of a cell, and of the linear functions over it


class Kind(NamedTuple):
    """What forms of plates depend on.

    Attributes:
        degree: of the displacement.
        smooth: True if all deflections are without kinks.
        flat: True if there are none.
    """

    degree: int
    smooth: bool
    flat: bool


@dataclass(frozen=True)
class Symbols:
    """What stands for the data of a plate.

    Attributes:
        displacement: of the present state (m).
        last: the last correction of Newton's method (m).
        anchor: displacement towards which springs pull (m).
        moduli: A, B and D, six moduli each.
        free, old_free: free resultants under the load, and under the one before.
        spring: stiffness per area (N/m^3).
        penalty: eta.
        anisotropy, old_anisotropy: of the loads.
    """

    displacement: ufl.Coefficient
    last: ufl.Coefficient
    anchor: ufl.Coefficient
    moduli: ufl.Coefficient
    free: ufl.Coefficient
    old_free: ufl.Coefficient
    spring: ufl.Constant
    penalty: ufl.Constant
    anisotropy: ufl.Constant
    old_anisotropy: ufl.Constant


class Templates:
    """Of one kind of plate, each made and compiled where it is first asked for: plates of rectangles ask for few.

    Args:
        kind: of plate.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @cached_property
    def _made(self) -> tuple[Symbols, tuple[ufl.Form, ...]]:
        return _forms(self._kind)

    @property
    def symbols(self) -> Symbols:
        """Those of the forms below."""
        return self._made[0]

    @cached_property
    def energy(self) -> compat.Template:
        """As of `PlateForms`."""
        return compat.template(self._made[1][0])

    @cached_property
    def residual(self) -> compat.Template:
        """Gradient of the energy, springs included."""
        return compat.template(self._made[1][1])

    @cached_property
    def tangent(self) -> compat.Template:
        """As of `PlateForms`."""
        return compat.template(self._made[1][2])

    @cached_property
    def inertia(self) -> compat.Template:
        """Of unit density per area; it has no symbols."""
        domain, data = compat.domain("quadrilateral", 1, 2), {"quadrature_degree": 2 * self._kind.degree}
        space = _displacements(domain, self._kind.degree)
        return compat.template(
            ufl.dot(ufl.TrialFunction(space), ufl.TestFunction(space)) * ufl.dx(domain, metadata=data)
        )

    @cached_property
    def area_load(self) -> compat.Template:
        """Work of a force per area, its only symbol."""
        domain, data = compat.domain("quadrilateral", 1, 2), {"quadrature_degree": 4}
        space = _displacements(domain, self._kind.degree)
        force = ufl.FunctionSpace(domain, basix.ufl.element("DG", "quadrilateral", 0, shape=(3,)))
        return compat.template(ufl.dot(ufl.Coefficient(force), ufl.TestFunction(space)) * ufl.dx(domain, metadata=data))


@lru_cache(maxsize=16)
def templates(kind: Kind) -> Templates:
    """Of a kind of plate."""
    return Templates(kind)


def _forms(kind: Kind) -> tuple[Symbols, tuple[ufl.Form, ...]]:
    domain = compat.domain("quadrilateral", 1, 2)
    space = _displacements(domain, kind.degree)
    constant = ufl.FunctionSpace(domain, basix.ufl.element("DG", "quadrilateral", 0, shape=(MODULI,)))
    linear = ufl.FunctionSpace(domain, basix.ufl.element("DG", "quadrilateral", 1, shape=(FREE,)))
    displacements = [ufl.Coefficient(space) for _ in range(3)]
    moduli, free, old_free = ufl.Coefficient(constant), ufl.Coefficient(linear), ufl.Coefficient(linear)
    numbers = [ufl.Constant(domain) for _ in range(2)]
    directions = [ufl.Constant(domain, shape=(2,)) for _ in range(2)]
    found = Symbols(
        displacements[0], displacements[1], displacements[2], moduli, free, old_free,
        numbers[0], numbers[1], directions[0], directions[1],
    )  # fmt: skip
    return found, _with_symbols(kind, domain, space, found)


def _with_symbols(kind: Kind, domain: ufl.Mesh, space: ufl.FunctionSpace, s: Symbols) -> tuple[ufl.Form, ...]:
    t, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    data = {"quadrature_degree": 2 * kind.degree}
    dx, inner = ufl.dx(domain, metadata=data), None if kind.smooth else ufl.dS(domain, metadata=data)
    held = ufl.Measure("ds", domain, metadata=data)(HELD)
    a, b, d = (symmetric(s.moduli, 6 * part) for part in range(3))
    free, old = _with(s.free, s.anisotropy), _with(s.old_free, s.old_anisotropy)
    force, moment = (ufl.as_vector([free[first + k] for k in range(3)]) for first in (0, 3))
    plate = Plate(s.displacement, (a, b, d), force, moment)
    potential = energy(plate, domain, dx, inner, held, s.penalty)
    residual = ufl.derivative(potential, s.displacement, v)
    tangent = _membrane(a, t, v) * dx if kind.flat else ufl.derivative(residual, s.displacement, t)
    slope = ufl.grad(s.last[2])
    shift = force - ufl.as_vector([old[k] for k in range(3)]) - 0.5 * a * voigt(ufl.outer(slope, slope))
    turn = ufl.sym(ufl.outer(ufl.grad(t[2]), ufl.grad(v[2])))
    tangent += s.spring * ufl.dot(t, v) * dx
    if not kind.flat:
        tangent += ufl.dot(shift, voigt(turn)) * dx
    residual += s.spring * ufl.dot(s.displacement - s.anchor, v) * dx
    return potential, residual, tangent


def _displacements(domain: ufl.Mesh, degree: int) -> ufl.FunctionSpace:
    return ufl.FunctionSpace(domain, basix.ufl.element("Lagrange", "quadrilateral", degree, shape=(3,)))


def _membrane(stiffness: ufl.core.expr.Expr, t: ufl.Argument, v: ufl.Argument) -> ufl.core.expr.Expr:
    """e(v).A e(t) of displacements in the plane alone."""
    e, d = (voigt(ufl.sym(ufl.grad(ufl.as_vector([one[0], one[1]])))) for one in (v, t))
    return ufl.dot(e, stiffness * d)


def _with(free: ufl.Coefficient, anisotropy: ufl.Constant) -> ufl.core.expr.Expr:
    """Free resultants, larger by a part of their mean along a direction and smaller across it."""
    parts = []
    for first in (0, 3):
        mean = 0.25 * (free[first] + free[first + 1])  # half of it: resultants of the strains, Poisson's ratio 1/3
        along, sheared = mean * anisotropy[0], mean * anisotropy[1]
        parts += [free[first] + along, free[first + 1] - along, free[first + 2] + sheared]
    return ufl.as_vector(parts)
