"""Classical laminate theory of a free, uniform stack: the lowest rung of the ladder of models, in closed form.

Source: R. M. Jones, Mechanics of Composite Materials, 2nd ed. (1999), eqs. 4.21 to 4.24, 4.94. Curvatures are
kappa = -d2w/dx2, positive if convex; z counts from the bottom of the stack.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from solver.arrays import Array
from solver.case.geometry import MaterialChoice
from solver.materials.axes import stiffness_of_stack, strain_of_stack
from solver.materials.elasticity import plane_stress
from solver.materials.laws.elastic import hooke
from solver.materials.material import Material
from solver.stackup.stack import PlacedLayer, StackUp

# critical kappa_T L^2/h of a free square plate of side L, nu = 0.3, and kappa_T R^2/h of a free disc
CRITICAL_SQUARE, CRITICAL_DISC = 19.191, 5.617
_SQUARE = 1170.0  # makes the mean deflection of a clamped square 3.8e-4 L^4
_RISE = 1.45  # change of the warpage over that of a uniform curvature: a free disc 1.42 at nu 0, 1.54 at nu 0.3

Birth: TypeAlias = tuple[Array, Array]  # strain at z = 0, curvature (1/m), (3,) each
# (row, column) of the plane-stress moduli
_PLANE = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_FLAT = (np.zeros(3), np.zeros(3))


@dataclass(frozen=True)
class Ply:
    """A uniform layer.

    Attributes:
        bottom, top: heights (m).
        stiffness: (3, 3) plane-stress stiffness xx, yy, xy (Pa).
        free_strain: (3,) strain with no stress, at z = 0.
        free_curvature: (3,) its change with height (1/m): of a layer that was born on a bent stack.
    """

    bottom: float
    top: float
    stiffness: Array
    free_strain: Array
    free_curvature: Array = field(default_factory=lambda: np.zeros(3))

    def moment(self, power: int) -> float:
        """int z^(power - 1) dz."""
        return (self.top**power - self.bottom**power) / power

    def load(self, power: int) -> Array:
        """int z^(power - 1) Q (free strain) dz."""
        free = self.moment(power) * self.free_strain + self.moment(power + 1) * self.free_curvature
        return np.asarray(self.stiffness @ free)

    def stress(self, elastic: Array) -> Array:
        """(3,) stress xx, yy, xy (Pa) of an elastic strain."""
        return hooke(np.array([self.stiffness[place] for place in _PLANE]), elastic, _PLANE)


@dataclass(frozen=True)
class LaminateState:
    """Free deformation of a laminate.

    Attributes:
        strain: (3,) strain at z = 0: xx, yy, xy (engineering).
        curvature: (3,) kappa_xx, kappa_yy, kappa_xy (1/m).
        effective_thickness: sqrt(12 D*/A) with D* = D - B^2/A (m), VALIDATION of layered plates by a uniform one.
        bending: (3, 3) D* (N m).
        tension: force per width over strain along x or y, whichever is stiffer, the sides free (N/m).
        stresses: per ply, (2, 3) stress at its bottom and top (Pa).
    """

    strain: Array
    curvature: Array
    effective_thickness: float
    bending: Array
    tension: float
    stresses: tuple[Array, ...]


def free_state(plies: Sequence[Ply], pressed: bool = False) -> LaminateState:
    """Strain and curvature of a laminate with no force and no moment on it.

    Args:
        plies: from the bottom up.
        pressed: True for one that is held flat, by moments.
    """
    a, b, d = (np.asarray(sum(ply.moment(k) * ply.stiffness for ply in plies)) for k in (1, 2, 3))
    force, moment = (np.asarray(sum(ply.load(k) for ply in plies)) for k in (1, 2))
    if pressed:
        solution = np.concatenate([np.linalg.solve(a, force), np.zeros(3)])
    else:
        solution = np.linalg.solve(np.block([[a, b], [b, d]]), np.concatenate([force, moment]))
    strain, curvature = solution[:3], solution[3:]
    bending = d - b @ np.linalg.solve(a, b)
    stresses = tuple(
        np.array(
            [
                ply.stress(strain + z * curvature - ply.free_strain - z * ply.free_curvature)
                for z in (ply.bottom, ply.top)
            ]
        )
        for ply in plies
    )
    thickness, tension = float(np.sqrt(12 * bending[0, 0] / a[0, 0])), float(1.0 / np.diag(np.linalg.inv(a))[:2].min())
    return LaminateState(strain, curvature, thickness, bending, tension, stresses)


def free_energy(plies: Sequence[Ply]) -> float:
    """Elastic energy per area (J/m^2) of plies in their free shape."""
    state, found = free_state(plies), 0.0
    for ply in plies:
        strain, curvature = state.strain - ply.free_strain, state.curvature - ply.free_curvature
        mixed = 2.0 * ply.moment(2) * strain @ ply.stiffness @ curvature
        found += 0.5 * float(ply.moment(1) * strain @ ply.stiffness @ strain + mixed)
        found += 0.5 * float(ply.moment(3) * curvature @ ply.stiffness @ curvature)
    return found


def plies(
    layers: Sequence[PlacedLayer],
    outline_area: float,
    material_of: Callable[[MaterialChoice], Material],
    temperature: float,
    references: Mapping[str, float],
    births: Mapping[str, Birth] | None = None,
) -> list[Ply]:
    """Layers as plies; a layer with regions becomes a uniform one.

    Where regions fill the layer its stiffness is the mean of equal strain (Voigt) and equal stress (Reuss) in the plane
    (R. Hill, Proc. Phys. Soc. A 65, 349, 1952); empty space beside regions counts as nothing, in Voigt's mean alone.
    A material with axes along a radius is a mixture of all directions in plane.

    Args:
        layers: those present.
        outline_area: area of the whole outline (m^2).
        material_of: material of a layer or region.
        temperature: of the stack (K).
        references: block -> temperature at which it is free of stress (K); blocks without one are not there.
        births: block -> strain and curvature of the laminate it was born on, free of stress; none if flat.
    """
    result = []
    for layer in layers:
        areas = [region.area for region in layer.regions]
        materials = [region.material for region in layer.regions]
        parts = list(zip(layer.blocks[-len(areas) :] if areas else (), materials, areas, strict=True))
        if layer.material is not None:
            parts.append((layer.name, layer.material, outline_area - sum(areas)))
        parts = [part for part in parts if part[0] in references]
        of = []  # block, material, angle of its axes, area
        for block, choice, area in parts:
            material = material_of(choice).with_stress(layer.origin_of(block).stress)
            angles = directions(material)
            of += [(block, material, angle, area / len(angles)) for angle in angles]
        fractions = np.array([area / outline_area for *_, area in of])
        q = np.array([_plane_stiffness(material, temperature, angle) for _, material, angle, _ in of])
        free = np.array([_in_plane(material.free_strain(temperature, references[b]), a) for b, material, a, _ in of])
        born = np.array([(births or {}).get(block, _FLAT) for block, *_ in of])
        stiffness, load = _averaged(fractions, q, free + born[:, 0])
        bent = _averaged(fractions, q, born[:, 1])[1]
        result.append(
            Ply(layer.bottom, layer.top, stiffness, np.linalg.solve(stiffness, load), np.linalg.solve(stiffness, bent))
        )
    return result


def directions(material: Material) -> Array:
    """Angles of its axes (rad): one, or four whose mean is that of all."""
    if material.axes is None:
        return np.zeros(1)
    return np.array([material.axes.angle] if material.axes.centre is None else 0.25 * np.pi * np.arange(4))


def _plane_stiffness(material: Material, temperature: float, angle: float) -> Array:
    if angle == 0.0:
        return material.plane_stiffness(temperature)
    return plane_stress(stiffness_of_stack(material.stiffness(temperature)[None], np.array([angle])))[0]


def _in_plane(free: Array, angle: float) -> Array:
    """(3,) strain xx, yy, xy of changes of length (3,) along turned axes."""
    return strain_of_stack(free[None], np.array([angle]))[0, [0, 1, 5]]


def _averaged(fractions: Array, q: Array, free: Array) -> tuple[Array, Array]:
    """Stiffness (3, 3) and thermal force (3,) of a layer of parts."""
    stiffness = np.einsum("p,pij->ij", fractions, q)
    load = np.einsum("p,pij,pj->i", fractions, q, free)
    if fractions.sum() < 1 - 1e-9:
        return stiffness, load
    reuss = np.linalg.inv(np.einsum("p,pij->ij", fractions, np.linalg.inv(q)))
    return 0.5 * (stiffness + reuss), 0.5 * (load + reuss @ (fractions @ free))


def dome(stack: StackUp, curvature: Array) -> float:
    """Highest minus lowest point of w = -(kx x^2 + ky y^2)/2 - kxy x y /2 over the outline (m)."""
    edge = np.asarray(stack.outline.segmentize(stack.span / 200).exterior.coords)
    x, y = np.vstack([edge - np.asarray(stack.outline.centroid.coords[0]), [0.0, 0.0]]).T
    return float(np.ptp(-0.5 * (curvature[0] * x**2 + curvature[1] * y**2 + curvature[2] * x * y)))


@dataclass(frozen=True)
class Slenderness:
    """How far a stack is into large deflection.

    Attributes:
        ratio: curvature over its critical value, above 1 the symmetric shape is unstable.
        overestimate: part by which small-deflection theory overestimates the curvature (below bifurcation).
    """

    ratio: float
    overestimate: float


def slenderness(stack: StackUp, curvature: Array, laminate: LaminateState) -> Slenderness:
    """Judge small deflection of a uniform stack by its curvatures.

    A shape of Gaussian curvature G stretches: its stress function is the deflection of a clamped plate of the same
    outline under the load E h G (A. Foeppl, 1907), of energy E h G^2 m / 2 per area, m the mean of that deflection.

    Args:
        stack: for its outline.
        curvature: kappa_xx, kappa_yy, kappa_xy of small-deflection theory (1/m).
        laminate: whose stiffness it is.
    """
    mean = float(np.abs(curvature[:2]).mean())
    length = np.sqrt(stack.outline.area)  # side of the square of the same area
    scaled = mean * length**2 / laminate.effective_thickness
    critical = CRITICAL_DISC * np.pi if stack.disc else CRITICAL_SQUARE
    gauss = float(curvature[0] * curvature[1] - curvature[2] ** 2 / 4)
    bent = float(curvature @ laminate.bending @ curvature)
    cubic = 2.0 * _RISE * laminate.tension * gauss**2 * _clamped(stack) / bent if bent > 0.0 else 0.0
    return Slenderness(float(scaled / critical), stiffened(1.0, cubic))


def stiffened(linear: float, cubic: float) -> float:
    """1/a - 1 of the warpage a, as a part of that of small deflection, that solves linear a + cubic a^3 = 1.

    -1, an infinite warpage, if there is none.
    """
    roots = np.roots([cubic, 0.0, linear, -1.0])
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0.0)]
    return float(1.0 / real.min() - 1.0) if len(real) else -1.0


def _clamped(stack: StackUp) -> float:
    """Mean deflection of a clamped plate of the outline under unit load and unit stiffness (m^4).

    S. Timoshenko, S. Woinowsky-Krieger, Theory of Plates and Shells, 2nd ed. (1959): eq. 62 for discs; rectangles
    between the strip, 1/720 of the fourth power of its width, and the square.
    """
    area = stack.outline.area
    if stack.disc:
        return float((area / np.pi) ** 2 / 192)
    low_x, low_y, high_x, high_y = stack.outline.bounds
    filled = area / ((high_x - low_x) * (high_y - low_y))
    a, b = (high_x - low_x) * np.sqrt(filled), (high_y - low_y) * np.sqrt(filled)
    return float(1.0 / (720 / a**4 + 720 / b**4 + _SQUARE / (a * b) ** 2))
