"""What makes a result doubtful, in words: slender stacks, materials outside their data, balances that are off."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from meshes.quality import Quality
from solver.linalg.krylov import SolveRecord
from solver.linalg.stopping import MEANING, End
from solver.materials.material import Material
from solver.physics.elasticity import Balance
from solver.physics.laminate import Slenderness
from solver.units import to_celsius

_NONLINEAR = 0.05  # part by which small deflection may overestimate the curvature unnoticed
_PIN_REACTION = 1e-6
_ENERGY = 1e-6
_HEAT = 1e-6
_COARSE = 5.0  # times the tolerance of a step in time
_PULL = 0.05  # of the weight that supports may pull down with unnoticed
_ERROR = 1e-5
_STEEP_ASPECT = 20000.0
_SHARP_ANGLE = 15.0  # degrees


def poor_mesh(found: Quality) -> Iterator[str]:
    """Cells that cost accuracy."""
    if found.largest_aspect_ratio > _STEEP_ASPECT:
        yield f"cells are {found.largest_aspect_ratio:.0f} times longer than thick; refine the plane"
    if found.smallest_angle_deg < _SHARP_ANGLE:
        yield f"the sharpest cell has a corner of {found.smallest_angle_deg:.0f} deg; change mesh.in_plane_size"


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
        if low < lowest - 0.5 or high > highest + 0.5:
            yield (
                f"{step}: {material.name} is used from {to_celsius(low):.0f} to {to_celsius(high):.0f} degC, "
                f"its data cover {to_celsius(lowest):.0f} to {to_celsius(highest):.0f} degC"
            )


def unbalanced(step: str, balance: Balance) -> Iterator[str]:
    """Equilibrium not met."""
    if balance.pin_reaction > _PIN_REACTION:
        part = f"{balance.pin_reaction:.1e} of the thermal forces"
        yield f"step '{step}': a support carries {part}; it should carry nothing"
    if balance.pull_n > _PULL * abs(balance.support_force_n):
        yield (
            f"step '{step}': supports pull the stack down with {balance.pull_n:.2g} N in places, which a real one "
            f"cannot; it would lift off there"
        )
    if balance.energy_error > _ENERGY:
        yield f"step '{step}': the energy balance is off by {balance.energy_error:.1e}"


def coarse_steps(course: Mapping[str, Any], tolerance: float) -> Iterator[str]:
    """Steps in time that stayed as long as the case wants them at least, though they are not exact enough."""
    error, change = course["largest_step_error_k"], course["largest_change_k"]
    if error > _COARSE * tolerance * change:
        yield (
            f"heat: a step in time is off by about {error:.2g} K of a change of {change:.3g} K; give a smaller "
            "`first_step` in analysis.transient"
        )


def heat_unbalanced(error: float) -> Iterator[str]:
    """Heat lost or made by the numbers."""
    if error > _HEAT:
        yield f"heat: the balance is off by {error:.1e} of the power"
