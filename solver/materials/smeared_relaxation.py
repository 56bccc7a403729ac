"""Relaxation of a mixture or a unit cell by the correspondence principle, as one series of matrices.

In the transforms of Carson, of s > 0 in reduced time, a constituent that relaxes has the stiffness
C(s) = C_rest + sum C_i s tau_i / (1 + s tau_i), and any rule for elastic constituents gives the effective one
(Z. Hashin, J. Appl. Mech. 32 (1965) 630; R. A. Schapery, J. Compos. Mater. 1 (1967) 228): real numbers, no inversion.
It is fitted at real s by branches of the same form. The first limit, glass, and the last one are those of elastic
constituents. In the coordinates in which both limits are diagonal what lies between nearly is; there every branch has
numbers on the diagonal that are not negative (C. L. Lawson, R. J. Hanson, Solving Least Squares Problems (1974), ch.
23), and off it none larger than half of their mean: it is positive, and dissipates. What parts that expand do to the
stress is fitted on the same times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from solver.arrays import Array
from solver.materials.curve import ROOM, Curve
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.shift import Shift
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.material import MECHANICAL, Material, MaterialError

TOLERANCE = 0.01  # of a modulus at its time: a fit that misses more is doubted
_GOOD = 0.003  # that is looked for
_DENSITIES = (0.7, 1.0, 1.4, 2.0, 3.0)  # times a decade that are tried
_LONGER = 100.0  # times a relaxation becomes longer in a mixture, at most
_LIMIT = 1e3  # weight of the last limit
_SHEARS = (3, 4, 5)
_SHARE = 0.5  # of the mean of two numbers on the diagonal, what is off it: three of these leave a matrix positive
_NOTHING = 1e-9  # of the stiffness of the glass
_LOW, _HIGH = 0.1, 30.0  # of the slowest and the fastest branch, samples of s

# stiffness (parts, 6, 6) of the constituents -> that of the whole (6, 6), and its stress (parts, 6, 3) for unit
# changes of length each part wants to make, held
Rule = Callable[[Sequence[Array | None]], tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class Smeared:
    """A series.

    Attributes:
        times: (b,) of relaxation at the reference of the shift (s).
        shift: of the times over temperature, or None.
        stiffness: of each branch over temperature, b x 6 x 6 (Pa).
        coupling: the same of the stress that parts make, b x parts x 6 x 3 (Pa).
        parts: that have an expansion.
        error: largest part of a modulus, at its time, that the series misses it by.
    """

    times: Array
    shift: Shift | None
    stiffness: Curve
    coupling: Curve
    parts: tuple[Material, ...]
    error: float


def memory_of(whole: str, parts: Sequence[Material | None]) -> Inelastic | None:
    """What a mixture or an array remembers: what its parts relax by; None if they are elastic.

    Raises:
        MaterialError: a part remembers something else, or two relax by different shifts.
    """
    relaxing = [part for part in parts if part is not None and part.inelastic is not None]
    for part in relaxing:
        assert part.inelastic is not None
        others = [name for name in part.inelastic.sections if name != "viscoelastic"]
        if part.law == "smeared":
            rule = f"a mixture or array that relaxes is no part of another one ({whole}); mix its constituents at once"
            raise MaterialError(part.name, "", rule)
        if others:
            rule = (
                f"its memory is lost in the mixture or array {whole}, which may relax (`viscoelastic`), and no more; "
                "mesh the part, or take an entry without this section, or take it away: `null`"
            )
            raise MaterialError(part.name, others[0], rule)
    found = [part.inelastic.viscoelastic for part in relaxing if part.inelastic is not None]
    branches = [one for one in found if one is not None]
    if not branches:
        return None
    for part, one in zip(relaxing[1:], branches[1:], strict=True):
        if one.shift != branches[0].shift:
            rule = f"its shift is not that of '{relaxing[0].name}', and the mixture or array {whole} relaxes by one"
            raise MaterialError(part.name, "viscoelastic", rule)
    times = tuple(sorted({time for one in branches for time in one.times}))
    none = (0.0,) * len(times)
    return Inelastic(viscoelastic=Viscoelastic(times, none, none, branches[0].shift))


def elastic_knots(parts: Sequence[Material | None]) -> Array:
    """Temperatures (K) at which the stiffness of a part has a kink; room temperature if none changes."""
    knots: list[Array] = []
    for one in parts:
        if isinstance(one, Homogeneous):
            curves = [one.curve(key) for key in MECHANICAL[:3] if one.has(key)]
            knots += [curve.temperature for curve in curves if not curve.is_constant]
        elif one is not None and one.is_temperature_dependent_stiffness:
            knots.append(one.knots)
    return np.unique(np.concatenate(knots)) if knots else np.array([ROOM])


def smeared(
    parts: Sequence[Material | None], memory: Inelastic, rule: Rule, per_decade: float, temperatures: Array
) -> Smeared:
    """The series of a mixture.

    Args:
        parts: its constituents, None where empty.
        memory: of it, as of `memory_of`.
        rule: that mixes them.
        per_decade: samples of s, for a rule that is dear.
        temperatures: (K) at which it is fitted; between them branches go linearly.
    """
    branches = memory.viscoelastic
    assert branches is not None
    own = np.array(branches.times)

    def at(kelvin: float, s: float) -> tuple[Array, Array]:
        return rule([None if part is None else transformed(part, kelvin, s) for part in parts])

    tables = [_Table.of(partial(at, float(kelvin)), own, per_decade) for kelvin in temperatures]
    tried = [(times, _fitted(tables[0], times)) for times in (own, *_grids(own, tables[0].longer))]
    good = [one for one in tried if one[1].error <= _GOOD]
    times = min(good, key=lambda one: len(one[0]))[0] if good else min(tried, key=lambda one: one[1].error)[0]
    fits = [_fitted(table, times) for table in tables]
    stiffness, coupling = (
        Curve(temperatures, np.array([getattr(fit, name).ravel() for fit in fits]))
        for name in ("stiffness", "coupling")
    )
    solid = tuple(part for part in parts if part is not None)
    return Smeared(times, branches.shift, stiffness, coupling, solid, max(fit.error for fit in fits))


def transformed(material: Material, kelvin: float, s: float) -> Array:
    """(6, 6) stiffness (Pa) of a constituent in Carson's transform: infinite s is the glass, zero what stays."""
    glass = material.stiffness(kelvin)
    branches = None if material.inelastic is None else material.inelastic.viscoelastic
    if branches is None or np.isinf(s):
        return glass
    gone = 1.0 / (1.0 + s * np.array(branches.times))
    shear, bulk = (1.0 - np.array(part) @ gone for part in (branches.shear, branches.bulk))
    found = np.asarray(glass * shear)
    found[:3, :3] += glass[:3, :3].mean() * (bulk - shear)
    return found


@dataclass(frozen=True, eq=False)
class _Table:
    """What a rule gives at samples of s, at one temperature.

    Attributes:
        s: (n,) samples.
        stiffness, coupling: (n, ...) there.
        glass, rest: both of each in the limits.
    """

    s: Array
    stiffness: Array
    coupling: Array
    glass: tuple[Array, Array]
    rest: tuple[Array, Array]

    @classmethod
    def of(cls, at: Callable[[float], tuple[Array, Array]], own: Array, per_decade: float) -> "_Table":
        """Sampled where branches of times (b,) relax."""
        glass, rest = at(np.inf), at(0.0)
        longest = own[-1] * _stretch(glass[0], rest[0])
        ends = np.log10(_LOW / longest), np.log10(_HIGH / own[0])
        s = np.logspace(*ends, int(np.ceil((ends[1] - ends[0]) * per_decade)) + 1)
        stiffness, coupling = zip(*(at(float(one)) for one in s), strict=True)
        return cls(s, np.array(stiffness), np.array(coupling), glass, rest)

    @property
    def longer(self) -> float:
        """By how much times may become longer."""
        return _stretch(self.glass[0], self.rest[0])


@dataclass(frozen=True, eq=False)
class _Fit:
    stiffness: Array
    coupling: Array
    error: float


def _stretch(glass: Array, rest: Array) -> float:
    """Times become longer by the part that is left, at most."""
    left = np.diag(rest) / np.diag(glass)
    return float(min(1.0 / left.min(), _LONGER))


def _grids(own: Array, longer: float) -> list[Array]:
    """Even grids of logarithms from the fastest branch to the slowest one, made longer."""
    low, high = np.log10(own[0]), np.log10(own[-1] * longer)
    return [np.logspace(low, high, max(round((high - low) * density) + 1, 2)) for density in _DENSITIES]


def _fitted(table: _Table, times: Array) -> _Fit:
    """The series of a table on given times."""
    glass, rest = table.glass[0], table.rest[0]
    frame = np.linalg.inv(np.linalg.cholesky(glass[:3, :3]))
    frame = np.linalg.eigh(frame @ rest[:3, :3] @ frame.T)[1].T @ frame  # in which glass is 1 and rest is diagonal
    gone = 1.0 / (1.0 + table.s[:, None] * times)
    branches: Array = np.zeros((len(times), 6, 6))
    back = np.linalg.inv(frame)
    whole = frame @ table.stiffness[:, :3, :3] @ frame.T
    last = frame @ rest[:3, :3] @ frame.T
    parts = np.zeros((len(times), 3, 3))
    for i in range(3):
        parts[:, i, i] = _series(gone, whole[:, i, i], last[i, i])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        most = _SHARE * np.sqrt(parts[:, i, i] * parts[:, j, j])
        parts[:, i, j] = parts[:, j, i] = _between(gone, whole[:, i, j], most)
    branches[:, :3, :3] = back @ parts @ back.T
    for shear in _SHEARS:
        size = glass[shear, shear]
        series = _series(gone, table.stiffness[:, shear, shear] / size, rest[shear, shear] / size)
        branches[:, shear, shear] = size * series
    lost, last = table.glass[1] - table.coupling, table.glass[1] - table.rest[1]
    matrix = np.vstack([gone, _LIMIT * np.ones(len(times))])
    right = np.concatenate([lost, _LIMIT * last[None]]).reshape(len(matrix), -1)
    coupling = np.linalg.lstsq(matrix, right, rcond=1e-8)[0].reshape(len(times), *last.shape)
    found = glass - np.einsum("sb,bij->sij", gone, branches)
    return _Fit(branches, coupling, _error(table, found))


def _series(gone: Array, curve: Array, rest: float) -> Array:
    """(b,) parts, not negative, of a curve (n,) that falls from 1 to `rest`."""
    from scipy.optimize import nnls  # takes a while to import

    matrix = np.vstack([gone / curve[:, None], _LIMIT * np.ones(gone.shape[1])])
    right = np.append((1.0 - curve) / curve, _LIMIT * (1.0 - rest))
    return np.asarray(nnls(matrix, right, maxiter=100 * matrix.shape[1])[0])


def _between(gone: Array, curve: Array, most: Array) -> Array:
    """(b,) parts, none larger than `most` (b,), of a curve (n,) that begins and ends with nothing."""
    from scipy.optimize import lsq_linear  # takes a while to import

    if np.abs(curve).max() < _NOTHING:
        return np.zeros(len(most))
    matrix, right = np.vstack([-gone, _LIMIT * np.ones(len(most))]), np.append(curve, 0.0)
    ends = most + _NOTHING
    return np.asarray(np.clip(lsq_linear(matrix, right, (-ends, ends)).x, -most, most))


def _error(table: _Table, found: Array) -> float:
    """Largest difference of a modulus, over what there is of it (off the diagonal, the mean of both)."""
    diagonal = np.sqrt(np.einsum("sii->si", table.stiffness))
    return float((np.abs(found - table.stiffness) / (diagonal[:, :, None] * diagonal[:, None, :])).max())
