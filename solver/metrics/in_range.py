"""Times and rates at which laws with a memory are asked, against those their data cover.

Stress made at a temperature of a ramp knows the material over the time in which a_T changes by e, or over the whole
step if that is shorter: 1 / (a_T |d ln a_T / dt|) in reduced time. A hold knows it for as long as it lasts. A metal
knows the rates at which it is strained.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Array
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic.sections import FLOWS
from solver.materials.inelastic.viscoelastic import Viscoelastic
from solver.metrics.step_result import CurvePoint, LaminatePoint
from solver.units import ZERO_CELSIUS, to_celsius

_BEYOND = 3.0  # times further than the data, half a decade
_PLATEAU = 0.02  # tan delta at an end of the data, below which there is nothing more to know
_MOST = 0.5  # of the strain of a block in a step
_SAMPLES = 32  # of temperature in an increment
_SMALLEST = 1e-300


@dataclass(frozen=True)
class Way:
    """What a step has passed.

    Attributes:
        seconds, kelvin: (n,) at the ends of its increments.
        strains: name of a block -> (n, 6) mean strain there, of those with a memory.
    """

    seconds: Array
    kelvin: Array
    strains: Mapping[str, Array]

    @staticmethod
    def of(curve: Sequence[CurvePoint | LaminatePoint], start: tuple[float, float] | None) -> "Way":
        """From the curve of a step.

        Args:
            curve: of it; looks aside, which have no time, are left out.
            start: time (s) and temperature (K) it begins at, if they are known.
        """
        there = [(one.time_s, one.temperature_degc, one.block_means or {}) for one in curve]
        points = [(time, celsius, means) for time, celsius, means in there if time is not None and celsius is not None]
        seconds, kelvin = [time for time, _, _ in points], [celsius + ZERO_CELSIUS for _, celsius, _ in points]
        if start is not None:
            seconds, kelvin = [start[0], *seconds], [start[1], *kelvin]
        names = dict.fromkeys(name for _, _, means in points for name in means)
        lasting = [name for name in names if all(name in means for _, _, means in points)]
        strains = {name: np.array([means[name].strain for _, _, means in points]) for name in lasting}
        return Way(np.array(seconds), np.array(kelvin), strains)


def in_range(
    step: str, material: Homogeneous, blocks: Sequence[str], way: Way, degree: float
) -> Iterator[tuple[str, str]]:
    """Laws of a substance outside the times and rates of their data: what, and a line.

    Args:
        step: its name.
        material: of blocks of the stack, or of a part of theirs.
        blocks: names of those it is all of.
        way: what the step has passed.
        degree: of cure, at its end; 1 of what does not cure.
    """
    memory = material.inelastic
    if memory is None:
        return
    if memory.viscoelastic is not None and "viscoelastic" in material.spans:
        moved = 0.0 if memory.cure is None else float(memory.cure.below(np.array(degree)))
        for word, text in _times(memory.viscoelastic, material.spans["viscoelastic"], way, moved):
            yield f"{material.name} {word}", f"step '{step}': {material.name} {text}"
    for law in FLOWS:
        if getattr(memory, law) is not None and law in material.spans:
            for block in (name for name in blocks if name in way.strains):
                for word, text in _rates(law, material.spans[law], way, way.strains[block]):
                    yield f"{material.name} {word}", f"step '{step}': {material.name} in '{block}': {text}"


def _times(branches: Viscoelastic, span: tuple[float, float], way: Way, moved: float) -> Iterator[tuple[str, str]]:
    """Reduced times the data do not reach, where they end on no plateau."""
    lasts = np.diff(way.seconds)
    if not np.any(lasts > 0.0):
        return
    part = np.linspace(0.0, 1.0, _SAMPLES + 1)
    kelvin = (way.kelvin[:-1, None] + np.diff(way.kelvin)[:, None] * part)[lasts > 0.0]
    seconds = lasts[lasts > 0.0, None] / _SAMPLES
    log = np.zeros_like(kelvin) if branches.shift is None else branches.shift.log(kelvin - moved)
    known = np.minimum(seconds / np.maximum(np.abs(np.diff(log, axis=1)), _SMALLEST), lasts.sum())
    reduced = known * np.exp(-np.maximum(log[:, 1:], log[:, :-1]))
    at = np.unravel_index(reduced.argmin(), reduced.shape)
    shortest, longest = float(reduced[at]), float((seconds * np.exp(-0.5 * (log[:, 1:] + log[:, :-1]))).sum())
    near = f" near {to_celsius(float(kelvin[:, 1:][at])):.0f} degC"
    for beyond, word, asked, end, where in (
        (shortest * _BEYOND < span[0], "faster", shortest, span[0], near),
        (longest > _BEYOND * span[1], "longer", longest, span[1], ""),
    ):
        if beyond and (damping := _damping(branches, end)) > _PLATEAU:
            yield (
                word,
                f"is asked for {asked:.2g} s of reduced time{where}, {word} than its data for 'viscoelastic' "
                f"({span[0]:.2g} to {span[1]:.2g} s), which end on no plateau (tan delta {damping:.2g})",
            )


def _damping(branches: Viscoelastic, seconds: float) -> float:
    """tan delta of the shear modulus at an angular frequency of 1 / time."""
    x = np.array(branches.times) / seconds
    parts = np.array(branches.shear)
    storage = 1.0 - parts.sum() + (parts * x**2 / (1.0 + x**2)).sum()
    return float((parts * x / (1.0 + x**2)).sum() / max(storage, 1e-12))


def _rates(law: str, span: tuple[float, float], way: Way, strain: Array) -> Iterator[tuple[str, str]]:
    """Rates at which most of the strain of a block comes, where the data do not cover them."""
    lasts, change = np.diff(way.seconds)[len(way.seconds) - len(strain) :], np.diff(strain, axis=0)
    change[:, :3] -= change[:, :3].mean(axis=1, keepdims=True)
    size = np.sqrt(2.0 / 3.0 * ((change[:, :3] ** 2).sum(axis=1) + 0.5 * (change[:, 3:] ** 2).sum(axis=1)))
    there = (lasts > 0.0) & (size > 0.0)
    if not np.any(there):
        return
    rate, share = size[there] / lasts[there], size[there] / size[there].sum()
    for beyond, word in ((rate > _BEYOND * span[1], "faster"), (rate * _BEYOND < span[0], "slower")):
        if (part := float(share[beyond].sum())) > _MOST:
            mean = float(np.exp((share[beyond] * np.log(rate[beyond])).sum() / part))
            data = f"{word} than the data of '{law}' ({span[0]:.2g} to {span[1]:.2g} 1/s)"
            yield word, f"{100 * part:.0f} % of its strain comes at {mean:.2g} 1/s in the mean, {data}"
