"""Keep-out zones of vias through silicon, and how far their copper stands out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import shapely
from mpi4py import MPI

from meshes.extrude import StackMesh
from meshes.faces import cells_at
from solver import compat
from solver.arrays import Array, Integers
from solver.case.keep_out import Device
from solver.materials.piezoresistance import SMITH, Piezoresistance, mobility_change
from solver.metrics.joints import JointField, joint_field
from solver.metrics.reading import SolvedStep
from solver.metrics.surface import Surface

_FINE = 8  # points per direction and cell that are held against the limit
_GAUSS = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)  # where stress is most accurate
_TERA = 1e-12
_NEAR, _FAR = 2.0, 3.0  # radii between which the silicon tells its level
_FLAT = 1e-6  # of its largest: eigenvalues of the normal equations of a plane below which it is not known


@dataclass(frozen=True)
class Plane:
    """Change of mobility of a device over the silicon of this rank.

    Attributes:
        xy: (cells, 4, 2) corners of the face of every cell, in the order of the reference cell (m).
        change: (cells, 4) at the Gauss points of the face.
        mirrored: the same of a device as a mirror image sees it: x or y turned round.
    """

    xy: Array
    change: Array
    mirrored: Array

    @property
    def places(self) -> Array:
        """(cells, 4, 2) of the Gauss points (m)."""
        return np.asarray(np.einsum("pi,cid->cpd", _bilinear(_face_points()), self.xy))


@dataclass(frozen=True)
class Zone:
    """Of one device.

    Attributes:
        radius: (vias,) farthest that the limit is exceeded from the middle of each via (m), 0 where it nowhere is.
        area: (vias,) of silicon where it is exceeded, next to each via (m^2).
        least, most: change of mobility over all of the silicon.
        silicon: area of it (m^2).
    """

    radius: Array
    area: Array
    least: float
    most: float
    silicon: float


def device_plane(step: SolvedStep, layer: str, parts: Sequence[str], devices: Sequence[Device]) -> list[Plane]:
    """Change of mobility at the top of the silicon, device by device.

    Args:
        step: in equilibrium.
        layer: of the silicon.
        parts: of it that are silicon.
        devices: which.
    """
    mesh = step.stack_mesh
    cells = cells_at(mesh, f"{layer}.top")
    names = np.array([block.name in parts for block in mesh.blocks])
    cells = cells[names[mesh.block[cells]]]
    points = np.column_stack([_face_points(), np.ones(4)])
    stress = step.solid.stress(step.temperature, points)[cells]
    corners = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[cells]][:, 4:, :2]
    turned = stress * np.array([1.0, 1.0, 1.0, 1.0, 1.0, -1.0])
    found = []
    for device in devices:
        known, angle = coefficients(device), np.radians(device.degrees)
        changes = (mobility_change(known, device.channel, angle, one) for one in (stress, turned))
        found.append(Plane(corners, *changes))
    return found


def coefficients(device: Device) -> Piezoresistance:
    """Of a device: its own, or those of its carriers."""
    if device.coefficients is None:
        return SMITH[device.carriers]
    return Piezoresistance(*(_TERA * value for value in device.coefficients))


def zone(mesh: StackMesh, plane: Plane, vias: JointField, limit: float) -> Zone:
    """Where a device may not be. Collective.

    Args:
        mesh: of the stack.
        plane: of the device.
        vias: places of all vias of the whole stack.
        limit: change of mobility, as a part.
    """
    at = (np.arange(_FINE) + 0.5) / _FINE
    y, x = np.meshgrid(at, at, indexing="ij")
    local = np.stack([x.ravel(), y.ravel()], axis=1)
    places = np.einsum("pi,cid->cpd", _bilinear(local), plane.xy)
    area = np.einsum("p,c->cp", np.full(len(local), 1.0 / len(local)), _areas(plane.xy))
    between = _bilinear((local - _GAUSS[0]) / (_GAUSS[1] - _GAUSS[0]))
    radius, taken, extremes = np.zeros(len(vias.area)), np.zeros(len(vias.area)), np.full(2, -np.inf)
    for signs, odd in _images(mesh):
        change = (plane.mirrored if odd else plane.change) @ between.T
        extremes = np.maximum(extremes, [-change.min(initial=np.inf), change.max(initial=-np.inf)])
        beyond = np.abs(change) > limit
        owner, distance = nearest(vias, places[beyond] * signs)
        np.maximum.at(radius, owner, distance)
        np.add.at(taken, owner, area[beyond])
    comm = mesh.comm
    comm.Allreduce(MPI.IN_PLACE, radius, MPI.MAX)
    comm.Allreduce(MPI.IN_PLACE, taken, MPI.SUM)
    comm.Allreduce(MPI.IN_PLACE, extremes, MPI.MAX)
    silicon = mesh.stack.multiplicity * comm.allreduce(float(area.sum()), MPI.SUM)
    return Zone(radius, taken, -float(extremes[0]), float(extremes[1]), silicon)


def standing_out(step: SolvedStep, part: str, vias: JointField) -> tuple[Array, Array]:
    """Mean and greatest rise of the top of every via against the silicon around it (m), (vias,) each. Collective.

    The silicon between two and three radii from the middle of a via tells its level, or all that is nearest to it: the
    plane that fits it, so that neither a tilt of the stack nor its warpage counts.

    Args:
        step: in equilibrium.
        part: LAYER/REGION.
        vias: places of it.
    """
    mesh, layer = step.stack_mesh, part.partition("/")[0]
    copper = Surface(mesh, step.displacement, f"{part}.top")
    around = Surface(mesh, step.displacement, f"{layer}.top")
    count = len(vias.area)
    planes = np.zeros((2, count, 3, 4))  # of the ring, of all that is nearest: normal equations and right sides
    for signs, _ in _images(mesh):
        owner, distance = nearest(vias, around.gauss.xy * signs)
        radii = distance / (0.5 * vias.diameter[owner])
        terms = _terms(vias, owner, around.gauss.xy * signs)
        rows = np.einsum("n,ni,nj->nij", around.gauss.weight, terms, np.column_stack([terms, around.gauss.u[:, 2]]))
        for plane, (low, high) in zip(planes, ((_NEAR, _FAR), (1.0 + 1e-3, np.inf)), strict=True):
            there = (radii > low) & (radii < high)
            np.add.at(plane, owner[there], rows[there])
    mesh.comm.Allreduce(MPI.IN_PLACE, planes, MPI.SUM)
    level = _solved(np.where(planes[0, :, :1, :1] > 0.0, planes[0], planes[1]))
    sums, top = np.zeros((2, count)), np.full(count, -np.inf)
    for signs, _ in _images(mesh):
        for points in (copper.gauss, copper.lattice):
            owner, _ = nearest(vias, points.xy * signs)
            rise = points.u[:, 2] - np.einsum("ni,ni->n", _terms(vias, owner, points.xy * signs), level[owner])
            if points is copper.gauss:
                np.add.at(sums[0], owner, copper.gauss.weight)
                np.add.at(sums[1], owner, copper.gauss.weight * rise)
            else:
                np.maximum.at(top, owner, rise)
    mesh.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
    mesh.comm.Allreduce(MPI.IN_PLACE, top, MPI.MAX)
    return sums[1] / sums[0], top


def _terms(vias: JointField, owner: Integers, places: Array) -> Array:
    """(n, 3) one and the place from the middle of its via, in radii."""
    offset = (places - vias.centres[owner]) / (0.5 * vias.diameter[owner])[:, None]
    return np.column_stack([np.ones(len(places)), offset])


def _solved(planes: Array) -> Array:
    """(vias, 3) coefficients of planes from their normal equations (vias, 3, 4), the flattest of those that fit."""
    return np.stack([np.linalg.pinv(one[:, :3], rcond=_FLAT, hermitian=True) @ one[:, 3] for one in planes])


def nearest(vias: JointField, places: Array) -> tuple[Integers, Array]:
    """The via nearest to each place, (n,), and the distance from its middle (m)."""
    if not len(places):
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    owner = np.asarray(shapely.STRtree(shapely.points(vias.centres)).nearest(shapely.points(places)))
    return owner, np.linalg.norm(places - vias.centres[owner], axis=1)


def vias_of(mesh: StackMesh, part: str) -> JointField:
    """Places of the vias of the whole stack."""
    return joint_field(mesh.stack, part)


def _face_points() -> Array:
    y, x = np.meshgrid(_GAUSS, _GAUSS, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _images(mesh: StackMesh) -> Iterator[tuple[Array, bool]]:
    """Signs of x and y of the modelled part and of its mirror images, and whether shear turns round."""
    for signs in product(*((1.0, -1.0) if axis in mesh.stack.mirrors else (1.0,) for axis in (0, 1))):
        yield np.array(signs), bool(np.prod(signs) < 0.0)


def _bilinear(local: Array) -> Array:
    """(n, 4) shape functions of the unit square at points (n, 2), in or out of it."""
    x, y = local.T
    return np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], axis=1)


def _areas(xy: Array) -> Array:
    one, other = xy[:, 3] - xy[:, 0], xy[:, 2] - xy[:, 1]
    return np.asarray(0.5 * np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]))
