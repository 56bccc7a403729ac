"""The packages of AI hardware and radio modules, on coarse meshes: heat balances, bounds, laminates, known trends."""

import numpy as np
import pytest
from mpi4py import MPI

from solver.materials import library
from solver.materials.material import Material
from solver.units import ZERO_CELSIUS
from tests.probing import at, simulate
from tests.solving import solve_case

COARSE = {
    "cowos_4hbm": ("mesh.in_plane_size=8 mm", "report.warpage_at=[]"),
    "foveros_stack": ("mesh.in_plane_size=3 mm", "report.warpage_at=[]"),
    "glass_core_substrate": ("mesh.in_plane_size=4 mm", "report.warpage_at=[]"),
    "focos_bridge": ("mesh.in_plane_size=12 mm", "report.warpage_at=[]"),
    "info_pop/elastic.yaml": ("mesh.in_plane_size=2 mm", "analysis.deflection=small"),
    "sip_module": (
        "mesh.in_plane_size=2.5 mm",
        "geometry.layers.substrate.cells=1",
        "geometry.layers.joints.regions.passive joints.grid.count=[1, 1]",
        "geometry.layers.dies.regions.passives.grid.count=[1, 1]",
        "geometry.layers.passives.regions.passives.grid.count=[1, 1]",
        "process=null",  # it is there for its shield: only its heat is looked at
    ),
}
WATTS = {
    "cowos_4hbm": 360.0,
    "foveros_stack": 60.0,
    "glass_core_substrate": 120.0,
    "focos_bridge": 560.0,
    "info_pop/elastic.yaml": 3.5,
    "sip_module": 1.8,
}


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """Cases, each solved once when it is first asked for."""
    comm, found = MPI.COMM_WORLD, {}

    def case(name: str) -> dict:
        if name not in found:
            found[name] = solve_case(name, COARSE[name], comm.bcast(tmp_path_factory.mktemp("package")), comm)
        return found[name]

    return case


def steps_of(case: dict) -> dict:
    return {step["name"]: step for step in case["steps"]}


@pytest.mark.parametrize("name", COARSE)
def test_a_package_gives_off_what_its_dies_make(solved, name):
    thermal = solved(name)["thermal"]
    assert thermal["power_w"] == pytest.approx(WATTS[name], rel=1e-12)
    assert sum(face["heat_w"] for face in thermal["boundaries"]) == pytest.approx(WATTS[name], rel=1e-8)
    assert thermal["heat_balance_error"] < 1e-8


def conducts(name: str, celsius: float = 60.0) -> float:
    return float(library.resolve(name).conductivity(celsius + ZERO_CELSIUS)[2])


def test_the_hottest_die_lies_between_no_spreading_and_perfect_spreading(solved):
    """Series resistances from the face of the die to the coolant: over its own area all the way, or from the lid on
    over the whole package, at the mean temperature of its surface."""
    packages = {  # (flux of the hottest die, up to the lid, lid, 1 / h, rise of a surface with even flux, coolant)
        "cowos_4hbm": (
            300 / 704e-6,
            0.72e-3 / conducts("silicon", 75) + 2 * 3e-6 + 80e-6 / conducts("tim-grease"),
            2e-3 / conducts("lid-copper-nickel"),
            1 / 12000,
            360 / (60e-3**2 * 12020),
            40.0,
        ),
        "foveros_stack": (
            42 / 54e-6,
            0.62e-3 / conducts("silicon", 80) + 2 * 3e-6 + 60e-6 / conducts("tim-grease"),
            1.5e-3 / conducts("lid-copper-nickel"),
            1 / 6000,
            60 / (24e-3**2 * 6020),
            35.0,
        ),
    }
    for name, (flux, die, lid, film, even, coolant) in packages.items():
        hottest = solved(name)["thermal"]["max_temperature_degc"] - coolant
        # wiring, TSVs and joints below are warmer by their own drop, 2 K at most; the support of the stack spreads
        spread = 1.0 if name == "cowos_4hbm" else 54 / 120
        assert spread * flux * die + even < hottest < flux * (die + lid + film) + 2.0, name


def test_a_smeared_hbm_conducts_as_one_that_was_measured(shared_path, comm):
    """D. Chalise, D. G. Cahill, arXiv:2303.06785 (2023): some 7 W/m/K through and 100 W/m/K along the stack."""
    for name in ("cowos_4hbm", "focos_bridge"):
        case = simulate(name, shared_path, comm).case
        stack: Material = library.resolve("hbm-stack", case.materials)
        along, _, through = stack.conductivity(25 + ZERO_CELSIUS)
        assert through == pytest.approx(7.0, rel=0.15)
        assert along == pytest.approx(100.0, rel=0.15)


def test_dram_in_the_stack_is_warmest_at_its_base_and_cooler_than_logic(solved):
    regions = solved("cowos_4hbm")["thermal"]["regions"]
    base, stack, top, logic = (
        regions[name]["mean_temperature_degc"]
        for name in ("die faces/hbm base", "dies/dram", "die backs/dram top", "die faces/logic")
    )
    assert top < stack < base < logic


@pytest.mark.parametrize("name", ["cowos_4hbm", "focos_bridge", "glass_core_substrate", "foveros_stack"])
def test_silicon_on_a_substrate_is_convex_cold_and_flatter_under_power(solved, name):
    """The substrate shrinks more than silicon: the centre stands above the edge."""
    steps = steps_of(solved(name))
    cold, hot = steps["room temperature"]["signed_warpage_um"], steps["under power"]["signed_warpage_um"]
    assert 0 < hot < cold
    assert steps["reflow"]["signed_warpage_um"] < 0.1 * cold


@pytest.mark.parametrize(("name", "before"), [("cowos_4hbm", "without lid"), ("focos_bridge", "without stiffener")])
def test_lid_and_stiffener_take_warpage_away(solved, name, before):
    steps = steps_of(solved(name))
    assert steps["room temperature"]["warpage_um"] < 0.95 * steps[before]["warpage_um"]


def test_a_lid_is_attached_without_stress(solved):
    layers = steps_of(solved("cowos_4hbm"))["lid attached"]["layers"]
    assert layers["die faces"]["max_von_mises_mpa"] > 5.0
    # the linear solve ends when the warpage has settled
    assert layers["lid"]["max_von_mises_mpa"] < 0.05


def test_a_bond_line_under_power_is_what_it_is_squeezed_to(solved):
    coupling = solved("cowos_4hbm")["thermal"]["coupling"]
    (line,) = coupling["bond_lines"]
    assert coupling["converged"]
    assert coupling["iterations"] <= 6
    assert 0.7 < line["min_stretch"] < line["mean_stretch"] < line["max_stretch"] < 1.3


def test_micro_bumps_instead_of_hybrid_bonds_warm_the_base_die(solved, shared_path, comm):
    """25 um joints at 50 um pitch were measured at 8 mm2 K/W (Colgan, Andry et al., SEMI-THERM 2012); the heat of the
    base, 12 W over 120 mm2 or at most all of it through the 95 mm2 of the dies, has to cross them."""
    bumps = ("process=null", "geometry.layers.bond.thickness=16 um", "materials.pads={thermal_conductivity: 2 W/m/K}")

    def drop(thermal: dict) -> float:
        regions = thermal["regions"]
        return regions["base wiring/wiring"]["mean_temperature_degc"] - np.average(
            [regions[f"top wiring/{die}"]["mean_temperature_degc"] for die in ("compute", "cache")],
            weights=[54.0, 41.4],
        )

    hybrid = drop(solved("foveros_stack")["thermal"])
    bumped = drop(solve_case("foveros_stack", (*COARSE["foveros_stack"], *bumps), shared_path, comm)["thermal"])
    assert 0.5 * 12 / 120 * 8 < bumped - hybrid < 12 / 95 * 8


def test_the_bare_substrate_with_a_glass_core_is_flat_and_shrinks_as_its_laminate(shared_path, comm):
    """The same build-up on both sides: a common strain, sum(t Q free strain) / sum(t Q)."""
    name = "glass_core_substrate"
    steps = "process.steps=[{name: cured, build: [build-up bottom, core, build-up top], temperature: 180 degC}, COOL]"
    cool = "{name: bare substrate, temperature: 25 degC}"
    die = "{name: die, build: [c4, die face, die], temperature: 25 degC}"
    simulation = simulate(
        name,
        shared_path,
        comm,
        *COARSE[name],
        "thermal=null",
        steps.replace("COOL", f"{cool}, {die}"),
    )
    cold, hot = 25 + ZERO_CELSIUS, 180 + ZERO_CELSIUS
    held, stiff = 0.0, 0.0
    for thickness, material in ((0.32e-3, "build-up"), (0.8e-3, "glass-tgv")):
        found: Material = library.resolve(material, simulation.case.materials)
        q = thickness * found.plane_stiffness(cold)[0, :2].sum()
        held, stiff = held + q * found.thermal_strain(cold, hot)[0], stiff + q
    bare = next(outcome for outcome in simulation.steps(None) if outcome.step.name == "bare substrate")
    assert abs(bare.summary["curvature_x_per_m"]) < 1e-3
    assert bare.summary["warpage_um"] < 2.0  # the underside near the free edge
    assert at(bare.displacement, [(5e-3, 5e-3, 0.56e-3)])[0, 0] == pytest.approx(5e-3 * held / stiff, rel=2e-3)


def test_a_die_as_large_as_its_glass_substrate_is_a_laminate_and_a_column_of_heat(solve):
    """Curvature of the laminate, less what free edges of a plate of eleven thicknesses take (F: L/h 4 -> .982); heat
    up and down in one dimension."""
    found = solve(
        "glass_core_substrate",
        "geometry.outline.size=[22 mm, 22 mm]",
        "mesh.in_plane_size=2.75 mm",
        "report.warpage_at=[]",
    )
    steps = steps_of(found)
    for name in ("room temperature", "reflow"):
        laminate = steps[name]["laminate"]["curvature_x_per_m"]
        assert steps[name]["curvature_x_per_m"] == pytest.approx(laminate, rel=0.02), name
    regions = found["thermal"]["regions"]
    face = regions["die face/die"]["mean_temperature_degc"]
    up, down = (
        next(b["heat_w"] for b in found["thermal"]["boundaries"] if b["face"] == f) for f in ("die.top", "bottom")
    )
    area = 22e-3**2
    rise = up / area * (1 / 20000 + 0.75e-3 / conducts("silicon", face))
    assert face - 40 == pytest.approx(rise, rel=2e-3)
    assert up + down == pytest.approx(120.0, rel=1e-9)
    assert down < 0.03 * up


def test_a_glass_core_bends_less_than_an_organic_one(solved, shared_path, comm):
    """Its expansion is near silicon's: what glass cores are made for."""
    organic = (
        "materials.glass-tgv={unit_cell: via, metal: copper-plated, matrix: bt-core, diameter: 100 um, pitch: 300 um}"
    )
    name = "glass_core_substrate"
    other = steps_of(solve_case(name, (*COARSE[name], organic), shared_path, comm))
    glass = steps_of(solved(name))
    assert glass["room temperature"]["warpage_um"] < 0.75 * other["room temperature"]["warpage_um"]


def test_a_shield_spreads_heat_and_does_so_a_little(solved, shared_path, comm):
    """A shielded radio module was 1.2 % better than a moulded one ("Enhanced reliability of a RFSiP with mold
    encapsulation and EMI shielding", abstract); copper of 5 um has k t = 2 mW/K, the mould 0.9 mW/K."""
    name = "sip_module"
    bare = ("materials.no-shield={base: emc-granular}",)
    layers = ("substrate", "joints", "dies", "passives", "cap")
    moulded = tuple(f"geometry.layers.{layer}.regions.shield.material=no-shield" for layer in layers)
    top = "geometry.layers.shield.material=no-shield"
    other = solve_case(name, (*COARSE[name], *bare, *moulded, top), shared_path, comm)["thermal"]
    rise = [thermal["max_temperature_degc"] - 45 for thermal in (solved(name)["thermal"], other)]
    assert 0.9 < rise[0] / rise[1] < 1.0


def test_the_shield_covers_every_side_above_the_lands(shared_path, comm):
    stack = simulate("sip_module", shared_path, comm).loaded.stack
    for layer in stack.layers[1:-1]:
        (shield,) = (region for region in layer.regions if region.name == "shield")
        assert sum(p.area for p in shield.polygons) == pytest.approx(80e-6 - 9.99e-3 * 7.99e-3, rel=1e-9)
