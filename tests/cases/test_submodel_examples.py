"""Examples that look closer at a place: the number of their README, and against a second discretisation."""

import pytest

from tests.solving import solve_case, stated

pytestmark = [pytest.mark.slow, pytest.mark.serial]


def place_of(example, name, path, comm, *overrides):
    step = solve_case(example, overrides, path, comm)["steps"][0]
    return step["submodels"][name]


def test_low_k_stores_most_under_the_bump(tmp_path, comm):
    finer = [f"submodels.corner bump.layers.{name}.cells=2" for name in ("near", "top")]
    found, other = (place_of("low_k_bump", "corner bump", tmp_path, comm, *one) for one in ((), finer))
    key = "strain_energy_density_kj_per_m3"
    blocks, bump = found["blocks"], found["bump"]
    under, rest = blocks["low-k/under the bump"][key], blocks["low-k/film"][key]
    assert under == pytest.approx(stated("low_k_bump", "under the bump stores", "kJ/m3"), rel=0.01)
    assert under / rest == pytest.approx(stated("low_k_bump", "kJ/m3,", "times"), rel=0.02)
    assert bump["shear_force_mn"] == pytest.approx(stated("low_k_bump", "The pillar carries", "mN"), rel=0.01)
    assert bump["white_bump_index"] == pytest.approx(1.07, rel=0.01)
    # twice as many cells through what is beside the bump
    assert other["blocks"]["low-k/under the bump"][key] == pytest.approx(under, rel=0.05)
    assert other["bump"]["shear_force_mn"] == pytest.approx(bump["shear_force_mn"], rel=0.02)
    assert other["bump"]["white_bump_index"] == pytest.approx(bump["white_bump_index"], rel=0.05)


def test_a_via_is_pressed_together_by_polyimide_that_contracts(tmp_path, comm):
    coarser = [f"submodels.line.layers.{name}.cells=1" for name in ("silicon", "via", "line", "cover")]
    fine, coarse = (place_of("rdl_2um_line_via", "line", tmp_path, comm, *one) for one in ((), coarser))
    key = "strain_energy_density_kj_per_m3"
    via = fine["blocks"]["via/copper"]
    assert via[key] == pytest.approx(stated("rdl_2um_line_via", "the via stores", "kJ/m3"), rel=0.01)
    # one cell through each layer
    assert coarse["blocks"]["via/copper"][key] == pytest.approx(via[key], rel=0.05)
