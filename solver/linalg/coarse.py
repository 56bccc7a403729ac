"""The plate problem of the column multigrid: a Galerkin matrix in the plane, five unknowns per plate (heat: two).

Small ones are factorised by MUMPS. Large ones get a multigrid of two levels: Chebyshev with one block per plate as
smoother, and smooth fields on a grid of splines as the coarse space, which is factorised. They are smooth because
bending is of fourth order: a mode of wavelength L costs (h/L)^4, and a coarse space has to follow its slopes.

With cells of size h, a plate of thickness t and a grid of spacing H the smoother leaves a condition number of about
1 + (H^2 / (h t))^2 / 5 (uniform panels, docs/decisions.md), so H grows like sqrt(h t): the coarse problem grows like
the root of the fine one.
"""

from petsc4py import PETSc

from solver.arrays import Array
from solver.linalg import mumps
from solver.linalg.plates import Layout

LARGE = 1_000_000  # unknowns from which a multigrid saves a quarter of the memory for about the same time
_STEPS = 2  # of the smoother, before and after
_ROOM = (
    100  # per cent more than MUMPS expects: on several ranks it may need that, and what it does not need costs nothing
)
_MOST_ROOM = 1000  # per cent, beyond which it is the memory that does not do
_PORD = 4  # nested dissection; MUMPS chooses it itself from 10 000 unknowns on, and it saves a quarter below
_FEW = 1000  # unknowns up to which MUMPS chooses: on the graph of a single cell PORD ends the process
_LIFT = 1e-12  # on the diagonal of the coarse matrix: splines that few plates see may depend on each other


class PlateSolver:
    """Approximate inverse of the plates' Galerkin matrix.

    Attributes:
        is_multigrid: False if it is a factorisation.

    Args:
        matrix: symmetric, upper triangle stored, blocks of one plate's modes; no zero on its diagonal.
        layout: where the plates are.
        definite: False for a tangent that may have lost its definiteness: factorised, as its pivots are wanted.
        large: unknowns from which it is a multigrid.
    """

    def __init__(self, matrix: PETSc.Mat, layout: Layout, definite: bool = True, large: float = LARGE) -> None:
        _symmetric(matrix)
        self._matrix = matrix
        self._ksp = PETSc.KSP().create(matrix.comm)
        self._ksp.setOperators(matrix)
        self._ksp.setType("preonly")
        self._coarse: list[PETSc.Mat] = []
        self._definite = definite
        self.is_multigrid = definite and matrix.getSize()[0] >= large
        if self.is_multigrid:
            self._set_up_multigrid(matrix, layout)
        else:
            factorise(self._ksp, definite)
        self._rhs, self._solution = matrix.createVecs()

    def refactorise(self) -> None:
        """Factorise the matrix with its new values; its ordering is kept. Collective."""
        assert not self.is_multigrid
        _symmetric(self._matrix)
        pc = self._ksp.getPC()
        if mumps.error(pc) < 0:  # PETSc would leave it at that
            pc.reset()
            self._ksp.setOperators(self._matrix)
            factorise(self._ksp, self._definite)
            return
        self._ksp.setOperators(self._matrix)
        self._ksp.setUp()
        _with_room(self._ksp, self._definite)

    def solve(self, load: Array) -> Array:
        """Motions of this rank's plates (plates, modes) under their loads (plates, modes). Collective."""
        self._rhs.array[:] = load.ravel()
        self._ksp.solve(self._rhs, self._solution)
        return self._solution.array_r.reshape(load.shape)

    @property
    def negative_pivots(self) -> int:
        """Negative eigenvalues of the matrix, by the inertia of its factors (Sylvester); a multigrid finds some.

        A Galerkin matrix has no more of them than the matrix it comes from (Cauchy).
        """
        pc = self._ksp.getPC()
        factorised = pc.getMGCoarseSolve().getPC() if self.is_multigrid else pc
        return mumps.negative_pivots(factorised)

    def free(self) -> None:
        """Free the factors; the matrix stays."""
        for part in (self._ksp, self._rhs, self._solution, *self._coarse):
            part.destroy()

    def _set_up_multigrid(self, matrix: PETSc.Mat, layout: Layout) -> None:
        from solver.linalg.prolongation import prolong_plates  # SciPy takes a while, and few problems are that large

        prolongation = prolong_plates(matrix, layout)
        whole = matrix.convert("aij", PETSc.Mat())  # PETSc multiplies no symmetric storage
        galerkin = whole.ptap(prolongation)
        inverse = whole.invertBlockDiagonal().copy()
        whole.destroy()
        _lift(galerkin)
        self._coarse = [prolongation, galerkin]
        pc = self._ksp.getPC()
        pc.setType("mg")
        pc.setMGLevels(2)
        pc.setMGInterpolation(1, prolongation)
        smoother = pc.getMGSmoother(1)
        smoother.setOperators(matrix)
        smoother.setType("chebyshev")
        smoother.setTolerances(max_it=_STEPS)
        smoother.setNormType(PETSc.KSP.NormType.NONE)
        smoother.getPC().setType("python")
        smoother.getPC().setPythonContext(_Blocks(inverse))
        coarse = pc.getMGCoarseSolve()
        coarse.setOperators(galerkin)
        coarse.setType("preonly")
        factorise(coarse)
        self._ksp.setUp()


class _Blocks:
    """Inverse blocks of the plates (plates, modes, modes): PETSc's own want a matrix stored whole."""

    def __init__(self, inverse: Array) -> None:
        self._inverse = inverse

    def apply(self, _: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Apply the preconditioner to x: what PETSc calls."""
        plates, modes, _ = self._inverse.shape
        y.array[:] = (self._inverse @ x.array_r.reshape(plates, modes, 1)).ravel()


def factorise(ksp: PETSc.KSP, definite: bool = True) -> None:
    """Set a solver up as a factorisation by MUMPS, of a matrix that is said to be positive definite.

    MUMPS then takes pivots as they come, which is 30 % faster, and of a matrix that is not it counts the negative ones
    all the same.

    Raises:
        NotConvergedError: the matrix is singular.
        OutOfMemoryError: the factor does not fit.
    """
    _set_up(ksp, definite, _ROOM)
    _with_room(ksp, definite)


def _with_room(ksp: PETSc.KSP, definite: bool) -> None:
    """Factorise once more, with more work space, if what was foreseen did not do."""
    pc, room = ksp.getPC(), _ROOM
    while mumps.error(pc) in mumps.TOO_SMALL and room < _MOST_ROOM:
        room *= 3
        matrix = pc.getOperators()[0]
        pc.reset()
        ksp.setOperators(matrix)
        _set_up(ksp, definite, room)
    failed = mumps.failure(pc, "the plates")
    if failed is not None:
        raise failed


def _set_up(ksp: PETSc.KSP, definite: bool, room: int) -> None:
    pc = ksp.getPC()
    pc.setType("cholesky")
    pc.setFactorSolverType("mumps")
    pc.setFactorSetUpSolverType()
    if pc.getOperators()[0].getSize()[0] > _FEW:
        pc.getFactorMatrix().setMumpsIcntl(7, _PORD)
    pc.getFactorMatrix().setMumpsIcntl(14, room)
    if not definite:
        pc.getFactorMatrix().setMumpsIcntl(13, 1)  # no ScaLAPACK, which would stop at a negative pivot
    ksp.setUp()


def _lift(matrix: PETSc.Mat) -> None:
    """Make a Galerkin matrix definite where functions move no plate but one that others move as well."""
    diagonal = matrix.getDiagonal()
    diagonal.scale(1.0 + _LIFT)
    matrix.setDiagonal(diagonal)
    _symmetric(matrix)
    diagonal.destroy()


def _symmetric(matrix: PETSc.Mat) -> None:
    for option in (PETSc.Mat.Option.SYMMETRIC, PETSc.Mat.Option.SPD):
        matrix.setOption(option, True)
