"""A bump in a place of a stack: what it carries, and whether it pulls apart the film behind it ("white bumps").

A low-k film comes off under the outermost bumps as a package cools from chip attach. Its stress is judged as that at a
free edge is, by the quadratic criterion on stress that is averaged over a length of the film (J. C. Brewer and
P. A. Lagace, J. Compos. Mater. 22 (1988) 1141): the index is sqrt((<s_zz> / Z)^2 + (<t> / S)^2), where pressure counts
as nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import basix
import numpy as np
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array
from solver.case.submodel import Bump
from solver.metrics.joints import Remembering, joint_field, part_means
from solver.output.summary import IF_ANY, INLINE
from solver.parallel import on_root
from solver.physics.coefficients import QUADRATURE_DEGREE
from solver.physics.solid.solid import Solid

_ZZ, _YZ, _XZ = 2, 3, 4  # Voigt order
_NEAR = 1e-6  # of the span of the place: a bump that near to its side touches it
_FEWEST = 4  # columns of cells a mean is taken over


@dataclass(frozen=True)
class Film:
    """The film behind a bump, where it is strained most.

    Attributes:
        film_x_mm, film_y_mm: there, in the place.
        film_peel_mpa: stress across the film, averaged; tension is positive.
        film_shear_mpa: along it, likewise.
        film_columns: columns of cells it is averaged over.
        white_bump_index: 1 where the film comes off; None without a strength.
    """

    film_x_mm: float
    film_y_mm: float
    film_peel_mpa: float
    film_shear_mpa: float
    film_columns: int
    white_bump_index: float | None = field(metadata=IF_ANY)


@dataclass(frozen=True)
class BumpEntry:
    """A bump after a step.

    Attributes:
        shear_force_mn, axial_force_mn: at half its height; tension is positive.
        shear_mpa, axial_mpa: the same over its section.
        cut_off: a side of the place cuts it: forces are those of the part inside.
        film: what it does to the film.
    """

    shear_force_mn: float
    axial_force_mn: float
    shear_mpa: float
    axial_mpa: float
    cut_off: bool
    film: Film | None = field(metadata=INLINE | IF_ANY)


def read(bump: Bump, solid: Solid, temperature: float | fem.Function) -> BumpEntry | None:
    """What a bump of a place carries; None where it is not whole. Collective.

    Forces are means over its volume, times its section: equilibrium makes that the force at half its height.

    Args:
        bump: as the case has it.
        solid: of the place, in equilibrium.
        temperature: uniform (K) or the field.
    """
    known = cast(Remembering, solid)  # all solids have coefficients
    volumes = known.coefficients.volumes()
    points = basix.make_quadrature(solid.stack_mesh.mesh.basix_cell(), QUADRATURE_DEGREE)[0]
    upright = solid.stress(temperature, points)[: len(volumes), :, [_ZZ, _YZ, _XZ]]
    found = part_means(known, bump.joint, "whole", list(np.moveaxis(upright, -1, 0)))
    if found is None:
        return None
    joints = joint_field(solid.stack_mesh.stack, bump.joint)
    x0, y0, x1, y1 = solid.stack_mesh.stack.outline.bounds
    away = np.linalg.norm(joints.centres - [0.5 * (x0 + x1), 0.5 * (y0 + y1)], axis=1)
    away[np.isnan(found[:, 0])] = np.inf
    piece = int(np.argmin(away))
    if np.isinf(away[piece]):
        return None
    along, shear = found[piece, 0], float(np.hypot(*found[piece, 1:]))
    area = joints.area[piece]
    film = None if bump.film is None else _film(bump, solid.stack_mesh, upright, volumes)
    stack = solid.stack_mesh.stack
    gap = stack.polygons_of(bump.joint)[piece].distance(stack.outline.exterior)
    return BumpEntry(
        1e3 * shear * area, 1e3 * along * area, 1e-6 * shear, 1e-6 * along, bool(gap < _NEAR * stack.span), film
    )


def doubts(where: str, bump: Bump, entry: BumpEntry) -> Iterator[str]:
    """What of a bump is not to be believed."""
    film = entry.film
    if entry.cut_off:
        yield f"{where}: a side of the place cuts '{bump.joint}': its forces are those of the part inside"
    if bump.film is not None and film is None:
        yield f"{where}: there is nothing of '{bump.film}', whose stress `bump` asks for"
    if film is not None and film.film_columns < _FEWEST:
        few = f"'{bump.film}' is averaged over {film.film_columns} columns of cells within {1e6 * bump.over:.4g} um"
        yield f"{where}: {few}; refine `mesh`, or average `over` more"


def in_words(name: str, entry: BumpEntry) -> str:
    """A bump after a step, for the log."""
    text = f"    {name}: shear {entry.shear_force_mn:.4g} mN ({entry.shear_mpa:.4g} MPa), "
    text += f"axial {entry.axial_force_mn:.4g} mN ({entry.axial_mpa:.4g} MPa)"
    if (film := entry.film) is not None:
        text += f"; its film {film.film_peel_mpa:.4g} MPa across, {film.film_shear_mpa:.4g} MPa along"
        if film.white_bump_index is not None:
            text += f", white-bump index {film.white_bump_index:.3g}"
    return text


def _film(bump: Bump, mesh: StackMesh, upright: Array, volumes: Array) -> Film | None:
    """The film where its index is largest, or without a strength where it is pulled most; None without the film."""
    blocks = [index for index, block in enumerate(mesh.blocks) if block.name == bump.film]
    mine = np.flatnonzero(np.isin(mesh.block[: len(volumes)], blocks))
    columns = mesh.column[mine]
    middles = mesh.plane.points[mesh.plane.quads[columns]].mean(axis=1)
    forces = (upright[mine] * volumes[mine][..., None]).sum(axis=1)
    rows = np.column_stack([middles, volumes[mine].sum(axis=1), forces])
    parts = mesh.comm.gather(rows)  # of one film of one place
    return on_root(mesh.comm, lambda: _worst(bump, np.concatenate(parts or [rows])))


def _worst(bump: Bump, cells: Array) -> Film | None:
    """The same from cells of it: middle (m), volume (m^3) and integrals of stress zz, yz, xz (N m). On one rank."""
    from scipy.spatial import cKDTree

    if not len(cells):
        return None
    _, first, column = np.unique(np.round(cells[:, :2], 12), axis=0, return_index=True, return_inverse=True)
    weight = np.bincount(column.ravel(), cells[:, 2])
    stress = np.stack([np.bincount(column.ravel(), one) for one in cells[:, 3:].T], axis=1)
    places = cells[first, :2]
    near = cKDTree(places).query_ball_point(places, bump.over)
    across, along, count = np.empty(len(places)), np.empty(len(places)), np.array([len(one) for one in near])
    for number, others in enumerate(near):
        zz, yz, xz = stress[others].sum(axis=0) / weight[others].sum()
        across[number], along[number] = zz, np.hypot(yz, xz)
    bears = bump.strength
    index = None
    if bears is not None:
        index = np.hypot(np.maximum(across, 0.0) / bears.opening, along / bears.shear)
    worst = int(np.argmax(across if index is None else index))
    x, y = 1e3 * places[worst]
    values = float(x), float(y), 1e-6 * float(across[worst]), 1e-6 * float(along[worst]), int(count[worst])
    return Film(*values, None if index is None else float(index[worst]))
