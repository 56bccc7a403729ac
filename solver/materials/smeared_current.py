"""Electric current in metal that is smeared out with something else.

Where its metal does not hang together along an axis (islands, or across traces) a mixture of metal and insulator
conducts nothing. There it gets a conductivity far below that of the other axes, so that the potential is known; a run
whose heat comes from there is refused (`solver.heat.current`).
"""

from collections.abc import Sequence

import numpy as np

from solver.arrays import Array
from solver.materials.curve import ROOM
from solver.materials.material import Material, MaterialError

NOT_THROUGH = 1e-9  # of the best axis


def conductivity(part: Material, temperature: Array) -> Array:
    """Of a constituent, shape (..., 3) [S/m]; zero for an insulator."""
    if part.has("electrical_resistivity"):
        return 1.0 / part.resistivity(temperature)
    return np.zeros((*np.shape(temperature), 3))


def slope(part: Material, temperature: Array) -> Array:
    """Its derivative with respect to temperature [S/m/K]."""
    if part.has("electrical_resistivity"):
        return -part.resistivity_slope(temperature) / part.resistivity(temperature) ** 2
    return np.zeros((*np.shape(temperature), 3))


def resistivity(effective: Array) -> Array:
    """From a conductivity (..., 3) that may be complex and zero along some axes."""
    best = np.take_along_axis(effective, np.real(effective).argmax(axis=-1)[..., None], axis=-1)
    through = np.real(effective) > NOT_THROUGH * np.real(best)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 / np.where(through, effective, NOT_THROUGH * best))


def blocked(material: Material) -> list[int]:
    """Axes along which it conducts next to nothing."""
    found = material.resistivity(ROOM)
    return [int(axis) for axis in np.flatnonzero(found > 0.5 / NOT_THROUGH * found.min())]


def checked(name: str, parts: Sequence[Material], whole: Material | None = None) -> None:
    """Refuse what carries no current.

    Args:
        name: of the mixture or array.
        parts: its constituents.
        whole: itself, if that is known by a formula.

    Raises:
        MaterialError: no constituent conducts, or the metal hangs together along no axis.
    """
    if not any(part.has("electrical_resistivity") for part in parts):
        names = " and ".join(f"'{part.name}'" for part in parts)
        raise MaterialError(name, "conducts", f"{names}: none has an `electrical_resistivity`")
    if whole is not None and not np.isfinite(whole.resistivity(ROOM)).all():
        raise MaterialError(name, "conducts", "by this rule its metal is in islands, which carry no current")
