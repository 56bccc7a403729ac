"""What is read of stress at an edge or a vertex where materials meet, and the stress in the cells around one."""

from dataclasses import dataclass, field

import numpy as np

from solver import compat
from solver.arrays import Array, Integers
from solver.materials.axes import stiffness_of_stack, strain_of_stack
from solver.materials.material import Material
from solver.output.summary import IF_ANY
from solver.physics.solid.at_gauss import WITHIN
from solver.physics.solid.small_deflection import SmallDeflectionSolid

NEAREST, FARTHEST = 2.5, 1.0 / 3.0  # of a window: cells at the line, and of the way to another material
UNIT = 1e-3  # m: intensities are those of stress at r = 1 mm
_FACES = np.concatenate(  # the same on the faces of a cell
    [np.insert(WITHIN[:4, 1:], axis, side, axis=1) for axis in range(3) for side in (0.0, 1.0)]
)
_POINTS = np.concatenate([WITHIN, _FACES])
GAUSS = np.arange(len(_POINTS)) < len(WITHIN)  # of the points of a cell


@dataclass(frozen=True)
class FurtherTerm:
    """A singular term beside the first.

    Attributes:
        exponent, oscillates, peel_intensity, shear_intensity: as of `EdgeEntry`.
    """

    exponent: float
    oscillates: float
    peel_intensity: float
    shear_intensity: float


@dataclass(frozen=True)
class ShearAlong:
    """Shear along the line, which has singular terms of its own (antiplane shear).

    Attributes:
        terms: lambda of each, and K of the shear along the line on the ray in MPa mm^(1 - lambda).
        part: root mean square of shear along the line in the window, over that of stress across the line.
        misfit: as of `EdgeEntry`, of that shear.
    """

    terms: tuple[tuple[float, float], ...]
    part: float
    misfit: float


@dataclass(frozen=True)
class EdgeEntry:
    """Stress near a line or a point in which materials meet: terms K r^(lambda - 1) beside an even one.

    Attributes:
        wedges: parts that meet, and the angles they fill (deg), in their order around the line; of a vertex in plan.
        exponent: lambda of the most singular term.
        oscillates: its imaginary part, 0 if none.
        peel_intensity: K of the stress across the ray, in MPa mm^(1 - lambda): that of the term at r = 1 mm.
        shear_intensity: K of the shear on it; that on what lies above, away from the line, is negative.
        even_mpa: stress across it that is the same at all distances.
        misfit: root mean square of what the fields leave of the stress in the window, as a part of it.
        window_um: distances that are fitted.
        places: how many points are.
        further: singular terms beside it.
        along: shear along the line, where that is singular, too.
    """

    wedges: tuple[tuple[str, float], ...]
    exponent: float
    oscillates: float
    peel_intensity: float
    shear_intensity: float
    even_mpa: float
    misfit: float
    window_um: tuple[float, float]
    places: int
    further: tuple[FurtherTerm, ...] | None = field(default=None, metadata=IF_ANY)
    along: ShearAlong | None = field(default=None, metadata=IF_ANY)


def term(exponent: complex, peel: float, shear: float) -> FurtherTerm:
    """Of stress in Pa."""
    return FurtherTerm(exponent.real, exponent.imag, 1e-6 * peel, 1e-6 * shear)


def window_of(given: tuple[float, float] | None, cell: float, reach: float) -> tuple[float, float]:
    """Distances that are fitted (m).

    Raises:
        ValueError: the cells are too large for what is near.
    """
    window = given or (NEAREST * cell, FARTHEST * reach)
    if window[0] >= window[1]:
        raise ValueError(
            f"cells of {1e6 * cell:.3g} um there are too large for what is {1e6 * reach:.3g} um away; give "
            "smaller ones, in the plane and across"
        )
    return window


def stress_around(
    solid: SmallDeflectionSolid, kelvin: float, rows: Integers, columns: Integers
) -> tuple[Integers, Array, Array]:
    """Owned cells of some rows and columns, places (cells, points, 3) in m, stress (cells, points, 6). Collective."""
    mesh = solid.stack_mesh
    mine = np.flatnonzero(np.isin(mesh.row, rows) & np.isin(mesh.columns, columns))
    sigma = solid.stress_in(kelvin, _POINTS, mine)
    corners = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[mine]]
    return mine, np.einsum("pk,nki->npi", _shapes(_POINTS), corners), sigma


def kinds_in(solid: SmallDeflectionSolid) -> list[tuple[str, float]]:
    """Material and temperature without stress of every block: what is equal is one wedge."""
    return [(m.name, float(t)) for m, t in zip(solid.materials, solid.references, strict=True)]


def in_stack(material: Material, kelvin: float, reference: float) -> tuple[Array, Array]:
    """Stiffness (6, 6) (Pa) and strain without stress (6,), engineering shears, along the axes of the stack.

    Raises:
        ValueError: the axes of the material follow a radius.
    """
    stiffness, free = np.asarray(material.stiffness(kelvin)).reshape(6, 6), material.free_strain(kelvin, reference)
    if material.axes is None:
        return stiffness, np.append(np.ravel(free), np.zeros(3))
    if material.axes.centre is not None:
        raise ValueError(f"the axes of '{material.name}' follow a radius")
    angle = np.array([material.axes.angle])
    return stiffness_of_stack(stiffness[None], angle)[0], strain_of_stack(np.ravel(free)[None], angle)[0]


def _shapes(points: Array) -> Array:
    """(n, 8) trilinear functions of the corners of a cell, x fastest."""
    parts = [np.stack([1.0 - points[:, axis], points[:, axis]], axis=1) for axis in range(3)]
    return np.einsum("nx,ny,nz->nzyx", *parts).reshape(-1, 8)
