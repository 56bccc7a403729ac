"""Eigenvalues of a preconditioned operator, from conjugate gradients: the method of Lanczos.

Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), section 6.7.3.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from solver.arrays import Array

_MOST, _LEAST = 8, 5  # steps to tell whether an operator is definite
_SURE = 0.03  # least Ritz value from which it is; a good preconditioner of a definite one has 0.3 and more
_SETTLED = 0.25  # part by which the least Ritz value falls in a step, from below which it does not fall to zero


def ritz_values(
    dot: Callable[[Array, Array], float],
    product: Callable[[Array], Array],
    inverse: Callable[[Array], Array],
    r: Array,
) -> Iterator[Array]:
    """Ritz values, the lowest first, after each step of conjugate gradients. Collective.

    It ends where operator or preconditioner turn out not to be positive definite.

    Args:
        dot: product of owned values over all ranks.
        product: of the operator.
        inverse: the preconditioner.
        r: (owned unknowns,) residual to start from, without a pattern.
    """
    z = inverse(r)
    rz, p = dot(r, z), z.copy()
    alphas: list[float] = []
    betas: list[float] = []
    while True:
        ap = product(p)
        stiffness = dot(p, ap)
        if not (stiffness > 0.0 and rz > 0.0):
            return
        alpha = rz / stiffness
        alphas.append(alpha)
        diagonal = [1 / alpha + (betas[i - 1] / alphas[i - 1] if i else 0.0) for i, alpha in enumerate(alphas)]
        off = [np.sqrt(betas[i]) / alphas[i] for i in range(len(alphas) - 1)]
        yield np.linalg.eigvalsh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
        r = r - alpha * ap
        z = inverse(r)
        new = dot(r, z)
        betas.append(new / rz)
        p, rz = z + new / rz * p, new


def surely_definite(
    dot: Callable[[Array, Array], float],
    product: Callable[[Array], Array],
    inverse: Callable[[Array], Array],
    r: Array,
) -> bool:
    """True if an operator is positive definite by far, as seen by a preconditioner that is. Arguments as above.

    The preconditioner may be that of another operator near this one. It makes the softest motions the largest part of
    what it answers to noise, and what is negative lies apart from all other eigenvalues: a few steps find it.
    """
    before = np.inf
    for step, values in enumerate(islice(ritz_values(dot, product, inverse, r), _MOST), 1):
        least = float(values[0])
        if least < _SURE:
            return False
        if step >= _LEAST and before - least < _SETTLED * least:
            return True
        before = least
    return False
