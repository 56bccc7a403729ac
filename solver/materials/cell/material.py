"""A unit cell behaves as one material: solved at the temperatures where its phases change, linear between them."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from solver.arrays import Array
from solver.materials import smeared_current
from solver.materials.cell.spec import BumpCell, CellSpec, PillarCell, TraceCell, ViaCell
from solver.materials.curve import ROOM, Curve
from solver.materials.inelastic.sections import Inelastic
from solver.materials.material import BREAKS, ELECTRICAL, PROPERTIES, TRANSITIONS, Material
from solver.materials.smeared_relaxation import Smeared, elastic_knots, memory_of, smeared

if TYPE_CHECKING:
    from solver.homogenise.cell import Cell

_LARGEST_CHANGE = 0.5  # of the logarithm of a phase's value, from one temperature at which a cell is solved to the next
_SAME = 1e-6  # relative difference of values that are the same
_JUST_BELOW = 1e-6  # K
_RELAXED = 2.0  # solved cells a decade of relaxation

Axes = tuple[int, int, int]
_UPRIGHT: Axes = (0, 1, 2)
_ALONG: dict[str, Axes] = {"x": (1, 2, 0), "y": (0, 2, 1)}  # axes of the layer that are x, y, z of a bar


@dataclass(frozen=True, eq=False)
class UnitCell(Material):
    """An array smeared out by finite elements on one cell of it.

    Args:
        name: name of the material.
        spec: as written.
        phases: from the inside out; None where empty.
        inelastic: what it remembers, as of `memory_of`.
    """

    name: str
    spec: CellSpec
    phases: Sequence[Material | None]
    inelastic: Inelastic | None = None

    @property
    def law(self) -> str:
        return super().law if self.inelastic is None else "smeared"

    @cached_property
    def relaxation(self) -> Smeared:
        """The series it relaxes by."""
        assert self.inelastic is not None
        ends = np.unique(elastic_knots(self.phases)[[0, -1]])
        return smeared(self.phases, self.inelastic, self._in_parts, _RELAXED, ends)

    def _in_parts(self, stiffness: Sequence[Array | None]) -> tuple[Array, Array]:
        """As of `smeared_relaxation.Rule`; the stress of a part that wants to be longer by Levin's relation."""
        parts = self._parts(stiffness)
        solid = [number for number, one in enumerate(stiffness) if one is not None]
        return parts.sum(axis=0), np.swapaxes(parts[solid], 1, 2)[:, :, :3]

    def solve(self) -> None:
        """Solve now all that the phases have data for."""
        if self.has("youngs_modulus"):
            _ = self._stiffness if self.inelastic is None else (self._stiffness, self.relaxation)
        if self.has("thermal_conductivity"):
            _ = self._conductivity
        if self.spec.conducts:
            _ = self._resistivity

    def has(self, key: str) -> bool:
        if key in ELECTRICAL:
            return self.spec.conducts
        own = (*TRANSITIONS, *BREAKS)
        return key not in own and all(phase.has(key) for phase in self._solid)

    def stiffness(self, temperature: ArrayLike) -> Array:
        values = self._stiffness(temperature)
        return values.reshape(*values.shape[:-1], 6, 6)

    def thermal_strain(self, temperature: ArrayLike, reference: ArrayLike) -> Array:
        """Free strain (xx, yy, zz), shape (..., 3), with the stiffnesses at `temperature` [K].

        Levin's relation (see `Effective.free_strain`). The phases are elastic and free of stress at `reference`, so the
        cell deforms as its phases would if they were meshed.
        """
        t, start = np.broadcast_arrays(np.asarray(temperature, dtype=float), np.asarray(reference, dtype=float))
        values = self._concentration(t if self.is_temperature_dependent_stiffness else ROOM)
        concentration = values.reshape(*values.shape[:-1], len(self.phases), 3, 3)
        result = np.zeros((*t.shape, 3))
        for number, phase in enumerate(self.phases):
            if phase is not None:
                strain = phase.thermal_strain(t, start)
                result += np.einsum("...ji,...j->...i", concentration[..., number, :, :], strain)
        return result

    def conductivity(self, temperature: ArrayLike) -> Array:
        return self._conductivity(temperature)

    def conductivity_slope(self, temperature: ArrayLike) -> Array:
        return self._conductivity.slope(temperature)

    def resistivity(self, temperature: ArrayLike) -> Array:
        return self._resistivity(temperature) if self.spec.conducts else super().resistivity(temperature)

    def resistivity_slope(self, temperature: ArrayLike) -> Array:
        return self._resistivity.slope(temperature)

    @property
    def is_temperature_dependent_resistivity(self) -> bool:
        return any(phase.is_temperature_dependent_resistivity for phase in self._solid)

    @property
    def density(self) -> float:
        return sum(part * phase.density for phase, part in self._shares)

    def specific_heat(self, temperature: ArrayLike) -> Array:
        """Average by mass [J/kg/K], shape (...)."""
        heat = [part * phase.density * phase.specific_heat(temperature) for phase, part in self._shares]
        return np.asarray(sum(heat) / self.density)

    @property
    def knots(self) -> Array:
        return np.unique(np.concatenate([phase.knots for phase in self._solid]))

    def valid_range(self, keys: Iterable[str] = PROPERTIES) -> tuple[float, float]:
        wanted = tuple(keys)
        pairs = [phase.valid_range(wanted) for phase in self._solid]
        return max(pair[0] for pair in pairs), min(pair[1] for pair in pairs)

    @property
    def is_temperature_dependent_stiffness(self) -> bool:
        return any(phase.is_temperature_dependent_stiffness for phase in self._solid)

    @property
    def is_temperature_dependent_expansion(self) -> bool:
        """True also when only the stiffness changes: it shifts the balance between the phases."""
        return self.is_temperature_dependent_stiffness or any(
            phase.is_temperature_dependent_expansion for phase in self._solid
        )

    @property
    def is_temperature_dependent_conductivity(self) -> bool:
        return any(phase.is_temperature_dependent_conductivity for phase in self._solid)

    @property
    def is_temperature_dependent_specific_heat(self) -> bool:
        return any(phase.is_temperature_dependent_specific_heat for phase in self._solid)

    @property
    def _solid(self) -> list[Material]:
        return [phase for phase in self.phases if phase is not None]

    @property
    def _shares(self) -> list[tuple[Material, float]]:
        pairs = zip(self.phases, self.spec.phases, strict=True)
        return [(phase, share) for phase, (_, share) in pairs if phase is not None]

    @cached_property
    def _cell(self) -> "Cell":
        return CELLS[type(self.spec)](self.spec)

    @cached_property
    def _axes(self) -> Axes:
        return _ALONG[self.spec.direction] if isinstance(self.spec, TraceCell) else _UPRIGHT

    @cached_property
    def _stiffness(self) -> Curve:
        """Stiffness [Pa], 36 components."""
        parts = self._flux.value.reshape(-1, len(self.phases), 36)
        return Curve(self._flux.temperature, parts.sum(axis=1))

    @cached_property
    def _concentration(self) -> Curve:
        """Normal stress of each phase, times its fraction, per mean stress: phases x 3 x 3 components."""
        parts = self._flux.value.reshape(-1, len(self.phases), 6, 6)
        concentration = parts @ np.linalg.inv(parts.sum(axis=1))[:, None]
        return Curve(self._flux.temperature, concentration[..., :3, :3].reshape(len(parts), -1))

    @cached_property
    def _flux(self) -> Curve:
        """Part of each phase in the stiffness [Pa]: phases x 6 x 6 components."""

        def parts(temperature: float) -> Array:
            return self._parts([None if p is None else p.stiffness(temperature) for p in self.phases]).ravel()

        def diagonals(temperature: float) -> Array:
            return np.concatenate([np.diag(phase.stiffness(temperature)) for phase in self._solid])

        return _curve(parts, _samples(diagonals, self.knots))

    def _parts(self, stiffness: Sequence[Array | None]) -> Array:
        """Part of each phase in the stiffness (phases, 6, 6), of stiffnesses (6, 6) of phases (Pa)."""
        there = np.array([*self._axes, *(3 + axis for axis in self._axes)])
        back = np.argsort(there)
        phases = [None if one is None else one[there][:, there] for one in stiffness]
        return np.asarray(self._solved("elasticity", phases).flux[:, back][:, :, back])

    @cached_property
    def _conductivity(self) -> Curve:
        def axes(phase: Material, temperature: float) -> Array:
            return phase.conductivity(temperature)

        return self._conducting(axes, self.knots)

    @cached_property
    def _resistivity(self) -> Curve:
        """Electrical [ohm m]; insulators conduct next to nothing, as of `smeared_current`."""
        least = smeared_current.NOT_THROUGH * max(self._electric(phase, ROOM).max() for phase in self._solid)
        knots = [phase.resistivity_knots for phase in self._solid]

        def axes(phase: Material, temperature: float) -> Array:
            return np.maximum(self._electric(phase, temperature), least)

        found = self._conducting(axes, np.unique(np.concatenate(knots)))
        return Curve(found.temperature, smeared_current.resistivity(found.value))

    @staticmethod
    def _electric(phase: Material, temperature: float) -> Array:
        return smeared_current.conductivity(phase, np.asarray(temperature))

    def _conducting(self, of_phase: Callable[[Material, float], Array], knots: Array) -> Curve:
        """Conductivity of the cell along x, y, z, from that of a phase at a temperature."""
        there = np.array(self._axes)

        def values(temperature: float) -> Array:
            phases = [None if p is None else of_phase(p, temperature)[there] for p in self.phases]
            return np.diag(self._solved("conductivity", phases).tensor)[np.argsort(there)]

        def axes(temperature: float) -> Array:
            return np.concatenate([of_phase(phase, temperature) for phase in self._solid])

        return _curve(values, _samples(axes, knots))

    def _solved(self, problem: str, phases: list[Array | None]):  # type: ignore[no-untyped-def]
        from solver.homogenise import store  # Gmsh and DOLFINx take a while to import

        return store.effective(problem, self._cell, phases)


def _samples(phases: Callable[[float], Array], knots: Array) -> list[tuple[float, float]]:
    """Where to solve: temperatures with the one to take the values at, just below a jump or equal to it.

    Args:
        phases: temperature -> positive values of all phases, piecewise linear.
        knots: where the values may have kinks and jumps, ascending.
    """
    sides = [(float(t), float(at)) for t in knots for at in (t - _JUST_BELOW, t)]
    values = [phases(at) for _, at in sides]
    kept: list[int] = []
    for number, (_t, _) in enumerate(sides):
        jumps = number % 2 == 1 and not np.allclose(values[number], values[number - 1], rtol=_SAME)
        if number % 2 == 0 or jumps:
            while len(kept) > 1 and _on_line(sides, values, kept[-2], kept[-1], number):
                kept.pop()
            kept.append(number)
    if not kept or all(np.allclose(values[number], values[kept[0]], rtol=_SAME) for number in kept):
        return [(ROOM, ROOM)]
    samples = [sides[kept[0]]]
    for before, after in itertools.pairwise(kept):
        steps = int(np.ceil(np.abs(np.log(values[after] / values[before])).max() / _LARGEST_CHANGE))
        inner = np.linspace(sides[before][0], sides[after][0], max(steps, 1) + 1)[1:-1]
        if sides[after][0] > sides[before][0]:
            samples += [(float(t), float(t)) for t in inner]
        samples.append(sides[after])
    return samples


def _on_line(sides: list[tuple[float, float]], values: list[Array], a: int, b: int, c: int) -> bool:
    """True if the values at `b` are those of the line from `a` to `c`; a jump is on no line."""
    (start, _), (middle, _), (end, _) = sides[a], sides[b], sides[c]
    if not start < middle < end:
        return False
    weight = (middle - start) / (end - start)
    return bool(np.allclose(values[b], (1 - weight) * values[a] + weight * values[c], rtol=_SAME))


def _curve(values: Callable[[float], Array], samples: list[tuple[float, float]]) -> Curve:
    """A function of temperature through its values at the samples."""
    return Curve(np.array([t for t, _ in samples]), np.array([values(at) for _, at in samples]))


def _via(spec: ViaCell) -> "Cell":
    from solver.homogenise.section import Via

    return Via(spec.sides, spec.radii, spec.staggered)


def _bump(spec: BumpCell) -> "Cell":
    from solver.homogenise.bump import Bump

    return Bump(spec.sides, spec.height, spec.diameter, spec.pad or spec.diameter, spec.staggered)


def _pillar(spec: PillarCell) -> "Cell":
    from solver.homogenise.section import Bar

    return Bar(spec.pitch, spec.size)


def _trace(spec: TraceCell) -> "Cell":
    from solver.homogenise.section import Bar

    layer, height = spec.layer or spec.pitch, spec.height or spec.layer or spec.pitch
    return Bar((spec.pitch, layer), (spec.width, height))


CELLS: dict[type[CellSpec], Callable[..., "Cell"]] = {
    ViaCell: _via,
    BumpCell: _bump,
    PillarCell: _pillar,
    TraceCell: _trace,
}


def unit_cell(name: str, spec: CellSpec, phases: Sequence[Material | None]) -> Material:
    """The material of an array."""
    if isinstance(spec, ViaCell) and spec.method == "closed-form":
        from solver.materials.cell import closed

        return closed.via(name, spec, list(phases))
    found = UnitCell(name, spec, tuple(phases), memory_of(name, phases))
    if spec.conducts:
        smeared_current.checked(name, [phase for phase in phases if phase is not None])
    return found
