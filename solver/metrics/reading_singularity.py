"""Free edges of bonded layers: how singular the stress is there, and how large, whatever the mesh."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from dolfinx import fem

from solver.arrays import Array
from solver.case.models import Case
from solver.case.singularity import Singularity
from solver.life.singularity import Wedge, even_stress, exponents, factor_of
from solver.materials.material import Material
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.output.summary import entry
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.slug import slug
from solver.units import in_percent

_FACES = np.array([[0.5, 0.5, 1.0], [0.5, 0.5, 0.0]])  # middles of the top and of the bottom of a cell
_NEAREST, _FARTHEST = 2.5, 0.1  # of a window: cells at the side, and of the thinner layer
_ISOTROPIC = 1e-6  # part of a modulus
_DRIFT = 0.1  # of K, within its window
_RIGHT = np.pi / 2
_ROUNDING = 1e-9  # of the stack


@dataclass(frozen=True)
class EdgeEntry:
    """Stress near a free edge is K r^(lambda - 1), across the interface beside an even one, at a distance r along it.

    Attributes:
        exponent: lambda of the most singular term, of two bonded quarter planes.
        oscillates: its imaginary part, 0 if none.
        peel_intensity: K of the stress across the interface, in MPa mm^(1 - lambda).
        even_mpa: stress across it beside the singular one, in closed form.
        peel_drift: how far K differs within the window, as a part of it: what other terms do.
        shear_intensity: K of the shear on the interface along the ray, outwards on the upper layer positive.
        window_um: distances that are fitted.
        places: how many are.
    """

    exponent: float
    oscillates: float
    peel_intensity: float
    even_mpa: float
    peel_drift: float
    shear_intensity: float
    window_um: tuple[float, float]
    places: int


@dataclass(frozen=True)
class _Ray:
    """Of n cells along the interface, from the side inwards.

    Attributes:
        distance: (n,) from the side (m).
        stress: (n, 2, 6) below and above the interface (Pa).
        cell: length of the first (m).
        blocks: below and above.
    """

    distance: Array
    stress: Array
    cell: float
    blocks: tuple[int, int]


class SingularityReading(Reading):
    """The free edges a case names.

    Args:
        wanted: of them.
    """

    def __init__(self, wanted: list[Singularity]) -> None:
        self._wanted = wanted

    @staticmethod
    def wanted(case: Case) -> "SingularityReading | None":
        """Where a case names some."""
        return SingularityReading(case.report.singularities) if case.report.singularities else None

    def read(self, step: SolvedStep) -> Found | None:
        """Of those whose layers are there. Collective."""
        solid = step.solid
        elastic = isinstance(solid, SmallDeflectionSolid) and not isinstance(solid, SmallDeflectionInTime)
        if not isinstance(solid, SmallDeflectionSolid) or not elastic or _warped(step):
            why = "elastic layers at small deflection and uniform temperature that were born as drawn"
            return Found({}, {}, (f"step '{step.name}': singularities of free edges are known of {why} only",))
        found, tables, said = dict[str, EdgeEntry](), dict[str, dict[str, Array]](), list[str]()
        kelvin = step.temperature
        assert isinstance(kelvin, float)
        sigma = solid.stress(kelvin, _FACES)
        for one in self._wanted:
            ray = _along(step, one, sigma)
            if ray is None:
                continue
            where = f"step '{step.name}', free edge '{one.name}'"
            try:
                found[one.name] = edge = _fitted(solid, kelvin, one, ray)
            except ValueError as error:
                said.append(f"{where}: {error}")
                continue
            if edge.peel_drift > _DRIFT:
                drift = in_percent(edge.peel_drift)
                said.append(f"{where}: K differs by {drift} in its window; choose a `window` nearer to the side")
            across, along = _tractions(one, ray)
            tables[f"edge_{slug(one.name)}"] = {
                "distance_um": 1e6 * ray.distance,
                "peel_mpa": 1e-6 * across,
                "shear_mpa": 1e-6 * along,
            }
        return Found({name: entry(one) for name, one in found.items()}, tables, tuple(said)) if found or said else None


def _warped(step: SolvedStep) -> bool:
    """True in a field of temperature, or where layers were born on others that had moved."""
    assert isinstance(step.solid, SmallDeflectionSolid)
    return isinstance(step.temperature, fem.Function) or step.solid.birth is not None


def _along(step: SolvedStep, one: Singularity, sigma: Array) -> _Ray | None:
    """What is known along the ray; None where the layers do not touch at the side. Collective."""
    mesh = step.stack_mesh
    corners = mesh.plane.points[mesh.plane.quads]
    axis, sign = one.axis, 1.0 if one.side[0] == "+" else -1.0
    low, high = corners[..., 1 - axis].min(axis=1), corners[..., 1 - axis].max(axis=1)
    bounds = mesh.stack.outline.bounds
    end = bounds[axis + 2] if sign > 0 else bounds[axis]
    reach = np.abs(end - corners[..., axis]).min(axis=1), np.abs(end - corners[..., axis]).max(axis=1)
    near = _ROUNDING * mesh.stack.span
    last = high >= bounds[3 - axis] - near
    on_ray = (low <= one.at + near) & ((one.at < high - near) | (last & (one.at <= high + near)))
    names = [layer.name for layer in mesh.stack.layers]
    lower, upper = sorted(one.between, key=lambda name: mesh.stack.layer(name).bottom)
    known: dict[tuple[str, int], list[tuple[int, int, Array]]] = {}
    for side, name, point in (("below", lower, 0), ("above", upper, 1)):
        mine = np.flatnonzero((mesh.layer_of == names.index(name)) & on_ray[mesh.column])
        for cell in mine:
            key = side, int(mesh.column[cell])
            known.setdefault(key, []).append((int(mesh.row[cell]), int(mesh.block[cell]), sigma[cell, point]))
    rows = []
    for column in {column for _, column in known}:
        below, above = known.get(("below", column)), known.get(("above", column))
        if below and above:
            under, over = max(below, key=lambda row: row[0]), min(above, key=lambda row: row[0])
            if over[0] == under[0] + 1:
                middle = 0.5 * (reach[0][column] + reach[1][column])
                width = reach[1][column] - reach[0][column]
                rows.append((middle, width, (under[1], over[1]), np.stack([under[2], over[2]])))
    whole = sorted((row for part in mesh.comm.allgather(rows) for row in part), key=lambda row: row[0])
    if not whole or whole[0][0] > whole[0][1]:
        return None
    return _Ray(np.array([row[0] for row in whole]), np.stack([row[3] for row in whole]), whole[0][1], whole[0][2])


def _tractions(one: Singularity, ray: _Ray) -> tuple[Array, Array]:
    """(n,) stress across the interface and shear on it along the ray (Pa), means of both sides."""
    mean = ray.stress.mean(axis=1)
    return mean[:, 2], (-1.0 if one.side[0] == "+" else 1.0) * mean[:, 4 - one.axis]


def _fitted(solid: SmallDeflectionSolid, kelvin: float, one: Singularity, ray: _Ray) -> EdgeEntry:
    """The intensity at an edge; a ValueError says why there is none."""
    stack, inwards, along = solid.stack_mesh.stack, one.axis, 1 - one.axis
    window = one.window or (_NEAREST * ray.cell, _FARTHEST * min(stack.layer(name).thickness for name in one.between))
    inside = (ray.distance >= window[0]) & (ray.distance <= window[1])
    wedges = [_wedge(solid.materials[block], kelvin) for block in ray.blocks]
    found = exponents(wedges)
    if not found:
        raise ValueError("the stress is not singular there")
    free = [
        np.ravel(solid.materials[block].free_strain(kelvin, solid.references[block]))[[inwards, along]]
        for block in ray.blocks
    ]
    below, low = ray.stress[inside, 0], wedges[0]
    lateral = below[:, inwards] + below[:, 2]
    strain = float(np.mean((below[:, along] - low.poisson * lateral) / low.modulus)) if inside.any() else 0.0
    even = even_stress(wedges[0], wedges[1], (free[0], free[1]), strain + float(free[0][1]))
    across, shear = _tractions(one, ray)
    power = found[0].real
    peel, drift = factor_of(ray.distance, across, window, power, even)
    slides, _ = factor_of(ray.distance, shear, window, power, 0.0)
    unit = 1e-6 * 1e3 ** (1.0 - power)  # MPa mm^(1 - lambda)
    shown = 1e6 * window[0], 1e6 * window[1]
    numbers = unit * peel, 1e-6 * even, drift, unit * slides
    return EdgeEntry(power, found[0].imag, *numbers, shown, int(inside.sum()))


def _wedge(material: Material, kelvin: float) -> Wedge:
    """A quarter plane of a material; a ValueError if its stiffness has directions."""
    c = np.asarray(material.stiffness(kelvin)).reshape(6, 6)
    shear, across = float(c[5, 5]), float(c[0, 1])
    whole = np.diag([2.0 * shear] * 3 + [shear] * 3)
    whole[:3, :3] += across
    if np.abs(c - whole).max() > _ISOTROPIC * np.abs(c).max():
        raise ValueError(f"'{material.name}' is stiffer in one direction than in others, its exponent is not known")
    poisson = across / (2.0 * (across + shear))
    return Wedge(_RIGHT, 2.0 * shear * (1.0 + poisson), poisson)


def in_words(found: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The free edges after a step, for the log."""
    for name, one in found.items():
        power = one["exponent"] - 1.0
        yield (
            f"free edge {name}: across {one['peel_intensity']:.4g} r^{power:.3g} {one['even_mpa']:+.4g} MPa, "
            f"shear {one['shear_intensity']:.4g} r^{power:.3g} MPa (r in mm)"
        )
