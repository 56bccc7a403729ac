"""What MUMPS says of a factorisation: its negative pivots, and why there is none.

Codes are those of INFOG(1), users' guide of MUMPS 5, section "Error and warning diagnostics".
"""

from petsc4py import PETSc

from solver.errors import NotConvergedError, OutOfMemoryError, PlanishError

TOO_SMALL = (-8, -9)  # the work space that was foreseen does not do; with more it may
NOT_POSITIVE = -40  # its dense root is not positive definite
_OF_THE_MATRIX = (-6, -10, NOT_POSITIVE)  # singular in its pattern, in its numbers
_MEMORY = (-5, -7, *TOO_SMALL, -11, -13, -14, -15, -17, -19, -20)  # arrays and buffers there was no room for
_ERROR, _NEGATIVE = 1, 12


def error(factorised: PETSc.PC) -> int:
    """Code of what went wrong, on any rank; negative if there is no factor."""
    return int(factorised.getFactorMatrix().getMumpsInfog(_ERROR))


def negative_pivots(factorised: PETSc.PC) -> int:
    """Negative eigenvalues of the matrix, by the inertia of its factors (Sylvester)."""
    return int(factorised.getFactorMatrix().getMumpsInfog(_NEGATIVE))


def failure(factorised: PETSc.PC, what: str) -> PlanishError | None:
    """Why there is no factor, None if there is one.

    Args:
        factorised: by MUMPS.
        what: was to be factorised, in words.

    Returns:
        A `NotConvergedError` if the matrix is to blame, which another start or another method may mend; else one that
        nothing of the kind mends.
    """
    code = error(factorised)
    if code >= 0:
        return None
    says = f"MUMPS could not factorise {what} (INFOG(1) = {code})"
    if code in _OF_THE_MATRIX:
        return NotConvergedError(f"{says}: it is singular or not positive definite")
    return OutOfMemoryError(f"{says}: it does not fit in memory") if code in _MEMORY else PlanishError(says)
