"""Surfaces as pictures see them: read from field files, of several levels, in a zone."""

import numpy as np
import pytest
import shapely
from mpi4py import MPI

from solver.output.fields import FieldWriter
from solver.report.pictures.surface import face
from solver.report.pictures.warpage import heights
from tests.metrics.imposed import impose
from tests.metrics.test_warpage import BALLS

pytestmark = pytest.mark.serial

K = 2.0  # 1/m
QUARTER = BALLS.replace("12 mm]}", "12 mm]}\n  symmetry: quarter", 1)


@pytest.fixture(scope="module", params=[BALLS, QUARTER], ids=["whole", "quarter"])
def fields(request, tmp_path_factory):
    """Field file of a dome whose every ball has grown by 1 um, and its mirror planes."""
    folder = tmp_path_factory.mktemp("case")
    dome = lambda x: (0.0, 0.0, -K * (x[0] ** 2 + x[1] ** 2) / 2 - 1e-6 * (x[2] < 0.1e-3))  # noqa: E731
    stack_mesh, u = impose(request.param, folder, MPI.COMM_SELF, dome)
    return FieldWriter(folder / "fields", stack_mesh).write("cool", 1, u), stack_mesh.stack.mirrors


@pytest.mark.parametrize(
    ("name", "area", "levels"),
    [
        ("bottom", 144.0, [0.0, 0.3]),
        ("top", 144.0, [0.6]),
        ("balls.bottom", 4.0, [0.0]),
        ("substrate.bottom", 144.0, [0.3]),
    ],
)
def test_a_face_has_its_area_and_levels(fields, name, area, levels):
    found = face(fields[0], name, fields[1])
    assert found.weights.sum() == pytest.approx(area, rel=1e-9)
    assert np.unique(found.levels.round(6)) == pytest.approx(levels)


def test_a_region_is_a_face_too(fields):
    assert face(fields[0], "balls/ball.bottom", fields[1]).weights.sum() == pytest.approx(4.0)


def test_heights_step_at_the_balls(fields):
    """At its edge a ball and the substrate beside it keep heights of their own, 1 um apart."""
    found = face(fields[0], "bottom", fields[1])
    z = found.values["displacement_um"][:, 2] + 1e6 * K * (1e-3 * np.hypot(*found.points.T)) ** 2 / 2
    assert z == pytest.approx(np.where(found.levels < 0.1, -1.0, 0.0), abs=1e-6)
    line = found.along(np.array([[0.5, 0.5], [1.0, 1.0], [7.0, 0.0]]), z)
    assert line[:2] == pytest.approx([-1.0, 0.0], abs=1e-6)
    assert np.isnan(line[2])


def test_the_mean_plane_is_that_of_the_zone(fields):
    zone = shapely.box(-1.5, -1.5, 1.5, 1.5)
    found = face(fields[0], "balls.bottom", fields[1], zone)
    assert found.weights.sum() == pytest.approx(0.25 * (4 + 8 / 2 + 4 / 4))  # whole, halved and quartered balls
    inside = heights(found)[found.inside]
    assert np.ptp(inside) == pytest.approx(1e6 * K * (1.5e-3**2 - 0.25e-3**2), rel=1e-6)
