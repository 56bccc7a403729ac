"""Die shift: imposed motions come back as the numbers they are made of, on any number of ranks and any symmetry."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from solver.case.load import load
from solver.errors import CaseError
from solver.metrics import die_shift
from solver.metrics.frame import frame
from solver.metrics.reading import SolvedStep
from solver.metrics.readings import Readings
from solver.metrics.tilt_removal import levelled
from solver.parallel import on_root
from tests.metrics.imposed import impose

A, B = 6e-3, 4e-3  # m, sides of a die
CASE = """
title: dies in a plate
geometry:
  outline: {{shape: rectangle, size: [40 mm, 30 mm]}}
  symmetry: {symmetry}
  layers:
    - {{name: carrier, thickness: 0.5 mm, material: even}}
    - name: mould
      thickness: 0.4 mm
      cells: 2
      material: even
      regions:
        - name: die
          shape: {{rectangle: [6 mm, 4 mm]}}
          material: {die}
          grid: {{count: [3, 4], pitch: [10 mm, 6 mm]}}
materials:
  even: {{youngs_modulus: 50 GPa, poisson_ratio: 0.3, thermal_expansion: 8 ppm/K}}
  stiff: {{youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 3 ppm/K}}
mesh: {{in_plane_size: {size}}}
process:
  stress_free_temperature: 125 degC
  steps: [{{name: cool, temperature: 25 degC}}, {{name: heat, temperature: 225 degC}}]
analysis: {{deflection: small}}
report: {report}
"""


FINE = "1 mm"  # cells of a part are those of the whole


def case(symmetry: str = "none", die: str = "even", report: str = "{}", size: str = "2 mm") -> str:
    """The plate of dies."""
    return CASE.format(symmetry=symmetry, die=die, report=report, size=size)


def read(text, directory, comm, motion, side="top"):
    """Motion of the dies under an imposed displacement."""
    stack_mesh, u = impose(text, directory, comm, motion)
    return die_shift.motion(stack_mesh, u, frame(stack_mesh, u, "bottom"), "mould", "die", side)


@pytest.mark.slow
def test_a_plate_of_one_material_grows_by_alpha_times_temperature(solve) -> None:
    cool, heat = solve(case())["steps"]
    for step, kelvin in ((cool, -100.0), (heat, 100.0)):
        found = step["die_shift"]
        assert found["dies"] == 12
        assert found["mean_magnification_ppm"] == pytest.approx(8.0 * kelvin, rel=1e-9)
        assert found["panel"]["magnification_x_ppm"] == pytest.approx(8.0 * kelvin, rel=1e-9)
        assert found["panel"]["magnification_y_ppm"] == pytest.approx(8.0 * kelvin, rel=1e-9)
        assert found["max_shift_um"] == pytest.approx(8.0 * 0.1 * np.hypot(10, 9), rel=1e-9)  # the corner die
        for zero in (found["max_residual_um"], found["max_rotation_urad"], found["panel_residual"]["max_um"]):
            assert abs(zero) < 1e-6


@pytest.mark.slow
def test_a_step_may_be_compared_with_an_earlier_one(solve) -> None:
    cool, heat = solve(case(report="{die_shift: {reference: cool}}"))["steps"]
    assert "die_shift" not in cool
    assert heat["die_shift"]["mean_magnification_ppm"] == pytest.approx(8.0 * 200.0, rel=1e-9)
    assert heat["die_shift"]["reference"] == "cool"


def test_what_later_steps_are_compared_with_outlives_the_run(shared_path, comm) -> None:
    wanted = "{die_shift: {reference: cool}, lithography: {field: [8 mm, 8 mm], reference: cool}}"
    stack_mesh, u = impose(case(report=wanted), shared_path, comm, lambda x: (1e-3 * x[0], 1e-3 * x[1], 0))
    known = on_root(comm, lambda: load(shared_path).case)
    step = SolvedStep("cool", SimpleNamespace(stack_mesh=stack_mesh), u, 300.0, known.report)
    first = Readings(known).read(step)
    on_root(comm, lambda: first.write(shared_path, "01_cool"))
    assert first.summary == {}
    again = Readings(known)
    again.restore(shared_path, comm)
    u.x.array[:] *= 1.5
    found = again.read(replace(step, name="heat")).summary
    assert found["die_shift"]["mean_magnification_ppm"] == pytest.approx(500.0)
    assert found["lithography"]["overlay"].max_um < 1e-9
    lost = Readings(known)
    lost.restore(shared_path / "elsewhere", comm)
    assert lost.read(replace(step, name="heat")).summary == {}


def test_the_rigid_motion_that_supports_decide_is_not_read(shared_path, comm) -> None:
    turn, slope = 1e-4, np.array([2e-4, -3e-4])

    def motion(x):
        return (
            1e-3 - turn * x[1] - slope[0] * x[2],
            2e-3 + turn * x[0] - slope[1] * x[2],
            3e-3 + slope[0] * x[0] + slope[1] * x[1],
        )

    found = die_shift.evaluate(read(case(), shared_path, comm, motion))
    assert np.abs(found.shift).max() < 1e-15
    assert np.abs(found.rotation).max() < 1e-13


def test_terms_of_the_panel_are_those_of_a_linear_displacement(shared_path, comm) -> None:
    gradient = 1e-6 * np.array([[30.0, -14.0], [4.0, -20.0]])  # du_i / dx_j
    found = die_shift.evaluate(read(case(), shared_path, comm, lambda x: (*(gradient @ x[:2]), 0.0 * x[0])))
    turn = 0.5 * (gradient[1, 0] - gradient[0, 1])  # the frame takes it away from the whole plate
    anisotropy = _anisotropy(gradient)
    assert found.panel.magnification_x_ppm == pytest.approx(30.0)
    assert found.panel.magnification_y_ppm == pytest.approx(-20.0)
    assert found.panel.orthogonality_urad == pytest.approx(10.0)  # the angle of the axes grows by -(du/dy + dv/dx)
    assert found.panel.rotation_urad == pytest.approx(1e6 * (turn - _frame_turn(gradient)), abs=1e-9)
    assert np.abs(found.left).max() < 1e-15
    assert found.residual == pytest.approx(anisotropy, rel=1e-9)


def _frame_turn(gradient) -> float:
    """Rotation of least squares of a 40 x 30 mm rectangle: (v_x Ix - u_y Iy) / (Ix + Iy), I ~ side^2."""
    x, y = 40.0**2, 30.0**2
    return (gradient[1, 0] * x - gradient[0, 1] * y) / (x + y)


def _anisotropy(gradient) -> float:
    """Root mean square over a die of a linear displacement without its best rotation and magnification."""
    inertia = np.diag([A**2, B**2]) / 12
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    growth = np.trace(gradient @ inertia) / np.trace(inertia)
    turn = np.trace(gradient @ inertia @ quarter.T) / np.trace(inertia)
    rest = gradient - growth * np.eye(2) - turn * quarter
    return float(np.sqrt(np.trace(rest @ inertia @ rest.T)))


def test_a_quadratic_displacement_leaves_its_known_residual(shared_path, comm) -> None:
    c = 0.5  # 1/m: u = c x^2 = c (x0^2 + 2 x0 s + s^2) in the die at x0
    found = die_shift.evaluate(read(case(), shared_path, comm, lambda x: (c * x[0] ** 2, 0 * x[0], 0 * x[0])))
    inertia = np.array([A**2, B**2]) / 12
    stretch = 2 * c * found.centre[:, 0]
    growth = stretch * inertia[0] / inertia.sum()
    spread = (stretch - growth) ** 2 * inertia[0] + growth**2 * inertia[1]  # of the stretch along x alone
    bent = c**2 * A**4 / 180  # mean square of s^2 - a^2 / 12
    assert found.magnification == pytest.approx(growth, abs=1e-14)
    assert found.residual == pytest.approx(np.sqrt(spread + bent), rel=1e-9)
    panel_mean = c * 40e-3**2 / 12
    assert found.shift[:, 0] == pytest.approx(c * (found.centre[:, 0] ** 2 + A**2 / 12) - panel_mean, rel=1e-9)


def test_the_active_face_is_where_it_is_said_to_be(shared_path, comm) -> None:
    bend = 1e-3

    def motion(x):
        return -bend * x[2] * x[0], -bend * x[2] * x[1], 0.5 * bend * (x[0] ** 2 + x[1] ** 2)

    for side, height in (("bottom", 0.5e-3), ("top", 0.9e-3)):
        found = die_shift.evaluate(read(case(), shared_path, comm, motion, side))
        assert found.magnification == pytest.approx(-bend * height, rel=1e-9)


def test_a_bent_and_tilted_panel_is_projected_onto_its_level_plane(shared_path, comm) -> None:
    """A stack rolled about y with radius R: the mid-surface goes to R sin(x / R), the face above it further in."""
    radius, above, angle = 0.2, 0.45e-3, np.radians(5.0)  # m, m from the middle of the stack to its top

    def rolled(x):
        far = radius + 0.45e-3 - x[2]
        return far * np.sin(x[0] / radius) - x[0], 0 * x[1], radius - far * np.cos(x[0] / radius) - x[2] + 0.45e-3

    def tilted(x):
        u, v, w = rolled(x)
        along, up = x[0] + u, x[2] + w
        turned = np.cos(angle) * along - np.sin(angle) * up, np.sin(angle) * along + np.cos(angle) * up
        return turned[0] - x[0], v, turned[1] - x[2]

    stack_mesh, u = impose(case(size=FINE), shared_path, comm, tilted)
    level = levelled(stack_mesh, u, "bottom")
    found = die_shift.evaluate(
        die_shift.motion(stack_mesh, level, frame(stack_mesh, level, "bottom"), "mould", "die", "top")
    )
    x = found.centre[:, 0]
    mean = np.sin(0.5 * A / radius) / (0.5 * A / radius)  # of a sine over a die
    exact = (radius - above) * np.sin(x / radius) * mean - x
    assert found.shift[:, 0] == pytest.approx(exact, abs=2e-4 * np.abs(exact).max())
    assert np.abs(found.shift[:, 1]).max() < 1e-9


def test_dies_cut_by_symmetry_planes_are_completed(shared_path, comm) -> None:
    def motion(x):
        return 1e-3 * x[0] + 0.1 * x[0] ** 3, 2e-3 * x[1] + 3.0 * x[0] ** 2 * x[1], 1e-2 * x[0] ** 2

    whole = die_shift.evaluate(read(case(size=FINE), shared_path, comm, motion))
    for symmetry in ("half-x", "half-y", "quarter"):
        part = die_shift.evaluate(read(case(symmetry, size=FINE), shared_path, comm, motion))
        for name, column in whole.table().items():
            assert part.table()[name] == pytest.approx(column, rel=1e-9, abs=1e-8), name


@pytest.mark.slow
def test_a_quarter_and_the_whole_of_a_solved_panel_agree(solve) -> None:
    parts = [solve(case(symmetry, "stiff", size=FINE))["steps"][0]["die_shift"] for symmetry in ("none", "quarter")]
    whole, quarter = parts
    assert quarter["max_shift_um"] == pytest.approx(whole["max_shift_um"], rel=1e-6)
    assert quarter["max_residual_um"] == pytest.approx(whole["max_residual_um"], rel=1e-4)
    for group in ("panel", "panel_residual"):
        for key, value in whole[group].items():
            assert quarter[group][key] == pytest.approx(value, rel=1e-5, abs=1e-6), key
    assert quarter["mean_magnification_ppm"] != pytest.approx(-800.0, rel=0.05)


def test_a_single_die_has_no_panel_to_correct(shared_path, comm) -> None:
    text = case().replace("grid: {count: [3, 4], pitch: [10 mm, 6 mm]}", "at: [0 mm, 0 mm]")
    found = die_shift.evaluate(read(text, shared_path, comm, lambda x: (1e-6 * x[0], 1e-6 * x[1], 0 * x[0])))
    assert found.panel is None
    assert found.summary()["panel_residual"] is None
    assert np.isnan(found.table()["panel_residual_x_um"]).all()


@pytest.mark.serial
@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("{die_shift: {region: dice}}", "there is no region 'dice'; did you mean 'die'?"),
        ("{die_shift: {layer: mold}}", "there is no layer 'mold'; did you mean 'mould'?"),
        ("{die_shift: {layer: carrier}}", "there is no region 'die' in layer 'carrier'; there are no regions"),
        ("{die_shift: {reference: cold}}", "there is no step 'cold'; did you mean 'cool'?"),
        ("{die_shift: {reference: heat}}", "no step comes after this one"),
    ],
)
def test_wrong_names_are_told(tmp_path, report, message) -> None:
    (tmp_path / "case.yaml").write_text(case(report=report))
    with pytest.raises(CaseError) as error:
        load(tmp_path)
    assert message in str(error.value)
    assert "case.yaml:25" in str(error.value)
