"""What makes materials doubtful on their way: temperatures, times and rates beyond their data, what is no solid."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from solver.materials.inelastic.sections import SECTIONS
from solver.materials.material import MECHANICAL, Material
from solver.materials.smeared_relaxation import TOLERANCE, Smeared
from solver.metrics import plausibility
from solver.metrics.idealised import idealised, substances
from solver.metrics.in_range import Way, in_range
from solver.metrics.step_result import CurvePoint, LaminatePoint
from solver.process.plan import PlannedStep
from solver.units import in_percent

_MECHANICAL = (*MECHANICAL, *SECTIONS)


class MaterialDoubts:
    """Of the steps of a process, one after the other; each doubt is told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._used: dict[Material, tuple[float, float]] = {}  # materials, with the temperatures they have been used at

    def of_temperatures(
        self, step: PlannedStep, materials: Iterable[Material], low: float, high: float
    ) -> Iterator[str]:
        """Materials beyond the temperatures of their data, and elastic ones that are not elastic there.

        Args:
            step: as planned.
            materials: of the stack at its end.
            low: lowest temperature it has (K).
            high: highest.
        """
        references = step.end.references.values()
        low, high = min(low, *references), max(high, *references)
        for material in dict.fromkeys(materials):
            known = self._used.get(material, (np.inf, -np.inf))
            self._used[material] = min(low, known[0]), max(high, known[1])
            if low < known[0] or high > known[1]:  # else a step before has said so
                yield from plausibility.outside_data(f"step '{step.name}'", [material], low, high, _MECHANICAL)
                yield from self._once(idealised(step.name, material, high))

    def is_new(self, material: Material) -> bool:
        """True if no step had it before."""
        return material not in self._used

    def of_times(
        self,
        step: PlannedStep,
        materials: Mapping[str, Material],
        curve: Sequence[CurvePoint | LaminatePoint],
        degrees: Mapping[str, float | None],
    ) -> Iterator[str]:
        """Laws with a memory at times and rates beyond their data.

        Args:
            step: as planned.
            materials: name of a block -> its material.
            curve: of the step.
            degrees: name of a block -> its mean degree of cure at the end; None of what does not cure.
        """
        if not step.lasts:
            return
        start = None
        if step.seconds is not None and step.before is not None:
            start = step.seconds - step.lasts, step.before
        way = Way.of(curve, start)
        for material in dict.fromkeys(materials.values()):
            blocks = [name for name, one in materials.items() if one is material]
            cured = [degree for name in blocks if (degree := degrees.get(name)) is not None]
            found = None if material.inelastic is None else getattr(material, "relaxation", None)
            if isinstance(found, Smeared) and found.error > TOLERANCE:
                text = f"step '{step.name}': the series by which {material.name} relaxes misses its moduli by up to "
                yield from self._once([(f"{material.name} fit", f"{text}{in_percent(found.error)}")])
            for one in substances(material):
                alone = blocks if one is material else []
                yield from self._once(in_range(step.name, one, alone, way, min(cured, default=1.0)))

    def _once(self, found: Iterable[tuple[str, str]]) -> Iterator[str]:
        for what, text in found:
            if what not in self._told:
                yield text
            self._told.add(what)
