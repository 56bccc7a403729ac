"""Looks at other temperatures of a stack whose interface may part there: what they find is forgotten."""

import pytest

from solver.errors import CaseError
from tests.fracture.test_cohesive_case import CASE
from tests.fracture.test_cohesive_large import PARTS, is_same
from tests.solving import load_case, solve_case

COARSE = (
    PARTS.replace("in_plane_size: 0.25 mm", "in_plane_size: 0.5 mm")
    .replace("8 mm, 2 mm]},\n", "6 mm, 2 mm]},\n")
    .replace("3 MPa, opening: 1", "1 MPa, opening: 0.5")
)
ASIDE = "report: {warpage_at: [25 degC, 10 degC]}\nanalysis:"
RELAXES = "soft: {viscoelastic: {times: [1 s, 10 s], youngs: [0.2, 0.2]}, "


@pytest.mark.slow
@pytest.mark.parametrize("deflection", ["small", "large"])
@pytest.mark.parametrize("soft", ["soft: {", RELAXES], ids=["elastic", "relaxes"])
def test_what_is_seen_aside_is_what_a_step_would_find_and_is_forgotten(tmp_path, comm, deflection, soft):
    """At 25 degC, where the interface softens further, as a step that goes there at the rate of the last one: to what
    increments differ. At 60 degC all is as if nobody had looked."""
    case = COARSE.replace("deflection: large", f"deflection: {deflection}").replace("soft: {", soft)
    (looked,) = solve_case(case.replace("analysis:", ASIDE), (), tmp_path, comm)["steps"]
    more = f"    - {{name: on, temperature: 25 degC, duration: {10 * 35 / 90} s}}\n"
    here, there = solve_case(case + more, (), tmp_path, comm)["steps"]
    assert there["cohesive"]["dissipated_uj"] > 1.2 * here["cohesive"]["dissipated_uj"] > 0.0
    assert looked["warpage_um"] == pytest.approx(here["warpage_um"], rel=1e-6)
    is_same(looked["cohesive"], here["cohesive"])
    seen = [point for point in looked["curve"] if point["temperature_degc"] == pytest.approx(25.0)]
    assert seen[-1]["warpage_um"] == pytest.approx(there["warpage_um"], rel=5e-3)


@pytest.mark.serial
def test_loads_that_are_led_have_no_size_aside(tmp_path, comm):
    with pytest.raises(CaseError, match="it looks aside under loads of known size"):
        load_case(CASE.replace("analysis:", ASIDE), (), tmp_path, comm)
