"""Solids of materials that remember: turned as a whole, and their tangent against differences of forces."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.errors import NotConvergedError
from solver.materials.laws.plastic import Plastic
from solver.materials.laws.response import LawNotConverged
from solver.physics.solid.large_in_time import LargeDeflectionInTime
from solver.physics.solid.load import Diverged
from solver.process.plan import plan
from solver.progress import Progress
from solver.simulation import Simulation
from tests.process.test_in_time import COMPOUND, CREEPING, CYCLE, PLASTIC, SOLDER, sheet
from tests.solving import load_case

LAWS = {"viscoelastic": COMPOUND, "plastic": PLASTIC, "creep": CREEPING, "anand": SOLDER}
COLD = 398.15 - 60.0


def solid(law, tmp_path, kind=LargeDeflectionInTime):
    """A plate of a few cells, at 125 degC without stress."""
    loaded = load_case(sheet(LAWS[law], CYCLE, size="4 mm", cell="1 mm"), (), tmp_path, MPI.COMM_WORLD)
    simulation = Simulation(loaded, MPI.COMM_WORLD, Progress(MPI.COMM_WORLD, quiet=True))
    stage = plan(loaded.case.process, loaded.stack.layers)[0].stages[0]
    setting = simulation.stage_model(stage, None, None)
    return kind(setting.stack_mesh, setting.materials, setting.references)


def bend(problem, curvature=5.0):
    """A displacement that bends and shears by a few 1e-3."""
    x = problem.space.tabulate_dof_coordinates()
    u = np.stack(
        [
            -curvature * x[:, 0] * x[:, 2],
            -curvature * x[:, 1] * x[:, 2],
            0.5 * curvature * (x[:, 0] ** 2 + x[:, 1] ** 2),
        ],
        axis=1,
    )
    return u + 1e-3 * x[:, [1, 2, 0]]


def turned(u, x, angle=0.7):
    """The displaced points turned about an axis that is none of the mesh."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(angle * np.array([0.6, 0.0, 0.8])).apply(x + u) - x


@pytest.mark.parametrize("law", LAWS)
def test_a_rotation_changes_no_stress(law, tmp_path):
    """Green's strain knows no rotation, and what is remembered is along axes that turn with the material."""
    problem = solid(law, tmp_path)
    x, u = problem.space.tabulate_dof_coordinates(), bend(problem)
    stresses = []
    for shape in (u, turned(u, x)):
        problem.displacement.x.array[:] = shape.ravel()
        problem.memory.begin(COLD, 10.0)
        stresses.append(problem.memory.respond(problem.forms.strain()).stress)
    largest = np.abs(stresses[0]).max()
    assert largest > 1e7
    assert stresses[1] == pytest.approx(stresses[0], abs=1e-8 * largest)


@pytest.mark.parametrize("law", LAWS)
def test_the_tangent_is_the_derivative_of_the_forces(law, tmp_path):
    """By central differences of the forces of materials that answer each displacement anew."""
    problem = solid(law, tmp_path)
    forms, owned = problem.forms, problem.forms.owned
    u = bend(problem).ravel()
    direction = 1e-6 * np.sin(1e4 * problem.space.tabulate_dof_coordinates()[:, [1, 2, 0]]).ravel()

    def forces(step):
        problem.displacement.x.array[:] = u + step * direction
        forms.apply(problem.load_after(COLD, 10.0))
        return problem.reactions().copy()

    slope = (forces(1e-2) - forces(-1e-2)) / 2e-2
    problem.displacement.x.array[:] = u
    load = problem.load_after(COLD, 10.0)
    forms.apply(load)
    forms.lag(load)
    product = problem.solver.operator.product(direction[:owned])
    scale = MPI.COMM_WORLD.allreduce(np.abs(slope).max(initial=0.0), MPI.MAX)
    assert product == pytest.approx(slope, abs=2e-5 * scale)


@pytest.mark.parametrize(("seconds", "error"), [(10.0, Diverged), (0.0, NotConvergedError)])
def test_an_answer_that_one_rank_lacks_at_the_equilibrium_is_an_error_on_all(seconds, error, tmp_path, monkeypatch):
    """And nothing has changed: the increment can be cut."""
    problem = solid("plastic", tmp_path)
    memory, comm = problem.memory, MPI.COMM_WORLD
    problem.load_after(COLD, seconds)
    problem.displacement.x.array[:] = bend(problem).ravel()
    before = memory.values

    def none(*_):
        raise LawNotConverged("solder")

    if comm.rank == comm.size - 1:
        monkeypatch.setattr(Plastic, "respond", none)
    with pytest.raises(error):
        problem.accept()
    monkeypatch.undo()
    assert memory.values is before and memory.moduli is None
    problem.accept()
    assert not np.array_equal(memory.values, before) and memory.kelvin == COLD


def test_laws_are_not_asked_again_at_an_equilibrium_they_have_answered(tmp_path, monkeypatch):
    problem = solid("plastic", tmp_path)
    problem.displacement.x.array[:] = bend(problem).ravel()
    problem.load_after(COLD, 10.0)
    stress = problem.memory.respond(problem.forms.strain()).stress
    monkeypatch.setattr(Plastic, "respond", None)
    problem.accept()
    assert np.array_equal(problem.memory.stress, stress)
