"""What stands around a package, from its boundary conditions, and whether it is what a standard names.

Films tell air from what is none: free convection in gases 2 to 25 W/m^2/K, forced 25 to 250, liquids more (F. P.
Incropera et al., Fundamentals of Heat and Mass Transfer, table 1.1). A film of more stands for a heat sink, a liquid or
a plate.
"""

from collections.abc import Sequence
from enum import Enum

from solver.case.figures import CENTRES, Kind
from solver.case.files import SideFiles
from solver.case.film import FilmCourse, FilmMap, FilmTable
from solver.case.thermal import Boundary

_FREE, _FORCED = 25.0, 250.0  # W/m^2/K
_REST = 0.05  # of the heat, which may go elsewhere

Heats = Sequence[tuple[Boundary, float]]  # boundaries, and the part of the power that leaves through each


class Surroundings(Enum):
    """What a face meets."""

    STILL = "still air"
    MOVING = "moving air"
    SINK = "a heat sink or a liquid"
    PLATE = "a cold plate"


_AIR = (Surroundings.STILL, Surroundings.MOVING)
_COLD = (Surroundings.SINK, Surroundings.PLATE)
_WANTED: dict[Kind, tuple[Surroundings, ...]] = {
    "theta_ja": (Surroundings.STILL,),
    "theta_jma": _AIR,
    "theta_jb": _COLD,
    "theta_jc_top": _COLD,
    "theta_jc_bottom": _COLD,
    "psi_jt": _AIR,
    "psi_jb": _AIR,
}


def surroundings(boundary: Boundary, files: SideFiles) -> Surroundings:
    """What a boundary stands for.

    Args:
        boundary: that exchanges heat.
        files: maps of films.
    """
    if boundary.temperature is not None:
        return Surroundings.PLATE
    if boundary.heat_sink is not None:
        return Surroundings.SINK
    film = _film(boundary, files)
    return Surroundings.STILL if film <= _FREE else Surroundings.MOVING if film <= _FORCED else Surroundings.SINK


def in_words(boundary: Boundary, files: SideFiles) -> str:
    """`a film of 5000 W/m^2/K on top`."""
    where = f"'{boundary.name}' ({boundary.face})" if boundary.name else f"the {boundary.face}"
    if boundary.temperature is not None:
        return f"a fixed temperature on {where}"
    if boundary.heat_sink is not None:
        return f"a heat sink of {boundary.heat_sink.resistance:.4g} K/W on {where}"
    film = _film(boundary, files)
    if film == 0.0:
        return f"radiation on {where}"
    least = "up to " if isinstance(boundary.convection, FilmMap | FilmCourse | FilmTable) else ""
    return f"a film of {least}{film:.4g} W/m^2/K on {where}"


def departure(kind: Kind, heats: Heats, files: SideFiles) -> str:
    """Why a set-up is not the environment of a kind of resistance; "" if it is, or if the kind has none.

    Args:
        kind: of resistance.
        heats: boundaries that ought to take the heat (theta to a plate), or all.
        files: maps of films.
    """
    wanted = _WANTED.get(kind)
    if wanted is None:
        return ""
    other = [(heat, one) for one, heat in heats if surroundings(one, files) not in wanted]
    astray = sum(abs(heat) for heat, _ in other)
    if astray > _REST:
        most = max(other, key=lambda item: abs(item[0]))[1]
        what = " or ".join(one.value for one in wanted)
        return f"{100 * astray:.3g} % of the heat meets {in_words(most, files)}, not {what}"
    if kind == "theta_jb" and any(one.face == CENTRES["theta_jc_top"] and heat > _REST for one, heat in heats):
        return "its cold plate lies on the top of the package, not on the board"
    return ""


def _film(boundary: Boundary, files: SideFiles) -> float:
    """Largest film coefficient of a boundary (W/m^2/K), 0 where it only radiates."""
    if isinstance(boundary.convection, FilmMap):
        return float(files.film(boundary.convection)[1].max())
    if isinstance(boundary.convection, FilmCourse | FilmTable):
        return max(boundary.convection.value)
    return boundary.convection or 0.0
