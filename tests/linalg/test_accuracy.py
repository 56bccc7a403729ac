"""Digits of a slender panel's warpage, against a reference in extended precision that shares no code with the solver.

The reference has its own shape functions, Gauss points and strains in long double (64 bits of mantissa). Its stiffness
is factorised in double, and refined with long-double residuals until the correction is rounding.

What double precision can give: nodes at w = 58 mm, rounded to eps w, make strains of eps w / t in a layer of 0.47 mm,
3e-11 of the bending strain w t / side^2. Basis functions tabulated to rounding add up to 1 but for eps, so a uniform
thermal stress leaves a net force: 2e-10 of the displacement. An assembled matrix is rounded by eps times its entries,
1e9 times the bending stiffness and, with thin layers, more.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
from dolfinx import fem
from scipy import sparse
from scipy.sparse.linalg import splu

from meshes.extrude import StackMesh
from solver.linalg.direct import DirectSolver
from solver.linalg.layered import LayeredSolver
from solver.materials import library
from solver.physics.solid.small_deflection import SmallDeflectionSolid
from tests.probing import mesh_of
from tests.solving import load_case

pytestmark = [
    pytest.mark.skipif(
        np.finfo(np.longdouble).eps > 1.1e-19, reason="long double is no longer than double on this machine"
    ),
    pytest.mark.slow,
]

SIDE, DROP = 255e-3, -150.0  # quarter of the panel (m), temperature change (K)
LAYERS = {  # E (Pa), nu, alpha (1/K); thickness (mm)
    "glass": (74e9, 0.2, 3.3e-6, 0.7),
    "rdl": (20e9, 0.3, 20e-6, None),
    "mould": (20e9, 0.3, 9e-6, 0.47),
}
CELLS = 8

Long = np.ndarray  # of np.longdouble


def long(values) -> Long:
    return np.asarray(values, dtype=np.longdouble)


@dataclass(frozen=True)
class Reference:
    """A quarter panel of n x n x 3 degree-2 bricks, node (i, j, k) at half cells i, j and half layers k.

    Attributes:
        n: cells along a side.
        thickness: (3,) of the layers (m).
    """

    n: int
    thickness: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Nodes along x, y and z."""
        return 2 * self.n + 1, 2 * self.n + 1, 2 * len(self.thickness) + 1

    @cached_property
    def elements(self) -> list[tuple[np.ndarray, Long, Long, Long]]:
        """Per layer: unknowns (cells, 81), strains B (27, 6, 81), weights (27,) and elasticity C (6, 6)."""
        number = np.arange(np.prod(self.shape)).reshape(self.shape)
        first = 2 * np.indices((self.n, self.n)).reshape(2, -1)
        result = []
        for layer, (young, nu, _, _) in enumerate(LAYERS.values()):
            nodes = np.stack(
                [number[first[0] + a, first[1] + b, 2 * layer + c] for a, b, c in np.ndindex(3, 3, 3)], axis=1
            )
            unknowns = (3 * nodes[:, :, None] + np.arange(3)).reshape(len(nodes), -1)
            sizes = long([SIDE, SIDE, self.thickness[layer]]) / long([self.n, self.n, 1])
            result.append((unknowns, *_strains(sizes), _elasticity(young, nu)))
        return result

    def forces(self, u: Long) -> Long:
        """B^T C (B u - alpha dT) summed over the panel: internal minus thermal forces."""
        result = np.zeros_like(u)
        for (unknowns, strains, weights, elasticity), (_, _, alpha, _) in zip(
            self.elements, LAYERS.values(), strict=True
        ):
            free = long(alpha) * long(DROP) * long([1, 1, 1, 0, 0, 0])
            for strain, weight in zip(strains, weights, strict=True):
                stress = (u[unknowns] @ strain.T - free) @ elasticity
                np.add.at(result, unknowns, weight * (stress @ strain))
        return result

    @cached_property
    def free(self) -> np.ndarray:
        """Unknowns that are not held: mirror planes at x = 0 and y = 0, the deflection of the origin."""
        held = np.zeros((*self.shape, 3), dtype=bool)
        held[0, :, :, 0] = held[:, 0, :, 1] = held[0, 0, 0, 2] = True
        return np.flatnonzero(~held.ravel())

    def stiffness(self) -> sparse.csc_array:
        """The assembled matrix of the free unknowns, rounded to double."""
        size = 3 * int(np.prod(self.shape))
        total = sparse.csr_array((size, size))
        for unknowns, strains, weights, elasticity in self.elements:
            block = sum(w * (b.T @ elasticity @ b) for b, w in zip(strains, weights, strict=True)).astype(float)
            rows, columns = np.broadcast_arrays(unknowns[:, :, None], unknowns[:, None, :])
            values = np.broadcast_to(block, rows.shape)
            total += sparse.coo_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=total.shape).tocsr()
        return total[self.free][:, self.free].tocsc()

    def solve(self) -> tuple[Long, float]:
        """Displacement (nx, ny, nz, 3), and the last correction as a part of it."""
        factor = splu(self.stiffness())
        u = np.zeros(3 * int(np.prod(self.shape)), dtype=np.longdouble)
        size = np.inf
        for _ in range(20):
            residual = -self.forces(u)[self.free]
            scale = np.abs(residual).max()
            change = factor.solve((residual / scale).astype(float)) * scale
            u[self.free] += change
            before, size = size, float(np.abs(change).max() / np.abs(u).max())
            if size > 0.1 * before:
                break
        return u.reshape(*self.shape, 3), size


def _strains(sizes: Long) -> tuple[Long, Long]:
    """Strains of a 27-node brick at 3 x 3 x 3 Gauss points: B (27, 6, 81) in Voigt order, and the weights (27,)."""
    root = np.sqrt(long(3) / 5)
    points, weights = (1 + long([-root, 0, root])) / 2, long([5, 8, 5]) / 18
    value = np.stack([(1 - points) * (1 - 2 * points), 4 * points * (1 - points), points * (2 * points - 1)])
    slope = np.stack([4 * points - 3, 4 - 8 * points, 4 * points - 1])
    strains, volumes = [], []
    for p in np.ndindex(3, 3, 3):
        gradient = long(np.empty((27, 3)))
        for axis in range(3):
            lines = [(slope if axis == d else value)[:, p[d]] / (sizes[d] if axis == d else 1) for d in range(3)]
            gradient[:, axis] = np.einsum("a,b,c->abc", *lines).ravel()
        b = np.zeros((6, 27, 3), dtype=np.longdouble)
        for row, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
            b[row, :, j] = gradient[:, i]
            b[row, :, i] = gradient[:, j]
        strains.append(b.reshape(6, 81))
        volumes.append(np.prod(sizes) * weights[p[0]] * weights[p[1]] * weights[p[2]])
    return np.stack(strains), np.stack(volumes)


def _elasticity(young: float, nu: float) -> Long:
    """Isotropic C in Voigt order with engineering shear."""
    e, v = long(young), long(nu)
    shear, lame = e / (2 * (1 + v)), e * v / ((1 + v) * (1 - 2 * v))
    c = np.diag(long([2, 2, 2, 1, 1, 1])) * shear
    c[:3, :3] += lame
    return c


CASE = """title: slender panel
geometry:
  outline: {{shape: rectangle, size: [510 mm, 510 mm]}}
  symmetry: quarter
  layers:
{layers}
materials:
{materials}
mesh: {{in_plane_size: {size} mm}}
process:
  stress_free_temperature: 175 degC
  steps: [{{name: cool, temperature: 25 degC}}]
"""


def case(thin: float) -> str:
    """The panel with a middle layer of `thin` mm."""
    return CASE.format(
        layers="\n".join(
            f"    - {{name: {n}, thickness: {t or thin} mm, material: {n}}}" for n, (*_, t) in LAYERS.items()
        ),
        materials="\n".join(
            f"  {n}: {{youngs_modulus: {e} Pa, poisson_ratio: {nu}, thermal_expansion: {1e6 * a} ppm/K}}"
            for n, (e, nu, a, _) in LAYERS.items()
        ),
        size=1e3 * SIDE / CELLS,
    )


def error(u: np.ndarray, mesh: StackMesh, problem: SmallDeflectionSolid, reference: Long) -> float:
    """Largest difference of a displacement from the reference, as a part of the largest displacement."""
    space = problem.space
    owned = space.dofmap.index_map.size_local
    x = space.tabulate_dof_coordinates()[:owned]
    level = np.abs(x[:, 2, None] - half_levels(mesh)).argmin(axis=1)
    i, j = np.rint(x[:, :2].T * 2 * CELLS / SIDE).astype(int)
    difference = np.abs(u.reshape(-1, 3)[:owned] - reference[i, j, level]).max(initial=0)
    return mesh.comm.allreduce(float(difference), op=max) / float(np.abs(reference).max())


def half_levels(mesh: StackMesh) -> np.ndarray:
    """Heights (m) of the nodes: faces and middles of the layers."""
    faces = np.cumsum([0.0, *(layer.thickness for layer in mesh.stack.layers)])
    return np.sort(np.concatenate([faces, (faces[1:] + faces[:-1]) / 2]))


def iterated(problem: SmallDeflectionSolid) -> np.ndarray:
    """The displacement of conjugate gradients with the column multigrid, to the end."""
    mesh, u = problem.stack_mesh, fem.Function(problem.space)
    soft = np.zeros(len(mesh.block), dtype=bool)
    solver = LayeredSolver(problem._a, problem.space, problem.support.unknowns, mesh.column, soft)
    record = solver.solve(problem._assembled_load(), u)
    assert record.name == "conjugate gradients + column multigrid, one plate per column"
    solver.destroy()
    return u.x.array


def factorised(problem: SmallDeflectionSolid) -> np.ndarray:
    """The displacement that the assembled matrix and MUMPS give, without refinement."""
    solver = DirectSolver(problem._a, problem.space, problem.support.unknowns)
    x, b = solver.factor.getOperators()[1].createVecs()
    b.array[:] = problem._assembled_load()
    b.array[solver.operator.constrained] = 0.0
    solver.factor.apply(b, x)
    solver.destroy()
    return x.array.copy()


@pytest.mark.parametrize("thin", [0.03, 0.003, 0.0003])
def test_the_column_multigrid_has_nine_digits_and_a_factorisation_alone_four(shared_path, comm, thin):
    """A run ends where the warpage has settled, earlier than the iteration would: seven digits."""
    text = case(thin)
    mesh = mesh_of(text, shared_path, comm)
    given = load_case(text, [], shared_path, comm).case.materials
    materials = [library.resolve(block.material, given) for block in mesh.blocks]
    problem = SmallDeflectionSolid(mesh, materials, np.full(3, 448.15), solver="columns")
    problem.solve(298.15)
    reference, uncertainty = Reference(CELLS, tuple(1e-3 * (t or thin) for *_, t in LAYERS.values())).solve()
    assert uncertainty < 1e-16
    assert error(problem.displacement.x.array, mesh, problem, reference) < 1e-7
    assert error(iterated(problem), mesh, problem, reference) < 1e-9
    assert 1e-5 < error(factorised(problem), mesh, problem, reference) < 1e-2
    problem.destroy()
