"""Die shift: where the dies of a panel have gone in the plane, how they have turned and grown, and what is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import basix
import numpy as np
import shapely
from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Array, Integers, Mask
from solver.metrics import alignment
from solver.metrics.alignment import Alignment, Residual
from solver.metrics.frame import Frame
from solver.metrics.surface import Surface, surface_of

_POWERS = [(degree - j, j) for degree in range(4) for j in range(degree + 1)]  # 1, x, y, x^2, ...
_LINEAR = 3  # of them
_WHOLE = 1e-3  # part of its area that may miss where a die is whole


@dataclass(frozen=True)
class Motion:
    """In-plane motion of every die of a region: its least-squares cubic, linear in the displacement.

    A cubic keeps all that is measured of a die in 20 numbers, so that the motions of two steps can be subtracted on
    whatever meshes and ranks they were found.

    Attributes:
        centres: (n, 2) designed places of the dies (m), of the whole panel whatever its symmetry.
        whole: (n,) True for a die all of which is there.
        gram: (10, 10) products of the monomials over a die, in coordinates about its centre in units of `size`.
        size: m.
        coefficients: (n, 10, 2) of the cubic in the orthonormal basis that Cholesky's factor of `gram` gives.
    """

    centres: Array
    whole: Mask
    gram: Array
    size: float
    coefficients: Array

    def since(self, earlier: "Motion") -> "Motion":
        """The motion since an earlier step, of the dies that were there."""
        change = self.coefficients - earlier.coefficients
        return Motion(self.centres, self.whole & earlier.whole, self.gram, self.size, change)

    def at(self, die: int, xy: Array) -> Array:
        """(n, 2) displacement (m) of a die at places (n, 2) as drawn (m)."""
        monomials = _monomials((xy - self.centres[die]) / self.size)
        basis = np.linalg.solve(np.linalg.cholesky(self.gram), monomials.T)
        return np.asarray(basis.T @ self.coefficients[die])


@dataclass(frozen=True)
class DieShift:
    """Die shift after a step.

    Attributes:
        number: (n,) of each die, in the order of the region's places, from 1.
        centre: (n, 2) designed place (m).
        shift: (n, 2) mean displacement (m).
        rotation: (n,) about z (rad).
        magnification: (n,) relative growth.
        residual: (n,) root mean square over the die of what shift, rotation and magnification leave (m).
        panel: translation, rotation, magnifications and orthogonality of all shifts together; None if the dies do not
            determine them.
        left: (n, 2) what these leave of the shifts (m): what a stepper cannot correct globally.
    """

    number: Integers
    centre: Array
    shift: Array
    rotation: Array
    magnification: Array
    residual: Array
    panel: Alignment | None
    left: Array

    def summary(self) -> dict[str, Any]:
        """Entry of the summary."""
        rest: Residual | None = None if self.panel is None else alignment.residual(self.left)
        return {
            "dies": len(self.number),
            "max_shift_um": 1e6 * float(np.hypot(*self.shift.T).max()),
            "max_rotation_urad": 1e6 * float(np.abs(self.rotation).max()),
            "mean_magnification_ppm": 1e6 * float(self.magnification.mean()),
            "max_residual_um": 1e6 * float(self.residual.max()),
            "panel": self.panel,
            "panel_residual": rest,
        }

    def table(self) -> dict[str, Array]:
        """Columns of the CSV file."""
        x, y = 1e3 * self.centre.T
        left = 1e6 * (self.left if self.panel is not None else np.full_like(self.shift, np.nan))
        return {
            "die": self.number,
            "x_mm": x,
            "y_mm": y,
            "dx_um": 1e6 * self.shift[:, 0],
            "dy_um": 1e6 * self.shift[:, 1],
            "rotation_urad": 1e6 * self.rotation,
            "magnification_ppm": 1e6 * self.magnification,
            "residual_um": 1e6 * self.residual,
            "panel_residual_x_um": left[:, 0],
            "panel_residual_y_um": left[:, 1],
        }


def motion(
    stack_mesh: StackMesh, displacement: fem.Function, frame: Frame, layer: str, region: str, side: str
) -> Motion | None:
    """Motion of the dies, by sums over the facets of each; None if no die is there. Collective.

    Dies cut by a symmetry plane are completed by their mirror image.

    Args:
        stack_mesh: the mesh.
        displacement: degree-2 field on it, laid level if large (m).
        frame: the rigid motion it is read without.
        layer: where the dies are.
        region: their name.
        side: "top" or "bottom": the active face.
    """
    if layer not in stack_mesh.layers:
        return None
    placed = next(entry for entry in stack_mesh.stack.layer(layer).regions if entry.name == region)
    if not placed.polygons:
        return None
    polygons = np.array(placed.polygons, dtype=object)
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    areas = shapely.area(polygons)
    typical = polygons[int(np.abs(areas - np.median(areas)).argmin())]  # single dies of a homogenised field are drawn
    area = typical.area
    size = 0.5 * float(np.sqrt(area))
    total = _sums(surface_of(stack_mesh, displacement, f"{layer}.{side}"), frame, polygons, centres, size)
    whole = np.abs(total[:, 0] - area) < _WHOLE * area
    if not whole.any():
        return None
    gram, count = _gram(typical, shapely.get_coordinates(typical.centroid)[0], size), len(_POWERS)
    moments = total[:, 1:].reshape(-1, count, 2).transpose(1, 0, 2).reshape(count, -1)
    coefficients = np.linalg.solve(np.linalg.cholesky(gram), moments)
    return Motion(centres, whole, gram, size, coefficients.reshape(count, -1, 2).transpose(1, 0, 2))


def evaluate(found: Motion) -> DieShift | None:
    """Die shift from the motion of the dies; None if no die is there in whole.

    Per die the best u = t + m x + r (-y, x) about its centre, by least squares over its area.
    """
    kept = np.flatnonzero(found.whole)
    if not len(kept):
        return None
    parts, area = found.coefficients[kept], found.gram[0, 0]
    corner = np.linalg.cholesky(found.gram)[:_LINEAR, :_LINEAR]
    linear = np.linalg.solve(corner.T, parts[:, :_LINEAR])  # (n, 3, 2) of 1, x, y
    inertia = found.gram[1:_LINEAR, 1:_LINEAR]
    gradient = linear[:, 1:].transpose(0, 2, 1)  # (n, 2, 2) du_i / dx_j, in units of 1 / size
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    growth = np.einsum("nij,ij->n", gradient, inertia) / np.trace(inertia)
    turn = np.einsum("nij,ij->n", gradient, quarter @ inertia) / np.trace(inertia)
    rest = gradient - growth[:, None, None] * np.eye(2) - turn[:, None, None] * quarter
    square = np.einsum("nij,jk,nik->n", rest, inertia, rest) + (parts[:, _LINEAR:] ** 2).sum(axis=(1, 2))
    shift = linear[:, 0]
    fitted = alignment.fit(found.centres[kept], shift)
    panel, left = (None, shift) if fitted is None else fitted
    turn, growth = turn / found.size, growth / found.size
    return DieShift(kept + 1, found.centres[kept], shift, turn, growth, np.sqrt(square / area), panel, left)


def _sums(surface: Surface, frame: Frame, polygons: Array, centres: Array, size: float) -> Array:
    """Area of every die, then the products of the monomials with its displacement along x and y, shape (n, 21)."""
    gauss, tree = surface.gauss, shapely.STRtree(polygons)
    u = frame.rest(gauss.xy, surface.level, gauss.u)[:, :2]
    points = len(gauss.weight) // max(surface.facets, 1)
    sums = np.zeros((len(polygons), 1 + 2 * len(_POWERS)))
    for flip in _images(surface.stack.mirrors):
        facet, die = tree.query(shapely.points(surface.middles * flip), predicate="intersects")
        order = np.argsort(die, kind="stable")
        facet, die = facet[order], die[order]
        sample = (facet[:, None] * points + np.arange(points)).ravel()
        owner, weight = np.repeat(die, points), gauss.weight[sample]
        basis = _monomials((gauss.xy[sample] * flip - centres[owner]) / size) * weight[:, None]
        products = (basis[:, :, None] * (u[sample] * flip)[:, None, :]).reshape(len(sample), 2 * len(_POWERS))
        first = np.flatnonzero(np.diff(die, prepend=-1))  # of each die
        if len(first):
            sums[die[first]] += np.add.reduceat(np.column_stack([weight, products]), first * points)
    return surface.sum(sums)


def _images(mirrors: tuple[int, ...]) -> Iterator[Array]:
    """Signs of x and y of the modelled part and of its mirror images."""
    for signs in product(*((1.0, -1.0) if axis in mirrors else (1.0,) for axis in (0, 1))):
        yield np.array(signs)


def _monomials(xy: Array) -> Array:
    x, y = ([np.ones(len(xy)), one, one**2, one**3] for one in xy.T)
    return np.stack([x[i] * y[j] for i, j in _POWERS], axis=1)


def _gram(polygon: shapely.Polygon, centre: Array, size: float) -> Array:
    """Products of the monomials over a polygon times `size`^2: signed triangles from the centre to every side."""
    points, weights = basix.make_quadrature(basix.CellType.triangle, 2 * sum(_POWERS[-1]))
    gram = np.zeros((len(_POWERS), len(_POWERS)))
    shape = shapely.geometry.polygon.orient(polygon)
    for ring in (shape.exterior, *shape.interiors):
        corners = (np.asarray(ring.coords) - centre) / size
        for a, b in pairwise(corners):
            basis = _monomials(points @ np.stack([a, b]))
            gram += (a[0] * b[1] - a[1] * b[0]) * basis.T @ (basis * weights[:, None])
    return gram * size**2
