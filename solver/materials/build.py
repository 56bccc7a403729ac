"""From what is written (`MaterialSpec`) to what is computed with (`Homogeneous`), with the physical checks."""

import numpy as np

from solver.arrays import Array
from solver.materials.curve import Curve
from solver.materials.electromigration import WEAR, merged
from solver.materials.homogeneous import Homogeneous
from solver.materials.inelastic import sections
from solver.materials.inelastic.sections import FLOWS
from solver.materials.material import MaterialError
from solver.materials.orientation import turned
from solver.materials.spec import MaterialSpec, Provenance
from solver.materials.values import HOTTEST, GlassStep
from solver.units import to_celsius

ELASTIC = ("youngs_modulus", "poisson_ratio", "shear_modulus")
BIRTH = ("stress", "stress_free_temperature")
_LARGEST_FALL = 3.0  # of an instantaneous modulus over temperature
_AWAY = 1e-6  # K from the glass transition: its two sides
SHEAR_TOLERANCE = 0.01  # of a redundant shear modulus of an isotropic material


def merge(base: MaterialSpec, changes: MaterialSpec) -> MaterialSpec:
    """`base` with the keys that `changes` states; a changed value loses the base's provenance."""
    stated = {*changes.given(), *(key for key in sections.SECTIONS if key in changes.model_fields_set)}
    if changes.electromigration is not None:
        stated.add(WEAR)
    provenance: dict[str, Provenance] = {key: p for key, p in base.provenance.items() if key not in stated}
    update = {
        **changes.given(),
        "base": None,
        "title": changes.title or base.title,
        "category": changes.category or base.category,
        "electromigration": merged(base.electromigration, changes.electromigration),
        **sections.merged(base, changes),
        **{
            key: getattr(changes if getattr(changes, key) is not None else base, key)
            for key in (*BIRTH, "orientation", "form")
        },
        "sources": {**base.sources, **changes.sources},
        "provenance": {**provenance, **changes.provenance},
    }
    return base.model_copy(update=update)


def build(name: str, spec: MaterialSpec) -> Homogeneous:
    """The material of a spec whose `base` is already merged.

    Raises:
        MaterialError: the properties contradict each other or physics.
    """
    curves: dict[str, Curve] = {}
    for key, value in spec.given().items():
        curves[key] = _at_glass_transition(name, value, spec) if isinstance(value, GlassStep) else value
    axes = None
    if spec.orientation is not None:
        curves, axes = turned(curves, spec.orientation)
    wear = None if spec.electromigration is None else spec.electromigration.data
    if wear is None and spec.electromigration is not None:
        raise MaterialError(name, WEAR, "Black's equation needs 'current_exponent' and 'activation_energy'")
    if any(getattr(spec, key) is not None for key in FLOWS):
        curves.pop("yield_stress", None)  # by which only what stays elastic is judged
    birth = {key: getattr(spec, key) for key in BIRTH}
    material = Homogeneous(
        name,
        curves,
        _validity(spec, curves),
        spec.title or name,
        wear,
        **birth,
        inelastic=sections.data(spec),
        axes=axes,
        form=spec.form or "total",
        spans={key: span for key in sections.given(spec) if (span := _span(spec, key)) is not None},
    )
    material.with_stress(spec.stress)  # raises what a film cannot have
    _check_elasticity(material)
    _check_memory(material, sections.given(spec))
    return material


def _at_glass_transition(name: str, step: GlassStep, spec: MaterialSpec) -> Curve:
    if spec.glass_transition is None:
        raise MaterialError(name, "thermal_expansion", "'below_tg' and 'above_tg' need the key 'glass_transition'")
    transition = float(spec.glass_transition.value[0, 0])
    if step.mean is None:
        return Curve.step(transition, step.below, step.above)
    start, end = step.mean
    if not start <= transition < end:
        rule = "the mean must be over temperatures on both sides of 'glass_transition'"
        raise MaterialError(name, "thermal_expansion", rule)
    above = (step.above * (end - start) - step.below * (transition - start)) / (end - transition)
    return Curve.step(transition, step.below, above)


def _validity(spec: MaterialSpec, curves: dict[str, Curve]) -> dict[str, tuple[float, float]]:
    """The stated range of each property, or else the range of its table."""
    valid: dict[str, tuple[float, float]] = {}
    for key, curve in curves.items():
        stated = spec.provenance[key].valid if key in spec.provenance else None
        if stated is not None:
            valid[key] = stated
        elif not curve.is_constant and curve.temperature[0] < curve.temperature[-1]:
            goes_on = len(curve.temperature) > 2 and curve.temperature[-1] == HOTTEST
            valid[key] = (float(curve.temperature[0]), float(curve.temperature[-2 if goes_on else -1]))
    for key in sections.given(spec):
        if key in spec.provenance and (stated := spec.provenance[key].valid) is not None:
            valid[key] = stated
    return valid


def _span(spec: MaterialSpec, key: str) -> tuple[float, float] | None:
    """Reduced times or rates that the data of a section cover."""
    known = spec.provenance.get(key)
    return None if known is None else known.times or known.rates


def _check_elasticity(material: Homogeneous) -> None:
    present = [key for key in ELASTIC if material.has(key)]
    if not present:
        return
    for key in ("youngs_modulus", "poisson_ratio"):
        if key not in present:
            raise MaterialError(material.name, key, f"missing; '{present[0]}' is given and elasticity needs both")
    directional = max(material.curve(key).components for key in present) == 3
    if directional and not material.has("shear_modulus"):
        rule = "missing; an orthotropic material needs [xy, yz, zx], such as [5 GPa, 3 GPa, 3 GPa]"
        raise MaterialError(material.name, "shear_modulus", rule)
    temperatures = _samples(material)
    if not directional:
        _check_isotropic(material, temperatures)
    else:
        _check_orthotropic(material, temperatures)


def _check_memory(material: Homogeneous, present: tuple[str, ...]) -> None:
    """One law knows all sections, and what relaxes has moduli that do not hold the relaxation already."""
    if present and sections.law_for(present) is None:
        first, *others = present
        rule = f"no law has '{first}' together with {', '.join(repr(one) for one in others)}"
        raise MaterialError(material.name, others[-1], rule)
    if material.inelastic is None:
        return
    if material.form == "incremental":
        rule = f"is of elastic materials; how stress follows temperature is told by '{present[0]}'"
        raise MaterialError(material.name, "form", rule)
    _check_flow(material, material.inelastic)
    if material.inelastic.structural_relaxation is not None:
        _check_transition(material)
    relaxing = material.inelastic.viscoelastic
    if relaxing is None or not material.has("youngs_modulus"):
        return
    youngs = material.curve("youngs_modulus").value
    if np.any(youngs.max(axis=0) > _LARGEST_FALL * youngs.min(axis=0)):
        low, high = (f"{end / 1e9:.4g}" for end in (youngs.min(), youngs.max()))
        rule = (
            f"falls from {high} to {low} GPa over temperature, which is its relaxation seen at one rate; with "
            "'viscoelastic' it is the instantaneous (glassy) modulus, which is nearly constant"
        )
        raise MaterialError(material.name, "youngs_modulus", rule)
    if material.has("shear_modulus") and not relaxing.is_alike:
        rule = "an orthotropic material relaxes by one curve for all of its moduli: write 'youngs', not shear and bulk"
        raise MaterialError(material.name, "viscoelastic", rule)


def _check_flow(material: Homogeneous, memory: sections.Inelastic) -> None:
    """What flows is isotropic; what creeps as well hardens isotropically."""
    flows = next((key for key in FLOWS if getattr(memory, key) is not None), None)
    if flows and any(material.curve(key).components == 3 for key in ELASTIC if material.has(key)):
        raise MaterialError(
            material.name, flows, "von Mises' stress is for what is isotropic; give one elastic constant each"
        )
    if memory.creep is not None and memory.plastic is not None and memory.plastic.backs:
        rule = "with 'creep' it hardens isotropically ('isotropic', 'voce'); back stresses are for plastic flow alone"
        raise MaterialError(material.name, "plastic", rule)


def _check_transition(material: Homogeneous) -> None:
    """What expands with a delay expands more above its glass transition than below it."""
    glass = material.glass_transition
    if glass is None:
        raise MaterialError(material.name, "structural_relaxation", "needs the key 'glass_transition'")
    if material.has("thermal_expansion"):
        below, above = material.curve("thermal_expansion")(np.array([glass - _AWAY, glass + _AWAY]))
        if np.any(above - below <= 0.0):
            rule = "it expands no more above its glass transition than below; write {below_tg: ..., above_tg: ...}"
            raise MaterialError(material.name, "structural_relaxation", rule)


def _samples(material: Homogeneous) -> Array:
    """The knots of the elastic curves and the middles between them [K]."""
    knots = np.unique(np.concatenate([material.curve(key).temperature for key in ELASTIC if material.has(key)]))
    return np.concatenate([knots, 0.5 * (knots[1:] + knots[:-1])])


def _check_isotropic(material: Homogeneous, temperatures: Array) -> None:
    nu = material.curve("poisson_ratio")(temperatures)[:, 0]
    worst = nu[np.argmax(np.abs(nu - -0.25))]
    if not np.all((nu > -1.0) & (nu < 0.5)):
        rule = f"{worst:g} is not physical; an isotropic material has -1 < nu < 0.5 (rubber-like: 0.49)"
        raise MaterialError(material.name, "poisson_ratio", rule)
    if material.has("shear_modulus"):
        shear = material.curve("shear_modulus")(temperatures)[:, 0]
        expected = material.curve("youngs_modulus")(temperatures)[:, 0] / (2.0 * (1.0 + nu))
        if np.any(np.abs(shear / expected - 1.0) > SHEAR_TOLERANCE):
            numbers = f"{shear[0] / 1e9:.4g} GPa contradicts E / 2 / (1 + nu) = {expected[0] / 1e9:.4g} GPa"
            rule = f"{numbers}; leave it out, or write lists of three for an orthotropic material"
            raise MaterialError(material.name, "shear_modulus", rule)


def _check_orthotropic(material: Homogeneous, temperatures: Array) -> None:
    flexibility = material.flexibility(temperatures)
    axes = "xyz"
    for i in range(3):
        j = (i + 1) % 3
        coupling = flexibility[:, i, j] ** 2 / (flexibility[:, i, i] * flexibility[:, j, j])
        if np.any(coupling >= 1.0):
            a, b = axes[i], axes[j]
            at = int(np.argmax(coupling))
            nu = -flexibility[at, i, j] / flexibility[at, i, i]
            ratio = flexibility[at, j, j] / flexibility[at, i, i]
            rule = f"nu_{a}{b} = {nu:.4g} is not physical; nu_{a}{b}^2 must be below E{a} / E{b} = {ratio:.4g}"
            raise MaterialError(material.name, "poisson_ratio", rule)
    scale = 1.0 / np.sqrt(np.diagonal(flexibility, axis1=-2, axis2=-1))
    lowest = np.linalg.eigvalsh(flexibility * scale[:, :, None] * scale[:, None, :])[:, 0]
    if np.any(lowest <= 1e-9):
        worst = to_celsius(float(temperatures[int(np.argmin(lowest))]))
        rule = (
            f"the three ratios together are not physical at {worst:.4g} degC: the compliance must be positive definite"
        )
        raise MaterialError(material.name, "poisson_ratio", rule)
