"""The free plate over time, without finite elements: layers in equibiaxial strain e0 + kappa z, sigma_zz = 0.

Every layer has Gauss points over its thickness; what they remember, the free strain and the degree of cure of every
layer are one system of ordinary differential equations, integrated by SciPy's implicit Runge-Kutta method of fifth
order (Radau IIA) from one kink of the history to the next. At any time force and moment vanish, which gives e0 and
kappa. It shares nothing with `solver`: an oracle for every law in a plate far from its edges. With nu = 0 it is a
strip, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from tests.biaxial_laws import Moment

RELATIVE, ABSOLUTE = 1e-8, 1e-12


@dataclass(frozen=True)
class Cure:
    """Rate of the degree of cure (1/s) over degree and temperature (K); `shrinkage` of length, from 0 to full cure."""

    rate: Callable[[float, float], float]
    initial: float = 0.0
    gel: float = 0.0
    shrinkage: float = 0.0


@dataclass(frozen=True)
class Layer:
    """A layer, of SI units.

    Attributes:
        thickness: of it.
        law: of `biaxial_laws`.
        expansion: tangent coefficient, a number or a function of temperature (K) and degree of cure.
        free: free strain at its birth.
        swelling: further rate of free strain over time (1/s).
        born: time of its birth, free of stress in the shape the plate has then; with cure not before it gels.
        flat: born as drawn, without curvature and in its own size.
        cure: of it.
    """

    thickness: float
    law: Any
    expansion: float | Callable[[float, float], float] = 0.0
    free: float = 0.0
    swelling: Callable[[float], float] | None = None
    born: float = 0.0
    flat: bool = False
    cure: Cure | None = None


@dataclass(frozen=True)
class History:
    """Over the times asked for, layers and points.

    Attributes:
        time: (times,) s.
        strain, curvature: e0 at z = 0, the underside, and kappa (1/m): positive if the upper side is stretched.
        stress: (times, layers, points) Pa; 0 before birth.
        degree: (times, layers) of cure.
        state: of times and layers, (points, states) what the law remembers.
        height: (layers, points) z (m).
    """

    time: np.ndarray
    strain: np.ndarray
    curvature: np.ndarray
    stress: np.ndarray
    degree: np.ndarray
    state: list[list[np.ndarray]]
    height: np.ndarray


class Plate:
    """A laminate on its way through a history.

    Args:
        layers: from below.
        times, kelvins: knots of the temperature, linear in between (s, K).
        held: "free"; "flat": without curvature; "rigid": without strain either.
        points: Gauss points of a layer.
    """

    def __init__(self, layers: Sequence[Layer], times, kelvins, held: str = "free", points: int = 4) -> None:
        self.layers, self.held = layers, held
        self.times, self.kelvins = np.asarray(times, dtype=float), np.asarray(kelvins, dtype=float)
        place, weight = np.polynomial.legendre.leggauss(points)
        thickness = np.array([layer.thickness for layer in layers])
        middle = np.cumsum(thickness) - 0.5 * thickness
        self.z = middle[:, None] + 0.5 * thickness[:, None] * place
        self.weight = 0.5 * thickness[:, None] * weight
        self.sizes = [2 + points * layer.law.states for layer in layers]
        self.birth = [max(layer.born, _gel_time(layer, self)) for layer in layers]
        self.birth_strain = np.zeros_like(self.z)
        self.present = [False] * len(layers)

    def kelvin(self, time):
        return float(np.interp(time, self.times, self.kelvins))

    def run(self, asked: Sequence[float]) -> History:
        """Shape and stress at the times asked for, ascending, from the first knot on."""
        asked = np.asarray(asked, dtype=float)
        ends = np.unique(np.concatenate([asked, self.times, [t for t in self.birth if np.isfinite(t)]]))
        ends = ends[(ends >= self.times[0]) & (ends <= asked[-1])]
        y = np.concatenate([self._at_birth(i) for i in range(len(self.layers))])
        found = []
        for number, time in enumerate(ends):
            if number:
                y = self._from(ends[number - 1], time, y)
            self._births(time, y)
            if time in asked:
                found.append(self._read(time, y))
        strain, curvature, stress, degree, state = zip(*found, strict=True)
        return History(asked, *map(np.array, (strain, curvature, stress, degree)), list(state), self.z)

    def _from(self, start, end, y):
        span = (self.kelvin(end) - self.kelvin(start)) / (end - start)
        with np.errstate(over="ignore"):  # SciPy doubles its difference for what has no influence until it overflows
            done = solve_ivp(self._slope, (start, end), y, "Radau", args=(span,), rtol=RELATIVE, atol=ABSOLUTE)
        assert done.success, done.message
        return done.y[:, -1]

    def _at_birth(self, i):
        layer = self.layers[i]
        degree = layer.cure.initial if layer.cure else 1.0
        return np.concatenate([[layer.free, degree], layer.law.start(self.z.shape[1]).ravel()])

    def _births(self, time, y):
        strain, curvature = self._shape(time, y)
        for i, layer in enumerate(self.layers):
            if not self.present[i] and time >= self.birth[i]:
                self.present[i] = True
                self.birth_strain[i] = 0.0 if layer.flat else strain + curvature * self.z[i]

    def _parts(self, y):
        """(free strain, degree of cure, (points, states)) of every layer."""
        for part, layer in zip(np.split(y, np.cumsum(self.sizes)[:-1]), self.layers, strict=True):
            yield part[0], part[1], part[2:].reshape(self.z.shape[1], layer.law.states)

    def _affine(self, time, y):
        """(layers, points) modulus and offset of s = modulus (e0 + kappa z) + offset; zero where nothing is."""
        modulus, offset = np.zeros_like(self.z), np.zeros_like(self.z)
        for i, (free, degree, state) in enumerate(self._parts(y)):
            if self.present[i]:
                at = Moment(self.kelvin(time), 0.0, free, degree)
                modulus[i], offset[i] = self.layers[i].law.affine(state, at)
                offset[i] -= modulus[i] * self.birth_strain[i]
        return modulus, offset

    def _shape(self, time, y):
        """e0 and kappa, from force and moment."""
        if self.held == "rigid" or not any(self.present):
            return 0.0, 0.0
        modulus, offset = self._affine(time, y)
        powers = [np.sum(self.weight * modulus * self.z**k) for k in range(3)]
        loads = [-np.sum(self.weight * offset * self.z**k) for k in range(2)]
        if self.held == "flat":
            return loads[0] / powers[0], 0.0
        return np.linalg.solve([powers[:2], powers[1:]], loads)

    def _stress(self, time, y):
        strain, curvature = self._shape(time, y)
        modulus, offset = self._affine(time, y)
        total = strain + curvature * self.z
        return total - self.birth_strain, modulus * total + offset

    def _slope(self, time, y, rate):
        kelvin, found = self.kelvin(time), []
        strain, stress = self._stress(time, y)
        for i, (free, degree, state) in enumerate(self._parts(y)):
            layer = self.layers[i]
            curing = layer.cure.rate(degree, kelvin) if layer.cure else 0.0
            if not self.present[i]:
                found.append(np.concatenate([[0.0, curing], np.zeros(state.size)]))
                continue
            expansion = layer.expansion(kelvin, degree) if callable(layer.expansion) else layer.expansion
            grown = expansion * rate + (layer.swelling(time) if layer.swelling else 0.0)
            grown -= layer.cure.shrinkage * curing if layer.cure else 0.0
            slope = layer.law.rates(state, strain[i], stress[i], Moment(kelvin, rate, free, degree))
            found.append(np.concatenate([[grown, curing], slope.ravel()]))
        return np.concatenate(found)

    def _read(self, time, y):
        parts = list(self._parts(y))
        degree, state = [degree for _, degree, _ in parts], [state for _, _, state in parts]
        return *self._shape(time, y), self._stress(time, y)[1], degree, state


def _gel_time(layer: Layer, plate: Plate) -> float:
    """When it gels on the way; infinity if it does not, minus infinity if it does not cure."""
    cure = layer.cure
    if cure is None or cure.initial >= cure.gel:
        return -np.inf
    degree = [cure.initial]
    for start, end in zip(plate.times[:-1], plate.times[1:], strict=True):

        def gels(time, y):
            return y[0] - cure.gel

        gels.terminal = True
        done = solve_ivp(
            lambda time, y: [cure.rate(y[0], plate.kelvin(time))],
            (start, end), degree, "Radau", events=gels, rtol=RELATIVE, atol=ABSOLUTE,
        )  # fmt: skip
        if done.t_events[0].size:
            return float(done.t_events[0][0])
        degree = done.y[:, -1]
    return np.inf
