"""What makes a result doubtful, in words: slender stacks, materials outside their data, balances that are off."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from meshes.quality import Quality
from solver.case.geometry import MaterialChoice
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import MEANING, End
from solver.materials.cell.material import UnitCell
from solver.materials.material import Material
from solver.materials.mix.mixture import Mixture
from solver.metrics.contact import FLAT, ContactSummary
from solver.metrics.step_result import Birth
from solver.physics.geometric import BUCKLED, Judgement
from solver.physics.solid.laminate import Slenderness
from solver.physics.solid.solid import Balance
from solver.stackup.stack import StackUp
from solver.units import in_percent, to_celsius

if TYPE_CHECKING:
    from solver.metrics.current_summary import CurrentSummary, WeakLink
    from solver.metrics.heat_summary import Constriction, CouplingSummary, Resolution, TransientSummary

_NONLINEAR = 0.03  # part by which small deflection may err unnoticed
_HIDDEN = 0.5  # of the buckling load of the modes that are seen, from which others may buckle
_PIN_REACTION = 1e-6
_ENERGY = 1e-6
_FORCES = 1e-3  # of the load of a support: solves are exact to parts of the thermal forces, which are far larger
_HEAT = 1e-6
_BIOT = 0.1  # film coefficient times pitch over conductivity of the matrix
_COARSE = 5.0  # times the tolerance of a step in time
_NO_CHANGE = 1e-6  # K: steps are not told apart by less
_GLOWING = 723.15  # K, 450 degC: solders, polymers and dies are gone
_INCOMPRESSIBLE = 0.49
_CROWDED = 0.03  # of the temperature span, a rise that smearing leaves out
_PULL = 0.05  # of the weight that supports may pull down with unnoticed
_ERROR = 1e-5
_SLACK = 2.5  # K: data at room temperature are from 20 to 27 degC
_GROWN = 20.0  # ppm
_ATMOSPHERE = 101.325  # kPa
_STEEP_ASPECT = 20000.0
_SHARP_ANGLE = 15.0  # degrees
_CELLS_OF_FIELD = 0.5  # of the shorter side of a field, a cell at most
UNSEEN = "laminate theory does not see the membrane stress between regions, which may buckle or twist a stack"


def poor_mesh(found: Quality) -> Iterator[str]:
    """Cells that cost accuracy."""
    if found.largest_aspect_ratio > _STEEP_ASPECT:
        yield f"cells are {found.largest_aspect_ratio:.0f} times longer than thick; refine the plane"
    if found.smallest_angle_deg < _SHARP_ANGLE:
        yield f"the sharpest cell has a corner of {found.smallest_angle_deg:.0f} deg; change mesh.in_plane_size"


def coarse_fields(cell: float, field: tuple[float, float]) -> Iterator[str]:
    """Cells too large to say how flat an exposure field is.

    Args:
        cell: largest edge in plane (m).
        field: size of a field (m).
    """
    if cell > _CELLS_OF_FIELD * min(field):
        yield (
            f"cells of up to {1e3 * cell:.3g} mm are long for exposure fields of {1e3 * min(field):.3g} mm: overlay "
            f"and flatness inside a field are smoothed; choose mesh.in_plane_size below {500 * min(field):.3g} mm"
        )


def barely_converged(what: str, record: SolveRecord) -> Iterator[str]:
    """A linear solve that ended short of its tolerance, or whose error may show."""
    if record.end is not End.CONVERGED:
        yield f"{what}: the linear solve stopped at a residual of {record.residual:.1e}; {MEANING[record.end]}"
    elif record.error > _ERROR:
        yield f"{what}: the linear solve may be off by {record.error:.0e} of the energy norm"


def slender(step: str, judged: Slenderness, bifurcation: float | None) -> Iterator[str]:
    """Small-deflection theory outside its range."""
    if judged.ratio >= 1.0:
        where = f" (near {to_celsius(bifurcation):.0f} degC)" if bifurcation is not None else ""
        yield (
            f"step '{step}': curvature is {judged.ratio:.1f} times the value at which the symmetric shape loses "
            f"stability{where}; a real part bends to a cylinder, and small-deflection warpage is not its shape"
        )
    elif judged.overestimate > _NONLINEAR:
        yield f"step '{step}': small deflection overestimates the warpage by about {100 * judged.overestimate:.0f} %"


def unseen(stack: StackUp) -> Iterator[str]:
    """What laminate theory cannot know of large deflection."""
    if any(layer.regions for layer in stack.layers):
        yield f"{UNSEEN}; a run with `model: solid` judges it"


def nonlinear(step: str, judged: Judgement, mirrored: bool) -> Iterator[str]:
    """Small deflection that large deflection contradicts.

    Args:
        step: its name.
        judged: the answer seen from large deflection.
        mirrored: True if a part of the stack stands for all of it.
    """
    if judged.buckles:
        yield (
            f"step '{step}': membrane stress is {judged.buckling:.2g} times what the shape of small deflection bears; "
            "a real part buckles: see `analysis: {deflection: large}`"
        )
    elif judged.error > _NONLINEAR:
        yield (
            f"step '{step}': small deflection overestimates the warpage by about {in_percent(judged.overestimate)}, "
            f"and changes heights by {in_percent(max(judged.moved))}: see `analysis: {{deflection: large}}`"
        )
    if mirrored and _HIDDEN < judged.buckling <= BUCKLED:
        yield (
            f"step '{step}': membrane stress is {100 * judged.buckling:.0f} % of what buckles the stack in shapes with "
            "its mirror planes; others are not seen: see `geometry: {symmetry: none}`"
        )


def forced(step: str, count: int) -> Iterator[str]:
    """Increments of time that could not be made small enough."""
    if count:
        yield (
            f"step '{step}': {count} increments of time are as small as can be and miss more than "
            "`analysis: {time_tolerance: ...}` allows: something jumps there; the numbers of this step are doubtful"
        )


def no_equilibrium(said: str) -> str:
    """Small deflection where large deflection was called for and found no equilibrium."""
    return (
        f"no equilibrium was found at large deflection ({said}); this step and those after it are given at SMALL "
        "deflection and may be far off; refine steps and mesh, or see how far `analysis: {deflection: large}` comes"
    )


def unstable(step: str, stable: Sequence[bool]) -> Iterator[str]:
    """Shapes a real part does not keep, among those of a step."""
    count = len(stable) - sum(stable)
    if count:
        yield (
            f"step '{step}': {count} of {len(stable)} shapes are unstable, and no stable ones were found; a real part "
            "leaves them; try smaller steps"
        )


def outside_data(
    step: str, materials: Iterable[Material], low: float, high: float, keys: tuple[str, ...]
) -> Iterator[str]:
    """Materials asked for at temperatures their data do not cover."""
    for material in materials:
        lowest, highest = material.valid_range(keys)
        if low < lowest - _SLACK or high > highest + _SLACK:
            yield (
                f"{step}: {material.name} is used from {to_celsius(low):.0f} to {to_celsius(high):.0f} degC, "
                f"its data cover {to_celsius(lowest):.0f} to {to_celsius(highest):.0f} degC"
            )


def beyond_reason(what: str, low: float, high: float) -> Iterator[str]:
    """Temperatures (K) that no package has: a power, a film or a unit is most likely a slip."""
    if high > _GLOWING:
        yield (
            f"{what}: {to_celsius(high):.3g} degC is more than a package stands; look at the powers, the areas they "
            "are made in, the film coefficients and their units"
        )
    if low < 0.0:
        yield f"{what}: {to_celsius(low):.3g} degC is below absolute zero: a `flux` takes away more heat than comes"


def locking(step: str, materials: Iterable[Material], temperature: float) -> Iterator[str]:
    """Materials so nearly incompressible that elements of displacements alone are too stiff, and pressures wrong."""
    for material in materials:
        stiffness = material.stiffness(temperature)
        bulk, shear = stiffness[:3, :3].mean(), np.trace(stiffness[3:, 3:]) / 3.0
        poisson = (3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)
        if poisson > _INCOMPRESSIBLE:
            yield (
                f"step '{step}': {material.name} is nearly incompressible (Poisson ratio {poisson:.9g}); elements of "
                f"displacements lock there, and the stress in it is in doubt: {_INCOMPRESSIBLE} or less does not"
            )


def unbalanced(step: str, balance: Balance) -> Iterator[str]:
    """A step whose forces are not in equilibrium: supports that carry or pull what they should not."""
    if balance.pin_reaction > _PIN_REACTION:
        part = f"{balance.pin_reaction:.1e} of the thermal forces"
        yield f"step '{step}': a support carries {part}; it should carry nothing"
    if balance.pull_n > _PULL * abs(balance.support_force_n):
        yield (
            f"step '{step}': supports pull the stack down with {balance.pull_n:.2g} N in places, which a real one "
            f"cannot; it would lift off there"
        )
    if balance.force_error is not None and balance.force_error > _FORCES:
        yield f"step '{step}': the forces of the support are off by {balance.force_error:.1e} of the load"
    if balance.energy_error > _ENERGY:
        yield f"step '{step}': the energy balance is off by {balance.energy_error:.1e}"


def bare_array(place: str, face: str, biot: float) -> Iterator[str]:
    """An array that ends in a film: heat leaves a real one through the ends of its metal only."""
    if biot > _BIOT:
        yield (
            f"{place}: the array ends at the {face}, in a film that heat reaches through its metal only (h pitch / k "
            f"of the matrix = {biot:.2g}); as one material it is too cool: give it the metal plane it ends in"
        )


def crowding(found: Sequence["Constriction"], span: float) -> Iterator[str]:
    """Arrays as one material on neighbours that conduct poorly: the way of the heat to their feet is missing.

    Args:
        found: of all arrays.
        span: highest less lowest temperature (K).
    """
    total: dict[str, float] = {}
    for one in found:
        total[one.array] = total.get(one.array, 0.0) + one.rise_k
    for array, rise in total.items():
        if rise > _CROWDED * (span + rise):
            beside = " and ".join(one.neighbour for one in found if one.array == array)
            yield (
                f"heat: {array} is an array as one material; heat that crowds towards its parts in {beside} makes the "
                f"warm side about {rise:.3g} K hotter than it is here: mesh the parts, or count that in"
            )


def of_transient(course: "TransientSummary", mesh: "Resolution", tolerance: float) -> Iterator[str]:
    """Doubts of a transient.

    Steps in time that stayed as long as the case wants them at least though they are not exact enough, and cells
    too high for the first of what is asked.
    """
    error, change = course.largest_step_error_k, course.largest_change_k
    if error > _COARSE * tolerance * max(change, _NO_CHANGE):
        yield (
            f"heat: a step in time is off by about {error:.2g} K of a change of {change:.3g} K; give a smaller "
            "`first_step` in analysis.transient"
        )
    if mesh.unresolved_s:
        yield (
            f"heat: {min(mesh.unresolved_s):.2g} s after a jump of heat the cells it meets are too high to follow "
            f"it (all do from {mesh.resolved_from_s:.2g} s on), and temperatures near it rise too little; give "
            "the layers beside it more `cells`, or split thin layers off there"
        )


def birth_in_words(birth: Birth) -> str:
    """What a layer is born on: its reference shape and temperature."""
    who, kelvin = ", ".join(birth.parts), f"{birth.stress_free_temperature_degc:.4g} degC"
    if birth.on_warpage_um is None:
        return f"{who}: free of stress flat, at {kelvin}"
    under = f"warpage {birth.on_warpage_um:.4g} um, in plane {birth.on_scale_x_ppm:.0f} ppm"
    shape = {
        "flat": "free of stress as drawn",
        "stress-free": "free of stress on the stack as it is",
        "pressed": "free of stress on the stack pressed flat",
    }[birth.rule]
    return f"{who}: {shape} ({under}), at {kelvin}"


def born_strained(step: str, birth: Birth) -> Iterator[str]:
    """A layer as drawn on a stack that has another size."""
    if birth.rule != "flat" or birth.on_scale_x_ppm is None or birth.on_scale_y_ppm is None:
        return
    grown = max((birth.on_scale_x_ppm, birth.on_scale_y_ppm), key=abs)
    if abs(grown) > _GROWN:
        yield (
            f"step '{step}': {', '.join(birth.parts)} is built flat, in the size it is drawn, on a stack that has "
            f"changed by {grown:.0f} ppm in plane, and is strained by as much; birth: stress-free or pressed fits it on"
        )


def carried(step: str, balance: Balance, found: ContactSummary | None) -> Iterator[str]:
    """Equilibrium not met, or a plane asked for more than it can do."""
    if found is None:
        yield from unbalanced(step, balance)
        return
    yield from unbalanced(step, replace(balance, pull_n=0.0))
    if found.pull_kpa > _ATMOSPHERE:
        yield (
            f"step '{step}': the chuck pulls with {found.pull_kpa:.0f} kPa on average, more than a vacuum can; "
            "the stack would lift off; see `{chuck: {vacuum: ...}}`"
        )
    if found.flat is False:
        where = f", {found.rim_gap_um:.3g} um at the rim, where it leaks" if found.rim_gap_um >= FLAT else ""
        yield f"step '{step}': the vacuum leaves a gap of {found.residual_gap_um:.3g} um under the stack{where}"


def no_heat_of_reaction(materials: Iterable[Material]) -> Iterator[str]:
    """Resins that cure while heat goes on, and give off nothing."""
    for material in materials:
        if material.inelastic is not None and (cure := material.inelastic.reaction) is not None and cure.initial < 1.0:
            yield (
                f"heat: {material.name} gives off heat as it cures, which is left out: "
                "`analysis: {transient: {reaction: true}}` takes it in"
            )


def cured_twice() -> Iterator[str]:
    """Steps in the field of a transient in which resins have cured."""
    yield (
        "steps in the thermal field cure by themselves, in temperatures that go straight between their times; "
        "compare their `degree_of_cure_mean` with that of `thermal.reaction`, and give more steps where they differ"
    )


def heat_unbalanced(error: float) -> Iterator[str]:
    """Heat lost or made by the numbers."""
    if error > _HEAT:
        yield f"heat: the balance is off by {error:.1e} of the power"


def current_unbalanced(found: "CurrentSummary") -> Iterator[str]:
    """Current or energy lost or made by the numbers."""
    transfer = 0.0 if found.heated is None else found.heated.heat_transfer_error
    for error, what in (
        (found.current_balance_error, "the currents of the terminals do not add up"),
        (found.energy_error, "the power of the terminals is not the Joule heat"),
        (transfer, "the Joule heat of the circuit is not that of the heat problem"),
    ):
        if error > _HEAT:
            yield f"current: {what}, by {error:.1e}"


def short_lives(links: Sequence["WeakLink"], required: float | None) -> Iterator[str]:
    """Parts that current wears out too early, or of which nobody knows."""
    if required is None:
        return
    for link in links:
        if not link.mortal:
            continue
        life = link.median_life_h
        if math.isnan(life):
            yield (
                f"electromigration: {link.part} has no life, as its material has no test to scale from; give "
                "`electromigration: {reference: ...}` under `materials`"
            )
        elif 3600.0 * life < required:
            yield (
                f"electromigration: {link.part} has a median life of {life:.3g} h at {link.temperature_degc:.4g} "
                f"degC and {1e-10 * link.current_density_a_per_m2:.3g} MA/cm2, less than {required / 3600:.3g} h"
            )


def smeared_conductors(stack: StackUp, material_of: Callable[[MaterialChoice], Material]) -> Iterator[str]:
    """Metal that is smeared out with something else, and carries no current."""
    for layer in stack.layers:
        choices = {layer.name: layer.material, **{f"{layer.name}/{r.name}": r.material for r in layer.regions}}
        for name, choice in choices.items():
            material = None if choice is None else material_of(choice)
            if material is not None and not material.has("electrical_resistivity") and _holds_metal(material):
                yield (
                    f"current: {name} is a mixture or an array as one material and carries no current; mesh its metal, "
                    "or say `conducts: true` of it"
                )


def _holds_metal(material: Material) -> bool:
    """True for a mixture or an array with a conductor in it."""
    parts: list[Material] = []
    if isinstance(material, Mixture):
        parts = [material.metal, material.dielectric]
    elif isinstance(material, UnitCell):
        parts = [phase for phase in material.phases if phase is not None]
    return any(part.has("electrical_resistivity") or _holds_metal(part) for part in parts)


def uncoupled(found: "CouplingSummary") -> Iterator[str]:
    """Heat and mechanics that do not agree, and bond lines squeezed away."""
    if not found.converged:
        yield (
            f"heat: after {found.iterations} turns of heat and mechanics resistances still change by "
            f"{in_percent(found.largest_change)}; allow more (thermal.coupling.most_iterations)"
        )
    for line in found.bond_lines:
        if line.closed:
            yield (
                f"heat: bond line {line.name} is squeezed to less than a twentieth of its thickness in places, and "
                "taken as a twentieth there"
            )
