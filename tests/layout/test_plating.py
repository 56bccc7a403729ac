"""Plated metal: thick where there is little of it, by the active-area density, and as much in all as without."""

import numpy as np
import pytest
import shapely

from solver.errors import CaseError
from solver.layout.copper import CopperMap
from solver.layout.density import density
from solver.layout.plating import Plating, around, nonuniformity
from tests.solving import load_case

pytestmark = pytest.mark.serial

HALVES = np.repeat([[0.2, 0.6]], 8, axis=0).repeat(8, axis=1)  # (8, 16): left sparse, right dense
BOX = shapely.box(-8e-3, -4e-3, 8e-3, 4e-3)
CASE = """
title: a plated layer
geometry:
  outline: {shape: rectangle, size: [16 mm, 8 mm]}
  layers:
    - {name: core, thickness: 0.2 mm, material: bt-core}
    - {name: lines, thickness: 10 um, copper_map: {csv: map.csv, dielectric: abf, plating: {%s}}}
process: {stress_free_temperature: 150 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def plated(tmp_path, **plating):
    np.savetxt(tmp_path / "map.csv", HALVES, delimiter=",")
    spec = CopperMap.model_validate({"csv": "map.csv", "dielectric": "abf", "plating": {"window": "1 mm", **plating}})
    return density(spec, tmp_path, BOX)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_sparse_metal_is_thick_by_the_power_of_its_density_and_no_metal_is_lost(exponent, tmp_path):
    # densities 0.2 and 0.6: (0.6 / 0.2)^n; n = 1 by hand 2 and 2/3 of the layer, the same metal per area everywhere
    found = plated(tmp_path, exponent=exponent)
    left, right = found.thickness[0, 0], found.thickness[0, -1]
    assert left / right == pytest.approx(3.0**exponent)
    assert (found.pattern * found.thickness).mean() == pytest.approx(0.4)
    assert found.fraction == pytest.approx(found.pattern * found.thickness)
    if exponent == 1.0:
        assert (left, right) == (pytest.approx(2.0), pytest.approx(2 / 3))
        assert found.fraction == pytest.approx(0.4)


def test_a_table_of_the_user_says_how_thick_metal_is(tmp_path):
    found = plated(tmp_path, density=[0.1, 0.5], thickness=[1.4, 1.0])
    assert found.thickness[0, 0] == pytest.approx(1.3)
    assert found.thickness[0, -1] == pytest.approx(1.0)  # beyond its end as there


def test_the_density_about_a_place_is_a_mean_over_the_window_on_the_panel():
    fraction, inside = np.zeros((5, 5)), np.ones((5, 5), dtype=bool)
    fraction[2, 2] = 0.9
    assert around(fraction, inside, (3.0, 3.0))[1, 1] == pytest.approx(0.1)
    # of a window of two places a half of each neighbour, of one of four all of the next and a half of those behind
    assert around(fraction, inside, (2.0, 2.0))[2, 1:4] == pytest.approx([0.9 / 8, 0.9 / 4, 0.9 / 8])
    assert around(fraction, inside, (1.0, 4.0))[2, 2] == pytest.approx(0.9 / 4)
    assert around(fraction, inside, (0.5, 0.5))[2, 2] == pytest.approx(0.9)
    inside[:, 3:] = False
    assert around(fraction, inside, (3.0, 3.0))[2, 2] == pytest.approx(0.9 / 6)


def test_nonuniformity_is_half_of_the_range_over_the_mean():
    # thickness 2 and 2/3 on metal of 0.2 and 0.6: mean 1, half of the range 2/3
    found = nonuniformity(np.array([2.0, 2 / 3]), np.array([0.2, 0.6]))
    assert found["mean"] == pytest.approx(1.0)
    assert found["nonuniformity_percent"] == pytest.approx(200 / 3)
    assert found["three_sigma_percent"] == pytest.approx(300 * (0.25 * 1 + 0.75 / 9) ** 0.5)


def test_plating_is_in_the_summary_and_thick_places_are_doubtful(tmp_path):
    from mpi4py import MPI

    from solver.metrics.arrays import copper_maps, uneven_plating

    np.savetxt(tmp_path / "map.csv", np.where(np.arange(16) < 2, 0.1, 0.8) * np.ones((8, 1)), delimiter=",")
    loaded = load_case(CASE % "window: 1 mm, exponent: 1", [], tmp_path, MPI.COMM_SELF)
    (entry,) = copper_maps(loaded)
    assert entry["plating"]["thickest_um"] == pytest.approx(10 * 0.7125 / 0.1)
    assert entry["plating"]["mean_um"] == pytest.approx(10.0)
    (told,) = uneven_plating(loaded.stack)
    assert "7.13 times as thick as the layer" in told


@pytest.mark.parametrize(
    ("plating", "message"),
    [
        ("window: 1 mm", "give `exponent`"),
        ("window: 1 mm, exponent: 2", "between 0 and 1"),
        ("window: 0 mm, exponent: 1", "must be positive"),
        ("exponent: 1", "window"),
        ("window: 1 mm, density: [0.1, 0.5], thickness: [1]", "as many densities"),
        ("window: 1 mm, density: [0.5, 0.1], thickness: [1, 1]", "going up"),
        ("window: 1 mm, density: [0.1, 50], thickness: [1, 1]", "between 0 and 1"),
        ("window: 1 mm, density: [0.1, 0.5], thickness: [1, -1]", "a part of that of the layer"),
        ("windows: 1 mm, exponent: 1", "did you mean 'window'"),
    ],
)
def test_plating_that_cannot_be_is_refused(plating, message, tmp_path):
    from mpi4py import MPI

    np.savetxt(tmp_path / "map.csv", HALVES, delimiter=",")
    with pytest.raises(CaseError, match=message):
        load_case(CASE % plating, [], tmp_path, MPI.COMM_SELF)


def test_a_rule_is_one_of_two():
    assert Plating(window="1 mm", exponent=0.5).density is None
