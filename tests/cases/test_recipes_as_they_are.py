"""Recipes and packages in time, as they are: on parts of one die and on coarse cells."""

import numpy as np
import pytest
import yaml
from scipy.integrate import solve_ivp

from tests.solving import CASES, solve_case

REFLOW = ("singulated package", "soak", "peak", "back at 150 degC", "package")


def free(*steps: str) -> tuple[str, ...]:
    """The way to have no contact, which one of them has: without weight, and small."""
    supports = (f"process.steps.{step}.support=free" for step in steps)
    return "process.gravity=false", "analysis.deflection=small", *supports


TINY = (
    "mesh.in_plane_size=6 mm",
    "geometry.outline={shape: rectangle, size: [12 mm, 12 mm]}",
    "geometry.layers.mould.regions.die.grid={count: [1, 1], pitch: [10 mm, 10 mm]}",
    "process.steps.singulate.singulate.in_plane_size=5 mm",
    "analysis.time_tolerance=0.02",
)
RECIPES = {  # what is different of the part; where and how long the mould cures, and its glass transition (degC)
    "foplp_rdl_first": (
        (
            "geometry.layers.bumps.regions.joints.grid={count: [1, 1], pitch: [10 mm, 10 mm]}",
            *free("RDL at room temperature", "moulded panel", *REFLOW),
        ),
        150.0,
        165.0,
    ),
    "foplp_chip_first": (("process.steps.moulded panel.support=table",), 130.0, 165.0),
    "fowlp_wafer": (
        free("moulded wafer", "wafer with RDL", *REFLOW),
        150.0,
        150.0,
    ),
}


def cured(celsius: float, seconds: float, factor: float = 1.94e6, energy: float = 65e3) -> float:
    """Degree of cure of the library's compounds (and with other constants its underfill), by their law alone."""
    rate = factor * np.exp(-energy / 8.314462618 / (celsius + 273.15))
    law = solve_ivp(lambda _, a: rate * a**0.5 * (1.0 - a) ** 1.5, (0.0, seconds), [0.05], rtol=1e-8)
    return float(law.y[0, -1])


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_cures_yields_and_reflow_leaves_another_package(recipe, tmp_path):
    """Cure and glass transition are those of the law alone; only memory tells 25 degC before reflow from after it."""
    from mpi4py import MPI

    differs, celsius, glass = RECIPES[recipe]
    found = solve_case(recipe, [*TINY, *differs], tmp_path, MPI.COMM_WORLD)["steps"]
    steps = {step["name"]: step for step in found}
    degree = cured(celsius, 3600.0)
    mould = steps["cure mould"]["layers"]["mould"]
    assert mould["degree_of_cure_mean"] == pytest.approx(degree, abs=1e-3)
    tg = 10.0 + (glass - 10.0) * 0.4 * degree / (1.0 - 0.6 * degree)
    assert mould["glass_transition_degc"] == pytest.approx(tg, abs=0.5)
    copper = [step["layers"]["rdl copper"] for step in found if "rdl copper" in step["layers"]]
    strains = [layer["equivalent_inelastic_strain_mean"] for layer in copper]
    assert strains == sorted(strains)
    assert strains[-1] > 1e-4
    times = [step["time_s"] for step in found]
    assert times == sorted(times)
    before, after = (steps[name]["signed_warpage_um"] for name in ("singulated package", "package"))
    assert abs(after - before) > 0.03 * abs(before)  # elastic: none
    for step in found:
        contact = step["contact"]
        if contact is not None and contact["weight_n"] > 0.0 and contact["pull_n"] == 0.0:
            assert contact["force_balance_error"] < 1e-5, step["name"]
        assert step["stable"] is not False, step["name"]
        assert len(step["curve"]) < 40, step["name"]


def test_a_lidded_package_cures_its_underfill_and_stays_on_the_shelf_as_it_is(tmp_path):
    """What was strained as a rubber leaves less warpage than elastic polymers do; hot it is flatter."""
    from mpi4py import MPI

    coarse = ("mesh.in_plane_size=8 mm", "report.warpage_at=[]")
    found = solve_case("fcbga_lidded", coarse, tmp_path, MPI.COMM_WORLD)["steps"]
    elastic = solve_case("fcbga_lidded/elastic.yaml", coarse, tmp_path, MPI.COMM_WORLD)["steps"]
    steps = {step["name"]: step for step in found}
    underfill = steps["cure underfill"]["blocks"]["bumps/bump field"]
    assert underfill["degree_of_cure_mean"] == pytest.approx(cured(150.0, 7200.0, 2.25e6, 70e3), abs=1e-3)
    cold, shelf, hot = (steps[name]["signed_warpage_um"] for name in ("room temperature", "shelf", "under power"))
    assert 0.0 < hot < cold < elastic[0]["signed_warpage_um"]
    assert shelf == pytest.approx(cold, rel=5e-3)


def test_a_fan_out_package_bends_less_when_its_copper_yields(tmp_path):
    """The processor package alone: moulded, cured, RDL on it, and cold; elastic, it bends half as far again."""
    from mpi4py import MPI

    found = {}
    for name, steps in (("case", 4), ("elastic", 3)):
        case = yaml.safe_load((CASES / "info_pop" / f"{name}.yaml").read_text(encoding="utf-8"))
        layers = case["geometry"]["layers"]
        joints = next(number for number, layer in enumerate(layers) if layer["name"] == "joints")
        del case["thermal"], case["process"]["steps"][steps:], layers[joints:]
        coarse = ("mesh.in_plane_size=4 mm", "analysis.deflection=small")
        found[name] = solve_case(yaml.safe_dump(case, sort_keys=False), coarse, tmp_path, MPI.COMM_WORLD)["steps"]
    mould = found["case"][1]["layers"]["processor"]
    assert mould["degree_of_cure_mean"] == pytest.approx(cured(150.0, 3600.0), abs=1e-3)
    cold = found["case"][-1]
    assert cold["layers"]["rdl copper"]["equivalent_inelastic_strain_mean"] > 1e-3
    assert 0.0 < cold["signed_warpage_um"] < 0.75 * found["elastic"][-1]["signed_warpage_um"]
