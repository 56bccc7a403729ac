"""Forms the hand-written kernels know: elasticity or conduction on upright cells."""

from dataclasses import dataclass
from typing import TypeAlias

import basix
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver import compat
from solver.arrays import Array, Integers

_MOST = 0.5  # of the cells: with fewer it is not worth while to take them apart
_GAUSS_DEGREE = 4  # three points in each direction, as FFCx takes for this degree


@dataclass(frozen=True)
class LayeredForm:
    """A bilinear form whose cell integral is int C eps(u) : eps(v) dx or int k grad t . grad v + m t v dx.

    Attributes:
        form: all of it.
        law: nine or 21 moduli in the order of `materials.elasticity.ALL_MODULI`, or conductivities xx, yy, zz, the
            mass m and maybe the conductivity xy; a value per cell, or per quadrature point of degree 4.
        facets: the part of the form on exterior facets, None if there is none.
        drift: three values where the law has its own: heat has the term b t . grad v, too, if it is given; only
            products know it.
    """

    form: ufl.Form
    law: fem.Function
    facets: ufl.Form | None = None
    drift: fem.Function | None = None


Bilinear: TypeAlias = ufl.Form | LayeredForm


def whole(a: Bilinear) -> ufl.Form:
    """The form in UFL."""
    return a.form if isinstance(a, LayeredForm) else a


@dataclass(frozen=True)
class Upright:
    """Cells as the kernels take them: those that stand upright on a level plane cell.

    Attributes:
        cells: (cells,) they are among the owned ones.
        others: (n,) owned ones that do not stand so.
        all: True if no rank has others.
        nodes: (cells, 27) local nodes of the space, x fastest, z slowest.
        shape: (cells, 9) x and y of four corners, and the height (m).
        where: (cells, points) rows of the law's values of each cell, points in the order of `nodes`.
    """

    cells: Integers
    others: Integers
    all: bool
    nodes: Integers
    shape: Array
    where: Integers

    def rest(self, a: LayeredForm) -> ufl.Form | None:
        """What the kernels leave of a form: facets, and the cells that do not stand upright."""
        if self.all:
            return a.facets
        there = {"subdomain_id": 1, "subdomain_data": [(1, self.others)]}
        return ufl.Form([
            one.reconstruct(**there) if one.integral_type() == "cell" else one for one in a.form.integrals()
        ])  # fmt: skip

    @property
    def points(self) -> int:
        """Values of the law in a cell: 1 or 27."""
        return int(self.where.shape[1])


def lattice(points: Array) -> Integers:
    """Order of 27 points of the reference cube with x fastest, z slowest."""
    place = np.stack([np.unique(np.round(column, 9), return_inverse=True)[1].ravel() for column in points.T])
    return np.argsort(place[0] + 3 * place[1] + 9 * place[2]).astype(np.int32)


def upright(space: fem.FunctionSpace, law: fem.Function) -> Upright | None:
    """The owned cells of a degree-2 space, None if few of all ranks stand upright on a level plane cell. Collective."""
    domain = space.mesh
    owned = domain.topology.index_map(3).size_local
    corners = domain.geometry.x[compat.geometry_nodes(domain)[:owned]]
    bottom, top = corners[:, :4], corners[:, 4:]
    height = top[:, 0, 2] - bottom[:, 0, 2]
    level = (bottom[..., 2] == bottom[:, :1, 2]).all(axis=1) & (top[..., 2] == top[:, :1, 2]).all(axis=1)
    stands = level & (bottom[..., :2] == top[..., :2]).all(axis=(1, 2)) & (height > 0)
    count, total = domain.comm.allreduce(np.array([stands.sum(), owned]), MPI.SUM)
    if count < _MOST * total:
        return None
    cells, others = (np.flatnonzero(one).astype(np.int32) for one in (stands, ~stands))
    where = law.function_space.dofmap.list[cells]
    if where.shape[1] > 1:
        where = where[:, lattice(basix.make_quadrature(domain.basix_cell(), _GAUSS_DEGREE)[0])]
    shape = np.column_stack([bottom[..., :2].reshape(owned, 8), height])[cells]
    arrays = (np.ascontiguousarray(part) for part in (lattice_nodes(space)[cells], shape, where))
    return Upright(cells, others, bool(count == total), *arrays)


def lattice_nodes(space: fem.FunctionSpace) -> Integers:
    """(owned cells, 27) local nodes of a degree-2 space, continuous or not, x fastest, z slowest."""
    owned = space.mesh.topology.index_map(3).size_local
    return np.ascontiguousarray(space.dofmap.list[:owned, lattice(element_nodes(space.mesh.basix_cell()))])


def element_nodes(cell: basix.CellType) -> Array:
    """Points of the degree-2 element on the reference cell, shape (27, 3)."""
    return basix.create_element(basix.ElementFamily.P, cell, 2, basix.LagrangeVariant.gll_warped).points
