"""A free laminate whose materials remember: plane stress of any law at points through the thickness, in equilibrium.

Unknowns are strain and curvature of the laminate and, at every point, the strains zz, yz and xz that leave no stress
across the layers. The latter are condensed out of each Newton iteration (E. A. de Souza Neto et al., Computational
Methods for Plasticity, 2008, sect. 9.2.2, nested iterations made one). z counts from the bottom of the stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np

from solver.arrays import Array
from solver.errors import NotConvergedError
from solver.materials.axes import stiffness_of_stack, strain_along_axes, stress_of_stack
from solver.materials.elasticity import full
from solver.materials.laws.response import MaterialLaw, Response
from solver.physics.solid.cell_stress import invariants

_LINEAR, _OTHERS = 3, 21  # points over the thickness: of laws whose stress is linear there, which 3 get exactly
_PLANE, _ACROSS = np.array([0, 1, 5]), np.array([2, 3, 4])  # Voigt components
_EXACT, _LEAST = 1e-9, 1e-12  # last change of strain: as a part of the largest, and at least
_ITERATIONS = 40
_NOTHING = 1e3  # Pa: stress that is none

Shape: TypeAlias = tuple[Array, Array]  # strain at z = 0, curvature (1/m), (3,) each: xx, yy, xy


@dataclass(frozen=True)
class RememberingPly:
    """A uniform layer; its points are Lobatto's, faces included, for each direction of its axes.

    Attributes:
        bottom, top: heights (m).
        law: of its material.
        angles: of the axes of the material (rad): one, or several of equal strain.
        birth: shape of the laminate it was born on.
    """

    bottom: float
    top: float
    law: MaterialLaw
    angles: tuple[float, ...]
    birth: Shape

    @property
    def count(self) -> int:
        """Of points over the thickness."""
        return _LINEAR if self.law.linear else _OTHERS

    @property
    def height(self) -> Array:
        """(n,) of its points (m)."""
        middle, half = 0.5 * (self.bottom + self.top), 0.5 * (self.top - self.bottom)
        return np.tile(middle + half * _lobatto(self.count)[0], len(self.angles))

    @property
    def weight(self) -> Array:
        """(n,) thickness its points stand for (m)."""
        return np.tile((self.top - self.bottom) / len(self.angles) * _lobatto(self.count)[1], len(self.angles))

    @property
    def turned(self) -> Array:
        """(n,) angle of its points (rad), (1,) if there is one."""
        return np.repeat(self.angles, self.count) if len(self.angles) > 1 else np.array(self.angles)

    def strain(self, shape: Shape, across: Array) -> Array:
        """(n, 6) strain since birth, of the shape of the laminate and strains zz, yz, xz (n, 3)."""
        found = np.empty((len(across), 6))
        found[:, _PLANE] = shape[0] - self.birth[0] + np.outer(self.height, shape[1] - self.birth[1])
        found[:, _ACROSS] = across
        return found

    def newborn(self) -> "PlyState":
        """State of its points at their birth: nothing remembered, no stress."""
        count = len(self.angles) * self.count
        return PlyState(np.zeros((count, 6)), np.zeros((count, 6)), self.law.initial(count), 0.0)

    def faces(self, state: "PlyState") -> Array:
        """(2, 3) stress xx, yy, xy at its bottom and top (Pa), the mean over directions."""
        by_direction = state.stress.reshape(-1, self.count, 6)
        return np.asarray(by_direction.mean(axis=0)[[0, -1]][:, _PLANE])


@dataclass(frozen=True)
class PlyState:
    """Of the points of a layer; no array is ever changed.

    Attributes:
        strain: (n, 6) since birth.
        stress: (n, 6) (Pa), both along x, y, z.
        memory: (n, k) what its law remembers.
        most: mean equivalent stress at its largest so far (Pa).
    """

    strain: Array
    stress: Array
    memory: Array
    most: float


@dataclass(frozen=True)
class RememberingState:
    """Of a laminate at a time.

    Attributes:
        strain, curvature: (3,) as of `LaminateState`.
        kelvin: temperature (K).
        plies: by name.
        spoilt: part of the stress of the layer that is spoilt most by the length of the increment.
    """

    strain: Array
    curvature: Array
    kelvin: float
    plies: Mapping[str, PlyState]
    spoilt: float = 0.0


def advance(
    plies: Mapping[str, RememberingPly], old: RememberingState, kelvin: float, seconds: float, pressed: bool = False
) -> RememberingState:
    """Equilibrium at the end of an increment of time.

    Args:
        plies: by name.
        old: at its start.
        kelvin: temperature at its end (K).
        seconds: it takes.
        pressed: True for a laminate that is held flat, by moments.

    Raises:
        NotConvergedError: none was found, or a law had no answer.
    """
    scale = max(ply.top for ply in plies.values())
    shape: Array = np.concatenate([old.strain, scale * old.curvature])
    across = [old.plies[name].strain[:, _ACROSS] for name in plies]
    if pressed:
        shape[3:] = 0.0
    free = 3 if pressed else 6
    for _ in range(_ITERATIONS):
        answers = [
            _Answer(ply, (shape[:3], shape[3:] / scale), beside, old, old.plies[name].memory, kelvin, seconds)
            for (name, ply), beside in zip(plies.items(), across, strict=True)
        ]
        stiffness, load = (np.asarray(sum(part)) for part in zip(*(one.sums(scale) for one in answers), strict=True))
        change = np.zeros(6)
        change[:free] = np.linalg.solve(stiffness[:free, :free], -load[:free])
        moves = [one.move(change, scale) for one in answers]
        size = max(float(np.abs(change).max()), *(float(np.abs(move).max()) for move in moves))
        largest = max(float(np.abs(one.strain).max()) for one in answers)
        if size <= max(_EXACT * largest, _LEAST):
            return _state(plies, answers, old, shape / np.repeat([1.0, scale], 3), kelvin)
        shape = shape + change
        across = [beside + move for beside, move in zip(across, moves, strict=True)]
    raise NotConvergedError(f"no equilibrium of the laminate was found in {_ITERATIONS} iterations")


@cache
def _lobatto(count: int) -> tuple[Array, Array]:
    """(count,) places of -1 to 1, ends included, and parts of the whole they stand for: exact to degree 2 count - 3."""
    legendre = np.polynomial.Legendre.basis(count - 1)
    places = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    return places, 1.0 / (count * (count - 1) * legendre(places) ** 2)


class _Answer:
    """Of a layer in one iteration."""

    def __init__(
        self, ply: RememberingPly, shape: Shape, across: Array, old: RememberingState, memory: Array,
        kelvin: float, seconds: float,
    ) -> None:  # fmt: skip
        self.ply, angles = ply, ply.turned
        self.strain = ply.strain(shape, across)
        mine = strain_along_axes(self.strain, angles)
        self.response: Response = ply.law.respond(mine, np.array([kelvin]), np.array([old.kelvin]), seconds, memory)
        self.stress = stress_of_stack(self.response.stress, angles)
        tangent = full(self.response.tangent.moduli)
        if self.response.tangent.softening is not None:
            b, v = self.response.tangent.softening[:, 0], self.response.tangent.softening[:, 1:]
            tangent = tangent - np.einsum("n,ni,nj->nij", b, v, v)
        if angles.any():
            tangent = stiffness_of_stack(tangent, angles)
        cross = tangent[:, _ACROSS[:, None], _PLANE]
        right = np.concatenate([np.broadcast_to(cross, (len(mine), 3, 3)), self.stress[:, _ACROSS, None]], axis=2)
        found = np.linalg.solve(np.broadcast_to(tangent[:, _ACROSS[:, None], _ACROSS], (len(mine), 3, 3)), right)
        self._by_plane, self._at_rest = -found[:, :, :3], -found[:, :, 3]
        back = tangent[:, _PLANE[:, None], _ACROSS]
        self._stiffness = tangent[:, _PLANE[:, None], _PLANE] + back @ self._by_plane
        self._stress = self.stress[:, _PLANE] + (back @ self._at_rest[:, :, None])[:, :, 0]

    def sums(self, scale: float) -> tuple[Array, Array]:
        """(6, 6) stiffness, and (6,) force and moment, of strain and curvature times a length (N/m)."""
        powers = np.stack([np.ones_like(self.ply.height), self.ply.height / scale], axis=1)
        weights = self.ply.weight[:, None] * powers
        stiffness = np.einsum("na,nb,nij->aibj", weights, powers, self._stiffness).reshape(6, 6)
        return stiffness, np.einsum("na,ni->ai", weights, self._stress).ravel()

    def move(self, change: Array, scale: float) -> Array:
        """(n, 3) change of the strains zz, yz, xz with that of the shape."""
        plane = change[:3] + np.outer(self.ply.height / scale, change[3:])
        return np.asarray(self._at_rest + np.einsum("nij,nj->ni", self._by_plane, plane))

    def mean(self, values: Array) -> float:
        """Over the volume of the layer, of values (n,)."""
        return float(np.average(values, weights=self.ply.weight))


def _state(
    plies: Mapping[str, RememberingPly], answers: Sequence[_Answer], old: RememberingState, shape: Array, kelvin: float
) -> RememberingState:
    found, spoilt = {}, 0.0
    for name, one in zip(plies, answers, strict=True):
        most = max(old.plies[name].most, one.mean(invariants(one.stress)[0]))
        error = one.response.error
        spoilt = max(spoilt, 0.0 if error is None else one.mean(error) / max(most, _NOTHING))
        found[name] = PlyState(one.strain, one.stress, one.response.new, most)
    return RememberingState(shape[:3], shape[3:], kelvin, found, spoilt)
