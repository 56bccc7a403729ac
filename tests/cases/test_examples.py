"""Every example case, and the number it is there for."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.materials import library
from solver.physics.solid.laminate import Ply, free_state
from solver.process.plan import plan
from solver.progress import Progress
from solver.simulation import Simulation
from solver.studies.vias.array import find
from solver.studies.vias.performance import performance
from solver.units import ZERO_CELSIUS
from tests.probing import at, only_step, simulate, solved_heat
from tests.solving import CASES, load_case, solve_case, stated


def test_every_example_is_tested_here():
    tested = {
        "bimetal_strip",
        "wafer_stoney",
        "moulded_wafer",
        "foplp_panel",
        "bent_panel",
        "foplp_rdl_first",  # test_process_examples.py
        "foplp_chip_first",
        "fowlp_wafer",
        "fcbga_lidded",
        "foplp_thermal_vias",
        "jesd51_ja",  # test_jesd51.py
        "jesd51_jb",
        "jesd51_jc",
        "thermal_impedance",  # test_thermal_impedance.py
        "spreading_resistance",
        "stack_3dice",
        "ev6_hotspot",
        "power_cycling",
        "moulded_strip",  # test_examples_in_time.py
        "solder_joint_cycle",
        "bga_board_cycling",
        "tsv_keep_out",
        "hybrid_bond_panel",
        "automotive_mission",
        "delamination_mould_die",
        "cowos_4hbm",  # test_packages.py
        "foveros_stack",
        "glass_core_substrate",
        "focos_bridge",
        "info_pop",
        "sip_module",
        "rdl_power_rail",
        "rdl_line_blech",  # test_fine_line_examples.py
        "board_bending",
        "fine_line_panel",
        "low_k_bump",  # test_submodel_examples.py
        "rdl_2um_line_via",
    }
    assert {path.parent.name for path in CASES.glob("*/case.yaml")} == tested


def test_bimetal_strip_bends_to_the_curvature_of_beam_theory(solve):
    (step,) = solve("bimetal_strip")["steps"]
    # A3; 3-D is 1 % off beam theory, whose stress is uniaxial
    assert step["curvature_x_per_m"] == pytest.approx(-stated("bimetal_strip", "a curvature of", "1/m"), rel=0.015)
    assert step["balance"]["pin_reaction"] < 1e-9


def test_wafer_stoney_bows_by_71_12_micrometres(solve):
    (step,) = solve("wafer_stoney")["steps"]
    # A5; Stoney neglects the stiffness of the film, 0.19 % here
    assert step["bow_um"] == pytest.approx(-stated("wafer_stoney", "a bow of", "um"), rel=0.0025)


def test_a_crack_between_mould_and_die_releases_most_towards_the_edge_of_the_die(solve):
    (cool,) = solve("delamination_mould_die", "process.steps=[{name: cool, temperature: 25 degC}]")["steps"]
    found = cool["delaminations"]["corner 4"]
    stated_release = stated("delamination_mould_die", "edge of the die:", "J/m^2")
    assert found["energy_release_j_per_m2"] == pytest.approx(stated_release, rel=2e-3)
    assert max(found["at_x_mm"], found["at_y_mm"]) == pytest.approx(1.7)
    assert found["mean_j_per_m2"] == pytest.approx(found["closure_j_per_m2"], rel=0.03)  # two ways


def test_a_crack_between_mould_and_die_releases_more_the_colder_it_is(solve):
    """In cells at its front that are as fine, and coarse ones elsewhere."""
    coarse = ("mesh.edge_refinement.distance=0.25 mm", "mesh.in_plane_size=1 mm")
    warm, cold = (
        step["delaminations"]["corner 4"]["energy_release_j_per_m2"]
        for step in solve("delamination_mould_die", *coarse)["steps"]
    )
    assert cold > warm > 0.0


def test_foplp_thermal_vias_has_the_resistance_of_64_barrels_side_by_side(shared_path, comm):
    """t / (k A) of copper and FR-4 in parallel, k at the temperature of the board; heat crowds, so a little more."""
    loaded = load_case("foplp_thermal_vias", (), shared_path, comm)
    heat = Simulation(loaded, comm, Progress(comm, quiet=True)).heat()
    kelvin = heat.summary["regions"]["board/vias"]["mean_temperature_degc"] + ZERO_CELSIUS
    metal, resin = (library.resolve(name).conductivity(kelvin)[2] for name in ("copper-plated", "fr4"))
    wall = 64 * np.pi * (0.15e-3**2 - 0.125e-3**2)
    found = performance(loaded, find(loaded), heat)
    assert found.array_k_per_w == pytest.approx(1.5e-3 / (metal * wall + resin * (64e-6 - wall)), rel=1e-4)
    assert found.array_k_per_w == pytest.approx(stated("foplp_thermal_vias", "t / (k A):", "K/W"), abs=0.005)
    warm = stated("foplp_thermal_vias", "`mesh: {homogenise_below: 0.5 mm}`:", "degC")
    assert heat.summary["max_temperature_degc"] == pytest.approx(warm, abs=0.005)
    assert 1.0 < found.effective_k_per_w / found.array_k_per_w < 1.2
    assert heat.summary["heat_balance_error"] < 1e-9


def test_spreading_resistance_is_0_70331_kelvin_per_watt(solve):
    thermal = solve("spreading_resistance")["thermal"]
    # D4, Fourier series
    series = stated("spreading_resistance", "J. Electron. Packag. 125, 178, 2003) gives", "K/W")
    assert thermal["resistances"]["junction_to_ambient_k_per_w"]["value"] == pytest.approx(series, rel=0.005)
    assert thermal["heat_balance_error"] < 1e-9


def test_stack_3dice_has_307_828_and_310_008_kelvin_at_the_two_nodes(shared_path, comm):
    heat = solved_heat(simulate("stack_3dice", shared_path, comm))
    # D1, converged; top cooling
    nodes = at(heat.solution.temperature, [(0.025e-3, -0.1e-3, 1e-6), (-5e-3, -5e-3, 99e-6)])[:, 0]
    assert nodes == pytest.approx(
        [stated("stack_3dice", words, "K") for words in ("Fine finite volumes give", "mm from the corner and")],
        abs=0.02,
    )


def ev6_watts() -> np.ndarray:
    """Power of each sample of the trace."""
    lines = (CASES / "ev6_hotspot" / "busy.ptrace").read_text().splitlines()[1:]
    return np.array([line.split() for line in lines], dtype=float).sum(axis=1)


def test_ev6_hotspot_gives_off_the_mean_of_its_trace_and_is_hottest_in_its_integer_core(shared_path, comm):
    mean = ev6_watts().mean()
    heat = solved_heat(simulate("ev6_hotspot", shared_path, comm, "analysis={steady: true}"))
    assert heat.summary["power_w"] == pytest.approx(mean, rel=1e-12)
    assert heat.summary["boundaries"][0]["heat_w"] == pytest.approx(mean, rel=1e-8)
    # integer execution beside its registers, as in K. Skadron et al., ISCA 2003; lower left corner at (-8, -8) mm
    integer, cache = at(heat.solution.temperature, [(2.2e-3, 7.2e-3, 0.0), (0.0, -4e-3, 0.0)])[:, 0]
    assert integer - 273.15 > heat.summary["max_temperature_degc"] - 1.0
    assert integer - cache > 10.0


def test_ev6_hotspot_follows_its_trace(solve):
    short = ("analysis.transient.duration=12 ms", "mesh.in_plane_size=8 mm", "mesh.edge_refinement=null")
    thermal = solve("ev6_hotspot", *short)["thermal"]
    time, power = (np.array(thermal["history"][key]) for key in ("time_s", "power_w"))
    assert power[time <= 10e-3] == pytest.approx(ev6_watts()[0], rel=1e-12)
    assert power[time > 10.001e-3] == pytest.approx(ev6_watts()[1], rel=1e-12)
    assert thermal["heat_balance_error"] < 1e-8


# what a free edge does to the curvature fitted to a whole panel of 30 thicknesses or more
EDGE = 2e-3

SMALL_WAFER = (
    "geometry.outline.diameter=100 mm",
    "geometry.layers.mould.regions.die.grid.count=[9, 9]",
    "report.warpage_at=[150 degC]",
    "analysis.deflection=small",
)
WAFER_OF_COMPOUND = (*SMALL_WAFER, "geometry.layers.mould.regions.die.material=emc-granular")


# 50 x 50 mm with 5 x 5 dies of the 49 x 49
SMALL_PANEL = (
    "geometry.outline.size=[50 mm, 50 mm]",
    "geometry.layers.mould.regions.die.grid.count=[5, 5]",
    "report.warpage_at=[]",
)
LARGER_PANEL = (
    "geometry.outline.size=[90 mm, 90 mm]",
    "geometry.layers.mould.regions.die.grid.count=[9, 9]",
    "report.warpage_at=[]",
)
PANEL_OF_COMPOUND = (*SMALL_PANEL, "geometry.layers.mould.regions.die.material=emc-generic")


def bounds(simulation: Simulation) -> list[float]:
    """Curvatures (1/m) of the laminates whose dies share strain (Voigt) and stress (Reuss) with the compound."""
    stack = simulation.loaded.stack
    (step,) = plan(simulation.case.process, stack.layers)
    voigt, reuss = [], []
    for layer in stack.layers:
        dies = [(r.material, sum(p.area for p in r.polygons) / stack.outline.area) for r in layer.regions]
        parts = [*dies, (layer.material, 1 - sum(share for _, share in dies))]
        share = np.array([part for _, part in parts])[:, None]
        materials = [simulation.material_of(choice) for choice, _ in parts]
        q = np.array([m.plane_stiffness(step.temperature) for m in materials])
        born = step.end.references[layer.blocks[0]]
        free = np.array([m.thermal_strain(step.temperature, born)[[0, 1, 1]] for m in materials])
        free[:, 2] = 0.0
        stiff = (share[..., None] * q).sum(axis=0)
        soft = np.linalg.inv((share[..., None] * np.linalg.inv(q)).sum(axis=0))
        held = (share * np.einsum("nij,nj->ni", q, free)).sum(axis=0)
        voigt.append(Ply(layer.bottom, layer.top, stiff, np.linalg.solve(stiff, held)))
        reuss.append(Ply(layer.bottom, layer.top, soft, (share * free).sum(axis=0)))
    return sorted(float(free_state(plies).curvature[0]) for plies in (voigt, reuss))


@pytest.mark.parametrize(("case", "part"), [("moulded_wafer", SMALL_WAFER), ("foplp_panel", SMALL_PANEL)])
def test_dies_in_streets_bend_a_panel_between_equal_strain_and_equal_stress(case, part, shared_path, comm):
    simulation = simulate(case, shared_path, comm, *part)
    low, high = bounds(simulation)
    assert low < only_step(simulation).summary["curvature_x_per_m"] < high


def test_moulded_wafer_with_dies_of_compound_is_a_laminate(solve):
    (step,) = solve("moulded_wafer", *WAFER_OF_COMPOUND)["steps"]
    assert step["curvature_x_per_m"] == pytest.approx(step["laminate"]["curvature_x_per_m"], rel=EDGE)
    assert step["curvature_y_per_m"] == pytest.approx(step["laminate"]["curvature_y_per_m"], rel=EDGE)


def test_moulded_wafer_is_flat_at_its_stress_free_temperature(solve):
    (step,) = solve("moulded_wafer", *SMALL_WAFER)["steps"]
    assert step["curve"][0]["warpage_um"] == pytest.approx(0.0, abs=1e-6 * step["warpage_um"])
    assert step["in_plane"]["scale_x_ppm"] < 0


def test_moulded_wafer_warps_at_small_deflection_as_its_readme_says(solve):
    coarse = ("mesh.in_plane_size=5 mm", "analysis.deflection=small", "report.warpage_at=[]")
    (step,) = solve("moulded_wafer", *coarse)["steps"]
    said = stated("moulded_wafer", "needs a fine mesh:", "um")
    assert step["signed_warpage_um"] == pytest.approx(said, abs=0.5)


def test_foplp_panel_in_quarter_half_and_whole_is_one_panel(solve):
    quarter, half, whole = (
        solve("foplp_panel", *SMALL_PANEL, f"geometry.symmetry={name}")["steps"][0]
        for name in ("quarter", "half-x", "none")
    )
    for key in ("warpage_um", "corner_um", "bow_um", "curvature_x_per_m", "curvature_y_per_m"):
        assert [half[key], whole[key]] == pytest.approx([quarter[key]] * 2, rel=1e-6), key
    for layer, stress in quarter["layers"].items():
        assert whole["layers"][layer] == pytest.approx(stress, rel=1e-6), layer


def test_foplp_panel_is_concave_as_its_compound_shrinks_above_the_glass(solve):
    (step,) = solve("foplp_panel", *SMALL_PANEL)["steps"]
    assert step["signed_warpage_um"] == pytest.approx(-step["warpage_um"])
    assert step["bow_um"] < 0 < step["corner_um"]


def test_foplp_panel_with_dies_of_compound_is_a_laminate(solve):
    (step,) = solve("foplp_panel", *PANEL_OF_COMPOUND)["steps"]
    assert step["curvature_x_per_m"] == pytest.approx(step["laminate"]["curvature_x_per_m"], rel=EDGE)


def test_foplp_panel_has_a_curvature_that_does_not_depend_on_the_number_of_dies(solve):
    small, larger = (solve("foplp_panel", *size)["steps"][0] for size in (SMALL_PANEL, LARGER_PANEL))
    assert larger["curvature_x_per_m"] == pytest.approx(small["curvature_x_per_m"], rel=2 * EDGE)


def test_bent_panel_bends_to_a_cylinder_at_111_98_celsius(solve):
    found = solve("bent_panel")
    bent, further = found["steps"]
    # A8, two plate elements
    unstable = stated("bent_panel", "thicknesses per side squared,", "degC")
    assert unstable == pytest.approx(125 - 13.024, abs=0.005)
    assert bent["bifurcation_temperature_degc"] == pytest.approx(unstable, abs=0.13)
    corners = [stated("bent_panel", words, "um") for words in ("give the corners", "degC and")]
    assert [step["corner_um"] for step in (bent, further)] == pytest.approx(corners, rel=0.01)
    assert {step["branch"] for step in (bent, further)} == {"cylinder about y"}
    assert found["warnings"] == []


COARSE_PACKAGE = ("mesh.in_plane_size=2 mm", "report.warpage_at=[]")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    comm = MPI.COMM_WORLD
    return solve_case("fcbga_lidded/elastic.yaml", COARSE_PACKAGE, comm.bcast(tmp_path_factory.mktemp("package")), comm)


def test_fcbga_lidded_gives_off_what_its_die_makes(package):
    thermal = package["thermal"]
    assert thermal["power_w"] == pytest.approx(100.0, rel=1e-12)
    assert sum(face["heat_w"] for face in thermal["boundaries"]) == pytest.approx(100.0, rel=1e-9)
    assert thermal["heat_balance_error"] < 1e-9


def test_fcbga_lidded_has_a_resistance_between_no_spreading_and_perfect_spreading(package):
    # die 0.78 mm, grease 0.06 mm and contacts, lid 1 mm, 5000 W/m^2/K in series: over 20 x 20 mm, or from the lid on
    # over 40 x 40 mm
    conductivity = {
        name: float(library.resolve(name).conductivity(60 + ZERO_CELSIUS)[2])
        for name in ("silicon", "tim-grease", "lid-copper-nickel")
    }
    die = sum(1e-3 * t / conductivity[name] / 4e-4 for t, name in ((0.78, "silicon"), (0.06, "tim-grease")))
    die += 2 * 3e-6 / 4e-4
    narrow, wide = (die + (1e-3 / conductivity["lid-copper-nickel"] + 1 / 5000) / area for area in (4e-4, 16e-4))
    assert wide < package["thermal"]["resistances"]["junction_to_ambient_k_per_w"]["value"] < narrow


def test_fcbga_lidded_drops_heat_times_resistance_at_its_contacts(package):
    for contact in package["thermal"]["interfaces"]:
        assert contact["area_mm2"] == pytest.approx(400.0, rel=1e-9)
        assert contact["mean_drop_k"] == pytest.approx(contact["heat_w"] * 3e-6 / 4e-4, rel=1e-8)
        assert contact["mean_drop_k"] < contact["max_drop_k"] < 2 * contact["mean_drop_k"]
    below, above = (contact["heat_w"] for contact in package["thermal"]["interfaces"])
    # by the sides of the grease nothing leaves
    assert above == pytest.approx(below, rel=1e-7)
    assert 90 < above < 100


def test_fcbga_lidded_is_flatter_under_power_than_cold(package):
    cold, hot = package["steps"]
    assert 0 < hot["signed_warpage_um"] < 0.95 * cold["signed_warpage_um"]


def test_fcbga_lidded_without_power_in_a_room_at_25_celsius_is_cold(solve):
    boundaries = "[{face: top, convection: 5000 W/m^2/K, ambient: 25 degC}]"
    cold, idle = solve(
        "fcbga_lidded/elastic.yaml", *COARSE_PACKAGE, "thermal.power=[]", f"thermal.boundaries={boundaries}"
    )["steps"]
    assert idle["warpage_um"] == pytest.approx(cold["warpage_um"], rel=1e-7)
    assert idle["layers"]["die"] == pytest.approx(cold["layers"]["die"], rel=1e-6)


COARSE_CYCLING = (
    "mesh.in_plane_size=10 mm",
    "process=null",
    "geometry.layers.die.cells=1",
    "geometry.layers.lid.cells=1",
    "analysis.transient.times=[3 s, 6 s]",
)


@pytest.fixture(scope="module")
def cycling(tmp_path_factory):
    """Peaks of a run with two pulses, and the rise of a step of power at the same times."""
    comm = MPI.COMM_WORLD
    found = []
    for override in ((), ("thermal.power.0.waveform=null",)):
        directory = comm.bcast(tmp_path_factory.mktemp("cycling"))
        thermal = solve_case("power_cycling", (*COARSE_CYCLING, *override), directory, comm)["thermal"]
        history = thermal["history"]
        rise = np.array(history["max_temperature_degc"]) - 35
        found.append({round(time, 9): value for time, value in zip(history["time_s"], rise, strict=True)})
        assert thermal["heat_balance_error"] < 1e-7
    return found


def test_power_cycling_is_hotter_at_the_end_of_its_second_pulse(cycling):
    pulses, _ = cycling
    assert pulses[9.0] > 1.01 * pulses[3.0]
    assert pulses[6.0] < 0.5 * pulses[3.0]


def test_power_cycling_is_a_sum_of_steps_of_power(cycling):
    pulses, step = cycling
    # exact for constant properties; silicon conducts a tenth less at the end of a pulse
    assert pulses[9.0] == pytest.approx(step[9.0] - step[6.0] + step[3.0], rel=0.02)
    assert pulses[3.0] == pytest.approx(step[3.0], rel=1e-6)


def test_rdl_power_rail_drops_what_its_straight_part_resists(shared_path, comm):
    """I / A times the integral of rho(T), away from the ends; the current spreads within a width or two of them."""
    heat = solved_heat(simulate("rdl_power_rail", shared_path, comm))
    x = np.linspace(-0.13e-3, 0.23e-3, 37)
    places = np.column_stack([x, np.full_like(x, 15e-6), np.full_like(x, 186e-6)])
    kelvin = at(heat.solution.temperature, places)[:, 0]
    rho = library.resolve("copper-plated").resistivity(kelvin)[:, 0]
    drop = 1.2 / (60e-6 * 6e-6) * np.sum(0.5 * (rho[1:] + rho[:-1]) * np.diff(x))
    ends = at(heat.current.potential, places[[0, -1]])[:, 0]
    assert ends[0] - ends[1] == pytest.approx(drop, rel=2e-3)
    found = heat.current.summary
    assert found["joule_power_w"] == pytest.approx(1e-3 * stated("rdl_power_rail", "mohm,", "mW"), abs=5e-4)
    warm = stated("rdl_power_rail", "mW,", "degC")
    assert heat.summary["max_temperature_degc"] == pytest.approx(warm, abs=0.5)
    assert found["heat_transfer_error"] < 1e-8
    assert heat.solution.balance_error < 1e-8
    assert [link["part"] for link in found["electromigration"]][:2] == ["balls/ball", "rdl/rail"]
    assert not found["electromigration"][-1]["mortal"]
