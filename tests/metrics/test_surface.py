"""Surfaces: values at points, wherever the ranks' parts of them are."""

import numpy as np
import pytest
from shapely.geometry import Point

from solver.metrics import surface
from solver.metrics.surface import Surface
from solver.stackup.zone import MeasuringZone
from tests.metrics.imposed import impose

PLATE = """
title: plate
geometry:
  outline: {shape: rectangle, size: [40 mm, 30 mm]}
  layers: [{name: plate, thickness: 0.5 mm, material: even}]
materials:
  even: {youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K}
mesh: {in_plane_size: 4 mm}
process:
  stress_free_temperature: 125 degC
  steps: [{name: cool, temperature: 25 degC}]
"""


def test_values_at_points_of_one_corner_and_off_the_surface(shared_path, comm):
    """All points lie in the part of one rank, as most do on many ranks; those off the surface are in none."""
    stack_mesh, u = impose(PLATE, shared_path, comm, lambda x: (x[0] * x[1], x[1] ** 2, x[0] ** 2))
    places = np.array([[-0.019, -0.014], [-0.02, -0.015], [0.021, 0.0]])
    found = Surface(stack_mesh, u, "top").at(places)
    x, y = places[:2].T
    np.testing.assert_allclose(found[:2], np.stack([x * y, y**2, x**2], axis=1), rtol=1e-12)
    assert np.isnan(found[2]).all()
    assert np.isnan(Surface(stack_mesh, u, "top").at(places[2:])).all()


@pytest.mark.parametrize(
    "zone", [None, MeasuringZone(Point(0.003, 0.0).buffer(0.011), True, "a disc beside the middle")]
)
def test_a_face_that_moved_is_the_face_with_that_displacement(shared_path, comm, zone, monkeypatch):
    """With its points kept, in whole facets and in those a zone cuts, or found again as on large faces."""
    stack_mesh, u = impose(PLATE, shared_path, comm, lambda x: (x[0] * x[1], x[1] ** 2, x[0] ** 2))
    first = Surface(stack_mesh, u, "top", zone)
    seen = first.at(places := np.array([[0.001, 0.002], [-0.02, -0.015]]))
    for kept in (20_000, 0):
        monkeypatch.setattr(surface, "_KEPT", kept)
        u.x.array[:] *= -2.0
        moved, fresh = first.moved(u), Surface(stack_mesh, u, "top", zone)
        for one, other in ((moved.gauss, fresh.gauss), (moved.lattice, fresh.lattice)):
            for name in ("xy", "z", "u", "weight"):
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(moved.at(places), fresh.at(places))
    np.testing.assert_array_equal(first.at(places), seen)
