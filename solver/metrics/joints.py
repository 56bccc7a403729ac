"""What creeps or yields in each joint of an array: work and strain, means over a row of its cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import shapely
from mpi4py import MPI

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.small_in_time import SmallDeflectionInTime
from solver.stackup.stack import StackUp

Remembering = SmallDeflectionInTime | LargeDeflectionInTime
_READ = ("inelastic_work", "equivalent_inelastic_strain")
_WHOLE = 1e-3  # part of its volume that may miss where a joint is whole


@dataclass(frozen=True)
class JointField:
    """The joints of one part.

    Attributes:
        centres: (n, 2) places (m), of the whole outline whatever its symmetry.
        area: (n,) of each in plane (m^2).
    """

    centres: Array
    area: Array

    @property
    def diameter(self) -> Array:
        """(n,) of circles of the same area (m)."""
        return np.asarray(2.0 * np.sqrt(self.area / np.pi))


@dataclass(frozen=True)
class RowMeans:
    """Means over one row of cells of every joint, since birth.

    Attributes:
        work: (n,) inelastic work per volume (J/m^3), nan of a joint that is not there.
        strain: (n,) equivalent inelastic strain, summed along its path.
        slab: thickness of the row (m).
    """

    work: Array
    strain: Array
    slab: float


def joint_field(stack: StackUp, part: str) -> JointField:
    """The joints of a part."""
    polygons = np.array(stack.polygons_of(part), dtype=object)
    return JointField(shapely.get_coordinates(shapely.centroid(polygons)), np.asarray(shapely.area(polygons)))


def slab_of(stack: StackUp, part: str, row: str) -> float:
    """Thickness (m) of a row of cells, `bottom`, `top` or `whole`, of a part."""
    layer = stack.layer(part.partition("/")[0])
    return layer.thickness if row == "whole" else layer.thickness / layer.cells


def row_means(solid: Remembering, part: str, row: str) -> RowMeans | None:
    """Means of every joint; None if the part is not there. Collective.

    Joints cut by a mirror plane are completed by their image.

    Args:
        solid: with a memory, in equilibrium.
        part: `LAYER/REGION`, or `LAYER`.
        row: `bottom`, `top` or `whole`.
    """
    readings, volumes = solid.memory.readings(), solid.coefficients.volumes()
    means = part_means(solid, part, row, [readings.get(name, np.zeros_like(volumes)) for name in _READ])
    if means is None:
        return None
    return RowMeans(means[:, 0], means[:, 1], slab_of(solid.stack_mesh.stack, part, row))


def part_means(solid: Remembering, part: str, row: str, values: Sequence[Array]) -> Array | None:
    """Means of values over every joint, (n, values), nan of one that is not whole; None without the part. Collective.

    Args:
        solid: with a memory, in equilibrium.
        part: `LAYER/REGION`, or `LAYER`.
        row: `bottom`, `top` or `whole`.
        values: (owned cells, points) each; what is nan counts as nothing.
    """
    mesh = solid.stack_mesh
    if part not in [block.name for block in mesh.blocks]:
        return None
    cells = np.flatnonzero(_of_part(mesh, part) & _in_row(mesh, part, row))
    polygons = np.array(mesh.stack.polygons_of(part), dtype=object)
    volumes = solid.coefficients.volumes()[cells]
    found = [np.nan_to_num(value[cells]) for value in values]
    moments = np.stack([(value * volumes).sum(axis=1) for value in (*found, np.ones_like(volumes))], axis=1)
    sums = np.zeros((len(polygons), len(values) + 1))
    for joint, cell in _owners(mesh, mesh.column[cells], polygons):
        np.add.at(sums, joint, moments[cell])
    total = np.empty_like(sums)
    mesh.comm.Allreduce(sums, total, MPI.SUM)
    there = total[:, -1] > (1.0 - _WHOLE) * slab_of(mesh.stack, part, row) * shapely.area(polygons)
    return np.where(there[:, None], total[:, :-1] / np.where(there, total[:, -1], 1.0)[:, None], np.nan)


def _of_part(mesh: StackMesh, part: str) -> Mask:
    blocks = [index for index, block in enumerate(mesh.blocks) if block.name == part]
    return np.isin(mesh.block, blocks)


def _in_row(mesh: StackMesh, part: str, row: str) -> Mask:
    name = part.partition("/")[0]
    layers = mesh.stack.layers
    index = next(k for k, layer in enumerate(layers) if layer.name == name)
    level = mesh.interval - sum(layer.cells for layer in layers[:index])
    if row == "whole":
        return np.ones(len(level), dtype=bool)
    return np.asarray(level == (0 if row == "bottom" else layers[index].cells - 1))


def _owners(mesh: StackMesh, columns: Integers, polygons: Array) -> Iterator[tuple[Integers, Integers]]:
    """Pairs (joint, number of a cell among `columns`) of the modelled part and of each of its mirror images."""
    if not len(columns):
        return
    middles = mesh.plane.points[mesh.plane.quads[columns]].mean(axis=1)
    tree, mirrors = shapely.STRtree(polygons), mesh.stack.mirrors
    for signs in product(*((1.0, -1.0) if axis in mirrors else (1.0,) for axis in (0, 1))):
        cell, joint = tree.query(shapely.points(middles * np.array(signs)), predicate="within")
        yield joint, cell
