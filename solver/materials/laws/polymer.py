"""A polymer that may cure, relax, and expand with a delay across its glass transition.

Until it gels it bears next to nothing. Where it gels the strain it has becomes its natural shape; from there on stress
comes from what is strained further, from shrinkage and from temperature. Relaxation times, expansion and elastic
constants over temperature are those of full cure, read at T - (Tg(a) - Tg(1)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.arrays import Array
from solver.materials.elasticity import moduli
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.cure import Cure
from solver.materials.inelastic.sections import Inelastic
from solver.materials.inelastic.structural import StructuralRelaxation
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.materials.laws.borne import Borne
from solver.materials.laws.fictive import follow
from solver.materials.laws.maxwell import Coefficients, relaxed, stiffness_at
from solver.materials.laws.recent import Recent
from solver.materials.laws.reduced_time import cut, inside, relax
from solver.materials.laws.response import MaterialLaw, Response, Tangent
from solver.materials.material import MaterialError

_AT_ONCE = 1024  # paths whose pieces are in memory at a time
_SOFT = 1e-5  # of its stiffness, what it bears before it gels: so that a solver finds a place for it
_COARSEST = 2.0  # K of a ramp in a piece
_PIECE = 0.25  # measure of a piece, as of `reduced_time.cut`
_AWAY = 1e-7  # K from the glass transition: its two sides


@dataclass(frozen=True)
class Found:
    """What m paths make of an increment.

    Attributes:
        by: coefficients of the branches, over the part in which it bears stress.
        start: (m,) part of the increment at which that begins.
        liquid: (m, 2) True where it had not gelled at the start of the increment, at its end.
        away: (m, 6) further strain without stress, beyond that of temperature.
        degree: (m,) of cure at the end.
        fictive: (m, parts) temperatures (K) at the end.
    """

    by: Coefficients
    start: Array
    liquid: Array
    away: Array
    degree: Array
    fictive: Array


class Polymer(MaterialLaw):
    """A material with `cure` or `structural_relaxation`, with or without `viscoelastic`.

    It remembers strain (since gel), what of it has flowed in each branch, the strain without stress that temperature
    does not explain, the degree of cure and the fictive temperatures (0: not known yet).
    `moduli` and `free_strain` are those of full cure. Arguments as of `MaterialLaw`.
    """

    @property
    def memory(self) -> int:
        """How many values a point remembers."""
        return self._degree + 1 + (len(self.structure.times) if self.structure else 0)

    @property
    def jumps(self) -> bool:
        """True if it cures."""
        return self.cure is not None

    def initial(self, count: int) -> Array:
        """The degree of cure at birth; nothing else."""
        state = np.zeros((count, self.memory))
        state[:, self._degree] = 1.0 if self.cure is None else self.cure.initial
        return state

    def readings(self, state: Array) -> dict[str, Array]:
        """Degree of cure, and glass transition if it follows."""
        if self.cure is None:
            return {}
        degree = state[:, self._degree]
        found = {"degree_of_cure": degree}
        glass = self.cure.glass_transition
        return found if glass is None else found | {"glass_transition": glass(degree)}

    def respond(self, strain: Array, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Response:
        """As of `MaterialLaw`: exact for a strain and a temperature linear in time."""
        found = self._found(kelvin_before, kelvin, seconds, old[:, self._degree :])
        by, away = found.by, slice(self._degree - 6, self._degree)
        was, is_liquid = found.liquid.T[..., None]
        total_before = old[:, :6] + old[:, away]
        gained = strain - total_before
        fluid = gained - (by.free[:, 6:] - found.away - self.strain_of(self.free_strain(np.atleast_1d(kelvin_before))))
        fluid *= was
        mine, since = (
            old.copy(),
            np.where(was, by.free[:, :6] + (1.0 - found.start)[:, None] * gained, strain - old[:, away]),
        )
        mine[:, :6] = np.where(was, by.free[:, :6], old[:, :6])
        stress, new, dissipated = relaxed(by, since, mine)
        stress += _SOFT * np.einsum("...ij,...j->...i", by.stiffness, fluid)
        new[:, :6] = np.where(is_liquid, strain, since - found.away)
        new[:, away] = strain - new[:, :6]
        new[:, self._degree] = found.degree
        new[:, self._degree + 1 :] = found.fictive
        share = (1.0 - found.start)[:, None]
        tangent = share * by.moduli() + _SOFT * was * moduli(by.stiffness)
        return Response(stress, Tangent(tangent), new, dissipated)

    def moments(self, kelvin: Array, kelvin_before: Array, seconds: float, old: Array) -> Array:
        """(m, 3) times (s) in an increment at which points gel, and at which they pass Tg(a) first and last.

        0 where they had gelled, infinity where they do not; through a glass transition that cure does not move, or in
        a hold, expansion does not jump in their time. One row if all points are alike.
        """
        rows = _alike(np.column_stack([kelvin_before, kelvin, old[:, self._degree]]))
        path = Borne(rows[:, 0], rows[:, 1], rows[:, 2], seconds, self.cure)
        if self.cure is None or path.course is None:
            return np.zeros((len(rows), 3))
        found = np.full((len(rows), 3), np.inf)
        found[:, 0] = path.course.reaches(self.cure.gel)
        glass = self.material.glass_transition if isinstance(self.material, Homogeneous) else None
        if self.cure.glass_transition is not None and glass is not None:
            found[:, 1:] = path.passes(glass)
        return found * seconds

    @property
    def _sections(self) -> Inelastic:
        return self.material.inelastic or Inelastic()

    @property
    def cure(self) -> Cure | None:
        """Cure of the material; None if it does not cure."""
        return self._sections.cure

    @property
    def structure(self) -> StructuralRelaxation | None:
        """Structural relaxation of the material."""
        return self._sections.structural_relaxation

    @cached_property
    def branches(self) -> Viscoelastic:
        """Of the material; none if it is elastic."""
        return self._sections.viscoelastic or Viscoelastic((), (), (), None)

    @property
    def _degree(self) -> int:
        """Column of the degree of cure."""
        return 12 + 6 * len(self.branches.times)

    @cached_property
    def _glass(self) -> tuple[float, Array]:
        """Glass transition (K), and what a liquid expands more than the glass (3,) (1/K).

        Raises:
            MaterialError: the material does not say.
        """
        if not isinstance(self.material, Homogeneous) or self.material.glass_transition is None:
            raise MaterialError(self.material.name, "structural_relaxation", "needs the key 'glass_transition'")
        at = self.material.glass_transition
        below, above = self.material.curve("thermal_expansion")(np.array([at - _AWAY, at + _AWAY]))
        return at, np.broadcast_to(above - below, 3)

    def _found(self, before: Array, after: Array, seconds: float, own: Array) -> Found:
        """The increment of all points, or of one if they are alike.

        Args:
            before: (n,) or (1,) temperature (K) at its start.
            after: at its end.
            seconds: it takes.
            own: (n, ...) degree of cure and fictive temperatures.
        """
        points = np.broadcast_shapes(np.shape(before), np.shape(after), (len(own),))
        rows = np.column_stack([np.broadcast_to(before, points), np.broadcast_to(after, points), own])
        rows = _alike(rows)
        if len(rows) == 1:
            return self._recent.of(rows.tobytes() + np.float64(seconds).tobytes(), lambda: self._part(rows, seconds))
        return _together([self._part(rows[at : at + _AT_ONCE], seconds) for at in range(0, len(rows), _AT_ONCE)])

    @cached_property
    def _recent(self) -> Recent[Found]:
        return Recent()

    def _part(self, rows: Array, seconds: float) -> Found:
        """Of some paths: temperatures at start and end, degree of cure, fictive temperatures."""
        path = Borne(rows[:, 0], rows[:, 1], rows[:, 2], seconds, self.cure)
        shift, times = self.branches.shift, np.array(self.branches.times)

        def log(part: Array) -> Array:
            moved = path.moved(part)
            return np.zeros_like(moved) if shift is None else shift.log(moved)

        def warmth(part: Array) -> Array:
            return path.moved(part) * (_PIECE / _COARSEST)

        def structural(part: Array) -> Array:
            moved = path.moved(part)
            return np.zeros_like(moved) if self.structure is None else self.structure.log(moved, moved)

        knots = np.union1d(self.material.knots, () if shift is None else shift.knots)
        edge = cut([log, warmth, structural], path.moved, knots)
        kept = relax(edge, log(inside(edge)), path.duration, times)
        free, fictive = self._free(path, edge, rows[:, 3:])
        by = Coefficients(
            free[:, [0, -1]].reshape(len(rows), -1),
            kept.left,
            kept.whole,
            np.swapaxes(kept.pieces, 1, 2) @ np.diff(free, axis=1),
            stiffness_at(self.material, path.moved(np.ones((1, 1)))[:, 0]),
            np.array(self.branches.shear),
            np.array(self.branches.bulk),
        )
        away = free[:, -1] - self.strain_of(self.free_strain(rows[:, 1]))
        liquid = np.column_stack([path.was_liquid, path.is_liquid])
        return Found(by, path.start, liquid, away, path.degree(np.ones((1, 1)))[:, 0], fictive)

    def _free(self, path: Borne, edge: Array, fictive: Array) -> tuple[Array, Array]:
        """(m, pieces + 1, 6) strain without stress at edges, and (m, parts) fictive temperatures at the end."""
        kelvin, below = path.kelvin(edge), path.below(edge)
        middle = 0.5 * (below[:, 1:] + below[:, :-1])
        start, end = kelvin[:, :-1] - middle, kelvin[:, 1:] - middle
        change = self.material.thermal_strain(end, start)
        if self.cure is not None:
            change -= self.cure.shrinkage / 3.0 * np.diff(path.degree(edge), axis=1)[..., None]
        if self.structure is not None:
            glass, more = self._glass
            fresh = np.maximum(kelvin[:, :1], glass + below[:, :1])
            fresh = np.where(path.was_liquid[:, None], kelvin[:, :1], fresh)
            fictive = np.where((fictive == 0.0) | path.was_liquid[:, None], fresh, fictive)
            seconds = np.diff(edge, axis=1) * path.duration[:, None]
            means, fictive = follow(self.structure, kelvin, below, seconds, fictive)
            instant = np.maximum(end, glass) - np.maximum(start, glass)
            change += (np.diff(means, axis=1) - instant)[..., None] * more
        first = self.free_strain(kelvin[:, 0])[:, None]
        return self.strain_of(np.concatenate([first, first + np.cumsum(change, axis=1)], axis=1)), fictive


def _alike(rows: Array) -> Array:
    """The first row if all are the same, else all."""
    return rows[:1] if len(rows) and bool(np.all(rows == rows[0])) else rows


def _together(parts: list[Found]) -> Found:
    """Paths one after the other."""

    def rows(name: str, of: Sequence[object]) -> Array:
        return np.concatenate([getattr(part, name) for part in of])

    by = [part.by for part in parts]
    free, left, gained, kept, stiffness = (rows(name, by) for name in ("free", "left", "gained", "kept", "stiffness"))
    coefficients = Coefficients(free, left, gained, kept, stiffness, by[0].shear, by[0].bulk)
    return Found(coefficients, *(rows(name, parts) for name in ("start", "liquid", "away", "degree", "fictive")))
