"""Heat of reaction: resins cure at the Gauss points of a heat problem in time, and give off rho H da/dt there.

Temperature and degree of cure take the same stages (see `transient`), the degree as v = -ln(1 - a^p), which grows as
slowly as time does near full cure and in a straight line at first (`solver.materials.laws.degree`): a stage ends with
v = base + dt v'(a, T), found for every temperature Newton's method asks for, with its slope. The heat of a stage is
that of its change of a over its time, so what a step gives off is rho H times what it has cured, to rounding.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from mpi4py import MPI

from solver.arrays import Array, Integers
from solver.materials.inelastic.cure import Cure
from solver.materials.inelastic.kinetics import rate
from solver.materials.laws.degree import BEYOND, degree_of, rest_of, start_of
from solver.physics.coefficients import Coefficients

_MOST, _BY_NEWTON = 120, 40  # iterations, the rest of which only halve the bracket
_EXACT = 1e-11  # of v
_LEAST = 1e-3  # slope of what is solved for: next to where there are several roots
_APART = 1e-5  # relative difference by which slopes are taken


@dataclass(frozen=True)
class Resin:
    """The points of one block that cure.

    Attributes:
        name: of the block.
        cells: of it.
        cure: of its material.
        whole: heat of the whole reaction (J/m^3).
        points: where its values are among those of all resins.
    """

    name: str
    cells: Integers
    cure: Cure
    whole: float
    points: slice


class Reaction:
    """What cures in a heat problem.

    Args:
        coefficients: of the mesh and its materials, at points.

    Attributes:
        v: (points of all resins,) as of the last evaluation: of the state (`stand`), or of the end of a stage.
    """

    def __init__(self, coefficients: Coefficients) -> None:
        mesh = coefficients.stack_mesh
        self._mesh, self._coefficients = mesh, coefficients
        volumes = coefficients.volumes()
        self._shape = volumes.shape
        resins, count = [], 0
        for block, cells, material in zip(mesh.blocks, coefficients.cells, coefficients.materials, strict=True):
            cure = None if material.inelastic is None else material.inelastic.reaction
            if cure is not None and cure.enthalpy is not None:
                whole = cure.enthalpy.value * (material.density if cure.enthalpy.per_mass else 1.0)
                size = cells.size * self._shape[1]
                resins.append(Resin(block.name, cells, cure, whole, slice(count, count + size)))
                count += size
        self.resins = tuple(resins)
        self._volumes = np.concatenate([np.empty(0), *(volumes[one.cells].ravel() for one in resins)])
        parts = [np.full(one.cells.size * self._shape[1], one.cure.initial) for one in resins]
        self._at_start = np.concatenate([np.empty(0), *parts])
        self.v = self._of_degrees(self._at_start)
        self._base, self._seconds = np.stack([self.v, self._at_start]), 0.0
        self._mode: Literal["rests", "stands", "stage"] = "rests"

    # ---- what a heat problem asks

    def rest(self) -> None:
        """Give off nothing: a steady state."""
        self._mode = "rests"

    def stand(self, v: Array) -> None:
        """Take a state; what is given off is that of its moment."""
        self._mode, self.v = "stands", v.copy()

    def begin(self, base: Array, rate: float) -> None:
        """Begin a stage from a base, a mean of contents (points of all resins x 2,), of a rate (1/s)."""
        self._mode, self._base, self._seconds = "stage", base.reshape(2, -1), 1.0 / rate

    @property
    def content(self) -> Array:
        """v, then degrees, as of the last evaluation (points of all resins x 2,)."""
        return np.concatenate([self.v, self.degree])

    def at(self, temperature: Array) -> tuple[Array, Array]:
        """As of `HeatLaw`."""
        made, slope = np.zeros(self._shape), np.zeros(self._shape)
        for one in self.resins if self._mode != "rests" else ():
            kelvin = temperature[one.cells].ravel()
            if self._mode == "stands":
                made[one.cells] = (one.whole * self._speed(one, kelvin)).reshape(-1, self._shape[1])
                continue
            v, per_kelvin = ended(one.cure, self._base[0, one.points], self._seconds, kelvin)
            self.v[one.points] = v
            power = one.cure.kinetics.power
            given = one.whole / self._seconds
            made[one.cells] = (given * (degree_of(v, power) - self._base[1, one.points])).reshape(-1, self._shape[1])
            slope[one.cells] = (given * _per_v(v, power) * per_kelvin).reshape(-1, self._shape[1])
        return made, slope

    # ---- what is read

    @property
    def degree(self) -> Array:
        """(points of all resins,) degree of cure."""
        found = np.empty_like(self.v)
        for one in self.resins:
            found[one.points] = degree_of(self.v[one.points], one.cure.kinetics.power)
        return found

    def speed(self, temperature: Array) -> Array:
        """(points of all resins,) rate of the degree (1/s) at temperatures (cells, points)."""
        parts = [self._speed(one, temperature[one.cells].ravel()) for one in self.resins]
        return np.concatenate([np.empty(0), *parts])

    def means(self) -> dict[str, float]:
        """Mean degree of every block that cures. Collective."""
        sums = np.zeros((2, len(self.resins)))
        degree = self.degree
        for number, one in enumerate(self.resins):
            volumes = self._volumes[one.points]
            sums[:, number] = volumes @ degree[one.points], volumes.sum()
        total = np.empty_like(sums)
        self._mesh.comm.Allreduce(sums, total, MPI.SUM)
        means = {}
        for name in dict.fromkeys(one.name for one in self.resins):
            chosen = [number for number, one in enumerate(self.resins) if one.name == name]
            means[name] = float(total[0, chosen].sum() / total[1, chosen].sum())
        return means

    def ends(self) -> tuple[float, float]:
        """Lowest and highest degree. Collective."""
        comm, degree = self._mesh.comm, self.degree
        low = float(comm.allreduce(float(degree.min(initial=1.0)), MPI.MIN))
        return low, float(comm.allreduce(float(degree.max(initial=0.0)), MPI.MAX))

    def given_off(self) -> float:
        """Heat since the start (J, of the modelled part). Collective."""
        degree = self.degree
        mine = sum(
            one.whole * float(self._volumes[one.points] @ (degree[one.points] - self._at_start[one.points]))
            for one in self.resins
        )
        return float(self._mesh.comm.allreduce(float(mine), MPI.SUM))

    # ---- by cell, for checkpoints

    @property
    def by_cell(self) -> Array:
        """(cells, points) v, zero where nothing cures."""
        found = np.zeros(self._shape)
        for one in self.resins:
            found[one.cells] = self.v[one.points].reshape(-1, self._shape[1])
        return found

    def restore(self, by_cell: Array) -> None:
        """Stand where a checkpoint was made."""
        self.stand(np.concatenate([np.empty(0), *(by_cell[one.cells].ravel() for one in self.resins)]))

    def _of_degrees(self, degrees: Array) -> Array:
        parts = [start_of(degrees[one.points], one.cure.kinetics.power) for one in self.resins]
        return np.concatenate([np.empty(0), *parts])

    def _speed(self, one: Resin, kelvin: Array) -> Array:
        return rate(one.cure.kinetics, degree_of(self.v[one.points], one.cure.kinetics.power), kelvin)


def ended(cure: Cure, base: Array, seconds: float, kelvin: Array) -> tuple[Array, Array]:
    """v at the end of a stage, and its derivative with respect to temperature (1/K), (n,) each.

    The root of v = base + seconds v'(v, T) next to the base, by Newton's method within a bracket that bisection
    narrows; where cure ends within the stage (orders below 1), v is that of full cure.

    Args:
        cure: of the resin.
        base: (n,) v at the beginning.
        seconds: of the stage.
        kelvin: (n,) temperature at its end.
    """
    p, kinetics = cure.kinetics.power, cure.kinetics

    def grown(v: Array, kelvin: Array) -> Array:
        v = np.minimum(v, BEYOND)
        return np.asarray(seconds * p * kinetics.scaled(degree_of(v, p), rest_of(v, p), kelvin) * np.exp(v))

    base = np.minimum(base, BEYOND)

    def steep_at(v: Array, now: Array) -> Array:
        step = _APART * np.maximum(v, _APART)
        return 1.0 - (grown(v + step, kelvin) - now) / step

    low, high = base.copy(), np.full_like(base, BEYOND)
    v = np.minimum(base + grown(base, kelvin), 0.5 * (base + BEYOND))
    for iteration in range(_MOST):
        now = grown(v, kelvin)
        miss = v - base - now
        low, high = np.where(miss < 0.0, v, low), np.where(miss < 0.0, high, v)
        steep = steep_at(v, now)
        new = v - miss / np.where(steep > 0.0, steep, 1.0)
        inside = (steep > 0.0) & (new >= low) & (new <= high) & (iteration < _BY_NEWTON)
        new = np.where(inside, new, 0.5 * (low + high))
        moved = float(np.abs(new - v).max(initial=0.0))
        v = new
        if moved <= _EXACT:
            break
    warmer, now = _APART * kelvin, grown(v, kelvin)
    return v, np.asarray((grown(v, kelvin + warmer) - now) / warmer / np.maximum(steep_at(v, now), _LEAST))


def _per_v(v: Array, power: float) -> Array:
    """da / dv."""
    degree = degree_of(v, power)
    return np.asarray(np.exp(-v) * np.where(degree > 0.0, degree, 0.0) ** (1.0 - power) / power)
