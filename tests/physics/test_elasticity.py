"""Thermo-elasticity against closed forms, on meshes of any shape."""

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from solver.case.load import LoadedCase
from solver.linalg.operator import FormOperator
from solver.materials import library
from solver.materials.material import Material
from solver.physics.solid.kinematics import strain, stress
from solver.physics.solid.laminate import free_state, plies
from solver.units import ZERO_CELSIUS
from tests.probing import at, lift, mesh_of, only_step, simulate
from tests.solving import load_case

ORTHOTROPIC = """
  wood: {youngs_modulus: [140 GPa, 10 GPa, 9 GPa], poisson_ratio: [0.3, 0.4, 0.02],
    shear_modulus: [6 GPa, 3 GPa, 5 GPa],
    thermal_expansion: [1 ppm/K, 20 ppm/K, 30 ppm/K], thermal_conductivity: 1 W/m/K}
"""


def case(
    layers: str,
    materials: str,
    steps: str = "[{name: cool, temperature: 25 degC}]",
    symmetry: str = "none",
    size: str = "3 mm",
) -> str:
    return f"""
title: elasticity
geometry:
  outline: {{shape: rectangle, size: [20 mm, 16 mm]}}
  symmetry: {symmetry}
  layers: {layers}
materials: {materials}
mesh: {{in_plane_size: {size}}}
process:
  stress_free_temperature: 125 degC
  steps: {steps}
"""


# a disc in the plane makes cells of all shapes; it is of the same material, so the plate is homogeneous
DISC = "{name: disc, shape: {circle: 7 mm}, at: [2 mm, 1 mm], material: wood}"
DISTORTED = f"[{{name: plate, thickness: 1 mm, material: wood, cells: 2, regions: [{DISC}]}}]"


def test_an_orthotropic_plate_shrinks_freely_without_stress(shared_path, comm):
    outcome = only_step(simulate(case(DISTORTED, ORTHOTROPIC), shared_path, comm))
    largest = comm.allreduce(np.abs(outcome.sigma).max(initial=0.0), op=max)
    assert largest < 1e-7 * 9e9 * 30e-6 * 100  # of what it would be if it were held


def test_an_orthotropic_plate_shrinks_by_its_expansion_along_each_axis(shared_path, comm):
    outcome = only_step(simulate(case(DISTORTED, ORTHOTROPIC), shared_path, comm))
    ends = np.array([(10e-3, 0.0, 0.0), (0.0, 8e-3, 0.0), (0.0, 0.0, 1e-3)])
    growth = at(outcome.displacement, ends) - at(outcome.displacement, ends * [[-1.0], [-1.0], [0.0]])
    assert growth.diagonal() == pytest.approx(-100e-6 * np.array([1 * 20e-3, 20 * 16e-3, 30 * 1e-3]), rel=1e-6)


@pytest.fixture
def operator(shared_path, comm):
    """The stiffness of the distorted orthotropic plate, and its space."""
    mesh = mesh_of(case(DISTORTED, ORTHOTROPIC), shared_path, comm)
    space = fem.functionspace(mesh.mesh, ("Lagrange", 2, (3,)))
    wood = library.resolve("wood", load_case(case(DISTORTED, ORTHOTROPIC), (), shared_path, comm).case.materials)
    moduli = moduli_of(wood)
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    dx = ufl.dx(mesh.mesh, metadata={"quadrature_degree": 4})
    return FormOperator(ufl.inner(stress(moduli, strain(u)), strain(v)) * dx, space, np.empty(0, np.int32)), space


def moduli_of(material: Material):
    c = material.stiffness(300.0)
    return ufl.as_vector(
        [float(c[i, j]) for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (3, 3), (4, 4), (5, 5))]
    )


def nodal_forces(operator, field) -> tuple[np.ndarray, np.ndarray]:
    """Forces (n, 3) of a displacement, on all ranks, and the places of the nodes."""
    stiffness, space = operator
    u = fem.Function(space)
    u.interpolate(field)
    owned = space.dofmap.index_map.size_local
    force = stiffness.product(u.x.array[: 3 * owned].copy()).reshape(-1, 3).copy()
    comm = space.mesh.comm
    return np.concatenate(comm.allgather(force)), np.concatenate(
        comm.allgather(space.tabulate_dof_coordinates()[:owned])
    )


def test_rigid_motions_make_no_force(operator):
    def motion(x):
        return np.stack([1.0 + 0.3 * x[1] - 0.2 * x[2], -2.0 - 0.3 * x[0] + 0.5 * x[2], 0.5 + 0.2 * x[0] - 0.5 * x[1]])

    force, _ = nodal_forces(operator, motion)
    assert np.abs(force).max() < 1e-10 * 140e9 * 1.0 * 1e-3  # modulus times displacement times length


def test_uniform_strain_leaves_every_node_inside_in_balance(operator):
    # the patch test: forces on the boundary only
    gradient = 1e-3 * np.array([[1.0, 0.4, -0.2], [0.3, -0.5, 0.7], [0.1, 0.2, 0.9]])
    force, x = nodal_forces(operator, lambda x: gradient @ x)
    inside = (np.abs(x[:, 0]) < 9.99e-3) & (np.abs(x[:, 1]) < 7.99e-3) & (np.abs(x[:, 2] - 0.5e-3) < 0.49e-3)
    assert inside.any()
    assert np.abs(force[inside]).max() < 1e-10 * np.abs(force).max()
    assert force.sum(axis=0) == pytest.approx([0.0] * 3, abs=1e-9 * np.abs(force).sum())


# temperature fields

GRADIENT = """
title: plate in a gradient
geometry:
  outline: {shape: rectangle, size: [20 mm, 16 mm]}
  layers:
    - name: plate
      thickness: 1 mm
      material: plate
      regions: [{name: disc, shape: {circle: 7 mm}, material: plate}]
materials:
  plate: {youngs_modulus: 100 GPa, poisson_ratio: 0.3, thermal_expansion: 12 ppm/K, thermal_conductivity: 10 W/m/K}
mesh: {in_plane_size: 4 mm}
process:
  stress_free_temperature: 20 degC
  steps: [{name: heat, temperature: thermal}]
thermal:
  boundaries: [{face: bottom, temperature: 20 degC}, {face: top, temperature: 70 degC}]
"""


@pytest.fixture(scope="module")
def plate_in_a_gradient(tmp_path_factory):
    simulation = simulate(GRADIENT, MPI.COMM_WORLD.bcast(tmp_path_factory.mktemp("gradient")), MPI.COMM_WORLD)
    return only_step(simulation, simulation.heat())


def test_a_linear_temperature_through_a_free_plate_bends_it_by_alpha_dt_over_h(plate_in_a_gradient):
    # Timoshenko, Woinowsky-Krieger, Theory of Plates and Shells, sect. 14; the hot face is on top: convex
    for key in ("curvature_x_per_m", "curvature_y_per_m"):
        assert plate_in_a_gradient.summary[key] == pytest.approx(12e-6 * 50 / 1e-3, rel=1e-7)


def test_a_linear_temperature_through_a_free_plate_makes_no_stress(plate_in_a_gradient):
    largest = plate_in_a_gradient.stack_mesh.comm.allreduce(np.abs(plate_in_a_gradient.sigma).max(initial=0.0), op=max)
    assert largest < 1e-7 * 100e9 * 12e-6 * 50


def test_a_linear_temperature_stretches_the_middle_of_a_plate_by_its_mean(plate_in_a_gradient):
    far, near = at(plate_in_a_gradient.displacement, [(10e-3, 0.0, 0.5e-3), (-10e-3, 0.0, 0.5e-3)])
    assert (far - near)[0] == pytest.approx(12e-6 * 25 * 20e-3, rel=1e-6)


# stiffness that depends on temperature

BILAYER = "[{name: low, thickness: 0.3 mm, material: low}, {name: high, thickness: 0.3 mm, material: high}]"
SOFTENING = """
  low: {youngs_modulus: 130 GPa, poisson_ratio: 0.28, thermal_expansion: 2.6 ppm/K}
  high:
    youngs_modulus: {temperature: [25 degC, 125 degC], value: [22 GPa, 2 GPa]}
    poisson_ratio: 0.3
    thermal_expansion: 10 ppm/K
"""


def laminate_curvature(loaded: LoadedCase, kelvin: float) -> float:
    references = dict.fromkeys(("low", "high"), 125 + ZERO_CELSIUS)
    layers = plies(
        loaded.stack.layers,
        loaded.stack.outline.area,
        lambda name: library.resolve(name, loaded.case.materials),
        kelvin,
        references,
    )
    return float(free_state(layers).curvature[0])


def test_a_softening_layer_bends_the_plate_by_its_stiffness_at_each_temperature(shared_path, comm):
    temperatures = (25.0, 60.0, 100.0)
    steps = "[" + ", ".join(f"{{name: at {t}, temperature: {t} degC}}" for t in temperatures) + "]"
    simulation = simulate(case(BILAYER, SOFTENING, steps, "quarter", "1 mm"), shared_path, comm)
    for outcome, celsius in zip(simulation.steps(None), temperatures, strict=True):
        # 3 mm from the centre, 8 thicknesses from the edge
        curvature = -2 * lift(outcome, (3e-3, 0.0)) / 3e-3**2
        assert curvature == pytest.approx(laminate_curvature(simulation.loaded, celsius + ZERO_CELSIUS), rel=2e-3)


def test_the_order_of_the_steps_does_not_change_their_shapes(solve):
    forth, back = (
        {step["name"]: step["warpage_um"] for step in solve(case(BILAYER, SOFTENING, steps, "quarter"))["steps"]}
        for steps in (
            "[{name: a, temperature: 25 degC}, {name: b, temperature: 90 degC}]",
            "[{name: b, temperature: 90 degC}, {name: a, temperature: 25 degC}]",
        )
    )
    assert forth == pytest.approx(back, rel=1e-7)


def test_the_curve_of_a_step_is_that_of_single_steps(solve):
    text = case(BILAYER, SOFTENING, "[{name: a, temperature: 25 degC}, {name: b, temperature: 90 degC}]", "quarter")
    steps = solve(text, "report.warpage_at=[25 degC, 90 degC, 125 degC]")["steps"]
    curve = [point["signed_warpage_um"] for point in steps[0]["curve"]]
    assert curve[:2] == pytest.approx([step["signed_warpage_um"] for step in steps], rel=1e-7)
    assert curve[2] == pytest.approx(0.0, abs=1e-7 * abs(curve[0]))


# process


def test_a_removed_layer_releases_the_plate(solve):
    steps = "[{name: bent, temperature: 25 degC}, {name: free, remove: [high], temperature: 25 degC}]"
    bent, free = solve(case(BILAYER, SOFTENING, steps, "quarter"))["steps"]
    assert free["warpage_um"] < 1e-7 * bent["warpage_um"]
    assert free["layers"]["low"]["max_von_mises_mpa"] < 1e-6 * bent["layers"]["low"]["max_von_mises_mpa"]


def test_a_layer_built_flat_at_a_lower_temperature_bends_less_in_proportion(solve):
    constant = SOFTENING.replace("{temperature: [25 degC, 125 degC], value: [22 GPa, 2 GPa]}", "22 GPa")
    text = case(
        BILAYER,
        constant,
        "[{name: build, build: [high], temperature: %s degC}, {name: cool, temperature: 25 degC}]",
        "quarter",
    )
    hot, warm = (solve(text % celsius)["steps"][1]["signed_warpage_um"] for celsius in (125, 65))
    # the lower layer shrinks flat from 125 degC in both, and bends with the mismatch from the building on
    assert warm / hot == pytest.approx((10 * 40 - 2.6 * 100) / (10 * 100 - 2.6 * 100), rel=1e-6)
