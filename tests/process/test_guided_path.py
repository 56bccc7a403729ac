"""A coarse plate goes ahead of one on many cells: the same shapes for few factorisations, and it decides nothing."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from mpi4py import MPI

from solver.physics.plate.coarse import CoarsePlate, coarse_plate
from solver.physics.plate.supports import on_pins
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from solver.process.equilibrium_path import NESTED, EquilibriumPath
from solver.process.guided_path import GuidedPath
from tests.bending import COOL, REFERENCE
from tests.builders import HIGH, LOW, sheet
from tests.plates import lift, plate

END, LOOKED = REFERENCE - 100.0, REFERENCE - 8.0  # K: past its bifurcation, and before
CORNER = (0.3, 0.3)


def panel(directory, comm, **options):
    """A quarter of a square bilayer of 600 mm with nu 0.3, 28 cells on a half side."""
    layers = (replace(ply, poisson=0.3) for ply in (LOW, HIGH))
    text = sheet(*layers, size=("600 mm", "600 mm"), cell="10.72 mm", symmetry="quarter", process=COOL)
    return plate(text, directory, comm, **options)


def gone(kind, problem):
    """The way to the end through a look before: its stops, lifts of the corner there, and factorisations."""
    way = kind(problem, REFERENCE, REFERENCE)
    stops = [(stop, lift(problem, CORNER)) for stop in way.to(END, [LOOKED])]
    found = {stop.temperature: (stop, corner) for stop, corner in stops}
    return found, problem.factorisations, way


def followed(problem):
    """The same, without a coarse plate."""
    return gone(lambda problem, *at: EquilibriumPath(cast(LargeDeflectionSolid, problem), *at), problem)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Stops without a coarse plate, and factorisations."""
    comm = MPI.COMM_WORLD
    return followed(panel(comm.bcast(tmp_path_factory.mktemp("panel")), comm))[:2]


@pytest.mark.slow
def test_a_coarse_plate_ahead_leads_to_the_shapes_that_are_found_without_it(alone, shared_path, comm):
    """Equilibria are the same to Newton's tolerance; bifurcations of both meshes are within .2 K."""
    expected, many = alone
    found, few, way = gone(GuidedPath, panel(shared_path, comm))
    for kelvin in (LOOKED, END):
        assert found[kelvin][1] == pytest.approx(expected[kelvin][1], rel=1e-5)
    assert found[END][0].unstable == 0
    (bifurcation,) = {stop.bifurcation for stop, _ in expected.values()} - {None}
    assert found[END][0].bifurcation == pytest.approx(bifurcation, abs=0.2)
    assert way.bent is not None
    assert few <= 8 < many / 4
    assert {stop.path for stop, _ in found.values()} == {NESTED}


@pytest.mark.slow
def test_a_coarse_plate_on_another_branch_decides_nothing(alone, shared_path, comm, monkeypatch):
    """One that stays flat past the bifurcation, leaves the fine plate its own stable shape."""
    expected, _ = alone
    still = CoarsePlate.prolonged
    monkeypatch.setattr(CoarsePlate, "prolonged", lambda self: 0.0 * still(self))
    found, _, way = gone(GuidedPath, panel(shared_path, comm))
    assert found[END][0].unstable == 0
    assert abs(found[END][1]) == pytest.approx(abs(expected[END][1]), rel=1e-5)
    assert found[END][0].path != NESTED
    assert way.bent is not None


def test_every_coarse_displacement_is_one_of_the_fine_plate(shared_path, comm):
    """Its values are the same again at the coarse nodes, but for lines of the grid, rounded to 1e-7 of a cell."""
    fine = panel(shared_path, comm, supports=lambda *on: on_pins(*on, places=[(0.15, 0.15)]))
    coarse = coarse_plate(fine)
    assert coarse is not None and 100 < coarse.plate.cells < 784 / 4 + 1
    u = np.random.default_rng(3).normal(size=len(coarse.displacement.x.array))
    coarse.displacement.x.array[:] = u
    assert coarse.restricted(coarse.prolonged()) == pytest.approx(u, abs=3e-6)
    kelvin = REFERENCE - 1.0
    a, d = (coarse.load_at(kelvin).moduli.reshape(-1, 18)[:, part] for part in (0, 12))
    fine_rows = fine.section.resultants(kelvin).stiffness.reshape(-1, 18)
    assert a == pytest.approx(fine_rows[0, 0]) and d == pytest.approx(fine_rows[0, 12])
