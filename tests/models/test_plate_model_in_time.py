"""Processes of materials that remember as plates: against differential equations of the laminate, and the solid."""

from typing import Any

import numpy as np
import pytest
import yaml
from mpi4py import MPI

from solver import load, solve
from tests.killed import killed_and_resumed
from tests.laminate_in_time import Layer, Plate
from tests.process import test_in_time as films
from tests.process.test_in_time import COMPOUND, CYCLE, ENDS, INCREMENTS, KELVIN, KNOWN, RELAXING, SILICON, oracle

pytestmark = pytest.mark.slow

BENT = 1e-3  # a sheet of 12 mm at large deflection, against the linear laminate
TOP = {"name": "top", "thickness": "0.1 mm", "material": "film"}
# a compound that cures on a carrier, a film on it, debonded, cut and heated on a table
PROCESS = """title: a compound that cures on a carrier, a film on it, debonded and cut
geometry:
  outline: {shape: rectangle, size: [120 mm, 80 mm]}
  symmetry: quarter
  layers:
    - {name: low, thickness: 0.7 mm, material: low}
    - {name: high, thickness: 0.4 mm, material: emc-granular-curing}
    - {name: top, thickness: 0.1 mm, material: top}
materials:
  low: {youngs_modulus: 73 GPa, poisson_ratio: 0.3, thermal_expansion: 3.8 ppm/K, density: 2500 kg/m^3}
  top: {youngs_modulus: 110 GPa, poisson_ratio: 0.3, thermal_expansion: 17 ppm/K, density: 8900 kg/m^3}
mesh: {in_plane_size: 20 mm}
process:
  gravity: true
  steps:
    - {name: low, build: [low], temperature: 125 degC, support: chuck}
    - {name: mould, build: [high], temperature: 125 degC, duration: 10 min, birth: pressed, support: chuck}
    - {name: cure, temperature: 125 degC, duration: 20 min, support: chuck}
    - name: cool
      temperature: 25 degC
      rate: 10 K/min
      support: {pins: [[-30 mm, -20 mm], [30 mm, -20 mm], [-30 mm, 20 mm], [30 mm, 20 mm]]}
    - {name: top, build: [top], temperature: 60 degC, duration: 5 min, birth: stress-free, support: chuck}
    - {name: debond, remove: [low], temperature: 60 degC, duration: 1 min, support: chuck}
    - {name: cut, singulate: {shape: {rectangle: [20 mm, 20 mm]}}, duration: 10 min, support: chuck}
    - {name: package, temperature: 100 degC, rate: 0.5 K/s, support: table}
report: {warpage_at: [40 degC, 80 degC]}
"""


def sheet(material: dict[str, Any], steps: list[dict[str, Any]], more: Any = ()) -> dict[str, Any]:
    """The plate of `tests/process/test_in_time.py`, small."""
    case: dict[str, Any] = yaml.safe_load(films.sheet(material, steps, more, size="12 mm", cell="3 mm"))
    case["analysis"] = {"model": "plate"}
    return case


def run(case: dict[str, Any], *overrides: str, comm: MPI.Intracomm = MPI.COMM_WORLD) -> list[dict[str, Any]]:
    """Entries of the steps."""
    return [step.metrics for step in solve(case, comm=comm, overrides=overrides).steps]


def curvatures(steps: list[dict[str, Any]]) -> np.ndarray:
    """Along x (1/m)."""
    return np.array([step["curvature_x_per_m"] for step in steps])


def close(known: np.ndarray) -> Any:
    """Within what increments and the size of the sheet allow."""
    return pytest.approx(known, rel=BENT + INCREMENTS, abs=(BENT + INCREMENTS) * np.abs(known).max())


@pytest.mark.serial
@pytest.mark.parametrize("law", KNOWN)
def test_a_film_that_remembers_bends_its_plate_as_the_differential_equations_say(law):
    material, film = KNOWN[law]
    found = run(sheet(material, CYCLE))
    assert curvatures(found) == close(oracle(film))
    assert [step["time_s"] for step in found] == list(ENDS)
    assert found[0]["curve"][-1]["time_s"] == pytest.approx(ENDS[0])
    assert max(step["balance"]["energy_error"] for step in found) < 2e-5


@pytest.mark.serial
def test_a_compound_that_cures_on_a_plate_bends_it_as_the_differential_equations_say():
    compound, film, glass = films.curing()
    ends, kelvins = (600.0, 900.0), np.array([150.0, 150.0, 25.0]) + KELVIN
    known = Plate([SILICON, film], [0.0, *ends], kelvins, points=2).run(ends)
    case = sheet(compound, films.CURING_STEPS)
    case["process"]["stress_free_temperature"] = "150 degC"
    found = run(case)
    assert curvatures(found) == close(known.curvature)
    for step, degree in zip(found, known.degree, strict=True):
        layer = step["layers"]["film"]
        assert layer["degree_of_cure_mean"] == pytest.approx(degree[1], rel=1e-4)
        assert layer["glass_transition_degc"] == pytest.approx(glass(degree[1]) - KELVIN, abs=0.05)
        assert step["curve"][-1]["degree_of_cure_mean"] == pytest.approx(degree[1], rel=1e-4)
        assert "degree_of_cure_mean" not in step["layers"]["silicon"]


@pytest.mark.serial
@pytest.mark.parametrize("birth", ["stress-free", "flat"])
def test_a_film_is_born_on_a_bent_plate_and_remembers_from_there(birth):
    steps = [CYCLE[0], {"name": "hold", "duration": "100 s", "build": ["top"], "birth": birth}, CYCLE[1]]
    late = Layer(1e-4, RELAXING, 10e-6, born=400.0, flat=birth == "flat")
    ends, kelvins = [300.0, 400.0, 700.0], np.array([125.0, 25.0, 25.0, 125.0]) + KELVIN
    known = Plate([SILICON, KNOWN["viscoelastic"][1], late], [0.0, *ends], kelvins, points=2).run(ends).curvature
    assert curvatures(run(sheet(COMPOUND, steps, more=[TOP]))) == close(known)


@pytest.mark.serial
def test_work_and_inelastic_strain_are_those_of_the_laminate():
    """Of a film that yields: means over its volume; five points across a front of yielding miss some 1 %."""
    case = sheet(films.PLASTIC, CYCLE[:2])
    found = run(case)
    del case["mesh"], case["geometry"]["symmetry"]
    laminate = run(case, "analysis.model=laminate")
    for one, other in zip(found, laminate, strict=True):
        for key in ("equivalent_inelastic_strain_mean", "inelastic_work_mean_mpa"):
            assert one["layers"]["film"][key] == pytest.approx(other["layers"]["film"][key], rel=0.02), key
        means = [step["curve"][-1]["block_means"]["film"] for step in (one, other)]
        for key in ("stress_mpa", "strain"):
            mine, its = (np.array(mean[key]) for mean in means)
            assert mine == pytest.approx(its, rel=0.01, abs=0.01 * np.abs(its).max()), key


@pytest.fixture(scope="module")
def steps() -> list[dict[str, Any]]:
    return run(yaml.safe_load(PROCESS), "analysis.model=plate")


@pytest.mark.serial
def test_a_process_in_time_goes_through_the_plate_as_through_the_solid(steps):
    """Cure under pressure, births on what is there, removal, cut, table; a package that is heated on a table."""
    coarse = ("mesh.in_plane_size=10 mm", "analysis.time_tolerance=0.03")
    solid = run(yaml.safe_load(PROCESS), "analysis.deflection=large", *coarse)
    for one, other in zip(steps, solid, strict=True):
        assert one["name"] == other["name"] and one["time_s"] == other["time_s"]
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=0.01, abs=0.1), one["name"]
        if "high" in one["layers"]:
            cured = [step["layers"]["high"]["degree_of_cure_mean"] for step in (one, other)]
            assert cured[0] == pytest.approx(cured[1], rel=1e-5)
            energy = [step["layers"]["high"]["strain_energy_mj"] for step in (one, other)]
            assert energy[0] == pytest.approx(energy[1], rel=0.05, abs=1e-3), one["name"]
    looks = [[point for point in step["curve"] if "time_s" not in point] for step in (steps[-1], solid[-1])]
    for one, other in zip(*([point["warpage_um"] for point in part] for part in looks), strict=True):
        assert one == pytest.approx(other, rel=0.02, abs=1.0)


@pytest.mark.serial
@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_run_in_time_that_was_killed_goes_on_to_the_same_numbers(share, steps, shared_path, comm):
    """While it cures, cools, and lies on the table; looks aside are not kept."""
    loaded = load(yaml.safe_load(PROCESS), overrides=("analysis.model=plate",))
    kept = int(share * sum("time_s" in point for step in steps for point in step["curve"]))
    found = killed_and_resumed(loaded, comm, shared_path, kept)
    for one, whole in zip(found, steps, strict=True):
        assert one["warpage_um"] == pytest.approx(whole["warpage_um"], rel=1e-5, abs=1e-6), one["name"]
        assert len(one["curve"]) == len(whole["curve"]), one["name"]
        for layer, stress in one["layers"].items():
            assert stress["max_von_mises_mpa"] == pytest.approx(whole["layers"][layer]["max_von_mises_mpa"], rel=1e-4)


@pytest.mark.parallel
def test_the_numbers_in_time_are_those_of_one_rank(comm):
    """Curing under pressure, debonded, cut, on a table: memories go from rank to rank."""
    case = yaml.safe_load(PROCESS)
    case["report"] = {}
    del case["process"]["steps"][3]
    found, alone = (run(case, "analysis.model=plate", comm=one) for one in (comm, MPI.COMM_SELF))
    for one, other in zip(found, alone, strict=True):
        assert one["warpage_um"] == pytest.approx(other["warpage_um"], rel=1e-5, abs=1e-6), one["name"]
        for name, block in other["blocks"].items():
            assert one["blocks"][name]["max_von_mises_mpa"] == pytest.approx(block["max_von_mises_mpa"], rel=1e-4)
            assert one["blocks"][name]["strain_energy_mj"] == pytest.approx(block["strain_energy_mj"], rel=1e-4)
