"""Any constitutive law in plane stress, at points: strains zz, yz, xz are those that leave none across the layer."""

from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.axes import stiffness_of_stack, strain_along_axes, stress_of_stack
from solver.materials.elasticity import full
from solver.materials.laws.response import MaterialLaw, Response

_PLANE, _ACROSS = np.array([0, 1, 5]), np.array([2, 3, 4])  # Voigt components
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

    Strains across are corrected by the tangent until they leave no stress (E. A. de Souza Neto et al., Computational
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
    whole = np.empty((len(strain), 6))
    whole[:, _PLANE], whole[:, _ACROSS] = strain, across
    for turn in range(_TURNS):
        response = law.respond(strain_along_axes(whole, angle), during.after, during.before, during.seconds, old)
        stress, tangent = stress_of_stack(response.stress, angle), _tangent(response, angle)
        outer = tangent[:, _ACROSS[:, None], _ACROSS]
        cross, back = tangent[:, _ACROSS[:, None], _PLANE], tangent[:, _PLANE[:, None], _ACROSS]
        by_plane = -np.linalg.solve(outer, cross)
        left = stress[:, _ACROSS]
        move = -np.linalg.solve(outer, left[..., None])[..., 0] if len(outer) > 1 else -left @ np.linalg.inv(outer[0]).T
        moduli = tangent[:, _PLANE[:, None], _PLANE] + back @ by_plane
        in_plane = stress[:, _PLANE] + np.einsum("nij,nj->ni", np.broadcast_to(back, (len(move), 3, 3)), move)
        done = np.abs(left).max(initial=0.0) <= max(_NO_STRESS * np.abs(in_plane).max(initial=0.0), _NOTHING)
        if done or turn == _TURNS - 1 or (law.linear and not final):
            break
        whole[:, _ACROSS] += move
    return PlaneAnswer(in_plane, moduli, whole[:, _ACROSS].copy(), response)


def _tangent(response: Response, angle: Array) -> Array:
    """(n or 1, 6, 6) along x, y, z."""
    tangent = full(response.tangent.moduli)
    if response.tangent.softening is not None:
        b, v = response.tangent.softening[:, 0], response.tangent.softening[:, 1:]
        tangent = tangent - np.einsum("n,ni,nj->nij", b, v, v)
    return stiffness_of_stack(tangent, angle) if angle.any() else tangent
