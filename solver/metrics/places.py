"""Where to look closer: places of a stack by name, found in a solved step."""

from collections.abc import Callable
from typing import cast

import numpy as np
import shapely

from solver.arrays import Array
from solver.case.submodel import CORNER, WEAKEST
from solver.errors import CaseError
from solver.metrics.joints import Remembering, joint_field, part_means, row_means
from solver.metrics.reading import SolvedStep
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.stackup.place import Spot, corner_of, folded
from solver.stackup.stack import StackUp

_SAME = 1e-6  # of the span: the same place
_OUTDONE = 1.05  # times what a piece bears, from which on another bears more


def weakest_joint(step: SolvedStep, part: str) -> Spot:
    """Middle (m) of the piece of a part that is strained most, its image in the modelled part. Collective.

    That in which most inelastic work per volume was done so far; where there is none, that stores most elastic energy.

    Raises:
        CaseError: none of it is there.
    """
    borne = _borne(step, part)
    if borne is None:
        raise CaseError(f"submodel: there is nothing of '{part}' in step '{step.name}'")
    return folded(step.stack_mesh.stack, _centres(step, part)[int(np.nanargmax(np.round(borne, 12)))])


def outdone(step: SolvedStep, part: str, spot: Spot) -> tuple[Spot, float] | None:
    """The piece of a part that by now bears more than the one at a place (m), and how many times as much. Collective.

    None where that at the place still bears most, to some per cent.
    """
    borne = _borne(step, part)
    if borne is None:
        return None
    images = np.array([folded(step.stack_mesh.stack, centre) for centre in _centres(step, part)])
    away = np.linalg.norm(images - spot, axis=1)
    here = float(np.nanmax(borne[away <= away.min() + _SAME * step.stack_mesh.stack.span], initial=0.0))
    most = int(np.nanargmax(borne))
    if borne[most] <= _OUTDONE * here:
        return None
    x, y = images[most]
    return (float(x), float(y)), float(borne[most]) / here if here > 0.0 else np.inf


def _borne(step: SolvedStep, part: str) -> Array | None:
    """(n,) work done so far in every piece of a part, or where there is none energy it stores, per volume (J/m^3)."""
    solid = cast(Remembering, step.solid)  # all solids have coefficients
    volumes = solid.coefficients.volumes()
    worked = (
        row_means(solid, part, "whole") if isinstance(solid, SmallDeflectionInTime | LargeDeflectionInTime) else None
    )
    if worked is not None and np.nan_to_num(worked.work).max(initial=0.0) > 0.0:
        return worked.work
    energy = solid.strain_energy()[:, None] / volumes.sum(axis=1, keepdims=True)
    means = part_means(solid, part, "whole", [np.broadcast_to(energy, volumes.shape)])
    return None if means is None or not np.isfinite(means).any() else means[:, 0]


def _centres(step: SolvedStep, part: str) -> Array:
    return joint_field(step.stack_mesh.stack, part).centres


def die_corner(step: SolvedStep, part: str) -> Spot:
    """Corner (m) of a piece of a part that is farthest from the middle of the outline, or its image."""
    return corner_of(step.stack_mesh.stack, part)


def likely(stack: StackUp, at: str, part: str) -> Spot:
    """What a name will mean, before anything is solved; for the weakest joint the one nearest to the middle (m)."""
    if at == CORNER:
        return corner_of(stack, part)
    centres, middle = joint_field(stack, part).centres, shapely.get_coordinates(stack.outline.centroid)[0]
    return folded(stack, centres[int(np.linalg.norm(centres - middle, axis=1).argmin())])


PLACES: dict[str, Callable[[SolvedStep, str], Spot]] = {WEAKEST: weakest_joint, CORNER: die_corner}
