"""How a basis grows: the reduced model is compared with the full one, whose answers it takes in where they differ.

A snapshot is the full answer to every input at film coefficients h and a rate s; the reduced model is exact there, as
it is in moment matching at several points (L. Codecasa, D. D'Amore, P. Maffezzoni, IEEE Trans. CAD 22, 1331, 2003),
and since the projection is symmetric the errors of the inputs' own temperatures are of second order around it.

Points are the middle and the corners of the films' ranges, each at rates from steady to the shortest time: first one a
decade, and where an answer was taken in also half-way to the rates beside it, until the model is within the tolerance
everywhere. An error never grows as the space does, so every point is visited once. What is solved for is the
correction of the reduced answer, from its residual: it is the error, and the new part of the snapshot at once. In the
end points are chosen at random; where the model is not within the tolerance they are taken in, and others follow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from solver.arrays import Array
from solver.studies.reduce.basis import Basis
from solver.units import in_percent

_PER_DECADE = 1  # rates to begin with
_CLOSE = 1.8  # ratio of rates between which there are no others
_MARGIN = 3.0  # rates reach so much further than the times asked for, on both sides
_MOST_CORNERS = 16
_HELD_OUT = 8  # points at random
_ROUNDS = 6
_WORTH = 0.3  # of the tolerance: a smaller error of an input is not worth a vector
_ROUNDING = 1e-9  # of the load: a smaller residual is none
_SEED = 20


@dataclass(frozen=True)
class Point:
    """Film coefficients (W/m^2/K) and a rate (1/s)."""

    films: tuple[float, ...]
    rate: float


@dataclass(frozen=True)
class Visit:
    """A comparison with the full model.

    Attributes:
        point: where.
        error: of the reduced model as it was: largest over outputs and inputs, as a part of the largest output.
        order: of the model as it was.
    """

    point: Point
    error: float
    order: int


@dataclass(frozen=True)
class Growth:
    """How it went.

    Attributes:
        visits: in the order of the growth.
        held_out: comparisons at random points, none of which the model has taken in if the tolerance was reached.
        reached: True if the tolerance was.
    """

    visits: tuple[Visit, ...]
    held_out: tuple[Visit, ...]
    reached: bool

    @property
    def candidate_error(self) -> float:
        """The largest error at a point that had no need to be taken in."""
        left = [visit.error for visit, after in pairwise(self.visits) if after.order == visit.order]
        return max(left, default=0.0)


def error(exact: Array, found: Array, powers: int) -> Array:
    """(inputs,) largest error of an output, as a part of the largest output; of ambients, in K per K.

    Args:
        exact: (outputs, inputs).
        found: the same as the reduced model has it.
        powers: how many of the inputs are powers; ambients follow.
    """
    scale = np.abs(exact).max(axis=0)
    scale[powers:] = 1.0
    return np.asarray(np.abs(found - exact).max(axis=0) / np.where(scale > 0, scale, 1.0))


def rates(slowest: float, shortest: float) -> list[float]:
    """0 and rates (1/s) for times from `shortest` to `slowest` (s), ascending."""
    low, high = 1.0 / (_MARGIN * max(slowest, shortest)), _MARGIN / shortest
    count = max(2, round(_PER_DECADE * np.log10(high / low)) + 1)
    return [0.0, *map(float, np.geomspace(low, high, count))]


def film_sets(ranges: Sequence[tuple[float, float]]) -> list[tuple[float, ...]]:
    """The middle of the ranges of films, and their corners; of many films some corners, chosen at random."""
    corners: list[tuple[float, ...]] = list(product(*ranges))
    if len(corners) > _MOST_CORNERS:
        chosen = np.random.default_rng(_SEED).choice(len(corners), _MOST_CORNERS - 2, replace=False)
        corners = list(dict.fromkeys([corners[0], corners[-1], *(corners[place] for place in chosen)]))
    return [tuple(float(np.sqrt(low * high)) for low, high in ranges), *corners]


class Growing:
    """A basis that grows.

    Args:
        basis: with at least one vector.
        powers: how many of the inputs are powers.
        tolerance: error asked for.
        most: vectors at most.
        log: takes a line on how far it is.
    """

    def __init__(self, basis: Basis, powers: int, tolerance: float, most: int, log: Callable[[str], None]) -> None:
        self.basis, self._powers, self._tolerance, self._most, self._tell = basis, powers, tolerance, most, log
        self._comm = basis.full.mesh.comm
        self._visits: list[Visit] = []

    def grow(self, ranges: Sequence[tuple[float, float]], at: Sequence[float]) -> Growth:
        """Grow until all points are within the tolerance, or there is no room for more. Collective.

        Args:
            ranges: of the films (W/m^2/K).
            at: rates (1/s), 0 first, then ascending.
        """
        sets, random = film_sets(ranges), np.random.default_rng(_SEED)
        for number, films in enumerate(sets, start=1):
            self._sweep(films, at, f"films {number} of {len(sets)}")
        held_out: list[Visit] = []
        for _ in range(_ROUNDS):
            held_out = [self._visit(point) for point in _random(random, ranges, at, _HELD_OUT)]
            if self._full or all(visit.error <= self._tolerance for visit in held_out):
                break
        reached = all(visit.error <= self._tolerance for visit in held_out)
        return Growth(tuple(self._visits), tuple(held_out), reached)

    @property
    def _full(self) -> bool:
        return len(self.basis.vectors) >= self._most

    def _sweep(self, films: tuple[float, ...], at: Sequence[float], what: str) -> None:
        """All rates of one set of film coefficients, and those between them where it takes more."""
        known = sorted(at)
        waiting = [known[0], *_middle_first(known[1:])]
        while waiting and not self._full:
            rate = waiting.pop(0)
            visit = self._visit(Point(films, rate))
            self._tell(f"{what}, {visit.order} states, error {in_percent(visit.error)} at a rate of {rate:.2g} 1/s")
            if visit.error <= self._tolerance or rate == 0.0:
                continue
            place = known.index(rate)
            for beside in (known[place - 1 : place], known[place + 1 : place + 2]):
                if beside and beside[0] > 0.0 and max(rate / beside[0], beside[0] / rate) > _CLOSE:
                    waiting.append(float(np.sqrt(rate * beside[0])))
            known = sorted({*known, *waiting})

    def _visit(self, point: Point) -> Visit:
        """Compare with the full model, and take its answers in where they differ. Collective."""
        basis = self.basis
        states = basis.projected.states(point.films, point.rate)
        loads = basis.loads * basis.projected.scale(point.films)
        missing = [self._missing(point, loads[:, j], states[:, j]) for j in range(loads.shape[1])]
        found = basis.projected.outputs @ states
        exact = found + np.column_stack([basis.values(part) for part in missing])
        errors = self._comm.bcast(error(exact, found, self._powers))
        visit = Visit(point, float(errors.max()), len(basis.vectors))
        self._visits.append(visit)
        if visit.error > self._tolerance:
            for j in np.argsort(-errors):
                if errors[j] > _WORTH * self._tolerance:
                    basis.add(missing[j])
        return visit

    def _missing(self, point: Point, load: Array, states: Array) -> Array:
        """What the full answer to a load has more than the reduced one, whose residual it is solved from."""
        full = self.basis.full
        residual = load - full.product(point.films, point.rate, self.basis.field(states))
        residual[full.fixed[full.fixed < full.owned]] = 0.0
        sizes = np.sqrt(self.basis.sums(np.array([residual @ residual, load @ load])))
        if sizes[0] <= _ROUNDING * sizes[1]:
            return np.zeros(full.owned)
        return full.solve(point.films, point.rate, residual)


def _middle_first(values: Sequence[float]) -> list[float]:
    """The last, the first, and then always the one in the middle of the largest gap: coarse before fine."""
    order = [len(values) - 1, 0] if len(values) > 1 else [0] * len(values)
    while len(order) < len(values):
        known = sorted(order)
        gap, low = max((high - low, -low) for low, high in pairwise(known))
        order.append(-low + gap // 2)
    return [values[place] for place in order]


def _random(
    random: np.random.Generator, ranges: Sequence[tuple[float, float]], at: Sequence[float], count: int
) -> list[Point]:
    """Points evenly spread over the logarithms of films and rates; a quarter of them are steady."""
    low, high = min(rate for rate in at if rate > 0), max(at)
    points = []
    for number in range(count):
        films = tuple(float(np.exp(random.uniform(*np.log(span)))) for span in ranges)
        rate = float(np.exp(random.uniform(np.log(low), np.log(high))))
        points.append(Point(films, 0.0 if number % 4 == 0 else rate))
    return points
