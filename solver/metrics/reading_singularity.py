"""Edges and corners where materials meet: how singular the stress is there, and how large, whatever the mesh."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dolfinx import fem

from solver.arrays import Array, Integers
from solver.case.models import Case
from solver.case.singularity import Singularity
from solver.life.singularity import Fit, Samples
from solver.life.wedges import ANTIPLANE, PLANE, Junction, OrientedWedge
from solver.materials.elasticity import turned_stiffness
from solver.materials.material import Material, MaterialError
from solver.metrics.reading import Found, Reading, SolvedStep
from solver.metrics.singular_edges import SingularEdge, kinds_of, singular_edge
from solver.metrics.singular_entry import (
    GAUSS,
    UNIT,
    EdgeEntry,
    ShearAlong,
    in_stack,
    kinds_in,
    stress_around,
    term,
    window_of,
)
from solver.metrics.vertex_fit import fitted_vertex
from solver.output.summary import entry
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.slug import slug
from solver.units import in_percent

_COUPLED = 1e-6  # part of a modulus
_MISFIT = 0.1  # part of the stress
_SOME = 0.05  # part of it that shear along the line is, from which on it matters how well that is fitted
_ON_RAY = 1e-6  # rad
_SAME = 1e-4  # of a cell: the same place
_STRESS = ((0, 5, 4), (5, 1, 3), (4, 3, 2))  # of Voigt order


@dataclass(frozen=True)
class _Around:
    """Stress at n points around a line.

    Attributes:
        samples: of it, in the plane across the line.
        sheared: of shear along it.
        along: mean strain along the line.
        ray: (m, 4) distance (m), stress across, shear and shear along the line (Pa) on the ray.
    """

    samples: Samples
    sheared: Samples
    along: float
    ray: Array


class SingularityReading(Reading):
    """The edges and corners a case names.

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
            return Found({}, {}, (f"step '{step.name}': singularities of edges are known of {why} only",))
        found, tables, said = dict[str, EdgeEntry](), dict[str, dict[str, Array]](), list[str]()
        kelvin = step.temperature
        assert isinstance(kelvin, float)
        kinds = kinds_in(solid)
        for one in self._wanted:
            where = f"step '{step.name}', singularity '{one.name}'"
            try:
                fitted = (fitted_vertex if one.vertex else _fitted_edge)(solid, kelvin, one, kinds)
                if fitted is None:
                    continue
                found[one.name], table = fitted
            except (ValueError, MaterialError) as error:
                said.append(f"{where}: {error}")
                continue
            if (misfit := _worst(found[one.name])) > _MISFIT:
                part = in_percent(misfit)
                said.append(
                    f"{where}: its fields leave {part} of the stress in its window: give smaller cells there, in the "
                    "plane and across, or another `window`"
                )
            tables[f"edge_{slug(one.name)}"] = table
        return Found({name: entry(one) for name, one in found.items()}, tables, tuple(said)) if found or said else None


def _worst(found: EdgeEntry) -> float:
    """The larger misfit, of shear along the line where there is some."""
    along = found.along
    return max(found.misfit, along.misfit if along is not None and along.part > _SOME else 0.0)


def _warped(step: SolvedStep) -> bool:
    """True in a field of temperature, or where layers were born on others that had moved."""
    assert isinstance(step.solid, SmallDeflectionSolid)
    return isinstance(step.temperature, fem.Function) or step.solid.birth is not None


def _fitted_edge(
    solid: SmallDeflectionSolid, kelvin: float, one: Singularity, kinds: list[tuple[str, float]]
) -> tuple[EdgeEntry, dict[str, Array]] | None:
    """The intensity at an edge, and stress along its ray; a ValueError says why there is none. Collective."""
    edge = singular_edge(solid.stack_mesh, one, kinds)
    if edge is None:
        return None
    window = window_of(one.window, edge.cell, edge.reach)
    parts = [
        _turned(solid.materials[block], kelvin, float(solid.references[block]), edge.frame) for block in edge.blocks
    ]
    around = _around(solid, kelvin, edge, window, parts)
    angles = np.diff(edge.ends)
    wedges = [OrientedWedge(float(angle), c) for angle, (c, _) in zip(angles, parts, strict=True)]
    junction = Junction(wedges, float(edge.ends[0]), edge.closed)
    fit = Fit(junction, np.array([free[[*PLANE, 2]] for _, free in parts]), around.along, around.samples)
    theta, wedge = (each[0] for each in edge.wedge_at(np.zeros(1)))
    at_unit = zip(fit.singular, fit.at_unit(theta, wedge, UNIT), strict=True)
    terms = [term(exponent, float(stress[1]), float(stress[2])) for exponent, stress in at_unit]
    first, further = terms[0], tuple(terms[1:])
    names = [solid.stack_mesh.blocks[block].name for block in edge.blocks]
    found = EdgeEntry(
        tuple((name, float(np.degrees(angle))) for name, angle in zip(names, angles, strict=True)),
        first.exponent,
        first.oscillates,
        first.peel_intensity,
        first.shear_intensity,
        1e-6 * float(fit.even(theta, wedge)[1]),
        fit.misfit,
        (1e6 * window[0], 1e6 * window[1]),
        len(around.samples.distance),
        further or None,
    )
    r, across, shear, along = around.ray.T
    at = r, np.full(len(r), theta), np.full(len(r), wedge)
    fields = 1e-6 * fit.stress(*at)
    table = {
        "distance_um": 1e6 * r,
        "peel_mpa": 1e-6 * across,
        "shear_mpa": 1e-6 * shear,
        "peel_fitted_mpa": fields[:, 1],
        "shear_fitted_mpa": fields[:, 2],
        "along_mpa": 1e-6 * along,
    }
    sheared = _sheared(Junction(wedges, float(edge.ends[0]), edge.closed, ANTIPLANE), around)
    if sheared is not None:
        terms_along = tuple(
            (exponent.real, 1e-6 * float(stress[1]))
            for exponent, stress in zip(sheared.singular, sheared.at_unit(theta, wedge, UNIT), strict=True)
        )
        along_it, across_it = (float(np.mean(one.stress**2)) ** 0.5 for one in (around.sheared, around.samples))
        found = replace(found, along=ShearAlong(terms_along, along_it / max(across_it, 1e-300), sheared.misfit))
        table["along_fitted_mpa"] = 1e-6 * sheared.stress(*at)[:, 1]
    return found, table


def _sheared(junction: Junction, around: _Around) -> Fit | None:
    """Fields of shear along the line; None where it is not singular."""
    if not any(mode.exponent.real < 1.0 for mode in junction.modes):
        return None
    return Fit(junction, None, 0.0, around.sheared)


def _around(
    solid: SmallDeflectionSolid,
    kelvin: float,
    edge: SingularEdge,
    window: tuple[float, float],
    parts: list[tuple[Array, Array]],
) -> _Around:
    """What is known of the stress. Collective."""
    mesh = solid.stack_mesh
    mine, places, sigma = stress_around(solid, kelvin, edge.rows, edge.columns)
    flat = (places - edge.origin) @ edge.frame[:2].T
    r, (theta, wedge) = np.hypot(*flat.T).T, edge.wedge_at(np.arctan2(flat[..., 1], flat[..., 0]))
    tensor = np.einsum("ai,...ij,bj->...ab", edge.frame, sigma[..., np.array(_STRESS)], edge.frame)
    voigt = tensor[..., [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    kind = kinds_of(range(len(mesh.blocks)), kinds_in(solid))
    same = kind[mesh.block[mine]][:, None] == np.append(kind[list(edge.blocks)], -1)[wedge]
    kept = GAUSS & same & (r >= window[0]) & (r <= window[1])
    on_ray = ~GAUSS & (np.abs(flat[..., 1]) < _ON_RAY * r) & (flat[..., 0] > 0.0)
    t = (places - edge.origin) @ edge.frame[2]
    rows = np.column_stack([r[kept], theta[kept], wedge[kept], voigt[kept], t[kept]])
    ray = np.column_stack([r[on_ray], voigt[on_ray][:, [1, 5, 3]], t[on_ray]])
    rows, ray = (np.concatenate(mesh.comm.allgather(one)) for one in (rows, ray))
    rows = _in_section(rows[np.lexsort(rows[:, [-1, 0, 1, 2]].T)], edge.cell)
    number = rows[:, 2].astype(np.int64)
    across = [np.linalg.inv(c)[2] for c, _ in parts]  # compliance along the line
    along = [across[k] @ stress + parts[k][1][2] for stress, k in zip(rows[:, 3:], number, strict=True)]
    samples = Samples(rows[:, 0], rows[:, 1], number, rows[:, [3, 4, 8]])
    sheared = Samples(rows[:, 0], rows[:, 1], number, rows[:, [7, 6]])
    return _Around(samples, sheared, float(np.mean(along)) if along else 0.0, _on_ray(ray))


def _in_section(rows: Array, cell: float) -> Array:
    """(n, 9) distance, angle, wedge and stress in the section at the place, of points (m, 10), their way along it last.

    Points that differ along the line alone are one: cells may be long that way, where shear along the line goes from
    nothing in the middle of an edge to much at its ends.
    """
    r, theta, number = rows[:, :3].T
    flat = np.round(np.column_stack([r * np.cos(theta), r * np.sin(theta)]) / (_SAME * cell))
    _, first, place = np.unique(np.column_stack([flat, number]), axis=0, return_index=True, return_inverse=True)
    return np.hstack([rows[first, :3], _at_zero(place.ravel(), rows[:, -1], rows[:, 3:-1])])


def _on_ray(ray: Array) -> Array:
    """(n, 4) distance and stress in the section at the place, of points (m, 5), their way along it last; ascending.

    Both sides of the ray, and points that differ along the line alone, are one.
    """
    if not len(ray):
        return ray[:, :-1]
    _, first, place = np.unique(np.round(np.log(ray[:, 0]), 6), return_index=True, return_inverse=True)
    return np.hstack([ray[first, :1], _at_zero(place.ravel(), ray[:, -1], ray[:, 1:-1])])


def _at_zero(group: Integers, along: Array, values: Array) -> Array:
    """(groups, columns) of the straight lines through values (n, columns) over `along` (n,), at 0."""
    count = np.maximum(np.bincount(group), 1)

    def mean(one: Array) -> Array:
        return np.asarray(np.bincount(group, one) / count)

    middle = mean(along)
    apart = along - middle[group]
    spread = mean(apart**2)
    flat = spread <= 1e-12 * float(np.max(along**2, initial=0.0))  # all at one place
    found = []
    for column in values.T:
        slope = np.where(flat, 0.0, mean(apart * column) / np.where(flat, 1.0, spread))
        found.append(mean(column) - slope * middle)
    return np.stack(found, axis=1)


def _turned(material: Material, kelvin: float, reference: float, frame: Array) -> tuple[Array, Array]:
    """Stiffness (6, 6) (Pa) and strain without stress (6,) in a frame.

    Raises:
        ValueError: its axes follow a radius, or lie so that the plane couples with shears out of it.
    """
    stiffness, strain = in_stack(material, kelvin, reference)
    c = turned_stiffness(stiffness, frame)
    if np.abs(c[np.ix_([0, 1, 2, 5], [3, 4])]).max() > _COUPLED * np.abs(c).max():
        raise ValueError(f"'{material.name}' lies askew to the edge, where its exponents are not known")
    tensor = np.diag(strain[:3])
    for (i, j), shear in zip(((1, 2), (0, 2), (0, 1)), strain[3:], strict=True):
        tensor[i, j] = tensor[j, i] = 0.5 * shear
    turned = frame @ tensor @ frame.T
    return c, np.array([*np.diag(turned), 2.0 * turned[1, 2], 2.0 * turned[0, 2], 2.0 * turned[0, 1]])


def in_words(found: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The edges after a step, for the log."""
    for name, one in found.items():
        power = one["exponent"] - 1.0
        yield (
            f"singularity {name}: across {one['peel_intensity']:.4g} r^{power:.3g} {one['even_mpa']:+.4g} MPa, "
            f"shear {one['shear_intensity']:.4g} r^{power:.3g} MPa (r in mm)"
        )
