"""Any constitutive law in plane stress, at points: the strain zz is that which leaves no stress across the layer.

The axes of a material turn about z alone, so strain yz and xz are none, and none of their stress comes from others.
"""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.axes import stiffness_of_stack, strain_along_axes, stress_of_stack
from solver.materials.laws.response import MaterialLaw, Response, Tangent

_PLANE, _ACROSS, _ZZ = np.array([0, 1, 5]), np.array([2, 3, 4]), 2  # Voigt components
_TURNS = 12
_NO_STRESS = 1e-7  # across, as a part of the stress in the plane ...
_NOTHING = 1.0  # ... or Pa


@dataclass(frozen=True)
class Increment:
    """Of time.

    Attributes:
        before, after: temperature (K) at its start and end, (n,) or (1,).
        seconds: it takes.
    """

    before: Array
    after: Array
    seconds: float


@dataclass(frozen=True)
class PlaneAnswer:
    """Of n points, along x, y.

    Attributes:
        stress: (n, 3) xx, yy, xy (Pa).
        moduli: (n or 1, 3, 3) its derivative with the strain xx, yy, xy (Pa).
        across: (n, 3) strains zz, yz, xz.
        response: of the law.
    """

    stress: Array
    moduli: Array
    across: Array
    response: Response


def answer(
    law: MaterialLaw, strain: Array, across: Array, angle: Array, during: Increment, old: Array, final: bool
) -> PlaneAnswer:
    """What a law answers to strains of a plate at the end of an increment.

    The strain across is corrected by the tangent until it leaves no stress (E. A. de Souza Neto et al., Computational
    Methods for Plasticity, 2008, sect. 9.2.2); of a linear law the first correction says it all.

    Args:
        law: of the material.
        strain: (n, 3) xx, yy, xy since birth.
        across: (n, 3) strains zz, yz, xz to begin with.
        angle: (n or 1,) of the axes of the material (rad).
        during: the increment.
        old: (n, k) what the points remember of its start.
        final: True if what they remember of its end counts.
    """
    whole: Array = np.empty((len(strain), 6))
    whole[:, _PLANE], whole[:, _ACROSS] = strain, across
    whole = strain_along_axes(whole, angle)
    for turn in range(_TURNS):
        response = law.respond(whole, during.after, during.before, during.seconds, old)
        plane, back, outer = _parts(response.tangent)
        left = response.stress[:, _ZZ]
        move = -left / outer
        in_plane = response.stress[:, _PLANE] + back * move[:, None]
        done = np.abs(left).max(initial=0.0) <= max(_NO_STRESS * np.abs(in_plane).max(initial=0.0), _NOTHING)
        if done or turn == _TURNS - 1 or (law.linear and not final):
            break
        whole[:, _ZZ] += move
    moduli = plane - back[:, :, None] * (back / outer[:, None])[:, None, :]
    beside: Array = across.copy()
    beside[:, 0] = whole[:, _ZZ]
    if angle.any():
        return PlaneAnswer(*_turned(in_plane, moduli, angle), beside, response)
    return PlaneAnswer(in_plane, moduli, beside, response)


def _parts(tangent: Tangent) -> tuple[Array, Array, Array]:
    """Of m points, n or 1: (m, 3, 3) moduli in the plane, (m, 3) between that and zz, (m,) of zz alone (Pa)."""
    m = tangent.moduli
    plane: Array = np.zeros((len(m), 3, 3))
    back: Array = np.zeros((len(m), 3))
    plane[:, 0, 0], plane[:, 1, 1], plane[:, 2, 2] = m[:, 0], m[:, 3], m[:, 8]
    plane[:, 0, 1] = plane[:, 1, 0] = m[:, 1]
    back[:, 0], back[:, 1], outer = m[:, 2], m[:, 4], m[:, 5]
    if tangent.softening is None:
        return plane, back, outer
    b, v, across = tangent.softening[:, :1], tangent.softening[:, 1 + _PLANE], tangent.softening[:, 1 + _ZZ]
    weak = b * v
    return plane - weak[:, :, None] * v[:, None, :], back - weak * across[:, None], outer - b[:, 0] * across**2


def _turned(stress: Array, moduli: Array, angle: Array) -> tuple[Array, Array]:
    """Stress (n, 3) and moduli (n or 1, 3, 3) in the plane along x, y, from those along the axes of a material."""
    flat, whole = np.zeros((len(stress), 6)), np.zeros((len(moduli), 6, 6))
    flat[:, _PLANE], whole[:, _PLANE[:, None], _PLANE] = stress, moduli
    along = stress_of_stack(flat, angle)[:, _PLANE]
    return along, stiffness_of_stack(whole, angle)[:, _PLANE[:, None], _PLANE]
