"""The laws of metals in NumPy, in tensors and by bisection: what the kernels in C are held to."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from solver.materials.inelastic.creep import CreepTerm
from solver.materials.laws.activation import activated
from solver.materials.laws.flow import ELASTIC, EQUIVALENT, HARDENING, OWN, STRAIN, WORK, Flow

Array = np.ndarray
START, END, _, WHOLE = range(4)  # of `activated`


def tensor(five: Array) -> Array:
    """(n, 3, 3) of deviators xx yy yz xz xy."""
    xx, yy, yz, xz, xy = np.moveaxis(five, -1, 0)
    return np.stack([xx, xy, xz, xy, yy, yz, xz, yz, -xx - yy], axis=-1).reshape(-1, 3, 3)


def five(deviator: Array) -> Array:
    """The inverse."""
    return np.stack([deviator[:, i, j] for i, j in ((0, 0), (1, 1), (1, 2), (0, 2), (0, 1))], axis=1)


def equivalent(s: Array) -> Array:
    """Of von Mises."""
    return np.sqrt(1.5 * np.einsum("nij,nij->n", s, s))


def root(rising: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where a rising function is zero, by bisection to rounding."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        above = rising(middle) > 0.0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return 0.5 * (low + high)


class Twin:
    """One increment of a law. Attributes after it: `stress` (n, 6) and `new` (n, k)."""

    def __init__(self, law: Any, strain: Array, kelvin: Array, before: Array, seconds: float, old: Array) -> None:
        self.law, self.old, self.points = law, old, len(strain)
        self.rates = (kelvin, before, seconds)
        shear, bulk = law.elastic(kelvin)
        self.g = np.broadcast_to(shear, len(strain))
        free = law.free_strain(kelvin)
        e = np.zeros((len(strain), 3, 3))
        for place, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
            e[:, i, j] = e[:, j, i] = strain[:, place] * (0.5 if place > 2 else 1.0)
        e[:, range(3), range(3)] -= free + 0.5 * free**2 if law.green else free
        volume = np.trace(e, axis1=1, axis2=2)
        self.pressure = bulk * volume
        self.total = e - volume[:, None, None] / 3.0 * np.eye(3)
        self.inelastic = tensor(old[:, STRAIN:ELASTIC])
        self.s0 = 2.0 * law.elastic(before)[0][..., None, None] * tensor(old[:, ELASTIC:HARDENING])
        self.q0 = equivalent(self.s0) + 1e-6
        self.trial = 2.0 * self.g[:, None, None] * (self.total - self.inelastic)
        self.new = old.copy()

    def rate(self, term: CreepTerm, q: Array, log_k: Array) -> Array:
        """k g(q)."""
        y = term.scale * q
        return np.exp(log_k) * (np.sinh(y) if term.is_sinh else y) ** term.exponent

    def logs(self, terms: Sequence[CreepTerm]) -> Array:
        """(terms, points, 4) of `activated`."""
        found = activated(terms, *self.rates)
        return np.moveaxis(np.broadcast_to(found, (self.points, *found.shape[1:])), 1, 0)

    def flow(self, terms: Sequence[CreepTerm], time: int, x: Array) -> Array:
        """What flows at x if the temperature is that of one of the times of `activated`."""
        return sum(self.rate(term, x, log[:, time]) for term, log in zip(terms, self.logs(terms), strict=True))

    def rule(self, terms: Sequence[CreepTerm], x0: Array, kappa: Array) -> tuple[Array, Array]:
        """What flows by the start's rate, and the weight of the end's."""
        step = 1e-6
        first = self.flow(terms, START, x0)
        slope = (self.flow(terms, START, x0 * (1 + step)) - self.flow(terms, START, x0 * (1 - step))) / (2 * step * x0)
        log = self.logs(terms)[0]
        z = np.maximum(kappa * slope * np.maximum(1.0, np.exp(log[:, END] - log[:, START])), 1e-5)
        w = 1.0 / -np.expm1(-z) - 1.0 / z
        return (1.0 - w) * first, w

    def flow_first(self, flown: Array) -> None:
        """What the start's rate makes flow is taken off."""
        self.first = 1.5 * (flown / self.q0)[:, None, None] * self.s0
        self.star = self.trial - 2.0 * self.g[:, None, None] * self.first
        self.top = equivalent(self.star) + 1e-6

    def end(self, s: Array, work: Array, strain: Array, hardening: Array) -> "Twin":
        """Stress and memory."""
        full = s + self.pressure[:, None, None] * np.eye(3)
        self.stress = np.stack([full[:, i, j] for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))], axis=1)
        elastic = s / (2.0 * self.g[:, None, None])
        self.new[:, STRAIN:ELASTIC], self.new[:, ELASTIC:HARDENING] = five(self.total - elastic), five(elastic)
        self.new[:, HARDENING] = hardening
        self.new[:, EQUIVALENT] += strain
        self.new[:, WORK] += work
        return self


def creep(law: Any, *increment: Any) -> Twin:
    """Of `laws.creep`."""
    twin = Twin(law, *increment)
    flown, w1 = twin.rule(law.terms, twin.q0, 3.0 * twin.g)

    def flow(q: Array) -> Array:
        return twin.flow(law.terms, END, q)

    g, p = 3.0 * twin.g, twin.old[:, HARDENING]
    twin.flow_first(flown)
    with np.errstate(over="ignore"):
        q = root(lambda q: q + g * w1 * flow(q) - twin.top, np.zeros(twin.points), twin.top)
    limit = yield_at(law, twin, p)
    dp = root(
        lambda dp: (
            yield_at(law, twin, p + dp) + g * (dp + w1 * flow(yield_at(law, twin, p + dp).clip(max=1e9))) - twin.top
        ),
        np.zeros(twin.points),
        twin.top / g,
    )
    dp = np.where(q > limit, dp, 0.0)
    q = np.where(q > limit, yield_at(law, twin, p + dp), q)
    s = (q / twin.top)[:, None, None] * twin.star
    work = worked(flown, w1 * flow(q), twin.q0, q) + 0.5 * dp * (limit + q)
    return twin.end(s, work, flown + w1 * flow(q) + dp, p + dp)


def worked(first: Array, last: Array, q0: Array, q: Array) -> Array:
    """Where rates and stresses go evenly from those at the start to those at the end."""
    return first * (2.0 * q0 + q) / 3.0 + last * (q0 + 2.0 * q) / 3.0


def yield_at(law: Flow, twin: Twin, p: Array) -> Array:
    """Yield stress after a plastic strain."""
    data = law.material.inelastic.plastic
    start = law.yield_stress(twin.rates[0])
    if data is None:
        return start + 0.0 * p
    rise = sum(
        (slope * np.maximum(p - at, 0.0) for at, slope in data.hinges), data.voce[0] * -np.expm1(-data.voce[1] * p)
    )
    return start + rise


def anand(law: Any, *increment: Any) -> Twin:
    """Of `laws.anand`."""
    twin = Twin(law, *increment)
    own, term = law.anand, law.anand.flow
    s0 = twin.old[:, HARDENING]
    log_k = twin.logs((term,))[0]
    e = own.exponent - 1.0

    def resistance(c: Array, drive: Array) -> Array:
        star = own.s_hat * drive**own.n
        y = 1.0 - s0 / star
        return star * (1.0 - y * (1.0 + e * own.h0 / star * c * np.abs(y) ** e) ** (-1.0 / e))

    x0 = twin.q0 / s0
    drive = twin.flow((term,), START, x0) * np.exp(-log_k[:, START]) + 1e-60
    y = 1.0 - s0 / (own.s_hat * drive**own.n)
    harder = np.clip(x0 * own.h0 * np.abs(y) ** own.exponent * np.sign(y), 0.0, 30.0 * twin.g)
    flown, w1 = twin.rule((term,), x0, (3.0 * twin.g + harder) / s0)
    twin.flow_first(flown)

    def resist(x: Array) -> tuple[Array, Array]:
        c = flown + w1 * twin.flow((term,), END, x)
        return c, resistance(c, c * np.exp(-log_k[:, WHOLE]) + 1e-60)

    def off(x: Array) -> Array:
        c, s = resist(x)
        return x * s + 3.0 * twin.g * (c - flown) - twin.top

    with np.errstate(over="ignore", invalid="ignore"):
        x = root(off, np.zeros(twin.points), np.full(twin.points, 200.0 / own.flow.scale))
    c, s1 = resist(x)
    s = (x * s1 / twin.top)[:, None, None] * twin.star
    work = worked(flown, w1 * twin.flow((term,), END, x), twin.q0, x * s1)
    return twin.end(s, work, c, s1)


def plastic(law: Any, *increment: Any) -> Twin:
    """Of `laws.plastic`."""
    twin = Twin(law, *increment)
    p, g = twin.old[:, HARDENING], 3.0 * twin.g
    backs = [tensor(twin.old[:, OWN + 5 * k : OWN + 5 * k + 5]) for k in range(len(law.plastic.backs))]

    def shifted(dp: Array) -> tuple[Array, Array]:
        a, grown = twin.trial.copy(), np.zeros(twin.points)
        for (c, gamma), back in zip(law.plastic.backs, backs, strict=True):
            a -= np.exp(-gamma * dp)[:, None, None] * back
            grown += c * (-np.expm1(-gamma * dp) / gamma if gamma else dp)
        return a, grown

    def off(dp: Array) -> Array:
        a, grown = shifted(dp)
        return yield_at(law, twin, p + dp) + g * dp + grown - equivalent(a) - 1e-6

    most = (equivalent(twin.trial) + sum(map(equivalent, backs), np.zeros(twin.points))) / g
    zero = np.zeros(twin.points)
    dp = np.where(off(zero) < 0.0, root(off, zero, most), 0.0)
    a, _ = shifted(dp)
    n = a / (equivalent(a) + 1e-6)[:, None, None]
    s = twin.trial - (g * dp)[:, None, None] * n
    for k, ((c, gamma), back) in enumerate(zip(law.plastic.backs, backs, strict=True)):
        grown = c * (-np.expm1(-gamma * dp) / gamma if gamma else dp)
        end = np.exp(-gamma * dp)[:, None, None] * back + grown[:, None, None] * n
        twin.new[:, OWN + 5 * k : OWN + 5 * k + 5] = five(end)
    twin.end(s, zero, dp, p + dp)
    return twin


TWINS = {"creep": creep, "anand": anand, "plastic": plastic}
