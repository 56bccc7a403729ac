"""Examples that look closer at a place: the number of their README, and against a second discretisation."""

import pytest
import yaml

from tests.solving import CASES, solve_case, stated


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
    cold = "process.steps=[{name: cold, temperature: -55 degC}]"  # nothing yields: what follows is another case
    coarser = [f"submodels.line.layers.{name}.cells=1" for name in ("silicon", "via", "line", "cover")]
    fine, coarse = (place_of("rdl_2um_line_via", "line", tmp_path, comm, cold, *one) for one in ((), coarser))
    key = "strain_energy_density_kj_per_m3"
    via = fine["blocks"]["via/copper"]
    assert via[key] == pytest.approx(stated("rdl_2um_line_via", "the via stores", "kJ/m3"), rel=0.01)
    # one cell through each layer
    assert coarse["blocks"]["via/copper"][key] == pytest.approx(via[key], rel=0.05)


def yielding():
    """Line and via of copper that yields, two cycles, in few cells; the via stands on the silicon."""
    case = yaml.safe_load((CASES / "rdl_2um_line_via" / "case.yaml").read_text(encoding="utf-8"))
    case["materials"]["metal"]["base"] = "copper-plated-yielding"
    steps = [{**step, "rate": "10 K/min"} for step in case["process"]["steps"]]
    case["process"]["steps"] = [{"repeat": {"times": 2, "steps": steps}}]
    case["analysis"]["time_tolerance"], case["mesh"]["in_plane_size"] = 0.1, "1 mm"
    (place,) = case["submodels"]
    layers = [{**layer, "cells": 1} for layer in place["layers"] if layer["name"] in ("via", "line", "cover")]
    place |= {"size": ["26 um", "10 um"], "mesh": {"in_plane_size": "20 um"}, "bottom": "rdl.bottom", "layers": layers}
    return yaml.safe_dump(case)


def test_a_line_and_a_via_that_yield_shake_down(tmp_path, comm):
    """What stays of the second cycle is less than a tenth of what the first left, and of what it yields itself."""
    found = [
        step["submodels"]["line"]["cycle"]["blocks"]
        for step in solve_case(yielding(), (), tmp_path, comm)["steps"]
        if "cycle" in step["submodels"]["line"]
    ]
    (first, via), (_, line) = ([cycle[name] for cycle in found] for name in ("via/copper", "line/copper"))
    for one, words in ((first, "stands on silicon:"), (via, "in the first cycle and")):
        assert 100 * one["inelastic_strain"] == pytest.approx(stated("rdl_2um_line_via", words, "%"), rel=0.02)
    assert 100 * via["ratchet_strain"] == pytest.approx(stated("rdl_2um_line_via", "of which", "%"), rel=0.05)
    assert 100 * line["inelastic_strain"] == pytest.approx(
        stated("rdl_2um_line_via", "the line yields by", "%"), rel=0.05
    )
    assert via["ratchet_strain"] < 0.1 * min(first["ratchet_strain"], via["inelastic_strain"])
    assert line["ratchet_strain"] < line["inelastic_strain"] < 0.1 * via["inelastic_strain"]
