"""A front of hundreds of edges is read at once."""

import time

import numpy as np
import pytest

from meshes.extrude import extrude
from meshes.plane import plane_mesh
from solver.physics.solid.crack_front import CrackFront
from tests.fracture.strips import PLAIN, STRIP
from tests.solving import load_case


@pytest.mark.slow
@pytest.mark.serial
def test_the_domains_of_four_hundred_edges_are_found_in_less_than_a_second(tmp_path, comm):
    """A uniform flow of energy P into a straight front releases P per length at every edge, however many there are."""
    case = STRIP.format(**PLAIN | {"fine": "1 mm"}).replace("[24 mm, 1 mm]", "[24 mm, 400 mm]")
    loaded = load_case(case.replace("[12 mm, 1 mm]", "[12 mm, 400 mm]"), (), tmp_path, comm)
    mesh = extrude(comm, loaded.stack, plane_mesh(loaded.stack))
    start = time.process_time()
    front = CrackFront(mesh, mesh.cracks[0])
    forces = np.zeros((len(mesh.cracked_plane.points), 2))
    on_front = np.isclose(mesh.cracked_plane.points[:, 0], 0.0)
    forces[on_front, 0] = -7.0
    forces[on_front & (np.abs(mesh.cracked_plane.points[:, 1]) > 199.99e-3), 0] = -3.5
    found = front.domain_integral(forces, 3)
    assert time.process_time() - start < 1.0
    assert len(found) >= 400
    assert found == pytest.approx(7.0 / front.length.mean(), rel=1e-6)
