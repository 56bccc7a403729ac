"""The largest ratio of two quadratic forms, x . B x / x . A x, by the preconditioner of A.

It tells when a load makes A + B lose its definiteness, and along which motion.

Locally optimal preconditioned conjugate gradients for one vector (A. V. Knyazev, SIAM J. Sci. Comput. 23, 517, 2001).
"""

from collections.abc import Callable

import numpy as np
from mpi4py import MPI

from solver.arrays import Array
from solver.parallel import combined

Product = Callable[[Array], Array]

_MOST, _LEAST = 12, 3  # iterations
_GAIN = 0.02  # in an iteration, below which the ratio is as large as it gets
_SAME = 1e-10  # eigenvalue of the normalised Gram matrix of A below which a direction is nothing new


def largest_ratio(comm: MPI.Intracomm, a: Product, b: Product, inverse: Product, start: Array) -> float:
    """A lower bound, as a rule within some per cent; x . B x / x . A x of the last iterate. Collective.

    Args:
        comm: of the owned values.
        a: product of a symmetric positive definite operator A.
        b: product of a symmetric operator B.
        inverse: approximate inverse of A, symmetric and positive definite.
        start: (owned unknowns,) without a pattern.
    """
    x = inverse(start)
    basis: list[tuple[Array, ...]] = [(x, a(x), b(x))]
    ratio = -np.inf
    for iteration in range(_MOST):
        basis, found = _best(comm, basis)
        if iteration >= _LEAST and found - ratio < _GAIN * max(1.0, abs(found)):
            return found
        ratio = found
        _, ax, bx = basis[0]
        w = inverse(bx - ratio * ax)
        basis.append((w, a(w), b(w)))
    return _best(comm, basis)[1]


def _best(comm: MPI.Intracomm, basis: list[tuple[Array, ...]]) -> tuple[list[tuple[Array, ...]], float]:
    """The combination of vectors (each with its products) of largest ratio, what it adds to the first; the ratio."""
    gram = combined(comm, np.array([[[x @ y[k] for y in basis] for x, *_ in basis] for k in (1, 2)]), MPI.SUM)
    scale = 1.0 / np.sqrt(np.maximum(np.diag(gram[0]), np.finfo(float).tiny))
    stiff, soft = (0.5 * scale[:, None] * (part + part.T) * scale for part in gram)
    size, axes = np.linalg.eigh(stiff)
    axes = axes[:, size > _SAME * size[-1]] / np.sqrt(size[size > _SAME * size[-1]])
    ratios, vectors = np.linalg.eigh(axes.T @ soft @ axes)
    share = scale * (axes @ vectors[:, -1])
    new = tuple(sum(s * part for s, part in zip(share, parts, strict=True)) for parts in zip(*basis, strict=True))
    if len(basis) == 1:
        return [new], float(ratios[-1])
    rest = tuple(value - share[0] * first for value, first in zip(new, basis[0], strict=True))
    return [new, rest], float(ratios[-1])
