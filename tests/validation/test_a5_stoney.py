"""A5, Stoney (1909): 300 mm silicon wafer, 725 um, with a film of 1 um at 100 MPa: 6.3221e-3 1/m, bow 71.12 um."""

import pytest

# Stoney's formula neglects the stiffness of the film, 4 (E_f t_f)/(E_s t_s) - t_f/t_s = 0.19 % here
STONEY = 0.0025


def test_the_film_bends_the_wafer_to_stoneys_curvature(solve):
    step = solve("wafer_stoney")["steps"][0]
    for key in ("curvature_x_per_m", "curvature_y_per_m"):
        assert abs(step[key]) == pytest.approx(6.3221e-3, rel=STONEY)


def test_the_bow_is_71_12_micrometres(solve):
    step = solve("wafer_stoney")["steps"][0]
    assert abs(step["bow_um"]) == pytest.approx(71.12, rel=STONEY)
    assert step["warpage_um"] == pytest.approx(71.12, rel=STONEY)


def test_a_film_that_shrinks_makes_the_wafer_concave_on_its_side(solve):
    step = solve("wafer_stoney")["steps"][0]
    assert step["signed_warpage_um"] < 0
    assert step["bow_um"] < 0


def test_a_wafer_bends_alike_along_all_diameters(solve):
    step = solve("wafer_stoney")["steps"][0]
    assert step["curvature_x_per_m"] == pytest.approx(step["curvature_y_per_m"], rel=1e-4)  # the mesh is not round
    assert step["corner_um"] is None
