"""Fields of a stack from their values at the Gauss points of its cells."""

from collections.abc import Callable

import basix
import numpy as np
from basix import LagrangeVariant
from dolfinx import fem, mesh

from solver.arrays import Array
from solver.physics.coefficients import QUADRATURE_DEGREE

_GAUSS = 0.5 + np.array([-1.0, 1.0]) / np.sqrt(12.0)  # where stress of degree 2 is best (J. Barlow 1976)
WITHIN = np.stack(np.meshgrid(_GAUSS, _GAUSS, _GAUSS, indexing="ij"), axis=-1).reshape(-1, 3)
"""(8, 3) Gauss points of the reference cell, of equal weight: their mean is that over a brick."""


def fitted(domain: mesh.Mesh, points: Array) -> Callable[[Array], Array]:
    """From values (cells, Gauss points, m) those at other points (n, 3) of the reference cell, (cells, n, m).

    The polynomial of degree two in each direction that has them: exact for the stress of an elastic brick.
    """
    gauss = basix.make_quadrature(domain.basix_cell(), QUADRATURE_DEGREE)[0]
    weights = _monomials(points) @ np.linalg.inv(_monomials(gauss))
    return lambda values: np.einsum("pq,cqm->cpm", weights, values)


def as_field(space: fem.FunctionSpace, values: Array) -> fem.Function:
    """A field that is quadratic in every cell by itself, from values (owned cells, Gauss points, m).

    Args:
        space: `("DG", 2)` of m components.
        values: at the Gauss points.
    """
    element = basix.create_element(basix.ElementFamily.P, space.mesh.basix_cell(), 2, LagrangeVariant.gll_warped)
    found = fem.Function(space)
    rows = found.x.array.reshape(-1, space.dofmap.index_map_bs)
    rows[space.dofmap.list[: len(values)]] = fitted(space.mesh, element.points)(values)
    found.x.scatter_forward()
    return found


def _monomials(points: Array) -> Array:
    """(points, 27) x^i y^j z^k, i, j, k to 2."""
    x, y, z = (np.vander(column, 3, increasing=True) for column in points.T)
    return np.einsum("pi,pj,pk->pijk", x, y, z).reshape(len(points), 27)
