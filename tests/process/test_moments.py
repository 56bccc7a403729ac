"""Mechanics at chosen times of a transient: a lumped closed form, the steady limit, and what a case may ask for."""

import numpy as np
import pytest
import yaml

import solver
from solver.case.load import load
from solver.errors import CaseError
from solver.parallel import on_root
from solver.physics.solid.laminate import Ply, free_state
from tests.killed import killed_and_resumed

pytestmark = pytest.mark.slow

# Two plates that conduct well: one temperature, T = T_a + P / (h A) (1 - exp(-t h A / C))
FILM, AREA, POWER = 200.0, 20e-3**2, 4.0
CAPACITY = AREA * (1e-3 * 8000 * 400 + 0.5e-3 * 8000 * 400)
CASE = """title: two plates that warm up
geometry:
  outline: {shape: rectangle, size: [20 mm, 20 mm]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 1 mm, material: low}
    - {name: high, thickness: 0.5 mm, material: high}
materials:
  low: {youngs_modulus: 100 GPa, poisson_ratio: 0.3, thermal_expansion: 17 ppm/K,
    thermal_conductivity: 4000 W/m/K, density: 8000 kg/m^3, specific_heat: 400 J/kg/K}
  high: {base: low, thermal_expansion: 5 ppm/K}
mesh: {in_plane_size: 2.5 mm}
thermal:
  power: [{layer: low, total: 4 W}]
  boundaries: [{face: top, convection: 200 W/m^2/K, ambient: 20 degC}]
analysis:
  transient: {duration: 400 s, start: 20 degC, tolerance: 1e-4, times: [10 s, 30 s, 60 s, 120 s]}
process:
  stress_free_temperature: 20 degC
  steps:
    - {name: warm, temperature: thermal, at: 60 s}
    - {name: cold, temperature: 0 degC}
    - {name: warmer, temperature: thermal, at: 120 s}
    - {name: hot, temperature: thermal}
"""


def lumped(time: float) -> float:
    """Rise of temperature (K)."""
    return POWER / (FILM * AREA) * (1.0 - np.exp(-time * FILM * AREA / CAPACITY))


def curvature(rise: float) -> float:
    """Of the laminate (1/m), positive if convex."""
    q = 100e9 / (1 - 0.3**2) * np.array([[1.0, 0.3, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 0.35]])
    strains = (rise * alpha * np.array([1.0, 1.0, 0.0]) for alpha in (17e-6, 5e-6))
    heights = ((0.0, 1e-3), (1e-3, 1.5e-3))
    return float(free_state([Ply(a, b, q, e) for (a, b), e in zip(heights, strains, strict=True)]).curvature[0])


@pytest.fixture(scope="module")
def warming(tmp_path_factory):
    from mpi4py import MPI

    from tests.solving import solve_case

    comm = MPI.COMM_WORLD
    return {
        deflection: solve_case(
            CASE, [f"analysis.deflection={deflection}"], comm.bcast(tmp_path_factory.mktemp("warming")), comm
        )
        for deflection in ("small", "large")
    }


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_stack_of_one_temperature_bends_as_its_laminate_at_every_time(warming, deflection):
    """Biot number 200 * 1.5e-3 / 4000 = 8e-5; the free edge takes 1.5 % off the mean curvature of a plate of 13
    thicknesses (F: L/h 4 -> .982, 45 -> 1.000)."""
    steps = warming[deflection]["steps"]
    points = [point for step in steps for point in step.get("over_time") or ()]
    assert [point["thermal_time_s"] for point in points] == [10, 30, 60, 120, 400]
    edge = steps[1]["curvature_x_per_m"] / curvature(-20.0)
    assert edge == pytest.approx(1.0, abs=0.015)
    for point in points:
        rise = lumped(point["thermal_time_s"])
        assert point["max_temperature_degc"] == pytest.approx(20 + rise, abs=0.02 + 1e-4 * rise)
        assert point["curvature_x_per_m"] == pytest.approx(edge * curvature(rise), rel=1e-3)


def test_a_step_is_the_last_moment_it_passes(warming):
    for deflection in warming:
        for step in warming[deflection]["steps"]:
            if step["temperature_degc"] is not None:
                assert step["thermal_time_s"] is None
                continue
            last = step["over_time"][-1]
            assert last["thermal_time_s"] == step["thermal_time_s"]
            assert last["signed_warpage_um"] == step["signed_warpage_um"]
            assert last["layers"] == step["layers"]
    assert [step["thermal_time_s"] for step in warming["small"]["steps"]] == [60, None, 120, 400]


def test_small_and_large_deflection_agree_where_little_bends(warming):
    """A curvature of 0.06 thicknesses per side squared."""
    for small, large in zip(warming["small"]["steps"], warming["large"]["steps"], strict=True):
        assert large["warpage_um"] == pytest.approx(small["warpage_um"], rel=2e-3)


def test_the_end_of_a_long_transient_is_the_steady_state(warming, solve):
    """400 s are 16 time constants, of 24 s."""
    steady = solve(CASE, "analysis.transient=null", "process.steps=[{name: hot, temperature: thermal}]")["steps"][0]
    hot = warming["small"]["steps"][-1]
    assert hot["warpage_um"] == pytest.approx(steady["warpage_um"], rel=2e-4)
    for layer, stress in steady["layers"].items():
        assert hot["layers"][layer] == pytest.approx(stress, rel=5e-4), layer
    assert steady["thermal_time_s"] is None


@pytest.mark.serial
def test_a_run_that_goes_on_passes_no_moment_again(shared_path, comm):
    """Killed on the way to 60 s, after 30 s, with a layer that relaxes: it would have been as hot once more."""
    relaxes = "viscoelastic: {times: [20 s], shear: [0.5], bulk: [0.2]}"
    steps = "[{name: warm, temperature: thermal, at: 60 s}]"
    case = yaml.safe_load(CASE.replace("{base: low,", f"{{base: low, {relaxes},"))
    over = f"process.steps={steps}", "mesh.in_plane_size=5 mm", "analysis.deflection=large"
    (whole,) = solver.solve(case, comm=comm, overrides=over).steps
    (found,) = killed_and_resumed(on_root(comm, lambda: solver.load(case, over)), comm, shared_path, 3)
    times = [[point["thermal_time_s"] for point in one["over_time"]] for one in (whole.metrics, found)]
    assert times == [[10, 30, 60]] * 2
    assert found["warpage_um"] == pytest.approx(whole.metrics["warpage_um"], rel=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("at: 60 s", "at: 61 s", 21, "no field is kept at 61 s; valid: 10 s, 30 s, 60 s, 120 s, 400 s"),
        ("at: 60 s", "at: 400 s", 23, "time goes forward: a step before this one is at 400 s"),
        ("temperature: 0 degC", "temperature: 0 degC, at: 60 s", 22, "a time goes with `temperature: thermal`"),
        ("  transient: {duration: 400 s, start: 20 degC, tolerance: 1e-4, times: [10 s, 30 s, 60 s, 120 s]}",
         "  deflection: auto", 21, "a steady state has no time"),
    ],
)  # fmt: skip
@pytest.mark.serial
def test_a_time_that_is_not_there_is_refused(tmp_path, old, new, line, rule):
    assert old in CASE
    (tmp_path / "case.yaml").write_text(CASE.replace(old, new), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert f"case.yaml:{line}" in str(error.value)
    assert rule in str(error.value)
