"""What the form of elasticity does to a stack whose moduli change with temperature, in the eyes of laminate theory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from solver.materials.homogeneous import Homogeneous
from solver.materials.material import Material
from solver.physics.solid.laminate import dome
from solver.process.by_increments import ByIncrements, goes_by_increments, shape
from solver.process.laminate_estimate import Laminate
from solver.units import to_celsius

CHANGES = 2.0  # times a modulus changes on the way, from which its form counts
_FLAT = 1e-8  # m, warpage that is none
_DIFFER = 0.05  # part by which stress or warpage differ between the forms, from which a run says so
_LITTLE, _BENT = 1e4, 1e-6  # Pa, m: stress and warpage that do not count
_SAMPLES = 51  # temperatures at which a modulus is looked at


@dataclass(frozen=True)
class Forms:
    """A layer whose modulus changes on the way, in both forms of elasticity.

    Attributes:
        layer, material: names.
        form: of the material.
        times: its modulus changes.
        start, end: temperatures of the way (K).
        stress: form -> the largest in-plane stress at mid-height of the layer (Pa).
        warpage: form -> warpage (m).
    """

    layer: str
    material: str
    form: str
    times: float
    start: float
    end: float
    stress: Mapping[str, float]
    warpage: Mapping[str, float]

    def words(self, step: str) -> str:
        """A warning of a step that is named: the forms, their stress and warpage."""
        other = "incremental" if self.form == "total" else "total"
        here, there = self._of(self.form), self._of(other)
        way = f"from {to_celsius(self.start):.0f} to {to_celsius(self.end):.0f} degC"
        return (
            f"step '{step}': the modulus of {self.material} changes {self.times:.2g}-fold {way}; elastic in "
            f"`form: {self.form}` a laminate has {here}, in `form: {other}` {there}"
        )

    @property
    def differ(self) -> bool:
        """True if the forms do by more than laminate theory may be wrong."""
        stresses, warpages = sorted(self.stress.values()), sorted(self.warpage.values())
        stressed = stresses[1] > _LITTLE and stresses[1] - stresses[0] > _DIFFER * stresses[1]
        return stressed or (warpages[1] > _BENT and warpages[1] - warpages[0] > _DIFFER * warpages[1])

    def _of(self, form: str) -> str:
        flat = max(self.warpage.values()) < _FLAT
        warpage = "" if flat else f" and a warpage of {1e6 * self.warpage[form]:.3g} um"
        return f"{1e-6 * self.stress[form]:.3g} MPa in {self.layer}{warpage}"


def forms(laminate: Laminate, temperature: float, told: Collection[str] = ()) -> Iterator[Forms]:
    """Materials in whose form much lies on the way to a temperature (K), each in both forms, but for those told."""
    seen, legs = set(told), laminate.way(temperature)
    leg = legs[-1]
    for number, (layer, materials) in enumerate(zip(leg.layers, leg.materials, strict=True)):
        own = [laminate.stage.references[block] for block in layer.blocks if block in laminate.stage.references]
        start = max(own, key=lambda one: abs(one - temperature))
        for material in materials:
            times = _changes(material, start, temperature)
            if material.name in seen or times < CHANGES:
                continue
            seen.add(material.name)
            states = {form: shape(legs, _others(material, form == "incremental")) for form in ("total", "incremental")}
            stress = {form: float(np.abs(one.stresses[number].mean(axis=0)[:2]).max()) for form, one in states.items()}
            warpage = {form: dome(laminate.stack, one.curvature) for form, one in states.items()}
            form = "incremental" if goes_by_increments(material) else "total"
            found = Forms(layer.name, material.name, form, times, start, temperature, stress, warpage)
            if found.differ:
                yield found


def _changes(material: Material, start: float, end: float) -> float:
    """Times by which the plane stiffness of an elastic material changes; 1 for what remembers, mixtures and arrays."""
    plain = isinstance(material, Homogeneous) and material.inelastic is None
    if not plain or not material.is_temperature_dependent_stiffness:
        return 1.0
    moduli = material.plane_stiffness(np.linspace(start, end, _SAMPLES))[:, 0, 0]
    return float(moduli.max() / moduli.min())


def _others(material: Material, by_increments: bool) -> ByIncrements:
    """One material in a form, the others in their own."""
    return lambda one: by_increments if one.name == material.name else goes_by_increments(one)
