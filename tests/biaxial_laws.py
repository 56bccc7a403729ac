"""Laws of a point in equibiaxial plane stress, as ordinary differential equations: for `laminate_in_time`.

sigma_xx = sigma_yy = s, sigma_zz = 0, so von Mises' stress is |s|, and an equivalent inelastic strain p strains the
plane by p / 2. Whatever the law, the strain enters the stress in a straight line, given what the point remembers:
s = modulus * strain + offset. What it remembers is made dimensionless, so that one tolerance serves all. SI units.
Nothing here comes from `solver`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

OVERSTRESS = 1e-5  # of the yield stress, at a plastic strain of 1 % in the time of the whole history


@dataclass(frozen=True)
class Moment:
    """What a layer has in common at one time: temperature (K), its rate (K/s), free strain, degree of cure."""

    kelvin: float
    rate: float = 0.0
    free: float = 0.0
    degree: float = 1.0


def _of(value, kelvin):
    return value(kelvin) if callable(value) else value


@dataclass(frozen=True)
class Elastic:
    """E and nu, numbers or functions of temperature (K); stress follows the strain at hand."""

    youngs: float | Callable[[float], float]
    poisson: float | Callable[[float], float] = 0.0
    states = 0

    def modulus(self, kelvin):
        return _of(self.youngs, kelvin) / (1.0 - _of(self.poisson, kelvin))

    def start(self, count):
        return np.zeros((count, self.states))

    def affine(self, state, at):
        modulus = self.modulus(at.kelvin)
        return np.full(len(state), modulus), np.full(len(state), -modulus * at.free)

    def rates(self, state, strain, stress, at):
        return np.zeros_like(state)


@dataclass(frozen=True)
class Incremental(Elastic):
    """ds = E(T) / (1 - nu) d(strain - free): what is strained while soft stays soft. Remembers integral strain dE."""

    states = 1

    def affine(self, state, at):
        modulus, offset = super().affine(state, at)
        return modulus, offset - state[:, 0] * self.modulus(300.0)

    def rates(self, state, strain, stress, at, width=1e-3):
        slope = (self.modulus(at.kelvin + width) - self.modulus(at.kelvin - width)) / (2.0 * width)
        return (slope * at.rate * (strain - at.free) / self.modulus(300.0))[:, None]


@dataclass(frozen=True)
class Viscoelastic:
    """Prony series of shear and bulk, fractions of the instantaneous moduli; remembers the strains of the dashpots.

    `shift` is a_T of temperature (K) and degree of cure: relaxation times are `times` * a_T.
    """

    shear_modulus: float
    bulk_modulus: float
    times: Sequence[float]
    shear: Sequence[float]
    bulk: Sequence[float] = ()
    shift: Callable[[float, float], float] = lambda kelvin, degree: 1.0

    @classmethod
    def of_youngs(cls, youngs, poisson, times, shear, bulk=None, shift=None):
        """Young's modulus and Poisson ratio at once; without `bulk` the ratio stays."""
        moduli = youngs / (2.0 * (1.0 + poisson)), youngs / (3.0 * (1.0 - 2.0 * poisson))
        return cls(*moduli, times, shear, shear if bulk is None else bulk, shift or (lambda kelvin, degree: 1.0))

    @property
    def states(self):
        return len(self.shear) + len(self.bulk)

    def start(self, count):
        return np.zeros((count, self.states))

    def _held(self, state):
        """Stress the dashpots have let go: of the pressure and of half the shear."""
        m = len(self.shear)
        let = 2.0 * self.shear_modulus * state[:, :m] @ np.asarray(self.shear, dtype=float)
        return self.bulk_modulus * state[:, m:] @ np.asarray(self.bulk, dtype=float), let

    def _thickness(self, state, free):
        """Strain along z = a * strain + b, from sigma_zz = 0."""
        g, k = self.shear_modulus, self.bulk_modulus
        volume, shape = self._held(state)
        through = k + 4.0 * g / 3.0
        return (4.0 * g / 3.0 - 2.0 * k) / through, (3.0 * k * free + volume - 2.0 * shape) / through

    def affine(self, state, at):
        a, b = self._thickness(state, at.free)
        g = self.shear_modulus
        return np.full(len(state), 2.0 * g * (1.0 - a)), -2.0 * g * b - 3.0 * self._held(state)[1]

    def rates(self, state, strain, stress, at):
        a, b = self._thickness(state, at.free)
        upright = a * strain + b
        m, shape, volume = len(self.shear), (strain - upright) / 3.0, 2.0 * strain + upright - 3.0 * at.free
        lag = np.concatenate([shape[:, None] - state[:, :m], volume[:, None] - state[:, m:]], axis=1)
        times = np.concatenate([self.times[:m], self.times[: len(self.bulk)]])
        return lag / (times * self.shift(at.kelvin, at.degree))


@dataclass(frozen=True)
class Metal(Elastic):
    """J2 plasticity with hardening, and creep; remembers p and its path, creep and back stresses over the modulus.

    Args:
        yield_stress: number or function of temperature; None: none.
        kinematic: H of the uniaxial test, stress per plastic strain.
        isotropic: rise of the yield stress over the path of plastic strain.
        chaboche: (C, gamma) of dX = C dp - gamma X |dp|.
        creep: rate over stress (>= 0) and temperature.
        duration: of the whole history: yielding is a flow so fast that it lags by `OVERSTRESS`.
    """

    yield_stress: float | Callable[[float], float] | None = None
    kinematic: float = 0.0
    isotropic: Callable[[np.ndarray], np.ndarray] = np.zeros_like
    chaboche: Sequence[tuple[float, float]] = ()
    creep: Callable[[np.ndarray, float], np.ndarray] | None = None
    duration: float = 1.0

    @property
    def states(self):
        return 3 + len(self.chaboche)

    def affine(self, state, at):
        modulus, offset = super().affine(state, at)
        return modulus, offset - 0.5 * modulus * (state[:, 0] + state[:, 2])

    def rates(self, state, strain, stress, at):
        scale = self.modulus(300.0)
        found = np.zeros_like(state)
        if self.yield_stress is not None:
            limit = _of(self.yield_stress, at.kelvin)
            active = stress - self.kinematic * state[:, 0] - scale * state[:, 3:].sum(axis=1)
            beyond = np.abs(active) - limit - self.isotropic(state[:, 1])
            path = np.maximum(beyond, 0.0) * 0.01 / (OVERSTRESS * limit * self.duration)
            found[:, 0], found[:, 1] = path * np.sign(active), path
            for i, (c, gamma) in enumerate(self.chaboche):
                found[:, 3 + i] = c / scale * found[:, 0] - gamma * state[:, 3 + i] * path
        if self.creep is not None:
            found[:, 2] = self.creep(np.abs(stress), at.kelvin) * np.sign(stress)
        return found


def norton(a, reference_stress, n, activation_energy, gas=8.314462618):
    """a (s / reference)^n exp(-Q / R T), energy in J/mol."""
    return lambda stress, kelvin: a * (stress / reference_stress) ** n * np.exp(-activation_energy / gas / kelvin)


def garofalo(a, alpha, n, q_over_r):
    """a sinh(alpha s)^n exp(-Q / R T)."""
    return lambda stress, kelvin: a * np.sinh(alpha * stress) ** n * np.exp(-q_over_r / kelvin)


@dataclass(frozen=True)
class Anand(Elastic):
    """Anand's law; remembers the inelastic strain and the resistance over its first value."""

    a: float = 0.0
    q_over_r: float = 0.0
    xi: float = 1.0
    m: float = 1.0
    s0: float = 1.0
    h0: float = 0.0
    s_hat: float = 1.0
    n: float = 0.0
    exponent: float = 1.0
    states = 2

    def start(self, count):
        return np.tile([0.0, 1.0], (count, 1))

    def affine(self, state, at):
        modulus, offset = super().affine(state, at)
        return modulus, offset - 0.5 * modulus * state[:, 0]

    def rates(self, state, strain, stress, at):
        resistance, thermal = self.s0 * state[:, 1], np.exp(-self.q_over_r / at.kelvin)
        part = np.sinh(self.xi * np.abs(stress) / resistance) ** (1.0 / self.m)
        rate = self.a * thermal * part
        saturated = self.s_hat * np.maximum(part, 1e-300) ** self.n  # part: rate exp(Q / R T) / a
        lack = 1.0 - resistance / saturated
        hardening = self.h0 * np.abs(lack) ** self.exponent * np.sign(lack) * rate
        return np.stack([rate * np.sign(stress), hardening / self.s0], axis=1)
