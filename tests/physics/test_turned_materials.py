"""Materials whose axes are not those of the stack: laminates, discs, the tangent, heat."""

from dataclasses import replace

import numpy as np
import pytest
import yaml
from dolfinx import fem

from solver import compat, solve
from solver.errors import CaseError
from solver.linalg.linearised import LinearisedOperator
from solver.linalg.operator import FormOperator
from solver.materials.library import resolve
from solver.physics.solid.cell_stress import along_axes
from solver.physics.solid.constitutive import strain_at
from solver.physics.solid.laminate import free_state, plies
from solver.physics.solid.large_deflection import LargeDeflectionSolid
from tests.bending import large_deflection
from tests.linalg.test_kernels import difference, noise
from tests.probing import at, only_step, simulate
from tests.solving import load_case

pytestmark = pytest.mark.slow

# T300/5208: S. W. Tsai, H. T. Hahn, Introduction to Composite Materials (1980)
FIBRE = (
    "{youngs_modulus: [181 GPa, 10.3 GPa, 10.3 GPa], poisson_ratio: [0.28, 0.4, 0.0159337], shear_modulus: [7.17 GPa, "
    "3.68 GPa, 7.17 GPa], thermal_expansion: [-0.106 ppm/K, 25.6 ppm/K, 25.6 ppm/K], "
    "thermal_conductivity: [4 W/m/K, 0.7 W/m/K, 0.7 W/m/K], orientation: %s}"
)
CASE = """title: angle plies
geometry:
  outline: OUTLINE
  layers:
    - {name: lower, thickness: 0.25 mm, material: lower}
    - {name: upper, thickness: 0.25 mm, material: upper}
materials: {lower: LOWER, upper: UPPER}
mesh: {in_plane_size: SIZE}
analysis: {deflection: DEFLECTION}
process: {stress_free_temperature: 125 degC, steps: [{name: cool, temperature: 25 degC}]}
"""


def laminate(lower, upper, outline="{shape: rectangle, size: [24 mm, 24 mm]}", size="2 mm", deflection="small") -> str:
    """A case of two plies that lie at angles (deg)."""
    text = CASE.replace("LOWER", FIBRE % f"{lower} deg").replace("UPPER", FIBRE % f"{upper} deg")
    return text.replace("OUTLINE", outline).replace("SIZE", size).replace("DEFLECTION", deflection)


def classical(angles, drop: float) -> np.ndarray:
    """Curvatures (1/m) xx, yy, xy of plies of 0.25 mm, by the formulas of R. M. Jones (1999), eqs. 2.84 and 4.106.

    Reduced stiffnesses written out with powers of cosine and sine, not turned as tensors.
    """
    e1, e2, g, nu = 181e9, 10.3e9, 7.17e9, 0.28
    q11, q22, q12 = (value / (1 - nu**2 * e2 / e1) for value in (e1, e2, nu * e2))
    abd, load = np.zeros((6, 6)), np.zeros(6)
    for k, angle in enumerate(np.radians(angles)):
        c, s = np.cos(angle), np.sin(angle)
        xx = q11 * c**4 + 2 * (q12 + 2 * g) * s**2 * c**2 + q22 * s**4
        yy = q11 * s**4 + 2 * (q12 + 2 * g) * s**2 * c**2 + q22 * c**4
        xy = (q11 + q22 - 4 * g) * s**2 * c**2 + q12 * (s**4 + c**4)
        ss = (q11 + q22 - 2 * q12 - 2 * g) * s**2 * c**2 + g * (s**4 + c**4)
        xs = (q11 - q12 - 2 * g) * s * c**3 + (q12 - q22 + 2 * g) * s**3 * c
        ys = (q11 - q12 - 2 * g) * s**3 * c + (q12 - q22 + 2 * g) * s * c**3
        q = np.array([[xx, xy, xs], [xy, yy, ys], [xs, ys, ss]])
        a1, a2 = -0.106e-6, 25.6e-6
        free = drop * np.array([a1 * c**2 + a2 * s**2, a1 * s**2 + a2 * c**2, 2 * (a1 - a2) * s * c])
        low, high = (k - 1) * 0.25e-3, k * 0.25e-3
        powers = [(high**n - low**n) / n for n in (1, 2, 3)]
        abd += np.block([[powers[0] * q, powers[1] * q], [powers[1] * q, powers[2] * q]])
        load += np.concatenate([powers[0] * q @ free, powers[1] * q @ free])
    return np.linalg.solve(abd, load)[3:]


def curvatures(outcome) -> np.ndarray:
    """(1/m) xx, yy, xy about the middle, by the deflection of points within."""
    x, y = (part.ravel() for part in np.meshgrid(*[np.linspace(-4e-3, 4e-3, 5)] * 2))
    w = at(outcome.displacement, np.stack([x, y, np.full_like(x, 0.25e-3)], axis=1))[:, 2]
    terms = np.stack([np.ones_like(x), x, y, -0.5 * x**2, -0.5 * y**2, -0.5 * x * y], axis=1)
    return np.linalg.lstsq(terms, w, rcond=None)[0][3:]


@pytest.mark.parametrize("angles", [(45, -45), (0, 30), (-70, 20)], ids=str)
def test_angle_plies_warp_as_classical_laminate_theory_says(shared_path, comm, angles):
    """Free edges reach a thickness or so inwards; of an angle ply the shape is a twist, a saddle or both."""
    outcome = only_step(simulate(laminate(*angles), shared_path, comm))
    exact = classical(angles, -100.0)
    assert curvatures(outcome) == pytest.approx(exact, rel=0.01, abs=0.01 * np.abs(exact).max())


@pytest.mark.parametrize("angles", [(45, -45), (0, 30), (-70, 20)], ids=str)
def test_the_laminate_model_is_that_theory(shared_path, comm, angles):
    loaded = load_case(laminate(*angles), [], shared_path, comm)
    stack, materials = loaded.stack, loaded.case.materials
    references = dict.fromkeys(("lower", "upper"), 398.15)
    found = plies(stack.layers, stack.outline.area, lambda name: resolve(name, materials), 298.15, references)
    exact = classical(angles, -100.0)
    assert free_state(found).curvature == pytest.approx(exact, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_disc_whose_plies_are_turned_warps_in_the_turned_shape(shared_path, comm, deflection):
    """A cross-ply of 20 mm, where large deflection bends it by a fifth less: turned by 30 deg, by its own tensor."""
    disc = "{shape: disc, diameter: 60 mm}"
    kappa = []
    for turn in (0.0, 30.0):
        text = laminate(turn, 90.0 + turn, disc, "10 mm", deflection)
        xx, yy, xy = curvatures(only_step(simulate(text, shared_path, comm)))
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        turned = np.array([[c, s], [-s, c]]) @ np.array([[xx, 0.5 * xy], [0.5 * xy, yy]]) @ np.array([[c, -s], [s, c]])
        kappa.append(turned)
    assert np.abs(kappa[0][0, 0]) > (1.0 if deflection == "small" else 0.5)
    # of its two cylinders, mirror images of one energy, either may be taken
    images = (kappa[0], -kappa[0][::-1, ::-1])
    nearest = min(images, key=lambda image: np.abs(kappa[1] - image).max())
    assert kappa[1] == pytest.approx(nearest, abs=0.03 * np.abs(kappa[0]).max())


def test_the_tangent_of_turned_plies(shared_path, comm):
    """Against the form of FFCx: bent, disturbed, born bent, with springs; free strains of six components."""
    text = laminate(30, -60, "{shape: disc, diameter: 24 mm}", "6 mm", "large").replace("-60 deg", "radial")
    flat = large_deflection(text, shared_path, comm)
    mesh = flat.stack_mesh
    birth = fem.Function(fem.functionspace(mesh.mesh, ("Discontinuous Lagrange", 2, (3,))))
    birth.interpolate(lambda x: np.stack([-0.1 * x[0] + x[1] * x[2], 0.05 * x[1], 0.5 * x[0] ** 2]))
    large = LargeDeflectionSolid(mesh, flat.materials, flat.references, birth=birth)
    load = large.load_at(298.15)
    assert large.forms.free_strain.function_space.dofmap.index_map_bs == 6
    x = large.space.tabulate_dof_coordinates()
    bend = np.stack([-2.0 * x[:, 2] * x[:, 0], 0.0 * x[:, 0], x[:, 0] ** 2 + 0.5 * x[:, 1] ** 2], axis=1)
    large.state = type(large.state)(bend.ravel(), replace(load, anisotropy=np.array([0.3, -0.2])))
    large.forms.last.x.array[:] = 0.1 * bend.ravel()
    large.forms.spring.value = 1e12
    fast, slow = large.solver.operator, FormOperator(large.tangent, large.space, large.support.unknowns)
    assert isinstance(fast, LinearisedOperator)
    v = noise(fast.owned)
    assert difference(fast.product(v), slow.product(v), comm) < 1e-11
    large.destroy()


@pytest.mark.parametrize("orientation", ["30 deg", "{radial: [1 mm, -2 mm], angle: 20 deg}"])
def test_stress_is_the_derivative_of_the_energy(shared_path, comm, orientation):
    """At large deflection, turned and born flat: the stress of the laws in the residual makes it that of the forms."""
    text = laminate(0, 0, "{shape: disc, diameter: 24 mm}", "6 mm", "large").replace("0 deg", orientation)
    large = large_deflection(text, shared_path, comm)
    load = large.load_at(298.15)
    x = large.space.tabulate_dof_coordinates()
    bend = np.stack([-2.0 * x[:, 2] * x[:, 0], 0.001 * x[:, 0], x[:, 0] ** 2 + 0.5 * x[:, 1] ** 2], axis=1)
    large.state = type(large.state)(bend.ravel(), load)
    points, weights = large.coefficients._points, large.coefficients.volumes()
    elastic = large.strain_energy().sum()
    sigma = large.stress(298.15, points)
    by_law = 0.5 * float((weights[..., None] * sigma * strain_at(large.stack_mesh, large.forms.elastic, points)).sum())
    assert comm.allreduce(by_law) == pytest.approx(comm.allreduce(elastic), rel=1e-9)
    large.destroy()


def error(text, directory, comm, *overrides) -> str:
    with pytest.raises(CaseError) as caught:
        only_step(simulate(text, directory, comm, *overrides))
    return str(caught.value)


def test_a_mirror_plane_does_not_cut_what_lies_turned(shared_path, comm):
    text = laminate(30, 0)
    quarter = text.replace("  layers:", "  symmetry: quarter\n  layers:")
    assert "material 'lower' lies turned (30 deg), not symmetric about x = 0" in error(quarter, shared_path, comm)
    spiral = quarter.replace("30 deg", "{radial: [0 mm, 0 mm], angle: 30 deg}")
    assert "30 deg from the radius about (0, 0) mm), not symmetric" in error(spiral, shared_path, comm)
    assert "(5, 0) mm), not symmetric about x" in error(
        quarter.replace("30 deg", "{radial: [5 mm, 0 mm]}"), shared_path, comm
    )
    only_step(simulate(quarter.replace("30 deg", "radial"), shared_path, comm))


def test_what_cannot_lie_turned_is_refused_by_name(shared_path, comm):
    text = laminate(30, 0).replace("material: lower}", "material: lower, stress: [10 MPa, 20 MPa]}")
    found = error(text, shared_path, comm)
    assert "layers.lower.material" in found and "stress: differs along x and y, but the axes" in found
    mixed = laminate(30, 0).replace("material: upper}", "material: {mix: laminate, metal: copper, dielectric: lower, "
        "metal_fraction: 0.5}}")  # fmt: skip
    assert "orientation: a mixture or array" in error(mixed, shared_path, comm)


def test_stress_is_given_along_the_fibres(shared_path, comm):
    """A ply pulled along y, with fibres 30 deg from x: sigma_11 = p sin^2, sigma_22 = p cos^2, tau_12 = p sin cos."""
    pulled = "temperature: 125 degC, loads: [{end: [-y, +y], pressure: -8 MPa}]"
    text = laminate(30, 30, size="12 mm").replace("temperature: 25 degC", pulled)
    outcome = only_step(simulate(text, shared_path, comm))
    for name in ("lower", "upper"):
        found = outcome.summary["stress_along_axes_mpa"][name]
        for component, exact in (("11", 2.0), ("22", 6.0), ("12", 8.0 * np.sqrt(3) / 4), ("33", 0.0), ("13", 0.0)):
            assert found[component] == pytest.approx([exact, exact], abs=1e-4)
    cells = outcome.cells["stress_along_axes_mpa"]
    assert cells == pytest.approx(np.tile([2.0, 6.0, 0.0, 8.0 * np.sqrt(3) / 4, 0.0, 0.0], (len(cells), 1)), abs=1e-4)


def test_a_ring_of_radial_fibres_that_cools_is_under_stress_around(shared_path, comm):
    """u = c r^k + d r^-k + b r in plane stress, k^2 = E_theta / E_r (S. G. Lekhnitskii, Anisotropic Plates, 1968)."""
    ring = "{shape: disc, diameter: 48 mm, holes: [{shape: {circle: 24 mm}}]}\n  symmetry: quarter"
    text = laminate(0, 0, ring, "2 mm").replace("0 deg", "radial")
    outcome = only_step(simulate(text, shared_path, comm))
    mesh, ring = outcome.stack_mesh, resolve("lower", load_case(text, [], shared_path, comm).case.materials)
    sigma = along_axes(mesh, [ring] * len(mesh.blocks), outcome.sigma)
    place = mesh.mesh.geometry.x[compat.geometry_nodes(mesh.mesh)[: len(sigma)]]
    radius = 1e3 * np.hypot(place[..., 0], place[..., 1])
    found = []
    for target in (12.0, 24.0):
        here = np.abs(radius - target) < 0.1
        total = comm.allreduce(np.append(1e-6 * sigma[here].sum(axis=0), here.sum()), np.add)
        found.append(total[:-1] / total[-1])
    e1, e2, nu = 181e3, 10.3e3, 0.28
    rr, tt, rt = (value / (1 - nu**2 * e2 / e1) for value in (e1, e2, nu * e2))
    fr, ft, k, radii = 0.106e-6 * 100, -25.6e-6 * 100, np.sqrt(e2 / e1), np.array([12.0, 24.0])
    b = ((rr - rt) * fr + (rt - tt) * ft) / (rr - tt)
    powers = np.stack([radii ** (k - 1), radii ** (-k - 1)], axis=1)  # u / r; the slope is k or -k times it
    free = np.linalg.solve(powers * [rr * k + rt, -rr * k + rt], -np.full(2, rr * (b - fr) + rt * (b - ft)))
    around = (powers * [rt * k + tt, -rt * k + tt]) @ free + rt * (b - fr) + tt * (b - ft)
    assert [row[1] for row in found] == pytest.approx(around, rel=0.01)
    assert np.abs([row[[0, 5]] for row in found]).max() < 0.02 * np.abs(around).max()


# um, by which two opposite corners, the other two, and the middles of two sides lie above the centre, in sum
CALCULIX = {
    "30 deg": (-185.489, 184.704, 53.335),
    "{radial: [0 mm, 0 mm], angle: 90 deg}": (-119.825, -119.824, 7.886),
    "{radial: [4 mm, -9 mm]}": (90.117, -111.651, 113.844),
}


@pytest.mark.parametrize("orientation", CALCULIX)
def test_calculix_finds_the_same_shape(shared_path, comm, orientation):
    """Its C3D20 with *ORIENTATION, run on the deck that `planish mesh` writes: bricks without nodes in the middle."""
    outline = "{shape: rectangle, size: [12 mm, 12 mm]}"
    outcome = only_step(simulate(laminate(0, "X", outline).replace("X deg", orientation), shared_path, comm))
    places = [(6, 6), (-6, -6), (6, -6), (-6, 6), (6, 0), (-6, 0), (0, 0)]
    w = 1e6 * at(outcome.displacement, [(1e-3 * x, 1e-3 * y, 0.25e-3) for x, y in places])[:, 2]
    found = w[:6:2] + w[1:6:2] - 2.0 * w[6]
    assert found == pytest.approx(CALCULIX[orientation], rel=5e-3, abs=0.2)


@pytest.mark.parametrize("deflection", ["small", "large"])
def test_a_ply_born_on_one_that_has_shrunk_and_sheared_feels_the_rest_of_the_way(shared_path, comm, deflection):
    """The lower ply goes 60 K alone and stays flat; then both go 40 K."""
    steps = (
        "steps: [{name: alone, build: [lower], temperature: 65 degC}, "
        "{name: both, build: [upper], birth: stress-free, temperature: 65 degC}, {name: cool, temperature: 25 degC}]"
    )
    text = laminate(0, 30, size="3 mm", deflection=deflection).replace(
        "steps: [{name: cool, temperature: 25 degC}]", steps
    )
    *_, last = simulate(text, shared_path, comm).steps(None)
    exact = classical((0, 30), -40.0)
    found = curvatures(last)
    assert found == pytest.approx(exact, abs=(0.01 if deflection == "small" else 0.06) * np.abs(exact).max())


def test_the_laminate_model_gives_stress_along_the_fibres(comm):
    """Of a cross-ply that lies turned: that of the cross-ply along x and y."""
    plain, turned = (
        solve(yaml.safe_load(laminate(turn, turn - 90).replace("deflection: small", "model: laminate")), comm=comm)
        .steps[0]
        .metrics
        for turn in (0, 30)
    )
    assert "stress_along_axes_mpa" not in plain
    found, faces = turned["stress_along_axes_mpa"]["lower"], plain["layers"]["lower"]
    for place, name in enumerate(("11", "22", "12")):
        exact = sorted((faces["bottom_mpa"][place], faces["top_mpa"][place]))
        assert found[name] == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_the_laminate_model_says_that_it_has_no_radius(comm):
    text = laminate(0, "X").replace("X deg", "radial").replace("deflection: small", "model: laminate")
    found = solve(yaml.safe_load(text), comm=comm)
    assert "layer 'upper' has axes along a radius: laminate theory takes the mean of all directions" in found.warnings
