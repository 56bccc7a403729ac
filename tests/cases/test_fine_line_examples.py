"""Examples of fine lines and of prescribed places, and the numbers in their READMEs."""

import numpy as np
import pytest

from solver.materials import library
from solver.metrics.arrays import copper_maps
from solver.report import current_tables
from tests.solving import load_case, stated


def test_a_line_that_is_pulled_is_mortal_below_the_threshold_of_one_that_is_not(solve):
    """A third of E de of a line that goes with its wafer; the polyimide around it takes some of that."""
    solved = solve("rdl_line_blech")
    (step,) = solved["steps"]
    links = next(table for table in current_tables.tables(solved) if table.title.startswith("Electromigration"))
    assert links.rows[0][-1] == "mortal under stress, see below"  # it lasts for ever free of it
    found, (pulled, _) = step["electromigration"]["lines/line"], step["prescribed"]
    assert found["hydrostatic_mean_mpa"] == pytest.approx(stated("rdl_line_blech", "That leaves", "MPa"), abs=0.1)
    assert 0.9 < found["hydrostatic_mean_mpa"] / (117.7e3 * 718e-6 / 3) < 1.0
    limit = found["critical_stress_mpa"]
    left = 1.0 - found["hydrostatic_mean_mpa"] / limit
    assert found["threshold_free_of_stress_a_per_m"] == pytest.approx(3.7e5)
    assert found["threshold_a_per_m"] == pytest.approx(3.7e5 * left, rel=1e-3)
    assert found["threshold_a_per_m"] == pytest.approx(
        100 * stated("rdl_line_blech", "and a threshold of", "A/cm"), rel=0.005
    )
    assert found["mortal"] and found["blech_product_a_per_m"] == pytest.approx(5e9 * 60e-6)
    assert abs(pulled["force_n"][0]) > 2e-6**2 * 3 * 20e6  # the line alone pulls so


def test_vias_of_a_panel_land_once_it_is_corrected_as_one_and_its_border_is_plated_thick(solve, shared_path, comm):
    """By hand: errors (2^2 + 1^2)^(1/2); copper by (density / density)^(1/2) of windows of two places."""
    steps = solve("fine_line_panel")["steps"]
    found = next(step for step in steps if step["name"] == "cool")["via_landing"]["via 1"]
    none, panel = (found["corrections"][name] for name in ("none", "panel"))
    off, left = (stated("fine_line_panel", *words) for words in (("pads off by", "um"), ("as one leaves", "um")))
    assert none["known_max_um"] == pytest.approx(off, rel=0.01)
    assert panel["known_max_um"] == pytest.approx(left, rel=0.02)
    assert panel["random_um"] == pytest.approx(5**0.5)
    assert panel["share_landing"] == 1.0 and none["share_landing"] == pytest.approx(0.04)
    assert panel["pad_for_all_um"] == pytest.approx(5 + 2 * (1 + panel["known_max_um"] + 5**0.5))
    (copper,) = copper_maps(load_case("fine_line_panel", (), shared_path, comm))
    thick = copper["plating"]
    assert thick["thickest_um"] / thick["thinnest_um"] == pytest.approx((0.425 / 0.2) ** 0.5)
    assert thick["thickest_um"] == pytest.approx(stated("fine_line_panel", "over the dies and", "um at"), abs=0.005)
    assert thick["mean_um"] == pytest.approx(4.0)


def test_a_board_with_a_package_resists_more_than_a_bare_one_and_less_than_with_a_rigid_one(solve):
    """F = E I d / (a^2 (l / 2 + a / 3)) of each inner anvil, l without the package where that is rigid."""
    forces = [one["force_n"][2] for one in solve("board_bending")["steps"][0]["prescribed"]]
    modulus = library.resolve("fr4").curves["youngs_modulus"].value[0, 0]
    bare, rigid = (
        modulus * 40e-3 * 1e-9 / 12 * 2e-3 / (17.5e-3**2 * (inner / 2 + 17.5e-3 / 3)) for inner in (75e-3, 61e-3)
    )
    assert bare == pytest.approx(stated("board_bending", "inner span:", "N"), abs=0.01)
    assert rigid == pytest.approx(stated("board_bending", "N of the bare board,", "N"), abs=0.01)
    assert bare < forces[0] < rigid
    assert forces[0] == pytest.approx(stated("board_bending", "pushes with", "N"), rel=2e-3)
    assert forces == pytest.approx(np.array([1, 1, -1, -1]) * forces[0], rel=1e-4)
