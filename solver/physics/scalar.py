"""The linear solver of heat and of current: conduction of one quantity through the layers."""

from dolfinx import fem

from meshes.extrude import StackMesh
from solver.arrays import Integers
from solver.linalg.choose import Choice, linear_solver
from solver.linalg.extruded_cells import LayeredForm
from solver.linalg.krylov import KrylovSolver
from solver.linalg.shear_lag import HEAT, sliding


def scalar_solver(
    stack_mesh: StackMesh,
    a: LayeredForm,
    space: fem.FunctionSpace,
    fixed: Integers,
    choice: Choice,
    tangent: LayeredForm | None = None,
) -> KrylovSolver:
    """Set up the solver that suits the mesh; plates follow the conductivities in the law of the form as they are now.

    Args:
        stack_mesh: the mesh.
        a: symmetric bilinear form.
        space: its function space.
        fixed: local nodes of prescribed values.
        choice: as of `decide`.
        tangent: unsymmetric form that is solved with `a` as its preconditioner, None if it is `a`.
    """
    components = a.law.function_space.dofmap.index_map_bs
    cells = a.law.function_space.dofmap.list[: len(stack_mesh.block)]
    k = a.law.x.array.reshape(-1, components)[cells, :3].reshape(len(stack_mesh.block), -1, 3).mean(axis=1)
    lag = stack_mesh.column, stack_mesh.layer_of, stack_mesh.heights, k[:, 0], k[:, 2], stack_mesh.sizes
    shear_compliant = sliding(*lag, HEAT)
    return linear_solver(choice, a, space, fixed, stack_mesh, shear_compliant, tangent)
