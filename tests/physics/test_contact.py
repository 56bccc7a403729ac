"""Stacks that lie on a rigid plane and may lift off it, against beams and plates in closed form."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import ufl
from mpi4py import MPI
from scipy.optimize import brentq

from solver.physics.solid.stability import settle
from solver.physics.solid.supports import on_plane, on_ring
from tests.bending import REFERENCE, large_deflection, panel
from tests.builders import BAR, sheet
from tests.probing import at

pytestmark = pytest.mark.slow

G = 9.80665


def pressed(pressure: float):
    """A dead load that presses on the whole volume, given per area (Pa) and thickness (m)."""
    return lambda thickness: lambda v: -pressure / thickness * v[2] * ufl.dx(v.ufl_function_space().mesh)


def on_table(text, path, comm, pressure: float, thickness: float, supports=None):
    lies = supports or partial(on_plane, lifts=True)
    return large_deflection(text, path, comm, dead_load=pressed(pressure)(thickness), supports=lies)


def check_contact(problem) -> None:
    """The conditions of contact, and the balance of forces and of moments about the axes, node by node.

    A node is left 1e-7 of the thickness below the plane, or pulled with 1e-6 of the load, as `Contact` says.
    """
    comm, space = problem.stack_mesh.comm, problem.space
    owned = 3 * space.dofmap.index_map.size_local
    touches = problem.support.touches[problem.support.touches < owned]
    gap, force = problem.displacement.x.array[touches], problem.reactions()
    held = np.isin(touches, problem.solver.operator.constrained)
    load = problem._pressing / problem.stack_mesh.stack.multiplicity
    assert comm.allreduce(gap.min(initial=0.0), MPI.MIN) >= -1.1e-7 * problem.thickness
    assert comm.allreduce(np.abs(gap[held]).max(initial=0.0), MPI.MAX) == 0.0
    assert comm.allreduce(force[touches[held]].min(initial=0.0), MPI.MIN) >= -1.1e-6 * problem._pressing
    reaction = np.zeros_like(force)
    reaction[touches[held]] = force[touches[held]]
    assert comm.allreduce(reaction.sum(), MPI.SUM) == pytest.approx(load, rel=1e-6)
    if not problem.stack_mesh.stack.mirrors:
        x = (space.tabulate_dof_coordinates() + problem.displacement.x.array.reshape(-1, 3))[: owned // 3, :2]
        moments = comm.allreduce(x.T @ reaction[2::3], MPI.SUM)
        assert np.abs(moments).max() < 1e-6 * load * problem.stack_mesh.stack.span


# a bar with a curvature along x only: strips of it are beams, E I kappa = M that flattens it, q its weight per length

HEAT = "process: {stress_free_temperature: 125 degC, steps: [{name: heat, temperature: 145 degC}]}\n"
THICKNESS, DENSITY, BENDING = 0.5e-3, 2500.0, 70e9 * 0.5e-3**3 / 12  # m, kg/m^3, N m
WEIGHT = DENSITY * G * THICKNESS  # Pa
PER_KELVIN = 1.5 * 2e-6 / THICKNESS  # curvature of layers of equal thickness and stiffness, ends up when it warms up


def bar(path, comm, length, size=4, symmetry="quarter", pressure=WEIGHT):
    text = sheet(*BAR, size=(f"{length} mm", "10 mm"), cell=f"{size} mm", symmetry=symmetry, process=HEAT)
    return on_table(text, path, comm, pressure, THICKNESS)


def heights(problem, *places: float):
    """Of the underside along the axis of the bar (m)."""
    return at(problem.displacement, [(place, 0.0, 0.0) for place in places])[:, 2]


def test_a_bar_whose_ends_bend_up_lies_flat_as_far_as_its_weight_can_hold_it(shared_path, comm):
    """It lifts off over the length a at each end for which q a^2 / 2 = E I kappa, by E I kappa^2 / (2 q) at the tip."""
    problem = bar(shared_path, comm, 320)
    curvature = 20.0 * PER_KELVIN
    lifted = np.sqrt(2 * BENDING * curvature / WEIGHT)
    problem.follow(problem.load_at(REFERENCE + 20.0))
    check_contact(problem)
    tip, middle = heights(problem, 0.16, 0.0)
    assert tip == pytest.approx(BENDING * curvature**2 / (2 * WEIGHT), rel=2e-3)
    assert middle == pytest.approx(0.0, abs=1e-12)
    off, on = heights(problem, 0.16 - lifted + 8e-3, 0.16 - lifted - 8e-3)
    assert on < 1e-8 < 1e-7 < off


def test_a_short_bar_whose_ends_bend_up_stands_on_its_middle(shared_path, comm):
    """Both halves are cantilevers: kappa l^2 / 2 - q l^4 / (8 E I)."""
    problem, half, curvature = bar(shared_path, comm, 200), 0.1, 20.0 * PER_KELVIN
    assert half < np.sqrt(2 * BENDING * curvature / WEIGHT)
    problem.follow(problem.load_at(REFERENCE + 20.0))
    check_contact(problem)
    rise = curvature * half**2 / 2 - WEIGHT * half**4 / (8 * BENDING)
    assert heights(problem, half)[0] == pytest.approx(rise, rel=2e-3)
    assert heights(problem, 2e-3)[0] > 0


@pytest.mark.parametrize("symmetry", ["none", "quarter"])
def test_a_bar_whose_ends_bend_down_stands_on_them(symmetry, shared_path, comm):
    """An arch less its sag: kappa L^2 / 8 - 5 q L^4 / (384 E I)."""
    length, curvature = 0.16, 20.0 * PER_KELVIN
    problem = bar(shared_path, comm, 160, 8, symmetry)
    problem.follow(problem.load_at(REFERENCE - 20.0))
    check_contact(problem)
    rise = curvature * length**2 / 8 - 5 * WEIGHT * length**4 / (384 * BENDING)
    assert heights(problem, 0.0)[0] == pytest.approx(rise, rel=2e-3)
    assert heights(problem, length / 2)[0] == pytest.approx(0.0, abs=1e-12)


def test_a_long_bar_whose_ends_bend_down_lies_on_its_middle_too(shared_path, comm):
    """Arches of length b = 2 (E I kappa / q)^(1/2) between the ends and a flat middle: w = q b^4 / (24 E I) x (1 - x)^3
    at x b from an end, which carries 3 q b / 4. By w'' = -kappa + (R s - q s^2 / 2) / (E I), w'' = w' = w = 0 at b."""
    curvature = 20.0 * PER_KELVIN
    arch = 2 * np.sqrt(BENDING * curvature / WEIGHT)
    problem = bar(shared_path, comm, 500, size=5)
    assert 2 * arch < 0.5
    problem.follow(problem.load_at(REFERENCE - 20.0))
    check_contact(problem)
    part = np.array([0.25, 0.5, 0.75])
    exact = WEIGHT * arch**4 / (24 * BENDING) * part * (1 - part) ** 3
    assert heights(problem, *(0.25 - part * arch)) == pytest.approx(exact, rel=5e-3, abs=2e-3 * exact[0])
    space = problem.space
    touches = problem.support.touches[problem.support.touches < 3 * space.dofmap.index_map.size_local]
    ends = touches[space.tabulate_dof_coordinates()[touches // 3, 0] > 0.25 - arch / 2]
    carried = comm.allreduce(problem.reactions()[ends].sum(), MPI.SUM)
    assert carried == pytest.approx(0.75 * WEIGHT * arch * 5e-3, rel=5e-3)  # half of the width is modelled


def test_the_gap_a_pressure_leaves_falls_with_it(shared_path, comm):
    """E I kappa^2 / (2 p) at the ends of a bar that bends up, from one solution to the next and back."""
    problem, curvature = bar(shared_path, comm, 160, pressure=100.0), 20.0 * PER_KELVIN
    load = problem.load_at(REFERENCE + 20.0)
    gaps = []
    for factor in (1.0, 2.0, 0.75):
        problem.follow(replace(load, dead=factor))
        gaps.append(heights(problem, 0.08)[0] * factor)
    assert gaps == pytest.approx([BENDING * curvature**2 / 200] * 3, rel=0.01)


# plates

PLATE = """title: plate
geometry:
  outline: {{{outline}}}
  symmetry: quarter
  layers:
    - {{name: low, thickness: 1 mm, material: low}}
    - {{name: high, thickness: 1 mm, material: high}}
materials:
  low: {{youngs_modulus: 70 GPa, poisson_ratio: 0.3, thermal_expansion: {low}}}
  high: {{youngs_modulus: 70 GPa, poisson_ratio: 0.3, thermal_expansion: {high}}}
mesh: {{in_plane_size: {size} mm}}
process: {{stress_free_temperature: 125 degC, steps: [{{name: cool, temperature: 115 degC}}]}}
"""
DISC = PLATE.format(outline="shape: disc, diameter: 400 mm", low="8 ppm/K", high="8.4 ppm/K", size=16)
RIGIDITY, LOAD, RADIUS, NU = 70e9 * 2e-3**3 / 12 / (1 - 0.3**2), 50.0, 0.2, 0.3


def rim_of_a_disc(curvature: float) -> tuple[float, float]:
    """Radius up to which a disc of that curvature lies flat, and how far its rim is off.

    D (w'''' + ...) = -q outside: w = -q r^4 / (64 D) + A + B ln r + C r^2 + E r^2 ln r, with w, w' and w'' zero at the
    inner radius, no moment D (w'' + nu w' / r - (1 + nu) kappa) and no shear force at the rim.
    """
    e, R, q = LOAD * RADIUS**2 / (8 * RIGIDITY), RADIUS, LOAD / (64 * RIGIDITY)

    def w(r, a, b, c):
        return -q * r**4 + a + b * np.log(r) + c * r**2 + e * r**2 * np.log(r)

    def slope(r, b, c):
        return -4 * q * r**3 + b / r + 2 * c * r + e * (2 * r * np.log(r) + r)

    def bend(r, b, c):
        return -12 * q * r**2 - b / r**2 + 2 * c + e * (2 * np.log(r) + 3)

    def constants(r):
        """Of w' = w'' = 0 at r."""
        rows = [[1 / r, 2 * r], [-1 / r**2, 2]]
        return np.linalg.solve(rows, [-slope(r, 0, 0), -bend(r, 0, 0)])

    def moment(r):
        b, c = constants(r)
        return bend(R, b, c) + NU * slope(R, b, c) / R - (1 + NU) * curvature

    inner = brentq(moment, 0.01 * R, 0.999 * R)
    b, c = constants(inner)
    return inner, float(w(R, 0, b, c) - w(inner, 0, b, c))


def test_a_disc_with_a_bent_up_rim_lies_flat_inside(shared_path, comm):
    """Shear adds (h / lifted width)^2 = 3e-4, the large deflection (gap / h)^2 / 10 = 3e-5, the polygon 2e-3."""
    problem = on_table(DISC, shared_path, comm, LOAD, 2e-3)
    curvature = 1.5 * 0.4e-6 * 20.0 / 2e-3
    inner, rise = rim_of_a_disc(curvature)
    assert 0.3 * RADIUS < inner < 0.7 * RADIUS
    problem.follow(problem.load_at(REFERENCE - 20.0))
    check_contact(problem)
    places = [(RADIUS - 1e-6, 0.0, 0.0), (inner - 0.02, 0.0, 0.0)]
    rim, inside = at(problem.displacement, places)[:, 2]
    assert rim == pytest.approx(rise, rel=4e-3)
    assert inside < 1e-4 * rim


SQUARE = "shape: rectangle, size: [200 mm, 200 mm]"
ALONG, NONE = "[8.4 ppm/K, 8 ppm/K, 8 ppm/K]", "8 ppm/K"
RISE = 1.5 * 0.4e-6 * 30.0 / 2e-3 * 0.2**2 / 8  # m, of a square that bends by 30 K, from its centre to an edge


@pytest.mark.parametrize(
    ("low", "high", "corner", "centre", "edges", "standing"),
    [
        ("8.4 ppm/K", NONE, 2.0, 0.0, (1.0, 1.0), [(0.0, 0.0)]),  # a bowl, on its centre
        (NONE, "8.4 ppm/K", 0.0, 2.0, (1.0, 1.0), [(0.1, 0.1)]),  # a dome, on its corners
        (ALONG, "[8 ppm/K, 8.4 ppm/K, 8 ppm/K]", 1.0, 1.0, (2.0, 0.0), [(0.0, 0.1)]),  # a saddle, on two edges
    ],
)
def test_a_light_plate_stands_on_its_lowest_points(low, high, corner, centre, edges, standing, shared_path, comm):
    """Heights of w = (kx x^2 + ky y^2) / 2 over its lowest point, less a sag of 0.02 to 0.05 q L^4 / D: 0.3 %."""
    text = PLATE.format(outline=SQUARE, low=low, high=high, size=20)
    problem = on_table(text, shared_path, comm, 0.05, 2e-3)
    problem.follow(problem.load_at(REFERENCE + 30.0))
    check_contact(problem)
    found = at(problem.displacement, [(0.1, 0.1, 0.0), (0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.0, 0.1, 0.0)])[:, 2]
    assert found / RISE == pytest.approx([corner, centre, *edges], abs=0.01)
    space, active = problem.space, problem.support.touches[problem.contact.active]
    owned = active[active < 3 * space.dofmap.index_map.size_local] // 3
    places = comm.allreduce(np.round(space.tabulate_dof_coordinates()[owned, :2], 6).tolist())
    assert [tuple(place) for place in places] == standing


def panel_on_table(path, comm, symmetry, gravity=G):
    lies = partial(on_plane, lifts=True)
    return panel(path, comm, 4, symmetry, dead_load=pressed(2300 * gravity * 1.1e-3)(1.1e-3), supports=lies)


def test_a_whole_panel_and_a_quarter_lie_the_same_way(shared_path, comm):
    """Through shapes that touch with most nodes, with a ring of them, and with the corners only, up and down."""
    whole, quarter = (panel_on_table(shared_path, comm, symmetry) for symmetry in ("none", "quarter"))
    points = [(0.3, 0.3, 0.0), (0.0, 0.0, 0.0), (0.3, 0.0, 0.0), (0.0, 0.3, 0.0), (0.15, 0.075, 0.0)]
    numbers = set()
    for change in (5.0, 30.0, -10.0, -20.0):
        for problem in (whole, quarter):
            assert settle(problem, problem.load_at(REFERENCE + change)).stable
            check_contact(problem)
        numbers.add(whole.contact.count)
        heights_ = [at(problem.displacement, points)[:, 2] for problem in (whole, quarter)]
        assert heights_[0] == pytest.approx(heights_[1], rel=1e-6, abs=1e-12)
        assert whole.energy() == pytest.approx(4 * quarter.energy(), rel=1e-9)
    assert max(numbers) > 4 * min(numbers)


def test_a_light_panel_past_its_bifurcation_bends_to_a_cylinder_on_its_table(shared_path, comm):
    """Where the panel without weight does, too, and with its curvature."""
    free, lying = panel(shared_path, comm, 4), panel_on_table(shared_path, comm, "quarter", 0.05)
    lifts = []
    for problem in (free, lying):
        assert settle(problem, problem.load_at(REFERENCE - 20.0)).stable
        w = at(problem.displacement, [(0.0, 0.0, 0.0), (0.3, 0.0, 0.0), (0.0, 0.3, 0.0), (0.3, 0.3, 0.0)])[:, 2]
        lifts.append([w[3] - w[0], *sorted(w[1:3] - w[0])])
    check_contact(lying)
    assert lifts[1] == pytest.approx(lifts[0], rel=0.03)


def test_a_disc_on_a_ring_stands_on_its_inner_edge(shared_path, comm):
    """Its middle sags and its rim lifts off: simply supported at the inner radius, with an overhang.

    The ring ends at the last nodes within its width, up to half a cell from the inner radius: 2 % of it.

    D nabla^4 w = -q with w = 0, w', M_r continuous there; no moment and no shear force at the rim.
    """
    inner, nu, part = 0.18, NU, LOAD / (64 * RIGIDITY)
    e = LOAD * RADIUS**2 / (8 * RIGIDITY)

    def terms(r):
        """Rows of w, w' and w'' + nu w' / r for A, B ln r, C r^2; and of the known e r^2 ln r and -q r^4 / (64 D)."""
        slope, bend = np.array([0, 1 / r, 2 * r]), np.array([0, -1 / r**2, 2])
        known = e * np.array([r**2 * np.log(r), 2 * r * np.log(r) + r, 2 * np.log(r) + 3])
        load = -part * np.array([r**4, 4 * r**3, 12 * r**2])
        rows = np.array([[1, np.log(r), r**2], slope, bend + nu * slope / r])
        return rows, *(np.array([f[0], f[1], f[2] + nu * f[1] / r]) for f in (known, load))

    rows, known, load = terms(inner)
    end, end_known, end_load = terms(RADIUS)
    plain = rows[:, [0, 2]]  # of the middle: A, C
    matrix = np.zeros((5, 5))
    matrix[0, :2], matrix[1, 2:] = plain[0], rows[0]
    matrix[2:4, :2], matrix[2:4, 2:] = plain[1:], -rows[1:]
    matrix[4, 2:] = end[2]
    right = [-load[0], -load[0] - known[0], *known[1:], -end_load[2] - end_known[2]]
    a, _, *outer = np.linalg.solve(matrix, right)
    rise = float(end[0] @ outer + end_known[0] + end_load[0])
    ring = partial(on_ring, width=RADIUS - inner, lifts=True)
    problem = on_table(DISC.replace("size: 16 mm", "size: 10 mm"), shared_path, comm, LOAD, 2e-3, ring)
    problem.follow(problem.load_at(REFERENCE))
    check_contact(problem)
    middle, rim = at(problem.displacement, [(0.0, 0.0, 0.0), (RADIUS - 1e-6, 0.0, 0.0)])[:, 2]
    assert a < 0 < rise
    assert middle == pytest.approx(a, rel=0.03)
    assert rim == pytest.approx(rise, rel=0.1)
