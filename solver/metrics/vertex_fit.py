"""The fields around a vertex that a case names, fitted to the stress of a step."""

from typing import Any

import numpy as np

from solver.arrays import Array
from solver.case.singularity import Singularity
from solver.life.singularity import Fit, Samples
from solver.life.vertices import Vertex
from solver.metrics.singular_edges import kinds_of
from solver.metrics.singular_entry import (
    GAUSS,
    NEAREST,
    UNIT,
    EdgeEntry,
    in_stack,
    kinds_in,
    stress_around,
    term,
    window_of,
)
from solver.metrics.singular_vertices import SingularVertex, singular_vertex
from solver.physics.solid.small_deflection import SmallDeflectionSolid

_BESIDE = np.radians(8.0)  # of the ray: points on both faces of the plane that are shown with it
_SAME = 1e-5  # exponents
_ZZ, _YZ, _XZ = 2, 3, 4  # of Voigt order


def fitted_vertex(
    solid: SmallDeflectionSolid, kelvin: float, one: Singularity, kinds: list[tuple[str, float]]
) -> tuple[EdgeEntry, dict[str, Array]] | None:
    """The intensity at a vertex, and stress beside its ray; None where its layers are not there. Collective.

    Points nearer to one of its edges than to be read on this mesh do not count, nor those outside of the window.

    Raises:
        ValueError: there is no vertex, or nothing to fit.
    """
    corner = singular_vertex(solid.stack_mesh, one, kinds)
    if corner is None:
        return None
    window = window_of(one.window, corner.cell, corner.reach)
    blocks = {block for block in (*corner.above, *corner.below) if block >= 0}
    parts = {k: in_stack(solid.materials[k], kelvin, float(solid.references[k])) for k in blocks}
    above, below = ([parts[k][0] if k >= 0 else None for k in row] for row in (corner.above, corner.below))
    vertex = Vertex(corner.ends, above, below, corner.closed)
    of_part = [k for k in (*corner.above, *corner.below) if k >= 0]
    samples, beside = _around(solid, kelvin, corner, vertex, np.array(of_part), window)
    fit = Fit(vertex, np.array([parts[k][1] for k in of_part]), 0.0, samples)
    part = int(vertex.part_at(corner.ray[None, :])[0])
    terms = _merged(fit.singular, fit.at_unit(corner.ray, part, UNIT))
    first, *further = [term(exponent, float(stress[_ZZ]), _shear(stress, corner.ray)) for exponent, stress in terms]
    names = [
        (f"{solid.stack_mesh.blocks[k].name} {word}", float(np.degrees(angle)))
        for word, row in (("above", corner.above), ("below", corner.below))
        for k, angle in zip(row, np.diff(corner.ends), strict=True)
        if k >= 0
    ]
    found = EdgeEntry(
        tuple(names),
        first.exponent,
        first.oscillates,
        first.peel_intensity,
        first.shear_intensity,
        1e-6 * float(fit.even(corner.ray, part)[_ZZ]),
        fit.misfit,
        (1e6 * window[0], 1e6 * window[1]),
        len(samples.distance),
        tuple(further) or None,
    )
    fields = fit.stress(beside.distance, beside.theta, beside.wedge)
    table = {
        "distance_um": 1e6 * beside.distance,
        "peel_mpa": 1e-6 * beside.stress[:, _ZZ],
        "shear_mpa": 1e-6 * _shear(beside.stress, corner.ray),
        "peel_fitted_mpa": 1e-6 * fields[:, _ZZ],
        "shear_fitted_mpa": 1e-6 * _shear(fields, corner.ray),
    }
    return found, {name: np.asarray(column) for name, column in table.items()}


def _merged(exponents: list[complex], at_unit: list[Array]) -> list[tuple[complex, Array]]:
    """Singular terms, those of one exponent (fields that turn into each other by the symmetry of a corner) as one."""
    found = list[tuple[complex, Array]]()
    for exponent, stress in zip(exponents, at_unit, strict=True):
        if found and abs(exponent - found[-1][0]) < _SAME:
            found[-1] = found[-1][0], found[-1][1] + stress
        else:
            found.append((exponent, stress))
    return found


def _shear(stress: Array, ray: Array) -> Any:
    """Shear along the ray on the plane between the layers, of stress (..., 6)."""
    return stress[..., _XZ] * ray[0] + stress[..., _YZ] * ray[1]


def _around(
    solid: SmallDeflectionSolid,
    kelvin: float,
    corner: SingularVertex,
    vertex: Vertex,
    of_part: Array,
    window: tuple[float, float],
) -> tuple[Samples, Samples]:
    """Stress in the window, and that in the plane between the layers beside the ray. Collective."""
    mesh = solid.stack_mesh
    mine, places, sigma = stress_around(solid, kelvin, corner.rows, corner.columns)
    away = (places - corner.origin).reshape(-1, 3)
    r = np.linalg.norm(away, axis=1)
    direction = away / np.maximum(r, 1e-300)[:, None]
    middle = np.repeat(places.mean(axis=1)[:, 2] - corner.origin[2], places.shape[1])
    part = vertex.part_at(np.column_stack([direction[:, :2], np.where(middle > 0.0, 1.0, -1.0)]))
    kind = kinds_of(range(len(mesh.blocks)), kinds_in(solid))
    same = np.repeat(kind[mesh.block[mine]], places.shape[1]) == np.append(kind[of_part], -1)[part]
    along = np.maximum(away @ corner.edges.T, 0.0)
    clear = (np.sqrt(np.maximum(r[:, None] ** 2 - along**2, 0.0)) > NEAREST * corner.cell).all(axis=1)
    gauss = np.tile(GAUSS, len(mine))
    kept = gauss & same & clear & (r >= window[0]) & (r <= window[1])
    level = np.abs(direction[:, 2]) < 1e-6
    beside = ~gauss & same & level & (direction @ corner.ray > np.cos(_BESIDE)) & (r > 0.0)
    found = []
    for chosen in (kept, beside):
        rows = np.column_stack([r[chosen], direction[chosen], part[chosen], sigma.reshape(-1, 6)[chosen]])
        rows = np.concatenate(mesh.comm.allgather(rows))
        rows = rows[np.lexsort(rows[:, :5].T)]
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        found.append(Samples(rows[:, 0], rows[:, 1:4], rows[:, 4].astype(np.int64), rows[:, 5:]))
    return found[0], found[1]
