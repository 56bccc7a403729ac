"""What the cells of a plate leave out: its shape with displacements of degree 3 in the same cells."""

from collections.abc import Iterator

from dolfinx import fem

from solver import compat
from solver.case.models import Report
from solver.errors import NotConvergedError
from solver.metrics import warpage
from solver.metrics.evaluated import Evaluated
from solver.metrics.step_result import ErrorEstimate
from solver.metrics.tilt_removal import levelled
from solver.physics.plate.problem import PlateProblem
from solver.physics.solid.load import Diverged, State
from solver.physics.solid.newton import FINAL
from solver.process.plate_stage import PlateStage
from solver.units import in_percent

_DEGREE = 3
_LARGE, _SEEN = 0.02, 0.5  # part of the warpage from which the error is told of, and um


def error_estimate(
    setting: PlateStage, problem: PlateProblem, shape: warpage.Warpage, report: Report
) -> ErrorEstimate | None:
    """The shape of degree 3 less that of degree 2; None where there is none next to it. Collective.

    Resultants and moduli are those of the state of degree 2: what layers have come to remember stays as it is.

    Args:
        setting: the stage.
        problem: the plate, at an equilibrium.
        shape: of it.
        report: what the case says of the surface warpage is evaluated on.
    """
    found = finer(setting, problem)
    if found is None:
        return None
    mesh = setting.solid.stack_mesh
    displacement = setting.normals.displacement(problem, found.x.array)
    evaluated = Evaluated(mesh, report)
    if not mesh.comm.allreduce(len(setting.held.clamped)):
        displacement = levelled(mesh, displacement, evaluated.face)
    fine = warpage.evaluate(evaluated.of(displacement))
    change = fine.warpage_um - shape.warpage_um
    curvatures = fine.curvature_x_per_m - shape.curvature_x_per_m, fine.curvature_y_per_m - shape.curvature_y_per_m
    return ErrorEstimate(change, abs(change) / fine.warpage_um if fine.warpage_um else 0.0, *curvatures)


def finer(setting: PlateStage, problem: PlateProblem) -> fem.Function | None:
    """The displacement of degree 3 under the load of a plate, on its space; None where none is found. Collective."""
    other = setting.problem(problem.births, _DEGREE)
    try:
        begun = fem.Function(other.space)
        begun.interpolate(problem.displacement)
        load = problem.state.load
        other.state = State(begun.x.array.copy(), load)
        other.newton(load, FINAL)
    except (Diverged, NotConvergedError):
        return None
    finally:
        other.destroy()
    found = compat.function_like(problem.displacement)
    found.interpolate(other.displacement)
    found.x.scatter_forward()
    return found


def coarse(step: str, estimate: ErrorEstimate | None) -> Iterator[str]:
    """Cells that are too large for the shape of a step, in words."""
    if estimate is None:
        yield f"step '{step}': no shape of degree 3 was found beside it; take a smaller mesh.in_plane_size"
    elif estimate.warpage_part > _LARGE and abs(estimate.warpage_um) > _SEEN:
        yield (
            f"step '{step}': cells of this size leave out some {in_percent(estimate.warpage_part)} of the warpage "
            f"({estimate.warpage_um:+.3g} um with degree 3); take a smaller mesh.in_plane_size"
        )
